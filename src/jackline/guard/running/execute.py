"""`exec`: a command is decided here, and runs where its ticket is shown.

The decision is the one function's, with the remedies that a sandbox over a view gives to whatever runs in it: `contained`
and `undoable`. A ticket is for one action, in one directory, of one session.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Final

from jackline.contain.keeper.wire import Grant, Open
from jackline.core.action import Action
from jackline.core.errors import UsageError, WireError
from jackline.guard import wording
from jackline.guard.accounts import account_of, session_of
from jackline.guard.deciding import Asking
from jackline.guard.judging import IN_A_SANDBOX
from jackline.guard.running.folders import digest_of, standing_session, workspace_of
from jackline.guard.running.keepers import new_ticket

if TYPE_CHECKING:
    from jackline.guard.deciding import Guard, Weighed
    from jackline.guard.record import Record
    from jackline.guard.running.keepers import Keeper, Keepers
    from jackline.guard.server import Conversation

DENIED: Final = 126
MAX_WORDS: Final = 65_536
_ASKING: Final = Asking(given=IN_A_SANDBOX)


class Execute:
    """Answers `exec` requests: NUL-separated directory, session ("" for none) and the words of a command."""

    def __init__(self, guard: Guard, record: Record, keepers: Keepers) -> None:
        self._guard, self._record, self._keepers = guard, record, keepers

    def answer(self, client: str, conversation: Conversation) -> tuple[int, bytes, bytes]:
        """Exit 0 with the socket and the ticket, NUL between them; else 126 with the sentence. Raises `JacklineError`."""
        cwd, session, words = _read(conversation.body)
        uid = conversation.peer.uid
        workspace = workspace_of(cwd, account_of(uid).home)
        session = session_of(uid, session) if session else standing_session(workspace)
        keeper = self._keeper(session, workspace, client, conversation)
        action = Action(tool="shell", arguments={"command": shlex.join(words)}, cwd=cwd, session=session, client=client)
        return self.run(keeper, action, words)

    def run(self, keeper: Keeper, action: Action, argv: tuple[str, ...]) -> tuple[int, bytes, bytes]:
        """Decide an action, and give a ticket for it. Raises `JacklineError`."""
        weighed = self._guard.weigh(action, _ASKING)
        if weighed.decision.verdict != "allow":
            return DENIED, b"", f"{_refusal(weighed)}\n".encode("utf-8", "backslashreplace")
        decided = weighed.decision
        ticket = new_ticket()
        keeper.grant(Grant(ticket, decided.id, argv, weighed.action.cwd, decided.effects))
        return 0, os.fsencode(keeper.socket) + b"\0" + ticket.encode(), b""

    def _keeper(self, session: str, workspace: str, client: str, conversation: Conversation) -> Keeper:
        found = self._keepers.of(session)
        if found is not None:
            return found
        digest = digest_of(session)
        opening = Open(
            session, workspace, self._keepers.folder(digest), self._keepers.history, self._keepers.place(digest, "run.sock"),
            client=client, mode="live", protected=self._keepers.protected, programs=self._keepers.programs,
        )  # fmt: skip
        return self._keepers.open(opening, conversation.keep_alive)


def _refusal(weighed: Weighed) -> str:
    decision = weighed.decision
    return wording.denied(decision) if decision.verdict == "deny" else wording.unanswered(decision)


def _read(body: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Raises `WireError`, `UsageError`."""
    fields = [os.fsdecode(field) for field in body.split(b"\0", MAX_WORDS + 2)]
    if len(fields) < 3 or len(fields) > MAX_WORDS + 2:  # noqa: PLR2004 - directory, session, at least one word
        message = "an `exec` request names a directory, a session and a command"
        raise WireError(message)
    cwd, session, *words = fields
    if not os.path.isabs(cwd):
        message = f"the command's directory `{cwd}` is not an absolute path"
        raise UsageError(message)
    return cwd, session, tuple(words)
