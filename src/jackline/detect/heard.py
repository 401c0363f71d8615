"""What came back from tools: the untrusted text of a session, and the instructions in it that a call may have followed."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final

from jackline.core.inner import FrozenInner
from jackline.detect.acts import NOTHING, ordered_acts
from jackline.detect.addressed import REACH, STRONG, Sign, signs, strength
from jackline.detect.plain import bounded, hidden, plain
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
_CLOSE: Final = 48
_BEFORE: Final = 500
_AFTER: Final = 300
_SENTENCE: Final = re.compile(r"[.!?;](?=\s)|\s[*•]\s|[{}<>]|[\"'],? ?[\"']|[\"']: ")
_MAX_SENTENCE: Final = 400


class Result:
    """One result: what it says, the call that it came from, and its place among all results.

    Most results are never asked for anything, so that its plain text and its signs are made when they are.
    """

    __slots__ = ("_raw", "_signs", "_text", "concealed", "index", "length", "order", "standing")

    def __init__(self, raw: str, *, index: int, order: int, standing: bool) -> None:
        self._raw = bounded(raw)
        self._text: str | None = None
        self._signs: tuple[Sign, ...] | None = None
        self.concealed = ""
        self.length = len(self._raw)
        self.index, self.order, self.standing = index, order, standing

    @property
    def text(self) -> str:
        """The plain text, with what it conceals behind it."""
        if self._text is None:
            self.concealed = hidden(self._raw)
            folded = plain(self._raw)
            self._text = f"{folded} {self.concealed}" if self.concealed else folded
            self._raw = ""
        return self._text

    def signs(self) -> tuple[Sign, ...]:
        """The signs that it speaks to the agent."""
        if self._signs is None:
            self._signs = signs(self.text)
        return self._signs

    def names(self, tool: str) -> bool:
        """Whether it names a tool beside a sign that it speaks to the agent."""
        if tool not in self.text:
            return False
        near = [sign for at in places_of(tool, self.text) for sign in self.signs() if abs(sign.at - at) <= REACH]
        return any(sign.weight > 1 and sign.kind != "tools" for sign in near)

    def speaks_of(self, words: tuple[str, ...]) -> bool:
        """Whether these words stand close together in it, the last one behind the others or next to them."""
        if len(words) <= 1 or not all(word in self.text for word in words):
            return False
        stretches = (
            self.text[max(0, at - _CLOSE) : at + len(words[-1])] for at in places_of(words[-1], self.text, whole=False)
        )
        return any(all(word in stretch for word in words) for stretch in stretches)

    def loudest(self) -> int:
        """The strength at its strongest place; 0 where no sign is strong by itself."""
        known = self._signs if self._signs is not None else signs(self.text, STRONG)
        strong = [sign.at for sign in known if sign.weight >= STRONG]
        return max((strength(self.signs(), at) for at in strong), default=0) if strong else 0


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

    def names(self, tool: str) -> bool:
        """Whether its neighbourhood names this tool."""
        return bool(tool) and tool in self.result.text[max(0, self.at - _BEFORE) : self.at + self.length + _AFTER]

    def orders(self, acts: frozenset[Act], tool: str) -> bool:
        """Whether its neighbourhood speaks of one of these acts, or of the tool by its name."""
        near = self.result.text[max(0, self.at - _BEFORE) : self.at + self.length + _AFTER]
        return bool(tool and tool in near) or bool(ordered_acts(near) & acts)

    def orders_next(self, acts: frozenset[Act]) -> bool:
        """Whether what stands right behind it speaks of one of these acts (“the consignee is Q. Marsh; change it”)."""
        behind = self.at + self.length
        return bool(ordered_acts(self.result.text[behind : behind + _CLOSE]) & acts)

    def commands(self, acts: frozenset[Act]) -> bool:
        """Whether its own sentence orders one of these acts."""
        return self._told(acts, "lead")

    def commands_aside(self, acts: frozenset[Act]) -> bool:
        """Whether a clause of its sentence does, which counts only where the text speaks to the agent."""
        return self._told(acts, "aside")

    def _told(self, acts: frozenset[Act], lead: str) -> bool:
        return bool(imperatives(self.result.text, self.at, self.length, lead) & acts)


class Heard:
    """The results so far, the latest at the end."""

    __slots__ = ("_length", "results", "taken")

    def __init__(self) -> None:
        self.results: deque[Result] = deque()
        self.taken = 0
        self._length = 0

    def take(self, text: str, *, index: int, standing: bool = False) -> Result | None:
        """Keep a result. `standing`: it is a file of standing instructions that the project gives its agents."""
        if not text:
            return None
        self.taken += 1
        one = Result(text, index=index, order=self.taken, standing=standing)
        self.results.append(one)
        self._length += one.length
        while self._length > MAX_HEARD and len(self.results) > 1:
            self._length -= self.results.popleft().length
        return one

    def bears(self, target: str, until: int) -> bool:
        """Whether one of the first so many results has this in it."""
        return any(target in one.text for one in self.results if one.order <= until)

    def passages(self, target: str, knew: int) -> Iterator[Passage]:
        """Where the results of the calls up to `knew` bear a target: at most so many places, the latest results first."""
        left = _MAX_PASSAGES
        for one in reversed(self.results):
            if one.index > knew or target not in one.text:
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


def imperatives(text: str, at: int, length: int, lead: str = "lead") -> frozenset[Act]:
    """The acts that the sentence around a place orders: an imperative at its head, or after “please”, “must”, “then”."""
    begin = max(0, at - _MAX_SENTENCE)
    marks = [match.end() for match in _SENTENCE.finditer(text, begin, at)]
    begin = marks[-1] if marks else begin
    stop = _SENTENCE.search(text, at + length, min(len(text), at + length + _MAX_SENTENCE))
    sentence = text[begin : stop.start() if stop else at + length + _MAX_SENTENCE].lstrip(" -*>\"'`([{:,#")
    found: frozenset[Act] = NOTHING
    for match in phrase(lead).finditer(sentence):
        found |= ordered_acts(match.group(1))
    return found


__all__ = ["REACH", "Heard", "Passage", "Result", "imperatives"]
