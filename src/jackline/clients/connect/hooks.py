"""The hook handlers that are written into the settings of every client that starts a command."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import Any, Final

from jackline.clients.connect.edits import Handler
from jackline.clients.connect.interface import Programs
from jackline.core.profiles import PROFILES

Json = Any

SLACK_MS: Final = 10_000
"""Between the guard's limit, the hook program's and the client's: each gives up before the next one would."""

REPORT_LIMIT_MS: Final = 20_000
"""How long a client waits for the guard to take a report: nothing depends on its answer."""

OUR_PROGRAMS: Final = frozenset({"jackline-hook", "jackline-shell", "jackline"})


def decides(client: str, programs: Programs) -> str:
    """The command for an event that the guard can stop: whatever fails, it ends with 2 and a sentence."""
    limit = str(PROFILES[client].before_limit_ms + SLACK_MS)
    return shlex.join((*programs.hook, *programs.options(), "--limit", limit, client))


def reports(client: str, programs: Programs) -> str:
    """The command for an event that is over, or that must not be stopped: whatever fails, nothing is said.

    A failing `Stop` hook would make Claude Code go on working (measured: eight more turns), a failing prompt hook
    would throw the person's prompt away.
    """
    return shlex.join((*programs.hook, *programs.options(), "--limit", str(REPORT_LIMIT_MS), client)) + " || echo '{}'"


def decides_limit_ms(client: str) -> int:
    """How long the client is told to wait for a decision."""
    return PROFILES[client].before_limit_ms + 2 * SLACK_MS


def handler(event: str, group: dict[str, Json], value: dict[str, Json]) -> Handler:
    """One handler of ours under `hooks.EVENT`."""
    return Handler(("hooks", event), group, {"type": "command", **value}, is_ours)


def is_ours(value: Json) -> bool:
    """Whether a handler or a status line starts one of our programs, at whatever place they were then installed."""
    command = value.get("command") if isinstance(value, dict) else value
    return isinstance(command, str) and starts_ours(command)


def starts_ours(command: str) -> bool:
    """Whether a command's program is one of ours, or a Python that runs our hook program."""
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    if not words:
        return False
    names = [PurePath(word) for word in words[:4]]
    return names[0].name in OUR_PROGRAMS or any(name.parts[-2:] == ("hook_client", "twin.py") for name in names)
