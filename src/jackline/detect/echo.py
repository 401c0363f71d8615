"""Words put in the agent's mouth: what a result orders it to say, found again in what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.detect.addressed import REACH, STRONG
from jackline.detect.tables import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.detect.heard import Result

_WORDS: Final = re.compile(r"[\w'.@/-]*\w")
_SAME: Final = {
    "i": "you",
    "me": "you",
    "my": "your",
    "i'm": "you're",
    "he": "you",
    "she": "you",
    "they": "you",
    "we": "you",
}
_CLAUSE: Final = 320
_RUN: Final = 5
_ENOUGH: Final = 2
_MAX_RUNS: Final = 2_000


class Echo:
    """The runs of words that loud results order the agent to say."""

    __slots__ = ("_runs",)

    def __init__(self) -> None:
        self._runs: set[tuple[str, ...]] = set()

    def take(self, result: Result) -> None:
        """Keep what a result orders to say, near its signs."""
        places = [sign.at for sign in result.signs() if sign.weight >= STRONG]
        for match in phrase("speak").finditer(result.text):
            if len(self._runs) >= _MAX_RUNS:
                return
            if any(abs(match.start() - place) <= REACH for place in places):
                self._runs.update(_runs(result.text[match.end() : match.end() + _CLAUSE]))

    def in_words(self, text: str, given: Iterable[str]) -> bool:
        """Whether words (plain) repeat enough of it, do not report it, and do not have it from the person."""
        if not self._runs or phrase("reports").search(text):
            return False
        shared = self._runs & set(_runs(text))
        for own in given:
            if len(shared) < _ENOUGH:
                break
            shared -= set(_runs(own))
        return len(shared) >= _ENOUGH


def _runs(text: str) -> list[tuple[str, ...]]:
    words = [_SAME.get(word, word) for word in _WORDS.findall(text)]
    return [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]
