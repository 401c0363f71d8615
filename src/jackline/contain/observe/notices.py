"""The kernel's notices, as bytes: `struct seccomp_notif` and what is said back (seccomp_unotify(2))."""

from __future__ import annotations

import contextlib
import fcntl
import struct
from typing import Final, Literal, NamedTuple

Call = Literal["execve", "execveat", "connect"]

_NOTICE: Final = struct.Struct("=QIIiIQ6Q")
"""id, pid, flags; then `struct seccomp_data`: number, architecture, instruction, six arguments."""
_ANSWER: Final = struct.Struct("=QqiI")
"""id, value, error, flags."""
_ID: Final = struct.Struct("=Q")

_RECEIVE: Final = 0xC0502100
_SEND: Final = 0xC0182101
_STILL: Final = 0x40082102
_SET: Final = 0x40082104
_SYNC_WAKE_UP: Final = 1
_CONTINUE: Final = 1

_CALLS: Final[dict[int, dict[int, Call]]] = {
    0xC000003E: {59: "execve", 322: "execveat", 42: "connect"},  # AUDIT_ARCH_X86_64
    0xC00000B7: {221: "execve", 281: "execveat", 203: "connect"},  # AUDIT_ARCH_AARCH64
}


class Notice(NamedTuple):
    """A thread that waits. `call` is None where it is none that we know."""

    id: int
    thread: int
    call: Call | None
    arguments: tuple[int, ...]


def hurry(notifier: int) -> None:
    """Let notices be handed over without a change of processor, where the kernel can (Linux 6.6)."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(notifier, _SET, _ID.pack(_SYNC_WAKE_UP))


def receive(notifier: int) -> Notice:
    """The next one. Raises `FileNotFoundError` where whoever waited was killed meanwhile, `OSError`."""
    buffer = bytearray(_NOTICE.size)
    fcntl.ioctl(notifier, _RECEIVE, buffer)
    number, thread, _, call, architecture, _, *arguments = _NOTICE.unpack(buffer)
    return Notice(number, thread, _CALLS.get(architecture, {}).get(call), tuple(arguments))


def still(notifier: int, notice: Notice) -> bool:
    """Whether it still waits: only then was what was read under its number its own."""
    try:
        fcntl.ioctl(notifier, _STILL, _ID.pack(notice.id))
    except OSError:
        return False
    return True


def go_on(notifier: int, notice: Notice) -> None:
    """Let the call be done as if nobody had looked. Nothing happens where it no longer waits."""
    with contextlib.suppress(FileNotFoundError):
        fcntl.ioctl(notifier, _SEND, _ANSWER.pack(notice.id, 0, 0, _CONTINUE))
