"""Gemini CLI: `~/.gemini/tmp/PROJECT/chats/session-*.jsonl`, formerly `*.json` (learned from 0.61.0).

The first line tells of the session; then come messages, and `{"$set": {…}}` that change what was said before. A message
is written again when its tools have ended, with `toolCalls` that hold both the call and what came of it; when a session is
resumed, all of its messages are written again. Sub-agents write `chats/SESSION/AGENT.jsonl`. What an agent was told came of
a call that it might not make stands only in the next message of the user's role.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import msgspec
from msgspec import Struct, field

from jackline.clients.transcripts.interface import Header, Tie
from jackline.clients.transcripts.lines import decoded, document
from jackline.clients.transcripts.making import Speaker, micros, text_of
from jackline.clients.transcripts.opening import opened
from jackline.clients.transcripts.parts import id_of, named, outcome_of, parts_of, response_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jackline.clients.transcripts.interface import Damage, Entry
    from jackline.core.history import Turn, TurnKind


class _ToolCall(Struct, rename="camel"):
    """A call and its result."""

    id: str = ""
    name: str = ""
    args: Any = None
    status: str = ""
    timestamp: str = ""
    result: Any = None
    error_type: str | None = None


class _Message(Struct, rename="camel"):
    id: str = ""
    type: str = ""
    timestamp: str = ""
    content: Any = None
    tool_calls: list[_ToolCall] = field(default_factory=list)


class _Set(Struct):
    messages: list[_Message] | None = None


class _Line(_Message, rename={"changed": "$set", "session_id": "sessionId", "start_time": "startTime"}):
    """A line: what is known of the session, a message, or a change. A file of the former form is one of them."""

    session_id: str = ""
    start_time: str = ""
    kind: str = ""
    directories: list[str] | None = None
    messages: list[_Message] | None = None
    changed: _Set | None = None


_LINES: Final = msgspec.json.Decoder(_Line)
_WORKSPACE: Final = re.compile(r"\*\*Workspace Directories:\*\*\n\s*- (/[^\n]*)")
_CLIENT_TEXT: Final = re.compile(r"<session_context>|This is the Gemini CLI|System: ")
_SESSION: Final = re.compile(rb'"sessionId":\s?"([0-9a-f-]{36})"')
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_RUNNING: Final = frozenset({"", "executing", "validating", "scheduled", "awaiting_approval"})
_MAX_ROOT: Final = 4096


class GeminiSource:
    """Gemini CLI's transcripts. One object reads one unit."""

    name: ClassVar[str] = "gemini"

    def __init__(self) -> None:
        self._speaker = Speaker("", self.name)
        self._messages: set[str] = set()
        self._calls: dict[str, bool] = {}  # call → whether its result was yielded

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """`tmp` of the client's folder, which `GEMINI_CLI_HOME` moves."""
        moved = environment.get("GEMINI_CLI_HOME", "")
        if moved.startswith("/"):
            yield Path(moved) / ".gemini" / "tmp"
        yield home / ".gemini" / "tmp"

    def recognises(self, head: bytes, path: Path) -> bool:
        """A session with the hash of its project."""
        del path
        return b'"projectHash"' in head and b'"sessionId"' in head

    def tie(self, head: bytes, path: Path) -> Tie:
        """The session; a sub-agent's file lies in a folder that is named after its parent's."""
        parent = _parent(path)
        own = (found[1].decode(),) if (found := _SESSION.search(head)) else ()
        return Tie((*own, parent), 1) if parent else Tie(own)

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """The messages, each call with what came of it."""
        self._messages.clear()
        self._calls.clear()
        self._speaker = Speaker("", self.name, _parent(path))
        for number, line in self._lines(file, path, damage):
            if line.session_id and line.session_id != self._speaker.session:
                yield self._header(line, path, number)
            elif not self._speaker.session:
                yield self._header(_Line(session_id=path.stem), path, number)
            for message in (line, *(line.messages or ()), *((line.changed and line.changed.messages) or ())):
                again = message is not line
                if not self._speaker.cwd and message.type == "user" and (found := _workspace(message)):
                    self._speaker.cwd = found
                    yield Header(session=self._speaker.session, client=self.name, project=found, line=number)
                yield from self._turns(message, number, again=again)

    def _lines(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[tuple[int, _Line]]:
        if path.suffix == ".json":
            whole = document(file, path, damage, _LINES)
            return iter(() if whole is None else ((1, whole),))
        return decoded(file, path, damage, _LINES)

    def _header(self, line: _Line, path: Path, number: int) -> Header:
        project = line.directories[0] if line.directories else _project_root(path)
        self._speaker = Speaker(line.session_id, self.name, self._speaker.parent, project)
        at = micros(line.start_time)
        return Header(
            session=self._speaker.session, client=self.name, project=project, parent=self._speaker.parent, at=at, line=number
        )  # fmt: skip

    def _turns(self, message: _Message, number: int, *, again: bool) -> Iterator[Turn]:
        """`again`: the message stands in a list of messages, where most are repeated."""
        at = micros(message.timestamp)
        repeated = bool(message.id) and message.id in self._messages
        self._messages.add(message.id)
        if not repeated:
            for part in parts_of(message.content):
                yield from self._part(part, message, at, number, again=again)
        fresh = [call for call in message.tool_calls if not self._calls.get(call.id)]
        for call in fresh:
            if call.id not in self._calls:
                self._calls[call.id] = False
                yield self._speaker.called(call.name, call.args, call.id, at, number)
        for call in fresh:
            if call.status not in _RUNNING:
                self._calls[call.id] = True
                yield self._result(call, number)

    def _part(self, part: dict[str, Any], message: _Message, at: int, number: int, *, again: bool) -> Iterator[Turn]:
        text = part.get("text")
        if isinstance(text, str) and text.strip() and not part.get("thought"):
            yield self._speaker.words(self._who(message, text), text, at, number)
        call, response = named(part, "functionCall"), named(part, "functionResponse")
        if call is not None and id_of(call) not in self._calls and not (again and not id_of(call)):
            self._calls[id_of(call)] = False
            yield self._speaker.called(call["name"], call.get("args"), id_of(call), at, number)
        if response is not None and (known := id_of(response)) and not self._calls.get(known):
            if known not in self._calls:  # the call itself was not written
                yield self._speaker.called(response["name"], {}, known, at, number)
            self._calls[known] = True
            read = response_of(response.get("response"))
            outcome, code = outcome_of("", "", read)
            yield self._speaker.result(read.text, known, outcome, code, at, number)

    def _result(self, call: _ToolCall, number: int) -> Turn:
        held = next((found for part in parts_of(call.result) if (found := named(part, "functionResponse"))), None)
        read = response_of(held.get("response") if held else text_of(call.result))
        outcome, code = outcome_of(call.status, call.error_type or "", read)
        return self._speaker.result(read.text, call.id, outcome, code, micros(call.timestamp), number)

    def _who(self, message: _Message, text: str) -> TurnKind:
        """Whose words they are. What a sub-agent is asked comes from the agent that started it."""
        if message.type == "gemini":
            return "said"
        own = message.type == "user" and not self._speaker.parent and not _CLIENT_TEXT.match(text)
        return "prompt" if own else "system"


def _parent(path: Path) -> str:
    """The session of the agent that started the one of this file."""
    folder = path.parent
    return folder.name if folder.parent.name == "chats" and _UUID.fullmatch(folder.name) else ""


def _project_root(path: Path) -> str:
    """The project, as Gemini keeps it in a file beside its folder of chats."""
    for folder in path.parents:
        if folder.name == "chats":
            try:
                with opened(folder.parent / ".project_root") as file:
                    root = file.read(_MAX_ROOT).decode().strip()
            except (OSError, ValueError):
                return ""
            return root if root.startswith("/") else ""
    return ""


def _workspace(message: _Message) -> str:
    """The project, as Gemini tells it to the model."""
    found = _WORKSPACE.search(text_of(message.content))
    return found[1].rstrip() if found else ""
