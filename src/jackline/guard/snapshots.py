"""What stands at one path, whole: taken before an act, compared after it, put back by `undo`.

A snapshot holds content (by its SHA-256 in a `Blobs` store), kind, mode, modification time, the target of a link,
extended attributes that belong to the file, and which inode it is, so that hard links are put back as hard links.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
import stat
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from jackline.core.errors import LedgerError
from jackline.guard.folders import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_ENTRIES: Final = 4000
MAX_BYTES: Final = 256 * 1024 * 1024
_CHUNK: Final = 1 << 20
_KEPT_ATTRIBUTES: Final = ("user.", "system.posix_acl_")
TEMPORARY: Final = ".jackline-"

Standing = Literal["absent", "file", "link", "directory", "other"]


class TooLargeError(LedgerError):
    """More than a before-image may hold: the act cannot be made undoable this way."""


class Snapshot(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What stood at a path. `modified` is in nanoseconds; `inode` is `DEVICE:NUMBER` where it has several names. The owner
    and group are put back where the guard's account may: where it is root's."""

    kind: Standing = "absent"
    mode: int = 0
    modified: int = 0
    size: int = 0
    digest: str = ""
    target: str = ""
    inode: str = ""
    owner: int = -1
    group: int = -1
    attributes: dict[str, str] = {}

    def same(self, other: Snapshot) -> bool:
        """Whether a reader finds the same thing: kind, mode, content, target. Times and inodes may differ."""
        return (self.kind, self.mode, self.digest, self.target) == (other.kind, other.mode, other.digest, other.target)


ABSENT: Final = Snapshot()


class Blobs:
    """Contents by their SHA-256, each written once and on the disk before its digest is handed out."""

    def __init__(self, directory: str) -> None:
        """`directory` must exist and be private."""
        self._contents = os.path.join(directory, "contents")
        self._anchors = os.path.join(directory, "anchors")
        for path in (self._contents, self._anchors):
            os.makedirs(path, 0o700, exist_ok=True)

    def path(self, digest: str) -> str:
        """Where a content stands."""
        return os.path.join(self._contents, digest[:2], digest)

    def read(self, digest: str) -> bytes:
        """A content, checked against its digest. Raises `LedgerError` where it is gone or altered."""
        try:
            with open(self.path(digest), "rb") as file:
                content = file.read()
        except OSError as error:
            message = f"the before-image `{digest[:12]}` cannot be read: {error.strerror}"
            raise LedgerError(message) from error
        if hashlib.sha256(content).hexdigest() != digest:
            message = f"the before-image `{digest[:12]}` was altered after it was saved; it is not put back"
            raise LedgerError(message)
        return content

    def save(self, descriptor: int, limit: int) -> tuple[str, int]:
        """Store what a descriptor reads; returns its digest and size. Raises `TooLargeError`, `OSError`."""
        temporary = os.path.join(self._contents, TEMPORARY + secrets.token_hex(8))
        out = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            hashed, size = hashlib.sha256(), 0
            while chunk := os.read(descriptor, _CHUNK):
                size += len(chunk)
                if size > limit:
                    raise _too_large()
                hashed.update(chunk)
                write_all(out, chunk)
            digest = hashed.hexdigest()
            if os.path.exists(self.path(digest)):
                return digest, size
            os.fsync(out)
            os.makedirs(os.path.dirname(self.path(digest)), 0o700, exist_ok=True)
            os.replace(temporary, self.path(digest))
        finally:
            os.close(out)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
        return digest, size

    def anchor(self, folder: Folder, name: str, inode: str) -> None:
        """Keep a further name of an inode that has several, so that a broken hard link can be joined again.

        On another file system, or where the kernel forbids it, none is kept: undo then says that it cannot be exact.
        """
        with contextlib.suppress(OSError):
            folder.link_to(name, self.anchored(inode))

    def anchored(self, inode: str) -> str:
        """The name kept for an inode."""
        return os.path.join(self._anchors, inode.replace(":", "-"))

    def drop(self, used: frozenset[str], inodes: frozenset[str]) -> None:
        """Remove what no change refers to any more."""
        for folder, _, names in os.walk(self._contents):
            for name in names:
                if name not in used:
                    os.unlink(os.path.join(folder, name))
        kept = {inode.replace(":", "-") for inode in inodes}
        for name in os.listdir(self._anchors):
            if name not in kept:
                os.unlink(os.path.join(self._anchors, name))


class Budget:
    """What one set of before-images may still cost."""

    __slots__ = ("bytes", "entries")

    def __init__(self, entries: int = MAX_ENTRIES, size: int = MAX_BYTES) -> None:
        self.entries, self.bytes = entries, size

    def spend(self, size: int) -> None:
        """Count one entry. Raises `TooLargeError`."""
        self.entries -= 1
        self.bytes -= size
        if self.entries < 0 or self.bytes < 0:
            raise _too_large()


def _too_large() -> TooLargeError:
    return TooLargeError(f"this touches more than {MAX_ENTRIES} files or {MAX_BYTES >> 20} MiB; do it in smaller parts")


