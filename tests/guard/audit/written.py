"""Transcripts of Claude Code's form, written from steps."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.guard.history.sessions import Step

START = 1_760_000_000
HERE = "/home/dev/app"
_SPACE = UUID(int=7)


def write(
    folder: Path, name: str, steps: Iterable[Step | str], *, cwd: str = HERE, start: int = START, prompt: str = "do it"
) -> Path:
    """One session; a step that is a text is said by the agent. `name` becomes the session's ID."""
    session = str(uuid5(_SPACE, name))
    lines: list[dict[str, Any]] = []

    def add(kind: str, content: Any, **more: Any) -> None:
        number = len(lines)
        time = datetime.fromtimestamp(start + number, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        lines.append({
            "parentUuid": lines[-1]["uuid"] if lines else None, "isSidechain": False, "userType": "external", "cwd": cwd,
            "sessionId": session, "version": "2.1.330", "type": kind, "message": {"role": kind, "content": content, "id": f"msg_{number}"},
            "uuid": str(uuid5(_SPACE, f"{name}{number}")), "timestamp": time, **more,
        })  # fmt: skip

    add("user", prompt)
    for number, step in enumerate(steps):
        if isinstance(step, str):
            add("assistant", [{"type": "text", "text": step}])
            continue
        call = f"toolu_{name}_{number}"
        add("assistant", [{"type": "tool_use", "id": call, "name": step.tool, "input": step.arguments}])
        failed = step.outcome in {"failed", "refused"}
        add("user", [{"type": "tool_result", "tool_use_id": call, "content": step.result, "is_error": failed}])
    path = folder / f"{session}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines), encoding="utf-8")
    return path


def id_of(name: str) -> str:
    """The ID of the session that `write` gave this name."""
    return str(uuid5(_SPACE, name))
