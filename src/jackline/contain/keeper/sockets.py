"""Sockets by paths of any length: a socket's own name has 107 bytes at most (unix(7)), a home can be deeper than that."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NAME: Final = 107
"""Bytes, without the NUL that ends it."""


@contextlib.contextmanager
def address(path: str) -> Iterator[str]:
    """A name by which the socket at `path` can be bound or connected to, meanwhile. Raises `OSError`."""
    if len(os.fsencode(path)) <= MAX_NAME:
        yield path
        return
    directory = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{os.path.basename(path)}"
    finally:
        os.close(directory)
