"""Claude Code: hooks that fail closed, the shell prefix, and a status line where there is none."""

from __future__ import annotations

import shlex
from typing import Any, Final

from jackline.clients.connect.edits import Edit, Handler, Member
from jackline.clients.connect.hooks import (
    REPORT_LIMIT_MS,
    SHELL,
    STATUS,
    Commands,
    decides_limit_ms,
    handler,
    is_ours,
    is_ours_path,
)
from jackline.clients.connect.interface import FileEdits, Place, Programs

PREFIX: Final = "CLAUDE_CODE_SHELL_PREFIX"

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
        """The launchers, then the settings that name them."""
        ours = Commands(self.name, place, programs)
        shell = FileEdits(ours.launcher(SHELL), content=shell_launcher(ours), mode=0o755)
        settings = FileEdits(place.settings(self.name), self.edits(place, ours))
        return (ours.guard(), ours.status(), shell, settings)

    def edits(self, place: Place, ours: Commands) -> tuple[Edit, ...]:
        """The hooks, the prefix, the status line."""
        values: dict[str, Any] = {"type": "command", "command": shlex.quote(ours.launcher(STATUS))}
        status = Member(("statusLine",), values, is_ours, yields=True)
        prefix = Member(("env", PREFIX), ours.launcher(SHELL), is_ours_path)
        managed = tuple(Member((name,), True, _is_true) for name in MANAGED_ONLY if place.scope == "managed")
        return (*hooks(ours), prefix, status, *managed)


def hooks(ours: Commands) -> tuple[Handler, ...]:
    """All handlers, in the order in which they are written."""
    decide: dict[str, Any] = {
        "command": ours.decides,
        "timeout": decides_limit_ms("claude") // 1000,
        "onFailure": "block",
    }
    report: dict[str, Any] = {"command": ours.reports, "timeout": REPORT_LIMIT_MS // 1000}
    decided = [handler(event, {"matcher": "*"}, decide) for event in DECIDED]
    return (*decided, *(handler(event, group, report) for event, group in REPORTED))


def shell_launcher(ours: Commands) -> str:
    """The one word that the prefix can be: our shell program with its options, and the session's name from the client.

    The client sends its hooks through the prefix too. Ours pass as they are: they reach the guard by their own program,
    which fails closed in the client's terms, and starts the guard if it is not there.
    """
    passed = (ours.decides, ours.reports, shlex.quote(ours.launcher(STATUS)))
    words = (*ours.programs.shell, *ours.options(), *(word for text in passed for word in ("--pass", text)))
    return f'#!/bin/sh\nexport JACKLINE_SESSION="$CLAUDE_CODE_SESSION_ID"\nexec {shlex.join(words)} -- "$@"\n'


def _is_true(value: Any) -> bool:  # noqa: ANN401 - JSON
    return value is True
