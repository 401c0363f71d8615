"""Git's index, read as bytes (gitformat-index(5), versions 2 to 4): which files it tracks, and as what."""

from __future__ import annotations

import hashlib
import os
import stat
import struct
from bisect import bisect_left
from typing import Final

from msgspec import field

from jackline.core.inner import FrozenInner, Inner
from jackline.guard.world.disk import read_bytes

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_ENTRIES: Final = 60_000
MAX_HASHED: Final = 4 * 1024 * 1024
_FIXED: Final = struct.Struct(">10L")
_EXTENDED: Final = 0x4000
_STAGES: Final = 0x3000
_ASSUME_VALID: Final = 0x8000
_SKIP_WORKTREE: Final = 0x4000
GITLINK: Final = 0o160000
_SYMLINK: Final = 0o120000


class Entry(FrozenInner, frozen=True):
    """A tracked file as the index remembers it. Times are nanoseconds. `trusted`: git was told not to look at it."""

    mtime: int
    size: int
    mode: int
    oid: bytes
    trusted: bool = False


class Index(Inner):
    """Tracked files by name, in order. `trees` are the object names of directories that are as a commit has them."""

    names: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    trees: dict[str, bytes] = field(default_factory=dict)
    written: int = 0
    algorithm: str = "sha1"

    def find(self, name: str) -> Entry | None:
        """The entry of a file."""
        at = bisect_left(self.names, name)
        return self.entries[at] if at < len(self.names) and self.names[at] == name else None

    def below(self, directory: str) -> range:
        """The positions of all entries below a directory ("" is the root)."""
        if not directory:
            return range(len(self.names))
        return range(
            bisect_left(self.names, directory + "/"), bisect_left(self.names, directory + "0")
        )  # "0" follows "/"


class UnreadableIndexError(Exception):
    """Bytes that are no index, or one that this reader does not know."""


def read_index(path: str, algorithm: str = "sha1") -> Index | None:
    """Read an index; an absent one is empty, None where it cannot be read: damaged, split, sparse, or too large."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return Index(algorithm=algorithm)
    except OSError:
        return None
    content = read_bytes(path, MAX_BYTES)
    if content is None:
        return None
    try:
        index = _parse(content, hashlib.new(algorithm).digest_size)
    except (UnreadableIndexError, struct.error, IndexError, ValueError):
        return None
    index.written, index.algorithm = found.st_mtime_ns, algorithm
    return index


def _parse(content: bytes, width: int) -> Index:
    signature, version, count = struct.unpack_from(">4sLL", content)
    if signature != b"DIRC" or version not in {2, 3, 4} or count > MAX_ENTRIES:
        raise UnreadableIndexError
    index = Index()
    at, previous = 12, b""
    for _ in range(count):
        fixed = _FIXED.unpack_from(content, at)
        oid = content[at + 40 : at + 40 + width]
        (flags,) = struct.unpack_from(">H", content, at + 40 + width)
        name_at = at + 42 + width
        trusted = bool(flags & _ASSUME_VALID)
        if flags & _EXTENDED:
            (extended,) = struct.unpack_from(">H", content, name_at)
            trusted = trusted or bool(extended & _SKIP_WORKTREE)
            name_at += 2
        if version == 4:  # noqa: PLR2004 - the format's number
            strip, name_at = _variable(content, name_at)
            previous = previous[: len(previous) - strip] if strip else previous
        end = content.index(b"\0", name_at)
        name = previous + content[name_at:end] if version == 4 else content[name_at:end]  # noqa: PLR2004
        previous = name
        at = end + 1 if version == 4 else at + ((end - at) // 8 + 1) * 8  # noqa: PLR2004
        mode = fixed[6]
        if mode == stat.S_IFDIR:  # a sparse index: whole directories are one entry
            raise UnreadableIndexError
        shown = name.decode("utf-8", "backslashreplace")
        if not flags & _STAGES or (index.names and index.names[-1] != shown) or not index.names:
            index.names.append(shown)
            oid = oid if not flags & _STAGES else b""  # in conflict: as no commit has it
            index.entries.append(Entry(fixed[2] * 1_000_000_000 + fixed[3], fixed[9], mode, oid, trusted))
    _extensions(content, at, width, index)
    if any(first >= second for first, second in zip(index.names, index.names[1:], strict=False)):
        order = sorted(range(len(index.names)), key=index.names.__getitem__)  # bytes and text may sort differently
        index.names, index.entries = [index.names[one] for one in order], [index.entries[one] for one in order]
    return index


def _variable(content: bytes, at: int) -> tuple[int, int]:
    """Git's variable-width number (gitformat-pack(5), offset encoding)."""
    byte = content[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = content[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1


def _extensions(content: bytes, at: int, width: int, index: Index) -> None:
    while at + 8 <= len(content) - width:
        kind, size = struct.unpack_from(">4sL", content, at)
        body = content[at + 8 : at + 8 + size]
        if kind == b"TREE":
            _cached_trees(body, width, index.trees)
        elif kind in {b"link", b"sdir"}:
            raise UnreadableIndexError
        at += 8 + size


def _cached_trees(body: bytes, width: int, trees: dict[str, bytes]) -> None:
    """The cache tree: in depth-first order `name NUL entries SP subtrees LF [object name]`; entries < 0 is stale."""
    at = 0
    parents: list[tuple[str, int]] = []
    while at < len(body):
        end = body.index(b"\0", at)
        name = body[at:end].decode("utf-8", "backslashreplace")
        line = body.index(b"\n", end)
        entries, subtrees = (int(part) for part in body[end + 1 : line].split(b" "))
        at = line + 1
        while parents and parents[-1][1] == 0:
            parents.pop()
        above = parents[-1][0] if parents else ""
        if parents:
            parents[-1] = (above, parents[-1][1] - 1)
        path = f"{above}/{name}" if above else name
        if entries >= 0:
            trees[path] = body[at : at + width]
            at += width
        parents.append((path, subtrees))


def unchanged(root: str, name: str, entry: Entry, index: Index) -> bool:
    """Whether the file in the work tree is as the index has it: by its inode's facts, else by its content."""
    if entry.mode == GITLINK:
        return True  # a submodule's own repository answers for what is in it
    if not entry.oid:
        return False
    path = os.path.join(root, name)
    try:
        found = os.lstat(path)
    except OSError:
        return entry.trusted
    same_kind = stat.S_ISLNK(found.st_mode) == (entry.mode == _SYMLINK) and not stat.S_ISDIR(found.st_mode)
    if not same_kind:
        return False
    if found.st_size & 0xFFFFFFFF == entry.size and found.st_mtime_ns == entry.mtime and entry.mtime < index.written:
        return True
    content = os.fsencode(os.readlink(path)) if entry.mode == _SYMLINK else read_bytes(path, MAX_HASHED)
    if content is None:
        return False
    return (
        hashlib.new(index.algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).digest() == entry.oid
    )
