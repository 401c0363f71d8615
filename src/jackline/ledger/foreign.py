"""Reading another program's database: rows of one SELECT, within bounds, without changing anything.

The file is anyone's: its schema is not trusted, a row is bounded in size and a statement in steps, and only tables are
read (a view could stand where a table is expected, and never end).
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from jackline.core.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_VALUE: Final = 32 * 1024 * 1024
"""Bytes of one value or row: a larger one ends the reading with an error."""

MAX_STEPS: Final = 50_000_000
_STEPS_BETWEEN: Final = 100_000
_BUSY_S: Final = 2.0
_ALLOWED: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})


def rows(path: Path, statement: str, parameters: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of one SELECT over tables of the SQLite database at `path`. Texts come as bytes' best reading in UTF-8.

    The writer may be at work: its log beside the file is read too. Where that cannot be (a folder that may not be
    written), the file is read as it was last folded. Raises `LedgerError` for what is no such database, lacks a table,
    or passes a bound.
    """
    try:
        with contextlib.closing(_connected(path)) as connection:
            yield from connection.execute(statement, parameters)
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        message = f"the database `{path}` cannot be read: {error}"
        raise LedgerError(message) from error


def _connected(path: Path) -> sqlite3.Connection:
    try:
        return _opened(path, "mode=ro")
    except sqlite3.OperationalError:
        return _opened(path, "mode=ro&immutable=1")


def _opened(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=_BUSY_S, isolation_level=None)
    try:
        connection.text_factory = _text
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
        for pragma in (
            "trusted_schema = OFF",
            "query_only = ON",
            "cell_size_check = ON",
            "mmap_size = 0",
            "cache_size = -8192",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the first thing that reads the file
        views = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
        steps = _Steps()
        connection.set_progress_handler(steps, _STEPS_BETWEEN)
        connection.set_authorizer(lambda act, first, *_: _authorised(act, first, views))
    except BaseException:
        connection.close()
        raise
    return connection


class _Steps:
    """Ends a statement after `MAX_STEPS` of SQLite's virtual machine."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def __call__(self) -> bool:
        self.left -= _STEPS_BETWEEN
        return self.left < 0


def _authorised(act: int, first: str | None, views: set[str]) -> int:
    """Reading tables, and nothing else."""
    return sqlite3.SQLITE_OK if act in _ALLOWED and first not in views else sqlite3.SQLITE_DENY


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
