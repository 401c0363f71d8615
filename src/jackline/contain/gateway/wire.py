"""One connection as bytes: received, sent, finished, closed. `Plain` is a socket, `Secure` one within TLS.

Plain sockets and no transports, so that a tunnel moves large pieces without a copy, and so that nothing is read that nobody
has asked for: what is not read presses back on its sender.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import ssl

PIECE: Final = 1 << 18
"""Bytes that are moved at a time."""
SMALL_PIECE: Final = 1 << 16


class Wire(Protocol):
    """What the protocols speak over."""

    async def receive(self) -> bytes:
        """Some bytes; none at the end. Raises `OSError`."""

    async def send(self, data: bytes) -> None:
        """All of these bytes, when there is room. Raises `OSError`."""

    def finish(self) -> None:
        """Say that nothing more will be sent."""

    def close(self) -> None:
        """End it, both ways, without ceremony."""


class Plain:
    """A socket. `put_back` returns bytes that were read too many."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connection
        self._back = b""
        self._loop = asyncio.get_running_loop()

    async def receive(self) -> bytes:
        """See `Wire`."""
        if self._back:
            data, self._back = self._back, b""
            return data
        return await self._loop.sock_recv(self.socket, PIECE)

    def read_already(self) -> bytes:
        """What was put back, for who goes on with the bare socket."""
        data, self._back = self._back, b""
        return data

    def put_back(self, data: bytes) -> None:
        """The next `receive` gives these."""
        self._back = data + self._back

    async def send(self, data: bytes) -> None:
        """See `Wire`."""
        try:
            count = self.socket.send(data)
        except (BlockingIOError, InterruptedError):
            count = 0
        if count < len(data):
            await self._loop.sock_sendall(self.socket, memoryview(data)[count:])

    def finish(self) -> None:
        """See `Wire`."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """See `Wire`."""
        self.socket.close()


class Secure:
    """A connection within TLS, of which we are the client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, connection: socket.socket, name: str, context: ssl.SSLContext) -> Secure:
        """Shake hands with the server that must be `name`. Raises `OSError` (which `ssl.SSLError` is)."""
        reader, writer = await asyncio.open_connection(
            sock=connection, ssl=context, server_hostname=name, limit=SMALL_PIECE
        )
        return cls(reader, writer)

    @property
    def ended(self) -> bool:
        """The server has closed it."""
        return self._reader.at_eof()

    async def receive(self) -> bytes:
        """See `Wire`."""
        return await self._reader.read(SMALL_PIECE)

    async def send(self, data: bytes) -> None:
        """See `Wire`."""
        self._writer.write(data)
        await self._writer.drain()

    def finish(self) -> None:
        """TLS has no half of a connection that programs agree on."""

    def close(self) -> None:
        """See `Wire`."""
        self._writer.transport.abort()
