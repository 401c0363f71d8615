"""A port of the sandbox on the host's loopback: `--publish 5173`.

The connection goes the other way round: accepted on the host, opened into the action's network namespace. A socket belongs to
the namespace in which it was made, so the sockets to connect with are made in there by the launcher, and come from the keeper.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Final

from jackline.contain.gateway.messages import Answer, Ask, Wanted
from jackline.contain.gateway.pump import pump

if TYPE_CHECKING:
    import socket

    from jackline.contain.gateway.connection import Connection
    from jackline.contain.gateway.flows import Action

STOCK: Final = 8
"""Sockets that are kept for the next connections."""
WAIT_SECONDS: Final = 10.0


class Sockets:
    """Unconnected sockets of one action's namespace. Used once each."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self._stock: deque[socket.socket] = deque()
        self._waiting: deque[asyncio.Future[socket.socket]] = deque()
        self._wanted = 0

    def want(self) -> None:
        """Say how many are missing, once for each."""
        missing = STOCK + len(self._waiting) - len(self._stock) - self._wanted
        if missing > 0:
            self._wanted += missing
            self._action.report(Wanted(self._action.name, missing))

    def put(self, sockets: list[socket.socket]) -> None:
        """Those that came."""
        self._wanted = max(0, self._wanted - len(sockets))
        for one in sockets:
            one.setblocking(False)
            self._waiting = deque(waiting for waiting in self._waiting if not waiting.done())
            if self._waiting:
                self._waiting.popleft().set_result(one)
            else:
                self._stock.append(one)

    async def take(self) -> socket.socket:
        """One of them. Raises `TimeoutError` where none comes."""
        if self._stock:
            one = self._stock.popleft()
            self.want()
            return one
        waiting: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self.want()
        async with asyncio.timeout(WAIT_SECONDS):
            return await waiting

    def close(self) -> None:
        """The action has ended."""
        for one in self._stock:
            one.close()
        self._stock.clear()


async def published(connection: Connection, sockets: Sockets, port: int) -> None:
    """One connection of the host to the action's loopback."""
    connection.expect_nothing()
    inner = await sockets.take()
    with contextlib.closing(inner):
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.get_running_loop().sock_connect(inner, ("127.0.0.1", port))
        number = next(connection.services.numbers)
        ask = Ask(number, connection.action.name, "raw", "localhost", port)
        answer = Answer(number, allow=True, seconds=float("inf"))
        connection.flow = connection.action.open(number, ask, answer, "127.0.0.1")
        await pump(inner, connection.wire.socket, connection.flow)
