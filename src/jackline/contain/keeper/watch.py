"""A session's budgets, watched: one that is reached freezes everything, so that a person can look; then all of it is ended."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Final

from jackline.contain.keeper.wire import Alert
from jackline.contain.limits.cage import Cage, disk_bytes
from jackline.contain.limits.groups import CageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jackline.contain.keeper.wire import FromKeeper
    from jackline.contain.limits.budgets import Budgets

LOOK_SECONDS: Final = 0.5
FROZEN_SECONDS: Final = 10.0
"""How long everything stands still before it is ended."""


class Watch:
    """The cage round one session, and who looks at it."""

    def __init__(
        self, session: str, name: str, budgets: Budgets, folders: Sequence[str], end: Callable[[], None]
    ) -> None:
        """`name` is the control groups'; `folders` are what counts as written; `end` ends every process of the session.

        Raises `CageError` where a limit that could be had is not taken.
        """
        self._session, self._budgets, self._folders, self._end = session, budgets, folders, end
        self._cage = Cage(name, budgets)
        self._over = threading.Event()
        self._begun = time.monotonic()

    @contextlib.contextmanager
    def entrances(self) -> Iterator[tuple[int, ...]]:
        """Open, for a launcher to join through."""
        opened = self._cage.entrances()
        try:
            yield tuple(opened)
        finally:
            for descriptor in opened:
                os.close(descriptor)

    def add(self, process: int) -> None:
        """A launcher that went in by the entrances: looked at where there are no control groups."""
        self._cage.watch(process)

    def begin(self, report: Callable[[FromKeeper], None]) -> None:
        """Look, in a thread of its own, until the session is over."""
        threading.Thread(target=self._look, args=(report,), name="budgets", daemon=True).start()

    def close(self) -> None:
        """The session is over, and nothing of it runs any more."""
        self._over.set()
        with contextlib.suppress(CageError, OSError):
            self._cage.remove()

    def _look(self, report: Callable[[FromKeeper], None]) -> None:
        counted = self._budgets.disk_bytes is not None
        while not self._over.wait(LOOK_SECONDS):
            written = disk_bytes(self._folders) if counted else 0
            with contextlib.suppress(OSError):
                reached = self._cage.reached(time.monotonic() - self._begun, written)
                if reached:
                    self._stop(", ".join(reached), report)
                    return

    def _stop(self, budgets: str, report: Callable[[FromKeeper], None]) -> None:
        with contextlib.suppress(CageError, OSError):
            self._cage.freeze()
        text = f"a budget is used up ({budgets}): everything stands still, and ends in {FROZEN_SECONDS:.0f} seconds"
        report(Alert(self._session, "budget", text))
        self._over.wait(FROZEN_SECONDS)
        self._end()
