"""How strongly a text speaks to the agent that reads it, and where.

Most of what an agent reads is about the world. An injected instruction must turn the agent from its task, and to do so
it speaks to the agent, of the task, in another's name, or of what to keep from the person. Each of these is a *sign*
with a weight; one sign of the strong sort suffices to call an instruction addressed, the weak ones (urgency, “you must”)
stand in ordinary mail, too, and never suffice by themselves. The signs are evidence and settle nothing alone: a finding
needs a call that did what the text asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from jackline.detect.tables import table

STRONG: Final = 3
"""From here on an instruction counts as addressed to the agent."""
OVERWHELMING: Final = 5
"""From here on it counts though the person told the agent to do what the source says."""
REACH: Final = 900
"""How far from a sign, in characters, an instruction still belongs to it."""
_MAX_SIGNS: Final = 64


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign at a place in a text."""

    kind: str
    weight: int
    at: int


def _read() -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    vocabularies: dict[str, str] = {}
    for name, words in table("signs")["vocabularies"].items():
        vocabularies[name] = _filled(words, vocabularies)
    return tuple(
        (row["kind"], row["weight"], re.compile(_filled(row["pattern"], vocabularies)))
        for row in table("signs")["signs"]
    )


def _filled(pattern: str, vocabularies: dict[str, str]) -> str:
    for name, words in vocabularies.items():
        pattern = pattern.replace(f"{{{name}}}", words)
    return pattern


_SIGNS: Final = _read()
_HINTS: Final = tuple(table("signs")["hints"])
_CAPPED: Final = frozenset({"urgency", "modal"})


def signs(text: str) -> tuple[Sign, ...]:
    """The signs in a text (folded by `plain`), in its order; at most 64."""
    if not any(hint in text for hint in _HINTS):
        return ()
    found = [
        Sign(kind, weight, match.start())
        for kind, weight, pattern in _SIGNS
        for match, _ in zip(pattern.finditer(text), range(_MAX_SIGNS), strict=False)
    ]
    found.sort(key=lambda sign: (-sign.weight, sign.at))
    return tuple(sorted(found[:_MAX_SIGNS], key=lambda sign: sign.at))


def strength(found: tuple[Sign, ...], at: int, *, before: bool = False) -> int:
    """How strongly the text around a place speaks to the agent: each kind of sign once, by its heaviest.

    `before`: only if one of them stands before the place, so that what an honest text says first is not counted as
    part of what was put behind it.
    """
    best: dict[str, int] = {}
    led = not before
    for sign in found:
        if abs(sign.at - at) <= REACH:
            best[sign.kind] = max(best.get(sign.kind, 0), sign.weight)
            led = led or (sign.at <= at and sign.kind not in _CAPPED)
    total = sum(best.values()) if led else 0
    return total if best.keys() - _CAPPED else min(total, STRONG - 1)
