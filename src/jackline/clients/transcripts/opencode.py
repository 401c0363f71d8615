"""opencode: `~/.local/share/opencode/opencode.db` (learned from 1.18.33), and what `opencode export` writes.

The database has sessions, messages and parts, the last two with their content as JSON. A part of the type `tool` holds the
call and what came of it. A sub-agent is a session with a parent. The files of versions before the database are not read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import msgspec
from msgspec import Struct, field

from jackline.clients.transcripts.interface import UNTIED, Header, Tie
from jackline.clients.transcripts.lines import document, mend, why
from jackline.clients.transcripts.making import Speaker, micros, text_of
from jackline.clients.transcripts.versions import note_newer
from jackline.core.tools import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jackline.clients.transcripts.interface import Damage, Entry, Rows
    from jackline.core.history import Outcome, Turn, TurnKind

NEWEST: Final = "1.18.33"


class _Times(Struct):
    created: Any = None
    start: Any = None
    end: Any = None


class _State(Struct):
    """What a tool was asked, and what came of it."""

    status: str = ""
    input: Any = None
    output: Any = None
    error: Any = None
    metadata: Any = None
    time: _Times | None = None


class _Part(Struct):
    type: str = ""
    text: str | None = None
    synthetic: bool | None = None
    tool: str = ""
    call_id: str = field(name="callID", default="")
    state: _State | None = None


class _Where(Struct):
    cwd: str | None = None


class _Message(Struct):
    role: str = ""
    session_id: str = field(name="sessionID", default="")
    time: _Times | None = None
    path: _Where | None = None
    parts: list[_Part] = field(default_factory=list)


class _Info(Struct):
    """A session as `export` writes it."""

    id: str = ""
    parent_id: str | None = field(name="parentID", default=None)
    directory: str = ""
    title: str = ""
    version: str = ""
    time: _Times | None = None


class _Exchange(Struct):
    info: _Message = field(default_factory=_Message)
    parts: list[_Part] = field(default_factory=list)


class _Export(Struct):
    info: _Info = field(default_factory=_Info)
    messages: list[_Exchange] = field(default_factory=list)


_MESSAGES: Final = msgspec.json.Decoder(_Message)
_PARTS: Final = msgspec.json.Decoder(_Part)
_EXPORTS: Final = msgspec.json.Decoder(_Export)

SESSIONS: Final = "SELECT id, parent_id, directory, title, version, time_created FROM session ORDER BY time_created, id"
PARTS: Final = (
    "SELECT part.message_id, message.data, part.data FROM part JOIN message ON message.id = part.message_id"
    " WHERE part.session_id = ? ORDER BY message.time_created, message.id, part.id"
)
_SQLITE: Final = b"SQLite format 3\0"
_NO: Final = re.compile(
    r"(?:The user |User )?(?:has )?rejected permission|.{0,200}prevents you from using this specific tool call",
    re.DOTALL,
)
_RUNNING: Final = frozenset({"", "pending", "running"})


class OpencodeSource:
    """opencode's transcripts. One object reads one unit."""

    name: ClassVar[str] = "opencode"

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """The database in the client's folder of data, which `XDG_DATA_HOME` moves."""
        moved = environment.get("XDG_DATA_HOME", "")
        folders = [home / ".local" / "share"]
        if moved.startswith("/"):
            folders.insert(0, Path(moved))
        for folder in folders:
            yield folder / "opencode" / "opencode.db"

    def recognises(self, head: bytes, path: Path) -> bool:
        """The client's database by its name, or an export by its form."""
        if head.startswith(_SQLITE):
            return path.name.startswith("opencode")
        return b'"info"' in head and b'"sessionID"' in head and b'"messages"' in head

    def tie(self, head: bytes, path: Path) -> Tie:
        """Nothing."""
        del head, path
        return UNTIED

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """An export."""
        export = document(file, path, damage, _EXPORTS)
        if export is None:
            return
        info = export.info
        created = info.time.created if info.time else None
        row = (info.id or path.stem, info.parent_id, info.directory, info.title, info.version, created)
        speaker, header = self._session(row, damage)
        yield header
        for place, exchange in enumerate(export.messages, 1):
            for part in exchange.parts:
                yield from _turns(part, exchange.info, speaker, place)

    def read_rows(self, rows: Rows, path: Path, damage: Damage) -> Iterator[Entry]:
        """The database, session by session, parents before their sub-agents."""
        for session in rows(path, SESSIONS):
            speaker, header = self._session(session, damage)
            yield header
            place, last = 0, ""
            for message_id, about, content in rows(path, PARTS, (str(session[0]),)):
                place, last = (place, last) if message_id == last else (place + 1, str(message_id))
                message, part = _decoded(about, _MESSAGES, path, damage), _decoded(content, _PARTS, path, damage)
                if message is not None and part is not None:
                    yield from _turns(part, message, speaker, place)

    def _session(self, row: tuple[Any, ...], damage: Damage) -> tuple[Speaker, Header]:
        session, parent, directory, title, version, created = (value if value is not None else "" for value in row)
        note_newer(damage, self.name, str(version), NEWEST)
        speaker = Speaker(str(session), self.name, str(parent), str(directory))
        header = Header(
            session=speaker.session,
            client=self.name,
            version=str(version),
            project=str(directory),
            title=str(title),
            parent=speaker.parent,
            at=micros(created),
        )
        return speaker, header


def _decoded(value: object, decoder: msgspec.json.Decoder[Any], path: Path, damage: Damage) -> Any:  # noqa: ANN401 - the decoder's type
    data = value.encode("utf-8", "replace") if isinstance(value, str) else value if isinstance(value, bytes) else b""
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        mended = mend(data, decoder)
        if mended is None:
            damage.lost(why(error), path, 0, len(data))
        return mended


def _turns(part: _Part, message: _Message, speaker: Speaker, place: int) -> Iterator[Turn]:
    at = micros(message.time.created if message.time else None)
    if message.path is not None and message.path.cwd:
        speaker.cwd = message.path.cwd
    if part.type == "text" and part.text and part.text.strip():
        own: TurnKind = "system" if message.role != "user" or speaker.parent or part.synthetic else "prompt"
        yield speaker.words("said" if message.role == "assistant" else own, part.text, at, place)
    elif part.type == "tool" and part.state is not None:
        state = part.state
        start, end = (micros(state.time.start), micros(state.time.end)) if state.time else (at, at)
        name, given = _called(part.tool, state.input)
        yield speaker.called(name, given, part.call_id, start or at, place)
        if state.status not in _RUNNING:
            text = text_of(state.error if state.status == "error" else state.output)
            outcome, code = _outcome(part, state, text)
            yield speaker.result("" if text == "(no output)" else text, part.call_id, outcome, code, end or at, place)


def _called(tool: str, given: Any) -> tuple[str, Any]:  # noqa: ANN401 - any JSON
    """The tool by its own name; a call of a tool that there is not stands under `invalid`; others are `SERVER_TOOL`."""
    if tool == "invalid" and isinstance(given, dict) and isinstance(given.get("tool"), str):
        return given["tool"], {}
    return served(tool), given


def _outcome(part: _Part, state: _State, text: str) -> tuple[Outcome, int | None]:
    if state.status == "error" and _NO.match(text):
        return "refused", None
    if state.status == "error" or part.tool == "invalid":
        return "failed", None
    code = state.metadata.get("exit") if isinstance(state.metadata, dict) else None
    return "succeeded", code if isinstance(code, int) and not isinstance(code, bool) else None
