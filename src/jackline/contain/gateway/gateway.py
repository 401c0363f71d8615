"""The gateway as a whole: what the keeper says is done here, and every connection has its task and its time."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from jackline.contain.gateway import messages as say
from jackline.contain.gateway import tunnels
from jackline.contain.gateway.channel import MAX_DESCRIPTORS, Channel, close_all
from jackline.contain.gateway.connection import Connection, Services
from jackline.contain.gateway.credentials import Vault
from jackline.contain.gateway.dialing import Dialer, system
from jackline.contain.gateway.flows import Action, Totals
from jackline.contain.gateway.http import Relay
from jackline.contain.gateway.lookups import NameServer
from jackline.contain.gateway.metering import Purse
from jackline.contain.gateway.places import Upstream, upstream
from jackline.contain.gateway.publishing import Sockets, published
from jackline.contain.gateway.wire import Plain
from jackline.core.deferred import Deferred
from jackline.core.errors import JacklineError, WireError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from jackline.contain.gateway.dialing import Resolver

    Serve = Callable[[Connection], Awaitable[None]]

signer: Final = Deferred("jackline.contain.gateway.signing", "Signer")
"""Put off: it needs a library of cryptography, which takes longer to load than all the rest."""
TICK_SECONDS: Final = 0.25
"""How often all connections are asked whether their time is up."""
ASK_SECONDS: Final = 600.0
MAX_ASKS: Final = 1_000
"""Asks that wait for an answer at a time."""
_WAITING: Final = 1.25
"""Connections for each permitted flow: those that still say what they want are none yet."""


class KeeperJudge:
    """Asks over the control socket."""

    def __init__(self, send: Callable[[say.Message], None]) -> None:
        self._send = send
        self._waiting: dict[int, asyncio.Future[say.Answer]] = {}

    async def answer(self, ask: say.Ask) -> say.Answer:
        """See `Judge`."""
        if len(self._waiting) >= MAX_ASKS:
            message = "too many questions wait for an answer; try again later"
            raise JacklineError(message)
        future: asyncio.Future[say.Answer] = asyncio.get_running_loop().create_future()
        self._waiting[ask.id] = future
        self._send(ask)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await future
        except TimeoutError:
            message = f"nobody answered in {ASK_SECONDS:.0f} seconds whether `{ask.host}` may be reached"
            raise JacklineError(message) from None
        finally:
            self._waiting.pop(ask.id, None)

    def take(self, answer: say.Answer) -> None:
        """An answer came; one that nobody waits for is too late."""
        future = self._waiting.get(answer.id)
        if future and not future.done():
            future.set_result(answer)


@dataclass
class Served:
    """One action, and all that runs for it."""

    action: Action
    sockets: Sockets
    listeners: list[socket.socket] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    connections: set[Connection] = field(default_factory=set)


class Gateway:
    """Serves until the control socket ends; `ended` then holds why."""

    def __init__(self, control: socket.socket, resolver: Resolver = system) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = self._loop.create_future()
        self._channel: Channel[say.ToGateway] = Channel(control, say.ToGateway, self._take, self._end)
        self._judge = KeeperJudge(self._channel.send)
        self._services = Services(self._judge, Dialer(resolver), Vault(), Purse(), cache(ssl.create_default_context))
        self._actions: dict[str, Served] = {}
        self._totals = Totals()
        self._tick: asyncio.TimerHandle = self._loop.call_later(TICK_SECONDS, self._check)

    def _end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)

    async def close(self) -> None:
        """Cut everything."""
        self._tick.cancel()
        for name in list(self._actions):
            self._stop(name)
        self._services.dialer.close()

    def _check(self) -> None:
        self._tick = self._loop.call_later(TICK_SECONDS, self._check)
        now = self._loop.time()
        for served in self._actions.values():
            for connection in tuple(served.connections):
                connection.check(now)

    # ------------------------------------------------------------------------------------------ what the keeper says
    def _take(self, message: say.ToGateway, descriptors: list[int]) -> None:
        expected = _descriptors(message)
        if len(descriptors) not in expected:
            close_all(descriptors)
            text = f"`{type(message).__name__}` came with {len(descriptors)} descriptors"
            raise WireError(text)
        sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        match message:
            case say.Serve():
                self._serve(message, sockets)
            case say.Endpoint():
                self._endpoint(message, sockets)
            case say.Publish():
                self._publish(message, sockets)
            case say.SshAgent():
                self._ssh_agent(message, sockets)
            case say.Sockets():
                self._served(message.action).sockets.put(sockets)
            case _:
                self._take_word(message)

    def _take_word(self, message: say.Words) -> None:
        """A message that brings no descriptors."""
        match message:
            case say.Answer():
                self._judge.take(message)
            case say.Stop():
                self._stop(message.action)
            case say.Forget():
                self._forget(message.action)
            case say.Credentials():
                self._services.vault.fill(message.credentials)
            case say.Budget():
                self._services.purse.fill(message)
            case say.Session():
                self._totals.limits = message

    def _served(self, name: str, limits: say.Limits | None = None) -> Served:
        served = self._actions.get(name)
        if served is None:
            if limits is None:
                message = f"action `{name}` is not served"
                raise WireError(message)
            action = Action(name, limits, self._channel.send, self._loop.time, self._totals)
            served = self._actions[name] = Served(action, Sockets(action))
        elif limits is not None:
            served.action.limits = limits
        return served

    def _serve(self, message: say.Serve, sockets: list[socket.socket]) -> None:
        served = self._served(message.action, message.limits)
        names = NameServer(self._services, served.action)
        roles: dict[say.Role, Serve] = {
            "proxy": tunnels.proxy,
            "http": tunnels.transparent_http,
            "https": tunnels.transparent_tls,
            "ssh": tunnels.transparent_ssh,
            "dns_tcp": names.serve_tcp,
        }
        for role, listener in zip(message.roles, sockets, strict=True):
            served.listeners.append(listener)
            if role == "dns_udp":
                listener.setblocking(False)
                self._start(served, names.serve_udp(listener))
            else:
                self._start(served, self._accept(served, listener, roles[role]))
        self._channel.send(say.Ready(message.action, len(sockets)))

    def _endpoint(self, message: say.Endpoint, sockets: list[socket.socket]) -> None:
        served = self._served(message.action, message.limits)
        place: Upstream = upstream(message.upstream, message.meter)
        self._listen(served, sockets, lambda connection: Relay(connection, place).serve())

    def _publish(self, message: say.Publish, sockets: list[socket.socket]) -> None:
        served = self._served(message.action, message.limits)
        served.sockets.want()
        self._listen(served, sockets, lambda connection: published(connection, served.sockets, message.port))

    def _ssh_agent(self, message: say.SshAgent, sockets: list[socket.socket]) -> None:
        served = self._served(message.action, message.limits)
        hosts = {base64.b64decode(key): host for host, keys in message.hosts.items() for key in keys}
        self._listen(served, sockets, lambda connection: signer(connection, message.path, hosts).serve())

    def _listen(self, served: Served, sockets: list[socket.socket], serve: Serve) -> None:
        for listener in sockets:
            served.listeners.append(listener)
            self._start(served, self._accept(served, listener, serve))
        self._channel.send(say.Ready(served.action.name, len(sockets)))

    def _forget(self, name: str) -> None:
        for served in self._actions.values():
            if name in {"", served.action.name}:
                served.action.answers.clear()

    def _stop(self, name: str) -> None:
        served = self._actions.pop(name, None)
        if served is None:
            return
        for task in tuple(served.tasks):
            task.cancel()
        for listener in served.listeners:
            self._loop.remove_reader(listener)
            listener.close()
        served.sockets.close()
        served.action.end()

    # --------------------------------------------------------------------------------------------------- connections
    def _start(self, served: Served, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        served.tasks.add(task)
        task.add_done_callback(served.tasks.discard)
        return task

    async def _accept(self, served: Served, listener: socket.socket, serve: Serve) -> None:
        """Every connection of one listener, each in a task of its own; past the bound they wait outside."""
        listener.setblocking(False)
        while True:
            try:
                inside, _ = await self._loop.sock_accept(listener)
            except ConnectionError:
                continue
            except OSError as error:  # out of descriptors: those that are open go on
                served.action.alert("flood", "", 0, f"no connection can be accepted: {error.strerror}")
                await asyncio.sleep(TICK_SECONDS)
                continue
            if len(served.connections) >= served.action.limits.flows * _WAITING + 1:
                served.action.alert("flood", "", 0, "too many connections at a time")
                inside.close()
                continue
            connection = Connection(self._services, served.action, Plain(inside))
            served.connections.add(connection)
            connection.task = self._start(served, connection.run(serve))
            connection.task.add_done_callback(partial(_forgotten, served, connection))


def _forgotten(served: Served, connection: Connection, _task: asyncio.Task[None]) -> None:
    served.connections.discard(connection)


def _descriptors(message: say.ToGateway) -> range:
    """How many may come with a message."""
    match message:
        case say.Serve():
            return range(len(message.roles), len(message.roles) + 1)
        case say.Endpoint() | say.Publish() | say.SshAgent():
            return range(1, 2)
        case say.Sockets():
            return range(1, MAX_DESCRIPTORS + 1)
        case _:
            return range(1)


async def serve(control: socket.socket, resolver: Resolver = system) -> str:
    """Serve until the control socket ends; why it did."""
    gateway = Gateway(control, resolver)
    try:
        return await gateway.ended
    finally:
        await gateway.close()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
