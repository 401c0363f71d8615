"""Running what was granted: the ticket goes to the session's keeper with this process's own streams, and the exit code
comes back. Signals that reach this process reach the program.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.cli.terminals import Terminal, own_terminal
from jackline.contain.keeper import visit
from jackline.contain.keeper.sockets import address
from jackline.core.errors import JacklineError
from jackline.guard.client import ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATIENCE_SECONDS: Final = 60.0
"""How long the guard may take to say whether a command runs: a keeper may have to come up first."""

FAILED: Final = 125
"""The exit code of `run` and `exec` where Jackline failed, and not what it ran."""

MAX_LINE: Final = 4096
_FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


class NotStartedError(JacklineError):
    """What was to run did not: `exit_code` is 126 where it was denied, 125 where Jackline could not start it."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Ticket(NamedTuple):
    """Where something granted can be run, once."""

    place: str
    ticket: str


def ticket_for(words: Sequence[str], session: str, client: str = "user") -> Ticket:
    """Have a command decided. Raises `NotStartedError`, `GuardUnreachableError`."""
    body = b"\0".join(os.fsencode(field) for field in (os.getcwd(), session, *words))
    exit_code, out, err = ask("exec", client, body, patience=PATIENCE_SECONDS)
    if exit_code:
        raise NotStartedError(err.decode(errors="replace").strip().removeprefix("Jackline: "), exit_code)
    place, _, ticket = out.partition(b"\0")
    return Ticket(os.fsdecode(place), ticket.decode())


def run(ticket: Ticket) -> int:
    """Run it on this process's streams; returns its exit code, 128 and the signal where one ended it.

    Raises `NotStartedError`.
    """
    with own_terminal() as terminal, _keeper(ticket.place) as keeper, _signals() as arrived:
        streams = terminal.inside if terminal is not None else (0, 1, 2)
        block = b"".join(name + b"=" + value + b"\0" for name, value in os.environb.items())
        with contextlib.suppress(BrokenPipeError):  # it has said why
            words = visit.hello(ticket.ticket, terminal=terminal is not None, environment=block)
            sent = socket.send_fds(keeper, [words], streams)
            keeper.sendall(words[sent:])
        if terminal is not None:
            terminal.leave_inside()
        return _attend(keeper, arrived, terminal)


def _attend(keeper: socket.socket, arrived: int, terminal: Terminal | None) -> int:
    heard = b""
    poller = select.poll()
    for descriptor in (keeper.fileno(), arrived, *(terminal.watched if terminal is not None else ())):
        poller.register(descriptor, select.POLLIN)
    while True:
        for descriptor, _ in poller.poll():
            if descriptor == keeper.fileno():
                data = keeper.recv(MAX_LINE)
                heard += data
                code = _ended(heard, closed=not data)
                if code is not None:
                    if terminal is not None:
                        terminal.drain()
                    return code
            elif descriptor == arrived:
                _forward(keeper, terminal, os.read(arrived, MAX_LINE))
            elif terminal is not None and not terminal.relay(descriptor):
                poller.unregister(descriptor)


def _ended(heard: bytes, *, closed: bool) -> int | None:
    """The exit code, once it is known. Raises `NotStartedError`."""
    for line in heard.split(b"\n")[:-1]:
        if line.startswith(b"JX1 exit "):
            return int(line.removeprefix(b"JX1 exit "))
    head, newline, rest = heard.partition(b"\n")
    if newline and head.startswith(b"JX1 failed "):
        length = int(head.removeprefix(b"JX1 failed "))
        if len(rest) >= length or closed:
            raise NotStartedError(rest[:length].decode(errors="replace"), FAILED)
    if closed:
        message = "the session's keeper went away, and what ran with it; `jackline show` tells what was recorded"
        raise NotStartedError(message, FAILED)
    return None


def _forward(keeper: socket.socket, terminal: Terminal | None, numbers: bytes) -> None:
    for number in numbers:
        if number == signal.SIGWINCH:
            if terminal is not None:
                terminal.resize()
        elif number in _FORWARDED:
            with contextlib.suppress(OSError):
                keeper.sendall(b"JX1 signal %d\n" % number)


@contextlib.contextmanager
def _keeper(place: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            with address(place) as name:
                connection.connect(name)
        except OSError as error:
            message = f"the session's keeper does not answer ({error.strerror}); nothing runs"
            raise NotStartedError(message, FAILED) from error
        yield connection


@contextlib.contextmanager
def _signals() -> Iterator[int]:
    """A descriptor from which the numbers of the signals that arrive can be read."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in (*_FORWARDED, signal.SIGWINCH)}
    woken = signal.set_wakeup_fd(into, warn_on_full_buffer=False)
    try:
        yield out
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(out)
        os.close(into)
