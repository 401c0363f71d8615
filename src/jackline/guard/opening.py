"""A guard in this process, for `jackline check` and the library: decides, records nothing, creates no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.guard import totp
from jackline.guard.deciding import Guard as Deciding
from jackline.guard.eyes import Eyes
from jackline.guard.paths import find_homes
from jackline.guard.policies import PolicyShelf

if TYPE_CHECKING:
    from jackline.core.action import Action
    from jackline.core.decision import Decision
    from jackline.guard.paths import Homes


class Guard:
    """The guard as a library: it decides by the same function as the resident one, and keeps nothing.

    Whoever runs an action on its word records it themselves; for a recorded decision, ask the resident guard.
    """

    def __init__(self, deciding: Deciding) -> None:
        """Made by `open`."""
        self._deciding = deciding

    @classmethod
    def open(cls, homes: Homes | None = None) -> Guard:
        """With the user's policies and words. What is wrong with them is said by each decision: a denial."""
        return cls(open_guard(homes))

    def decide(self, action: Action) -> Decision:
        """The decision on an action. Raises `UsageError` where its directory is not an absolute path."""
        return self._deciding.decide(action, record=False)


def open_guard(homes: Homes | None = None) -> Deciding:
    """The deciding part alone."""
    where = homes or find_homes()
    approvals = totp.strongest(where.totp)
    return Deciding(PolicyShelf(where), Eyes(where), approvals=approvals)
