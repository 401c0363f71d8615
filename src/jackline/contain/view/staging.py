"""Building what is to be put somewhere, beside it, so that putting it there is one rename."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.contain.view.handles import Parents, Root, join, listing, look, open_directory
from jackline.contain.view.node import ABSENT, Node, glance, read
from jackline.contain.view.store import attributes_to
from jackline.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jackline.contain.view.disk import Disk
    from jackline.contain.view.entry import Entry, Source

OWNER_ALL: Final = 0o700
_REFUSED: Final = frozenset({errno.EPERM, errno.EACCES, errno.EOVERFLOW, errno.EINVAL})
"""What says that this one thing may not be made, not that the disk is full or broken."""


class RefusedError(WorkspaceError):
    """One thing cannot be made as it is to be; the rest can."""


class Stage:
    """A directory that is filled with what is to be put below `target`. Hard links among all that is built here are made
    once, and names of files that stay where they are (`Entry.joins`) are linked from there."""

    def __init__(self, root: Root, target: Root, disk: Disk, source: Source) -> None:
        self._root, self._target, self._disk, self._source = root, target, disk, source
        self._groups: dict[int, str] = {}

    def build(self, name: str, entries: Sequence[Entry]) -> list[Entry]:
        """Build a tree as `name`: its top is the first entry, the rest lies below it, parents first. Returns the entries
        with what was really built. Raises `RefusedError`, and `OSError` where the disk fails."""
        top = entries[0].path
        built: list[Entry] = []
        with Parents(self._root) as parents:
            for entry in entries:
                if entry.after.kind == "absent":
                    built.append(entry)
                    continue
                place = name + entry.path[len(top) :]
                at, bare = parents.of(place)
                try:
                    built.append(replace(entry, after=self._make(at, bare, place, entry)))
                except OSError as error:
                    if error.errno not in _REFUSED:
                        raise
                    raise RefusedError(f"`{entry.path}` cannot be made as it was: {error.strerror}") from error
            for entry in reversed(built):
                if entry.after.kind == "directory":
                    at, bare = parents.of(name + entry.path[len(top) :])
                    mode = entry.after.mode | (OWNER_ALL if entry.path == top else 0)
                    self._disk.chmod(at, bare, mode)  # its top is moved, and only a directory that may be written is
                    self._disk.utime(at, bare, entry.after.modified)
        return built

    def moved(self, name: str, to: str) -> None:
        """What was built as `name` now stands elsewhere below the same root: further names of it are linked from there."""
        self._groups = {inode: to if place == name else place for inode, place in self._groups.items()}

    def _make(self, at: int, name: str, place: str, entry: Entry) -> Node:
        node = entry.after
        if node.kind == "file":
            return self._file(at, name, place, entry)
        if node.kind == "directory":
            self._disk.mkdir(at, name)
            descriptor = open_directory(at, name)
            try:
                if node.attributes:
                    attributes_to(self._disk, descriptor, Node(), node)
            finally:
                os.close(descriptor)
        elif self._linked(at, name, place, entry):
            return self._named(at, name, node)
        elif node.kind == "link":
            self._disk.symlink(node.target, at, name)
        else:
            self._disk.fifo(at, name)
        self._give(at, name, node)
        if node.kind == "pipe":
            self._disk.chmod(at, name, node.mode)
        if node.kind != "directory":
            self._disk.utime(at, name, node.modified)
        return self._named(at, name, node)

    def _file(self, at: int, name: str, place: str, entry: Entry) -> Node:
        if self._linked(at, name, place, entry):
            descriptor = _open_any(at, name)
            try:
                known = glance(os.fstat(descriptor))
            finally:
                os.close(descriptor)
            return replace(known, digest=entry.after.digest, attributes=entry.after.attributes)
        descriptor = self._disk.create(at, name, entry.after.mode)
        try:
            node = self._source.fill(self._disk, entry, descriptor)
            found = os.fstat(descriptor)
            if node.owner >= 0 and (found.st_uid, found.st_gid) != (node.owner, node.group):
                self._disk.chown(at, name, node.owner, node.group)
            if stat.S_IMODE(found.st_mode) != node.mode:
                self._disk.chmod_open(descriptor, node.mode)
            self._disk.utime_open(descriptor, node.modified)
        finally:
            os.close(descriptor)
        return replace(node, inode=found.st_ino)

    def _linked(self, at: int, name: str, place: str, entry: Entry) -> bool:
        """Make it a further name of what is there already, if it is one."""
        try:
            if entry.joins:
                with Parents(self._target) as parents:
                    source_at, source = parents.of(entry.joins)
                    self._disk.link(source_at, source, at, name)
                return True
            if entry.after.names < 2:  # noqa: PLR2004 - a group has two
                return False
            first = self._groups.setdefault(entry.after.inode, place)
            if first != place:
                with Parents(self._root) as parents:
                    source_at, source = parents.of(first)
                    self._disk.link(source_at, source, at, name)
                return True
            shared = self._source.shared(entry, self._root.handle)
            if shared is not None:
                self._disk.link(*shared, at, name)
                return True
        except OSError as error:
            raise RefusedError(f"`{entry.path}` cannot be joined to the file it was: {error.strerror}") from error
        return False

    def _give(self, at: int, name: str, node: Node) -> None:
        found = os.stat(name, dir_fd=at, follow_symlinks=False)
        if node.owner >= 0 and (found.st_uid, found.st_gid) != (node.owner, node.group):
            self._disk.chown(at, name, node.owner, node.group)

    @staticmethod
    def _named(at: int, name: str, node: Node) -> Node:
        found = os.stat(name, dir_fd=at, follow_symlinks=False)
        return replace(node, inode=found.st_ino)


def _open_any(at: int, name: str) -> int:
    return os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)


def remove_tree(disk: Disk, at: int, name: str) -> None:
    """Remove what stands at a name and all below it, whatever its modes. What is not there is removed."""
    found = look(at, name)
    if found is None:
        return
    if not stat.S_ISDIR(found.st_mode):
        disk.unlink(at, name)
        return
    loosen(disk, at, name, found)
    with Root(name, at=at) as top:
        folders = [""]
        for folder in folders:  # grows while it is walked: parents come first
            handle = top.open(folder)
            try:
                for below, there in listing(handle):
                    if stat.S_ISDIR(there.st_mode):
                        loosen(disk, handle, below, there)
                        folders.append(join(folder, below))
                    else:
                        disk.unlink(handle, below)
            finally:
                os.close(handle)
        for folder in reversed(folders[1:]):
            with Parents(top) as parents:
                disk.rmdir(*parents.of(folder))
    disk.rmdir(at, name)


def loosen(disk: Disk, at: int, name: str, found: os.stat_result) -> None:
    """Let a directory be entered, changed and moved by its owner."""
    mode = stat.S_IMODE(found.st_mode)
    if mode & OWNER_ALL != OWNER_ALL:
        with contextlib.suppress(PermissionError):
            disk.chmod(at, name, mode | OWNER_ALL)


def folder_node(root: Root, path: str) -> Node:
    """A directory below a root as it stands, or `ABSENT` where none does."""
    try:
        handle = root.enter(path)
    except OSError:
        return ABSENT
    try:
        return read(handle, ".")
    finally:
        os.close(handle)


def finish_folder(root: Root, disk: Disk, wanted: Node, path: str, *, timed: bool = True) -> None:
    """Give a directory the attributes, owner, mode and time of `wanted`."""
    handle = root.enter(path)
    try:
        now = read(handle, ".")
        if wanted.attributes is not None and wanted.attributes != now.attributes:
            if now.mode & OWNER_ALL != OWNER_ALL and os.geteuid() != 0:
                disk.chmod_open(handle, now.mode | OWNER_ALL)  # attributes are written by who may write (xattr(7))
            attributes_to(disk, handle, now, wanted)
        if wanted.owner >= 0 and (now.owner, now.group) != (wanted.owner, wanted.group):
            disk.chown(handle, ".", wanted.owner, wanted.group)
        if os.fstat(handle).st_mode & 0o7777 != wanted.mode:
            disk.chmod_open(handle, wanted.mode)
        if timed:
            disk.utime_open(handle, wanted.modified)
    finally:
        os.close(handle)


def deepest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Directories before those that hold them."""
    return sorted(entries, key=lambda entry: (entry.path.count("/") if entry.path else -1, entry.path), reverse=True)
