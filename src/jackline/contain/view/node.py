"""What stands at one path: a `Node`, exact enough to be put back, and how one is read from the disk.

A path is relative to its root, with `os.fsdecode`'s escapes for bytes that are no UTF-8; "" is the root itself.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from jackline.contain.view.handles import look, open_directory, open_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.contain.view.disk import Disk

Kind = Literal["absent", "file", "link", "directory", "pipe", "other"]

SMALL: Final = 1 << 16
"""Bytes up to which content is hashed wherever it passes by."""

OVERLAY: Final = "user.overlay."
_ATTRIBUTES: Final = ("user.", "system.posix_acl_")
_CHUNK: Final = 1 << 20
_DIGEST: Final = 32
_KINDS: Final[dict[int, Kind]] = {
    stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link", stat.S_IFIFO: "pipe",
}  # fmt: skip
_NO_ATTRIBUTES: Final = frozenset({errno.EOPNOTSUPP, errno.ENOSYS})


class Node(Struct, frozen=True, omit_defaults=True):
    """What stands at a path. `other` is a socket or a device: named, and not kept.

    `modified` is in nanoseconds. `inode` with `names` > 1 is a group of hard links. `digest` is of the content and of
    where its holes are; "" is unknown. `attributes` are the extended attributes that belong to the file, in base64;
    None is unknown. Two nodes are the same *thing* if nobody touched it in between, and *alike* if nobody could tell them
    apart by looking.
    """

    kind: Kind = "absent"
    mode: int = 0
    modified: int = 0
    size: int = 0
    digest: str = ""
    target: str = ""
    inode: int = 0
    names: int = 1
    owner: int = -1
    group: int = -1
    attributes: dict[str, str] | None = None

    def same_thing(self, other: Node) -> bool:
        """Whether these are two looks at one inode that was not changed. Of a directory, what is in it does not count."""
        if self.kind == other.kind == "directory":
            return self.inode == other.inode and self._rights() == other._rights()
        return (self.kind, self.inode, self.size, self.modified) == (
            other.kind, other.inode, other.size, other.modified,
        ) and self._rights() == other._rights()  # fmt: skip

    def alike(self, other: Node) -> bool:
        """Whether both look the same. Where a digest or the attributes of one are unknown, they do not."""
        if self.kind != other.kind or self._rights() != other._rights() or self.attributes != other.attributes:
            return False
        if self.kind == "file" and not self.digest:
            return False
        return (self.modified, self.size, self.digest, self.target) == (
            other.modified, other.size, other.digest, other.target,
        )  # fmt: skip

    def same_rights(self, other: Node) -> bool:
        """Whether mode, owner and group are the same."""
        return self._rights() == other._rights()

    def _rights(self) -> tuple[int, int, int]:
        return self.mode, self.owner, self.group


ABSENT: Final = Node()


def glance(found: os.stat_result | None) -> Node:
    """What lstat(2) alone tells."""
    if found is None:
        return ABSENT
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), "other")
    return Node(
        kind,
        0 if kind == "link" else stat.S_IMODE(found.st_mode),
        found.st_mtime_ns,
        found.st_size if kind in {"file", "link"} else 0,
        "",
        "",
        found.st_ino,
        found.st_nlink if kind != "directory" else 1,
        found.st_uid,
        found.st_gid,
    )


def read(at: int, name: str, *, hashed: int | None = SMALL) -> Node:
    """What stands at a name, whole; the content is hashed up to `hashed` bytes (None: whatever its size). `OSError`."""
    found = look(at, name)
    node = glance(found)
    if found is None or node.kind in {"absent", "other"}:
        return node
    if node.kind == "link":
        return replace(node, target=os.readlink(name, dir_fd=at), attributes={})
    if node.kind == "pipe":
        return replace(node, attributes={})
    descriptor = (open_directory if node.kind == "directory" else open_file)(at, name)
    try:
        return read_open(descriptor, hashed=hashed)
    finally:
        os.close(descriptor)


def read_open(descriptor: int, *, hashed: int | None = SMALL) -> Node:
    """The same of an open file or directory."""
    found = os.fstat(descriptor)
    node = replace(glance(found), attributes=attributes(descriptor))
    if node.kind == "file" and (hashed is None or node.size <= hashed):
        node = replace(node, digest=digest(descriptor, found))
    return node


def attributes(descriptor: int) -> dict[str, str]:
    """The extended attributes that belong to a file; what the overlay notes for itself does not. They may be read by who
    may read the file (xattr(7)): where its owner may not, its mode lets him meanwhile."""
    try:
        return _attributes(descriptor)
    except PermissionError:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.fchmod(descriptor, mode | stat.S_IRUSR)
        try:
            return _attributes(descriptor)
        finally:
            os.fchmod(descriptor, mode)


def _attributes(descriptor: int) -> dict[str, str]:
    try:
        names = os.listxattr(descriptor)
    except OSError as error:
        if error.errno in _NO_ATTRIBUTES:
            return {}
        raise
    return {
        name: base64.b64encode(os.getxattr(descriptor, name)).decode()
        for name in names
        if name.startswith(_ATTRIBUTES) and not name.startswith(OVERLAY)
    }


def extents(descriptor: int, found: os.stat_result) -> list[tuple[int, int]]:
    """Where a file's data lies, as (start, end); what is between is a hole."""
    size = found.st_size
    if size == 0:
        return []
    if os.lseek(descriptor, 0, os.SEEK_HOLE) >= size:  # the number of blocks does not tell: attributes take some, too
        return [(0, size)]
    return list(_extents(descriptor, size))


def _extents(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    at = 0
    while at < size:
        try:
            start = os.lseek(descriptor, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        at = min(os.lseek(descriptor, start, os.SEEK_HOLE), size)
        yield start, at


def digest(descriptor: int, found: os.stat_result) -> str:
    """BLAKE2b, 256 bits, of a file's content; of one with holes, of its size and of what lies where."""
    hashed = hashlib.blake2b(digest_size=_DIGEST)
    parts = extents(descriptor, found)
    sparse = parts != ([(0, found.st_size)] if found.st_size else [])
    if sparse:
        hashed.update(b"sparse %d" % found.st_size)
    for start, end in parts:
        if sparse:
            hashed.update(b"\n%d-%d\n" % (start, end))
        at = start
        while at < end and (data := os.pread(descriptor, min(_CHUNK, end - at), at)):
            hashed.update(data)
            at += len(data)
    return hashed.hexdigest()


def copy_content(disk: Disk, source: int, target: int, found: os.stat_result) -> str:
    """Copy a file's content with its holes into a new file; returns its digest, or "" where it is not small."""
    parts = extents(source, found)
    if found.st_size <= SMALL and parts in ([], [(0, found.st_size)]) and (parts or not found.st_size):
        data = os.pread(source, found.st_size + 1, 0)
        disk.write(target, data)
        return hashlib.blake2b(data, digest_size=_DIGEST).hexdigest()
    for start, end in parts:
        disk.copy(source, target, start, end - start)
    if not parts or parts[-1][1] != found.st_size:
        disk.resize(target, found.st_size)
    return digest(target, os.fstat(target)) if found.st_size <= SMALL else ""
