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
    stems: tuple[str, ...]
    marks: tuple[str, ...]
    pattern: re.Pattern[str]

    def may_be_in(self, text: str, words: dict[str, list[str]]) -> bool:
        """Whether a text with these words (by their heads) may have what the row needs: a quick no."""
        return any(word.startswith(stem) for stem in self.stems for word in words.get(stem[:_HEAD], ())) or any(
            mark in text for mark in self.marks
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
    words = [_WORD.match(need.strip()) for need in needs]
    stems = dict.fromkeys(word.group() for word in words if word is not None)
    marks = tuple(need for need, word in zip(needs, words, strict=True) if word is None)
    return _Row(kind, weight, tuple(needs), tuple(stems), marks, re.compile(pattern))


def _filled(pattern: str, vocabularies: dict[str, str]) -> str:
    for name, words in vocabularies.items():
        pattern = pattern.replace(f"{{{name}}}", words)
    return pattern


_WORD: Final = re.compile(r"[^\W\d_]+")
_HEAD: Final = 4
"""By so many letters of a word it is looked up."""
_LETTERS: Final = {code: " " for code in range(128) if not chr(code).isalpha()}
_ROWS: Final = _read()
_CAPPED: Final = frozenset({"urgency", "modal"})


def signs(text: str, least: int = 1) -> tuple[Sign, ...]:
    """The signs in a text (folded by `plain`) of at least this weight, in its order; at most 64."""
    words = _words(text)
    found = [
        Sign(row.kind, row.weight, match.start())
        for row in _ROWS
        if row.weight >= least and row.may_be_in(text, words)
        for match, _ in zip(_matches(row, text), range(_MAX_SIGNS), strict=False)
    ]
    found.sort(key=lambda sign: (-sign.weight, sign.at))
    return tuple(sorted(found[:_MAX_SIGNS], key=lambda sign: sign.at))


def _words(text: str) -> dict[str, list[str]]:
    """The words of a text, each once, by their heads."""
    found = set(text.translate(_LETTERS).split() if text.isascii() else _WORD.findall(" ".join(set(text.split()))))
    words: dict[str, list[str]] = {}
    for word in found:
        words.setdefault(word[:_HEAD], []).append(word)
    return words


def _matches(row: _Row, text: str) -> Iterator[re.Match[str]]:
    """The matches of a row's pattern; it is tried only near one of the literals that it needs, where a word begins."""
    places: list[int] = []
    for need in row.needs:
        at = text.find(need)
        while at >= 0 and len(places) < _MAX_PLACES:
            if not (need[0].isalpha() and text[at - 1 : at].isalpha()):
                places.append(at)
            at = text.find(need, at + len(need))
    places.sort()
    begin = end = 0
    for at in [*places, len(text) + 3 * _NEAR]:
        if at - _NEAR > end:
            if end:
                yield from row.pattern.finditer(text, begin, end)
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
