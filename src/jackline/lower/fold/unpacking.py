"""Decompressors that are seldom met. Apart, for their libraries are loaded from the disk."""

from __future__ import annotations

import bz2
import lzma
from typing import Final

_MAX_MEMORY: Final = 64 * 1024 * 1024


def bunzip2(data: bytes, limit: int) -> bytes:
    """At most `limit` bytes of what was packed. Raises `OSError`, `ValueError`."""
    return bz2.BZ2Decompressor().decompress(data, limit)


def unxz(data: bytes, limit: int) -> bytes:
    """At most `limit` bytes of what was packed. Raises `ValueError`."""
    try:
        return lzma.LZMADecompressor(memlimit=_MAX_MEMORY).decompress(data, limit)
    except lzma.LZMAError as error:
        raise ValueError(str(error)) from error
