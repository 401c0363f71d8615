"""Who is at the other end of a Unix socket, as the kernel says it; and that process's ancestors.

Sources: unix(7) SO_PEERCRED (Linux); unix(4) LOCAL_PEERCRED and LOCAL_PEERPID (macOS); proc_pid_stat(5).
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from typing import Final

from msgspec import Struct

from jackline.core.errors import WireError

_SOL_LOCAL: Final = 0
_LOCAL_PEERCRED: Final = 1
_LOCAL_PEERPID: Final = 2
_XUCRED: Final = struct.Struct("=IIh2x16I")
_UCRED: Final = struct.Struct("3i")
MAX_ANCESTORS: Final = 64


class Peer(Struct, frozen=True):
    """The process that connected: its user, and its ID (0 where the system does not say)."""

    uid: int
    pid: int


def peer_of(connection: socket.socket) -> Peer:
    """The peer of a connected Unix socket. Raises `WireError` where the system cannot tell: then nobody is let in."""
    try:
        if sys.platform == "darwin":
            _, uid, *_ = _XUCRED.unpack(connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED.size))
            (pid,) = struct.unpack("=i", connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID, 4))
            return Peer(uid, pid)
        option: int = socket.SO_PEERCRED
        pid, uid, _ = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
        return Peer(uid, pid)
    except (OSError, AttributeError, struct.error) as error:
        message = "this system does not tell who is at the other end of a socket; Jackline cannot serve here"
        raise WireError(message) from error


class Process(Struct, frozen=True):
    """A process that cannot be mistaken for a later one with the same ID. `started` is in clock ticks since boot."""

    pid: int
    started: int
    name: str = ""


def ancestors(pid: int) -> tuple[Process, ...]:
    """The process and its parents up to init, nearest first; empty where /proc does not tell."""
    found: list[Process] = []
    while pid > 0 and len(found) < MAX_ANCESTORS:
        entry = _read(pid)
        if entry is None:
            break
        process, pid = entry
        found.append(process)
    return tuple(found)


def _read(pid: int) -> tuple[Process, int] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            text = file.read(4096)
    except OSError:
        return None
    name, _, rest = text.partition(b"(")[2].rpartition(b")")
    fields = rest.split()  # from field 3 (state) on: the name may hold spaces and brackets, so count from its end
    parent_field, start_field = 1, 19
    if len(fields) <= start_field:
        return None
    return Process(pid, int(fields[start_field]), os.fsdecode(name)), int(fields[parent_field])


_SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "fish", "ksh"})


def client_processes(pid: int) -> tuple[Process, ...]:
    """The agent client that a hook process works for: its nearest ancestor that is not a shell. Empty where unknown.

    Who answers for a person must not be one of its children.
    """
    found = ancestors(pid)[1:]
    return tuple(process for process in found if process.name not in _SHELLS)[:1]


def descends_from(pid: int, processes: frozenset[Process]) -> bool:
    """Whether a process is one of these or was started below one of them."""
    return any(process in processes for process in ancestors(pid))
