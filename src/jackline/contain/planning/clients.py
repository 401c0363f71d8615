"""What each client keeps in a home, and how much of it its sandbox shows.

A client's folder is not shown: the sandbox has a private home, in which the pieces that the client needs appear. So what
is not listed, and what does not exist yet, can never be written on the host: a hook that the agent plants where no
settings were is planted in its own private home. Sources: `docs/clients.md`, and each client's folder as it was seen.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.contain.planning.tables import words
from jackline.core.profiles import PROFILES, expand

if TYPE_CHECKING:
    from collections.abc import Mapping


class Keeps(Struct, frozen=True):
    """One client's pieces, written as its profile's `settings` are.

    `state` are folders shown writable: only what belongs to this workspace, where the client keeps that apart ({slug} and
    {hash} stand for it). `read` are shown read-only. `copied` are files of which the sandbox gets a copy of its own, that
    ends with the session. `credentials` are copied too, for the agent's own sandbox alone: no action has them. `merged`
    are folders that begin empty; what is new in them goes home at the end.
    """

    state: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()


_CLAUDE: Final = "${CLAUDE_CONFIG_DIR:-~/.claude}"
_CODEX: Final = "${CODEX_HOME:-~/.codex}"
_OPENCODE: Final = "${XDG_DATA_HOME:-~/.local/share}/opencode"


def _in(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}" for name in words(names))


KEEPS: Final[dict[str, Keeps]] = {
    "claude": Keeps(
        state=_in(_CLAUDE, "projects/{slug}"),
        read=_in(_CLAUDE, "CLAUDE.md commands agents skills plugins output-styles rules keybindings.json"),
        copied=("~/.claude.json",),
        credentials=_in(_CLAUDE, ".credentials.json"),
        merged=_in(_CLAUDE, "todos plans"),
    ),
    "codex": Keeps(
        read=_in(_CODEX, "AGENTS.md prompts rules skills"),
        copied=_in(_CODEX, "version.json models_cache.json"),
        credentials=_in(_CODEX, "auth.json"),
        merged=_in(_CODEX, "sessions"),
    ),
    "gemini": Keeps(
        state=_in("~/.gemini", "tmp/{hash} history/{hash}"),
        read=_in("~/.gemini", "GEMINI.md commands skills agents"),
        copied=_in("~/.gemini", "installation_id state.json projects.json google_accounts.json"),
        credentials=_in("~/.gemini", "oauth_creds.json"),
    ),
    "qwen": Keeps(
        state=_in("~/.qwen", "tmp/{hash} projects/{slug}"),
        read=_in("~/.qwen", "QWEN.md commands skills agents"),
        copied=_in("~/.qwen", "installation_id"),
        credentials=_in("~/.qwen", "oauth_creds.json"),
    ),
    "opencode": Keeps(
        read=("${XDG_CONFIG_HOME:-~/.config}/opencode/AGENTS.md",),
        credentials=(f"{_OPENCODE}/auth.json",),
        merged=(f"{_OPENCODE}/storage",),
    ),
}
"""Client → its pieces. Its settings (`core.profiles`) are shown read-only beside them."""


_WRITTEN: Final = {
    "claude": _in(_CLAUDE, "shell-snapshots session-env"),
    "opencode": ("${XDG_CONFIG_HOME:-~/.config}/opencode",),
}


class Pieces(Struct, frozen=True):
    """`Keeps`, as paths of this machine."""

    state: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()


def pieces(client: str, home: str, workspace: str, environment: Mapping[str, str]) -> Pieces:
    """A client's pieces for one workspace. A client that is not known has none: its home is private and empty."""
    keeps, profile = KEEPS.get(client, Keeps()), PROFILES.get(client)
    slug = re.sub(r"[^A-Za-z0-9]", "-", workspace)
    digest = hashlib.sha256(workspace.encode("utf-8", "surrogateescape")).hexdigest()

    def paths(patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            os.path.normpath(expand(pattern, home, workspace, environment))
            .replace("{slug}", slug)
            .replace("{hash}", digest)
            for pattern in patterns
        )

    # A project's own settings lie in the view, the machine's in the copy of /etc: what is left are the home's.
    settings = tuple(
        pattern.removesuffix("/*")
        for pattern in (profile.settings if profile else ())
        if pattern[:2] not in {"./", "/e"}
    )
    private = frozenset((*keeps.copied, *_own_of_a_session(client)))
    shown = dict.fromkeys((*(each for each in settings if each not in private), *keeps.read))
    return Pieces(
        paths(keeps.state), paths(tuple(shown)), paths(keeps.copied), paths(keeps.credentials), paths(keeps.merged)
    )


def _own_of_a_session(client: str) -> tuple[str, ...]:
    """Settings, and folders of settings, that a client writes at every start: its sandbox makes its own."""
    return _WRITTEN.get(client, ())
