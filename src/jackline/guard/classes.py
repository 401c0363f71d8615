"""Approvals of a class: effects like those of an action a person knows, for one account, until a time.

They are events of the ledger like every other answer: `approved` with a `class` (the ID of the action that was the
example), and `configured` where one is ended early. What stands is a fold over these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from jackline.core.decision import Reason
from jackline.policy.approvals import ClassApproval

if TYPE_CHECKING:
    from jackline.core.event import Event
    from jackline.core.words import Label

MAX_CLASSES: Final = 256
ENDED: Final = "class ended"
"""The `what` of the event that ends a class before its time."""


class Standing(Struct, frozen=True, rename="camel"):
    """One class: the action that is its example, whose sessions it is for (an account's number), its patterns."""

    like: str
    uid: int
    approvals: tuple[ClassApproval, ...]

    @property
    def until(self) -> int:
        """When it ends, in microseconds since the epoch."""
        return max((each.until for each in self.approvals), default=0)


class Classes:
    """The classes that were approved and not ended, built by `apply`."""

    def __init__(self) -> None:
        self._standing: dict[str, Standing] = {}

    def apply(self, event: Event) -> None:
        """Fold one event in. What cannot be read approves nothing."""
        if event.kind == "approved" and "class" in event.data:
            self._add(event.data)
        elif event.kind == "configured" and event.data.get("what") == ENDED:
            self._standing.pop(str(event.data.get("class", "")), None)

    def _add(self, data: dict[str, Any]) -> None:
        try:
            given = {"like": data["class"], "uid": data["uid"], "approvals": data["approvals"]}
            standing = msgspec.convert(given, Standing)
        except (msgspec.ValidationError, KeyError):
            return
        self._standing.pop(standing.like, None)
        while len(self._standing) >= MAX_CLASSES:
            self._standing.pop(next(iter(self._standing)))
        self._standing[standing.like] = standing

    def standing(self, now: int) -> list[Standing]:
        """Those that have not ended at a time, oldest first."""
        ended = [like for like, each in self._standing.items() if each.until <= now]
        for like in ended:
            self._standing.pop(like, None)
        return list(self._standing.values())

    def for_account(self, uid: int, seen: frozenset[Label], now: int) -> tuple[ClassApproval, ...]:
        """What stands for an account's sessions, once they bear these labels."""
        if not self._standing:
            return ()
        return tuple(
            approval
            for each in self.standing(now)
            if each.uid == uid
            for approval in each.approvals
            if approval.stands(seen, now)
        )


APPROVED_CLASS: Final = Reason(
    rule="approved-class",
    text="a person approved effects like these for a while: `jackline allow --list` shows what, and until when",
)
"""Why an action may run that the policy would ask about."""
