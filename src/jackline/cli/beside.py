"""What was predicted of an action beside what was observed, in words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from jackline.core.effect import Effect
from jackline.guard.running.comparing import Comparison, Soundness, compare, facts_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.guard.running.comparing import Compared
    from jackline.ledger import ActionRecord

MAX_LINES: Final = 40
"""How many facts of an action are told; those that were not foreseen come first, and JSON has all."""
MAX_ARGUMENTS: Final = 80
DIGEST: Final = 12

_COLOURS: Final = {"predicted": "green", "covered": "cyan", "unpredicted": "red"}
_RANK: Final = {"unpredicted": 0, "predicted": 1, "covered": 2}


class Told(NamedTuple):
    """One line of a record: what stands before it, its text, its colour."""

    label: str
    text: str
    colour: str = "cyan"


def compared(record: ActionRecord) -> Comparison:
    """An action's comparison, made from what the ledger holds. An action that never ran was not predicted wrongly."""
    try:
        effects = msgspec.convert(record.decision.get("effects", ()), tuple[Effect, ...])
    except msgspec.ValidationError:  # written by another version: nothing can be called predicted
        effects = ()
    facts, unseen = facts_in(record.observed)
    return compare(effects, facts, unseen) if record.observed else Comparison()


def draw_comparison(record: ActionRecord) -> Iterator[Told]:
    """Fact by fact, and what did not happen; nothing for an action of which nothing was observed."""
    comparison, evidence = compared(record), _evidence(record)
    facts = sorted(comparison.facts, key=lambda each: _RANK[each.foreseen])
    for each in facts[:MAX_LINES]:
        yield Told(each.foreseen, _fact(each, evidence), _COLOURS[each.foreseen])
    if len(facts) > MAX_LINES:
        yield Told("", f"… and {len(facts) - MAX_LINES} more facts")
    if comparison.unseen:
        yield Told("unseen", f"{comparison.unseen} more, which were only counted", "yellow")
    if record.result:
        for effect in comparison.absent:
            yield Told("not seen", f"{effect.verb} {effect.resource.kind} {effect.resource.name}", "yellow")


def draw_soundness(found: Soundness) -> str:
    """A session's figures on one line; "" where nothing was observed."""
    if found.share is None:
        return ""
    unseen = f", {found.unseen} only counted" if found.unseen else ""
    return (
        f"{found.facts} facts: {found.predicted} predicted, {found.covered} covered, {found.unpredicted} unpredicted"
        f"{unseen}; soundness {found.share:.1%}"
    )


def _fact(each: Compared, evidence: dict[str, str]) -> str:
    fact = each.fact
    port = f":{fact.port}" if fact.port else ""
    times = f", {fact.times} times" if fact.times > 1 and fact.kind != "file" else ""
    more = evidence.get(fact.name, "") if fact.kind == "process" else ""
    return f"{fact.verb} {fact.kind} {fact.name}{port}{times}{more}"


def _evidence(record: ActionRecord) -> dict[str, str]:
    """By a program's name: its first arguments and its hash."""
    found: dict[str, str] = {}
    for data in record.observed:
        for process in data.get("processes") or ():
            if isinstance(process, dict) and not process.get("first"):
                name = str(process.get("path", "")).rpartition("/")[2] or "*"
                found.setdefault(name, _described(process))
    return found


def _described(process: dict[str, Any]) -> str:
    argv, digest = process.get("argv"), process.get("digest")
    words = shlex.join(map(str, argv)) if isinstance(argv, list) else ""
    if len(words) > MAX_ARGUMENTS or process.get("cut"):
        words = f"{words[:MAX_ARGUMENTS]}…"
    return f" ({words})" + (f", SHA-256 {str(digest)[:DIGEST]}…" if digest else "")
