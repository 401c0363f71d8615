"""`python -m benchmarks._outside`: the server that the gateway's benchmark reaches. It prints its ports and serves until its
standard input ends: small answers over HTTP, and bytes as fast as they go (`P`: it sends, anything else: it reads)."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: abc\r\nContent-Length: 1024\r\n\r\n" + b"x" * 1024
PIECE = memoryview(bytes(1 << 20))


class Small(asyncio.Protocol):
    """One answer for each request; a request is whatever ends with an empty line."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


def flood(listener: socket.socket) -> None:
    """Serve bytes, one connection at a time: `P` and a number of mebibytes asks for so many, `U` sends them."""
    sink = bytearray(1 << 20)
    while True:
        connection, _ = listener.accept()
        with connection:
            order = b""
            while not order.endswith(b"\n"):
                order += connection.recv(1)
            if order[:1] == b"P":
                for _ in range(int(order[1:])):
                    connection.sendall(PIECE)
                continue
            left = int(order[1:]) << 20
            while left > 0:
                left -= connection.recv_into(sink)
            connection.sendall(b"k")


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Small, "127.0.0.1", 0)
    bulk = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=flood, args=(bulk,), daemon=True).start()
    print(server.sockets[0].getsockname()[1], bulk.getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
