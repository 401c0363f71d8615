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
MAX_EARLY: Final = 1 << 16
"""Bytes that a client may send before the server has answered: data on a session of before (0-RTT)."""
RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a ServerHello by which it is a HelloRetryRequest."""
_RETRY_START: Final = _RECORD_HEAD + _MESSAGE_HEAD + 2
_RETRY_END: Final = _RETRY_START + _RANDOM
_CHANGE_CIPHER: Final = b"\x14"


class Hello(NamedTuple):
    """`name` is empty where the client names no host; `encrypted`: another name may be hidden in it (ECH, ESNI). `length` is
    that of its records.
    """

    name: str
    encrypted: bool
    protocols: tuple[str, ...]
    length: int


def looks_like(first: bytes | bytearray) -> bool:
    """Whether these first bytes can begin a TLS handshake."""
    return bytes(first[:2]) in {b"\x16", b"\x16\x03"}


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
                return _hello(bytes(message[_MESSAGE_HEAD:]), at)
        if len(data) == at:
            return None
    raise _broken(f"more than {MAX_RECORDS} records")


class Second:
    """Holds a client to its name where the server asks it to say hello once more (HelloRetryRequest, RFC 8446 §4.1.4).

    `leaves` and `comes` see what passes after the first hello; both are True once there is nothing more to see. They raise
    `WireError` where the second hello is not for `name`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._sent, self._answer = bytearray(), bytearray()
        self._retried = self._answered = False

    def comes(self, piece: bytes | memoryview) -> bool:
        """A piece from the server, which must begin as TLS does."""
        self._answer += piece
        if self._answer[0] not in {HANDSHAKE, ALERT}:
            raise _broken("the server does not answer it as TLS does")
        if len(self._answer) < _RETRY_END and self._answer[0] == HANDSHAKE:
            return False
        self._answered = True
        self._retried = self._answer[_RETRY_START:_RETRY_END] == RETRY
        self._judge()
        return True

    def leaves(self, piece: bytes | memoryview) -> bool:
        """A piece from the client."""
        self._sent += piece
        if len(self._sent) > MAX_EARLY:
            raise _broken("too much follows it before the server has answered")
        return self._judge()

    def _judge(self) -> bool:
        if not self._answered or not self._retried:
            return self._answered
        while self._sent[:1] == _CHANGE_CIPHER:  # for the sake of old middle-boxes
            if len(self._sent) < _RECORD_HEAD + 1:
                return False
            del self._sent[: _RECORD_HEAD + 1]
        hello = read_hello(self._sent) if self._sent else None
        if hello is not None and (hello.name != self._name or hello.encrypted):
            raise _broken(f"the second one is for `{hello.name}`, the first was for `{self._name}`")
        return hello is not None


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


def _hello(body: bytes, length: int) -> Hello:
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
        length,
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
