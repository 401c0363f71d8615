"""Codex CLI: `~/.codex/sessions/YEAR/MONTH/DAY/rollout-*.jsonl` (learned from 0.169.0).

One line is `{timestamp, type, payload}`. What the model saw are the `response_item`s of the Responses API; what really
ran are `event_msg`s beside them (`item_completed`, formerly `exec_command_end`), which come before the call's output. A
session that is resumed goes on in its file. In files of the first versions the items stand bare.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import msgspec
from msgspec import Struct, field

from jackline.clients.fields import header_exit_code
from jackline.clients.transcripts.interface import Header, Tie
from jackline.clients.transcripts.lines import decoded
from jackline.clients.transcripts.making import Speaker, json_object, micros, text_of
from jackline.clients.transcripts.versions import note_newer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jackline.clients.transcripts.interface import Damage, Entry
    from jackline.core.history import Outcome, Turn, TurnKind

NEWEST: Final = "0.169.0"


class _Item(Struct):
    """What an `item_completed` says of something that ran."""

    type: str = ""
    id: str = ""
    status: str = ""
    exit_code: int | None = None


class _Provenance(Struct):
    type: str = ""


class _About(Struct):
    provenance: _Provenance | None = None


class _Passthrough(Struct):
    """Newer versions say who wrote a message of the user's role."""

    content_item_metadata: list[_About] = field(default_factory=list)


class _Payload(Struct):
    """A payload of any type: each reads its own fields."""

    type: str = ""
    id: str = ""
    # session_meta, turn_context
    cwd: str | None = None
    cli_version: str = ""
    parent_thread_id: str | None = None
    forked_from_id: str | None = None
    # response_item
    role: str = ""
    name: str = ""
    namespace: str | None = None
    call_id: str = ""
    arguments: Any = None
    input: Any = None
    action: Any = None
    output: Any = None
    content: Any = None
    message: Any = None
    internal_chat_message_metadata_passthrough: _Passthrough | None = None
    # event_msg
    item: _Item | None = None
    exit_code: int | None = None
    status: Any = None


class _Line(_Payload):
    """One line; in files of the first versions it is the payload itself."""

    timestamp: str = ""
    payload: _Payload | None = None


class _Ran(Struct):
    """The form in which a result held its exit code in the first versions."""

    output: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


_LINES: Final = msgspec.json.Decoder(_Line)
_RAN: Final = msgspec.json.Decoder(_Ran)
_WRAPPERS: Final = frozenset({"session_meta", "turn_context", "response_item", "event_msg", "compacted", "world_state"})

_CALLS: Final = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "local_shell_call",
        "web_search_call",
        "tool_search_call",
        "image_generation_call",
    }
)
_OUTPUTS: Final = frozenset(
    {"function_call_output", "custom_tool_call_output", "tool_search_output", "mcp_tool_call_output"}
)

_EXITED: Final = re.compile(r"(?:Chunk ID: \w+\n)?(?:Wall time: [^\n]*\n)?Process exited with code (-?\d{1,6})\n")
_RUNNING: Final = re.compile(r"(?:Chunk ID: \w+\n)?(?:Wall time: [^\n]*\n)?Process running with session ID ")
_IDS: Final = re.compile(rb'"(id|session_id|parent_thread_id|forked_from_id)":\s?"([0-9a-f-]{36})"')
_META: Final = re.compile(rb'"type":\s?"session_meta"')
_FILE_ID: Final = re.compile(r"([0-9a-f]{8}-[0-9a-f-]{27})\.jsonl$")
_BODY: Final = re.compile(
    r"(?:(?:Chunk ID|Wall time|Original token count|Exit code|Process exited with code)[^\n]*\n)+Output:\n"
)
_DECLINED: Final = frozenset({"declined", "rejected", "denied", "cancelled"})
_NO: Final = re.compile(
    r"Command blocked by \w+ hook: |exec_command failed: CreateProcess \{ message: \"Rejected\("
    r"|exec command rejected by user|(?:patch|command) rejected|rejected by user|aborted by user|user rejected|failed in sandbox: "
)
_UNKNOWN_TOOL: Final = re.compile(r"unsupported (?:custom tool )?call: |failed to parse function arguments")
_CLIENT_TEXT: Final = re.compile(
    r"<(?:environment_context|user_instructions|skills?_instructions|permissions|turn_aborted|user_shell_command|INSTRUCTIONS|collaboration_mode"
    r"|subagent_notification)\b|# AGENTS\.md instructions"
)


