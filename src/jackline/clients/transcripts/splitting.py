"""Large files of lines that have nothing to do with each other, in parts that can be read beside each other."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.clients.transcripts.lines import MAX_LINE
from jackline.clients.transcripts.messages import NAME, stands_alone
from jackline.clients.transcripts.opening import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jackline.clients.transcripts.interface import Found

PART: Final = 8 * 1024 * 1024
"""Bytes of a part, up to the end of its last line."""

_CHUNK: Final = 1024 * 1024


class Window(io.RawIOBase):
    """A part of a file, as a file."""

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        super().__init__()
        self._descriptor, self._start, self._end, self._at = descriptor, start, end, start

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Up to the part's end."""
        data = os.pread(self._descriptor, min(len(buffer), max(self._end - self._at, 0)), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Within the part."""
        base = {os.SEEK_SET: self._start, os.SEEK_CUR: self._at, os.SEEK_END: self._end}[whence]
        self._at = base + offset
        return self._at - self._start

    def tell(self) -> int:
        """From the part's start."""
        return self._at - self._start


def parts(found: Found, path: Path) -> Iterator[Found]:
    """The unit itself, or the parts of a large file whose first line is a whole conversation."""
    if found.source != NAME or found.size < 2 * PART or path.suffix not in {".jsonl", ".ndjson"}:
        yield found
        return
    try:
        with opened(path) as file:
            first = file.readline(MAX_LINE)
            cuts = [(0, 1), *_cuts(file.fileno(), found.size)] if stands_alone(first) else []
    except OSError:
        cuts = []
    if len(cuts) <= 1:
        yield found
        return
    ends = [*(start for start, _ in cuts[1:]), found.size]
    for (start, line), end in zip(cuts, ends, strict=True):
        yield replace(found, start=start, end=end, line=line, size=end - start)


def _cuts(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """Where a line begins after each `PART` bytes, and that line's number."""
    at, line, wanted = 0, 1, PART
    while at < size and (chunk := os.pread(descriptor, min(_CHUNK, size - at), at)):
        counted = 0
        while (cut := chunk.find(b"\n", max(wanted - at, 0))) >= 0 and at + cut + 1 < size:
            line += chunk.count(b"\n", counted, cut + 1)
            counted = cut + 1
            yield at + counted, line
            wanted = at + counted + PART
        line += chunk.count(b"\n", counted)
        at += len(chunk)
