"""What a transaction leaves is brought to its end here, by the process that made it or by the next one after a death.

A change that was not wholly applied is taken back, one that was is settled: what it displaced goes into the store. Both
may die at any point, and are simply done again.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.contain.view.handles import Parents, Root, join, look, walk
from jackline.contain.view.node import Node, glance, read
from jackline.contain.view.record import Change, Closed, Conflict, Reverted, Settled
from jackline.contain.view.staging import deepest_first, finish_folder, folder_node, loosen, remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.contain.view.entry import Entry
    from jackline.contain.view.history import History
    from jackline.contain.view.record import Header, Step

_GONE: Final = frozenset({errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.ELOOP, errno.EXDEV, errno.ENOTEMPTY})


@contextlib.contextmanager
def opened_stage(root: Root, history: History, header: Header, *, make: bool = False) -> Iterator[Root]:
    """The directory in which a change is prepared; `make`: a new one. Raises `WorkspaceError` where it is not there."""
    at = root.handle if header.inside else history.stages.handle
    if make:
        history.disk.mkdir(at, header.stage)
        if header.inside:
            history.disk.utime_open(root.handle, header.modified)
    with Root(header.stage, at=at) as stage:
        yield stage


def recover(root: Root, history: History) -> list[Change]:
    """Bring every change of this workspace that no living process works on to its end; returns those that were not."""
    found = []
    for change in list(history.records.all()):
        if change.header.root != root.path or _ended(root, history, change):
            continue
        record = history.records.open(change.header.order)
        if record is None:
            continue
        try:
            history.records.cut(record, change.header.order)
            recover_one(root, history, change.header.order, record)
        finally:
            os.close(record)
        found.append(change)
    return found


def recover_one(root: Root, history: History, order: int, record: int) -> None:
    """One change; `record` is the descriptor of its record, locked."""
    change = history.records.read(order)
    if change is None:
        history.records.remove(order)
    elif change.prepared is None:
        _clean(root, history, change)
        history.records.remove(order)
    elif change.applied is not None:
        settle(root, history, order, record)
    else:
        if change.reverted is None:
            with opened_stage(root, history, change.header) as stage:
                conflicts = _Reverting(root, stage, history).run(change)
            history.disk.sync_all(root.handle)
            change = replace(change, reverted=Reverted(tuple(conflicts)))
            history.records.mark(record, change.reverted or Reverted())
        if change.reverted is not None and change.reverted.conflicts:
            settle(root, history, order, record)
            return
        _clean(root, history, change)
        history.records.remove(order)


def settle(root: Root, history: History, order: int, record: int) -> Change:
    """Take what a change displaced, and what it could not put in place, into the store; returns the whole record."""
    change = history.records.read(order)
    if change is None:
        raise OSError(errno.ENOENT, "the record of a change is gone", str(order))
    if not _staged(root, history, change.header):
        _close(root, history, change, record)
        return change
    with opened_stage(root, history, change.header) as stage:
        if change.settled is None:
            before, kept = _look(stage, history, change)
            if history.store.waiting:
                history.store.flush()
            change = replace(change, settled=Settled(before, kept))
            history.records.mark(record, Settled(before, kept))
        settled = change.settled or Settled({})
        nodes = {**settled.kept, **settled.before}
        for _, path, at, name in _displaced(stage, change):
            node = nodes.get(path)
            if node is not None and node.digest:
                history.store.adopt(at, name, node)
        if change.header.inside or history.store.waiting:
            history.store.flush()  # it was copied, and is now removed where it was
    _close(root, history, change, record)
    return change


def _staged(root: Root, history: History, header: Header) -> bool:
    return look(root.handle if header.inside else history.stages.handle, header.stage) is not None


def _ended(root: Root, history: History, change: Change) -> bool:
    closed = change.closed is not None or not change.header.inside or change.header.view
    return change.settled is not None and closed and not _staged(root, history, change.header)


def _clean(root: Root, history: History, change: Change) -> None:
    """Remove the staging directory; the workspace, if that was in it, gets the time that it is to have without."""
    header = change.header
    remove_tree(history.disk, root.handle if header.inside else history.stages.handle, header.stage)
    if header.inside:
        modified = header.modified
        if change.applied is not None and change.prepared is not None:
            modified = next((entry.after.modified for entry in change.prepared.folders if not entry.path), modified)
        history.disk.utime_open(root.handle, modified)
        history.disk.sync_file(root.handle)  # before its record, which is on another file system, says that it is done


def _close(root: Root, history: History, change: Change, record: int) -> None:
    _clean(root, history, change)
    if change.header.inside and change.closed is None:
        history.records.mark(record, Closed())


def _look(stage: Root, history: History, change: Change) -> tuple[dict[str, Node], dict[str, Node]]:
    """What was displaced, and what of ours was not put in place."""
    known = {entry.path: entry for entry in change.entries}
    lost = {conflict.path for conflict in (change.applied or change.reverted or Reverted()).conflicts}
    before: dict[str, Node] = {}
    kept: dict[str, Node] = {}
    for top, path, at, name in _displaced(stage, change):
        node = glance(look(at, name))
        node = history.store.look(at, name) if node.kind == "file" else read(at, name)
        if top in lost or change.reverted is not None:
            kept[path] = node
            continue
        entry = known.get(path)
        if node.kind == "directory" and entry is not None:
            node = replace(node, mode=entry.before.mode)  # it may have been loosened to be moved
        before[path] = node
    return before, kept


def _displaced(stage: Root, change: Change) -> Iterator[tuple[str, str, int, str]]:
    """Every path of what lies in a staging directory: the path of its step, its own, and where it lies."""
    places = {step.stage: step.path for step in (change.prepared.steps if change.prepared is not None else ())}
    for path, at, name, _ in walk(stage):
        top, _, rest = path.partition("/")
        place = places.get(top, top)
        yield place, join(place, rest) if rest else place, at, name


class _Reverting:
    """Taking the steps back, as far as they were taken."""

    def __init__(self, root: Root, stage: Root, history: History) -> None:
        self._root, self._stage, self._disk = root, stage, history.disk

    def run(self, change: Change) -> list[Conflict]:
        """All of them; what somebody else changed since then is left, and named."""
        if change.prepared is None:
            return []
        entries = {entry.path: entry for entry in change.entries}
        for folder in change.prepared.folders:
            self._unlock(folder)
        conflicts = []
        with Parents(self._root) as parents:
            for step in reversed(change.prepared.steps):
                conflict = self._back(parents, entries[step.path], step)
                if conflict is not None:
                    conflicts.append(conflict)
        for folder in deepest_first(change.prepared.folders):
            now = folder_node(self._root, folder.path)
            if now.kind == "directory":
                finish_folder(self._root, self._disk, folder.before, folder.path)
        return conflicts

    def _unlock(self, folder: Entry) -> None:
        if folder.path and os.geteuid() != 0:
            with Parents(self._root) as parents, contextlib.suppress(OSError):
                at, name = parents.of(folder.path)
                found = look(at, name)
                if found is not None:
                    loosen(self._disk, at, name, found)

    def _back(self, parents: Parents, entry: Entry, step: Step) -> Conflict | None:
        try:
            at, name = parents.of(step.path)
            return self._exchange_back(at, name, entry, step)
        except OSError as error:
            if error.errno not in _GONE:
                raise
            return Conflict(step.path, f"it could not be put back: {error.strerror}", entry.before)

    def _exchange_back(self, at: int, name: str, entry: Entry, step: Step) -> Conflict | None:
        here, staged = glance(look(at, name)), glance(look(self._stage.handle, step.stage))
        if entry.after.kind == "absent":
            if staged.kind == "absent":
                return None  # not taken
            self._disk.rename(self._stage.handle, step.stage, at, name)
        elif staged.inode == step.inode and staged.kind != "absent":
            return None  # not taken
        elif here.inode != step.inode or not _untouched(here, entry.after):
            return Conflict(step.path, "somebody changed it before it could be taken back", entry.before, here)
        elif entry.before.kind == "absent":
            self._loosen(at, name, here)
            self._disk.rename(at, name, self._stage.handle, step.stage)
        else:
            self._loosen(at, name, here)
            self._disk.exchange(self._stage.handle, step.stage, at, name)
        if entry.before.kind == "directory":
            self._disk.chmod(at, name, entry.before.mode)
        return None

    def _loosen(self, at: int, name: str, here: Node) -> None:
        found = look(at, name)
        if here.kind == "directory" and found is not None and os.geteuid() != 0:
            loosen(self._disk, at, name, found)


def _untouched(here: Node, after: Node) -> bool:
    if here.kind == "directory":
        return True
    return here.same_thing(after) or (here.kind, here.size, here.modified) == (after.kind, after.size, after.modified)
