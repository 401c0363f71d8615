"""Git's objects, read as bytes: loose ones and packs (gitformat-pack(5)). Read-only, bounded, no alternate is fetched.

Only commits and trees are asked for, to learn what a commit holds and how two commits stand to each other.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.deferred import late_pattern
from jackline.guard.world.disk import OPEN_READ, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_OBJECT: Final = 4 * 1024 * 1024
MAX_LOOSE: Final = 2 * 1024 * 1024
MAX_PACKS: Final = 64
MAX_CHAIN: Final = 64
MAX_KEPT: Final = 512
MAX_COMMITS: Final = 4096
_TYPES: Final = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_OFFSET_DELTA, _NAME_DELTA = 6, 7
_MAGIC: Final = b"\xfftOc"
_HEADER_BYTES: Final = 64
_LARGE: Final = 0x80000000
_HEX: Final = late_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class MissingError(Exception):
    """An object that is not here, or cannot be read: nothing follows from it."""


class Commit(NamedTuple):
    """A commit: its tree and parents, its author's address in lower case, the second at which it was made."""

    tree: bytes
    parents: tuple[bytes, ...]
    author: str
    time: int


class Objects:
    """The objects of one repository. They never change, so one `Objects` serves all actions.

    All methods raise `MissingError` for what they cannot read.
    """

    __slots__ = ("_commits", "_directory", "_kept", "_packs", "_width")

    def __init__(self, directory: str, width: int) -> None:
        """`directory` is the repository's `objects`, `width` the bytes of an object's name."""
        self._directory, self._width = directory, width
        self._commits: dict[bytes, Commit] = {}
        self._kept: OrderedDict[bytes, tuple[bytes, bytes]] = OrderedDict()
        self._packs: tuple[int, list[_Pack]] | None = None

    def get(self, oid: bytes) -> tuple[bytes, bytes]:
        """Type and content of an object."""
        kept = self._kept.get(oid)
        if kept is None:
            try:
                kept = self._loose(oid) or self._packed(oid, 0)
            except (OSError, zlib.error, struct.error, IndexError, ValueError) as error:
                raise MissingError from error
            if kept is None:
                raise MissingError
            self._kept[oid] = kept
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return kept

    def commit(self, oid: bytes) -> Commit:
        """A commit, read."""
        found = self._commits.get(oid)
        if found is None:
            if len(self._commits) >= MAX_COMMITS:
                self._commits.clear()
            found = self._commits[oid] = self._read_commit(oid)
        return found

    def _read_commit(self, oid: bytes) -> Commit:
        kind, content = self.get(oid)
        if kind != b"commit":
            raise MissingError
        tree, parents, author, time = b"", list[bytes](), "", 0
        for line in content.split(b"\n"):
            key, _, value = line.partition(b" ")
            if key == b"tree":
                tree = _name(value)
            elif key == b"parent":
                parents.append(_name(value))
            elif key == b"author":
                author = value.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace").lower()
            elif key == b"committer":
                after = value.rpartition(b">")[2].split()
                time = int(after[0]) if after and after[0].isdigit() else 0
            elif not line:
                break
        return Commit(tree, tuple(parents), author, time)

    def tree(self, oid: bytes) -> dict[str, tuple[int, bytes]]:
        """The entries of a tree: name → mode, object."""
        kind, content = self.get(oid)
        if kind != b"tree":
            raise MissingError
        entries: dict[str, tuple[int, bytes]] = {}
        at = 0
        try:
            while at < len(content):
                space, end = content.index(b" ", at), content.index(b"\0", at)
                name = content[space + 1 : end].decode("utf-8", "backslashreplace")
                entries[name] = (int(content[at:space], 8), content[end + 1 : end + 1 + self._width])
                at = end + 1 + self._width
        except ValueError as error:
            raise MissingError from error
        return entries

    def _loose(self, oid: bytes) -> tuple[bytes, bytes] | None:
        text = oid.hex()
        packed = read_bytes(f"{self._directory}/{text[:2]}/{text[2:]}", MAX_LOOSE)
        if packed is None:
            return None
        content = _inflated(packed, MAX_OBJECT + _HEADER_BYTES)
        head, _, body = content.partition(b"\0")
        return head.partition(b" ")[0], body

    def _packed(self, oid: bytes, depth: int) -> tuple[bytes, bytes] | None:
        for pack in self._listed_packs():
            offset = pack.find(oid)
            if offset is not None:
                return self._unpack(pack, offset, depth)
        return None

    def _listed_packs(self) -> list[_Pack]:
        """The packs that are there now: repacking replaces them."""
        try:
            stamp = os.stat(f"{self._directory}/pack").st_mtime_ns
        except OSError:
            return []
        if self._packs is None or self._packs[0] != stamp:
            self._packs = (stamp, self._open_packs())
        return self._packs[1]

    def _open_packs(self) -> list[_Pack]:
        try:
            names = sorted(name for name in os.listdir(f"{self._directory}/pack") if name.endswith(".idx"))
        except OSError:
            return []
        return [_Pack(f"{self._directory}/pack/{name[:-4]}", self._width) for name in names[:MAX_PACKS]]

    def _unpack(self, pack: _Pack, offset: int, depth: int) -> tuple[bytes, bytes]:
        """The object at an offset of a pack, its deltas applied."""
        if depth > MAX_CHAIN:
            raise MissingError
        head = pack.read(offset, _HEADER_BYTES)
        kind, at = (head[0] >> 4) & 7, 0
        size, shift = head[0] & 0xF, 4
        while head[at] & 0x80:
            at += 1
            size |= (head[at] & 0x7F) << shift
            shift += 7
        at += 1
        if size > MAX_OBJECT:
            raise MissingError
        if kind in _TYPES:
            return _TYPES[kind], pack.inflate(offset + at, size)
        if kind == _OFFSET_DELTA:
            back, at = _offset(head, at)
            if back <= 0 or back > offset:
                raise MissingError
            base = self._unpack(pack, offset - back, depth + 1)
        elif kind == _NAME_DELTA:
            name = head[at : at + self._width]
            at += self._width
            found = self._loose(name) or self._packed(name, depth + 1)
            if found is None:
                raise MissingError
            base = found
        else:
            raise MissingError
        return base[0], _patched(base[1], pack.inflate(offset + at, size))


