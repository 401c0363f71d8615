"""The session's own socket: each visitor shows a ticket, and its program runs on the visitor's streams until it ends."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from typing import TYPE_CHECKING, Final, Protocol

from jackline.contain.keeper import visit
from jackline.contain.keeper.wire import Finished, Started
from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from jackline.contain.keeper.tickets import Tickets
    from jackline.contain.keeper.wire import FromKeeper, Grant

MAX_VISITORS: Final = 256
HELLO_SECONDS: Final = 5.0
_LINE: Final = 256


class Program(Protocol):
    """One program in its sandbox."""

    def fileno(self) -> int:
        """A descriptor that can be read once the program has ended."""
        ...

    def signal(self, number: int) -> None:
        """Send it a signal."""
        ...

    def wait(self) -> int:
        """Its exit code, 128 and the signal's number where one ended it."""
        ...


class Session(Protocol):
    """What runs programs: `session.Session`."""

    def start(self, grant: Grant, hello: visit.Hello) -> Program:
        """Start what was granted. Raises `JacklineError`, `OSError`."""
        ...

    def finish(self, grant: Grant, exit_code: int) -> Finished:
        """The program ended: what it changed, and what it used."""
        ...


class Visitors:
    """Serves them, each in a thread of its own."""

    def __init__(
        self,
        listener: socket.socket,
        tickets: Tickets,
        session: Session,
        report: Callable[[FromKeeper], None],
        finish: Callable[[Finished], None],
    ) -> None:
        """`finish` reports that a program ended, and returns when that is recorded."""
        self._listener, self._tickets, self._session, self._report = listener, tickets, session, report
        self._finish = finish
        self._room = threading.Semaphore(MAX_VISITORS)

    def serve(self) -> None:
        """Until the listener is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if not self._room.acquire(blocking=False):
                connection.close()  # the visitor fails closed
                continue
            threading.Thread(target=self._attend, args=(connection,), name="visitor", daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            try:
                self._run(connection)
            except (JacklineError, OSError) as error:
                connection.sendall(visit.failed(str(error)))
            except Exception as error:  # noqa: BLE001 - a defect of ours starts nothing, and the session lives on
                connection.sendall(visit.failed(f"Jackline failed on it ({error!r}); please report this"))
        self._room.release()

    def _run(self, connection: socket.socket) -> None:
        """Raises `JacklineError`, `OSError` where nothing was started."""
        connection.settimeout(HELLO_SECONDS)
        hello = visit.receive(connection)
        try:
            grant = self._tickets.take(hello.ticket)
            program = self._session.start(grant, hello)
        finally:
            for stream in hello.streams:
                os.close(stream)
        connection.settimeout(None)
        self._report(Started(grant.action))
        with contextlib.suppress(OSError):
            connection.sendall(visit.STARTED)
        _pass_signals(connection, program)
        exit_code = program.wait()
        self._finish(self._session.finish(grant, exit_code))
        with contextlib.suppress(OSError):
            connection.sendall(visit.exited(exit_code))


def _pass_signals(connection: socket.socket, program: Program) -> None:
    """Until the program ends: the visitor's signals are its own, and its going is a hang-up."""
    poller = select.poll()
    poller.register(program.fileno(), select.POLLIN)
    poller.register(connection, select.POLLIN)
    said = b""
    while not any(descriptor == program.fileno() for descriptor, _ in poller.poll()):
        try:
            data = connection.recv(_LINE)
        except OSError:
            data = b""
        said += data
        if not data or (len(said) > _LINE and b"\n" not in said):
            program.signal(signal.SIGHUP)
            poller.unregister(connection)
            continue
        *lines, said = said.split(b"\n")
        for line in lines:
            with contextlib.suppress(JacklineError):
                program.signal(visit.signal_in(line + b"\n"))
