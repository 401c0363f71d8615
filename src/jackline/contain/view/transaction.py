"""Putting entries into a tree, wholly or not at all: staged beside it, exchanged in, compared, recorded.

Each step is one rename or exchange, so it is taken or not, whatever dies; which of them were taken is read off the inodes,
so recovery needs no trust in the order in which a disk wrote. What an exchange displaces is compared with what was known:
if somebody else was there first it goes back, and both versions are kept. Nothing is overwritten, ever: what was displaced
is the before-image.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from jackline.contain.view.entry import Entry
from jackline.contain.view.handles import Parents, Root, look, open_file, split, walk
from jackline.contain.view.node import ABSENT, SMALL, Node, glance, read
from jackline.contain.view.record import Applied, Change, Conflict, Prepared, Step
from jackline.contain.view.recovery import opened_stage, recover_one
from jackline.contain.view.staging import RefusedError, Stage, deepest_first, finish_folder, folder_node, loosen
from jackline.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jackline.contain.view.disk import Disk
    from jackline.contain.view.entry import Source
    from jackline.contain.view.history import History
    from jackline.contain.view.record import Header

_LEFT: Final = "left-"
"""How the staged names of what may not be put in place begin."""
_IN_THE_WAY: Final = frozenset(
    {errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.ELOOP, errno.EXDEV, errno.EISDIR, errno.ENOTEMPTY}
)
"""What an exchange answers where somebody else changed what stands at its place, or on the way to it."""
_FEW_FOLDERS: Final = 4
_FEW: Final = 32
"""Up to so many staged things each is synced by itself; more, and the whole file system is."""


class Part(NamedTuple):
    """What one step puts in place or takes away: its top entry first, then all below it."""

    entries: list[Entry]

    @property
    def top(self) -> Entry:
        """The entry whose path is exchanged."""
        return self.entries[0]


def parts(entries: Iterable[Entry]) -> tuple[list[Part], list[Entry]]:
    """The steps that make up a change, and the directories that stay and only change themselves."""
    found: list[Part] = []
    folders: list[Entry] = []
    for entry in sorted(entries, key=lambda entry: entry.path.replace("/", "\0")):
        if found and entry.path.startswith(found[-1].top.path + "/"):
            found[-1].entries.append(entry)
        elif entry.before.kind == entry.after.kind == "directory":
            folders.append(entry)
        else:
            found.append(Part([entry]))
    return found, folders


class Transaction:
    """One change of a workspace, from staging to its record. What it displaced stays in its stage until it is settled:
    that reads every byte, so it is left to when there is time (see `recovery`)."""

    def __init__(self, root: Root, history: History) -> None:
        self._root, self._history, self._disk = root, history, history.disk

    def run(self, entries: Iterable[Entry], source: Source, header: Header) -> Change:
        """Put the entries in place; returns the record of what was done, with its conflicts. Raises `WorkspaceError` or
        `OSError` where the disk fails: then recovery brings the tree back to what it was, and it was tried here."""
        header, record = self._history.records.begin(header)
        try:
            try:
                return self._run(entries, source, header, record)
            except (OSError, WorkspaceError):
                recover_one(self._root, self._history, header.order, record)
                raise
        finally:
            os.close(record)

    def _run(self, entries: Iterable[Entry], source: Source, header: Header, record: int) -> Change:
        steps, folders = parts(entries)
        with opened_stage(self._root, self._history, header, make=True) as stage:
            staged, conflicts = self._stage(stage, steps, source)
            standing, met = self._standing(folders)
            standing += self._implied(staged, folders, inside=header.inside)
            self._history.records.add_entries(record, (entry for part in staged for entry in part.entries))
            self._history.records.add_entries(record, standing)
            self._sync(stage, sum(len(part.entries) for part in staged))
            prepared = Prepared(
                tuple(Step(part.top.path, str(at), part.top.after.inode) for at, part in enumerate(staged)),
                tuple(standing),
            )  # fmt: skip
            self._history.records.mark(record, prepared)
            conflicts += met + Applying(self._root, stage, self._disk).run(staged, prepared)
            self._sync_places(prepared)
            self._history.records.mark(record, Applied(tuple(conflicts)))
        entries_done = tuple([entry for part in staged for entry in part.entries] + standing)
        return Change(header, entries_done, prepared, Applied(tuple(conflicts)))

    def _stage(self, stage: Root, steps: Sequence[Part], source: Source) -> tuple[list[Part], list[Conflict]]:
        building = Stage(stage, self._root, self._disk, source)
        staged: list[Part] = []
        refused: list[Conflict] = []
        for part in steps:
            name = str(len(staged))
            try:
                staged.append(Part(building.build(name, part.entries)))
            except RefusedError as error:
                if look(stage.handle, name) is not None:
                    self._disk.rename(stage.handle, name, stage.handle, f"{_LEFT}{len(refused)}")
                refused.append(Conflict(part.top.path, str(error), ours=part.top.after, theirs=part.top.before))
        return staged, refused

    def _standing(self, folders: Iterable[Entry]) -> tuple[list[Entry], list[Conflict]]:
        """The directories that stay, with what they really are now."""
        found: list[Entry] = []
        met: list[Conflict] = []
        for entry in folders:
            now = folder_node(self._root, entry.path)
            if now.kind != "directory" or not now.same_rights(entry.before):
                met.append(Conflict(entry.path, "somebody else changed it, too", entry.after, now))
                continue
            after = replace(entry.after, inode=now.inode)
            if now.modified != entry.before.modified:
                after = replace(after, modified=now.modified)  # others put something into it: its time is theirs
            found.append(Entry(entry.path, now, after))
        return found, met

    def _implied(self, staged: Sequence[Part], folders: Sequence[Entry], *, inside: bool) -> list[Entry]:
        """The directories in which steps are taken, and which are to look afterwards as they do now."""
        named = {entry.path for entry in folders}
        found: dict[str, Entry] = {}
        parents = [split(part.top.path)[0] for part in staged]
        for parent in [*parents, ""] if inside else parents:
            if parent not in named and parent not in found:
                node = folder_node(self._root, parent)
                if node.kind == "directory":
                    found[parent] = Entry(parent, node, node)
        return list(found.values())

    def _sync(self, stage: Root, count: int) -> None:
        """Put all that is staged on the disk."""
        if count > _FEW:
            self._disk.sync_all(stage.handle)
            return
        for _, at, name, found in walk(stage):
            if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
                self._sync_one(at, name)
        self._disk.sync_file(stage.handle)

    def _sync_places(self, prepared: Prepared) -> None:
        """Put the directories in which steps were taken on the disk."""
        if len(prepared.folders) > _FEW_FOLDERS:
            self._disk.sync_all(self._root.handle)
            return
        for entry in prepared.folders:
            with contextlib.suppress(OSError):  # it is gone, or something else: a conflict says so
                handle = self._root.enter(entry.path)
                try:
                    self._disk.sync_file(handle)
                finally:
                    os.close(handle)

    def _sync_one(self, at: int, name: str) -> None:
        descriptor = open_file(at, name)
        try:
            self._disk.sync_file(descriptor)
        finally:
            os.close(descriptor)


class Applying:
    """Taking the steps, forwards. It raises `OSError` where the disk fails, and answers a conflict where somebody else
    was there."""

    def __init__(self, root: Root, stage: Root, disk: Disk) -> None:
        self._root, self._stage, self._disk = root, stage, disk

    def run(self, staged: Sequence[Part], prepared: Prepared) -> list[Conflict]:
        """All steps. Directories get their own state last, from the deepest up."""
        untouched = {entry.path for entry in prepared.folders if self._unlock(entry)}
        conflicts = []
        with Parents(self._root) as parents:
            for part, step in zip(staged, prepared.steps, strict=True):
                conflict = self._take(parents, part, step)
                if conflict is not None:
                    conflicts.append(conflict)
        left = {conflict.path for conflict in conflicts}
        for part in staged:
            if part.top.after.kind == "directory" and part.top.path not in left:
                finish_folder(self._root, self._disk, part.top.after, part.top.path)
        for entry in deepest_first(prepared.folders):
            conflict = self._fold(entry, timed=entry.path in untouched)
            if conflict is not None:
                conflicts.append(conflict)
        return conflicts

    def _unlock(self, entry: Entry) -> bool:
        """Open a directory to be changed; returns whether nobody else has put anything into it since it was looked at."""
        node = folder_node(self._root, entry.path)
        if entry.path and node.kind == "directory" and os.geteuid() != 0:
            with Parents(self._root) as parents:
                at, name = parents.of(entry.path)
                found = look(at, name)
                if found is not None:
                    loosen(self._disk, at, name, found)
        return node.modified == entry.before.modified

    def _take(self, parents: Parents, part: Part, step: Step) -> Conflict | None:
        top = part.top
        try:
            at, name = parents.of(top.path)
            return self._exchange(at, name, part, step)
        except OSError as error:
            if error.errno not in _IN_THE_WAY | {errno.EACCES, errno.EPERM}:
                raise
            return Conflict(top.path, f"something is in the way: {error.strerror}", top.after, ABSENT)

    def _exchange(self, at: int, name: str, part: Part, step: Step) -> Conflict | None:
        top, here = part.top, glance(look(at, name))
        if top.before.kind == "absent":
            if here.kind != "absent":
                return self._met(at, name, top)
            self._disk.rename(self._stage.handle, step.stage, at, name)
            return None
        if here.kind == "absent":
            return None if top.after.kind == "absent" else Conflict(top.path, "it was deleted meanwhile", top.after)
        if here.kind == "directory" and os.geteuid() != 0:
            found = look(at, name)
            if found is not None:
                loosen(self._disk, at, name, found)
        if top.after.kind == "absent":
            self._disk.rename(at, name, self._stage.handle, step.stage)
        else:
            self._disk.exchange(self._stage.handle, step.stage, at, name)
        if not self._as_known(part, step, here):
            self._put_back(at, name, top, step, here)
            return self._met(at, name, top)
        return None

    def _as_known(self, part: Part, step: Step, here: Node) -> bool:
        """Whether what was displaced, all of it, is what was known to stand there."""
        top = part.top
        now = glance(look(self._stage.handle, step.stage))
        if now.kind == "directory":
            now = replace(now, mode=here.mode)  # it may have been loosened by us
        if not self._same(self._stage.handle, step.stage, now, top.before):
            return False
        if now.kind != "directory":
            return True
        known = {entry.path: entry.before for entry in part.entries}
        with Root(step.stage, at=self._stage.handle) as tree:
            return all(
                path in known and self._same(at, name, glance(found), known[path])
                for path, at, name, found in walk(tree, part.top.path)
            )

    @staticmethod
    def _same(at: int, name: str, now: Node, known: Node) -> bool:
        if now.same_thing(known):
            return True
        if now.kind != "file" or not known.digest or now.size > SMALL or now.size != known.size:
            return False
        return replace(read(at, name), modified=known.modified).alike(known)

    def _put_back(self, at: int, name: str, top: Entry, step: Step, here: Node) -> None:
        if top.after.kind == "absent":
            self._disk.rename(self._stage.handle, step.stage, at, name)
        else:
            self._disk.exchange(self._stage.handle, step.stage, at, name)
        if here.kind == "directory":
            self._disk.chmod(at, name, here.mode)

    @staticmethod
    def _met(at: int, name: str, top: Entry) -> Conflict | None:
        there = read(at, name)
        if there.alike(top.after) and there.kind != "directory":
            return None  # both did the same
        return Conflict(top.path, "somebody else changed it, too", top.after, there)

    def _fold(self, entry: Entry, *, timed: bool) -> Conflict | None:
        """Give a directory that stays its own state."""
        now = folder_node(self._root, entry.path)
        if now.kind != "directory":
            return Conflict(entry.path, "it is no directory any more", entry.after, now)
        finish_folder(self._root, self._disk, entry.after, entry.path, timed=timed)
        return None
