"""Where a request leads: read from its target and its Host, which must agree with each other and with how it came here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from jackline.contain.gateway import names
from jackline.contain.gateway.heads import MessageError
from jackline.core.errors import ConfigurationError, WireError

if TYPE_CHECKING:
    from jackline.contain.gateway.heads import Head
    from jackline.contain.gateway.messages import Meter

HTTP: Final = 80
HTTPS: Final = 443
_ABSOLUTE: Final = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)")
_SLASH: Final = rb"(?:/|%2[fF]|%5[cC])"
_DOTS: Final = re.compile(rb"(?:^|" + _SLASH + rb")(?:\.|%2[eE]){1,2}(?:;[^/]*)?(?:$|" + _SLASH + rb")")
_DEFAULT_PORTS: Final = {b"http": HTTP, b"https": HTTPS}


class Target(NamedTuple):
    """`path` is in origin form; `authority` is the Host that is sent on; `secure`: by TLS."""

    host: str
    port: int
    path: bytes
    authority: bytes
    secure: bool = False


class Place(Protocol):
    """How a connection came here says what its requests may name."""

    def target(self, head: Head) -> Target:
        """Where this request leads. Raises `MessageError`."""


class Proxy:
    """The proxy's port: every request names its host in its target (absolute form)."""

    def target(self, head: Head) -> Target:
        """See `Place`."""
        found = _ABSOLUTE.fullmatch(head.target)
        if found is None:
            message = "this is Jackline's proxy, not a server: a request to it names its whole URL"
            raise MessageError(message)
        scheme, authority, path = found[1].lower(), found[2], found[3]
        if scheme != b"http":
            message = (
                f"`{scheme.decode()}` does not go through a proxy as a plain request; for https a client sends CONNECT"
            )
            raise MessageError(message)
        host, port = _authority(authority, HTTP)
        _same_host(head, host, port, HTTP)
        return Target(host, port, _path(path), _written(host, port, HTTP))


@dataclass(frozen=True)
class Origin:
    """A connection that was opened to one host and port: each of its requests is for that host."""

    host: str
    port: int

    def target(self, head: Head) -> Target:
        """See `Place`."""
        path = head.target
        if found := _ABSOLUTE.fullmatch(path):
            named = _authority(found[2], HTTP)
            path = found[3]
            if found[1].lower() != b"http" or named != (self.host, self.port):
                message = f"the connection is to `{self.host}` port {self.port}, and the request names another place"
                raise MessageError(message, 421)
        _same_host(head, self.host, self.port, HTTP)
        return Target(self.host, self.port, _path(path), _written(self.host, self.port, HTTP))


@dataclass(frozen=True)
class Upstream:
    """A base URL of the sandbox's loopback, which stands for a server of the outside."""

    host: str
    port: int
    base: bytes
    secure: bool
    meter: Meter = ""

    def target(self, head: Head) -> Target:
        """See `Place`."""
        path = _path(head.target)
        default = HTTPS if self.secure else HTTP
        return Target(self.host, self.port, self.base + path, _written(self.host, self.port, default), self.secure)


def upstream(url: str, meter: Meter = "") -> Upstream:
    """Read an `Endpoint`'s URL. Raises `ConfigurationError`."""
    found = _ABSOLUTE.fullmatch(url.encode("ascii", "backslashreplace"))
    if found is None or found[1].lower() not in _DEFAULT_PORTS or b"?" in found[3]:
        message = f"`{url}` is no base URL; `https://host[:port][/path]` is"
        raise ConfigurationError(message)
    scheme = found[1].lower()
    try:
        host, port = names.authority(found[2].decode("ascii"), _DEFAULT_PORTS[scheme])
    except WireError as error:
        raise ConfigurationError(str(error)) from error
    return Upstream(host, port, found[3].rstrip(b"/"), scheme == b"https", meter)


def _authority(raw: bytes, default_port: int) -> tuple[str, int]:
    if b"@" in raw:
        message = "a user and password in a URL are not sent on; use a field of the request"
        raise MessageError(message)
    try:
        return names.authority(raw.decode("ascii", "backslashreplace"), default_port)
    except WireError as error:
        raise MessageError(str(error)) from error


def _path(raw: bytes) -> bytes:
    """In origin form, and such that no server can read another path in it than the one that is judged."""
    path, question, query = raw.partition(b"?")
    if raw == b"*":
        return raw
    if path and not path.startswith(b"/"):
        message = "a request's target begins with `/`"
        raise MessageError(message)
    if b"#" in raw or b"\\" in path or _DOTS.search(path):
        message = "`.` and `..` within a path, `\\` and `#` are read in several ways; write the path that is meant"
        raise MessageError(message)
    return (path or b"/") + question + query


def _same_host(head: Head, host: str, port: int, default_port: int) -> None:
    values = head.values(b"host")
    if not values and not head.minor:
        return
    if len(values) != 1:
        message = "a request has one `Host`"
        raise MessageError(message)
    if _authority(values[0].strip(), default_port) != (host, port):
        message = f"the request is for `{host}` port {port}, and its `Host` says another"
        raise MessageError(message, 421)


def _written(host: str, port: int, default_port: int) -> bytes:
    return host.encode() if port == default_port else f"{host}:{port}".encode()
