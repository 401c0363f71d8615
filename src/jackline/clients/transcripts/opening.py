"""Opening a file that anyone may have put there: a regular one, without following a link, and without waiting."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK | os.O_NOFOLLOW


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, opened for reading. Raises `OSError`, also for a link, a pipe, a device or a folder."""
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is no regular file")
        file = open(descriptor, "rb", closefd=False)  # noqa: SIM115 - closed below, as is the descriptor
        with file:
            yield file
    finally:
        os.close(descriptor)
