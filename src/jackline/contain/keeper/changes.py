"""The session's view, as the keeper has it: one at a time looks at it, and what it says is said in the guard's words."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Final

from jackline.contain.keeper.wire import Change, Closed, Verb
from jackline.contain.view.disk import Disk
from jackline.contain.view.handles import Root
from jackline.contain.view.history import History
from jackline.contain.view.recovery import recover
from jackline.contain.view.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.contain.keeper.wire import Open, Outcome
    from jackline.contain.view.entry import Entry
    from jackline.contain.view.record import Conflict

MAX_TOLD: Final = 1000
"""How many changed paths are told of one action; the history has all."""

_MICROS: Final = 1000
_PRIVATE: Final = 0o700


class Changes:
    """See the module's text. Raises `WorkspaceError`, `OSError`."""

    def __init__(self, opening: Open) -> None:
        """Look at the workspace, and get the upper layer ready. What a keeper that was killed left half done is finished or
        taken back first."""
        os.makedirs(opening.history, _PRIVATE, exist_ok=True)
        self._live, self._workspace = opening.mode == "live", opening.workspace
        self._lock = threading.Lock()
        self._history = History(opening.history, Disk())
        workspace = Root(opening.workspace)
        recover(workspace, self._history)
        upper = Root(os.path.join(opening.folder, "upper"))
        self._view = View(workspace, upper, self._history, session=opening.session, live=self._live)
        self.prepared = self._view.start(owners=frozenset({os.getuid()}), groups=frozenset({os.getgid()}))

    def carry(self, mounted: int) -> tuple[str, ...]:
        """Write what others changed in the workspace into the view, of which `mounted` is a handle; returns what was
        changed on both sides."""
        with self._lock:
            return _paths(self._view.carry(Root(".", at=mounted))[1])

    def savepoint(self, action: str) -> tuple[tuple[Change, ...], int, tuple[str, ...]]:
        """What an action changed, how many more paths there are, and what somebody else changed, too."""
        with self._lock:
            point = self._view.savepoint(action, at=_now())
        told = self._told(point.entries)
        return told[:MAX_TOLD], len(told[MAX_TOLD:]), _paths(point.conflicts)

    def close(self, outcome: Outcome) -> Closed:
        """The session is over, and nothing of it runs any more: keep or discard what is still open."""
        with self._lock:
            if self._live:
                point = self._view.savepoint("", at=_now())
            elif outcome == "keep":
                point = self._view.publish(at=_now())
            else:
                told = self._told(self._view.pending())
                return Closed(outcome, told[:MAX_TOLD], len(told[MAX_TOLD:]))
            self._view.settle()
            self._history.expire(_now())
        told = self._told(point.entries)
        return Closed(outcome, told[:MAX_TOLD], len(told[MAX_TOLD:]), _paths(point.conflicts))

    def _told(self, entries: Iterable[Entry]) -> tuple[Change, ...]:
        """Directories that merely have other times are nobody's news."""
        found = []
        for entry in entries:
            before, after = entry.before.kind, entry.after.kind
            if before == after == "directory" and entry.before.mode == entry.after.mode:
                continue
            verb: Verb = "create" if before == "absent" else "delete" if after == "absent" else "modify"
            found.append(Change(os.path.join(self._workspace, entry.path), verb))
        return tuple(found)


def _paths(conflicts: Iterable[Conflict]) -> tuple[str, ...]:
    return tuple(conflict.path for conflict in conflicts)


def _now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // _MICROS
