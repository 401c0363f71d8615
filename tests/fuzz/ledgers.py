"""The ledger as a file of hostile bytes."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jackline.core.errors import JacklineError
from jackline.ledger import KeyStore, Reader
from jackline.ledger.verify import verify
from tests.ledger.ledgers import event, open_in

if TYPE_CHECKING:
    from jackline.ledger import Anchor

EVENTS = 6


@functools.cache
def _made() -> tuple[tempfile.TemporaryDirectory, bytes, tuple[Anchor, ...], list[str]]:
    """A folder that holds the keys, a small ledger's bytes, an anchor of its end, and its events' bytes."""
    folder = tempfile.TemporaryDirectory(prefix="jackline-fuzz-")
    home = Path(folder.name)
    with contextlib.closing(open_in(home)) as ledger:
        ledger.append([event(number) for number in range(EVENTS)], durable=True)
        exported = ledger.anchor(f"file:{home}/anchor.json")
        bodies = [entry.body for entry in ledger.entries()][:EVENTS]
    with contextlib.closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    return folder, (home / "ledger.sqlite").read_bytes(), (exported.anchor,), bodies


def ledger_bytes() -> bytes:
    """A small ledger's file."""
    return _made()[1]


def read_ledger(data: bytes, violation: type[Exception]) -> None:
    """Verify and read the bytes as a ledger: a report or the documented error, and never "intact" of what was changed."""
    folder, _, anchors, bodies = _made()
    path = Path(folder.name) / "fuzzed.sqlite"
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), Path(f"{path}-journal")):
        name.unlink(missing_ok=True)
    path.write_bytes(data)
    try:
        report = verify(path, anchors, KeyStore(Path(folder.name) / "keys"))
        intact = report.intact
    except JacklineError:
        return
    found: list[str] | None = None
    try:
        with contextlib.closing(Reader.open(path)) as reader:
            found = [entry.body for entry in reader.entries()]
    except JacklineError:
        pass
    if intact and found is not None and found[:EVENTS] != bodies:
        raise violation("a changed ledger was called intact")
