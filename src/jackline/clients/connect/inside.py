"""What a client finds inside a contained session: its hooks, in files that it cannot write, leading to the session's door.

In: the client, the person's home and project, and where the sandbox has our programs and the door. Out: files, complete, to
be shown read-only, and variables. The user's own hooks are left out, ours of hooked mode among them: they lead to programs
and sockets that are not inside. The client's own questions are switched off: the guard asks outside, where nothing inside
can answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jackline.clients.connect import edits, jsonc
from jackline.clients.connect.edits import Member
from jackline.clients.connect.interface import Place, Programs
from jackline.clients.connect.registry import CONNECTORS
from jackline.core.profiles import PROFILES, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackline.clients.connect.edits import Edit
    from jackline.clients.connect.interface import FileEdits

FOLDER: Final = "/run/jackline"


class Shown(NamedTuple):
    """A file as it stands inside."""

    path: str
    content: str
    mode: int = 0o644


class Inside(NamedTuple):
    """What one client is given beside its hooks: `edits` of its settings, and variables."""

    edits: tuple[Edit, ...]
    variables: dict[str, str]


def _is_ours(value: Any) -> bool:  # noqa: ANN401 - JSON
    return value is not None


_QUIET: Final[dict[str, Inside]] = {
    "claude": Inside(
        (
            Member(("permissions", "defaultMode"), "bypassPermissions", _is_ours),
            Member(("skipDangerousModePermissionPrompt",), True, _is_ours),
        ),
        {"IS_SANDBOX": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"},
    ),
    "gemini": Inside((), {"GEMINI_CLI_TRUST_WORKSPACE": "true"}),
    "opencode": Inside((), {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"}),
}


_NOTHING: Final = Inside((), {})


def shown(client: str, home: str, project: str, environment: Mapping[str, str]) -> tuple[Shown, ...]:
    """The files of one client; none for a client that we cannot connect. Raises `ConfigurationError`."""
    connector = CONNECTORS.get(client)
    if connector is None:
        return ()
    scope: Scope = "managed" if "managed" in PROFILES[client].connects else "user"
    place = Place(scope, home, project, FOLDER, dict(environment), shelf=FOLDER)
    programs = Programs(  # noqa: S604 - `shell` is our own program
        hook=(f"{FOLDER}/bin/jackline-hook",), shell=(f"{FOLDER}/bin/jackline-shell",), guard=("false",), status=("true",),
        socket=f"{FOLDER}/guard.sock",
    )  # fmt: skip
    planned: dict[str, str] = {}
    for each in connector.wanted(place, programs):
        planned[each.path] = each.content if each.content is not None else _settings(client, each, scope, planned)
    modes = {each.path: each.mode or 0o644 for each in connector.wanted(place, programs)}
    return tuple(Shown(path, content, modes[path]) for path, content in planned.items())


def variables(client: str) -> dict[str, str]:
    """What the client's environment has beside its own."""
    return dict(_QUIET.get(client, _NOTHING).variables)


def _settings(client: str, wanted: FileEdits, scope: Scope, planned: dict[str, str]) -> str:
    """A settings file: the user's own without any hooks, or nothing where the machine's takes its place; and ours."""
    text = "" if scope == "managed" else _own(wanted.path)
    quiet = _QUIET.get(client, _NOTHING).edits
    return edits.make(text, (*wanted.edits, *quiet), planned)


def _own(path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    if path.endswith(".json") and jsonc.find(text, ("hooks",)) is not None:
        return jsonc.remove(text, ("hooks",))
    return text
