"""SOCKS 5 (RFC 1928), bytes only: greeting, request, replies. No authentication, for the listener is the identity; CONNECT
alone, for BIND and UDP would let others in or names out."""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

from jackline.contain.gateway import names
from jackline.core.errors import WireError

VERSION: Final = 5
GRANTED: Final = 0
FAILED: Final = 1
NOT_ALLOWED: Final = 2
UNREACHABLE: Final = 4
NO_SUCH_COMMAND: Final = 7

ACCEPT: Final = bytes((VERSION, 0))
NO_METHOD: Final = bytes((VERSION, 0xFF))
_CONNECT: Final = 1
_HEAD: Final = 4
_V4, _NAME, _V6 = 1, 3, 4
_LENGTHS: Final = {_V4: 4, _V6: 16}


class Target(NamedTuple):
    """Where a request leads, and how many bytes it took."""

    host: str
    port: int
    length: int


class NoSuchCommandError(WireError):
    """BIND or UDP ASSOCIATE."""


def read_greeting(data: bytes | bytearray) -> int | None:
    """The length of a greeting that offers "no authentication"; None while it is incomplete. Raises `WireError`."""
    if data[:1] not in {b"", bytes((VERSION,))}:
        message = "not SOCKS 5; older versions are not spoken here"
        raise WireError(message)
    length = 2 + data[1] if len(data) > 1 else 2
    if len(data) < length:
        return None
    if 0 not in data[2:length]:
        message = "the client offers SOCKS with authentication only; none is wanted here"
        raise WireError(message)
    return length


def read_request(data: bytes | bytearray) -> Target | None:
    """A request; None while it is incomplete. Raises `WireError`."""
    if len(data) < _HEAD + 1:
        return None
    version, command, reserved, kind = data[:_HEAD]
    if version != VERSION or reserved or kind not in {_V4, _NAME, _V6}:
        message = "this is no request of SOCKS 5"
        raise WireError(message)
    if command != _CONNECT:
        message = "SOCKS is spoken here for CONNECT only, not for BIND or UDP"
        raise NoSuchCommandError(message)
    start = _HEAD + (kind == _NAME)
    end = start + (data[_HEAD] if kind == _NAME else _LENGTHS[kind])
    if len(data) < end + 2:
        return None
    port = int.from_bytes(data[end : end + 2], "big")
    if not port:
        message = "port 0 is no port"
        raise WireError(message)
    return Target(_host(kind, bytes(data[start:end])), port, end + 2)


def _host(kind: int, raw: bytes) -> str:
    if kind == _NAME:
        text = raw.decode("ascii", "backslashreplace")
        return names.host(f"[{text}]" if ":" in text else text)  # some clients send an IPv6 address as a name
    return names.of_address(ipaddress.ip_address(raw))


def reply(code: int) -> bytes:
    """A reply; the bound address is nobody's business."""
    return bytes((VERSION, code, 0, _V4, 0, 0, 0, 0, 0, 0))