class CodexSource:
    """Codex's transcripts. One object reads one unit."""

    name: ClassVar[str] = "codex"

    def __init__(self) -> None:
        self._speaker = Speaker("", self.name)
        self._codes: dict[str, tuple[str, int | None]] = {}

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """`sessions` and `archived_sessions` of the client's folder, which `CODEX_HOME` moves."""
        moved = environment.get("CODEX_HOME", "")
        for folder in (Path(moved) if moved.startswith("/") else home / ".codex", home / ".codex"):
            yield folder / "sessions"
            yield folder / "archived_sessions"

    def recognises(self, head: bytes, path: Path) -> bool:
        """The file's name, or a first line that tells of a session."""
        named = path.name.startswith("rollout-") and path.suffix == ".jsonl"
        return named or _META.search(head, 0, 4096) is not None

    def tie(self, head: bytes, path: Path) -> Tie:
        """The session, and the one that started it or that it was forked from."""
        del path
        keys, parent = [], False
        for found in _IDS.finditer(head[: head.find(b"\n") if b"\n" in head else len(head)]):
            keys.append(found[2].decode())
            parent = parent or found[1] in {b"parent_thread_id", b"forked_from_id"}
        return Tie(tuple(dict.fromkeys(keys)), int(parent))

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """The items, with what the events say of them."""
        self._speaker = Speaker(_named(path), self.name)
        headed = False
        for number, line in decoded(file, path, damage, _LINES):
            payload: _Payload = line.payload or line
            at = micros(line.timestamp)
            kind = line.type if line.payload or line.type in _WRAPPERS else "response_item"
            if kind == "session_meta" or (not headed and line.payload is None and line.id and not line.type):
                if not headed:
                    headed = True
                    yield self._header(payload, damage, at, number)
                continue
            if not headed:
                headed = True
                yield Header(session=self._speaker.session, client=self.name, at=at, line=number)
            if kind == "turn_context" and payload.cwd:
                self._speaker.cwd = payload.cwd
            elif kind == "event_msg":
                self._observe(payload)
            elif kind == "response_item":
                yield from self._turns(payload, at, number)
            elif kind == "compacted":
                yield from self._said("system", text_of(payload.message), at, number)

    def _header(self, meta: _Payload, damage: Damage, at: int, number: int) -> Header:
        note_newer(damage, self.name, meta.cli_version, NEWEST)
        session = meta.id or self._speaker.session
        self._speaker = Speaker(session, self.name, meta.parent_thread_id or "", meta.cwd or "")
        return Header(
            session=self._speaker.session,
            client=self.name,
            version=meta.cli_version,
            project=meta.cwd or "",
            parent=self._speaker.parent,
            resumes=meta.forked_from_id or "",
            at=at,
            line=number,
        )

    def _observe(self, event: _Payload) -> None:
        """Keep what an event says of a call that ran, for its output, which comes after."""
        if event.type == "item_completed" and event.item is not None and event.item.id:
            self._codes[event.item.id] = (event.item.status, event.item.exit_code)
        elif event.type in {"exec_command_end", "patch_apply_end"} and event.call_id:
            self._codes[event.call_id] = (event.status if isinstance(event.status, str) else "", event.exit_code)

    def _turns(self, item: _Payload, at: int, number: int) -> Iterator[Turn]:
        if item.type == "message":
            text = text_of(item.content)
            yield from self._said(self._who(item, text), text, at, number)
        elif item.type in _CALLS:
            name, given = _call(item)
            yield self._speaker.called(name, given, item.call_id or item.id, at, number)
        elif item.type in _OUTPUTS:
            text, outcome, code = _outcome(text_of(item.output), self._codes.pop(item.call_id, None))
            yield self._speaker.result(text, item.call_id, outcome, code, at, number)

    def _said(self, kind: TurnKind, text: str, at: int, number: int) -> Iterator[Turn]:
        if text and not text.isspace():
            yield self._speaker.words(kind, text, at, number)

    def _who(self, item: _Payload, text: str) -> TurnKind:
        """Whose words a message holds. What a sub-agent is asked comes from the agent that started it."""
        if item.role == "assistant":
            return "said"
        about = item.internal_chat_message_metadata_passthrough
        writers = {each.provenance.type for each in about.content_item_metadata if each.provenance} if about else set()
        strange = bool(writers - {"user"}) or _CLIENT_TEXT.match(text) is not None
        return "system" if item.role != "user" or self._speaker.parent or strange else "prompt"


def _call(item: _Payload) -> tuple[str, Any]:
    """Name and arguments of a call of any form."""
    if item.type == "local_shell_call":
        action = item.action if isinstance(item.action, dict) else {}
        return "local_shell", {"command": action.get("command"), "workdir": action.get("working_directory")}
    if item.type == "web_search_call":
        action = item.action if isinstance(item.action, dict) else {}
        return ("web_fetch", {"url": action["url"]}) if action.get("url") else ("web_search", action)
    if item.type == "tool_search_call":
        return "ToolSearch", json_object(item.arguments)
    if item.type == "custom_tool_call":
        return item.name, {"input": item.input}
    served = item.namespace is not None and item.namespace.startswith("mcp__")
    return f"{item.namespace}__{item.name}" if served else item.name or item.type, json_object(item.arguments)


def _outcome(text: str, ran: tuple[str, int | None] | None) -> tuple[str, Outcome, int | None]:
    """The output itself, and what became of the call: by the event, else by the head that Codex puts before the output."""
    status, code = ran or ("", None)
    if status in _DECLINED or (ran is None and _NO.match(text)):
        return text, "refused", None
    if ran is None and _UNKNOWN_TOOL.match(text):
        return text, "failed", None
    exited = _EXITED.match(text)
    if code is None:
        code = int(exited[1]) if exited else header_exit_code(text)
    if text.startswith('{"output":'):
        text, code = _first_form(text, code)
    running = _RUNNING.match(text) is not None
    text = text[head.end() :] if (head := _BODY.match(text)) else text
    if running and ran is None:
        return text, "unknown", None
    known: dict[str, Outcome] = {"failed": "failed", "completed": "succeeded"}
    return text, known.get(status, "unknown"), code


def _first_form(text: str, code: int | None) -> tuple[str, int | None]:
    try:
        ran = _RAN.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return text, code
    given = ran.metadata.get("exit_code")
    return ran.output, given if isinstance(given, int) and not isinstance(given, bool) else code


def _named(path: Path) -> str:
    """The session that a file is named after."""
    found = _FILE_ID.search(path.name)
    return found[1] if found else path.stem
