"""The ClientHello of TLS (RFC 8446 §4.1.2, RFC 6066 §3), read and never changed: which host the client names in it.

Strict, for the server behind us may read it differently: what could be taken two ways is refused.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from jackline.contain.gateway import names
from jackline.core.errors import WireError

HANDSHAKE: Final = 22
ALERT: Final = 21
MAX_HELLO: Final = 1 << 14
MAX_RECORDS: Final = 32
"""Pieces of one hello; it is read from its begin whenever more of it has come."""
_RECORD_HEAD: Final = 5
_MAX_RECORD: Final = 1 << 14
_MESSAGE_HEAD: Final = 4
_CLIENT_HELLO: Final = 1
_SERVER_NAME: Final = 0
_ALPN: Final = 16
_ENCRYPTED_HELLO: Final = frozenset({0xFE0D, 0xFFCE, 0xFE08, 0xFE09, 0xFE0A})
_RANDOM: Final = 32


class Hello(NamedTuple):
    """`name` is empty where the client names no host; `encrypted`: another name may be hidden in it (ECH, ESNI)."""

    name: str
    encrypted: bool
    protocols: tuple[str, ...]


def looks_like(first: bytes | bytearray) -> bool:
    """Whether these first bytes can begin a TLS handshake."""
    return first[:1] == b"\x16" and first[1:2] in {b"", b"\x03"}


def alert(code: int) -> bytes:
    """A fatal alert as one record: 49 access_denied, 112 unrecognized_name."""
    return bytes((ALERT, 3, 3, 0, 2, 2, code))


def read_hello(data: bytes | bytearray) -> Hello | None:
    """The hello at the start of `data`, or None while there is too little of it. Raises `WireError`.

    It may be split over several records, and the records over several segments.
    """
    message = bytearray()
    at = 0
    for _ in range(MAX_RECORDS):
        head = data[at : at + _RECORD_HEAD]
        if not looks_like(head):
            raise _broken("it does not begin as TLS does")
        if len(head) < _RECORD_HEAD:
            return None
        length = int.from_bytes(head[3:5], "big")
        if not 0 < length <= _MAX_RECORD:
            raise _broken(f"a record of {length} bytes")
        message += data[at + _RECORD_HEAD : at + _RECORD_HEAD + length]
        at += _RECORD_HEAD + length
        if len(data) < at:
            return None
        if message and message[0] != _CLIENT_HELLO:
            raise _broken("its first message is no ClientHello")
        if len(message) >= _MESSAGE_HEAD:
            wanted = _MESSAGE_HEAD + int.from_bytes(message[1:4], "big")
            if wanted > MAX_HELLO:
                raise _broken(f"a ClientHello of {wanted} bytes")
            if len(message) > wanted:
                raise _broken("something follows the ClientHello in its record")
            if len(message) == wanted:
                return _hello(bytes(message[_MESSAGE_HEAD:]))
        if len(data) == at:
            return None
    raise _broken(f"more than {MAX_RECORDS} records")


class _Reader:
    """Vectors with lengths before them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise _broken("a length that leads past its end")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        return self.take(self.number(size))

    @property
    def more(self) -> bool:
        return self.at < len(self.data)


def _hello(body: bytes) -> Hello:
    reader = _Reader(body)
    if reader.take(1) != b"\x03":
        raise _broken("its version")
    reader.take(1 + _RANDOM)
    reader.vector(1)
    reader.vector(2)
    reader.vector(1)
    extensions = _extensions(reader.vector(2)) if reader.more else {}
    if reader.more:
        raise _broken("something behind its extensions")
    return Hello(
        _server_name(extensions[_SERVER_NAME]) if _SERVER_NAME in extensions else "",
        not _ENCRYPTED_HELLO.isdisjoint(extensions),
        _protocols(extensions[_ALPN]) if _ALPN in extensions else (),
    )


def _extensions(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    reader = _Reader(data)
    while reader.more:
        kind, body = reader.number(2), reader.vector(2)
        if kind in found:
            raise _broken(f"two extensions {kind}")
        found[kind] = body
    return found


def _server_name(data: bytes) -> str:
    outer = _Reader(data)
    inner = _Reader(outer.vector(2))
    kind, raw = inner.number(1), inner.vector(2)
    if kind or outer.more or inner.more:
        raise _broken("more than one server name")
    return names.host(raw.decode("ascii", "backslashreplace"))


def _protocols(data: bytes) -> tuple[str, ...]:
    outer = _Reader(data)
    inner = _Reader(outer.vector(2))
    found = []
    while inner.more:
        found.append(inner.vector(1).decode("ascii", "backslashreplace"))
    if outer.more:
        raise _broken("something behind its protocols")
    return tuple(found)


def _broken(what: str) -> WireError:
    return WireError(f"this is no ClientHello that can be read in one way only: {what}")
