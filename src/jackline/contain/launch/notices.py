"""What the processes of an observed sandbox execute and connect to, as the kernel announces it (seccomp_unotify(2)).

Observation, and no wall: an argument lies in the program's own memory, and another of its threads can change it after the
look. Each call waits until it was looked at, then goes on as if nobody had. Whatever cannot be read is told as such.
"""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import select
import socket
import struct
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_RECEIVE: Final = 0xC0502100
_SEND: Final = 0xC0182101
_CONTINUE: Final = 1
_NOTIFICATION: Final = struct.Struct("=QIIiIQ6Q")
_ANSWER: Final = struct.Struct("=QqiI")
_POINTER: Final = struct.Struct("=Q")
_NUMBERS: Final = {
    "x86_64": {59: "execve", 322: "execveat", 42: "connect"},
    "aarch64": {221: "execve", 281: "execveat", 203: "connect"},
}
_CALLS: Final = _NUMBERS.get(platform.machine(), {})

MAX_TEXT: Final = 4096
MAX_WORDS: Final = 64
_MAX_ADDRESS: Final = 128
_PAGE: Final = 4096


class Notice(Struct, frozen=True):
    """One call, at the moment when it was made.

    `process` and `parent` are numbers as we see them. Of an `exec`: `target` is the path as the program wrote it, and
    `words` its arguments (no more than 64, each no longer than 4 KiB). Of a `connect`: `target` is an address, the path of
    a socket, or `@` and an abstract name, and `port` is 0 for the last two. An empty `target` could not be read.
    """

    kind: Literal["exec", "connect"]
    process: int
    parent: int
    target: str = ""
    port: int = 0
    words: tuple[str, ...] = ()


def observe(notifier: int, note: Callable[[Notice], None]) -> None:
    """Tell `note` of each call, in their order, until no process of the sandbox is left. Blocks: it wants a thread."""
    poll = select.poll()
    poll.register(notifier, select.POLLIN)
    while any(event & select.POLLIN for _, event in poll.poll()):
        answer_one(notifier, note)


def answer_one(notifier: int, note: Callable[[Notice], None]) -> None:
    """Look at the next call, which is there if the descriptor is readable, and let it go on."""
    received = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(notifier, _RECEIVE, received)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.EINTR}:  # its process was killed before we looked
            return
        raise
    number, process, _, call, _, _, *arguments = _NOTIFICATION.unpack(received)
    try:
        if (notice := _notice(process, _CALLS.get(call, ""), arguments)) is not None:
            note(notice)
    finally:
        _go_on(notifier, number)


def _go_on(notifier: int, number: int) -> None:
    try:
        fcntl.ioctl(notifier, _SEND, bytearray(_ANSWER.pack(number, 0, 0, _CONTINUE)))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise


def _notice(process: int, call: str, arguments: Iterable[int]) -> Notice | None:
    first, second, third, *_ = arguments
    parent = _parent(process)
    try:
        memory = os.open(f"/proc/{process}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return Notice("connect" if call == "connect" else "exec", process, parent)
    try:
        if call == "connect":
            target, port = _address(_read(memory, second, min(third, _MAX_ADDRESS)))
            return Notice("connect", process, parent, target, port)
        path, words = (first, second) if call == "execve" else (second, third)
        return Notice("exec", process, parent, _text(memory, path), 0, _words(memory, words))
    finally:
        os.close(memory)


def _parent(process: int) -> int:
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(") ")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _read(memory: int, at: int, size: int) -> bytes:
    """What is there, as far as it can be read."""
    try:
        return os.pread(memory, size, at)
    except (OSError, OverflowError):
        return b""


def _text(memory: int, at: int) -> str:
    """The text that ends with a NUL byte; read page by page, for behind it there may be nothing."""
    found = b""
    while len(found) < MAX_TEXT:
        piece = _read(memory, at, min(_PAGE - at % _PAGE, MAX_TEXT - len(found)))
        end = piece.find(b"\0")
        if end >= 0 or not piece:
            found += piece[: max(end, 0)]
            break
        found += piece
        at += len(piece)
    return os.fsdecode(found)


def _words(memory: int, at: int) -> tuple[str, ...]:
    words: list[str] = []
    while len(words) < MAX_WORDS:
        pointer = _read(memory, at + len(words) * _POINTER.size, _POINTER.size)
        if len(pointer) < _POINTER.size or not (text := _POINTER.unpack(pointer)[0]):
            break
        words.append(_text(memory, text))
    return tuple(words)


def _address(raw: bytes) -> tuple[str, int]:
    """The address and port of a `struct sockaddr`; nothing for what is none of ours."""
    family = int.from_bytes(raw[:2], "little")
    port = int.from_bytes(raw[2:4], "big")
    if family == socket.AF_INET and len(raw) >= 8:  # noqa: PLR2004 - ip(7)
        return socket.inet_ntop(socket.AF_INET, raw[4:8]), port
    if family == socket.AF_INET6 and len(raw) >= 24:  # noqa: PLR2004 - ipv6(7)
        return socket.inet_ntop(socket.AF_INET6, raw[8:24]), port
    if family == socket.AF_UNIX:
        path = raw[2:]
        return os.fsdecode(b"@" + path[1:] if path[:1] == b"\0" else path.partition(b"\0")[0]), 0
    return "", 0
