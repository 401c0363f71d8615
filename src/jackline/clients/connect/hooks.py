"""The hook handlers that are written into the settings of every client that starts a command."""

from __future__ import annotations

import os
import shlex
from pathlib import PurePath
from typing import Any, Final

from jackline.clients.connect.edits import Handler
from jackline.clients.connect.interface import FileEdits, Place, Programs
from jackline.core.profiles import PROFILES

Json = Any

SLACK_MS: Final = 10_000
"""Between the guard's limit, the hook program's and the client's: each gives up before the next one would."""

REPORT_LIMIT_MS: Final = 20_000
"""How long a client waits for the guard to take a report: nothing depends on its answer."""

GUARD, SHELL, STATUS, HOOK = "jackline-guard", "jackline-shell", "jackline-statusline", "jackline-hook"
OUR_PROGRAMS: Final = frozenset({GUARD, SHELL, STATUS, HOOK})


class Commands:
    """The command texts of one connection. What needs more than one word has a launcher in the connection's folder."""

    def __init__(self, client: str, place: Place, programs: Programs) -> None:
        self.client, self.programs = client, programs
        self.folder = place.folder(client)
        limit = str(PROFILES[client].before_limit_ms + SLACK_MS)
        self.decides_words = self._hook("--limit", limit)
        self.decides = shlex.join(self.decides_words)
        """For an event that the guard can stop: whatever fails, it ends with 2 and a sentence."""
        self.reports = shlex.join(self._hook("--limit", str(REPORT_LIMIT_MS))) + " || echo '{}'"
        """For an event that is over, or that must not be stopped: whatever fails, nothing is said.

        A failing `Stop` hook would make Claude Code go on working (measured: eight more turns), a failing prompt hook
        would throw the person's prompt away.
        """

    def launcher(self, name: str) -> str:
        """The path of a launcher: one word, whatever it starts."""
        return os.path.join(self.folder, name)

    def options(self) -> tuple[str, ...]:
        """Where the guard is, for both hook programs."""
        owner = () if self.programs.owner is None else ("--owner", str(self.programs.owner))
        return ("--socket", self.programs.socket, "--start", self.launcher(GUARD), *owner)

    def guard(self) -> FileEdits:
        """The launcher that starts the guard with its own folders, though the client's environment may name none."""
        return self._script(GUARD, self.programs.guard)

    def status(self) -> FileEdits:
        """The launcher of the status line."""
        return self._script(STATUS, self.programs.status)

    def _hook(self, *options: str) -> tuple[str, ...]:
        return (*self.programs.hook, *self.options(), *options, self.client)

    def _script(self, name: str, command: tuple[str, ...]) -> FileEdits:
        exports = "".join(
            f"export {key}={shlex.quote(value)}\n" for key, value in sorted(self.programs.environment.items())
        )
        return FileEdits(self.launcher(name), content=f"#!/bin/sh\n{exports}exec {shlex.join(command)}\n", mode=0o755)


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


def is_ours_path(value: Json) -> bool:
    """Whether a setting that names a program names one of our launchers; there is no quoting in it."""
    return isinstance(value, str) and os.path.basename(value) in OUR_PROGRAMS


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
