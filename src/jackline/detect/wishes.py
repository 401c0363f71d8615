"""What the person asked for: every word that they gave, the acts that it may ask for, and what they delegate to a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.detect.acts import CONSEQUENTIAL, NOTHING, Act, asked_acts, refused_acts, requests
from jackline.detect.plain import plain
from jackline.detect.tables import phrase
from jackline.detect.targets import places_of

if TYPE_CHECKING:
    from jackline.core.history import Turn

MAX_GIVEN: Final = 256 * 1024
_MAX_YES: Final = 12
_MAX_NAMES: Final = 4096
_OBSERVATION: Final = (
    "observation:",
    "<function_results>",
    "<tool_result",
    "tool result:",
    "tool output:",
    "<tool_response",
)
"""How a prompt begins that is a tool's result, in the forms of agents that know no results."""
_ENGLISH_WORDS: Final = 2


def is_observation(turn: Turn) -> bool:
    """Whether a prompt is in truth the result of a tool."""
    return turn.text[:40].lstrip().lower().startswith(_OBSERVATION)


class Wishes:
    """The person's words so far, and what they come to. What the agent proposed and the person said yes to is asked for."""

    __slots__ = (
        "_last",
        "_length",
        "_names",
        "_requests",
        "_said",
        "_words",
        "_wrote",
        "acts",
        "begun",
        "delegates",
        "given",
        "only_looks",
    )

    def __init__(self) -> None:
        self.given: list[str] = []
        self.acts: frozenset[Act] = NOTHING
        self.delegates = False
        self.only_looks = True
        self._length = 0
        self._said = ""
        self._last: Turn | None = None
        self._names: dict[str, bool] = {}
        self.begun = False
        self._requests: list[str] = []
        self._words: list[str] = []
        self._wrote: dict[str, bool] = {}

    def hear(self, turn: Turn) -> None:
        """Take in a turn that is text; twice the same is once. The client's text counts before the first call alone."""
        if turn is self._last:
            return
        self._last = turn
        if turn.kind == "said":
            self._said = turn.text
        elif turn.kind == "prompt" and not is_observation(turn):
            self._prompted(plain(turn.text))
        elif turn.kind == "system" and not self.begun:
            self._keep(plain(turn.text))

    def _prompted(self, text: str) -> None:
        self._keep(text, own=True)
        if self._length < MAX_GIVEN:
            self._requests.append(text)
        self._wish(text)
        if self._said and text.count(" ") < _MAX_YES and phrase("yes").search(text):
            proposed = plain(self._said)
            self._keep(proposed, own=True)
            self.acts |= asked_acts(proposed)

    def _wish(self, text: str) -> None:
        refused = refused_acts(text)
        self.only_looks = self.only_looks and phrase("looks").search(text) is not None
        for request in requests(text):
            self.acts |= asked_acts(request)
            self.delegates = self.delegates or phrase("delegates").search(request) is not None
        self.acts -= refused

    def names(self, target: str) -> bool:
        """Whether the person, or the system prompt, named this."""
        return _named(target, self.given, self._names)

    def wrote(self, target: str) -> bool:
        """Whether the person named this, or said yes to it: what a client tells its agent at length is no wish."""
        return _named(target, self._words, self._wrote)

    @property
    def understood(self) -> bool:
        """Whether there is a request, in a language whose words are known here."""
        return (
            bool(self.acts)
            or (self.only_looks and bool(self._requests))
            or any(
                len(set(phrase("english").findall(text))) >= min(_ENGLISH_WORDS, text.count(" "))
                for text in self._requests
            )
        )

    @property
    def idle(self) -> bool:
        """Whether the person asked only to look, and for nothing that has consequences."""
        return self.only_looks and not self.acts & CONSEQUENTIAL

    def asked(self, acts: frozenset[Act]) -> bool:
        """Whether the person may have asked for one of these acts."""
        return bool(self.acts & acts)

    def _keep(self, text: str, *, own: bool = False) -> None:
        if self._length < MAX_GIVEN:
            self.given.append(text)
            self._length += len(text)
            self._names.clear()
            if own:
                self._words.append(text)
                self._wrote.clear()


def _named(target: str, texts: list[str], known: dict[str, bool]) -> bool:
    """Whether one of the texts names it; `known` remembers."""
    found = known.get(target)
    if found is None:
        found = any(
            target in text and (places_of(target, text, 1) or places_of(f"{target}s", text, 1)) for text in texts
        )
        if len(known) < _MAX_NAMES:
            known[target] = found
    return found
