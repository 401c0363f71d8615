"""What was changed, by whom, and what stood there before: the persistent store of a user's changes.

One private directory holds `changes` (records, also the journals of what is under way), `contents` and `anchors` (see
`store`), and `stages`. Sessions share it, so a content is kept once. It expires by age and size, oldest first.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING, Final, Self

from jackline.contain.view.handles import Root, mount_of
from jackline.contain.view.picture import OWN
from jackline.contain.view.record import Header, Records
from jackline.contain.view.recovery import recover
from jackline.contain.view.staging import remove_tree
from jackline.contain.view.store import Store
from jackline.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from jackline.contain.view.disk import Disk
    from jackline.contain.view.record import Change

DAY_MICROS: Final = 24 * 60 * 60 * 1_000_000
DEFAULT_DAYS: Final = 30
DEFAULT_BYTES: Final = 10 * 1000**3


class History:
    """The store in one directory. Use it as a context; several processes may have it open."""

    def __init__(self, path: str, disk: Disk, *, at: int | None = None) -> None:
        """Open, and furnish, a private directory that exists. Raises `WorkspaceError`, `OSError`."""
        self.disk = disk
        self._root = Root(path, at=at)
        for name in ("changes", "stages"):
            with contextlib.suppress(FileExistsError):
                disk.mkdir(self._root.handle, name)
        self._changes, self.stages = Root("changes", at=self._root.handle), Root("stages", at=self._root.handle)
        self.records = Records(self._changes, disk)
        self.store = Store(self._root, disk)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()
        for root in (self._changes, self.stages, self._root):
            root.__exit__(kind, error, trace)

    def header(self, root: Root, *, session: str = "", action: str = "", at: int = 0) -> Header:
        """The header of a new change: it says where the change is prepared. In the store, if that is on the workspace's
        own mount, for rename(2) works within one only; else in the workspace, under a name that is ours."""
        inside = mount_of(root.handle) != mount_of(self.stages.handle)
        modified = os.fstat(root.handle).st_mtime_ns if inside else 0
        return Header(0, root.path, session, action, at, OWN + secrets.token_hex(8), inside, modified)

    def changes(self, *, root: str = "", session: str = "", action: str = "") -> list[Change]:
        """The changes that were applied, of a workspace, a session, an action, or all, in their order."""
        return [
            change
            for change in self.records.all()
            if change.applied is not None
            and root in {"", change.header.root}
            and session in {"", change.header.session}
            and action in {"", change.header.action}
        ]

    def last_session(self, root: str = "") -> str:
        """The session of the last change that belongs to one; "" where there is none."""
        sessions = [change.header.session for change in self.changes(root=root) if change.header.session]
        return sessions[-1] if sessions else ""

    def keep(self, orders: Iterable[int]) -> int:
        """Accept changes: they can no longer be undone. Returns how many there were."""
        orders = list(orders)
        self._settle(
            change for change in map(self.records.read, orders) if change is not None and change.settled is None
        )
        removed = [order for order in orders if self._forget(order)]
        self._drop_unused()
        return len(removed)

    def expire(self, now: int, *, days: int = DEFAULT_DAYS, size: int = DEFAULT_BYTES) -> list[int]:
        """Forget the oldest changes until none is older than `days` and the contents take no more than `size` bytes; of
        the last session none is forgotten. `now` is in microseconds since the epoch. Returns their orders."""
        last = self.last_session()
        sizes = dict(self.store.sizes())
        kept = list(self.records.all())
        total = sum(sizes.values())
        users: dict[str, int] = {}
        for change in kept:
            for key in digests(change):
                users[key] = users.get(key, 0) + 1
        forgotten = []
        for change in kept:
            old = change.header.at < now - days * DAY_MICROS
            if (last and change.header.session == last) or change.settled is None or not (old or total > size):
                continue
            for key in digests(change):
                users[key] -= 1
                if not users[key]:
                    total -= sizes.get(key, 0)
            if self._forget(change.header.order):
                forgotten.append(change.header.order)
        if forgotten:
            self._drop_unused()
        return forgotten

    def _settle(self, changes: Iterable[Change]) -> None:
        """Nothing that a record refers to may be left in a stage when the record goes."""
        for path in {change.header.root for change in changes}:
            with contextlib.suppress(WorkspaceError), Root(path) as root:  # a workspace that is gone needs nothing
                recover(root, self)

    def _forget(self, order: int) -> bool:
        descriptor = self.records.open(order)
        if descriptor is None:
            return False
        try:
            self.records.remove(order)
        finally:
            os.close(descriptor)
        return True

    def _drop_unused(self) -> None:
        stages = os.listdir(self.stages.handle)  # before the records: each is made after its record
        changes = list(self.records.all())
        if any(change.settled is None and change.reverted is None for change in changes):
            return  # one is under way: what it will refer to may be here already
        used = frozenset(key for change in changes for key in digests(change))
        inodes = frozenset(
            node.inode for change in changes if change.settled for node in change.settled.before.values()
        )
        self.store.drop(used, inodes)
        staged = {change.header.stage for change in changes}
        for name in stages:
            if name not in staged:
                remove_tree(self.disk, self.stages.handle, name)


def digests(change: Change) -> frozenset[str]:
    """The contents that a change refers to."""
    settled = change.settled
    nodes = [] if settled is None else [*settled.before.values(), *settled.kept.values()]
    return frozenset(node.digest for node in nodes if node.digest)
