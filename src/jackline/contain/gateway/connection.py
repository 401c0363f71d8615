"""One connection of the sandbox, from its acceptance to its end: what all that is spoken on it needs.

It is judged, dialled, counted and ended here; the protocols are in `http`, `tunnels` and `lookups`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from jackline.contain.gateway.dialing import Dialer, ForbiddenAddressError, NoAddressError
from jackline.contain.gateway.flows import Cut
from jackline.contain.gateway.messages import Ask
from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from jackline.contain.gateway.credentials import Vault
    from jackline.contain.gateway.flows import Action, Flow
    from jackline.contain.gateway.messages import Answer, Via
    from jackline.contain.gateway.metering import Purse
    from jackline.contain.gateway.wire import Plain

LINGER_SECONDS: Final = 2.0
_LINGER_BYTES: Final = 1 << 20
_FORBIDDEN, _BUSY, _UNREACHABLE = 403, 429, 502


class RefusalError(JacklineError):
    """The agent is told `text`; `status` is HTTP's word for it, `ask` what it would have to ask for."""

    def __init__(self, text: str, status: int = _FORBIDDEN, ask: str = "") -> None:
        super().__init__(text)
        self.text, self.status, self.ask = text, status, ask


class Judge(Protocol):
    """Whoever decides. It may take as long as a person takes."""

    async def answer(self, ask: Ask) -> Answer:
        """The answer. Raises `JacklineError` where there is none, which is a refusal."""


@dataclass
class Services:
    """What all connections of a gateway share."""

    judge: Judge
    dialer: Dialer
    vault: Vault
    purse: Purse
    tls: Callable[[], ssl.SSLContext]
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    pending: dict[tuple[str, ...], asyncio.Future[Answer]] = field(default_factory=dict)


class Connection:
    """`due` is the moment at which it is over unless something happens before; `late` says why in words."""

    def __init__(self, services: Services, action: Action, wire: Plain) -> None:
        self.services, self.action, self.wire = services, action, wire
        self.flow: Flow | None = None
        self.task: asyncio.Task[None] | None = None
        self.due = float("inf")
        self._cut: Cut | None = None
        self.expect_head()

    # ----------------------------------------------------------------------------------------------------- its time
    def expect_head(self) -> None:
        """From now on the client has so long to say what it wants."""
        self.due = self.action.clock() + self.action.limits.head_seconds

    def expect_nothing(self) -> None:
        """It waits for us, or is between two requests; its flow's limits hold."""
        self.due = float("inf")

    def check(self, now: float) -> None:
        """End it where its time is up."""
        cut = Cut("idle", "no whole request came in time") if now > self.due else None
        cut = cut or (self.flow.overdue(now) if self.flow else None)
        if cut:
            self.end(cut)

    def end(self, cut: Cut) -> None:
        """End it now."""
        if self.task and self._cut is None:
            self._cut = cut
            self.task.cancel()

    # ---------------------------------------------------------------------------------------------------- decisions
    async def decide(
        self, via: Via, host: str, port: int, *, method: str = "", target: str = "", body: bool = False
    ) -> tuple[Ask, Answer]:
        """The answer that lets it through. Raises `RefusalError`, and reports it."""
        ask = Ask(next(self.services.numbers), self.action.name, via, host, port, method, target, body)
        answer = self.action.known(ask)
        if answer is None:
            self.expect_nothing()
            answer = await decided(self.services, self.action, ask)
        if not answer.allow:
            text = answer.reason or f"`{host}` port {port} is not among what this action may reach"
            raise self.refuse(ask, text, ask_for=answer.ask or f"connect {host}:{port}")
        return ask, answer

    def refuse(self, ask: Ask | None, text: str, status: int = _FORBIDDEN, ask_for: str = "") -> RefusalError:
        """A refusal, reported."""
        self.action.refused(ask, text)
        return RefusalError(text, status, ask_for)

    async def reach(self, ask: Ask, answer: Answer) -> socket.socket:
        """A connected socket, and `flow` for what will pass over it. Raises `RefusalError`, and reports it."""
        self.leave()
        if full := self.action.spent():
            self.action.alert("flood", ask.host, ask.port, full)
            raise self.refuse(ask, full, _BUSY)
        self.expect_nothing()
        try:
            found = await self.services.dialer.connect(ask.host, ask.port, answer.zones)
        except ForbiddenAddressError as error:
            self.action.alert("rebinding", ask.host, ask.port, str(error))
            raise self.refuse(ask, str(error), ask_for=f"connect {ask.host}:{ask.port}") from error
        except NoAddressError as error:
            raise self.refuse(ask, str(error), _UNREACHABLE) from error
        self.flow = self.action.open(next(self.services.numbers), ask, answer, found.getpeername()[0])
        return found

    def leave(self) -> None:
        """The flow of before is over; the connection goes on."""
        if self.flow:
            self.flow.close()
            self.flow = None

    # ---------------------------------------------------------------------------------------------------- its life
    async def run(self, serve: Callable[[Connection], object]) -> None:
        """Serve it to its end, whatever that is, and report its flow's."""
        cause: Cut | None = None
        try:
            await serve(self)  # type: ignore[misc]
        except Cut as cut:
            cause = cut
        except OSError as error:
            cause = Cut("failed", f"the connection broke: {error.strerror or error}")
        except asyncio.CancelledError:
            cause = self._cut or Cut("stopped", "the action ended")
        except Exception as error:  # noqa: BLE001 - a fault of ours ends one connection, and not all of them
            cause = Cut("failed", f"Jackline failed: {type(error).__name__}: {error}")
            self.action.alert("fault", "", 0, cause.text)
        finally:
            if self.flow:
                self.flow.close(cause.cause if cause else "ended", cause.text if cause else "")
            self.wire.close()

    async def say(self, last_words: bytes) -> None:
        """Refuse, so that the words arrive: what the client still sends is read and dropped for a while."""
        self.expect_nothing()
        if self.flow:
            self.flow.close("refused")
        with contextlib.suppress(OSError):
            async with asyncio.timeout(LINGER_SECONDS):
                await self.wire.send(last_words)
                self.wire.finish()
                dropped = 0
                while (data := await self.wire.receive()) and dropped < _LINGER_BYTES:
                    dropped += len(data)


async def decided(services: Services, action: Action, ask: Ask) -> Answer:
    """Ask the judge, once for all that wait for the same answer. Raises `RefusalError` where there is none."""
    key = (action.name, ask.via, ask.host, str(ask.port), ask.method, ask.target, str(ask.body))
    waiting = services.pending.get(key)
    if waiting is None:
        waiting = asyncio.ensure_future(services.judge.answer(ask))
        services.pending[key] = waiting

        def done(future: asyncio.Future[Answer]) -> None:
            services.pending.pop(key, None)
            if not future.cancelled():
                future.exception()  # looked at, also where nobody waits for it any more

        waiting.add_done_callback(done)
    try:
        answer = await asyncio.shield(waiting)
    except JacklineError as error:
        action.refused(ask, str(error))
        raise RefusalError(str(error)) from error
    action.learn(ask, answer)
    return answer
