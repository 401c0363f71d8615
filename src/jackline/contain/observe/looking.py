"""A notice, looked at while its thread waits: what it is about to execute, or where it is about to connect."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.contain.observe import binaries
from jackline.contain.observe.facts import Connection, Part, Process
from jackline.contain.observe.memory import Memory

if TYPE_CHECKING:
    from jackline.contain.observe.binaries import Digests
    from jackline.contain.observe.notices import Notice

AT_EMPTY_PATH: Final = 0x1000
MAX_ADDRESS: Final = 128
"""Bytes: `struct sockaddr_storage`, more than any family has."""

_AT_FDCWD: Final = -100
_STATUS: Final = 4096
_INFO: Final = struct.Struct("=QQIII36x")
"""The first version of `struct pidfd_info`: mask, control group, process, thread group, parent; then who they are."""
_PIDFD_THREAD: Final = os.O_EXCL
_GET_INFO: Final = 0xC040FF0B
_WANTED: Final = 1
"""The mask: PIDFD_INFO_PID."""
_NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_FAMILY: Final = struct.Struct("=H")
_PORT: Final = struct.Struct("!H")


class _Asked(NamedTuple):
    """An exec as it was asked for: the directory's descriptor, the path and the list of arguments, flags."""

    directory: int
    path: int
    argv: int
    flags: int


def process(notice: Notice, digests: Digests) -> Process:
    """The program that is about to be executed."""
    unread: list[Part] = []
    pid, parent = _numbers(notice.thread, unread)
    asked = _asked(notice)
    try:
        with Memory(notice.thread) as memory:
            given = memory.text(asked.path)
            argv, whole = memory.words(asked.argv)
    except OSError:
        return Process(pid, parent, "", unread=(*unread, "path", "argv", "binary"))
    if given is None:
        return Process(pid, parent, "", _texts(argv), cut=not whole, unread=(*unread, "path", "binary"))
    digest, absent = "", False
    path = given
    try:
        path, descriptor = _found(notice.thread, asked, given)
        try:
            digest = digests.of(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        absent = error.errno in _NOWHERE
        unread.append("binary")
    return Process(pid, parent, _text(path), _texts(argv), digest, not whole, absent, unread=tuple(unread))


def connection(notice: Notice) -> Connection:
    """Where it is about to connect."""
    unread: list[Part] = []
    pid, _ = _numbers(notice.thread, unread)
    _, address, size, *_ = notice.arguments
    try:
        with Memory(notice.thread) as memory:
            raw = memory.read(address, min(size & 0xFFFFFFFF, MAX_ADDRESS))
        family, text, port = address_in(raw)
    except (OSError, ValueError):
        return Connection(pid, "", unread=(*unread, "address"))
    return Connection(pid, family, text, port, unread=tuple(unread))


def address_in(raw: bytes) -> tuple[str, str, int]:
    """Family, address and port of a `struct sockaddr`. Raises `ValueError` for what is too short to be one."""
    if len(raw) < _FAMILY.size:
        message = "an address has a family"
        raise ValueError(message)
    (family,) = _FAMILY.unpack_from(raw)
    rest = raw[_FAMILY.size :]
    if family == socket.AF_UNIX:
        name = b"@" + rest[1:] if rest[:1] == b"\0" else rest.partition(b"\0")[0]
        return "unix", _text(name.rstrip(b"\0")), 0
    for known, name4, start, length in ((socket.AF_INET, "inet", 2, 4), (socket.AF_INET6, "inet6", 6, 16)):
        if family == known:
            if len(rest) < start + length:
                message = f"an address of {name4} has {length} bytes"
                raise ValueError(message)
            return name4, socket.inet_ntop(known, rest[start : start + length]), _PORT.unpack_from(rest)[0]
    return "none" if family == socket.AF_UNSPEC else str(family), "", 0


def _asked(notice: Notice) -> _Asked:
    first, second, third, _, fifth, _ = notice.arguments
    if notice.call == "execve":
        return _Asked(_AT_FDCWD, first, second, 0)
    return _Asked(_signed(first), second, third, fifth & 0xFFFFFFFF)


def _found(thread: int, asked: _Asked, given: bytes) -> tuple[bytes, int]:
    """The absolute path, and a descriptor of what is there. Raises `OSError`."""
    held = "cwd" if asked.directory == _AT_FDCWD else f"fd/{asked.directory}"
    if not given and asked.flags & AT_EMPTY_PATH:
        return binaries.place(thread, held), binaries.held(thread, held)
    if not given:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    path = given if given.startswith(b"/") else os.path.join(binaries.place(thread, held), given)
    return path, binaries.find(thread, path)


def _numbers(thread: int, unread: list[Part]) -> tuple[int, int]:
    """Its process and that one's parent, 0 where they cannot be read."""
    with suppress(OSError, ValueError):
        return _quickly(thread) or _from_status(thread)
    unread.append("process")
    return 0, 0


def _quickly(thread: int) -> tuple[int, int] | None:
    """By `PIDFD_GET_INFO` (Linux 6.13): /proc would make files for it, and an exec waits. None where there is none."""
    try:
        held = os.pidfd_open(thread, _PIDFD_THREAD)
    except OSError:
        return None
    try:
        info = bytearray(_INFO.pack(_WANTED, 0, 0, 0, 0))
        fcntl.ioctl(held, _GET_INFO, info)
    except OSError:
        return None
    finally:
        os.close(held)
    _, _, _, process, parent = _INFO.unpack(info)
    return (process, parent) if process else None


def _from_status(thread: int) -> tuple[int, int]:
    """By /proc. Raises `OSError`, `ValueError`."""
    file = os.open(f"/proc/{thread}/status", os.O_RDONLY | os.O_CLOEXEC)
    try:
        status = os.read(file, _STATUS)
    finally:
        os.close(file)
    return _number(status, b"\nTgid:"), _number(status, b"\nPPid:")


def _number(status: bytes, label: bytes) -> int:
    """A line's number; a line is not split before it is needed, for an exec waits. Raises `ValueError`."""
    at = status.index(label) + len(label)
    return int(status[at : status.index(b"\n", at)])


def _signed(argument: int) -> int:
    """A descriptor, of which the kernel takes the low 32 bits."""
    low = argument & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _texts(raw: list[bytes]) -> tuple[str, ...]:
    return tuple(map(_text, raw))
