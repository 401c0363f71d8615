"""Names and ports of hosts, in one spelling: two texts that a resolver would take for the same host become equal, and
whatever only some of them would take is refused."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

from jackline.core.errors import WireError

MAX_NAME: Final = 253
MAX_LABEL: Final = 63
MAX_PORT: Final = 65535

_KEPT: Final = 1024
"""Spellings whose reading is remembered: a client sends the same ones over and over."""
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")


@lru_cache(_KEPT)
def host(text: str) -> str:
    """A host as effects name it: lower case, no final dot, IPv6 in brackets.

    A name that ends in a number is an IPv4 address or nothing (as WHATWG's URL standard has it): `127.1`, `0x7f000001` and
    `2130706433` are read as addresses by some resolvers and as names by others. Raises `WireError`.
    """
    if text.startswith("["):
        return _bracketed(text)
    name = text.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _dotted(text, name)
    if len(name) > MAX_NAME or not all(len(label) <= MAX_LABEL and _LABEL.fullmatch(label) for label in labels):
        message = f"`{text[:80]!a}` is no host name; letters, digits, `-` and `_` between dots are (xn-- for others)"
        raise WireError(message)
    return name


def literal(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host of `host` is; None for a name."""
    bare = name.removeprefix("[").removesuffix("]")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return None


def of_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The host that an address is, as `host` would spell it."""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:  # of which Python 3.13 has another spelling than those before
        high, low = divmod(int(address.ipv4_mapped), 1 << 16)
        return f"[::ffff:{high:x}:{low:x}]"
    return f"[{address.compressed}]"


@lru_cache(_KEPT)
def authority(text: str, default_port: int | None = None) -> tuple[str, int]:
    """`host:port`, or `host` where there is a default. Raises `WireError`."""
    name, colon, number = text.rpartition(":")
    if not colon or (text.startswith("[") and text.endswith("]")):
        if default_port is None:
            message = f"`{text[:80]!a}` names no port; write `host:port`"
            raise WireError(message)
        return host(text), default_port
    if not _PORT.fullmatch(number) or int(number) > MAX_PORT:
        message = f"`{number[:20]!a}` is no port; 1 to {MAX_PORT} are"
        raise WireError(message)
    return host(name), int(number)


def _dotted(text: str, name: str) -> str:
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        message = f"`{text[:80]!a}` ends in a number and is no IPv4 address in four decimal parts"
        raise WireError(message) from None


def _bracketed(text: str) -> str:
    inner = text[1:-1]
    if text.endswith("]") and "%" not in inner:
        try:
            return of_address(ipaddress.IPv6Address(inner))
        except ValueError:
            pass
    message = f"`{text[:80]!a}` is no IPv6 address in brackets"
    raise WireError(message)
