"""Connections of which only the target is known: by CONNECT, by SOCKS, by an address that stands for a name.

What is spoken in them is held to what was decided: TLS names the decided host and no other, HTTP is judged request by request,
and anything else passes only where it was decided that anything may.
"""

from __future__ import annotations

import contextlib
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final, TypeVar

from jackline.contain.gateway import heads, names, socks, tls
from jackline.contain.gateway.connection import RefusalError
from jackline.contain.gateway.flows import Cut
from jackline.contain.gateway.heads import MessageError
from jackline.contain.gateway.http import Relay
from jackline.contain.gateway.messages import SSH
from jackline.contain.gateway.places import HTTP, HTTPS, Origin, Proxy
from jackline.contain.gateway.pump import pump
from jackline.contain.gateway.wire import Plain
from jackline.core.errors import WireError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from jackline.contain.gateway.connection import Connection
    from jackline.contain.gateway.heads import Head
    from jackline.contain.gateway.messages import Answer, Ask, Via

T = TypeVar("T")

_ACCESS_DENIED: Final = 49
_UNRECOGNIZED_NAME: Final = 112
_INTERNAL_ERROR: Final = 80
_NOT_TLS, _FORBIDDEN, _OTHER_NAME = 400, 403, 421
_BANNER: Final = b"SSH-2.0-"
_ENOUGH: Final = 8
"""Bytes by which a protocol shows itself."""
_METHODS: Final = tuple(
    word + b" " for word in b"GET HEAD POST PUT DELETE OPTIONS PATCH TRACE PROPFIND REPORT MKCOL CONNECT".split()
)
_FOREIGN: Final = (
    (b"SSH-", "SSH"),
    (b"{", "JSON in lines, as miners of a pool speak it"),
    (b"\x05", "SOCKS"),
    (b"\x04", "SOCKS"),
    (b"CONNECT ", "a proxy's CONNECT"),
    (b"PRI * ", "HTTP/2 without TLS"),
)


async def proxy(connection: Connection) -> None:
    """The proxy's port: HTTP and SOCKS 5 on one, told apart by the first byte."""
    first = await connection.wire.receive()
    if not first:
        return
    connection.wire.put_back(first)
    if first[0] in {4, socks.VERSION}:
        await _socks(connection)
    else:
        relay = Relay(connection, Proxy(), lambda head, rest: _connect(connection, head, rest))
        await relay.serve()


async def transparent_http(connection: Connection) -> None:
    """Port 80 of an address that stands for a name."""
    name = _stands_for(connection)
    await Relay(connection, Origin(name, HTTP)).serve()


async def transparent_tls(connection: Connection) -> None:
    """Port 443 of an address that stands for a name."""
    name = _stands_for(connection)
    first = await _first_bytes(connection)
    if not first:
        return
    try:
        ask, answer = await connection.decide("tls", name, HTTPS)
        first, length = await _hello(connection, ask, first)
        outside = await connection.reach(ask, answer)
    except RefusalError as refusal:
        await connection.say(tls.alert(_alert_for(refusal)))
        return
    with contextlib.closing(outside):
        await _carry_tls(connection, outside, first, length)


def _stands_for(connection: Connection) -> str:
    address = IPv4Address(connection.wire.socket.getsockname()[0])
    name = connection.action.names.get(address)
    if name is None:
        connection.action.refused(None, f"a connection to {address}, which stands for no name")
        raise Cut("refused", f"{address} stands for no name")
    return name


async def transparent_ssh(connection: Connection) -> None:
    """Port 22 of an address that stands for a name."""
    name = _stands_for(connection)
    try:
        ask, answer = await connection.decide("raw", name, SSH)
        outside = await connection.reach(ask, answer)
    except RefusalError as refusal:
        # What a server says before its banner is shown to the user (RFC 4253 §4.2).
        await connection.say(b"Jackline: " + refusal.text.encode("ascii", "replace").replace(b"\n", b" ") + b"\r\n")
        return
    with contextlib.closing(outside):
        await _carry(connection, ask, answer, outside)


# ---------------------------------------------------------------------------------------------------- CONNECT, SOCKS
async def _connect(connection: Connection, head: Head, rest: bytes) -> None:
    try:
        host, port = names.authority(head.target.decode("latin-1"))
    except WireError as error:
        raise MessageError(str(error)) from error
    for value in head.values(b"host"):
        try:
            if names.authority(value.decode("latin-1"), port) != (host, port):
                message = f"CONNECT is to `{host}` port {port}, and its `Host` says another"
                raise MessageError(message, 421)
        except WireError as error:
            raise MessageError(str(error)) from error
    ask, answer = await connection.decide(_via(port), host, port)
    outside = await connection.reach(ask, answer)
    with contextlib.closing(outside):
        await connection.wire.send(heads.ESTABLISHED)
        connection.wire.put_back(rest)
        await _carry(connection, ask, answer, outside)


async def _socks(connection: Connection) -> None:
    wire = connection.wire
    try:
        await _read(connection, socks.read_greeting, lambda length: length)
        await wire.send(socks.ACCEPT)
        target = await _read(connection, socks.read_request, lambda target: target.length)
    except socks.NoSuchCommandError as error:
        connection.action.refused(None, str(error))
        await connection.say(socks.reply(socks.NO_SUCH_COMMAND))
        return
    except WireError as error:
        connection.action.refused(None, str(error))
        await connection.say(socks.NO_METHOD)
        return
    try:
        ask, answer = await connection.decide(_via(target.port), target.host, target.port)
        outside = await connection.reach(ask, answer)
    except RefusalError as refusal:
        await connection.say(socks.reply(socks.NOT_ALLOWED if refusal.status == _FORBIDDEN else socks.UNREACHABLE))
        return
    with contextlib.closing(outside):
        await wire.send(socks.reply(socks.GRANTED))
        await _carry(connection, ask, answer, outside)


