"""Commands of the SQL clients themselves: psql's backslash, SQLite's and DuckDB's dot, mysql's.

Sources: psql(1) meta-commands, sqlite3's dot-commands, mysql(1) client commands.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, Literal

from jackline.core.effect import ANY, Resource
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.core.words import Undo
    from jackline.lower.scope import Scope
    from jackline.lower.sql.target import Target

Does = Literal["look", "shell", "script", "write", "read_in", "connect", "load", "restore", "change"]

COMMANDS: Final[dict[str, Does]] = {
    # psql
    "\\!": "shell", "\\copy": "write", "\\i": "script", "\\ir": "script", "\\include": "script", "\\o": "write",
    "\\out": "write", "\\g": "write", "\\gx": "write", "\\gexec": "change", "\\w": "write", "\\write": "write", "\\s": "write",
    "\\c": "connect", "\\connect": "connect", "\\lo_import": "read_in", "\\lo_export": "write", "\\lo_unlink": "change",
    "\\e": "shell", "\\edit": "shell", "\\ef": "shell", "\\ev": "shell", "\\password": "change", "\\setenv": "change",
    # mysql
    "\\.": "script", "source": "script", "system": "shell", "\\t": "write", "tee": "write",
    # sqlite and duckdb
    ".shell": "shell", ".system": "shell", ".read": "script", ".output": "write", ".once": "write", ".excel": "write",
    ".backup": "write", ".save": "write", ".clone": "write", ".dump": "look", ".restore": "restore", ".import": "read_in",
    ".load": "load", ".open": "connect", ".archive": "write", ".ar": "write", ".log": "write", ".trace": "write",
}  # fmt: skip
"""What a client command does; one that stands nowhere only looks (`\\d`, `.tables`, `.mode`)."""


def lower_client_command(text: str, at: tuple[int, int], target: Target, scope: Scope) -> None:
    """Write the effects of one client command."""
    name, _, rest = text.partition(" ")
    if name.startswith("\\!") and len(name) > len("\\!"):
        name, rest = "\\!", text[2:]
    rest = rest.strip()
    does = COMMANDS.get(name.lower(), "look")
    words = _words(rest)
    piped = next((word for word in words if word.startswith("|")), None)
    if does == "shell" or piped is not None or "program" in [word.lower() for word in words]:
        _run(rest if does == "shell" else rest.partition("|")[2] or rest, at, scope)
    elif does == "write":
        _write(name, words, at, target, scope)
    elif does in {"script", "read_in", "restore"}:
        _take_in(does, words, at, target, scope)
    elif does == "load":
        scope.emit("install", Resource("package", words[0] if words else "*", reach="system"), at=at)
        scope.opaque("a library loaded into the database", at=at, authorship="unknown")
    elif does == "change":
        scope.emit("modify", target.table(""), at=at, reversible="no", extent=ANY)
        scope.opaque(f"what {name} sends", at=at, authorship="session")
    else:
        scope.emit("read", target.table(""), at=at)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _run(command: str, at: tuple[int, int], scope: Scope) -> None:
    shell = scope.languages.get("shell")
    if shell is None or not command.strip():
        scope.opaque("a shell command in a database client", at=at, authorship="session")
    else:
        shell(Word((command.strip().strip("'"),), *at), scope.inner(command, at))


def _write(name: str, words: list[str], at: tuple[int, int], target: Target, scope: Scope) -> None:
    lowered = [word.lower() for word in words]
    if name == "\\copy" and "from" in lowered:
        scope.emit(
            "create", target.table(words[0].partition("(")[0].lower()), at=at, reversible="with_undo", extent=ANY
        )
        return
    scope.emit("read", target.table(""), at=at, extent=ANY)
    files = [word for word in words if not word.startswith("-") and word.lower() not in {"main", "to", "stdout"}]
    command = scope.languages.get("command")
    if files and command is not None and target.reach != "remote":
        command(Word(("tee",), *at), scope, (Word((files[-1],), *at),))
    elif files:
        scope.emit("modify", Resource("file", files[-1], reach="system"), at=at, reversible="no")


def _take_in(does: Does, words: list[str], at: tuple[int, int], target: Target, scope: Scope) -> None:
    if does == "script":
        path = words[-1] if words else ""
        path = path if path.startswith("/") else f"{scope.cwd or scope.surroundings.cwd}/{path}"
        known = scope.surroundings.text(path)
        sql = scope.languages.get("sqlite" if target.path else "sql")
        if known is None or sql is None:
            scope.opaque(f"the script {path or '*'}", at=at, authorship="unknown")
        else:
            scope.bounds.open(len(known.text))
            authorship = scope.surroundings.authorship(path)
            sql(
                Word((known.text,)),
                scope.file(known.text, path, known.digest, authorship),
                (Word((target.path or target.name,)),),
            )
        return
    reversible: Undo = "no" if does == "restore" else "with_undo"
    scope.emit("modify" if does == "restore" else "create", target.table(""), at=at, reversible=reversible, extent=ANY)
