"""Capture what the real clients leave on disk, scrubbed, as the samples beside this file.

    JACKLINE_CLIENTS=DIR python3 tests/clients/transcripts/capture.py [CLIENT…]

Runs each installed client offline against the scripted model of `tests/e2e` (as root in a network of its own), session
by session, and writes `samples/CLIENT-VERSION/`. What differs from machine to machine is replaced: homes, times stay.
The sessions are the same for every client: ordinary work with a command that fails, a denial by the client's own rules,
a denial by a hook, an MCP call, a sub-agent, a session that is resumed, one that is compacted.
"""

# ruff: noqa: T201 - a program: it prints

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "e2e"))

import run_client  # noqa: E402 - a program beside us, found by path
import wire  # noqa: E402 - the same

Step = dict[str, Any]

WORK: list[Step] = [
    {"shell": "ls -la"},
    {"write": ["hello.py", "print('hello')\n"]},
    {"calls": [{"read": "data/a.txt"}, {"shell": "python3 hello.py && git status --short"}]},
    {"shell": "cat nosuchfile"},
    {"text": "All done: the tests pass."},
]
REFUSED: list[Step] = [
    {"shell": "curl -s http://203.0.113.9/forbidden"},
    {"shell": "echo hooked"},
    {"shell": "rm -rf data"},
    {"text": "I could not do that."},
]
SERVED: list[Step] = [
    {"tool": "mcp__notes__add_note", "input": {"text": "buy rope"}},
    {"tool": "mcp__notes__fail", "input": {}},
    {"text": "The note is saved."},
]

MCP_SERVER = """
import json, sys
TOOLS = [{"name": n, "description": n, "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}
         for n in ("add_note", "fail")]
for line in sys.stdin:
    call = json.loads(line)
    if "id" not in call:
        continue
    method, given = call["method"], call.get("params", {})
    if method == "initialize":
        result = {"protocolVersion": given.get("protocolVersion", "2025-06-18"), "capabilities": {"tools": {}},
                  "serverInfo": {"name": "notes", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": TOOLS}
    elif method == "tools/call":
        bad = given["name"] == "fail"
        result = {"content": [{"type": "text", "text": "no such note" if bad else "saved as note 7"}], "isError": bad}
    else:
        print(json.dumps({"jsonrpc": "2.0", "id": call["id"], "error": {"code": -32601, "message": "unknown"}}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}), flush=True)
"""

HOOK = """#!/bin/sh
if grep -q 'echo hooked'; then printf '%s' '{answer}'; else echo '{{}}'; fi
"""


@dataclass
class Machine:
    """One client's throw-away home and project, at the same short paths on every machine."""

    client: run_client.Client
    clients: Path
    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="jl", dir="/tmp")))

    def __post_init__(self) -> None:
        self.home, self.project = self.root / "home", self.root / "project"
        (self.project / "data").mkdir(parents=True)
        (self.project / "data" / "a.txt").write_text("precious\n")
        self.home.mkdir()
        self.server = self.root / "notes.py"
        self.server.write_text(MCP_SERVER)

    def hook(self, answer: dict[str, Any]) -> str:
        path = self.root / "hook.sh"
        path.write_text(HOOK.format(answer=json.dumps(answer)))
        path.chmod(0o755)
        return str(path)

    def run(
        self, script: list[Step], *, prompt: str = run_client.PROMPT, extra: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        run_client.PROMPT = prompt
        report = run_client.run(
            self.client, script, self.home, self.project, self.clients, port=8399, extra=extra, timeout=60
        )
        print(f"{self.client.name}: exit {report['exit']}, {len(report['tool_results'])} results", file=sys.stderr)
        for result in report["tool_results"]:
            print("   ", result["call"][:80], "->", result["text"][:90].replace("\n", "\\n"), file=sys.stderr)
        if report["exit"]:
            print(report["stdout_tail"], report["stderr_tail"], file=sys.stderr)
        return report


DENIAL = {
    "hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": "not on this ship",
    }
}


def delegating(tool: str, values: dict[str, Any], then: Step | None = None) -> list[Step]:
    """A sub-agent starts the script anew: where it may not delegate in its turn, its first call is an error."""
    return [{"tool": tool, "input": values}, then or {"shell": "echo from $PWD"}, {"text": "The helper is done."}]


