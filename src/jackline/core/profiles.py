"""Profiles: what is known of each agent client, as data. Sources and measurements: `docs/clients.md`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

Scope = Literal["user", "project", "managed"]
"""Whose configuration a connection stands in: one person's, one project's, or the machine's (root's)."""

SCOPES: Final[tuple[Scope, ...]] = ("user", "project", "managed")


class Profile(Struct, frozen=True, kw_only=True):
    """One agent client.

    `settings` are the files that can connect or disconnect the guard, switch a hook off, or run code when the client
    starts, as `expand` reads them: a write to one of them is a `configure` of the guard. `versions` were run in the
    tests; `fails_closed_from` is the first version in which a hook that fails stops the call ("" where there is none,
    "0" where every version does).
    """

    name: str
    title: str
    package: str
    programs: tuple[str, ...]
    versions: tuple[str, ...]
    fails_closed_from: str
    connects: dict[Scope, str]
    settings: tuple[str, ...]
    model_hosts: tuple[str, ...]
    asks: bool
    """Whether an answer `ask` is ever useful: the client shows it to a person, and stops the call where none is."""
    before_limit_ms: int
    """How long the client waits for the answer about a call. The guard must be quicker."""
    unguarded: tuple[str, ...] = ()
    """Tools of the client that run without its hook being asked."""


MINUTE_MS: Final = 60_000

PROFILES: Final[dict[str, Profile]] = {
    "claude": Profile(
        name="claude",
        title="Claude Code",
        package="@anthropic-ai/claude-code",
        programs=("claude",),
        versions=("2.1.330",),
        fails_closed_from="2.1.295",
        connects={
            "user": "${CLAUDE_CONFIG_DIR:-~/.claude}/settings.json",
            "project": "./.claude/settings.local.json",
            "managed": "/etc/claude-code/managed-settings.json",
        },
        settings=(
            "${CLAUDE_CONFIG_DIR:-~/.claude}/settings.json",
            "${CLAUDE_CONFIG_DIR:-~/.claude}/settings.local.json",
            "${CLAUDE_CONFIG_DIR:-~/.claude}/shell-snapshots/*",
            "${CLAUDE_CONFIG_DIR:-~/.claude}/session-env/*",
            "${CLAUDE_CONFIG_DIR:-~/.claude}/plugins/*",
            "./.claude/settings.json",
            "./.claude/settings.local.json",
            "/etc/claude-code/*",
            "~/.claude.json",
        ),
        model_hosts=("api.anthropic.com",),
        asks=True,
        before_limit_ms=2 * MINUTE_MS,
    ),
    "codex": Profile(
        name="codex",
        title="Codex CLI",
        package="@openai/codex",
        programs=("codex",),
        versions=("0.169.0",),
        fails_closed_from="",
        connects={"user": "${CODEX_HOME:-~/.codex}/hooks.json", "project": "./.codex/hooks.json"},
        settings=(
            "${CODEX_HOME:-~/.codex}/hooks.json",
            "${CODEX_HOME:-~/.codex}/config.toml",
            "./.codex/hooks.json",
            "./.codex/config.toml",
            "/etc/codex/*",
        ),
        model_hosts=("api.openai.com", "chatgpt.com"),
        asks=False,
        before_limit_ms=2 * MINUTE_MS,
    ),
    "gemini": Profile(
        name="gemini",
        title="Gemini CLI",
        package="@google/gemini-cli",
        programs=("gemini",),
        versions=("0.61.0",),
        fails_closed_from="",
        connects={
            "user": "~/.gemini/settings.json",
            "project": "./.gemini/settings.json",
            "managed": "/etc/gemini-cli/settings.json",
        },
        settings=(
            "~/.gemini/settings.json",
            "~/.gemini/extensions/*",
            "~/.gemini/policies/*",
            "~/.gemini/trusted_hooks.json",
            "~/.gemini/trustedFolders.json",
            "./.gemini/settings.json",
            "./.gemini/extensions/*",
            "/etc/gemini-cli/*",
        ),
        model_hosts=("generativelanguage.googleapis.com", "cloudcode-pa.googleapis.com"),
        asks=False,
        before_limit_ms=2 * MINUTE_MS,
    ),
    "qwen": Profile(
        name="qwen",
        title="Qwen Code",
        package="@qwen-code/qwen-code",
        programs=("qwen",),
        versions=("0.15.10",),
        fails_closed_from="",
        connects={"user": "~/.qwen/settings.json", "project": "./.qwen/settings.json"},
        settings=("~/.qwen/settings.json", "~/.qwen/extensions/*", "./.qwen/settings.json", "./.qwen/extensions/*"),
        model_hosts=("dashscope.aliyuncs.com", "portal.qwen.ai"),
        asks=False,
        before_limit_ms=2 * MINUTE_MS,
    ),
    "opencode": Profile(
        name="opencode",
        title="opencode",
        package="opencode-ai",
        programs=("opencode",),
        versions=("1.18.33",),
        fails_closed_from="0",
        connects={"user": "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json", "project": "./opencode.json"},
        settings=(
            "${XDG_CONFIG_HOME:-~/.config}/opencode/*",
            "./opencode.json",
            "./opencode.jsonc",
            "./.opencode/*",
        ),
        model_hosts=("opencode.ai",),
        asks=False,
        before_limit_ms=2 * MINUTE_MS,
    ),
}
"""Client → its profile, in the order in which they are shown."""

_VARIABLE: Final = re.compile(r"\$\{(\w+):-([^}]*)\}/(.*)", re.DOTALL)


def expand(pattern: str, home: str, project: str, environment: Mapping[str, str]) -> str:
    """A profile's file on this machine: `~/` is the home, `./` the project, `${NAME:-DEFAULT}/` the folder that a
    variable names. A relative value of a variable is not followed: nobody could say where it leads.
    """
    found = _VARIABLE.fullmatch(pattern)
    if found is not None:
        folder = environment.get(found[1], "")
        return os.path.join(folder if os.path.isabs(folder) else expand(found[2], home, project, environment), found[3])
    for mark, root in (("~/", home), ("./", project)):
        if pattern.startswith(mark):
            return os.path.join(root, pattern.removeprefix(mark))
    return pattern
