"""The database that statements are sent to: its name, and where it is."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from jackline.core.effect import Resource
from jackline.core.inner import FrozenInner
from jackline.lower.places import file_resource

if TYPE_CHECKING:
    from jackline.core.words import Environment, Kind, Label, Reach
    from jackline.lower.scope import Scope
    from jackline.lower.word import Word

FILE_DIALECTS: Final = frozenset({"sqlite", "duckdb"})
LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1", "[::1]"})
MEMORY: Final = frozenset({":memory:", ""})


class Target(FrozenInner, frozen=True):
    """A database as far as it is known; `path` is set for one that is a file on this machine."""

    name: str
    host: str
    environment: Environment
    reach: Reach
    path: str = ""
    memory: bool = False
    scratch: bool = False

    @property
    def local(self) -> bool:
        """Whether its server runs on this machine."""
        return not self.path and self.host in LOOPBACK and self.environment == "development"

    def table(self, name: str, labels: frozenset[Label] = frozenset(), kind: Kind = "table") -> Resource:
        """The resource of a table (or role, with `kind`) in this database."""
        whole = f"{self.path}#{name}" if self.path else ".".join(part for part in (self.name, name) if part)
        if self.scratch or self.memory:
            labels |= {"temporary"}
        return Resource(kind, whole or "*", self.environment, self.reach, labels)


def target_of(dialect: str, database: Word | None, scope: Scope) -> Target:
    """Read a database argument: a file path, a URL, a libpq connection string, or a bare name."""
    text = "" if database is None else (database.text if database.text is not None else database.prefix)
    if dialect in FILE_DIALECTS and "://" not in text and not scope.place.here:
        return _elsewhere(text, scope)
    if dialect in FILE_DIALECTS and "://" not in text:
        return _file_target(text, scope, known=database is None or database.text is not None)
    host, name = _server(text)
    if not scope.place.here:
        host = scope.place.name or host
    local = host in LOOPBACK and scope.place.here
    environment = scope.place.environment if not scope.place.here else "unknown"
    for kind, subject in (("endpoint", host), ("table", name)):
        if environment == "unknown" and subject:
            environment = scope.surroundings.environment(kind, subject)  # type: ignore[arg-type]
    if environment == "unknown" and local:
        environment = "development"
    return Target(name, host, environment, "remote")


def _elsewhere(text: str, scope: Scope) -> Target:
    """A file of another machine, or a service that speaks the language of files: nothing is known of it but its name."""
    path = f"{scope.place.name}:{posixpath.join(scope.cwd, text)}" if text not in MEMORY else ""
    return Target(path or scope.place.name, "", scope.place.environment, "remote", path=path)


def _file_target(text: str, scope: Scope, *, known: bool) -> Target:
    if text in MEMORY and known:
        return Target(":memory:", "", "development", "workspace", memory=True)
    text = text.removeprefix("file:").partition("?")[0]
    path = posixpath.normpath(posixpath.join(scope.cwd or scope.surroundings.cwd, text))
    root = scope.surroundings.workspace.rstrip("/") + "/"
    inside = path.startswith(root)
    environment = scope.surroundings.environment("file", path)
    if environment == "unknown" and inside:
        environment = "development"
    scratch = not inside and "temporary" in file_resource(path, scope).labels
    if scratch and environment == "unknown":
        environment = "development"
    return Target(path, "", environment, "workspace" if inside else "system", path=path, scratch=scratch)


def _server(text: str) -> tuple[str, str]:
    """Host and database name out of a URL, a libpq `key=value` string, or a bare name."""
    if "://" in text:
        try:
            parts = urlsplit(text)
            return (parts.hostname or ""), parts.path.strip("/").partition("/")[0]
        except ValueError:
            return "*", "*"
    if "=" in text:
        fields = dict(part.partition("=")[::2] for part in text.split())
        return fields.get("host", fields.get("hostaddr", "")).strip("'").lower(), fields.get("dbname", "").strip("'")
    return "", text
