"""An agent without a model: a program that speaks Claude Code's hook protocol and carries out a script of tool calls.

    agent.py --project DIR [--unguarded] < STEPS.jsonl > EVENTS.jsonl

It is no part of the guard and knows nothing of it. Like the real client it reads `~/.claude/settings.json`, starts the hook
commands that stand there, hands them the call as JSON, obeys their answers by the client's own rules (the bad ones too: a
hook that fails is passed over unless `onFailure` is `block`), and sends what it runs through `CLAUDE_CODE_SHELL_PREFIX`.
There is nobody at its keyboard, so a question counts as no. A step is `{"tool": …, "input": {…}}`; for each, one event
line comes out: what the hooks answered, whether the call ran, and what it printed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any, NamedTuple

DENIED = 2
SHELL_SECONDS = 60
SWITCHES = (
    "{ \\builtin shopt -u extglob || \\builtin setopt NO_EXTENDED_GLOB NO_BARE_GLOB_QUAL; } >/dev/null 2>&1 || true && "
)
Json = dict[str, Any]


class Answer(NamedTuple):
    """What the hooks of one event say together: the strictest verdict wins."""

    verdict: str
    reason: str


class Agent:
    """One session in one project."""

    def __init__(self, project: Path, *, guarded: bool) -> None:
        self.session, self.cwd, self.guarded = str(uuid.uuid4()), str(project), guarded
        self.cwd_file = Path(tempfile.mkdtemp(prefix="agent-")) / "cwd"
        self.calls = 0

    @property
    def settings(self) -> Json:
        """The user's settings, read anew each time, as the client does."""
        path = Path(os.environ["HOME"], ".claude", "settings.json")
        known: Json = json.loads(path.read_text()) if path.exists() else {}
        return {} if not self.guarded or known.get("disableAllHooks") else known

    def step(self, tool: str, arguments: Json) -> Json:
        """Carry out one tool call, if the hooks let it."""
        self.calls += 1
        call: Json = {"tool_name": tool, "tool_input": arguments, "tool_use_id": f"toolu_{self.calls:024d}"}
        answer = self.hooks("PreToolUse", call)
        if answer.verdict != "allow":
            return {"call": call["tool_use_id"], **answer._asdict(), "ran": False, "output": ""}
        exit_code, output = self.shell(arguments["command"]) if tool == "Bash" else self.write(arguments)
        response = (
            {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}
            if tool == "Bash"
            else {"type": "update"}
        )
        self.hooks(
            "PostToolUse" if exit_code == 0 else "PostToolUseFailure",
            {**call, "tool_response": response, "error": output},
        )
        return {"call": call["tool_use_id"], **answer._asdict(), "ran": True, "exit": exit_code, "output": output}

    def hooks(self, event: str, fields: Json) -> Answer:
        """Start the configured hooks of an event, one after the other."""
        call = {
            "session_id": self.session, "transcript_path": str(self.cwd_file.with_name("transcript.jsonl")), "cwd": self.cwd,
            "prompt_id": "demo", "permission_mode": "bypassPermissions", "hook_event_name": event, **fields,
        }  # fmt: skip
        answers = [Answer("allow", "")]
        for group in self.settings.get("hooks", {}).get(event, []):
            matcher = group.get("matcher", "*")
            if matcher in {"", "*"} or re.search(matcher, str(fields.get("tool_name", ""))):
                answers += [self.hook(entry, json.dumps(call)) for entry in group["hooks"]]
        return max(answers, key=lambda answer: ("allow", "ask", "deny").index(answer.verdict))

    def hook(self, entry: Json, call: str) -> Answer:
        """One hook's answer. What is not a denial, and not a failure of one that must not fail, lets the call run."""
        failed = Answer("deny" if entry.get("onFailure") == "block" else "allow", "the hook failed")
        try:
            done = subprocess.run(
                self.prefixed(entry["command"]),
                input=call,
                capture_output=True,
                text=True,
                check=False,
                timeout=entry.get("timeout", 60),
            )
        except (OSError, subprocess.TimeoutExpired):
            return failed
        if done.returncode == DENIED:
            return Answer("deny", done.stderr.strip())
        if done.returncode:
            return failed
        try:
            said = json.loads(done.stdout or "{}").get("hookSpecificOutput", {})
        except (ValueError, AttributeError):
            return Answer("allow", "")
        return Answer(said.get("permissionDecision", "allow"), said.get("permissionDecisionReason", ""))

    def prefixed(self, text: str) -> list[str]:
        """How the client starts a shell text: through its prefix, if there is one."""
        prefix = self.settings.get("env", {}).get("CLAUDE_CODE_SHELL_PREFIX", "")
        return ["/bin/sh", "-c", f"{shlex.quote(prefix)} {shlex.quote(text)}" if prefix else text]

    def shell(self, command: str) -> tuple[int, str]:
        """Run a command in the wrapper that the client puts round it; the directory holds for the next one."""
        text = f"{SWITCHES}eval {shlex.quote(command)} < /dev/null && pwd -P >| {shlex.quote(str(self.cwd_file))}"
        argv = (
            self.prefixed(text)
            if self.settings.get("env", {}).get("CLAUDE_CODE_SHELL_PREFIX")
            else ["/bin/bash", "-c", text]
        )
        known = {**os.environ, "CLAUDE_CODE_SESSION_ID": self.session}
        done = subprocess.run(
            argv, cwd=self.cwd, env=known, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, timeout=SHELL_SECONDS,
        )  # fmt: skip
        if self.cwd_file.exists():
            self.cwd = self.cwd_file.read_text().strip()
        return done.returncode, done.stdout

    def write(self, arguments: Json) -> tuple[int, str]:
        """The client's own file tool."""
        path = Path(arguments["file_path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(arguments["content"])
        return 0, f"wrote {path}"


def main() -> None:
    """Read steps, write events, until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument(
        "--unguarded", action="store_true", help="do not read the client's settings: no hook, no prefix"
    )
    options = parser.parse_args()
    agent = Agent(options.project, guarded=not options.unguarded)
    agent.hooks("SessionStart", {"source": "startup"})
    for line in sys.stdin:
        step = json.loads(line)
        print(
            json.dumps({"session": agent.session, "call": agent.calls + 1, **agent.step(step["tool"], step["input"])}),
            flush=True,
        )
    agent.hooks("SessionEnd", {"reason": "other"})


if __name__ == "__main__":
    main()
