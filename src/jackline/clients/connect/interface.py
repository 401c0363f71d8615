"""What connecting needs to know, and what it says: the machine as it is, our programs, and the edits per file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

from jackline.clients.connect.edits import Edit
from jackline.core.errors import UsageError
from jackline.core.profiles import PROFILES, Scope, expand


class Programs(Struct, frozen=True):
    """The commands of this installation, each a list of words with absolute paths.

    `hook` takes options and a client's name, `shell` options, `--` and a text; `guard` is the resident guard, `status`
    prints the status line. `environment` says where the guard's folders are, however the client was started, and
    `socket` where it listens. `owner` is the guard's user where it has one of its own.
    """

    hook: tuple[str, ...]
    shell: tuple[str, ...]
    guard: tuple[str, ...]
    status: tuple[str, ...]
    socket: str
    environment: Mapping[str, str] = {}
    owner: int | None = None


class Place(Struct, frozen=True):
    """Where a connection is made: the scope, the person's home, the project, our own state, and the environment.

    `shelf` is where the connections' folders lie: in our state, but for a managed one, whose state others cannot enter.
    """

    scope: Scope
    home: str
    project: str
    state: str
    environment: Mapping[str, str] = {}
    shelf: str = ""

    def settings(self, client: str) -> str:
        """The client's settings file in this scope. Raises `UsageError` where it has none."""
        pattern = PROFILES[client].connects.get(self.scope)
        if pattern is None:
            scopes = ", ".join(f"`{scope}`" for scope in PROFILES[client].connects)
            message = f"{PROFILES[client].title} has no `{self.scope}` configuration; use {scopes}"
            raise UsageError(message)
        return expand(pattern, self.home, self.project, self.environment)

    def folder(self, client: str) -> str:
        """The connection's own folder, for its programs and its journal: one per client and settings file."""
        where = hashlib.sha256(os.path.realpath(self.settings(client)).encode()).hexdigest()[:12]
        return os.path.join(self.shelf or self.state, "connections", f"{client}-{self.scope}-{where}")


class FileEdits(Struct, frozen=True):
    """One file and what is to stand in it: `edits` of a settings file, or the whole `content` of a file in our folder."""

    path: str
    edits: tuple[Edit, ...] = ()
    content: str | None = None
    mode: int | None = None


class Connector(Protocol):
    """How one client is connected. Pure: it says what should stand in which file."""

    name: str

    def wanted(self, place: Place, programs: Programs) -> tuple[FileEdits, ...]:
        """Every file that a connection needs, in the order of writing: a program before the setting that names it."""


Outcome = Literal["written", "unchanged", "restored", "removed", "absent"]
"""What happened to a file. `restored`: byte for byte as before. `removed`: changed since, our entries taken out."""
