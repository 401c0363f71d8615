"""The gateway's process: nothing of its memory for others, as many descriptors as it may have, and then the event loop."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import resource
import signal
import socket
import sys
from typing import TYPE_CHECKING, Final

from jackline.contain.gateway.dialing import system
from jackline.contain.gateway.gateway import serve

if TYPE_CHECKING:
    from jackline.contain.gateway.dialing import Resolver

CONTROL: Final = 3
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38


def harden() -> None:
    """It holds credentials: no other process of the user may read its memory, and no core of it is written."""
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, value, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main(resolver: Resolver = system) -> int:
    """Serve on descriptor 3 until it ends. Returns 0; 1 where it cannot begin."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; our end is the control socket's
    try:
        harden()
        control = socket.socket(fileno=CONTROL)
        control.set_inheritable(False)
    except OSError as error:
        sys.stderr.write(
            f"Jackline: the gateway cannot begin: {error.strerror or error}; it is started by the keeper\n"
        )
        return 1
    gc.freeze()
    asyncio.run(serve(control, resolver))
    return 0
