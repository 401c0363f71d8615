"""Examples beside a policy: one effect a line, and under which remedies it is permitted.

    # what it does                                                -> what it takes
    read file /home/u/.ssh/id_rsa reach=home +secret              -> approval 1
    delete file /w/a.py reversible=no                             -> undoable or approval 1
    delete table main.users environment=production reversible=no  -> rehearsed and approval 1 or approval 2
    configure guard /home/u/.config/jackline                      -> never

Behind the verb, the kind and the name (in double quotes where it has spaces) stand `key=value` for what differs from an
ordinary effect, `+label` for the resource's labels, `seen=label,label` for the session's. Expected are all the least
sets of remedies that do, in any order: `allow` is the empty one, `never` is none.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from jackline.core.effect import ANY, Effect, Extent, Resource
from jackline.core.errors import ConfigurationError
from jackline.core.words import MAX_APPROVAL
from jackline.policy.posture import Posture, seen_with
from jackline.policy.remedies import Choice, minimal
from jackline.policy.vocabulary import REMEDIES
from jackline.policy.weigh import weigh

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.policy.layers import Policies

ARROW: Final = " -> "
_RESOURCE: Final = frozenset({"environment", "reach", "jurisdiction"})
_EFFECT: Final = frozenset({"reversible", "certainty", "origin", "authorship"})
_POSTURE: Final = frozenset({"agent", "phase", "assurance"})


class Example(Struct, frozen=True):
    """An effect, the session that causes it, and the least sets of remedies that permit it. `line` is from 1."""

    effect: Effect
    posture: Posture
    expected: frozenset[Choice]
    line: int
    text: str


class Outcome(Struct, frozen=True):
    """An example and what the policies really ask for it."""

    example: Example
    found: frozenset[Choice]

    @property
    def passed(self) -> bool:
        """Whether the policies do what the example says."""
        return self.found == self.example.expected


def read_examples(text: str) -> tuple[Example, ...]:
    """The examples of a text. Raises `ConfigurationError` with the line that is wrong."""
    examples = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                examples.append(_example(line, number))
            except (ValueError, msgspec.ValidationError) as error:
                message = f"line {number}: {error}"
                raise ConfigurationError(message) from error
    return tuple(examples)


def run_examples(policies: Policies, examples: Iterable[Example]) -> tuple[Outcome, ...]:
    """What the policies ask for each example."""
    return tuple(Outcome(example, needs(policies, example.effect, example.posture)) for example in examples)


def needs(policies: Policies, effect: Effect, posture: Posture) -> frozenset[Choice]:
    """All the least sets of remedies under which an effect is permitted; empty where there is none."""
    facts = posture.facts(seen_with(posture.seen, (effect,)))
    return frozenset(minimal(weigh(policies, effect, facts, posture)))


def expression(choices: Iterable[Choice]) -> str:
    """Choices as examples write them."""
    written = [
        " and ".join([*chosen.remedies, *([f"approval {chosen.approval}"] if chosen.approval else [])]) or "allow"
        for chosen in sorted(choices, key=lambda chosen: (chosen.approval, len(chosen.remedies), chosen.remedies))
    ]
    return " or ".join(written) or "never"


def _example(line: str, number: int) -> Example:
    does, arrow, takes = line.rpartition(ARROW)
    if not arrow:
        message = f"an example is `effect{ARROW}remedies`"
        raise ValueError(message)
    words = shlex.split(does)
    if len(words) < len(("verb", "kind", "name")):
        message = "an effect is a verb, a kind and a name"
        raise ValueError(message)
    verb, kind, name, *rest = words
    resource: dict[str, Any] = {"kind": kind, "name": name, "labels": []}
    effect: dict[str, Any] = {"verb": verb}
    posture: dict[str, Any] = {}
    for word in rest:
        _apply(word, resource, effect, posture)
    effect["resource"] = msgspec.convert(resource, Resource)
    return Example(
        msgspec.convert(effect, Effect), msgspec.convert(posture, Posture), _expected(takes), number, does.strip()
    )


def _apply(word: str, resource: dict[str, Any], effect: dict[str, Any], posture: dict[str, Any]) -> None:
    key, equals, value = word.partition("=")
    if word.startswith("+"):
        resource["labels"].append(word[1:])
    elif key in _RESOURCE:
        resource[key] = value
    elif key in _EFFECT:
        effect[key] = value
    elif key in _POSTURE:
        posture[key] = value
    elif key in {"seen", "teams"}:
        posture[key] = value.split(",")
    elif key == "port":
        resource["port"] = int(value)
    elif key == "extent":
        effect["extent"] = ANY if value == "unbounded" else Extent(int(value))
    else:
        message = f"`{key}{equals}` is not known; words are `key=value` and `+label`"
        raise ValueError(message)


def _expected(text: str) -> frozenset[Choice]:
    if text.strip() == "never":
        return frozenset()
    return frozenset(_choice(each.split(" and ")) for each in text.strip().split(" or "))


def _choice(words: list[str]) -> Choice:
    remedies = []
    approval = 0
    for word in words:
        if word in REMEDIES:
            remedies.append(word)
        elif word in {f"approval {level}" for level in range(1, MAX_APPROVAL + 1)}:
            approval = int(word.rpartition(" ")[2])
        elif word != "allow":
            message = f"`{word}` is no remedy; there are {', '.join(REMEDIES)}, `approval 1` to `approval 3`"
            raise ValueError(message)
    return Choice(tuple(remedy for remedy in REMEDIES if remedy in remedies), approval)
