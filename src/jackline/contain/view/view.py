"""One session's view of a workspace: its savepoints, its publication, and what is carried into it.

The overlay itself is mounted by others: this reads the upper layer from outside, and never writes to it while it is
mounted. *live*: every savepoint is published at once. *staged*: savepoints are recorded, and all is published at the end.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from jackline.contain.view.entry import Entry
from jackline.contain.view.handles import Parents, open_file
from jackline.contain.view.node import ABSENT, Node, read
from jackline.contain.view.picture import Picture, take
from jackline.contain.view.prepare import prepare
from jackline.contain.view.record import Applied, Change, Conflict, Prepared, Settled, Undone
from jackline.contain.view.recovery import recover
from jackline.contain.view.savepoint import Layers, left_out
from jackline.contain.view.through import write_through
from jackline.contain.view.transaction import Transaction
from jackline.contain.view.undo import plan
from jackline.contain.view.upper import Marks, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.contain.view import prepare as preparing
    from jackline.contain.view.disk import Disk
    from jackline.contain.view.handles import Root
    from jackline.contain.view.history import History


class Savepoint(NamedTuple):
    """What an action did: `entries` as they were found, `change` as it was recorded (None where nothing changed),
    `left_out` the sockets and devices, which no change holds."""

    entries: tuple[Entry, ...]
    change: Change | None
    left_out: tuple[str, ...]

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What somebody else changed, too."""
        return self.change.applied.conflicts if self.change is not None and self.change.applied is not None else ()


