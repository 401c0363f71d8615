"""Starting a keeper: a process of this Python on one end of a socket pair, and nothing else of ours open in it."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIFELINE: Final = 3
"""The descriptor on which a keeper finds its lifeline."""

_PASSED: Final = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "TERM", "TZ", "USER", "XDG_RUNTIME_DIR")


class Started(NamedTuple):
    """A keeper that runs: its process, and the guard's end of the lifeline."""

    pid: int
    lifeline: socket.socket


def start(isolation: Sequence[str], environment: Mapping[str, str], log: str) -> Started:
    """Start one. `isolation` are the interpreter's own options; what it says in distress goes to the file `log`.

    Raises `OSError`.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        kept = {name: value for name, value in environment.items() if name in _PASSED or name.startswith("JACKLINE_")}
        if "PYTHONPATH" in environment and "-I" not in isolation:
            kept["PYTHONPATH"] = environment["PYTHONPATH"]
        appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, log, appending, 0o600),
            (os.POSIX_SPAWN_DUP2, theirs.fileno(), LIFELINE),
        ]
        command = [sys.executable, *isolation, "-m", "jackline.contain.keeper.main"]
        try:
            pid = os.posix_spawn(sys.executable, command, kept, file_actions=actions, setsid=True)
        except OSError:
            ours.close()
            raise
    return Started(pid, ours)
