"""Sessions as a reader writes them, and as detectors see them: `Turn`s, and calls judged by the real guard."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jackline.core.action import Action
from jackline.core.history import Judged, Turn
from jackline.core.tools import canonical
from jackline.detect import detectors
from jackline.guard.opening import Guard

if TYPE_CHECKING:
    from jackline.core.history import Finding
    from jackline.detect.interface import Moment

HERE = Path(__file__).parent / "sessions"
CWD = "/home/u/tide"
_LINE = re.compile(r"(system|person|said|call): ?(.*)")
_CALL = re.compile(r"(\S+) (\{.*\})((?: (?:exit=-?\d+|refused|failed|succeeded))*)$")


@dataclass
class Session:
    """A session, and at which lines something was followed that should not have been (or, for `expect`, what is found)."""

    name: str
    moments: list[Moment] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)


def read(name: str) -> list[Session]:
    """The sessions of a file, in its order."""
    found: list[Session] = []
    for block in re.split(r"^=== ", (HERE / f"{name}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = block.partition("\n")
        found.append(_session(title.strip(), body))
    return found


def written(name: str) -> dict[str, list[dict[str, object]]]:
    """The sessions of a file as a framework would log them: a list of messages under each title."""
    found = {}
    for block in re.split(r"^=== ", (HERE / f"{name}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = block.partition("\n")
        found[title.strip()] = [message for entry in enumerate(_entries(body)) for message in _messages(*entry)]
    return found


def _messages(number: int, entry: list[str]) -> list[dict[str, object]]:
    kind, line, result = entry
    if kind != "call":
        return [{"role": {"person": "user", "said": "assistant"}.get(kind, kind), "content": line}]
    tool, arguments, _ = _CALL.match(line).groups()
    call = {"id": f"c{number}", "type": "function", "function": {"name": tool, "arguments": arguments}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"c{number}", "content": result},
    ]


def _entries(body: str) -> list[list[str]]:
    """The lines of a session, each with its kind, and a call's with what came back."""
    entries: list[list[str]] = []
    for line in body.splitlines():
        match = _LINE.match(line)
        if match is not None:
            entries.append([match[1], match[2], ""])
        elif line.startswith("|"):
            entries[-1][2] += ("\n" if entries[-1][2] else "") + line[1:].removeprefix(" ")
    return entries


def _session(name: str, body: str) -> Session:
    session = Session(name)
    index = 0
    for at, (kind, line, result) in enumerate(_entries(body), 1):
        text = line.removesuffix(" !")
        if text != line:
            session.marked.add(at)
        if kind == "call":
            index += 1
            session.moments.append(_judged(name, text, _unescaped(result), index, at))
        else:
            turn_kind = "prompt" if kind == "person" else kind
            session.moments.append(Turn(kind=turn_kind, session=name, text=text, line=at))
    return session


def _unescaped(text: str) -> str:
    r"""`\Uxxxxxxxx` is the character that nobody would see in this file."""
    return re.sub(r"\\U([0-9a-f]{8})", lambda match: chr(int(match[1], 16)), text)


def _judged(session: str, text: str, result: str, index: int, line: int) -> Judged:
    match = _CALL.match(text)
    assert match is not None, text
    tool, arguments = canonical(match[1], json.loads(match[2]))
    action = Action(
        tool=tool if "/" in tool or tool in LOCAL else f"tools/{tool}", arguments=arguments, cwd=CWD, session=session
    )
    words = match[3].split()
    code = next((int(word[5:]) for word in words if word.startswith("exit=")), None)
    outcome = next((word for word in words if not word.startswith("exit=")), None)
    if outcome is None:
        outcome = "unknown" if code is None else "failed" if code else "succeeded"
    turn = Turn(kind="call", session=session, action=action, line=line, call=str(index))
    return Judged(
        turn=turn,
        decision=_decided(json.dumps([action.tool, action.arguments])),
        index=index,
        outcome=outcome,
        exit_code=code,
        result=result,
        knew=index - 1,
    )


LOCAL = {
    "shell",
    "read",
    "write",
    "edit",
    "patch",
    "delete",
    "move",
    "list",
    "search",
    "fetch",
    "web_search",
    "delegate",
    "note",
    "sql",
    "python",
}


@cache
def _decided(text: str):
    tool, arguments = json.loads(text)
    return _guard().decide(Action(tool=tool, arguments=arguments, cwd=CWD))


@cache
def _guard() -> Guard:
    return Guard.open()


def found(session: Session) -> list[Finding]:
    """What all detectors find in a session."""
    present = detectors()
    findings = [finding for moment in session.moments for one in present for finding in one.see(moment)]
    return findings + [finding for one in present for finding in one.end()]
