"""Hosts as programs take them on their command lines, and effects on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.core.effect import Resource
from jackline.lower.places import endpoint, environment_of_pages, environment_of_port

if TYPE_CHECKING:
    from jackline.core.words import Environment, Label, Verb
    from jackline.lower.scope import Scope

_EVERYWHERE: Final = frozenset({"*", "0.0.0.0", "[::]", ""})  # noqa: S104 - an address in an effect, nothing is bound
"""Addresses that are every address of the machine."""


def emit_endpoint(
    verb: Verb, target: str, scope: Scope, *, at: tuple[int, int], labels: frozenset[Label] = frozenset()
) -> None:
    """Write an effect on the host in `target`: a URL, `user@host:port`, a bare host."""
    host, port = host_and_port(target)
    if verb == "listen":
        emit_listen(host, port, scope, at=at, labels=labels)
    elif host:
        found = endpoint(host, port, scope).labelled(labels)
        scope.emit(verb, found, at=at, reversible="no" if verb == "send" else "yes")


def emit_served(target: str, scope: Scope, *, at: tuple[int, int], pages: str = "") -> None:
    """Write that a development server opens `PORT`, `HOST:PORT` or a URL; `pages`: the directory that it hands out whole."""
    host, port = host_and_port(f"0.0.0.0:{target}" if target.isdigit() else target)
    environment = environment_of_pages(port, pages, scope) if pages else environment_of_port(port)
    emit_listen(host, port, scope, at=at, environment=environment)


def emit_listen(
    host: str,
    port: int,
    scope: Scope,
    *,
    at: tuple[int, int],
    labels: frozenset[Label] = frozenset(),
    environment: Environment = "unknown",
) -> None:
    """Write that a port is opened, on every address where `host` says so; `environment` is what comes in there reaches."""
    if host in _EVERYWHERE:
        found = Resource("endpoint", "*", environment, "system", labels, port=port)
    else:
        found = endpoint(host, port, scope).labelled(labels)
        found = found if environment == "unknown" else replace(found, environment=environment)
    scope.emit("listen", found, at=at, reversible="yes")


def host_and_port(target: str) -> tuple[str, int]:
    """The host and port in a URL, an scp-like address, `host:port` or a bare host; port 0 where the scheme is silent."""
    scheme, separator, rest = target.partition("://")
    if not separator and _EVERYBODY.fullmatch(target):  # the whole network, not this machine
        return "*", 0
    if not separator:
        scheme, rest = "", target
    authority = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0].rpartition("@")[2]
    if authority.startswith("["):
        host, _, tail = authority.partition("]")
        return host + "]", _port(tail.removeprefix(":"), scheme)
    host, colon, tail = authority.partition(":")
    return host.lower(), _port(tail if colon else "", scheme)


_EVERYBODY: Final = late_pattern(r"(?:0\.0\.0\.0|::)/\d{1,3}")
_PORTS: Final = {
    "http": 80, "https": 443, "ssh": 22, "git": 9418, "ftp": 21, "ws": 80, "wss": 443, "git+ssh": 22, "git+https": 443,
    "sftp": 22, "postgres": 5432, "postgresql": 5432, "mysql": 3306, "redis": 6379, "rediss": 6379, "mongodb": 27017,
    "mongodb+srv": 27017, "amqp": 5672,
}  # fmt: skip
"""Ports of the URL schemes (IANA)."""


def _port(text: str, scheme: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("123456") else _PORTS.get(scheme, 0)
