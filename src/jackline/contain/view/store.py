"""Contents by their digest, and further names of inodes whose hard links may have to be joined again.

In: files that were displaced (adopted: moved here, not copied) or that are still in use (copied). Out: the same content,
checked against its digest. Each content is there once, whoever had it.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import secrets
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.contain.view.handles import Root, look, open_file
from jackline.contain.view.node import Node, copy_content, digest, glance, read_open
from jackline.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from jackline.contain.view.disk import Disk
    from jackline.contain.view.entry import Entry

_WAITING: Final = "."
"""How the names of contents begin that may not be whole."""
_CANNOT_LINK: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EACCES})


class Store:
    """The contents and anchors of one private directory. Several processes may use it at once."""

    def __init__(self, root: Root, disk: Disk) -> None:
        """`root` must be private and exist. Raises `OSError`."""
        self._disk = disk
        self._root = root
        for name in ("contents", "anchors"):
            with contextlib.suppress(FileExistsError):
                disk.mkdir(root.handle, name)
        self._contents, self._anchors = Root("contents", at=root.handle), Root("anchors", at=root.handle)
        self._device = os.fstat(root.handle).st_dev
        self._waiting: dict[str, str] = {}

    def close(self) -> None:
        """Close its handles."""
        os.close(self._contents.handle)
        os.close(self._anchors.handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def has(self, key: str) -> bool:
        """Whether a content is here."""
        return key in self._waiting or look(self._contents.handle, _place(key)) is not None

    def keep(self, descriptor: int) -> Node:
        """Copy an open file's content; returns its node, whole. It is on the disk after `flush`. Raises `OSError`."""
        node = read_open(descriptor, hashed=None)
        if not self.has(node.digest):
            temporary = _WAITING + secrets.token_hex(8)
            out = self._disk.create(self._contents.handle, temporary, 0o600)
            try:
                copy_content(self._disk, descriptor, out, os.fstat(descriptor))
                node = replace(node, digest=digest(out, os.fstat(out)))  # it may have changed between the two looks
            finally:
                os.close(out)
            self._waiting[node.digest] = temporary
        return node

    def look(self, at: int, name: str) -> Node:
        """The whole node of a file that is about to be adopted; one with further names is copied at once."""
        descriptor = open_file(at, name)
        try:
            if os.fstat(descriptor).st_nlink > 1:
                self.anchor(at, name)
                return self.keep(descriptor)
            return read_open(descriptor, hashed=None)
        finally:
            os.close(descriptor)

    def adopt(self, at: int, name: str, node: Node) -> None:
        """Move in a file whose `look` said `node`, if it can be moved; else it is copied, and stands there still: `flush`
        before it is removed."""
        found = look(at, name)
        if found is None or self.has(node.digest):
            return
        if found.st_dev == self._device and found.st_nlink == 1:
            with contextlib.suppress(PermissionError):
                self._disk.chmod(at, name, 0o600)
            self._place(at, name, node.digest)
            return
        descriptor = open_file(at, name)
        try:
            self.keep(descriptor)
        finally:
            os.close(descriptor)

    @property
    def waiting(self) -> bool:
        """Whether something was kept since the last `flush`."""
        return bool(self._waiting)

    def flush(self) -> None:
        """Put all that was kept on the disk. Only what is there whole gets the name of its digest: no loss of power may
        leave half a content under it."""
        self._disk.sync_all(self._contents.handle)
        while self._waiting:
            key, temporary = self._waiting.popitem()
            self._place(self._contents.handle, temporary, key)
        self._disk.sync_all(self._contents.handle)

    def anchor(self, at: int, name: str) -> None:
        """Keep a further name of a file that has several, so that a parted hard link can be joined again. On another file
        system none can be kept."""
        found = look(at, name)
        if found is None:
            return
        try:
            self._disk.link(at, name, self._anchors.handle, _anchor(found.st_dev, found.st_ino))
        except FileExistsError:
            pass
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise

    def fill(self, disk: Disk, entry: Entry, descriptor: int) -> Node:
        """The content and attributes of `entry.after`, written into a new file; see `Source`. Raises `WorkspaceError`
        where the content is gone, expired or was altered."""
        wanted = entry.after
        source = self.open(wanted.digest, entry.path)
        try:
            found = os.fstat(source)
            written = copy_content(disk, source, descriptor, found) or digest(descriptor, os.fstat(descriptor))
        finally:
            os.close(source)
        if written != wanted.digest:
            raise WorkspaceError(
                f"the before-image of `{entry.path}` was altered after it was saved; it is not put back"
            )
        for name, value in (wanted.attributes or {}).items():
            disk.set_attribute(descriptor, name, base64.b64decode(value))
        return wanted

    def shared(self, entry: Entry, target: int) -> tuple[int, str] | None:
        """The anchor of the inode that the node was a name of, where it still holds what the node says."""
        device = os.fstat(target).st_dev
        name = _anchor(device, entry.after.inode)
        if entry.after.names < 2 or look(self._anchors.handle, name) is None:  # noqa: PLR2004 - a group has two
            return None
        descriptor = open_file(self._anchors.handle, name)
        try:
            node = read_open(descriptor, hashed=None)
        finally:
            os.close(descriptor)
        return (self._anchors.handle, name) if node.alike(entry.after) else None

    def open(self, key: str, path: str) -> int:
        """A content, to be read. Raises `WorkspaceError`."""
        try:
            return open_file(self._contents.handle, _place(key))
        except OSError as error:
            raise WorkspaceError(f"the before-image of `{path}` is no longer kept: {error.strerror}") from error

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Every content with the bytes that it takes on the disk."""
        for prefix in sorted(os.listdir(self._contents.handle)):
            if prefix.startswith(_WAITING):
                continue
            with Root(prefix, at=self._contents.handle) as folder:
                for name in sorted(os.listdir(folder.handle)):
                    found = look(folder.handle, name)
                    if found is not None:
                        yield prefix + name, found.st_blocks * 512

    def drop(self, digests: frozenset[str], inodes: frozenset[int]) -> None:
        """Remove every content and anchor but these."""
        for key, _ in list(self.sizes()):
            if key not in digests:
                self._disk.unlink(self._contents.handle, _place(key))
        for name in os.listdir(self._contents.handle):
            if name.startswith(_WAITING) and name not in self._waiting.values():
                self._disk.unlink(self._contents.handle, name)
        for name in os.listdir(self._anchors.handle):
            if int(name.partition("-")[2]) not in inodes:
                self._disk.unlink(self._anchors.handle, name)

    def _place(self, at: int, name: str, key: str) -> None:
        with contextlib.suppress(FileExistsError):
            self._disk.mkdir(self._contents.handle, key[:2])
        self._disk.replace(at, name, self._contents.handle, _place(key))


def _place(key: str) -> str:
    return f"{key[:2]}/{key[2:]}"


def _anchor(device: int, inode: int) -> str:
    return f"{device}-{inode}"


def attributes_to(disk: Disk, descriptor: int, now: Node, wanted: Node) -> None:
    """Make an open file's or directory's attributes those of `wanted`."""
    before, after = now.attributes or {}, wanted.attributes or {}
    for name in before.keys() - after.keys():
        disk.remove_attribute(descriptor, name)
    for name, value in after.items():
        if before.get(name) != value:
            disk.set_attribute(descriptor, name, base64.b64decode(value))


def standing(at: int, name: str) -> Node:
    """What lstat(2) says of a name."""
    return glance(look(at, name))
