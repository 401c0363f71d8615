"""The session's way out: its gateway, as the keeper has it.

The gateway is a process of its own; it hangs on the socket pair that this file holds. What it asks goes on to the guard, and
the guard's verdict back; what flowed is reported. A gateway that died is not started again: nothing reaches anything then.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
import sys
import threading
from typing import TYPE_CHECKING, Final

import msgspec

from jackline.contain.gateway import messages
from jackline.contain.gateway.messages import MAX_MESSAGE
from jackline.contain.keeper import wire
from jackline.contain.keeper.starting import LIFELINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jackline.contain.gateway.addresses import Zone
    from jackline.contain.keeper.models import Way

ROLES: Final[tuple[messages.Role, ...]] = ("proxy", "dns_udp", "dns_tcp", "http", "https")
"""What the listeners of `planning.outfit.GATEWAY` are for, in their order."""

_METERED: Final = frozenset({"tokens", "money"})
_READER: Final = msgspec.json.Decoder(messages.FromGateway)


class Network:
    """One session's gateway. Safe to use from several threads."""

    def __init__(
        self, isolation: Sequence[str], budgets: Mapping[str, int], report: Callable[[wire.FromKeeper], None]
    ) -> None:
        """Of `budgets` it keeps `tokens` and `money` (millionths of a dollar). Raises `OSError` where it cannot be started."""
        self._report, self._sending = report, threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, *isolation, "-m", "jackline.contain.gateway"]
            actions = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), LIFELINE)]
            self.pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=actions)
        self._flows: dict[int, messages.Opened] = {}
        self.usage: dict[str, int] = {}
        if _METERED & budgets.keys():
            self._send(messages.Budget(budgets.get("tokens"), budgets.get("money")))
        threading.Thread(target=self._listen, name="gateway", daemon=True).start()

    def serve(self, action: str, listeners: Sequence[int], ways: Sequence[Way] = ()) -> None:
        """An action's listeners: those of `ROLES`, then one for each of `ways`. They stay the caller's to close."""
        self._send(messages.Serve(action, ROLES), listeners[: len(ROLES)])
        credentials = tuple(each for way in ways for each in way.credentials)
        if credentials:
            self._send(messages.Credentials(credentials))
        for descriptor, way in zip(listeners[len(ROLES) :], ways, strict=True):
            self._send(messages.Endpoint(action, way.upstream, way.meter), [descriptor])

    def answer(self, verdict: wire.Verdict) -> None:
        """The guard's word on what was asked."""
        zones: tuple[Zone, ...] = ("public", "private", "loopback") if verdict.named else ("public",)
        self._send(messages.Answer(verdict.ask, verdict.allowed, verdict.sentence, covers=verdict.covers, zones=zones))

    def end(self, action: str) -> None:
        """An action is over: whatever is still open of it is closed."""
        self._send(messages.Stop(action))

    def stop(self) -> None:
        """The gateway ends, and with it every connection."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _send(self, message: messages.ToGateway, descriptors: Sequence[int] = ()) -> None:
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        with contextlib.suppress(OSError), self._sending:  # it is gone: its end is seen where it is read
            self._socket.sendmsg([msgspec.json.encode(message)], beside)

    def _listen(self) -> None:
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            while data := self._socket.recv(MAX_MESSAGE):
                self._hear(_READER.decode(data))
        self._socket.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _hear(self, message: messages.FromGateway) -> None:
        if isinstance(message, messages.Ask):
            self._report(
                wire.Ask(
                    message.id, message.action, message.host, message.port, message.method, message.target, message.body,
                    message.via == "dns",
                )
            )  # fmt: skip
        elif isinstance(message, messages.Opened):
            self._flows[message.flow] = message
        elif isinstance(message, messages.Closed):
            flow = self._flows.pop(message.flow, None)
            if flow is not None:
                cause, text = message.cause, message.text
                self._report(wire.Flow(flow.action, flow.host, flow.port, message.sent, message.received, cause, text))
        elif isinstance(message, messages.Refused):
            self._report(wire.Flow(message.action, message.host, message.port, cause="refused", text=message.text))
        elif isinstance(message, messages.Usage):
            spent = message.input + message.output + message.cache_read + message.cache_write
            self.usage["tokens"] = self.usage.get("tokens", 0) + spent
            self.usage["money"] = self.usage.get("money", 0) + message.money
        elif isinstance(message, messages.Alert):
            self._report(wire.Alert(message.action, message.kind, message.text))
