"""The server: accepts connections on a Unix socket, reads one request from each, and writes what `answer` says.

Each connection has its own thread, so that a call which waits for a person, a disk or a worker holds up no other. The
threads themselves wait for connections, and the system wakes one of them for each: a call is answered by the thread
that was woken for it, and waits for no other one to hand it over. Whoever is not this user (or root) is closed without a
word; whoever is slow, too big or malformed gets one sentence and the exit code that blocks. A draining server takes no
new connection, and finishes those that it has.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Final, Self

from jackline.core.errors import JacklineError, WireError
from jackline.guard.peers import Peer, peer_of
from jackline.guard.protocol import MAX_HEADER, WAIT, Header, read_header, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MAX_CONNECTIONS: Final = 256
SPARE_THREADS: Final = 4
HEADER_SECONDS: Final = 2.0
BODY_SECONDS: Final = 10.0
SEND_SECONDS: Final = 5.0
DRAIN_SECONDS: Final = 8.0
BACKLOG: Final = 512
EXIT_BLOCK: Final = 2
CHECK_MS: Final = 500
"""How often an idle server looks whether its name still leads to it."""

_CHUNK: Final = 65536


class Conversation:
    """One request, and the line back to who asked."""

    __slots__ = ("_connection", "body", "header", "peer", "within")

    def __init__(self, connection: socket.socket, peer: Peer, header: Header, body: bytes, *, within: str = "") -> None:
        """`within` is the session on whose own door the request came; "" where it came to the guard's own socket."""
        self._connection, self.peer, self.header, self.body = connection, peer, header, body
        self.within = within

    def keep_alive(self) -> bool:
        """Say that the answer is still to come; False where nobody listens any more."""
        try:
            self._connection.settimeout(SEND_SECONDS)
            self._connection.sendall(WAIT)
        except OSError:
            return False
        return True

    def pass_descriptor(self, descriptor: int) -> None:
        """Send an open descriptor ahead of the reply, with a `wait` line as its carrier. Raises `OSError`."""
        socket.send_fds(self._connection, [WAIT], [descriptor])


class Server:
    """See the module's text. `answer` maps a conversation to (exit, out, err); what it raises becomes a refusal."""

    def __init__(
        self,
        listener: socket.socket,
        answer: Callable[[Conversation], tuple[int, bytes, bytes]],
        *,
        users: Collection[int],
        reachable: Callable[[], bool] = lambda: True,
        within: str = "",
    ) -> None:
        """`users` are the user IDs that are let in. `reachable`: whether callers still find this server: one that they
        do not find ends, so that another one can take its place. `within`: the session whose door this is."""
        self.listener = listener
        self._answer, self._users, self._reachable, self._within = answer, frozenset(users), reachable, within
        self._state = threading.Condition()
        self._threads = self._accepting = self._busy = 0
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)

    @property
    def wake_descriptor(self) -> int:
        """Written to, it ends `serve`: for `signal.set_wakeup_fd`."""
        return self._wake_in

    def stop(self) -> None:
        """End `serve`; may be called from any thread."""
        with contextlib.suppress(BlockingIOError):  # full: it is awake already
            os.write(self._wake_in, b"\0")

    def serve(self) -> None:
        """Accept until `stop`, or until nobody can reach us. Returns with the calls in hand still running: see `drain`.

        When it returns nobody accepts any more: what waits at the listener is whoever's who listens to it next.
        """
        self.listener.setblocking(False)
        with self._state:
            self._add_threads()
        poller = select.poll()
        poller.register(self._wake_out, select.POLLIN)
        while not poller.poll(CHECK_MS):
            if not self._reachable():
                self.stop()
        with self._state:
            self._state.wait_for(lambda: self._accepting == 0)

    def drain(self, seconds: float = DRAIN_SECONDS) -> bool:
        """Wait until every call in hand is answered; False where some were not in time."""
        with self._state:
            return self._state.wait_for(lambda: self._busy == 0, seconds)

    def _add_threads(self) -> None:
        """Keep some threads that wait for connections, however many are in hand. Called with the lock held."""
        while self._threads < self._busy + SPARE_THREADS:
            self._threads += 1
            self._accepting += 1
            threading.Thread(target=self._run, name="jackline-call", daemon=True).start()

    def _run(self) -> None:
        with _Bell(self.listener.fileno(), self._wake_out) as bell:
            while bell.wait():
                with contextlib.suppress(OSError):  # the peer left, another thread was quicker, no descriptor is free
                    connection, _ = self.listener.accept()
                    self._serve_counted(connection)
        with self._state:
            self._accepting -= 1
            self._threads -= 1
            self._state.notify_all()

    def _serve_counted(self, connection: socket.socket) -> None:
        with connection:
            with self._state:
                if self._busy >= MAX_CONNECTIONS:
                    return  # the caller fails closed; those in hand keep their answers
                self._busy += 1
                self._accepting -= 1
                self._add_threads()
            try:
                self._serve_one(connection)
            finally:
                connection.close()  # before it counts as answered
                with self._state:
                    self._busy -= 1
                    self._accepting += 1
                    self._state.notify_all()

    def _serve_one(self, connection: socket.socket) -> None:
        try:
            peer = peer_of(connection)
        except WireError:
            return
        if peer.uid not in self._users:
            return
        try:
            header, body = _read_request(connection)
            answered = self._answer(Conversation(connection, peer, header, body, within=self._within))
        except JacklineError as error:
            answered = (EXIT_BLOCK, b"", _sentence(str(error)))
        except Exception as error:  # noqa: BLE001 - whatever is wrong in here, the call does not run
            answered = (EXIT_BLOCK, b"", _sentence(f"the guard failed on this call: {error!r}; run `jackline doctor`"))
        with contextlib.suppress(OSError):  # nobody listens any more: they have failed closed
            connection.settimeout(SEND_SECONDS)
            connection.sendall(reply(*answered))


