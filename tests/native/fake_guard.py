"""A JL1 server that says what a test tells it to, byte by byte: the honest ones and the broken ones alike."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def reply(status: int, out: bytes = b"", err: bytes = b"") -> bytes:
    return b"JL1 reply %d %d %d\n" % (status, len(out), len(err)) + out + err


class FakeGuard:
    """Listens on `path`; each connection is read whole, then handed to `behave`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.requests: list[bytes] = []
        self.behave: Callable[[socket.socket], None] = lambda _: None
        self.reads_first = True
        self.asked = threading.Event()
        self.finished = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finished.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=10)

    def says(self, *pieces: bytes) -> None:
        """Answer every request with these bytes, one `send` each, then close."""
        self.behave = lambda connection: _send(connection, pieces)

    def hangs(self, *pieces: bytes) -> None:
        """Answer with these bytes, then keep the connection open and stay silent until the test is over."""

        def behave(connection: socket.socket) -> None:
            _send(connection, pieces)
            self.finished.wait(20)

        self.behave = behave

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self.reads_first:
                self.requests.append(_read_all(connection))
                self.asked.set()
            self.behave(connection)


def _read_all(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def _send(connection: socket.socket, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        connection.sendall(piece)