def real_place(path: str) -> str:
    """The path with the links of its parent resolved and its own name left as it is."""
    parent, name = os.path.split(os.path.normpath(path))
    return os.path.join(os.path.realpath(parent), name) if name else parent


def measure(path: str, budget: Budget) -> None:
    """Count what a before-image of `path` (see `real_place`) would cost, without reading any content.

    Raises `TooLargeError`; `OSError` where something cannot be looked at; `LedgerError` for what cannot be put back.
    """
    for _, found in _walk(path):
        if found is None:
            continue
        kind = _kind(found)
        if kind == "other":
            raise _special(path)
        budget.spend(found.st_size if kind == "file" else 0)


def take(path: str, blobs: Blobs | None, budget: Budget) -> dict[str, Snapshot]:
    """The snapshots of a path and of all that is below it; contents go to `blobs`, or are only hashed without one.

    An absent path's absent parents are in it too: making the file makes them. Raises as `measure`.
    """
    taken: dict[str, Snapshot] = {}
    for place, found in _walk(path):
        taken[place] = ABSENT if found is None else _take_one(place, found, blobs, budget)
    return taken


def look(path: str) -> Snapshot:
    """What stands at a path now, without what is below it; nothing is stored. Raises as `measure`."""
    directory, name = os.path.split(path)
    try:
        with Folder(directory) as folder:
            found = _look(folder, name)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    return ABSENT if found is None else _take_one(path, found, None, Budget())


def _walk(path: str) -> Iterator[tuple[str, os.stat_result | None]]:
    """A path and everything below it, parents first. Iterative: a tree may be deeper than the stack."""
    parent, name = os.path.split(path)
    todo = [(parent, [name])]
    while todo:
        directory, names = todo.pop()
        try:
            folder = Folder(directory)
        except FileNotFoundError:
            for place in (*_absent_parents(directory), path):
                yield place, None
            return
        with folder:
            for below in names:
                place = os.path.join(directory, below)
                found = _look(folder, below)
                yield place, found
                if found is not None and stat.S_ISDIR(found.st_mode):
                    todo.append((place, folder.names(below)))


def _look(folder: Folder, name: str) -> os.stat_result | None:
    try:
        return folder.stat(name)
    except FileNotFoundError:
        return None


def _absent_parents(parent: str) -> list[str]:
    missing = []
    while parent and not os.path.lexists(parent):
        missing.append(parent)
        parent = os.path.dirname(parent)
    return missing[::-1]


def _kind(found: os.stat_result) -> Standing:
    return next((kind for test, kind in _KINDS if test(found.st_mode)), "other")


_KINDS: Final[tuple[tuple[Callable[[int], bool], Standing], ...]] = (
    (stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "link"),
)  # fmt: skip


def _take_one(place: str, found: os.stat_result, blobs: Blobs | None, budget: Budget) -> Snapshot:
    directory, name = os.path.split(place)
    kind = _kind(found)
    taken = Snapshot(
        kind=kind, mode=stat.S_IMODE(found.st_mode), modified=found.st_mtime_ns, owner=found.st_uid, group=found.st_gid
    )
    with Folder(directory) as folder:
        if kind == "file":
            taken = _take_file(folder, name, taken, blobs, budget)
        elif kind == "link":
            taken = replace(taken, target=folder.readlink(name), mode=0)
        elif kind == "other":
            raise _special(place)
    budget.spend(taken.size)
    return taken


def _take_file(folder: Folder, name: str, taken: Snapshot, blobs: Blobs | None, budget: Budget) -> Snapshot:
    descriptor = folder.open(name, os.O_RDONLY)
    try:
        if blobs is None:
            digest, size = _hash(descriptor, budget.bytes)
        else:
            digest, size = blobs.save(descriptor, budget.bytes)
        found = os.fstat(descriptor)
        inode = f"{found.st_dev}:{found.st_ino}" if found.st_nlink > 1 else ""
        if inode and blobs is not None:
            blobs.anchor(folder, name, inode)
        attributes = _attributes(descriptor)
    finally:
        os.close(descriptor)
    return replace(taken, digest=digest, size=size, inode=inode, attributes=attributes)


def _hash(descriptor: int, limit: int) -> tuple[str, int]:
    hashed, size = hashlib.sha256(), 0
    while chunk := os.read(descriptor, _CHUNK):
        size += len(chunk)
        if size > limit:
            raise _too_large()
        hashed.update(chunk)
    return hashed.hexdigest(), size


def _attributes(descriptor: int) -> dict[str, str]:
    if not hasattr(os, "listxattr"):
        return {}
    try:
        names = [name for name in os.listxattr(descriptor) if name.startswith(_KEPT_ATTRIBUTES)]
        return {name: base64.b64encode(os.getxattr(descriptor, name)).decode() for name in names}
    except OSError:
        return {}  # a file system without them


def _special(place: str) -> LedgerError:
    return LedgerError(f"`{place}` is a device, a pipe or a socket: there is no before-image of it to put back")


def write_all(descriptor: int, data: bytes) -> None:
    """write(2) until all is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
