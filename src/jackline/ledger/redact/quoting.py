"""Whether a piece of a text stands in a quotation of its own, as a shell would read it.

A secret with blanks or a shell's operators in it may only be replaced where it is certainly one quoted word: anywhere
else (`echo 'PASSWORD='; rm -rf '/'`) the replacement would hide what is run. Sound rather than complete: behind a
here-document, or where quotation marks do not pair, the answer is no.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

from jackline.core.deferred import late_pattern

ACTIVE: Final = late_pattern(r"[\s;|&<>()]")
"""Characters that end a word of shell text."""

_TOKEN: Final = late_pattern(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|(?<!\S)#[^\n]*|<<", re.DOTALL)
_MAX_DEPTH: Final = 3


class _Segment(NamedTuple):
    """The inside of a quotation, from `start` to `end` of the whole text."""

    start: int
    end: int


class Quotations:
    """The quotations of one text. Each level is read once, when it is first asked for."""

    __slots__ = ("_read", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: dict[tuple[int, int, int], tuple[list[int], list[_Segment]]] = {}

    def hold(self, start: int, end: int) -> bool:
        """Whether the innermost quotation around `start` to `end` has only one word in it up to there."""
        inner = self._innermost(start, end, 0, len(self._text), 0)
        return inner is not None and ACTIVE.search(self._text, inner.start, start) is None

    def _innermost(self, start: int, end: int, low: int, high: int, depth: int) -> _Segment | None:
        starts, segments = self._segments(low, high, depth)
        index = bisect_right(starts, start) - 1
        if index < 0 or segments[index].end < end:
            return None
        around = segments[index]
        deeper = self._innermost(start, end, *around, depth + 1) if depth < _MAX_DEPTH else None
        return deeper or around

    def _segments(self, low: int, high: int, depth: int) -> tuple[list[int], list[_Segment]]:
        """The quotations between `low` and `high`; in quotations, marks that are escaped there count as marks."""
        key = (low, high, depth)
        if key not in self._read:
            text = self._text[low:high]
            if depth:
                text = text.replace('\\"', ' "').replace("\\'", " '")
            found = []
            for token in _TOKEN.finditer(text):
                if token[0] == "<<":
                    break
                if token[0][0] in "'\"":
                    found.append(_Segment(low + token.start() + 1, low + token.end() - 1))
            self._read[key] = ([segment.start for segment in found], found)
        return self._read[key]
