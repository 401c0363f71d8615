"""Which acts a tool's name, a person's request, or an instruction in a text speaks of.

The acts are coarse on purpose: a person who asks to *settle* a bill asks for a payment, whatever the tool is called.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from jackline.detect.tables import phrase, table

if TYPE_CHECKING:
    from jackline.core.history import Judged
    from jackline.core.words import Verb

Act = Literal["pay", "send", "share", "delete", "create", "change", "book", "run", "fetch"]
CONSEQUENTIAL: Final[frozenset[Act]] = frozenset({"pay", "send", "share", "delete", "create", "change", "book", "run"})
OUTWARD: Final[frozenset[Act]] = frozenset({"pay", "send", "share", "run"})
NOTHING: Final[frozenset[Act]] = frozenset()


def _words(name: str) -> dict[str, frozenset[Act]]:
    """A table of `acts.toml` turned round: a word → the acts that it speaks of."""
    found: dict[str, frozenset[Act]] = {}
    for act, words in table("acts")[name].items():
        for word in words.split():
            found[word] = found.get(word, NOTHING) | {act}
    return found


_READS: Final = frozenset(table("acts")["reads"].split())
_ANSWERS: Final = frozenset(table("acts")["answers"].split())
_QUERIES: Final = frozenset(table("acts")["queries"].split())
_VERBS: Final = _words("verbs")
_NOUNS: Final = _words("nouns")
_ASKED: Final = _words("asked")
_ORDERS: Final = {
    word: _VERBS.get(word, NOTHING) | more
    for word, more in {**dict.fromkeys(_VERBS, NOTHING), **_words("orders")}.items()
}

_BY_EFFECT: Final[dict[Verb, frozenset[Act]]] = {
    "send": frozenset({"send"}), "publish": frozenset({"send", "share"}), "spend": frozenset({"pay", "book"}),
    "grant": frozenset({"share"}), "persist": frozenset({"run", "create"}), "configure": frozenset({"change"}),
    "install": frozenset({"run"}), "delete": frozenset({"delete"}), "terminate": frozenset({"delete"}),
}  # fmt: skip


_OPENED: Final = frozenset(
    {"door", "garage", "gate", "lock", "valve", "window", "account", "position", "trade", "port", "safe"}
)
"""What is not read by being opened."""
_SHORT: Final = 3
_CHANGE: Final[frozenset[Act]] = frozenset({"change"})


def words_of_name(tool: str) -> tuple[str, ...]:
    """The words of a tool's name, as they may stand in a text: of several things the things, else the verb and the thing."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool.rpartition("/")[2])
    words = [
        word.removesuffix("s") if len(word) > _SHORT else word for word in re.split(r"[^a-z]+", spaced.lower()) if word
    ]
    things = [word for word in words if word not in _VERBS and len(word) > _SHORT]
    return tuple(things if len(things) > 1 else words)


@lru_cache(maxsize=1024)
def acts_of_name(tool: str) -> frozenset[Act] | None:
    """What the name of a tool says that it does: no act where it reads, None where the name tells nothing.

    The first verb in the name counts (`get_scheduled_transactions` reads), with the thing that it is done to.
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool.rpartition("/")[2])
    named = [word for word in re.split(r"[^a-z]+", spaced.lower()) if word]
    if "_".join(named) in _ANSWERS:
        return NOTHING
    things = NOTHING.union(*(_NOUNS.get(word, NOTHING) for word in named))
    for word, thing in zip(named, [*named[1:], ""], strict=False):
        if (word in _READS and not (word == "open" and thing in _OPENED)) or (word in _VERBS and thing in _QUERIES):
            return NOTHING
        acts = _CHANGE if word == "open" and thing in _OPENED else _VERBS.get(word)
        if acts is not None and not (word in _NOUNS and word != named[0]):
            return acts if acts <= {"delete"} else acts | things
    return things or None


_LOCAL_TOOLS: Final = frozenset({
    "shell", "type", "read", "write", "edit", "patch", "delete", "move", "list", "search", "fetch", "web_search",
    "delegate", "schedule", "note", "sql", "python",
})  # fmt: skip
_HARMLESS: Final = frozenset(
    {"temporary", "cache", "build_output", "loopback", "dry_run", "registry", "own_child", "model_api"}
)


def acts_of(judged: Judged) -> frozenset[Act]:
    """The acts of a call: for a client's own tools by its effects, for any other tool by its name, then its effects."""
    action = judged.turn.action
    if action is None:
        return NOTHING
    if action.tool not in _LOCAL_TOOLS:
        named = acts_of_name(action.tool)
        if named is not None:
            return named or _fetches(judged)
    elif all(effect.verb == "opaque" for effect in judged.decision.effects):
        return acts_of_name(action.tool) or NOTHING
    found = NOTHING
    for effect in judged.decision.effects:
        resource = effect.resource
        if effect.verb != "install" and (resource.labels & _HARMLESS or effect.reversible == "yes"):
            continue
        if resource.kind == "file" and resource.reach == "workspace" and effect.verb in {"delete", "modify", "create"}:
            found |= NOTHING if action.tool != "delete" else {"delete"}
            continue
        found |= _BY_EFFECT.get(effect.verb, NOTHING)
        if resource.kind == "file" and effect.verb in {"create", "modify"} and resource.reach != "workspace":
            found |= {"create", "change"}
        if effect.verb in {"execute", "opaque"} and effect.authorship == "fetched":
            found |= {"run"}
        if effect.verb in {"create", "modify"} and resource.kind in {"infrastructure", "table", "account", "message"}:
            found |= {"create", "change"}
    return found or _fetches(judged)