def claude(machine: Machine) -> None:
    settings = machine.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    hook = {"matcher": "Bash", "hooks": [{"type": "command", "command": machine.hook(DENIAL)}]}
    settings.write_text(json.dumps({"permissions": {"deny": ["Bash(curl:*)"]}, "hooks": {"PreToolUse": [hook]}}))
    machine.run(
        [
            *WORK[:2],
            {
                "tool": "Edit",
                "input": {"file_path": str(machine.project / "hello.py"), "old_string": "hello", "new_string": "ahoy"},
            },
            *WORK[2:],
        ]
    )
    machine.run(REFUSED)
    mcp = json.dumps({"mcpServers": {"notes": {"command": sys.executable, "args": [str(machine.server)]}}})
    machine.run(SERVED, extra=("--mcp-config", mcp))
    machine.run(
        delegating(
            "Agent", {"description": "look", "prompt": "SCRIPT: look around", "subagent_type": "general-purpose"}
        )
    )
    machine.run(WORK[:1] + WORK[-1:], extra=("--continue", "--fork-session"))
    machine.run(WORK[3:], extra=("--continue",))
    machine.run([], prompt="/compact", extra=("--continue",))
    machine.run(WORK[3:], extra=("--continue",))


def deferred(names: dict[str, str]) -> None:
    """Codex offers some tools only after a search; the scripted model calls them in their namespace all the same."""
    offered = wire.Responses.tools

    def tools(self: wire.Responses, body: wire.Json) -> wire.Schemas:
        return offered(self, body) | {name: {"_namespace": space} for name, space in names.items()}

    wire.Responses.tools = tools  # type: ignore[method-assign]


def codex(machine: Machine) -> None:
    deferred({"add_note": "mcp__notes", "fail": "mcp__notes", "spawn_agent": "multi_agent_v1"})
    home = machine.home / ".codex"
    home.mkdir()
    hook = {"matcher": ".*", "hooks": [{"type": "command", "command": machine.hook(DENIAL)}]}
    (home / "hooks.json").write_text(json.dumps({"hooks": {"PreToolUse": [hook]}}))
    served = f'mcp_servers.notes={{command="{sys.executable}",args=["{machine.server}"]}}'
    machine.run(
        [
            *WORK[:2],
            {
                "tool": "apply_patch",
                "input": "*** Begin Patch\n*** Update File: hello.py\n@@\n-print('hello')\n+print('ahoy')\n*** End Patch\n",
            },
            *WORK[2:],
        ]
    )
    machine.run(REFUSED)
    machine.run(SERVED, extra=("-c", served))
    machine.run(delegating("spawn_agent", {"message": "SCRIPT: look around"}))
    machine.run([*WORK[:2], *WORK[3:]], extra=("resume", "--last"))


def gemini(machine: Machine) -> None:
    settings = machine.home / ".gemini" / "settings.json"
    settings.parent.mkdir()
    hook = {
        "matcher": "*",
        "hooks": [
            {
                "type": "command",
                "name": "x",
                "command": machine.hook({"decision": "deny", "reason": "not on this ship"}),
            }
        ],
    }
    server = {"command": sys.executable, "args": [str(machine.server)]}
    settings.write_text(
        json.dumps(
            {"hooks": {"BeforeTool": [hook]}, "mcpServers": {"notes": server}, "experimental": {"enableAgents": True}}
        )
    )
    policies = machine.home / ".gemini" / "policies"
    policies.mkdir()
    (policies / "no.toml").write_text(
        '[[rule]]\ntoolName = "run_shell_command"\ncommandPrefix = "curl"\ndecision = "deny"\npriority = 900\n'
    )
    machine.run(
        [
            *WORK[:2],
            {
                "tool": "replace",
                "input": {
                    "file_path": str(machine.project / "hello.py"),
                    "instruction": "greet",
                    "old_string": "hello",
                    "new_string": "ahoy",
                },
            },
            *WORK[2:],
        ]
    )
    machine.run(REFUSED)
    machine.run(
        [
            {**step, "tool": step["tool"].replace("mcp__notes__", "mcp_notes_")} if "tool" in step else step
            for step in SERVED
        ]
    )
    machine.run(
        delegating(
            "invoke_agent",
            {"agent_name": "codebase_investigator", "prompt": "SCRIPT: look around"},
            {"read": "hello.py"},
        )
    )
    machine.run([*WORK[:2], *WORK[3:]], extra=("--resume", "latest"))


