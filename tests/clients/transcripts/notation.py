"""Turns as one readable line each, as the corpora write them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path

import msgspec

from jackline.clients.transcripts import Damage, Entry, Header, Source
from jackline.core.history import Turn


def entries(source: Source, data: bytes, name: str = "/logs/run.json", damage: Damage | None = None) -> list[Entry]:
    """What a source reads in these bytes; nothing may be damaged, unless the caller counts."""
    counted = Damage() if damage is None else damage
    found = list(source.read(io.BytesIO(data), Path(name), counted))
    assert damage is not None or counted == Damage(), counted
    return found


def written(found: Iterable[Entry]) -> list[str]:
    """The turns among entries, a line each: `call ID TOOL ARGUMENTS`, `result ID OUTCOME [CODE] TEXT`, `KIND TEXT`."""
    return [_line(entry) for entry in found if not isinstance(entry, Header)]


def _line(turn: Turn) -> str:
    if turn.kind == "call":
        assert turn.action is not None
        given = json.dumps(turn.action.arguments, separators=(",", ":"), ensure_ascii=False)
        return f"call {turn.call} {turn.action.tool} {given}"
    if turn.kind == "result":
        code = f" {turn.exit_code}" if turn.exit_code is not None else ""
        return f"result {turn.call} {turn.outcome}{code} {turn.text}"
    return f"{turn.kind} {turn.text}"


def told(found: Iterable[Entry]) -> list[str]:
    """Entries of several sessions, a line each, with short names for sessions and calls: a sample captured anew is told
    alike. Texts are cut: it is their beginning that shows what they are."""
    names: dict[str, str] = {"": "-"}
    calls: dict[str, str] = {}

    def name(session: str) -> str:
        return names.setdefault(session, f"S{len(names)}")

    lines = []
    for entry in found:
        if isinstance(entry, Header):
            about = f"{entry.client} {entry.version or '-'} {entry.project}"
            lines.append(
                f"session {name(entry.session)} {about} parent {name(entry.parent)} resumes {name(entry.resumes)}"
            )
            continue
        call = calls.setdefault(entry.call, f"C{len(calls) + 1}") if entry.call else ""
        assert entry.at > 1_790_000_000_000_000, entry
        line = _line(msgspec.structs.replace(entry, call=call))
        lines.append(f"{name(entry.session)} {line[:LONGEST]}".replace("\n", "\\n"))
    return lines


LONGEST = 160
