"""What came back from tools: the untrusted text of a session, and the instructions in it that a call may have followed."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import FrozenInner, Inner
from jackline.detect.acts import NOTHING, ordered_acts
from jackline.detect.addressed import REACH, STRONG, Sign, signs, strength
from jackline.detect.plain import hidden, plain
from jackline.detect.tables import phrase
from jackline.detect.targets import places_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.detect.acts import Act

MAX_HEARD: Final = 768 * 1024
"""How much of what was heard is kept, in characters; the oldest is let go."""
_HIDDEN: Final = 3
_MAX_PASSAGES: Final = 24
_MAX_PLACES: Final = 6
_BEFORE: Final = 500
_AFTER: Final = 300
_SENTENCE: Final = re.compile(r"[.!?;](?=\s)|\s[*•]\s|[{}<>]|[\"'],? ?[\"']|[\"']: ")
_MAX_SENTENCE: Final = 400


class Result(Inner):
    """One result: its plain text, where it stands, and the call that it came from (by what the call was aimed at)."""

    text: str
    line: int
    index: int
    concealed: str = ""
    standing: bool = False
    _signs: tuple[Sign, ...] | None = field(default=None)

    def signs(self) -> tuple[Sign, ...]:
        """The signs that it speaks to the agent; read when they are first asked for."""
        if self._signs is None:
            self._signs = signs(self.text)
        return self._signs

    def loudest(self) -> int:
        """The strength at its strongest place; 0 where no sign is strong by itself."""
        strong = [
            sign.at
            for sign in (self._signs if self._signs is not None else signs(self.text, STRONG))
            if sign.weight >= STRONG
        ]
        if not strong:
            return 0
        return max((strength(self.signs(), at) for at in strong), default=0)


class Passage(FrozenInner, frozen=True):
    """A place in a result that bears a target of a call. What it says is read when it is asked for."""

    result: Result
    at: int
    length: int

    def strength(self, *, led: bool) -> int:
        """How strongly the text around it speaks to the agent; `led`: only where a sign stands before it."""
        hides = (
            bool(self.result.concealed) and self.result.text[self.at : self.at + self.length] in self.result.concealed
        )
        return strength(self.result.signs(), self.at, before=led) + (_HIDDEN if hides else 0)

    def orders(self, acts: frozenset[Act], tool: str) -> bool:
        """Whether its neighbourhood speaks of one of these acts, or of the tool by its name."""
        near = self.result.text[max(0, self.at - _BEFORE) : self.at + self.length + _AFTER]
        return bool(tool and tool in near) or bool(ordered_acts(near) & acts)

    def commands(self, acts: frozenset[Act]) -> bool:
        """Whether its own sentence orders one of these acts."""
        return bool(imperatives(self.result.text, self.at, self.length) & acts)


class Heard:
    """The results so far, the latest at the end."""

    __slots__ = ("_length", "results")

    def __init__(self) -> None:
        self.results: deque[Result] = deque()
        self._length = 0

    def take(self, text: str, *, line: int, index: int, standing: bool = False) -> Result | None:
        """Keep a result. `standing`: it is a file of standing instructions that the project gives its agents."""
        if not text:
            return None
        concealed = hidden(text)
        one = Result(f"{plain(text)} {concealed}" if concealed else plain(text), line, index, concealed, standing)
        self.results.append(one)
        self._length += len(one.text)
        while self._length > MAX_HEARD and len(self.results) > 1:
            self._length -= len(self.results.popleft().text)
        return one

    def bears(self, target: str) -> bool:
        """Whether a result so far has this in it."""
        return any(target in one.text for one in self.results)

    def passages(self, target: str, before: int) -> Iterator[Passage]:
        """Where results before a line bear a target: at most so many places, the latest results first."""
        left = _MAX_PASSAGES
        for one in reversed(self.results):
            if (one.line and one.line >= before) or target not in one.text:
                continue
            for at in places_of(target, one.text, min(left, _MAX_PLACES)):
                left -= 1
                yield Passage(one, at, len(target))
            if left <= 0:
                return

    def ordered_near_signs(self, result: Result) -> frozenset[Act]:
        """The acts that sentences near a result's strong signs order."""
        found: frozenset[Act] = NOTHING
        for sign in result.signs():
            if sign.weight >= STRONG:
                for match in phrase("lead").finditer(result.text, max(0, sign.at - _BEFORE), sign.at + REACH):
                    found |= ordered_acts(match.group(1))
        return found


def imperatives(text: str, at: int, length: int) -> frozenset[Act]:
    """The acts that the sentence around a place orders: an imperative at its head, or after “please”, “must”, “then”."""
    begin = max(0, at - _MAX_SENTENCE)
    marks = [match.end() for match in _SENTENCE.finditer(text, begin, at)]
    begin = marks[-1] if marks else begin
    stop = _SENTENCE.search(text, at + length, min(len(text), at + length + _MAX_SENTENCE))
    sentence = text[begin : stop.start() if stop else at + length + _MAX_SENTENCE].lstrip(" -*>\"'`([{:,#")
    found: frozenset[Act] = NOTHING
    for match in phrase("lead").finditer(sentence):
        found |= ordered_acts(match.group(1))
    return found


__all__ = ["REACH", "Heard", "Passage", "Result", "imperatives"]
