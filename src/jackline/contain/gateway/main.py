"""The gateway's process: its own walls first, and then the event loop."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from typing import TYPE_CHECKING, Final

from jackline.contain.gateway.confinement import confine
from jackline.contain.gateway.dialing import system
from jackline.contain.gateway.gateway import serve

if TYPE_CHECKING:
    from jackline.contain.gateway.dialing import Resolver

CONTROL: Final = 3


def main(resolver: Resolver = system, readable: tuple[str, ...] = ()) -> int:
    """Serve on descriptor 3 until it ends; `readable` are further files for the resolver. Returns 0; 1 where it cannot begin."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; our end is the control socket's
    try:
        if not confine(readable):
            sys.stderr.write("Jackline: this kernel has no Landlock; the gateway runs without its wall on files\n")
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