class _Pack:
    """One pack and its index (version 2), read piece by piece."""

    __slots__ = ("_count", "_index", "_pack", "_width")

    def __init__(self, stem: str, width: int) -> None:
        self._index, self._pack, self._width = f"{stem}.idx", f"{stem}.pack", width
        self._count = -1

    def find(self, oid: bytes) -> int | None:
        """Where an object lies in the pack."""
        with _opened(self._index) as index:
            if self._count < 0:
                head = os.pread(index, 8, 0)
                if head[:4] != _MAGIC or head[4:] != b"\0\0\0\2":
                    return None
                (self._count,) = struct.unpack(">L", os.pread(index, 4, 8 + 255 * 4))
            low = struct.unpack(">L", os.pread(index, 4, 8 + (oid[0] - 1) * 4))[0] if oid[0] else 0
            (high,) = struct.unpack(">L", os.pread(index, 4, 8 + oid[0] * 4))
            names = 8 + 256 * 4
            while low < high:
                middle = (low + high) // 2
                name = os.pread(index, self._width, names + middle * self._width)
                if name == oid:
                    return self._offset_of(index, middle)
                low, high = (middle + 1, high) if name < oid else (low, middle)
        return None

    def _offset_of(self, index: int, position: int) -> int:
        offsets = 8 + 256 * 4 + self._count * (self._width + 4)
        (offset,) = struct.unpack(">L", os.pread(index, 4, offsets + position * 4))
        if offset & _LARGE:
            large = offsets + self._count * 4 + (offset & ~_LARGE) * 8
            (offset,) = struct.unpack(">Q", os.pread(index, 8, large))
        return int(offset)

    def read(self, offset: int, size: int) -> bytes:
        """Bytes of the pack."""
        with _opened(self._pack) as pack:
            return os.pread(pack, size, offset)

    def inflate(self, offset: int, size: int) -> bytes:
        """A compressed piece of the pack that is `size` bytes long when inflated."""
        return _inflated(self.read(offset, size + size // 512 + 1024), size)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    """A descriptor of a file, closed afterwards."""
    descriptor = os.open(path, OPEN_READ)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _inflated(data: bytes, size: int) -> bytes:
    """At most `size` bytes of inflated data: a bomb is cut."""
    return zlib.decompressobj().decompress(data, size)


def _offset(head: bytes, at: int) -> tuple[int, int]:
    byte = head[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = head[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1


def _patched(base: bytes, delta: bytes) -> bytes:
    """A delta applied: copies from the base, and literal bytes."""
    at = 0
    _, at = _size(delta, at)
    size, at = _size(delta, at)
    if size > MAX_OBJECT:
        raise MissingError
    out = bytearray()
    while at < len(delta):
        command = delta[at]
        at += 1
        if command & 0x80:
            values = [0, 0]
            for bit in range(7):
                if command & (1 << bit):
                    values[bit >= 4] |= delta[at] << (8 * (bit if bit < 4 else bit - 4))  # noqa: PLR2004 - 4 offset bytes
                    at += 1
            start, length = values[0], values[1] or 0x10000
            out += base[start : start + length]
        elif command:
            out += delta[at : at + command]
            at += command
        else:
            raise MissingError
        if len(out) > size:
            raise MissingError
    return bytes(out)


def _size(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def _name(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError as error:
        raise MissingError from error


def oid_of(text: str) -> bytes | None:
    """An object's name in hexadecimal; None where it is none."""
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None
