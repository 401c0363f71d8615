"""A copy of a person's client settings, in which a canary can be run without touching the originals.

What connects the guard is copied as it is. What would reach out (servers that the client starts, its account, its
model) is left out or set to the loopback.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.clients.connect import jsonc, tomlfile
from jackline.clients.connect.files import MAX_BYTES
from jackline.core.errors import ConfigurationError
from jackline.core.profiles import PROFILES, expand

if TYPE_CHECKING:
    from jackline.clients.connect.interface import Place

NOT_COPIED: Final = frozenset({"~/.claude.json"})
"""Files that hold an account."""


class Copy(Struct, frozen=True):
    """A home and a project of the canary's own."""

    root: str

    @property
    def home(self) -> str:
        """Its home."""
        return os.path.join(self.root, "home")

    @property
    def project(self) -> str:
        """Its project."""
        return os.path.join(self.root, "project")

    def path(self, pattern: str) -> str:
        """A profile's file in the copy: no variable moves it."""
        return expand(pattern, self.home, self.project, {})


def copy_settings(client: str, place: Place, into: Copy, replaced: dict[str, str]) -> None:
    """Copy the client's settings, with some texts replaced. The machine's own files stay where they are."""
    for folder in (into.home, into.project):
        os.makedirs(folder, exist_ok=True)
    profile = PROFILES[client]
    for pattern in dict.fromkeys((*profile.connects.values(), *profile.settings)):
        if pattern.startswith("/") or "*" in pattern or pattern in NOT_COPIED:
            continue
        source = expand(pattern, place.home, place.project, place.environment)
        text = _text(source)
        if text is not None:
            write(into.path(pattern), _replaced(text, {**_moved(client, place, into), **replaced}))


def copy_folder(source: str, into: str, replaced: dict[str, str]) -> None:
    """Copy the launchers of a connection, with some texts replaced."""
    for path in Path(source).iterdir() if os.path.isdir(source) else ():
        text = _text(str(path)) if path.name.startswith("jackline-") else None
        if text is not None:
            target = os.path.join(into, path.name)
            write(target, _replaced(text, replaced))
            os.chmod(target, path.stat().st_mode & 0o777)


def edit_json(path: str, values: dict[tuple[str, ...], object]) -> None:
    """Set members of a JSON file of the copy. Raises `ConfigurationError`."""
    text = _text(path) or "{}"
    for member, value in values.items():
        text = jsonc.put(text, member, value)
    write(path, text)


def without_servers(toml: str) -> str:
    """A TOML text without its `mcp_servers` tables: a canary starts nobody's servers."""
    kept, inside = [], False
    for line in toml.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            inside = re.match(r"\s*\[+\s*[\"']?mcp_servers\b", line) is not None
        if not inside:
            kept.append(line)
    text = "".join(kept)
    tomlfile.parse(text)
    return text


def write(path: str, text: str) -> None:
    """Write a file of the copy."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def _moved(client: str, place: Place, into: Copy) -> dict[str, str]:
    """Codex names its hooks file in its trust: there the copy's stands."""
    if client != "codex":
        return {}
    patterns = PROFILES[client].connects.values()
    return {expand(each, place.home, place.project, place.environment): into.path(each) for each in patterns}


def _replaced(text: str, replaced: dict[str, str]) -> str:
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text


def _text(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES).decode()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        message = f"`{path}` cannot be read: {error}"
        raise ConfigurationError(message) from error
