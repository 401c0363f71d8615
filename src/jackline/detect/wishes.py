"""What the person asked for: every word that they gave, the acts that it may ask for, and what they delegate to a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.detect.acts import NOTHING, Act, asked_acts, requests
from jackline.detect.plain import plain
from jackline.detect.tables import phrase
from jackline.detect.targets import places_of

if TYPE_CHECKING:
    from jackline.core.history import Turn

MAX_GIVEN: Final = 256 * 1024
_MAX_YES: Final = 12
_ENGLISH_WORDS: Final = 2


class Wishes:
    """The person's words so far, and what they come to. What the agent proposed and the person said yes to is asked for."""

    __slots__ = ("_length", "_requests", "_said", "acts", "delegates", "given", "only_looks")

    def __init__(self) -> None:
        self.given: list[str] = []
        self.acts: frozenset[Act] = NOTHING
        self.delegates = False
        self.only_looks = True
        self._length = 0
        self._said = ""
        self._requests: list[str] = []

    def hear(self, turn: Turn) -> None:
        """Take in a turn that is text."""
        if turn.kind == "said":
            self._said = turn.text
        elif turn.kind in {"prompt", "system"}:
            text = plain(turn.text)
            self._keep(text)
            if turn.kind == "prompt":
                if self._length < MAX_GIVEN:
                    self._requests.append(text)
                self._wish(text)
                if self._said and text.count(" ") < _MAX_YES and phrase("yes").search(text):
                    proposed = plain(self._said)
                    self._keep(proposed)
                    self.acts |= asked_acts(proposed)

    def _wish(self, text: str) -> None:
        self.only_looks = self.only_looks and phrase("looks").search(text) is not None
        for request in requests(text):
            self.acts |= asked_acts(request)
            self.delegates = self.delegates or phrase("delegates").search(request) is not None

    def names(self, target: str) -> bool:
        """Whether the person, or the system prompt, named this."""
        return any(target in text and places_of(target, text, 1) for text in self.given)

    @property
    def understood(self) -> bool:
        """Whether there is a request, in a language whose words are known here."""
        return bool(self.acts) or any(
            len(set(phrase("english").findall(text))) >= min(_ENGLISH_WORDS, text.count(" ")) for text in self._requests
        )

    def asked(self, acts: frozenset[Act]) -> bool:
        """Whether the person may have asked for one of these acts."""
        return bool(self.acts & acts)

    def _keep(self, text: str) -> None:
        if self._length < MAX_GIVEN:
            self.given.append(text)
            self._length += len(text)
