"""URLs as the clients of the network read them, not as they look.

Sources: RFC 3986; WHATWG URL (backslashes, userinfo, IPv4 in octal, hex, decimal and short forms); RFC 4291 (mapped
addresses); RFC 5891 (IDNA).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from jackline.lower.places import normal_host

DEFAULT_PORTS: Final = {
    "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ftps": 990, "sftp": 22, "ssh": 22, "scp": 22, "git": 9418,
    "postgres": 5432, "postgresql": 5432, "mysql": 3306, "redis": 6379, "rediss": 6379, "mongodb": 27017, "amqp": 5672,
    "smtp": 25, "smtps": 465, "ldap": 389, "ldaps": 636, "telnet": 23, "gopher": 70, "dict": 2628, "imap": 143, "imaps": 993,
}  # fmt: skip

MAX_URL: Final = 16_384
_SCHEME: Final = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:")
_CONTROL: Final = re.compile(r"[\x00-\x20]")


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
