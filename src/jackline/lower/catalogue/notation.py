"""The one-line notation of effects, in which entries say what happens and examples say what is expected.

    VERB KIND NAME [word…] [when CONDITION] [unless CONDITION]

`NAME` may hold references, `{operand}` or `{option}`, with a text for their absence behind a bar: `{namespace|default}`.
Each word is one of the closed vocabularies (a label, a reach, an environment, `yes`/`with_undo`/`no`, `possible`, an
authorship) or `all` (unbounded extent). A condition is a list of terms that must all hold (after `unless`: none may):
`-f` or `--force` (the option is there), `--type=SHAPE` (with that value, `*` matches anything), `name` (that operand
is there), `name=SHAPE`; alternatives are joined with `|`, a `!` before a term denies it.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from jackline.core.effect import ANY, ONE, Extent
from jackline.core.errors import ConfigurationError
from jackline.core.inner import FrozenInner
from jackline.core.words import AUTHORSHIPS, ENVIRONMENTS, KINDS, LABELS, REACHES, UNDOS, VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jackline.core.words import Authorship, Certainty, Environment, Kind, Label, Reach, Undo, Verb
    from jackline.lower.word import Word

_TOKEN: Final = re.compile(r"'([^']*)'|(\S+)")
_REFERENCE: Final = re.compile(r"\{([^{}|]+)(?:\|([^{}]*))?\}")

DEFAULT_UNDO: Final[dict[Verb, Undo]] = {
    "create": "with_undo", "modify": "with_undo", "install": "with_undo", "configure": "with_undo",
    "grant": "with_undo", "persist": "with_undo", "delete": "no", "send": "no", "publish": "no", "spend": "no",
    "terminate": "no", "opaque": "no",
}  # fmt: skip
"""How far an effect can be taken back where the entry does not say; `yes` for verbs that are not named."""


class Reference(FrozenInner, frozen=True):
    """A place in a name that an operand or option fills; `absent` is written where there is none."""

    name: str
    absent: str | None


class Term(FrozenInner, frozen=True):
    """One test: is `name` there, with a value of this shape (None: any)? An option's name keeps its dashes."""

    alternatives: tuple[tuple[str, str | None], ...]
    denied: bool = False


Condition = tuple[Term, ...]


class Template(FrozenInner, frozen=True):
    """An effect to be written once its references are filled."""

    verb: Verb
    kind: Kind
    name: tuple[str | Reference, ...]
    labels: frozenset[Label] = frozenset()
    reversible: Undo = "yes"
    extent: Extent = ONE
    reach: Reach | None = None
    environment: Environment | None = None
    certainty: Certainty | None = None
    authorship: Authorship = "none"
    condition: Condition = ()


def parse_effect(text: str) -> Template:
    """Read one line of the notation. Raises `ConfigurationError` naming the word that is wrong."""
    body, condition = split_condition(text)
    words = [quoted or plain for quoted, plain in _TOKEN.findall(body)]
    head = ("verb", "kind", "name")
    if len(words) < len(head) or words[0] not in VERBS or words[1] not in KINDS:
        message = f"`{text}` is no effect: it begins `VERB KIND NAME`, for instance `delete file {{path}}`"
        raise ConfigurationError(message)
    verb: Verb = words[0]
    found: dict[str, object] = {"reversible": DEFAULT_UNDO.get(verb, "yes")}
    labels: set[Label] = set()
    for word in words[len(head) :]:
        if word in LABELS:
            labels.add(word)
        else:
            _classify(word, found, text)
    return Template(verb, words[1], parse_name(words[2]), frozenset(labels), condition=condition, **found)  # type: ignore[arg-type]


def _classify(word: str, found: dict[str, object], text: str) -> None:
    for vocabulary, key in _VOCABULARIES:
        if word in vocabulary:
            found[key] = ANY if key == "extent" else word
            return
    message = f"`{word}` in `{text}` is in no vocabulary of effects; see docs/effects.md"
    raise ConfigurationError(message)


_VOCABULARIES: Final[tuple[tuple[Sequence[str], str], ...]] = (
    (("all",), "extent"), (UNDOS, "reversible"), (REACHES, "reach"), (ENVIRONMENTS, "environment"),
    (("possible",), "certainty"), (AUTHORSHIPS, "authorship"),
)  # fmt: skip


def split_condition(text: str) -> tuple[str, Condition]:
    """The text before its `when` and `unless`, and what they say."""
    pieces = re.split(r"\s+(when|unless)\s+", text)
    terms: list[Term] = []
    for keyword, clause in zip(pieces[1::2], pieces[2::2], strict=True):
        terms += [_term(word, denied=keyword == "unless") for word in clause.split()]
    return pieces[0], tuple(terms)


def _term(word: str, *, denied: bool) -> Term:
    bare = word.removeprefix("!")
    alternatives = []
    for alternative in bare.split("|"):
        name, equals, shape = alternative.partition("=")
        alternatives.append((name, shape if equals else None))
    return Term(tuple(alternatives), denied != word.startswith("!"))


def parse_name(text: str) -> tuple[str | Reference, ...]:
    """Split a name into its texts and references."""
    parts: list[str | Reference] = []
    position = 0
    for match in _REFERENCE.finditer(text):
        if match.start() > position:
            parts.append(text[position : match.start()])
        parts.append(Reference(match[1], match[2]))
        position = match.end()
    if position < len(text):
        parts.append(text[position:])
    return tuple(parts)


def holds(condition: Condition, lookup: Callable[[str], Sequence[Word] | None]) -> bool | None:
    """Whether all terms hold; None where that depends on words that are not known.

    `lookup` gives the words that stand for a name: an empty list where it is absent, None where it may be there.
    """
    certain = True
    for term in condition:
        value = _any_of(term, lookup)
        if value is None:
            certain = False
        elif value == term.denied:
            return False
    return True if certain else None


def _any_of(term: Term, lookup: Callable[[str], Sequence[Word] | None]) -> bool | None:
    unknown = False
    for name, shape in term.alternatives:
        words = lookup(name)
        if words is None:
            unknown = True
            continue
        for word in words:
            if shape is None:
                return True
            text = word.text
            if text is None:
                unknown = True
            elif fnmatchcase(text, shape):
                return True
    return None if unknown else False
