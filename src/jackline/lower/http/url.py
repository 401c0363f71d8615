"""URLs as the clients of the network read them, not as they look.

Sources: RFC 3986; WHATWG URL (backslashes, userinfo, IPv4 in octal, hex, decimal and short forms); RFC 4291 (mapped
addresses); RFC 5891 (IDNA).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

DEFAULT_PORTS: Final = {
    "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ftps": 990, "sftp": 22, "ssh": 22, "scp": 22, "git": 9418,
    "postgres": 5432, "postgresql": 5432, "mysql": 3306, "redis": 6379, "rediss": 6379, "mongodb": 27017, "amqp": 5672,
    "smtp": 25, "smtps": 465, "ldap": 389, "ldaps": 636, "telnet": 23, "gopher": 70, "dict": 2628, "imap": 143, "imaps": 993,
}  # fmt: skip

MAX_URL: Final = 16_384
_SCHEME: Final = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:")
_CONTROL: Final = re.compile(r"[\x00-\x20]")
_IPV4_PARTS: Final = 4


class Url(NamedTuple):
    """A URL read: `host` is normalised (lower case, no trailing dot, an address in its usual form)."""

    scheme: str
    host: str
    port: int
    path: str
    query: str


def parse(text: str, *, default_scheme: str = "http") -> Url | None:
    """Read a URL; None where it has no host that could be read. `host:port/path` without a scheme is `default_scheme`."""
    if len(text) > MAX_URL:
        return None
    text = _CONTROL.sub("", text)
    if not _SCHEME.match(text) or re.match(r"^[^/?#]*:\d+([/?#]|$)", text):
        text = f"{default_scheme}://{text.lstrip('/')}"
    head, found, rest = text.partition(":")
    text = f"{head.lower()}:{rest.replace(chr(92), '/')}" if found else text
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme == "file":
        return Url("file", "", 0, unquote(parts.path), "")
    host = normal_host(host)
    if not host:
        return None
    return Url(parts.scheme, host, port or DEFAULT_PORTS.get(parts.scheme, 0), unquote(parts.path) or "/", parts.query)


def normal_host(host: str) -> str:
    """One spelling for a host: ASCII, lower case, addresses in dotted or bracketed form, mapped IPv6 as IPv4."""
    host = unquote(host).strip().strip(".").lower().strip("[]")
    if not host:
        return ""
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return host
    address = _ipv4(host)
    if address is not None:
        return str(address)
    try:
        six = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = getattr(six, "ipv4_mapped", None)
    return str(mapped) if mapped is not None else f"[{six}]" if six.version == 6 else str(six)  # noqa: PLR2004


def _ipv4(host: str) -> ipaddress.IPv4Address | None:
    """An IPv4 address in any form that inet_aton(3) takes: `127.1`, `0x7f000001`, `2130706433`, `0177.0.0.1`."""
    parts = host.split(".")
    if not 1 <= len(parts) <= _IPV4_PARTS:
        return None
    numbers: list[int] = []
    for part in parts:
        if not re.fullmatch(r"0x[0-9a-f]*|[0-9]+", part):
            return None
        base = 16 if part.startswith("0x") else 8 if len(part) > 1 and part.startswith("0") else 10
        try:
            numbers.append(int(part[2:] or "0" if base == 16 else part, base))  # noqa: PLR2004
        except ValueError:
            return None
    *heads, last = numbers
    if any(number > 255 for number in heads) or last >= 256 ** (_IPV4_PARTS + 1 - len(numbers)):  # noqa: PLR2004
        return None
    value = last
    for index, number in enumerate(heads):
        value += number << (8 * (3 - index))
    return ipaddress.IPv4Address(value)
