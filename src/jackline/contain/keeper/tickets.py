"""One-use tickets: what the guard granted and nobody has run yet.

A ticket is 128 random bits that the guard chose for one decided action. Guaranteed: it is taken once, by the first who
shows it, and not after `LIFETIME_SECONDS`; one that was never granted is told from one that was used by nobody.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from jackline.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.contain.keeper.wire import Grant

LIFETIME_SECONDS: Final = 60.0
MAX_OPEN: Final = 1024


class Tickets:
    """See the module's text. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, tuple[float, Grant]] = {}

    def add(self, grant: Grant) -> None:
        """A decided action waits for its program. The oldest is forgotten where too many wait."""
        with self._lock:
            self._forget_old()
            while len(self._open) >= MAX_OPEN:
                del self._open[next(iter(self._open))]
            self._open[grant.ticket] = (self._clock() + LIFETIME_SECONDS, grant)

    def take(self, ticket: str) -> Grant:
        """The action of a ticket, which is worth nothing from now on. Raises `UsageError`."""
        with self._lock:
            self._forget_old()
            found = self._open.pop(ticket, None)
        if found is None:
            message = "this was not decided, was run already, or waited too long: ask again"
            raise UsageError(message)
        return found[1]

    def _forget_old(self) -> None:
        now = self._clock()
        for ticket in [ticket for ticket, (until, _) in self._open.items() if until <= now]:
            del self._open[ticket]
