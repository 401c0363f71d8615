"""The sandbox's name server: allowed names get an address that stands for them, all else a refusal. Nothing is forwarded."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, Final

from jackline.contain.gateway import dns, names
from jackline.contain.gateway.connection import RefusalError, decided
from jackline.contain.gateway.flows import Cut
from jackline.contain.gateway.messages import Ask
from jackline.core.errors import WireError

if TYPE_CHECKING:
    import socket

    from jackline.contain.gateway.connection import Connection, Services
    from jackline.contain.gateway.flows import Action

_LENGTH: Final = 2
MAX_QUERY: Final = 512
MAX_WAITING: Final = 64
"""Queries of one action that wait for a decision at a time."""
_LOOPBACK: Final = IPv4Address("127.0.0.1")


class NameServer:
    """Of one action."""

    def __init__(self, services: Services, action: Action) -> None:
        self._services, self._action = services, action
        self._asked: set[str] = set()

    async def answer(self, data: bytes) -> bytes:
        """The answer to one query; empty where it deserves none."""
        try:
            question = dns.read_question(data)
        except WireError as error:
            self._action.refused(None, str(error), "dns")
            return dns.failure(data)
        name = question.name
        if name == "localhost" or name.endswith(".localhost"):
            return dns.answer(question, address=_LOOPBACK if question.kind == dns.A else None)
        ask = Ask(next(self._services.numbers), self._action.name, "dns", name, 0)
        if question.kind != dns.A and question.kind not in dns.NODATA_KINDS:
            text = f"only addresses are looked up here, not records of kind {question.kind}"
            self._action.refused(ask, text)
            return dns.answer(question, dns.REFUSED, reason=text)
        if refused := await self._refused(ask):
            return dns.answer(question, dns.NO_SUCH_NAME, reason=refused)
        if question.kind in dns.NODATA_KINDS:
            return dns.answer(question)
        address = self._action.address_of(name)
        if address is None:
            return dns.answer(question, dns.REFUSED, reason=self._flood(name))
        return dns.answer(question, address=address)

    async def _refused(self, ask: Ask) -> str:
        """Why the name may not be looked up; empty where it may."""
        if names.literal(ask.host):
            return "an address is no name"
        answer = self._action.known(ask)
        if answer is None:
            if ask.host not in self._asked and len(self._asked) >= self._action.limits.names:
                return self._flood(ask.host)
            self._asked.add(ask.host)
            try:
                answer = await decided(self._services, self._action, ask)
            except RefusalError as error:
                return error.text
        if answer.allow:
            return ""
        text = answer.reason or f"{ask.host} is not among what this action may reach"
        self._action.refused(ask, text)
        return f"{text}; ask for: {answer.ask or f'connect {ask.host}'}"

    def _flood(self, name: str) -> str:
        text = "too many names were looked up"
        self._action.alert("flood", name, 0, text)
        return text

    # --------------------------------------------------------------------------------------------------- transports
    async def serve_udp(self, inside: socket.socket) -> None:
        """Answer datagrams until cancelled."""
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                try:
                    data, peer = await loop.sock_recvfrom(inside, MAX_QUERY)
                except ConnectionError:
                    continue  # a client that left before its answer
                if len(tasks) < MAX_WAITING:
                    task = asyncio.create_task(self._answer_udp(inside, data, peer))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
        finally:
            for task in tasks:
                task.cancel()

    async def _answer_udp(self, inside: socket.socket, data: bytes, peer: Any) -> None:  # noqa: ANN401 - as `recvfrom` gives it
        if answer := await self.answer(data):
            try:
                inside.sendto(answer, peer)
            except OSError:
                return

    async def serve_tcp(self, connection: Connection) -> None:
        """Queries with their lengths before them, one after the other (RFC 7766)."""
        data = b""
        while True:
            connection.expect_head()
            while len(data) < _LENGTH or len(data) < _LENGTH + int.from_bytes(data[:_LENGTH], "big"):
                more = await connection.wire.receive()
                if not more:
                    return
                data += more
                if int.from_bytes(data[:_LENGTH], "big") > MAX_QUERY:
                    raise Cut("protocol", "a query that is longer than any question")
            length = int.from_bytes(data[:2], "big")
            query, data = data[2 : 2 + length], data[2 + length :]
            connection.expect_nothing()
            answer = await self.answer(query)
            if not answer:
                raise Cut("protocol", "this is no DNS query")
            await connection.wire.send(len(answer).to_bytes(2, "big") + answer)
