"""From a decided name to a connected socket: resolved here, every address judged, and the one that was judged connected to.

A name is resolved anew for every connection, and what it resolves to is checked each time: a name that is public today and
private tomorrow (rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from jackline.contain.gateway import names
from jackline.contain.gateway.addresses import zone
from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from jackline.contain.gateway.addresses import Address, Zone

    Resolver = Callable[[str], list[str]]
    """The addresses of a name, in the order in which they are to be tried. Raises `OSError`. May block."""

RESOLVE_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 10.0
_THREADS: Final = 8
_MAX_TRIES: Final = 4


class NoAddressError(JacklineError):
    """A host that cannot be reached: it has no address, or none answers."""


class ForbiddenAddressError(JacklineError):
    """A host that has an address which was not named."""


def system(name: str) -> list[str]:
    """As every program of the user resolves names: the system's resolver, its files and services included."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Dialer:
    """Resolves in threads of its own, for a resolver that hangs must not hang what is already open."""

    def __init__(self, resolver: Resolver = system) -> None:
        self._resolver = resolver
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolver")

    async def addresses(self, host: str, zones: Collection[Zone]) -> list[Address]:
        """All addresses of a host, each of which lies in one of the zones. Raises `NoAddressError`, `ForbiddenAddressError`.

        One address that is not permitted spoils them all: a name that is public and private at once is no honest one.
        """
        given = names.literal(host)
        found = [given] if given else await self._resolve(host)
        for address in found:
            if (where := zone(address)) not in zones:
                message = f"`{host}` is the address {address}, which is {_SAID[where]}; it must be named to be reached"
                raise ForbiddenAddressError(message)
        return found

    async def _resolve(self, host: str) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                texts = await loop.run_in_executor(self._threads, self._resolver, host)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            message = f"`{host}` cannot be resolved: {getattr(error, 'strerror', None) or 'no answer'}"
            raise NoAddressError(message) from error
        found: list[Address] = [ipaddress.ip_address(text.partition("%")[0]) for text in texts]
        if not found:
            message = f"`{host}` has no address"
            raise NoAddressError(message)
        return found

    async def connect(self, host: str, port: int, zones: Collection[Zone]) -> socket.socket:
        """A connected socket. Raises `NoAddressError`, `ForbiddenAddressError`."""
        last: OSError | None = None
        for address in (await self.addresses(host, zones))[:_MAX_TRIES]:
            try:
                return await _connected(address, port)
            except OSError as error:
                last = error
        message = f"`{host}` port {port} cannot be reached: {(last and last.strerror) or 'no answer in time'}"
        raise NoAddressError(message) from last

    def close(self) -> None:
        """Forget what is still being resolved."""
        self._threads.shutdown(wait=False, cancel_futures=True)


_SAID: Final[dict[Zone, str]] = {
    "public": "public",
    "private": "of a private network",
    "loopback": "of this machine itself",
    "metadata": "link-local or of a cloud's metadata service",
    "never": "reserved, or wraps another address",
}


async def _connected(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    connection = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.get_running_loop().sock_connect(connection, (str(address), port))
        undo.pop_all()
    return connection
