"""The keeper's process: orders come over descriptor 3, reports go back over it, and its end is everything's end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from typing import Final

from jackline.contain.keeper import starting, wire
from jackline.contain.keeper.serving import Visitors
from jackline.contain.keeper.session import Session
from jackline.contain.keeper.sockets import address
from jackline.contain.keeper.tickets import Tickets
from jackline.core.errors import JacklineError

BACKLOG: Final = 128
NOTED_SECONDS: Final = 10.0
_PRIVATE_UMASK: Final = 0o077


class Keeper:
    """Joins the lifeline, the tickets, the session and its visitors."""

    def __init__(self, lifeline: socket.socket) -> None:
        self._lifeline, self._sending = lifeline, threading.Lock()
        self._tickets = Tickets()
        self._noted: dict[str, threading.Event] = {}
        self._session: Session | None = None
        self._listener: socket.socket | None = None

    def report(self, message: wire.FromKeeper) -> None:
        """Tell the guard. A guard that is gone needs nothing: the lifeline's end is seen where it is read."""
        with contextlib.suppress(OSError), self._sending:
            wire.send(self._lifeline, message)

    def finish(self, finished: wire.Finished) -> None:
        """Tell the guard that a program ended, and return when that is in the ledger: what its caller asks next comes
        after it. A guard that does not answer takes the session with it, so the wait has an end."""
        event = self._noted[finished.action] = threading.Event()
        self.report(finished)
        event.wait(NOTED_SECONDS)
        self._noted.pop(finished.action, None)

    def follow(self) -> None:
        """Do what the guard says, until it ends the session or goes. Raises `JacklineError`, `OSError`."""
        try:
            for order in wire.orders(self._lifeline):
                if isinstance(order, wire.End):
                    self._end(order)
                    return
                self._obey(order)
        finally:
            if self._session is not None:
                self._session.stop()

    def _obey(self, order: wire.ToKeeper) -> None:
        if isinstance(order, wire.Open):
            self._session = Session(order, self.report)
            self._listener = _listen(order.socket)
            visitors = Visitors(self._listener, self._tickets, self._session, self.report, self.finish)
            threading.Thread(target=visitors.serve, name="visitors", daemon=True).start()
            self.report(wire.Opened(self._session.missing))
        elif isinstance(order, wire.Grant):
            self._tickets.add(order)
            self.report(wire.Granted(order.ticket))
        elif isinstance(order, wire.Noted):
            waiting = self._noted.get(order.action)
            if waiting is not None:
                waiting.set()
        elif isinstance(order, wire.Mark) and self._session is not None:
            self.report(self._session.mark(order.action))
        elif isinstance(order, wire.Verdict) and self._session is not None:
            self._session.answer(order)

    def _end(self, order: wire.End) -> None:
        if self._listener is not None:
            self._listener.close()
        if self._session is not None:
            self.report(self._session.end(order.outcome))


def main() -> None:
    """The entry point."""
    os.umask(_PRIVATE_UMASK)
    os.chdir("/")
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    keeper = Keeper(socket.socket(fileno=starting.LIFELINE))
    try:
        keeper.follow()
    except (JacklineError, OSError) as error:
        keeper.report(wire.Failed(str(error)))
        sys.exit(1)


def _listen(path: str) -> socket.socket:
    """Bind the session's socket; one that a keeper of the same session left behind is replaced."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    with address(path) as name:
        listener.bind(name)
    listener.listen(BACKLOG)
    return listener


if __name__ == "__main__":
    main()
