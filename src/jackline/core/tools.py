"""The canonical tools, and the names that the clients give them.

A client's call is turned into a canonical tool and canonical argument names here, so that lowering and policies know
one vocabulary. A name that stands nowhere is passed through unchanged: lowering makes it `opaque`.
"""

from __future__ import annotations

import re
import shlex
from typing import Any, Final

CANONICAL: Final[dict[str, tuple[str, ...]]] = {
    "shell": ("command", "cwd"),
    "type": ("process", "text"),
    "read": ("path",),
    "write": ("path", "content"),
    "edit": ("path", "old", "new", "all", "edits"),
    "patch": ("text",),
    "delete": ("path",),
    "move": ("path", "to"),
    "list": ("path",),
    "search": ("pattern", "path"),
    "fetch": ("url", "method", "body", "headers", "prompt"),
    "reach": ("host", "port", "method", "path", "body", "lookup"),
    "web_search": ("query",),
    "delegate": ("prompt", "agent"),
    "message": ("to", "text"),
    "schedule": ("when", "prompt", "command"),
    "note": (),
    "sql": ("statement", "database"),
    "python": ("code",),
}
"""Canonical tool → its canonical arguments. `note` is a tool without effects: a plan, a to-do list, a question;
`reach` is what the gateway sees of a connection from a sandbox (an unseen `method` is "")."""

_PATHS = {"file_path": "path", "filePath": "path", "absolute_path": "path", "notebook_path": "path", "dir_path": "path"}
_EDIT = {
    **_PATHS, "old_string": "old", "oldString": "old", "new_string": "new", "newString": "new", "replace_all": "all",
    "replaceAll": "all", "old_str": "old", "new_str": "new", "new_source": "new",
}  # fmt: skip
_SHELL = {"cmd": "command", "workdir": "cwd", "dir_path": "cwd", "directory": "cwd", "script": "command"}

NATIVE: Final[dict[str, tuple[str, dict[str, str]]]] = {
    # Shells
    "Bash": ("shell", _SHELL), "bash": ("shell", _SHELL), "shell": ("shell", _SHELL), "shell_command": ("shell", _SHELL),
    "local_shell": ("shell", _SHELL), "exec_command": ("shell", _SHELL), "run_shell_command": ("shell", _SHELL),
    "monitor": ("shell", _SHELL), "Monitor": ("shell", _SHELL), "run_terminal_cmd": ("shell", _SHELL),
    "execute_command": ("shell", _SHELL), "terminal": ("shell", _SHELL),
    "write_stdin": ("type", {"session_id": "process", "chars": "text"}),
    # Files
    "Read": ("read", _PATHS), "read": ("read", _PATHS), "read_file": ("read", _PATHS), "view_image": ("read", _PATHS),
    "view": ("read", _PATHS), "NotebookRead": ("read", _PATHS), "read_many_files": ("read", {"paths": "path", "include": "path"}),
    "Write": ("write", _PATHS), "write": ("write", _PATHS), "write_file": ("write", _PATHS), "create_file": ("write", _PATHS),
    "Edit": ("edit", _EDIT), "edit": ("edit", _EDIT), "MultiEdit": ("edit", _EDIT), "multiedit": ("edit", _EDIT),
    "replace": ("edit", _EDIT), "str_replace": ("edit", _EDIT), "edit_file": ("edit", _EDIT), "NotebookEdit": ("edit", _EDIT),
    "apply_patch": ("patch", {"command": "text", "input": "text", "patch": "text"}),
    "patch": ("patch", {"patchText": "text", "patch": "text"}), "delete_file": ("delete", _PATHS),
    "Glob": ("search", {}), "glob": ("search", {}), "Grep": ("search", {}), "grep": ("search", {}),
    "grep_search": ("search", _PATHS), "search_file_content": ("search", _PATHS), "LS": ("list", {}), "ls": ("list", _PATHS),
    "list": ("list", _PATHS), "list_directory": ("list", _PATHS), "LSP": ("search", _PATHS), "lsp": ("search", _PATHS),
    # The web
    "WebFetch": ("fetch", {}), "web_fetch": ("fetch", {"prompt": "prompt"}), "webfetch": ("fetch", {}), "fetch": ("fetch", {}),
    "WebSearch": ("web_search", {}), "web_search": ("web_search", {}), "google_web_search": ("web_search", {}),
    "websearch": ("web_search", {}),
    # Other agents, later runs
    "Agent": ("delegate", {"subagent_type": "agent"}), "Task": ("delegate", {"subagent_type": "agent"}),
    "task": ("delegate", {"subagent_type": "agent"}), "agent": ("delegate", {"subagent_type": "agent"}),
    "invoke_agent": ("delegate", {"agent_name": "agent"}), "spawn_agent": ("delegate", {}),
    "SendMessage": ("message", {"recipient": "to", "message": "text", "content": "text"}),
    "send_message": ("message", {"recipient": "to", "message": "text", "content": "text"}),
    "CronCreate": ("schedule", {"cron": "when"}), "ScheduleWakeup": ("schedule", {"delaySeconds": "when"}),
    # Nothing outside the agent's own head
    "TodoWrite": ("note", {}), "TodoRead": ("note", {}), "todowrite": ("note", {}), "todoread": ("note", {}),
    "write_todos": ("note", {}), "todo_write": ("note", {}), "update_plan": ("note", {}), "ExitPlanMode": ("note", {}),
    "plan_enter": ("note", {}), "plan_exit": ("note", {}),
    "EnterPlanMode": ("note", {}), "AskUserQuestion": ("note", {}), "ask_user": ("note", {}), "ToolSearch": ("note", {}),
    "create_goal": ("note", {}), "get_goal": ("note", {}), "update_goal": ("note", {}), "TaskCreate": ("note", {}),
    "TaskUpdate": ("note", {}), "TaskList": ("note", {}), "TaskGet": ("note", {}), "TaskOutput": ("note", {}),
    "BashOutput": ("note", {}), "wait": ("note", {}), "question": ("note", {}), "CronList": ("note", {}), "CronDelete": ("note", {}),
}  # fmt: skip


