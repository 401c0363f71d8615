"""Claude Code: hooks that fail closed, the shell prefix, and a status line where there is none."""

from __future__ import annotations

import os
import shlex
from typing import Any, Final

from jackline.clients.connect.edits import Edit, Handler, Member
from jackline.clients.connect.hooks import (
    REPORT_LIMIT_MS,
    decides,
    decides_limit_ms,
    handler,
    is_ours,
    reports,
    starts_ours,
)
from jackline.clients.connect.interface import FileEdits, Place, Programs

PREFIX: Final = "CLAUDE_CODE_SHELL_PREFIX"
LAUNCHER: Final = "claude-shell"

DECIDED: Final = ("PreToolUse", "PermissionRequest")
"""Events on which a hook that fails must stop the call: `onFailure` is `block` (from 2.1.295 on)."""

REPORTED: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("PostToolUse", {"matcher": "*"}),
    ("PostToolUseFailure", {"matcher": "*"}),
    ("SessionStart", {}),
    ("SessionEnd", {}),
    ("UserPromptSubmit", {}),
    ("Stop", {}),
    ("SubagentStart", {}),
    ("SubagentStop", {}),
)

MANAGED_ONLY: Final = ("allowManagedHooksOnly",)
"""Set in the managed file: a hook of the user's or a project's may otherwise overwrite a rewritten call (read)."""


class ClaudeConnector:
    """Connects Claude Code."""

    name = "claude"

    def wanted(self, place: Place, programs: Programs) -> tuple[FileEdits, ...]:
        """The launcher that the prefix names, then the settings that name it."""
        launcher = os.path.join(place.config, LAUNCHER)
        settings = FileEdits(place.settings(self.name), self.edits(place, programs, launcher))
        return (FileEdits(launcher, content=launcher_text(programs), mode=0o755), settings)

    def edits(self, place: Place, programs: Programs, launcher: str) -> tuple[Edit, ...]:
        """The hooks, the prefix, the status line."""
        values: dict[str, Any] = {"type": "command", "command": shlex.join(programs.status)}
        status = Member(("statusLine",), values, is_ours, yields=True)
        prefix = Member(("env", PREFIX), launcher, _is_launcher)
        managed = tuple(Member((name,), True, _is_true) for name in MANAGED_ONLY if place.scope == "managed")
        return (*hooks(programs), prefix, status, *managed)


def hooks(programs: Programs) -> tuple[Handler, ...]:
    """All handlers, in the order in which they are written."""
    seconds = {"timeout": decides_limit_ms("claude") // 1000, "onFailure": "block"}
    decided = [handler(event, {"matcher": "*"}, {"command": decides("claude", programs), **seconds}) for event in DECIDED]
    report: dict[str, Any] = {"command": reports("claude", programs), "timeout": REPORT_LIMIT_MS // 1000}
    return (*decided, *(handler(event, group, report) for event, group in REPORTED))


def launcher_text(programs: Programs) -> str:
    """The one word that the prefix can be: our shell program with its options, and the session's name from the client.

    The client sends its hooks through the prefix too. Ours pass as they are: they reach the guard by their own program,
    which fails closed in the client's terms, and starts the guard if it is not there.
    """
    ours = (decides("claude", programs), reports("claude", programs), shlex.join(programs.status))
    words = (*programs.shell, *programs.options(), *(word for text in ours for word in ("--pass", text)))
    return f'#!/bin/sh\nexport JACKLINE_SESSION="$CLAUDE_CODE_SESSION_ID"\nexec {shlex.join(words)} -- "$@"\n'


def _is_launcher(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str) and (os.path.basename(value) == LAUNCHER or starts_ours(value))


def _is_true(value: Any) -> bool:  # noqa: ANN401 - JSON
    return value is True