class View:
    """A workspace and the upper layer of a session over it. Not thread-safe: the session's keeper has it alone."""

    def __init__(self, workspace: Root, upper: Root, history: History, *, session: str, live: bool) -> None:
        self._workspace, self._history, self._session, self._live = workspace, history, session, live
        self._layers = Layers(upper, workspace)
        self.base = Picture()
        self._shown = Picture()
        self._first: Marks = {}
        self._marks: Marks = {}
        self._stale: set[str] = set()
        """Directories that were deleted outside and that the kernel still shows inside, empty: see `carry`."""

    def start(
        self, *, owners: frozenset[int] | None = None, groups: frozenset[int] | None = None
    ) -> preparing.Prepared:
        """Look at the workspace, and get the empty upper layer ready, before it is mounted. `owners` and `groups`: the
        IDs that the session's user namespace has; None: all."""
        self.base = take(self._workspace)
        self._shown = self.base if self._live else Picture(self.base.nodes)
        prepared = prepare(
            self._workspace, self._layers.upper, self.base, self._history.disk, owners=owners, groups=groups
        )
        self._layers.foreign = prepared.foreign
        self._first = self._marks = scan(self._layers.upper)
        return prepared

    def savepoint(self, action: str, *, at: int = 0) -> Savepoint:
        """What changed since the last savepoint, recorded as this action's; in a live view it is published. `at` is in
        microseconds since the epoch. Raises `OSError`, `WorkspaceError` where it cannot be recorded: nothing was
        published then, and the next savepoint holds it too."""
        marks = scan(self._layers.upper, self._marks)
        entries = self._entries(self._shown, self._marks, marks)
        change = None
        if entries:
            change = self._publish(entries, action, at) if self._live else self._record(entries, action, at)
        self._marks = marks
        return Savepoint(tuple(entries), change, tuple(left_out(marks)))

    def publish(self, *, at: int = 0) -> Savepoint:
        """Put all that the view shows otherwise than the workspace into the workspace, as one change: keep."""
        marks = scan(self._layers.upper)
        entries = self._entries(self.base, self._published, marks)
        change = self._publish(entries, "", at) if entries else None
        self._first = self._marks = marks
        return Savepoint(tuple(entries), change, tuple(left_out(marks)))

    @property
    def _published(self) -> Marks:
        """The upper layer when the workspace last was as the view showed it."""
        return self._marks if self._live else self._first

    def settle(self) -> None:
        """Take what the savepoints displaced into the store: what a keeper does when it has nothing else to do."""
        recover(self._workspace, self._history)

    def pending(self) -> list[Entry]:
        """What the view shows otherwise than the workspace, as far as is known without reading contents."""
        return self._entries(self.base, self._published, scan(self._layers.upper))

    def carry(self, view: Root) -> tuple[list[Entry], list[Conflict]]:
        """Write what others changed in the workspace into the mounted view, of which `view` is a handle; returns what was
        carried, and what was changed on both sides: that is left as it is on both.

        One thing cannot be carried: a directory that was looked at inside and then deleted outside can be neither removed
        nor listed any more through the mount (its lower half is dead to overlayfs). It stays, looks empty, and is not
        published; what is put into it by name is.
        """
        now = take(self._workspace)
        differing = [
            path for path in {**self.base.nodes, **now.nodes}
            if not (self.base.get(path).kind == now.get(path).kind == "absent")
            and not (now.get(path).same_thing(self.base.get(path)) and _timed(now.get(path), self.base.get(path)))
            and not any(path.startswith(f"{closed}/") for closed in now.closed)
        ]  # fmt: skip
        if not differing:
            return [], []
        mine = {entry.path for entry in self.pending()}
        carried: list[Entry] = []
        conflicts: list[Conflict] = []
        with Parents(self._workspace) as parents:
            for path in differing:
                after = _read(self._workspace, parents, path, now.get(path))
                entry = Entry(path, self.base.get(path), after)
                if path in mine and not _folders(entry):
                    conflicts.append(Conflict(path, "it was changed in the view, too", self._shown.get(path), after))
                elif path not in mine:
                    carried.append(entry)
        write_through(view, [entry for entry in carried if entry.after.kind != "other"], _Workspace(self._workspace),
                      self._history.disk)  # fmt: skip
        for entry in carried:
            self.note(entry)
            if entry.after.kind == "absent" and entry.before.kind == "directory" and view.look(entry.path) is not None:
                self._stale.add(entry.path)
        return carried, conflicts

    def _entries(self, picture: Picture, old: Marks, new: Marks) -> list[Entry]:
        """What looks different; a stale directory only if something was put into it."""
        entries = self._layers.entries(picture, old, new)
        if not self._stale:
            return entries
        filled = {path for path in self._stale if any(entry.path.startswith(f"{path}/") for entry in entries)}
        return [entry for entry in entries if entry.path not in self._stale - filled]

    def undo_shown(self, view: Root, changes: Sequence[Change], *, force: bool = False) -> list[str]:
        """Take changes of a staged view back in the mounted view; returns the paths that somebody changed later, and does
        nothing then without `force`."""
        entries, lost = plan(view, changes)
        entries = [entry for entry in entries if not _folders(entry) or not entry.before.same_rights(entry.after)
                   or entry.before.attributes != entry.after.attributes]  # fmt: skip
        if not lost or force:
            write_through(view, entries, self._history.store, self._history.disk)
            for change in changes:
                self._history.records.add_mark(change.header.order, Undone(0))
            return []
        return lost

    def note(self, entry: Entry) -> None:
        """The workspace now is as an entry says, and the view, too."""
        self.base.put(entry.path, entry.after)
        if self._shown is not self.base:
            self._shown.put(entry.path, entry.after)

    def _publish(self, entries: list[Entry], action: str, at: int) -> Change:
        header = self._history.header(self._workspace, session=self._session, action=action, at=at)
        with self._layers:
            change = Transaction(self._workspace, self._history).run(entries, self._layers, header)
        for entry in change.done:
            self.base.put(entry.path, entry.after)
        if header.inside:
            self.settle()  # what was displaced lies in the workspace itself
        return change

    def _record(self, entries: list[Entry], action: str, at: int) -> Change:
        """Note what changed in the view alone: both versions go to the store, for the layer goes on changing."""
        header = replace(
            self._history.header(self._workspace, session=self._session, action=action, at=at), view=True
        )  # fmt: skip
        header, record = self._history.records.begin(header)
        try:
            whole = [self._kept(entry) for entry in entries]
            self._history.store.flush()
            self._history.records.add_entries(record, whole)
            self._history.records.mark(record, Prepared((), ()))
            self._history.records.mark(record, Applied())
            settled = Settled({entry.path: entry.before for entry in whole})
            self._history.records.mark(record, settled)
        finally:
            os.close(record)
        for entry in whole:
            self._shown.put(entry.path, entry.after)
        return Change(header, tuple(whole), Prepared((), ()), Applied(), None, settled)

    def _kept(self, entry: Entry) -> Entry:
        """The entry with both its nodes whole, and their contents in the store."""
        before, after = entry.before, entry.after
        if before.kind == "file" and not (before.digest and self._history.store.has(before.digest)):
            before = self._keep(self._workspace, entry.path, before)
        elif before.attributes is None and before.kind not in {"absent", "other"}:
            with Parents(self._workspace) as parents:
                before = _read(self._workspace, parents, entry.path, before)
        if after.kind == "file":
            after = self._keep(self._layers.upper, entry.path, after)
        return replace(entry, before=before, after=after)

    def _keep(self, root: Root, path: str, node: Node) -> Node:
        with Parents(root) as parents:
            descriptor = open_file(*parents.of(path))
        try:
            kept = self._history.store.keep(descriptor)
        finally:
            os.close(descriptor)
        return replace(kept, owner=node.owner, group=node.group)


class _Workspace:
    """The workspace as the source of what is carried."""

    def __init__(self, root: Root) -> None:
        self._layers = Layers(root, root)

    def fill(self, disk: Disk, entry: Entry, descriptor: int) -> Node:
        """See `Source`."""
        with self._layers:
            return self._layers.fill(disk, entry, descriptor)

    def shared(self, entry: Entry, target: int) -> tuple[int, str] | None:
        """See `Source`."""
        del entry, target
        return None


def _timed(now: Node, then: Node) -> bool:
    return now.modified == then.modified


def _folders(entry: Entry) -> bool:
    return entry.before.kind == entry.after.kind == "directory"


def _read(root: Root, parents: Parents, path: str, known: Node) -> Node:
    if known.kind == "absent":
        return ABSENT
    at, name = parents.of(path) if path else (root.handle, ".")
    return read(at, name, hashed=0) if known.kind != "other" else known