def canonical(tool: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The canonical tool and arguments of a client's call.

    `mcp__SERVER__TOOL` and `mcp_SERVER_TOOL` become `SERVER/TOOL`; a canonical name stays as it is, unless the
    arguments bear a client's names. Arguments that have no canonical name are kept under their own.
    """
    if tool.startswith("mcp__"):
        server, _, name = tool[5:].partition("__")
        return (f"{server}/{name}" if name else tool), arguments
    found = NATIVE.get(tool)
    if found is None:
        if tool.startswith("mcp_") and "_" in tool[4:]:
            server, _, name = tool[4:].partition("_")
            return f"{server}/{name}", arguments
        return tool, arguments
    name, renames = found
    renamed = arguments if renames.keys().isdisjoint(arguments) else _renamed(arguments, renames)
    if name == "shell" and isinstance(renamed.get("command"), list):
        renamed = {**renamed, "command": _joined(renamed["command"])}
    return name, renamed


def _renamed(arguments: dict[str, Any], renames: dict[str, str]) -> dict[str, Any]:
    """The arguments under their canonical names."""
    renamed = {key: value for key, value in arguments.items() if renames.get(key, key) == key}
    for key, value in arguments.items():
        target = renames.get(key, key)
        if target != key:  # two spellings of one argument: both are kept, for either may be the one that counts
            renamed[key if target in renamed else target] = value
    return renamed


def served(tool: str) -> str:
    """`SERVER/TOOL` where a client (opencode) joins the two by one underscore; a name that is known here stays as it is."""
    found = _SERVED.fullmatch(tool) if tool not in NATIVE and tool not in CANONICAL else None
    return f"{found[1]}/{found[2]}" if found else tool


_SERVED: Final = re.compile(r"([A-Za-z0-9-]+)_([\w-]+)")


def _joined(words: list[Any]) -> Any:  # noqa: ANN401 - JSON in, text or the same out
    """An argument list as the shell text that has the same meaning; `bash -lc TEXT` is TEXT's own shell."""
    if not all(isinstance(word, str) for word in words):
        return words
    return shlex.join(words)


def main_text(arguments: dict[str, Any]) -> str:
    """The argument that stands for a call before a reader: its command, statement, path, address or query."""
    for name in ("command", "statement", "code", "text", "path", "url", "query", "pattern", "prompt"):
        value = arguments.get(name)
        if isinstance(value, str) and value:
            return value
    return ""
