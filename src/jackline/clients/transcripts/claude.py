"""Claude Code: `~/.claude/projects/FOLDER/SESSION.jsonl` (learned from 2.1.330).

One line is one entry: a message of the API with the client's own account of it beside. Sub-agents write files of their
own (`SESSION/subagents/agent-ID.jsonl`; formerly lines with `isSidechain` among the parent's). A session that is resumed
goes on in its file; one that is forked begins with a copy of the other's lines, uuids and all, under its own name. After a
compaction a summary follows in the same file, and what was before it stays.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import msgspec
from msgspec import Raw, Struct, field

from jackline.clients.fields import header_exit_code
from jackline.clients.transcripts.interface import Header, Tie
from jackline.clients.transcripts.lines import decoded
from jackline.clients.transcripts.making import Speaker, micros, text_of
from jackline.clients.transcripts.versions import note_newer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jackline.clients.transcripts.interface import Damage, Entry
    from jackline.core.history import Outcome, Turn, TurnKind

NEWEST: Final = "2.1.330"


class _Block(Struct):
    """A part of a message: `text`, `tool_use`, `tool_result`, or one that is skipped."""

    type: str = ""
    text: str = ""
    id: str = ""
    name: str = ""
    input: Any = None
    tool_use_id: str = ""
    content: Any = None
    is_error: bool | None = None


class _Message(Struct):
    content: str | list[_Block] | None = None
    model: str | None = None


class _Kind(Struct):
    """What an object says of its own kind."""

    type: str = ""
    kind: str = ""
    decision: str = ""


class _Rendered(Struct):
    content: Any = None


class _Line(Struct, rename="camel"):
    """One entry; what else it holds is not decoded."""

    type: str = ""
    subtype: str | None = None
    uuid: str | None = None
    session_id: str | None = None
    agent_id: str | None = None
    timestamp: str = ""
    cwd: str | None = None
    version: str | None = None
    is_meta: bool | None = None
    is_sidechain: bool | None = None
    is_compact_summary: bool | None = None
    content: Any = None
    message: _Message | None = None
    origin: _Kind | None = None
    attachment: _Kind | None = None
    rendered: list[_Rendered] = field(default_factory=list)
    permission_decision: _Kind | None = None
    tool_denial_kind: str | None = None
    tool_use_result: Raw = field(default_factory=Raw)


class _Ran(Struct, rename="camel"):
    """What the shell tool says of a command that did not fail."""

    interrupted: bool | None = None
    background_task_id: str | None = None


_LINES: Final = msgspec.json.Decoder(_Line)
_RAN: Final = msgspec.json.Decoder(_Ran)

_SPEECH: Final = frozenset({"user", "assistant", "system", "attachment"})
_SKIPPED: Final = (b'{"type":"api-request', b'{"type":"queue-operation"', b'{"type":"file-history-snapshot"')
"""How lines begin that repeat what other lines say, and are the most of a file."""

_BOILERPLATE: Final = frozenset(
    {
        "prompt_snapshot", "skill_listing", "deferred_tools_delta", "agent_listing_delta", "model", "date",
        "total_tokens_reminder", "hook_success", "environment", "remote_session_change",
    }
)  # fmt: skip
"""Attachments in which the client only introduces itself to the model."""

_CLIENT_TEXT: Final = re.compile(
    r"<(?:command-name|command-message|local-command-\w+|bash-\w+|task-notification|system-reminder)>|Caveat: The messages below"
    r"|\[Request interrupted by user"
)
_NO: Final = re.compile(
    r"Permission to use \S+ .*has been denied|PreToolUse:\S+ hook error:|The user doesn't want to (?:proceed|take this action)"
    r"|Claude requested permissions? to |This command requires approval|User rejected|\[Request interrupted by user",
    re.DOTALL,
)
"""How results begin in which the client or a person said no: asked only of errors that older versions leave unmarked."""

_UUID: Final = re.compile(rb'"uuid":\s?"([0-9a-f-]{36})"')
_SESSION: Final = re.compile(rb'"sessionId":\s?"([0-9a-f-]{36})"')
_TIME: Final = re.compile(rb'"timestamp":\s?"([0-9TZ:.-]{20,40})"')
_SHAPE: Final = re.compile(
    rb'"(?:parentUuid|isSidechain|leafUuid)":|"type":\s?"(?:queue-operation|file-history-snapshot)"'
)


class ClaudeSource:
    """Claude Code's transcripts. One object reads one unit: it remembers which entries it has yielded."""

    name: ClassVar[str] = "claude"

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._speakers: dict[str, Speaker] = {}
        self._resumes: dict[str, str] = {}
        self._shells: set[str] = set()

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """`projects` of the client's folder, which `CLAUDE_CONFIG_DIR` moves."""
        moved = environment.get("CLAUDE_CONFIG_DIR", "")
        if moved.startswith("/"):
            yield Path(moved) / "projects"
        yield home / ".claude" / "projects"
        yield home / ".config" / "claude" / "projects"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Lines with a session and the client's own chain of entries."""
        return path.suffix == ".jsonl" and b'"sessionId":' in head and _SHAPE.search(head) is not None

    def tie(self, head: bytes, path: Path) -> Tie:
        """The session, and the first entry: a fork begins with a note of its own start, then with another's entries."""
        found = (_SESSION.search(head), _UUID.search(head))
        keys = tuple(dict.fromkeys(each[1].decode() for each in found if each))
        helper = path.parent.name == "subagents" or path.name.startswith("agent-")
        began = _TIME.search(head)
        return Tie(keys, 1 if helper else 0, micros(began[1].decode()) if began else 0)

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """The entries that were not yielded before."""
        for number, line in decoded(file, path, damage, _LINES, _SKIPPED):
            if line.type not in _SPEECH or not line.session_id:
                continue
            session, parent = _session(line)
            earlier = self._first.get(line.uuid) if line.uuid else None
            if earlier is not None:
                self._resumes.setdefault(session, earlier)
                continue
            if line.uuid:
                self._first[line.uuid] = session
            speaker = self._speakers.get(session)
            if speaker is None:
                speaker = self._speakers[session] = Speaker(session, self.name, parent)
                note_newer(damage, self.name, line.version or "", NEWEST)
                yield self._header(line, speaker, number)
            if line.cwd:
                speaker.cwd = line.cwd
            yield from self._turns(line, speaker, number)

    def _header(self, line: _Line, speaker: Speaker, number: int) -> Header:
        earlier = self._resumes.get(speaker.session, "")
        return Header(
            session=speaker.session,
            client=self.name,
            version=line.version or "",
            project=line.cwd or "",
            parent=speaker.parent,
            resumes=earlier if earlier != speaker.session else "",
            at=micros(line.timestamp),
            line=number,
        )

    def _turns(self, line: _Line, speaker: Speaker, number: int) -> Iterator[Turn]:
        at = micros(line.timestamp)
        if line.type == "attachment":
            if line.attachment is not None and line.attachment.type not in _BOILERPLATE:
                kind: TurnKind = "prompt" if line.attachment.type == "queued_command" else "system"
                yield from _said(speaker, kind, text_of([part.content for part in line.rendered]), at, number)
        elif line.type == "system":
            yield from _said(speaker, "system", text_of(line.content), at, number)
        elif line.message is not None:
            content = line.message.content
            blocks = [_Block(type="text", text=content)] if isinstance(content, str) else content or []
            for block in blocks:
                yield from self._block(block, line, speaker, at, number)

    def _block(self, block: _Block, line: _Line, speaker: Speaker, at: int, number: int) -> Iterator[Turn]:
        if block.type == "text":
            kind = "said" if line.type == "assistant" else _who(line, block.text)
            yield from _said(speaker, kind, block.text, at, number)
        elif block.type == "tool_use":
            turn = speaker.called(block.name, block.input, block.id, at, number)
            if turn.action is not None and turn.action.tool == "shell":
                self._shells.add(block.id)
            yield turn
        elif block.type == "tool_result":
            text = text_of(block.content)
            outcome, code = self._outcome(block, line, text)
            yield speaker.result(text, block.tool_use_id, outcome, code, at, number)

    def _outcome(self, block: _Block, line: _Line, text: str) -> tuple[Outcome, int | None]:
        """Newer versions say who decided; of older ones the text of an error does."""
        shell = block.tool_use_id in self._shells
        self._shells.discard(block.tool_use_id)
        decision = line.permission_decision.decision if line.permission_decision else ""
        if line.tool_denial_kind or decision == "reject":
            return "refused", None
        if block.is_error:
            return ("refused", None) if not decision and _NO.match(text) else ("failed", header_exit_code(text))
        if not shell:
            return "succeeded", None
        ran = _ran(line.tool_use_result)
        if ran.interrupted:
            return "failed", None
        background = ran.background_task_id or text.startswith("Command running in background with ID")
        return ("unknown", None) if background else ("succeeded", 0)


def _ran(value: Raw) -> _Ran:
    """What is said of a command; in a sub-agent's transcript nothing is."""
    try:
        return _RAN.decode(value) if bytes(value).startswith(b"{") else _Ran()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Ran()


def _session(line: _Line) -> tuple[str, str]:
    """As the hook's messages name them: a sub-agent's ID is made by adding its own to the session's."""
    session = line.session_id or ""
    if line.agent_id:
        return f"{session}/{line.agent_id}", session
    return (f"{session}/sidechain", session) if line.is_sidechain else (session, "")


def _who(line: _Line, text: str) -> TurnKind:
    """Whose text stands in a message of the user: the person's own, or what the client put there."""
    strange = line.origin is not None and line.origin.kind not in {"", "human", "user"}
    delegated = line.is_sidechain or line.agent_id  # what another agent asks for is no person's word
    if strange or delegated or line.is_meta or line.is_compact_summary or _CLIENT_TEXT.match(text.lstrip()):
        return "system"
    return "prompt"


def _said(speaker: Speaker, kind: TurnKind, text: str, at: int, number: int) -> Iterator[Turn]:
    if text and not text.isspace():
        yield speaker.words(kind, text, at, number)
