"""Codex CLI: hooks, its trust in them, and no terminal that can be typed into unasked.

Codex runs only hooks whose hash stands in its `config.toml`, and says nothing of the others (measured on 0.169.0): what
its own screen writes when a person trusts a hook is written here, by the person's own `jackline connect`. Its
`write_stdin` types into a running terminal and is no call that a hook sees (measured): terminals are switched off.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from jackline.clients.connect import jsonc, tomlfile
from jackline.clients.connect.hooks import REPORT_LIMIT_MS, Commands, decides_limit_ms, handler, is_ours
from jackline.clients.connect.interface import FileEdits, Place, Programs
from jackline.core.profiles import expand

if TYPE_CHECKING:
    from jackline.clients.connect.edits import Planned

DECIDED: Final = ("PreToolUse", "PermissionRequest")
REPORTED: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("PostToolUse", {"matcher": "*"}),
    ("SessionStart", {}),
    ("UserPromptSubmit", {}),
    ("Stop", {}),
)
SNAKE: Final = {
    "PreToolUse": "pre_tool_use",
    "PermissionRequest": "permission_request",
    "PostToolUse": "post_tool_use",
    "SessionStart": "session_start",
    "UserPromptSubmit": "user_prompt_submit",
    "Stop": "stop",
}
CONFIG: Final = "${CODEX_HOME:-~/.codex}/config.toml"
TERMINALS: Final = ("unified_exec_tty", False)
STATE: Final = ("hooks", "state")


class CodexConnector:
    """Connects Codex CLI."""

    name = "codex"

    def wanted(self, place: Place, programs: Programs) -> tuple[FileEdits, ...]:
        """The guard's launcher, the hooks, and the trust in them (always the person's own: a project has none)."""
        ours = Commands(self.name, place, programs)
        hooks, config = place.settings(self.name), expand(CONFIG, place.home, place.project, place.environment)
        decide: dict[str, Any] = {"command": ours.decides, "timeout": decides_limit_ms(self.name) // 1000}
        report: dict[str, Any] = {"command": ours.reports, "timeout": REPORT_LIMIT_MS // 1000}
        handlers = [handler(event, {"matcher": "*"}, decide) for event in DECIDED]
        handlers += [handler(event, group, report) for event, group in REPORTED]
        hashes = frozenset(trust_hash(each.path[1], each.group, each.handler) for each in handlers)
        trust = (Switch(("features",), *TERMINALS), Trust(os.path.abspath(hooks), hashes))
        return (ours.guard(), FileEdits(hooks, tuple(handlers)), FileEdits(config, trust))


class Switch(Struct, frozen=True):
    """A switch of the user's, set where they did not set it themselves."""

    table: tuple[str, ...]
    key: str
    value: bool

    def make(self, text: str, planned: Planned) -> str:
        """Set it; a choice of the user's own stands, and `doctor` says what follows from it."""
        del planned
        if tomlfile.find(text, self.table, self.key) is not None:
            return text
        return tomlfile.put(text, self.table, self.key, self.value)

    def unmake(self, text: str, before: str) -> str:
        """Take it out, if it stands as we set it and did not stand so before."""
        ours = tomlfile.find(text, self.table, self.key) is self.value
        if not ours or tomlfile.find(before, self.table, self.key) is not None:
            return text
        return tomlfile.remove(text, self.table, self.key)


class Trust(Struct, frozen=True):
    """Trust in our own handlers: an entry for each, named by the hooks file and the handler's place in it."""

    hooks: str
    hashes: frozenset[str]

    def make(self, text: str, planned: Planned) -> str:
        """Add an entry for each handler of ours in the planned hooks file."""
        for key, hashed in trusted(self.hooks, planned[self.hooks]).items():
            text = tomlfile.put(text, (*STATE, key), "trusted_hash", hashed)
        return text

    def unmake(self, text: str, before: str) -> str:
        """Take out the entries whose hash is one of ours."""
        del before
        states = tomlfile.parse(text).get("hooks", {}).get("state", {})
        for key, entry in states.items() if isinstance(states, dict) else ():
            if (
                key.startswith(f"{self.hooks}:")
                and isinstance(entry, dict)
                and entry.get("trusted_hash") in self.hashes
            ):
                text = tomlfile.remove(text, (*STATE, key), "trusted_hash")
        return text


def trusted(path: str, text: str) -> dict[str, str]:
    """Key → hash for each handler of ours in a hooks file: `PATH:EVENT:GROUP:HANDLER`."""
    found = {}
    for event, groups in (jsonc.find(text, ("hooks",)) or {}).items():
        for at, group in enumerate(groups if event in SNAKE and isinstance(groups, list) else ()):
            handlers = group.get("hooks") if isinstance(group, dict) else None
            for index, each in enumerate(handlers if isinstance(handlers, list) else ()):
                if is_ours(each):
                    matcher = {"matcher": group["matcher"]} if isinstance(group.get("matcher"), str) else {}
                    found[f"{path}:{SNAKE[event]}:{at}:{index}"] = trust_hash(event, matcher, each)
    return found


def trust_hash(event: str, group: dict[str, Any], handler: dict[str, Any]) -> str:
    """Codex's identity of a handler: SHA-256 of its normal form as JSON with sorted keys (measured on 0.169.0)."""
    normal = {**group, "event_name": SNAKE[event], "hooks": [{"async": False, **handler}]}
    text = json.dumps(normal, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
