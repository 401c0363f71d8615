"""Plain HTTP: request after request, each judged by its method and path, sent on anew, and its answer brought back.

One connection outside belongs to one connection inside and is never shared, so no request can reach into another's answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

from jackline.contain.gateway import heads
from jackline.contain.gateway.answers import Translation
from jackline.contain.gateway.connection import RefusalError
from jackline.contain.gateway.credentials import MisplacedError
from jackline.contain.gateway.flows import Cut
from jackline.contain.gateway.heads import END, Head, MessageError, Reader
from jackline.contain.gateway.places import Upstream
from jackline.contain.gateway.pump import pump
from jackline.contain.gateway.spending import Bill
from jackline.contain.gateway.wire import Plain, Secure, Wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jackline.contain.gateway.connection import Connection
    from jackline.contain.gateway.messages import Answer, Ask, Speaks
    from jackline.contain.gateway.places import Place, Target

    OnConnect = Callable[[Head, bytes], Awaitable[None]]

_PAYMENT_REQUIRED: Final = 402
_BAD_GATEWAY: Final = 502


class Server:
    """A connection to the outside, and where it leads."""

    def __init__(self, outside: socket.socket, wire: Wire, key: tuple[str, int, bool]) -> None:
        self.socket, self.wire, self.key = outside, wire, key

    def idle(self) -> bool:
        """Whether it still waits for a request: it has neither ended nor said something that nobody asked for."""
        if isinstance(self.wire, Secure):
            return not self.wire.ended
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            pass
        return False


class Relay:
    """Serves one connection. `on_connect` takes over where the first request is CONNECT."""

    def __init__(self, connection: Connection, place: Place, on_connect: OnConnect | None = None) -> None:
        self.connection, self._place, self._on_connect = connection, place, on_connect
        self.reader = Reader()
        self._server: Server | None = None
        self._first = True

    def adopt(self, host: str, port: int, outside: socket.socket) -> None:
        """A connection to the place that is open already."""
        self._server = Server(outside, Plain(outside), (host, port, False))

    async def serve(self) -> None:
        """To the end. Raises `Cut` and `OSError`."""
        try:
            while (head := await self._next_head()) is not None:
                if not await self._exchange(head):
                    return
        except RefusalError as refusal:
            await self.connection.say(heads.refusal(refusal.status, refusal.text, refusal.ask))
        except MessageError as error:
            self.connection.action.refused(None, str(error), "http")
            await self.connection.say(heads.refusal(error.status, str(error)))
        finally:
            self.leave()

    def leave(self) -> None:
        """The connection to the outside is over."""
        if self._server:
            self._server.wire.close()
            self._server = None

    async def _next_head(self) -> Head | None:
        """The next request's head; None where the client has no more. Between two requests the flow's idle time holds."""
        reader, connection = self.reader, self.connection
        if not connection.flow:
            connection.expect_head()
        while not reader.events:
            if reader.rest is not None:
                raise MessageError("nothing may follow a request that changes the protocol")
            data = await connection.wire.receive()
            if not data:
                return None
            if connection.due == float("inf"):
                connection.expect_head()
            reader.feed(data)
        head = reader.events.popleft()
        if not isinstance(head, Head):
            raise MessageError("a body without a head")
        connection.expect_nothing()
        return head

    # ------------------------------------------------------------------------------------------------- one exchange
    async def _exchange(self, head: Head) -> bool:
        """One request and its answer. Whether the connection goes on."""
        if head.method == "CONNECT":
            await self._connect(head)
            return False
        if head.method == "TRACE":
            raise MessageError("TRACE repeats what was sent to the server, secrets too, and is not sent on", 405)
        self._first = False
        connection = self.connection
        target = self._place.target(head)
        ask, answer = await connection.decide(
            "http",
            target.host,
            target.port,
            method=head.method,
            target=target.path.decode("latin-1"),
            body=head.has_body,
        )
        spoken: Speaks = "tls" if target.secure else "http"
        if not answer.permits(spoken, ask.port):
            text = f"{spoken.upper()} is not what was decided for `{ask.host}` port {ask.port}"
            raise connection.refuse(ask, text, ask_for=f"{spoken} {ask.host}:{ask.port}")
        self._limit_upgrade(ask, answer, head)
        bill = self._bill(ask)
        line = self._written(ask, head, target, metered=bill is not None)
        server = await self._server_for(ask, answer, target)
        if connection.flow:
            connection.flow.requests += 1
        await self.out(server.wire, line)
        if bill:
            bill.opened(head)
        return await Exchange(self, server, head, bill).run()

    async def _connect(self, head: Head) -> None:
        if self._on_connect is None or not self._first:
            raise MessageError("CONNECT is the first request of a connection to the proxy, and is not sent on")
        if head.has_body:
            raise MessageError("CONNECT has no body")
        await self._on_connect(head, self.reader.rest or b"")

    def _limit_upgrade(self, ask: Ask, answer: Answer, head: Head) -> None:
        """A wish to change the protocol is left out where it may be (RFC 9110 §7.8), and refused where it may not."""
        if head.upgrade != "websocket":
            head.upgrade = ""
        elif not answer.permits("websocket", ask.port):
            text = f"a websocket to `{ask.host}` is not among what this action may open"
            raise self.connection.refuse(ask, text, ask_for=f"websocket {ask.host}:{ask.port}")

    def _bill(self, ask: Ask) -> Bill | None:
        if not isinstance(self._place, Upstream) or not self._place.meter:
            return None
        purse = self.connection.services.purse
        if spent := purse.exhausted():
            raise self.connection.refuse(ask, spent, _PAYMENT_REQUIRED, "a larger budget")
        return Bill(purse, self._place.meter, self.connection.action, ask.host)

    def _written(self, ask: Ask, head: Head, target: Target, *, metered: bool) -> bytes:
        """The head that is sent on, with the secrets of its host in it."""
        fields = head.passed_on()
        if metered:
            fields = [one for one in fields if one[0].lower() != b"accept-encoding"]
        try:
            path, fields = self.connection.services.vault.put_in(target.host, target.path, fields, secure=target.secure)
        except MisplacedError as error:
            self.connection.action.alert("placeholder", target.host, target.port, str(error))
            raise self.connection.refuse(ask, str(error)) from error
        return heads.request(head, path, target.authority, fields)

    async def _server_for(self, ask: Ask, answer: Answer, target: Target) -> Server:
        key = (target.host, target.port, target.secure)
        if self._server and self._server.key == key and self._server.idle():
            return self._server
        self.leave()
        outside = await self.connection.reach(ask, answer)
        self._server = Server(outside, Plain(outside), key)
        if target.secure:
            try:
                self._server.wire = await Secure.over(outside, target.host.strip("[]"), self.connection.services.tls())
            except OSError as error:
                text = f"`{target.host}` did not prove by TLS that it is that host: {error.strerror or error}"
                raise self.connection.refuse(ask, text, _BAD_GATEWAY) from error
        return self._server

    # ---------------------------------------------------------------------------------------------- counted bytes
    async def out(self, wire: Wire, data: bytes) -> None:
        """Send to the outside."""
        flow = self.connection.flow
        if flow and (pause := flow.out(len(data))):
            await asyncio.sleep(pause)
        await wire.send(data)

    async def into(self, data: bytes, count: int) -> None:
        """Bring `data` in, which came as `count` bytes."""
        flow = self.connection.flow
        if flow and (pause := flow.into(count)):
            await asyncio.sleep(pause)
        if data:
            await self.connection.wire.send(data)


class Exchange:
    """One request that has been sent on: its body out and its answer in, at the same time."""

    def __init__(self, relay: Relay, server: Server, request: Head, bill: Bill | None) -> None:
        self._relay, self._server, self._request, self._bill = relay, server, request, bill
        self._answer = Translation(request, self._begun, self._seen)

    def _begun(self, head: Head) -> None:
        if self._bill:
            self._bill.answered(head)

    def _seen(self, piece: bytes) -> None:
        if self._bill:
            self._bill.received(piece)

    async def run(self) -> bool:
        """Whether both connections go on. Raises `Cut`, `OSError`, and `RefusalError` while nothing was answered."""
        body = asyncio.ensure_future(self._body()) if self._request.has_body else None
        if body is None:
            self._no_body()
        try:
            await self._bring_answer()
            if self._answer.switched:
                await self._switched()
                return False
            # Answered before it was asked to the end: neither side knows where the next request begins.
            return (body is None or body.done()) and self._answer.client_stays
        finally:
            if self._bill:
                self._bill.close()
            if body is not None:
                body.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError):
                    await body

    def _no_body(self) -> None:
        events = self._relay.reader.events
        if not events or events.popleft() != END:
            raise MessageError("a body of which its head does not tell")

    async def _body(self) -> None:
        """Ends the connection where it fails: its answer, too, is then for something that was never asked whole."""
        try:
            await self._send_body()
        except Cut as cut:
            self._relay.connection.end(cut)
        except (OSError, MessageError) as error:
            self._relay.connection.end(Cut("protocol", f"a request's body broke off: {error}"))

    async def _send_body(self) -> None:
        relay, chunked = self._relay, self._request.chunked
        reader, wire = relay.reader, self._server.wire
        while True:
            while not reader.events:
                data = await relay.connection.wire.receive()
                if not data:
                    raise Cut("protocol", "the client left in the middle of a request")
                reader.feed(data)
            piece = reader.events.popleft()
            if not isinstance(piece, bytes):
                break
            if self._bill:
                self._bill.sent(piece)
            await relay.out(wire, heads.chunk(piece) if chunked else piece)
        if chunked:
            await relay.out(wire, heads.LAST_CHUNK)

    async def _bring_answer(self) -> None:
        answer = self._answer
        while not answer.done:
            try:
                data = await self._server.wire.receive()
                out = answer.feed(data) if data else answer.end()
            except (OSError, MessageError) as error:
                if answer.head:
                    raise Cut("failed", f"the server's answer broke off: {error}") from error
                raise RefusalError(f"the server did not answer as HTTP/1.1 has it: {error}", _BAD_GATEWAY) from error
            await self._relay.into(out, len(data))
            if self._bill and (spent := self._bill.exhausted()):
                await self._relay.connection.wire.send(self._bill.last_words(spent))
                raise Cut("budget", spent)
        if not answer.server_stays and not answer.switched:
            self._relay.leave()
            self._relay.connection.leave()

    async def _switched(self) -> None:
        """From here on it is a tunnel, which was decided as one."""
        flow = self._relay.connection.flow
        if flow is None or not isinstance(self._server.wire, Plain):
            raise Cut("protocol", "the protocol cannot change on this connection")
        if rest := self._answer.rest:
            await self._relay.into(rest, 0)
        if early := self._relay.reader.rest:
            await self._relay.out(self._server.wire, early)
        await pump(self._relay.connection.wire.socket, self._server.socket, flow)
