"""Another program's memory, read within bounds. It belongs to whoever may be hostile: any pointer may be anything."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

MAX_WORDS: Final = 64
MAX_BYTES: Final = 4096
"""Of all words together, and of a path (PATH_MAX)."""

_FIRST: Final = 128
"""Most texts are shorter, and one read is enough."""
_POINTERS: Final = struct.Struct("=Q")


class Memory:
    """The memory of one thread, as /proc shows it. Raises `OSError` where it may not be read, or is gone."""

    def __init__(self, thread: int) -> None:
        self._file = os.open(f"/proc/{thread}/mem", os.O_RDONLY | os.O_CLOEXEC)

    def read(self, address: int, size: int) -> bytes:
        """What stands there, as far as anything does; nothing where nothing does."""
        try:
            return os.pread(self._file, size, address)
        except (OSError, OverflowError):
            return b""

    def text(self, address: int, limit: int = MAX_BYTES) -> bytes | None:
        """The text that ends before NUL; at most `limit` bytes of it. None where it cannot be read to there."""
        found = self.read(address, min(_FIRST, limit))
        if b"\0" not in found and len(found) == min(_FIRST, limit) < limit:
            found += self.read(address + len(found), limit - len(found))
        whole, end, _ = found.partition(b"\0")
        return whole if end or len(found) == limit else None

    def words(self, address: int) -> tuple[list[bytes], bool]:
        """The texts of a list of pointers that ends with NULL, and whether those are all of them.

        A list at NULL is empty, as execve(2) has it on Linux.
        """
        if not address:
            return [], True
        raw = self.read(address, _POINTERS.size * (MAX_WORDS + 1))
        found: list[bytes] = []
        left = MAX_BYTES
        for (pointer,) in _POINTERS.iter_unpack(raw[: len(raw) - len(raw) % _POINTERS.size]):
            if not pointer:
                return found, True
            if len(found) == MAX_WORDS or not left:
                break
            word = self.text(pointer, left)
            if word is None:
                break
            found.append(word)
            left -= len(word)
        return found, False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
