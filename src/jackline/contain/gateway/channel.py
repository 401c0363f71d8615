"""One end of the control socket (SOCK_SEQPACKET): whole messages with their descriptors, in order, within an event loop.

Both ends use it. What cannot be sent at once waits in a queue; a queue that grows past its bound means that the other end
does not read, and the connection is over. Its end is reported once, and is the end of the gateway: never freer without a
keeper.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import os
import socket
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec

from jackline.contain.gateway.messages import MAX_MESSAGE
from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jackline.contain.gateway.messages import Message

MAX_DESCRIPTORS: Final = 16
MAX_QUEUE: Final = 64 << 20
"""Bytes that wait for the other end to read."""
_ROOM: Final = socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize)

T = TypeVar("T")


class Channel(Generic[T]):
    """`received` is called with each message and its descriptors, which it then owns; `ended` once, with the reason."""

    def __init__(
        self,
        connection: socket.socket,
        kind: object,
        received: Callable[[T, list[int]], None],
        ended: Callable[[str], None],
    ) -> None:
        self._socket, self._received, self._ended = connection, received, ended
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind, strict=True)
        self._encoder = msgspec.json.Encoder()
        self._queue: deque[tuple[bytes, list[int]]] = deque()
        self._queued = 0
        self._loop = asyncio.get_running_loop()
        connection.setblocking(False)
        self._open = True
        self._loop.add_reader(connection, self._read)

    def send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        """Send, now or when there is room. The descriptors are duplicated, so the caller closes its own."""
        if not self._open:
            return
        data = self._encoder.encode(message)
        if self._queue or not self._write(data, descriptors):
            self._queue.append((data, [os.dup(descriptor) for descriptor in descriptors]))
            self._queued += len(data)
            if self._queued > MAX_QUEUE:
                self.close("the other end of the control socket does not read")
            elif self._open:
                self._loop.add_writer(self._socket, self._drain)

    def close(self, reason: str) -> None:
        """End it, once."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()
            for _, descriptors in self._queue:
                close_all(descriptors)
            self._queue.clear()
            self._ended(reason)

    def _write(self, data: bytes, descriptors: Sequence[int]) -> bool:
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        try:
            self._socket.sendmsg([data], ancillary)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self.close(f"the control socket: {error.strerror}")
        return True

    def _drain(self) -> None:
        while self._open and self._queue and self._write(*self._queue[0]):
            if self._open:
                data, descriptors = self._queue.popleft()
                self._queued -= len(data)
                close_all(descriptors)
        if self._open and not self._queue:
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        try:
            data, ancillary, flags, _ = self._socket.recvmsg(MAX_MESSAGE, _ROOM, socket.MSG_CMSG_CLOEXEC)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.close(f"the control socket: {error.strerror}")
            return
        descriptors = _descriptors(ancillary)
        if not data or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            close_all(descriptors)
            self.close("a message was too long" if data else "the other end closed the control socket")
            return
        try:
            self._received(self._decoder.decode(data), descriptors)
        except (msgspec.MsgspecError, JacklineError, ValueError) as error:
            self.close(f"a message that is not understood: {error}")


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return found.tolist()


def close_all(descriptors: Sequence[int]) -> None:
    """Close these descriptors, whatever they are."""
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)