async def _read(connection: Connection, reader: Callable[[bytes], T | None], length: Callable[[T], int]) -> T:
    """Read until `reader` has what it wants, and put back what is more than that. Raises `WireError`."""
    data = b""
    while (found := reader(data) if data else None) is None:
        more = await connection.wire.receive()
        if not more:
            raise Cut("ended", "the client left in the middle of its request")
        data += more
    if rest := data[length(found) :]:
        connection.wire.put_back(rest)
    return found


def _via(port: int) -> Via:
    return "tls" if port == HTTPS else "raw"


# ------------------------------------------------------------------------------------------------- what is spoken
async def _carry(connection: Connection, ask: Ask, answer: Answer, outside: socket.socket) -> None:
    """What the client speaks first decides how it is carried."""
    flow = connection.flow
    if flow and answer.permits("any", ask.port):
        connection.expect_nothing()
        if early := connection.wire.read_already():
            flow.out(len(early))
            await Plain(outside).send(early)
        await pump(connection.wire.socket, outside, flow)
        return
    first = await _first_bytes(connection)
    if not first:
        return
    if tls.looks_like(first) and answer.permits("tls", ask.port):
        try:
            first, length = await _hello(connection, ask, first)
        except RefusalError as refusal:
            await connection.say(tls.alert(_alert_for(refusal)))
            return
        await _carry_tls(connection, outside, first, length)
    elif first.startswith(_BANNER) and answer.permits("ssh", ask.port):
        await _carry_ssh(connection, outside, first)
    elif first.startswith(_METHODS) and answer.permits("http", ask.port) and not first.startswith(b"CONNECT "):
        connection.wire.put_back(first)
        relay = Relay(connection, Origin(ask.host, ask.port))
        relay.adopt(ask.host, ask.port, outside)
        await relay.serve()
    else:
        what = next((name for start, name in _FOREIGN if first.startswith(start)), "neither TLS nor HTTP")
        text = f"what was spoken to `{ask.host}` port {ask.port} is {what}; that was not decided"
        connection.action.alert("foreign_protocol", ask.host, ask.port, text)
        connection.refuse(ask, text)
        raise Cut("refused", text)


async def _carry_ssh(connection: Connection, outside: socket.socket, first: bytes) -> None:
    """SSH at both ends; it is for the client to know the server by its key, and for us to look at its shape."""
    flow = connection.flow
    if flow is None:
        return

    def look(piece: memoryview) -> bool:
        if not _BANNER.startswith(bytes(piece[: len(_BANNER)])):
            text = f"`{flow.host}` does not answer as SSH does"
            connection.action.alert("foreign_protocol", flow.host, flow.port, text)
            raise Cut("protocol", text)
        return True

    connection.expect_nothing()
    flow.watch_turns = True
    flow.out(len(first))
    await Plain(outside).send(first)
    await pump(connection.wire.socket, outside, flow, look_in=look)


async def _first_bytes(connection: Connection) -> bytes:
    connection.expect_head()
    data = b""
    while len(data) < _ENOUGH and not tls.looks_like(data or b"?"):
        more = await connection.wire.receive()
        data += more
        if not more:
            break
    return data


async def _hello(connection: Connection, ask: Ask, data: bytes) -> tuple[bytes, int]:
    """A ClientHello that names the decided host with what has come behind it, and its own length. Raises `RefusalError`."""
    try:
        while (hello := tls.read_hello(data)) is None:
            more = await connection.wire.receive()
            if not more:
                raise Cut("ended", "the client left in the middle of its ClientHello")
            data += more
    except WireError as error:
        connection.action.alert("foreign_protocol", ask.host, ask.port, str(error))
        raise connection.refuse(ask, str(error), _NOT_TLS) from error
    connection.expect_nothing()
    if hello.encrypted:
        text = f"the ClientHello to `{ask.host}` may hide another name (ECH); switch Encrypted Client Hello off"
        connection.action.alert("hidden_name", ask.host, ask.port, text)
        raise connection.refuse(ask, text)
    wanted = "" if names.literal(ask.host) else ask.host
    if hello.name != wanted:
        named = f"names `{hello.name}`" if hello.name else "names no host"
        text = f"the connection is to `{ask.host}`, and its ClientHello {named}; they must agree"
        connection.action.alert("hidden_name", ask.host, ask.port, text)
        raise connection.refuse(ask, text, _OTHER_NAME)
    return data, hello.length


def _alert_for(refusal: RefusalError) -> int:
    return {_OTHER_NAME: _UNRECOGNIZED_NAME, _FORBIDDEN: _ACCESS_DENIED}.get(refusal.status, _INTERNAL_ERROR)


async def _carry_tls(connection: Connection, outside: socket.socket, first: bytes, length: int) -> None:
    """The server, too, must begin as TLS does; then it is a tunnel whose shape is watched."""
    flow = connection.flow
    if flow is None:
        return
    second = tls.Second("" if names.literal(flow.host) else flow.host)

    def held(see: Callable[[memoryview], bool]) -> Callable[[memoryview], bool]:
        def look(piece: memoryview) -> bool:
            try:
                return see(piece)
            except WireError as error:
                connection.action.alert("foreign_protocol", flow.host, flow.port, str(error))
                raise Cut("protocol", str(error)) from error

        return look

    connection.expect_nothing()
    flow.watch_turns = True
    flow.out(len(first))
    held(second.leaves)(memoryview(first)[length:])
    await Plain(outside).send(first)
    await pump(connection.wire.socket, outside, flow, held(second.leaves), held(second.comes))
