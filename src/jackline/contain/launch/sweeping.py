"""Ending everything in one sandbox: every process of its network namespace, whoever its parent is by now."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Final

from jackline.contain.launch.channel import readable
from jackline.core.errors import ContainmentError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOKS: Final = 64
_DYING_SECONDS: Final = 5.0


def sweep(network: os.stat_result) -> None:
    """Kill all who are in the namespace of that device and inode, until a look finds nobody who lives.

    Raises `ContainmentError` if they multiply faster than they are killed.
    """
    for _ in range(_LOOKS):
        found = [held for process in inside(network) if (held := _hold(process, network)) >= 0]
        for held in found:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(held, signal.SIGKILL)
        for held in found:
            readable(held, _DYING_SECONDS)
            os.close(held)
        if not found:
            return
    raise ContainmentError("the sandbox's processes multiply faster than they can be ended; stop the session")


def inside(network: os.stat_result) -> Iterator[int]:
    """The living processes in that namespace."""
    for name in os.listdir("/proc"):
        if name.isdigit() and _belongs(int(name), network):
            yield int(name)


def _belongs(process: int, network: os.stat_result) -> bool:
    """A process that has ended, and is not reaped, has no namespaces any more."""
    try:
        found = os.stat(f"/proc/{process}/ns/net")
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (network.st_dev, network.st_ino)


def _hold(process: int, network: os.stat_result) -> int:
    """Its pidfd, or -1 where the number has been given to another since it was seen."""
    try:
        held = os.pidfd_open(process)
    except ProcessLookupError:
        return -1
    if _belongs(process, network):
        return held
    os.close(held)
    return -1
