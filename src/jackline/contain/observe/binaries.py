"""The file behind a path that a program inside gave: found as the kernel will find it there, and its SHA-256."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import re
import stat
import struct
import threading
from typing import Final

MAX_HASHED: Final = 32 * 1024 * 1024
"""Bytes. What is larger has no digest: its program waits meanwhile."""
MAX_KNOWN: Final = 4096

_BLOCK: Final = 1024 * 1024
_OPENAT2: Final = 437
_IN_ROOT: Final = 0x10
_TRIES: Final = 3
_HOW: Final = struct.Struct("=QQQ")
_OWN: Final = re.compile(rb"/(?:proc/(?:self|thread-self)/(exe|fd/[0-9]{1,9})|dev/(fd/[0-9]{1,9}))")
"""What means another file for each who asks: it is opened as the one who waits would."""
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def find(thread: int, path: bytes) -> int:
    """A descriptor (O_PATH) of what an absolute path leads to inside. Raises `OSError`."""
    own = _OWN.fullmatch(path)
    if own is not None:
        return held(thread, (own[1] or own[2]).decode())
    root = os.open(f"/proc/{thread}/root", os.O_PATH | os.O_CLOEXEC)
    try:
        return _beneath(root, path)
    finally:
        os.close(root)


def held(thread: int, name: str) -> int:
    """The same of a file that it holds: `exe`, or `fd/N`. Raises `OSError`."""
    return os.open(f"/proc/{thread}/{name}", os.O_PATH | os.O_CLOEXEC)


def place(thread: int, name: str) -> bytes:
    """The path of a directory that it holds: `cwd`, or `fd/N`. Raises `OSError`."""
    return os.readlink(b"/proc/%d/%s" % (thread, name.encode()))


def _beneath(root: int, path: bytes) -> int:
    """openat2(2): links are followed as if `root` were `/`, and none leads out of it."""
    how = _HOW.pack(os.O_PATH | os.O_CLOEXEC, 0, _IN_ROOT)
    for _ in range(_TRIES):
        found = int(_LIBC.syscall(_OPENAT2, root, path, how, len(how)))
        if found >= 0:
            return found
        if ctypes.get_errno() != errno.EAGAIN:  # something was renamed meanwhile
            break
    problem = ctypes.get_errno()
    raise OSError(problem, os.strerror(problem), os.fsdecode(path))


class Digests:
    """SHA-256 by file, remembered as long as it is the same by device, inode, size and times: a program can set a time of
    modification, but not that of change (ctime). Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], str] = {}
        self._lock = threading.Lock()

    def of(self, descriptor: int) -> str:
        """Of an O_PATH descriptor. Raises `OSError` where it is no file, too large, or not to be read."""
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_HASHED:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        key = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = _hash(descriptor)
            with self._lock:
                if len(self._known) >= MAX_KNOWN:
                    self._known.clear()
                self._known[key] = known
        return known


def _hash(descriptor: int) -> str:
    file = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        digest, read = hashlib.sha256(), 0
        while (block := os.read(file, _BLOCK)) and read <= MAX_HASHED:  # it may grow while we read
            digest.update(block)
            read += len(block)
    finally:
        os.close(file)
    return digest.hexdigest()
