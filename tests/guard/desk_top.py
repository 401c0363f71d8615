"""A guard's service in this process, and a client that talks to it: no socket, no other process."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jackline.guard.eyes import Eyes
from jackline.guard.paths import Homes
from jackline.guard.peers import Peer
from jackline.guard.protocol import Header
from jackline.guard.service import Service

SESSION = "6809d89e-a780-4ec9-8df2-bb606c59b5c8"
NOBODYS_CHILD = Peer(os.getuid(), 1)
"""A caller that no client started: what a person's terminal looks like."""


class Talk:
    """A conversation whose peer stays on the line for `patience` keep-alives."""

    def __init__(self, kind: str, name: str, body: bytes, peer: Peer = NOBODYS_CHILD, patience: int = 10**9) -> None:
        self.header = Header(kind, name, len(body))
        self.body, self.peer, self.patience, self.within = body, peer, patience, ""

    def keep_alive(self) -> bool:
        self.patience -= 1
        return self.patience >= 0


class Desktop:
    """One machine: homes, a project, a service, and what the clients and the person there say."""

    def __init__(self, place: Path, **settings: str) -> None:
        self.place = place
        self.homes = Homes(str(place / "config"), str(place / "state"), str(place / "run"))
        self.project = place / "project"
        self.project.mkdir(parents=True)
        self.calls = 0
        self.write_settings("[approvals]\nwait_seconds = 0\n" + "".join(settings.values()))
        self.restart()

    def write_settings(self, text: str) -> None:
        os.makedirs(self.homes.config, 0o700, exist_ok=True)
        Path(self.homes.settings).write_text(text)

    def restart(self) -> None:
        """A new service over the same files."""
        if hasattr(self, "service"):
            self.service.close()
        self.service = Service(self.homes, Eyes(self.homes))

    def ask(self, kind: str, name: str, body: bytes, **talk: Any) -> tuple[int, bytes, bytes]:
        return self.service.answer(Talk(kind, name, body, **talk))

    def call(self, method: str, **parameters: Any) -> Any:
        code, out, err = self.ask("call", method, json.dumps(parameters).encode())
        if code:
            raise CallError(code, err.decode())
        return json.loads(out)

    def event(self, name: str, tool: str = "", arguments: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """A message of Claude Code."""
        message = {
            "session_id": SESSION, "transcript_path": "/t.jsonl", "cwd": str(self.project), "permission_mode": "bypassPermissions",
            "hook_event_name": name, **more,
        }  # fmt: skip
        if tool:
            message |= {"tool_name": tool, "tool_input": arguments or {}}
        return message

    def send(self, message: dict[str, Any], **talk: Any) -> dict[str, Any]:
        """One hook call; what the client would read, with `denied` and `reason` picked out."""
        code, out, err = self.ask("hook", "claude", json.dumps(message).encode(), **talk)
        answer = json.loads(out) if code == 0 else {}
        specific = answer.get("hookSpecificOutput", {})
        verdict = specific.get("permissionDecision", "deny" if code else "")
        return {
            "code": code,
            "verdict": verdict,
            "reason": specific.get("permissionDecisionReason", err.decode()),
            "raw": answer,
        }

    def before(self, tool: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
        self.calls += 1
        self.last_call = f"toolu_{self.calls}"
        return self.send(self.event("PreToolUse", tool, arguments, tool_use_id=self.last_call, **more))

    def after(self, tool: str, arguments: dict[str, Any], response: Any = None, **more: Any) -> dict[str, Any]:
        response = response if response is not None else {"stdout": "", "stderr": "", "interrupted": False}
        more = {"tool_use_id": self.last_call, **more}
        return self.send(self.event("PostToolUse", tool, arguments, tool_response=response, **more))

    def shell(self, command: str, **more: Any) -> dict[str, Any]:
        return self.before("Bash", {"command": command}, **more)

    def events(self, *kinds: str) -> list[Any]:
        return [event for _, event in self.service.parts().ledger.events(kinds=kinds)]

    def alerts(self) -> list[str]:
        return [event.data["alert"] for event in self.events("alerted")]


class CallError(Exception):
    """A call of the command line that was answered with an error."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
