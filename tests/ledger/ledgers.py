"""Ledgers to test with: made once, copied for each test, and opened the way an attacker would."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from jackline.core.event import Event
from jackline.ledger import NEVER, Ledger, Pace
from jackline.ledger.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

START = 1_790_000_000_000_000


def event(number: int, kind: str = "requested", **data: object) -> Event:
    return Event(
        kind=kind, at=START + number * 1000, session=f"s{number % 3}", action=f"A{number:04}", client="claude",
        data=data or {"action": {"tool": "shell", "arguments": {"command": f"ls {number}"}, "cwd": "/w"}},
    )  # fmt: skip


def open_in(folder: Path, pace: Pace = NEVER) -> Ledger:
    return Ledger.open(folder / "ledger.sqlite", folder / "keys", pace)


def copy_of(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return to


@contextlib.contextmanager
def attacked(path: Path) -> Iterator[sqlite3.Connection]:
    """The database as someone has it who may write the file: triggers out of the way, and back afterwards."""
    triggers = [statement for statement in MIGRATIONS[0] if statement.startswith("CREATE TRIGGER")]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("PRAGMA synchronous = OFF")
    for trigger in triggers:
        connection.execute(f"DROP TRIGGER {trigger.split()[2]}")
    try:
        yield connection
        for trigger in triggers:
            connection.execute(trigger)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