def _fetches(judged: Judged) -> frozenset[Act]:
    for effect in judged.decision.effects:
        if effect.verb == "connect" and not effect.resource.labels & _HARMLESS:
            return frozenset({"fetch"})
    return NOTHING


_WORD: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|-)*[^\W\d_]")
_SENTENCE: Final = re.compile(r"(?<=[.?!;])\s+|(?<=,) (?=and |then |please )")
_REFUSED: Final = re.compile(
    r"\b(?:do not|don't|never|without) (?!forget|hesitate|mind|wait)(?:\w+ (?:or|nor|and) )?\w+"
)
"""What a person says is not to be done; “don't forget to” is no refusal."""
_REFUSED_WHOLLY: Final = re.compile(
    r"\b(?:do not|don't|never|without) (send|pay|delete|book|share|publish|post|buy|order|transfer|submit)(?:ing)?"
    r"(?: (?:it|them|this|that|anything))?(?: yet)?\s*(?:[.,;!]|$)"
)
_ENDINGS: Final = ("ing",)
_THINGS: Final = frozenset(table("acts")["things"]["all"].split())
_ADDED: Final = frozenset(_ASKED) - _THINGS - frozenset(table("acts")["asked"]["fetch"].split())
"""What is surely a verb behind “and”."""
_BEFORE_VERBS: Final = frozenset({
    "", "to", "and", "then", "please", "you", "also", "just", "or", "now", "kindly", "must", "should", "let's", "will", "ll",
})  # fmt: skip
_LIGHT: Final = frozenset(
    {"make", "do", "get", "need", "want", "arrange", "take", "give", "put", "like", "help", "handle"}
)


def requests(text: str) -> list[str]:
    """The sentences of a plain text that may ask for an act: not those that only ask to know something, but what they add."""
    said = phrase("to_me").sub(" ", text)
    found = []
    for one in _SENTENCE.split(said):
        if phrase("question").search(one) is None:
            found.append(one)
        else:
            found.extend(one[more.start(1) :] for more in phrase("beyond").finditer(one) if more.group(1) in _ADDED)
    return found


def asked_acts(text: str) -> frozenset[Act]:
    """The acts that a request (plain) may ask for. A thing (`mail`, `payments`) asks for one only where something is done."""
    done = things = NOTHING
    before = ""
    text = _REFUSED.sub(" ", text)
    for word in _WORD.findall(text):
        acts = _ASKED.get(word, NOTHING) or (_stemmed(word, _ASKED) if word.endswith(_ENDINGS) else NOTHING)
        if word in _THINGS and before not in _BEFORE_VERBS:
            things |= acts
        elif word in _THINGS and word in _READS:
            done |= {"fetch"}
        else:
            done |= acts
        before = word
    light = any(word in _LIGHT for word in _WORD.findall(text))
    found = done | things if light or done & CONSEQUENTIAL else done
    return found | {"pay"} if "send" in found and phrase("money").search(text) else found


def refused_acts(text: str) -> frozenset[Act]:
    """The acts that a request (plain) forbids, whatever else in it may sound like them (“draft a mail, but don't send it”)."""
    return NOTHING.union(*(_VERBS.get(found[1], NOTHING) for found in _REFUSED_WHOLLY.finditer(text)))


def _stemmed(word: str, known: dict[str, frozenset[Act]]) -> frozenset[Act]:
    """`cancelling`, `adding`, `booked`, `deletes`: by the plain form, where the table has it."""
    for ending in _ENDINGS:
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            for plain in (stem, stem + "e", stem[:-1]):
                if plain in known:
                    return known[plain]
    return NOTHING


def ordered_acts(text: str) -> frozenset[Act]:
    """The acts that an instruction speaks of. `text` is casefolded."""
    found = NOTHING
    for word in set(_WORD.findall(text)):
        found |= _ORDERS.get(word, NOTHING) or (_stemmed(word, _ORDERS) if word.endswith("ing") else NOTHING)
    if "send" in found and phrase("money").search(text):
        found |= {"pay"}
    return found
