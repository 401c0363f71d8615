"""The shell prefix of a client: the text that is about to be run is held against what was decided.

Claude Code runs every shell command, and its hooks and servers too, through `jackline-shell`. A command that its hook
let pass is paired with its decision by session, directory and text, once; what was never decided is decided here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jackline.clients.claude_shell import Wrapped, hook_commands, servers_of, unwrap
from jackline.core.action import Action
from jackline.core.codec import decode
from jackline.core.errors import JacklineError, WireError
from jackline.guard import wording
from jackline.guard.accounts import account_of, session_of

if TYPE_CHECKING:
    from jackline.guard.deciding import Guard
    from jackline.guard.memory import Family, Known
    from jackline.guard.record import Record
    from jackline.guard.server import Conversation

RUN: Final = 0
DENIED: Final = 126
FIELDS: Final = 4
MAX_SETTINGS: Final = 1 << 20
MAX_FILES: Final = 64


class Line(NamedTuple):
    """What the prefix was given, and by whose client. `session` is as this guard names it, "" where the client did not
    say."""

    client: str
    uid: int
    session: str
    cwd: str
    text: str


class Prefix:
    """Answers `jackline-shell`."""

    def __init__(self, guard: Guard, record: Record) -> None:
        self._guard, self._record = guard, record

    def answer(self, client: str, conversation: Conversation) -> tuple[int, bytes, bytes]:
        """Exit 0 with the text to run, or 126 with the sentence. Raises `WireError`, `LedgerError`."""
        fields = conversation.body.split(b"\0", FIELDS - 1)
        if len(fields) != FIELDS:
            message = "the request of the shell prefix is incomplete; run `jackline connect` again"
            raise WireError(message)
        cwd, told, _, text = (os.fsdecode(field) for field in fields)
        uid = conversation.peer.uid
        session = conversation.within or (session_of(uid, told) if told else "")
        if session and not conversation.within and self._record.family(session).contained:
            return (
                DENIED,
                b"",
                f"Jackline: session `{told}` runs in sandboxes, and is heard at its own door alone\n".encode(),
            )
        try:
            refusal = self._refusal(Line(client, uid, session, cwd, text))
        except JacklineError as error:
            refusal = str(error)
        if refusal:
            return DENIED, b"", f"Jackline: {refusal}\n".encode("utf-8", "backslashreplace")
        return RUN, fields[3], b""

    def _refusal(self, line: Line) -> str:
        """Why the text must not run; "" where it may."""
        wrapped = unwrap(line.text, *_configured(account_of(line.uid).home))
        if wrapped.kind in {"hook", "server"}:
            return ""  # named by the user's own settings, which no action may change
        if wrapped.snapshot and any(family.written(wrapped.snapshot) for family in self._record.memory.families()):
            snapshot = wrapped.snapshot
            return f"the snapshot that the client's shell begins with was written by an agent: remove `{snapshot}`"
        session = line.session or session_of(line.uid, "")
        family = self._record.family(session)
        if not family.actions:
            family.uid = line.uid
        command = _command(wrapped)
        action = Action(tool="shell", arguments={"command": command}, cwd=line.cwd, session=session, client=line.client)
        known = self._paired(line, wrapped.text)
        if known is not None and (
            command == wrapped.text or self._guard.decide(action, record=False).verdict != "deny"
        ):
            self._record.note("started", session=known.session, action=known.id, client=line.client)
            return ""
        weighed = self._guard.weigh(action)
        if weighed.decision.verdict == "allow":
            self._record.note("started", session=session, action=weighed.action.id, client=line.client)
            return ""
        if weighed.decision.verdict == "deny":
            return wording.denied(weighed.decision).removeprefix("Jackline ")
        return wording.unanswered(weighed.decision).removeprefix("Jackline ")

    def _paired(self, line: Line, text: str) -> Known | None:
        """The decided action that this is: of this session where it is told, else of the only one it can be."""
        if line.session:
            families = [self._record.family(line.session)]
        else:
            families = [family for family in self._record.memory.families() if family.uid == line.uid]
        found = [known for family in families if (known := _decided_as(family, line.cwd, text)) is not None]
        return found[0] if len(found) == 1 else None


def _decided_as(family: Family, cwd: str, text: str) -> Known | None:
    for known in family.actions.values():
        if known.tool != "shell" or known.started or known.finished or known.arguments.get("command") != text:
            continue
        if known.cwd == os.path.normpath(cwd) and (known.allowed or known.prompted):
            return known
    return None


def _command(wrapped: Wrapped) -> str:
    """What is judged: the command with the exports that the client puts before it."""
    return f"{wrapped.preamble}\n{wrapped.text}" if wrapped.preamble else wrapped.text


def _configured(home: str) -> tuple[frozenset[str], frozenset[tuple[str, ...]]]:
    """The hooks and servers of the user's own settings."""
    folder = os.environ.get("CLAUDE_CONFIG_DIR") or os.path.join(home, ".claude")
    hooks = hook_commands(_SETTINGS.read(os.path.join(folder, "settings.json")))
    return hooks, servers_of(_SETTINGS.read(os.path.join(home, ".claude.json")))


class _Steady:
    """Settings files of clients. One that is being written as it is read is not yet whole: then what it last said counts,
    or the user's own hooks would be judged as commands of the agent."""

    def __init__(self) -> None:
        self._whole: dict[str, bytes] = {}

    def read(self, path: str) -> bytes:
        """The content, or the last whole one; empty where there is no file."""
        content = _read(path)
        if content is None:
            self._whole.pop(path, None)
            return b""
        try:
            decode(content, dict[str, Any])
        except WireError:
            return self._whole.get(path, b"")
        if len(self._whole) < MAX_FILES or path in self._whole:
            self._whole[path] = content
        return content


_SETTINGS: Final = _Steady()


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_SETTINGS)
    except OSError:
        return None