class _Bell:
    """What one thread waits at: for a connection, which wakes one thread, or for the end, which wakes all of them."""

    def __init__(self, listener: int, end: int) -> None:
        self._end = end
        self._close: Callable[[], None] = lambda: None
        self._ready: Callable[[], list[tuple[int, int]]]
        if hasattr(select, "EPOLLEXCLUSIVE"):
            each = select.epoll()
            each.register(listener, select.EPOLLIN | select.EPOLLEXCLUSIVE)
            each.register(end, select.EPOLLIN)
            self._ready, self._close = each.poll, each.close
        else:  # elsewhere all are woken, and all but one find that there is nothing to accept
            poller = select.poll()
            poller.register(listener, select.POLLIN)
            poller.register(end, select.POLLIN)
            self._ready = poller.poll

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def wait(self) -> bool:
        """True where somebody connects; False where it is to end."""
        return all(descriptor != self._end for descriptor, _ in self._ready())


def _sentence(text: str) -> bytes:
    return f"Jackline: {text}\n".encode("utf-8", "backslashreplace")


def _read_request(connection: socket.socket) -> tuple[Header, bytes]:
    """Read one request. Raises `WireError` where it is malformed, too big, too slow, or ends early."""
    try:
        head, rest = _read_until_newline(connection)
        header = read_header(head)
        body = _read_exactly(connection, header.length, rest)
    except OSError as error:
        message = f"the request did not arrive whole: {error}"
        raise WireError(message) from error
    return header, body


def _read_until_newline(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    deadline = time.monotonic() + HEADER_SECONDS
    while b"\n" not in data[:MAX_HEADER]:
        if len(data) >= MAX_HEADER:
            message = "the first line of the request is too long for protocol JL1"
            raise WireError(message)
        data += _receive(connection, _CHUNK, deadline)
    head, newline, rest = data.partition(b"\n")
    return head + newline, rest


def _read_exactly(connection: socket.socket, length: int, start: bytes) -> bytes:
    chunks, size = [start], len(start)
    deadline = time.monotonic() + BODY_SECONDS
    while size < length:
        chunk = _receive(connection, min(_CHUNK, length - size), deadline)
        chunks.append(chunk)
        size += len(chunk)
    if size > length:
        message = f"the request is longer than the {length} bytes that its header says"
        raise WireError(message)
    return b"".join(chunks)


def _receive(connection: socket.socket, limit: int, deadline: float) -> bytes:
    left = deadline - time.monotonic()
    if left <= 0:
        message = "the request was too slow"
        raise WireError(message)
    connection.settimeout(left)
    chunk = connection.recv(limit)
    if not chunk:
        message = "the request ended early"
        raise WireError(message)
    return chunk
