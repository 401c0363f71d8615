"""Qwen Code: `~/.qwen/projects/FOLDER/chats/SESSION.jsonl` (learned from 0.15.10).

Claude Code's chain of entries with Google's parts for messages. What a sub-agent calls stands only among the `ui_telemetry`
of its parent's file, without results; such a call is told by the `#` in its prompt's ID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import msgspec
from msgspec import Struct, field

from jackline.clients.transcripts.interface import Header, Tie
from jackline.clients.transcripts.lines import decoded
from jackline.clients.transcripts.making import Speaker, micros
from jackline.clients.transcripts.parts import Response, id_of, named, outcome_of, parts_of, response_of
from jackline.clients.transcripts.versions import note_newer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jackline.clients.transcripts.interface import Damage, Entry
    from jackline.core.history import Turn

NEWEST: Final = "0.15.10"


class _Message(Struct):
    parts: Any = None


class _Ended(Struct, rename="camel"):
    """The client's word on a call."""

    status: str = ""
    error_type: str | None = None


class _Telemetry(Struct):
    """What a sub-agent called."""

    name: str = field(name="event.name", default="")
    function_name: str = ""
    function_args: Any = None
    status: str = ""
    error: str | None = None
    error_type: str | None = None
    prompt_id: str = ""


class _System(Struct, rename="camel"):
    ui_event: _Telemetry | None = None


class _Line(Struct, rename="camel"):
    type: str = ""
    subtype: str | None = None
    uuid: str | None = None
    session_id: str = ""
    timestamp: str = ""
    cwd: str | None = None
    version: str | None = None
    message: _Message | None = None
    tool_call_result: _Ended | None = None
    system_payload: _System | None = None


_LINES: Final = msgspec.json.Decoder(_Line)


class QwenSource:
    """Qwen Code's transcripts. One object reads one unit."""

    name: ClassVar[str] = "qwen"

    def __init__(self) -> None:
        self._speakers: dict[str, Speaker] = {}
        self._seen: set[str] = set()

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """`projects` of the client's folder, and `tmp`, where older versions kept them."""
        del environment
        yield home / ".qwen" / "projects"
        yield home / ".qwen" / "tmp"

    def recognises(self, head: bytes, path: Path) -> bool:
        """The chain of entries, and parts."""
        del path
        return b'"parentUuid"' in head and b'"parts":' in head and b'"sessionId"' in head

    def tie(self, head: bytes, path: Path) -> Tie:
        """The session that the file is named after."""
        del head
        return Tie((path.stem,))

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """The entries that were not yielded before."""
        for number, line in decoded(file, path, damage, _LINES):
            if not line.session_id or (line.uuid and line.uuid in self._seen):
                continue
            if line.uuid:
                self._seen.add(line.uuid)
            speaker = self._speakers.get(line.session_id)
            if speaker is None:
                speaker = self._speakers[line.session_id] = Speaker(line.session_id, self.name)
                note_newer(damage, self.name, line.version or "", NEWEST)
                yield self._header(line, speaker, number)
            speaker.cwd = line.cwd or speaker.cwd
            if line.type == "system":
                yield from self._delegated(line, speaker, number)
            elif line.message is not None:
                for part in parts_of(line.message.parts):
                    yield from self._part(part, line, speaker, number)

    def _header(self, line: _Line, speaker: Speaker, number: int) -> Header:
        return Header(
            session=speaker.session,
            client=self.name,
            version=line.version or "",
            project=line.cwd or "",
            parent=speaker.parent,
            at=micros(line.timestamp),
            line=number,
        )

    def _part(self, part: dict[str, Any], line: _Line, speaker: Speaker, number: int) -> Iterator[Turn]:
        at = micros(line.timestamp)
        text = part.get("text")
        if isinstance(text, str) and text.strip() and not part.get("thought"):
            yield speaker.words("said" if line.type == "assistant" else "prompt", text, at, number)
        call, response = named(part, "functionCall"), named(part, "functionResponse")
        if call is not None:
            yield speaker.called(call["name"], call.get("args"), id_of(call), at, number)
        if response is not None:
            read = response_of(response.get("response"))
            ended = line.tool_call_result or _Ended()
            outcome, code = outcome_of(ended.status, ended.error_type or "", read)
            yield speaker.result(read.text, id_of(response), outcome, code, at, number)

    def _delegated(self, line: _Line, parent: Speaker, number: int) -> Iterator[Entry]:
        """A sub-agent's call, in a session of its own."""
        event = line.system_payload.ui_event if line.system_payload else None
        if event is None or not event.name.endswith(".tool_call") or "#" not in event.prompt_id:
            return
        session = f"{parent.session}/{event.prompt_id.split('#')[1]}"
        speaker = self._speakers.get(session)
        if speaker is None:
            speaker = self._speakers[session] = Speaker(session, self.name, parent.session, parent.cwd)
            yield self._header(line, speaker, number)
        at, call = micros(line.timestamp), f"telemetry-{number}"
        yield speaker.called(event.function_name, event.function_args, call, at, number)
        outcome, _ = outcome_of(event.status, event.error_type or "", Response(event.error or "", bool(event.error)))
        yield speaker.result(event.error or "", call, outcome, None, at, number)
