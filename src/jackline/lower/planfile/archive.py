"""A strict reader of zip archives (APPNOTE.TXT 6.3.10): only what Go's `archive/zip` writes, which both tools use.

Two readers may find different files in one odd archive. So nothing odd is read: the entries follow each other without a
gap from the first byte, the directory follows them and ends the file, it and the entries' own headers agree, and no name
stands twice. Nothing is ever unpacked to the disk.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, NamedTuple

MAX_ENTRIES: Final = 4096
MAX_INFLATED: Final = 64 * 1024 * 1024
"""Bytes of all entries together."""
MAX_RATIO: Final = 200
"""How much smaller than its content an entry over `RATIO_FREE` may be: JSON of a state reaches 50."""
RATIO_FREE: Final = 1024 * 1024
_END: Final = struct.Struct("<4s4H2LH")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_DESCRIPTOR: Final = struct.Struct("<4s3L")
_STORED: Final = 0
_DEFLATED: Final = 8
_STREAMED: Final = 0x0008
_UTF8: Final = 0x0800


class ArchiveError(Exception):
    """No archive that is read here."""


class Entry(NamedTuple):
    """One file of an archive: `start` is where its packed bytes begin."""

    name: str
    method: int
    start: int
    packed: int
    size: int
    checksum: int


class _Listed(NamedTuple):
    """One record of the directory. `streamed`: checksum and sizes stand behind the bytes as well."""

    name: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    offset: int


def entries(data: bytes) -> dict[str, Entry]:
    """All files of an archive by name. Raises `ArchiveError`."""
    start, count = _directory(data)
    listed = _listed(data, start, count)
    found: dict[str, Entry] = {}
    position = total = 0
    for record in listed:
        entry, position = _entry(data, record, position, start)
        total += entry.size
        if entry.name in found or total > MAX_INFLATED:
            raise ArchiveError
        found[entry.name] = entry
    if position != start:
        raise ArchiveError
    return found


def content(data: bytes, entry: Entry) -> bytes:
    """What an entry holds. Raises `ArchiveError` where it is not what its header says."""
    packed = data[entry.start : entry.start + entry.packed]
    if entry.method == _DEFLATED:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            packed = inflate.decompress(packed, entry.size + 1)
        except zlib.error as error:
            raise ArchiveError from error
        if not inflate.eof or inflate.unused_data or inflate.unconsumed_tail:
            raise ArchiveError
    if len(packed) != entry.size or zlib.crc32(packed) != entry.checksum:
        raise ArchiveError
    return packed


def _directory(data: bytes) -> tuple[int, int]:
    """Where the directory begins, and how many records it has. Its end ends the file: no comment, nothing behind."""
    at = len(data) - _END.size
    if at < 0:
        raise ArchiveError
    signature, disk, first_disk, here, count, size, start, comment = _END.unpack_from(data, at)
    if signature != b"PK\5\6" or disk or first_disk or here != count or comment:
        raise ArchiveError
    if not 0 < count <= MAX_ENTRIES or start + size != at:
        raise ArchiveError
    return start, count


def _listed(data: bytes, start: int, count: int) -> list[_Listed]:
    found, at, end = [], start, len(data) - _END.size
    for _ in range(count):
        if at + _CENTRAL.size > end:
            raise ArchiveError
        (signature, _, _, flags, method, _, _, checksum, packed, size, name, extra, comment, disk, _, _, offset) = (
            _CENTRAL.unpack_from(data, at)
        )
        if signature != b"PK\1\2" or comment or disk or flags & ~(_STREAMED | _UTF8):
            raise ArchiveError
        named = at + _CENTRAL.size
        found.append(_Listed(data[named : named + name], flags, method, checksum, packed, size, offset))
        at = named + name + extra
    if at != end:
        raise ArchiveError
    return found


def _entry(data: bytes, record: _Listed, position: int, end: int) -> tuple[Entry, int]:
    """One entry, which must begin at `position`, and where the next one does."""
    if record.offset != position or position + _LOCAL.size > end:
        raise ArchiveError
    signature, _, flags, method, _, _, checksum, packed, size, name, extra = _LOCAL.unpack_from(data, position)
    named = position + _LOCAL.size
    said = (0, 0, 0) if flags & _STREAMED else (record.checksum, record.packed, record.size)
    same = (flags, method, data[named : named + name]) == (record.flags, record.method, record.name)
    if signature != b"PK\3\4" or not same or (checksum, packed, size) != said:
        raise ArchiveError
    start = named + name + extra
    after = start + record.packed
    if flags & _STREAMED:
        if data[after : after + _DESCRIPTOR.size] != _DESCRIPTOR.pack(
            b"PK\7\10", record.checksum, record.packed, record.size
        ):
            raise ArchiveError
        after += _DESCRIPTOR.size
    if after > end or method not in {_STORED, _DEFLATED} or record.size > max(RATIO_FREE, record.packed * MAX_RATIO):
        raise ArchiveError
    return Entry(_name(record.name), method, start, record.packed, record.size, record.checksum), after


def _name(name: bytes) -> str:
    """A relative path below the archive's top. Raises `ArchiveError`."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArchiveError from error
    if not text or "\0" in text or "\\" in text or text.startswith("/") or ".." in text.split("/"):
        raise ArchiveError
    return text