def opencode(machine: Machine) -> None:
    settings = machine.home / ".config" / "opencode" / "opencode.json"
    settings.parent.mkdir(parents=True)
    plugin = machine.root / "guard.js"
    plugin.write_text(PLUGIN)
    settings.write_text(
        json.dumps(
            {
                "plugin": [f"file://{plugin}"],
                "mcp": {"notes": {"type": "local", "command": [sys.executable, str(machine.server)]}},
            }
        )
    )
    machine.run(
        [
            *WORK[:2],
            {
                "tool": "edit",
                "input": {"filePath": str(machine.project / "hello.py"), "oldString": "hello", "newString": "ahoy"},
            },
            *WORK[2:],
        ]
    )
    machine.run(REFUSED)
    machine.run(
        [
            {**step, "tool": step["tool"].replace("mcp__notes__", "notes_")} if "tool" in step else step
            for step in SERVED
        ]
    )
    machine.run(
        delegating("task", {"description": "look", "prompt": "SCRIPT: look around", "subagent_type": "general"})
    )
    machine.run([*WORK[:2], *WORK[3:]], extra=("--continue",))


class Qwen(run_client.Client):
    """Qwen Code speaks Chat Completions."""

    name = "qwen"

    def program(self, clients: Path) -> list[str]:
        return [f"{clients}/{self.node}/node", f"{clients}/node_modules/@qwen-code/qwen-code/cli.js"]

    def environment(self, home: Path, port: int) -> dict[str, str]:
        return {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_MODEL": "scripted"}

    def arguments(self, project: Path, port: int) -> list[str]:
        return ["--auth-type", "openai", "-p", run_client.PROMPT, "--output-format", "json", "--yolo"]


run_client.CLIENTS["qwen"] = Qwen()


def qwen(machine: Machine) -> None:
    settings = machine.home / ".qwen" / "settings.json"
    settings.parent.mkdir()
    hook = {"matcher": "*", "hooks": [{"type": "command", "name": "x", "command": machine.hook(DENIAL)}]}
    server = {"command": sys.executable, "args": [str(machine.server)]}
    settings.write_text(
        json.dumps(
            {
                "hooks": {"PreToolUse": [hook]},
                "mcpServers": {"notes": server},
                "permissions": {"deny": ["Bash(curl *)"]},
            }
        )
    )
    machine.run(
        [
            *WORK[:2],
            {
                "tool": "edit",
                "input": {"file_path": str(machine.project / "hello.py"), "old_string": "hello", "new_string": "ahoy"},
            },
            *WORK[2:],
        ]
    )
    machine.run(REFUSED)
    machine.run(SERVED)
    machine.run(
        delegating(
            "agent", {"description": "look", "prompt": "SCRIPT: look around", "subagent_type": "general-purpose"}
        )
    )
    machine.run([*WORK[:2], *WORK[3:]], extra=("--continue",))


PLUGIN = """export const Guard = async () => ({ "tool.execute.before": async (input, output) => {
  if (String(output.args.command).includes("echo hooked")) throw new Error("not on this ship");
}})
"""


# ---- what is kept of it ---------------------------------------------------------------------------------------------

PLACES = {
    "claude": (".claude/projects", "*.jsonl"),
    "codex": (".codex/sessions", "*.jsonl"),
    "gemini": (".gemini/tmp", "*"),
    "qwen": (".qwen/projects", "*.jsonl"),
}
PACKAGES = {
    "claude": "@anthropic-ai/claude-code-linux-x64",
    "codex": "@openai/codex",
    "gemini": "@google/gemini-cli",
    "qwen": "@qwen-code/qwen-code",
    "opencode": "opencode-linux-x64",
}
DROPPED = (
    "api-request",
    "prompt_snapshot",
    "skill_listing",
    "agent_listing_delta",
    "deferred_tools_delta",
    "world_state",
    "token_usage_record",
)
"""Entries that only repeat the client's own instructions to its model."""

OWN_WORDS = ("You are Codex", "You are a Claude", "\nYou are an")
LONGEST = 600  # characters of a text: what is longer is the client's own text


def scrubbed(value: Any, root: str) -> Any:
    """Without this machine's folders, and without long texts."""
    if isinstance(value, str):
        text = (
            re.sub(r"/root/[\w./-]*/bin/", "/usr/bin/", value)
            .replace(root, "/tmp/jl")
            .replace(root.replace("/", "-").replace("_", "-"), "-tmp-jl")
        )
        if text.startswith(OWN_WORDS):
            return text[:8] + " …"
        return text if len(text) <= LONGEST else text[:200] + " … " + text[-40:]
    if isinstance(value, list):
        return [scrubbed(each, root) for each in value]
    if isinstance(value, dict):
        return {scrubbed(key, root): scrubbed(each, root) for key, each in value.items()}
    return value


def kept(line: str) -> bool:
    value = json.loads(line)
    inner = value.get("attachment") or value.get("payload") or {}
    kinds = (str(value.get("type")), str(inner.get("type")))
    return not any(kind.startswith(DROPPED) for kind in kinds)


def copy_files(machine: Machine, name: str, target: Path) -> None:
    place, pattern = PLACES[name]
    root = str(machine.root)
    for source in sorted((machine.home / place).rglob(pattern)):
        if not source.is_file():
            continue
        inside = str(source.relative_to(machine.home)).replace(
            root.strip("/").replace("/", "-").replace("_", "-"), "tmp-jl"
        )
        path = target / inside.lstrip(".")
        path.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text()
        if source.suffix == ".jsonl":
            lines = [
                json.dumps(scrubbed(json.loads(line), root), ensure_ascii=False, separators=(",", ":"))
                for line in text.splitlines()
                if kept(line)
            ]
            path.write_text("\n".join(lines) + "\n")
        else:
            path.write_text(scrubbed(text, root))


def copy_database(machine: Machine, target: Path) -> None:
    """opencode's tables that hold conversations, as SQL."""
    connection = sqlite3.connect(machine.home / ".local" / "share" / "opencode" / "opencode.db")
    target.mkdir(parents=True, exist_ok=True)
    wanted = ("session", "message", "part")
    schema = [
        sql
        for (sql,) in connection.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name IN (?, ?, ?)", wanted
        )
    ]
    lines = [f"{sql};" for sql in schema]
    for table in wanted:
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY time_created, id"):
            values = [
                json.dumps(scrubbed(json.loads(value), str(machine.root)), ensure_ascii=False) if isinstance(value, str) and value[:1] in {"{", "["}
                else scrubbed(value, str(machine.root)) for value in row
            ]  # fmt: skip
            quoted = [
                "NULL"
                if value is None
                else repr(value)
                if isinstance(value, int | float)
                else "'" + value.replace("'", "''") + "'"
                for value in values
            ]
            lines.append(f"INSERT INTO {table} VALUES ({', '.join(quoted)});")
    (target / "opencode.sql").write_text("\n".join(lines) + "\n")


def version(clients: Path, name: str) -> str:
    return str(json.loads((clients / "node_modules" / PACKAGES[name] / "package.json").read_text())["version"])


def main() -> None:
    run_client.enter_namespaces()
    clients = Path(os.environ["JACKLINE_CLIENTS"])
    for name in sys.argv[1:] or PACKAGES:
        machine = Machine(run_client.CLIENTS[name], clients)
        {"claude": claude, "codex": codex, "gemini": gemini, "qwen": qwen, "opencode": opencode}[name](machine)
        target = HERE / "samples" / f"{name}-{version(clients, name)}"
        shutil.rmtree(target, ignore_errors=True)
        if name == "opencode":
            copy_database(machine, target)
        else:
            copy_files(machine, name, target)
        print(
            f"{target}: {sum(path.stat().st_size for path in target.rglob('*') if path.is_file())} bytes",
            file=sys.stderr,
        )
        shutil.rmtree(machine.root)


if __name__ == "__main__":
    main()
