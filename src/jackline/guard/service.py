"""The resident guard's inside: opens what it needs, and routes each request of the socket to who answers it.

A part that cannot be opened (a full disk, a damaged ledger) does not keep the guard from answering: everything is
denied with the sentence that says why, and each request tries again, so that work goes on once the cause is gone.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jackline.clients import CLIENTS
from jackline.core.codec import encode
from jackline.core.errors import JacklineError, LedgerError
from jackline.guard import totp
from jackline.guard.calls import Calls
from jackline.guard.deciding import Guard
from jackline.guard.desk import Desk
from jackline.guard.handling import Handler, refusal
from jackline.guard.images import Images
from jackline.guard.paths import private_directory
from jackline.guard.policies import PolicyShelf
from jackline.guard.prefix import Prefix
from jackline.guard.record import Record
from jackline.guard.running.doors import Doors
from jackline.guard.running.execute import Execute
from jackline.guard.running.keepers import ContainError, Keepers
from jackline.guard.running.reports import Reports
from jackline.guard.running.runs import Runs
from jackline.ledger import KeyStore, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.clients.interface import Call, Client
    from jackline.guard.deciding import Lowerer
    from jackline.guard.eyes import Eyes
    from jackline.guard.paths import Homes
    from jackline.guard.server import Conversation

DENIED: Final = 126
_HAND_OVER: Final = "handover"


class Parts:
    """What is there once everything could be opened."""

    def __init__(
        self, homes: Homes, policies: PolicyShelf, eyes: Eyes, worker: Lowerer | None, desk: Desk,
        answer: Callable[[Conversation], tuple[int, bytes, bytes]],
    ) -> None:  # fmt: skip
        """`answer` is for requests at the doors of contained sessions. Raises `JacklineError` where something cannot be opened."""
        private_directory(homes.state)
        self.ledger = Ledger.open(homes.ledger, homes.keys)
        self.record = Record(self.ledger, KeyStore(Path(homes.keys)).placeholder_key(), lambda: policies.phases)
        images = Images(homes.images)
        images.prune(policies.settings.undo.keep_days)
        approvals = totp.strongest(homes.totp)
        self.guard = Guard(policies, eyes, record=self.record, images=images, worker=worker, approvals=approvals)
        self.keepers = Keepers(homes, Reports(self.guard, self.record).hear)
        self.handler = Handler(self.guard, self.record, desk, self.keepers.mark)
        self.prefix = Prefix(self.guard, self.record)
        self.execute = Execute(self.guard, self.record, self.keepers)
        self.doors = Doors(answer)
        runs = Runs(self.record, self.keepers, self.doors)
        self.calls = Calls(homes, self.guard, self.record, images, desk, eyes, runs)


class Service:
    """See the module's text."""

    def __init__(self, homes: Homes, eyes: Eyes, *, worker: Lowerer | None = None) -> None:
        self._homes, self._eyes, self._worker = homes, eyes, worker
        self.desk = Desk()
        self.policies = PolicyShelf(homes)
        self._lock = threading.Lock()
        self._parts: Parts | None = None
        self.stop: Callable[[], None] = lambda: None
        self.hand_over: Callable[[Conversation], None] | None = None
        """What ends the server, and what passes its socket on: set by who runs one."""

    def answer(self, conversation: Conversation) -> tuple[int, bytes, bytes]:
        """Answer one request of the socket."""
        header = conversation.header
        if header.kind == "call" and header.name == _HAND_OVER and self.hand_over is not None:
            self.hand_over(conversation)
            return 0, b"{}", b""
        if header.kind == "call" and header.name == "stop":
            return self._call(conversation)
        try:
            parts = self.parts()
        except JacklineError as error:
            return self._failed(conversation, error)
        if header.kind == "hook":
            return parts.handler.hook(header.name, conversation)
        if header.kind == "shell":
            return parts.prefix.answer(header.name, conversation)
        if header.kind == "exec":
            return _executed(parts, conversation)
        return self._call(conversation)

    def parts(self) -> Parts:
        """Everything, opened now if it was not yet. Raises `JacklineError` where it cannot be."""
        with self._lock:
            if self._parts is None:
                self._parts = Parts(self._homes, self.policies, self._eyes, self._worker, self.desk, self.answer)
            return self._parts

    def close(self) -> None:
        """Sign what was recorded, and let go of the ledger."""
        self.desk.close()
        with self._lock:
            if self._parts is not None:
                self._parts.doors.close_all()
                self._parts.keepers.close()
                with contextlib.suppress(LedgerError):  # what was appended since the last one is signed by the next
                    self._parts.ledger.checkpoint()
                self._parts.ledger.close()
                self._parts = None

    def _call(self, conversation: Conversation) -> tuple[int, bytes, bytes]:
        try:
            if conversation.header.name == "stop":
                self._stop_for(conversation)
                return 0, b"{}", b""
            return 0, encode(self.parts().calls.answer(conversation)), b""
        except JacklineError as error:
            return error.exit_code, b"", f"{error}\n".encode()

    def _stop_for(self, conversation: Conversation) -> None:
        with self._lock:
            parts = self._parts
        if parts is not None:
            parts.calls.authorise("administrator", conversation.peer, "stop the guard")
        self.stop()

    def _failed(self, conversation: Conversation, error: JacklineError) -> tuple[int, bytes, bytes]:
        sentence = f"Jackline: nothing runs, for nothing can be recorded: {error}"
        if not isinstance(error, LedgerError):
            sentence = f"Jackline: nothing runs: {error}"
        header = conversation.header
        client = CLIENTS.get(header.name)
        if header.kind == "hook" and client is not None:
            reply = refusal(client, _readable(client, conversation.body), sentence)
            return reply.exit, reply.out, reply.err
        return (DENIED if header.kind in {"shell", "exec"} else error.exit_code), b"", f"{sentence}\n".encode()


def _executed(parts: Parts, conversation: Conversation) -> tuple[int, bytes, bytes]:
    """A sandbox that cannot be had is told from a denial by its exit code."""
    try:
        return parts.execute.answer(conversation.header.name, conversation)
    except JacklineError as error:
        code = error.exit_code if isinstance(error, ContainError) else DENIED
        return code, b"", f"Jackline: {error}\n".encode("utf-8", "backslashreplace")


def _readable(client: Client, body: bytes) -> Call | None:
    try:
        return client.read(body)
    except JacklineError:
        return None
