"""One answer of a server, translated for the client that asked: bytes in, bytes out, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.contain.gateway import heads
from jackline.contain.gateway.heads import END, Head, MessageError, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

CONTINUE: Final = 100
SWITCHING: Final = 101
_INFORMATION: Final = range(100, 200)


class Translation:
    """`feed` what the server sent, send what it gives; `done` when the answer is whole.

    `begun` is told the answer's head, `seen` each piece of its body. `head` is None until it is known. `rest` is what came
    behind a head that changes the protocol.
    """

    def __init__(self, request: Head, begun: Callable[[Head], None], seen: Callable[[bytes], None]) -> None:
        self._request, self._begun, self._seen = request, begun, seen
        self._reader = Reader(answers=True)
        self._out: list[bytes] = []
        self._chunked = self._to_the_end = False
        self.head: Head | None = None
        self.done = False

    @property
    def rest(self) -> bytes:
        """See the class."""
        return self._reader.rest or b""

    @property
    def switched(self) -> bool:
        """The protocol has changed."""
        return self.done and self.head is not None and self.head.status == SWITCHING

    @property
    def server_stays(self) -> bool:
        """The server waits for another request, and has said nothing that nobody asked for."""
        surplus = self._reader.events or self._reader.begun or self._reader.rest is not None
        return self.done and not surplus and self.head is not None and self.head.keep_alive and not self._to_the_end

    @property
    def client_stays(self) -> bool:
        """The client was told that the connection goes on."""
        return bool(self._request.minor) and self._request.keep_alive and (self._chunked or not self._to_the_end)

    def feed(self, data: bytes) -> bytes:
        """What these bytes are for the client. Raises `MessageError` for what is no answer to the request."""
        self._reader.feed(data)
        events = self._reader.events
        while events and not self.done:
            event = events.popleft()
            if isinstance(event, Head):
                self._take_head(event)
            elif self.head is None:
                raise MessageError("an answer without a head")
            elif isinstance(event, bytes):
                self._seen(event)
                self._out.append(heads.chunk(event) if self._chunked else event)
            else:
                self._finish()
        return self._taken()

    def end(self) -> bytes:
        """The server has closed the connection. Raises `MessageError` where its answer is not whole by that."""
        if not self.done:
            if not self._to_the_end:
                raise MessageError("an answer that breaks off")
            self._finish()
        return self._taken()

    def _take_head(self, head: Head) -> None:
        if self.head is not None:
            raise MessageError("two answers to one request")
        if head.status in _INFORMATION and head.status != SWITCHING:
            if head.status == CONTINUE and self._request.expects:
                self._out.append(heads.CONTINUE)
            if self._reader.events and self._reader.events[0] == END:
                self._reader.events.popleft()
            return
        if head.status == SWITCHING and (not self._request.upgrade or head.upgrade != self._request.upgrade):
            raise MessageError("a change of protocol that was not asked for")
        self.head = head
        self._begun(head)
        bare = heads.no_body(self._request.method, head.status)
        self._to_the_end = not bare and not head.chunked and head.length is None
        self._chunked = not bare and head.length is None and bool(self._request.minor)
        close = not self.client_stays and head.status != SWITCHING
        self._out.append(heads.answer(head, chunked=self._chunked, close=close, bare=bare))
        if bare:
            self.done = True
            if self._reader.events and self._reader.events[0] == END:
                self._reader.events.popleft()

    def _finish(self) -> None:
        self.done = True
        if self._chunked:
            self._out.append(heads.LAST_CHUNK)

    def _taken(self) -> bytes:
        out = b"".join(self._out)
        self._out.clear()
        return out
