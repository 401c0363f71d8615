"""Members of a zip archive that anyone may have made: bounded in number, in size, and in all.

What a member says of its size is not believed: it is read up to the bound, and no further.
"""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final

from jackline.clients.transcripts.lines import size_of

if TYPE_CHECKING:
    from pathlib import Path

    from jackline.clients.transcripts.interface import Damage

MAX_MEMBERS: Final = 100_000
MAX_MEMBER: Final = 128 * 1024 * 1024
MAX_RATIO: Final = 200
"""How many times the archive's own size may be read out of it in all, above `MAX_MEMBER`."""

MAX_DIRECTORY: Final = 64 * 1024 * 1024
ZSTD: Final = 93
"""Zstandard's number among the ways to compress a member (APPNOTE 6.3.10, 4.4.5)."""

_NO_ZSTD: Final = "a member that is compressed with Zstandard: install `jackline[inspect]`"
_LOCAL_HEADER: Final = struct.Struct("<4s5H3I2H")
_TAIL: Final = 64 * 1024 + 256
_END: Final = b"PK\5\6"
_END_64: Final = b"PK\6\6"
_HUGE: Final = 0xFFFFFFFF

FAULTS: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError,
    OverflowError, IndexError, KeyError, ImportError,
)  # fmt: skip
"""What `zipfile` raises for damaged, encrypted and unknown archives."""


class Archive:
    """The members of one archive. Whatever cannot be read is counted, and empty."""

    def __init__(self, file: BinaryIO, path: Path, damage: Damage) -> None:
        self._file, self._path, self._damage = file, path, damage
        size = size_of(file)
        self._left = MAX_MEMBER + MAX_RATIO * size
        self._entries: dict[str, zipfile.ZipInfo] = {}
        if (listed := _directory_size(file, size)) is None or listed > MAX_DIRECTORY:
            damage.unread("no zip archive, or one with a huge directory", path, size)
            return
        try:
            self._archive = zipfile.ZipFile(file)
            entries = self._archive.infolist()
        except FAULTS:
            damage.unread("a damaged zip archive", path, size)
            return
        if len(entries) > MAX_MEMBERS:
            damage.unread(f"an archive of more than {MAX_MEMBERS} members", path, size)
            return
        self._entries = {entry.filename: entry for entry in entries}

    @property
    def names(self) -> list[str]:
        """The members' names, in the archive's order."""
        return list(self._entries)

    def read(self, name: str) -> bytes:
        """A member's content; none where there is no such member, or where it passes a bound."""
        entry = self._entries.get(name)
        if entry is None or self._left < 0:
            return b""
        where = f"{self._path}!{name}"
        try:
            content = self._unpacked(entry)
        except FAULTS as error:
            why = _NO_ZSTD if isinstance(error, ImportError) else "a damaged member of an archive"
            self._damage.lost(why, where, 0, entry.compress_size)
            return b""
        if len(content) > MAX_MEMBER:
            self._damage.lost(f"a member over {MAX_MEMBER >> 20} MiB", where, 0, entry.compress_size)
            content = b""
        self._left -= max(len(content), 1)
        if self._left < 0:
            self._damage.unread("an archive that unpacks to far more than its size", self._path)
            return b""
        return content

    def _unpacked(self, entry: zipfile.ZipInfo) -> bytes:
        if entry.compress_type == ZSTD:
            return _zstd(self._packed(entry))
        with self._archive.open(entry) as member:
            return member.read(MAX_MEMBER + 1)

    def _packed(self, entry: zipfile.ZipInfo) -> bytes:
        """A member's bytes as they lie in the archive, which `zipfile` does not give."""
        self._file.seek(entry.header_offset)
        head = self._file.read(_LOCAL_HEADER.size)
        mark, *_, name, extra = _LOCAL_HEADER.unpack(head)
        if mark != b"PK\3\4" or entry.compress_size > MAX_MEMBER:
            raise zipfile.BadZipFile(entry.filename)
        self._file.seek(name + extra, os.SEEK_CUR)
        return self._file.read(entry.compress_size)


def _zstd(packed: bytes) -> bytes:
    """Unpacked Zstandard, up to one byte more than a member may have."""
    import zstandard  # noqa: PLC0415 - only where such an archive is read; Inspect itself depends on it

    try:
        with zstandard.ZstdDecompressor(max_window_size=MAX_MEMBER).stream_reader(
            packed, read_across_frames=True
        ) as reader:
            return reader.read(MAX_MEMBER + 1)
    except zstandard.ZstdError as error:
        raise zipfile.BadZipFile(str(error)) from error


def _directory_size(file: BinaryIO, size: int) -> int | None:
    """Bytes of the archive's directory as its end says; None where there is no such end."""
    file.seek(max(size - _TAIL, 0))
    tail = file.read(_TAIL)
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return None
    listed: int = struct.unpack_from("<I", tail, at + 12)[0]
    if listed == _HUGE:
        wide = tail.rfind(_END_64)
        if wide < 0 or len(tail) < wide + 56:
            return None
        listed = struct.unpack_from("<Q", tail, wide + 40)[0]
    return listed
