"""Bytes both ways between two sockets, until both have said their last: the inside of every tunnel.

Two half-pipes in the event loop, each with one buffer: what was read is written from where it lies, and while it cannot be
written nothing more is read. Every piece is counted before it is passed on.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

from jackline.contain.gateway.flows import Cut
from jackline.contain.gateway.wire import PIECE

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.contain.gateway.flows import Flow

    Look = Callable[[memoryview], bool]
    """Sees a piece before it passes. Whether it has seen enough; raises `Cut` where it must not pass."""


_KEPT: Final = 16


class _Buffers:
    """Buffers that are not in use. One is lent for a piece, and comes back as soon as the piece has been written."""

    def __init__(self) -> None:
        self._free: list[memoryview] = []

    def take(self) -> memoryview:
        """One of `PIECE` bytes, with whatever is left in it."""
        return self._free.pop() if self._free else memoryview(bytearray(PIECE))

    def give(self, buffer: memoryview) -> None:
        """It is not in use any more."""
        if len(self._free) < _KEPT:
            self._free.append(buffer)


_buffers = _Buffers()


class _Half:
    """One direction. `counted` says how long to pause after a piece, or raises `Cut`; `look` sees pieces until it has seen
    enough."""

    def __init__(
        self,
        source: socket.socket,
        sink: socket.socket,
        counted: Callable[[int], float],
        done: Callable[[BaseException | None], None],
        look: Look | None,
    ) -> None:
        self._source, self._sink, self._counted, self._done, self._look = source, sink, counted, done, look
        self._buffer: memoryview | None = None
        self._rest = memoryview(b"")
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(source, self._read)

    def stop(self) -> None:
        """Nothing more happens."""
        self._loop.remove_reader(self._source)
        self._loop.remove_writer(self._sink)
        if self._timer:
            self._timer.cancel()

    def _read(self) -> None:
        buffer = _buffers.take()
        try:
            count = self._source.recv_into(buffer)
            if count:
                self._pass(buffer, count)
            else:
                self._loop.remove_reader(self._source)
                with contextlib.suppress(OSError):
                    self._sink.shutdown(socket.SHUT_WR)
                self._done(None)
        except (BlockingIOError, InterruptedError):
            pass
        except (OSError, Cut) as error:
            self.stop()
            self._done(error)
        if self._buffer is None:
            _buffers.give(buffer)

    def _pass(self, buffer: memoryview, count: int) -> None:
        """Hand on what was just read; the reader rests until that is done and its pause is over."""
        if self._look is not None:
            enough = self._look(buffer[:count])
            self._look = None if enough else self._look
        pause = self._counted(count)
        try:
            sent = self._sink.send(buffer[:count])
        except (BlockingIOError, InterruptedError):
            sent = 0
        if sent == count and not pause:
            return
        self._loop.remove_reader(self._source)
        if sent < count:
            self._buffer, self._rest = buffer, buffer[sent:count]
            self._loop.add_writer(self._sink, self._write)
        if pause:
            self._timer = self._loop.call_later(pause, self._resume)

    def _write(self) -> None:
        try:
            self._rest = self._rest[self._sink.send(self._rest) :]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.stop()
            self._done(error)
            return
        if not self._rest:
            if self._buffer is not None:
                _buffers.give(self._buffer)
                self._buffer = None
            self._loop.remove_writer(self._sink)
            if self._timer is None:
                self._loop.add_reader(self._source, self._read)

    def _resume(self) -> None:
        self._timer = None
        if not self._rest:
            self._loop.add_reader(self._source, self._read)


async def pump(
    inside: socket.socket,
    outside: socket.socket,
    flow: Flow,
    look_out: Look | None = None,
    look_in: Look | None = None,
) -> None:
    """Until both directions have ended. `look_out` sees what leaves, `look_in` what comes, each until it has seen enough.

    Raises `Cut`, and `OSError` where a connection broke. The sockets stay open: their owner closes them.
    """
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = 2

    def done(error: BaseException | None) -> None:
        nonlocal left
        left -= 1
        if not ended.done():
            if error is not None:
                ended.set_exception(error)
            elif not left:
                ended.set_result(None)

    halves = (_Half(inside, outside, flow.out, done, look_out), _Half(outside, inside, flow.into, done, look_in))
    try:
        await ended
    finally:
        for half in halves:
            half.stop()
