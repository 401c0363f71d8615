"""How strongly a text speaks to the agent that reads it, and where.

Most of what an agent reads is about the world. An injected instruction must turn the agent from its task, and to do so
it speaks to the agent, of the task, in another's name, or of what to keep from the person. Each of these is a *sign*
with a weight; one sign of the strong sort suffices to call an instruction addressed, the weak ones (urgency, “you must”)
stand in ordinary mail, too, and never suffice by themselves. The signs are evidence and settle nothing alone: a finding
needs a call that did what the text asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.inner import FrozenInner
from jackline.detect.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

STRONG: Final = 3
"""From here on an instruction counts as addressed to the agent."""
OVERWHELMING: Final = 5
"""From here on it counts though the person told the agent to do what the source says."""
REACH: Final = 900
"""How far from a sign, in characters, an instruction still belongs to it."""
_MAX_SIGNS: Final = 64
_MAX_PLACES: Final = 256
_NEAR: Final = 130
"""How far from what it needs, in characters, a sign may begin or end."""


class Sign(FrozenInner, frozen=True):
    """A sign at a place in a text."""

    kind: str
    weight: int
    at: int


class _Row(FrozenInner, frozen=True):
    kind: str
    weight: int
    needs: tuple[str, ...]
    words: tuple[str, ...]
    stems: tuple[str, ...]
    marks: tuple[str, ...]
    pattern: re.Pattern[str]

    def may_be_in(self, text: str, words: str) -> bool:
        """Whether a text with these words may have what the row needs: a quick no."""
        return (
            any(f"\n{word}\n" in words for word in self.words)
            or any(f"\n{stem}" in words for stem in self.stems)
            or any(mark in text for mark in self.marks)
        )


def _read() -> tuple[_Row, ...]:
    vocabularies: dict[str, str] = {}
    for name, words in table("signs")["vocabularies"].items():
        vocabularies[name] = _filled(words, vocabularies)
    return tuple(
        _row(row["kind"], row["weight"], row["needs"], _filled(row["pattern"], vocabularies))
        for row in table("signs")["signs"]
    )


def _row(kind: str, weight: int, needs: list[str], pattern: str) -> _Row:
    words, stems, marks = dict[str, None](), dict[str, None](), dict[str, None]()
    for need in needs:
        first = _WORD.match(need.lstrip())
        if first is None:
            marks[need] = None
        else:
            (stems if first.end() == len(need.lstrip()) else words)[first.group()] = None
    return _Row(kind, weight, tuple(needs), tuple(words), tuple(stems), tuple(marks), re.compile(pattern))


def _filled(pattern: str, vocabularies: dict[str, str]) -> str:
    for name, words in vocabularies.items():
        pattern = pattern.replace(f"{{{name}}}", words)
    return pattern


_WORD: Final = re.compile(r"[^\W\d_]+")
_LETTERS: Final = {code: " " for code in range(128) if not chr(code).isalpha()}
_ROWS: Final = _read()
_NAMES: Final = ("ai", "ia", "ki", "dan", "bot", "bots")
_NAMED: Final = (
    "agent", "assist", "asist", "asyst", "chat", "model", "modèl", "claude", "gemini", "copilot", "codex", "automat", "autonom",
    "coding", "virtual", "digital", "intel", "language", "software", "machine", "robot",
)  # fmt: skip
_SPELLED: Final = ("a.i", "gpt", "llm")
"""Words, beginnings of words, and texts of which one stands in whatever a sign of the kind `agent` matches."""
_CAPPED: Final = frozenset({"urgency", "modal"})


def signs(text: str, least: int = 1) -> tuple[Sign, ...]:
    """The signs in a text (folded by `plain`) of at least this weight, in its order; at most 64."""
    words = _words(text)
    agents = agents_in(text, words)
    found = [
        Sign(row.kind, row.weight, match.start())
        for row in _ROWS
        if row.weight >= least and (agents or row.kind != "agent") and row.may_be_in(text, words)
        for match, _ in zip(
            _near(row.pattern, text, agents if row.kind == "agent" else _places(row.needs, text, _MAX_PLACES)),
            range(_MAX_SIGNS),
            strict=False,
        )
    ]
    found.sort(key=lambda sign: (-sign.weight, sign.at))
    return tuple(sorted(found[:_MAX_SIGNS], key=lambda sign: sign.at))


def agents_in(text: str, words: str) -> list[int]:
    """Where a text with these words names what a sign of the kind `agent` is about: most texts do nowhere."""
    named = [name for name in _NAMES if f"\n{name}\n" in words] + [stem for stem in _NAMED if f"\n{stem}" in words]
    return _places((*named, *_SPELLED), text, len(text))


def _words(text: str) -> str:
    """The words of a text, each once, between ends of lines: so to look one up is to search a text."""
    found = text.translate(_LETTERS).split() if text.isascii() else _WORD.findall(" ".join(set(text.split())))
    return "\n".join(["", *set(found), ""])


def _places(needs: tuple[str, ...], text: str, most: int) -> list[int]:
    """Where a text has one of these, at the beginning of a word if it is one: so many places at most, in order."""
    places: list[int] = []
    for need in needs:
        at = text.find(need)
        while at >= 0 and len(places) < most:
            if not (need[0].isalpha() and text[at - 1 : at].isalpha()):
                places.append(at)
            at = text.find(need, at + len(need))
    return sorted(places)


def _near(pattern: re.Pattern[str], text: str, places: list[int]) -> Iterator[re.Match[str]]:
    """The matches of a pattern, which is tried only near these places."""
    begin = end = 0
    for at in [*places, len(text) + 3 * _NEAR]:
        if at - _NEAR > end:
            if end:
                yield from pattern.finditer(text, begin, end)
            begin = max(at - _NEAR, 0)
        end = at + 2 * _NEAR


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
