"""Reading other programs' databases: within bounds, and without changing anything."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from jackline.core.errors import LedgerError
from jackline.ledger.foreign import rows


def test_rows_that_the_writer_has_not_folded_in_yet_are_read(tmp_path: Path):
    path = tmp_path / "a.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (a, b)")
    writer.execute("INSERT INTO t VALUES (1, 'one'), (2, CAST(x'ff41' AS TEXT))")
    assert (tmp_path / "a.db-wal").stat().st_size
    assert list(rows(path, "SELECT b FROM t WHERE a >= ? ORDER BY a", (1,))) == [("one",), ("\ufffdA",)]
    writer.close()


def test_a_view_in_place_of_a_table_is_not_read(tmp_path: Path):
    path = tmp_path / "opencode.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "CREATE VIEW session AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"
        )
    with pytest.raises(LedgerError, match=r"opencode\.db"):
        list(rows(path, "SELECT id FROM session"))


def test_a_statement_that_does_not_end_is_ended(tmp_path: Path):
    path = tmp_path / "a.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(700)])
    with pytest.raises(LedgerError, match="interrupted"):
        list(rows(path, "SELECT count(*) FROM t a, t b, t c WHERE a.a + b.a + c.a < 0"))


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM t", "ATTACH '/tmp/x.db' AS x", "PRAGMA journal_mode = DELETE", "SELECT load_extension('x')"],
)
def test_nothing_is_changed_or_loaded(tmp_path: Path, statement: str):
    path = tmp_path / "a.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (a)")
    with pytest.raises(LedgerError):
        list(rows(path, statement))
