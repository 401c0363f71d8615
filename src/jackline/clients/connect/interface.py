"""What connecting needs to know, and what it says: the machine as it is, our programs, and the edits per file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

from jackline.clients.connect.edits import Edit
from jackline.core.errors import UsageError
from jackline.core.profiles import PROFILES, Scope, expand


class Programs(Struct, frozen=True):
    """The commands that are written into a client's configuration, each with absolute paths.

    `hook` takes options and a client's name, `shell` options, `--` and a text; `guard` is started by them when nobody
    listens on `socket`. `status` prints the status line. `owner` is the guard's user where it has one of its own.
    """

    hook: tuple[str, ...]
    shell: tuple[str, ...]
    guard: str
    status: tuple[str, ...]
    socket: str
    owner: int | None = None

    def options(self) -> tuple[str, ...]:
        """Where the guard is, for both hook programs."""
        owner = () if self.owner is None else ("--owner", str(self.owner))
        return ("--socket", self.socket, "--start", self.guard, *owner)


class Place(Struct, frozen=True):
    """Where a connection is made: the scope, the person's home, the project, our own folders, and the environment."""

    scope: Scope
    home: str
    project: str
    config: str
    state: str
    environment: Mapping[str, str] = {}

    def settings(self, client: str) -> str:
        """The client's settings file in this scope. Raises `UsageError` where it has none."""
        pattern = PROFILES[client].connects.get(self.scope)
        if pattern is None:
            scopes = ", ".join(f"`{scope}`" for scope in PROFILES[client].connects)
            message = f"{PROFILES[client].title} has no `{self.scope}` configuration; use {scopes}"
            raise UsageError(message)
        return expand(pattern, self.home, self.project, self.environment)


class FileEdits(Struct, frozen=True):
    """One file and what is to stand in it: `edits` of a settings file, or the whole `content` of a file of ours.

    `ours` files lie in our own folder and are simply removed when the connection goes.
    """

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
