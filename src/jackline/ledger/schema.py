"""The database: how it is opened, its numbered migrations, and what its schema must be, to the letter.

`MIGRATIONS` is append-only: a released migration never changes. `PRAGMA user_version` is the number of the last one
that was applied. The triggers that refuse UPDATE and DELETE are a speed bump against mistakes; the proof is the chain.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from jackline.core.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID: Final = 0x4A4B4C4E
"""`PRAGMA application_id`: `JKLN`, so that `file(1)` and we know the file for what it is."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE genesis (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  public_key BLOB NOT NULL CHECK (typeof(public_key) = 'blob' AND length(public_key) = 32),
  nonce BLOB NOT NULL CHECK (typeof(nonce) = 'blob' AND length(nonce) = 16),
  at INTEGER NOT NULL CHECK (typeof(at) = 'integer')
)""",
        """CREATE TABLE entry (
  sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
  at INTEGER NOT NULL CHECK (typeof(at) = 'integer'),
  kind TEXT NOT NULL CHECK (typeof(kind) = 'text'),
  session TEXT NOT NULL CHECK (typeof(session) = 'text'),
  action TEXT NOT NULL CHECK (typeof(action) = 'text'),
  client TEXT NOT NULL CHECK (typeof(client) = 'text'),
  body TEXT NOT NULL CHECK (typeof(body) = 'text'),
  hash BLOB NOT NULL CHECK (typeof(hash) = 'blob' AND length(hash) = 32)
)""",
        """CREATE TABLE checkpoint (
  epoch INTEGER PRIMARY KEY CHECK (epoch >= 0),
  sequence INTEGER NOT NULL CHECK (typeof(sequence) = 'integer'),
  at INTEGER NOT NULL CHECK (typeof(at) = 'integer'),
  hash BLOB NOT NULL CHECK (typeof(hash) = 'blob' AND length(hash) = 32),
  public_key BLOB NOT NULL CHECK (typeof(public_key) = 'blob' AND length(public_key) = 32),
  next_key BLOB NOT NULL CHECK (typeof(next_key) = 'blob' AND length(next_key) = 32),
  signature BLOB NOT NULL CHECK (typeof(signature) = 'blob' AND length(signature) = 64)
)""",
        "CREATE INDEX entry_session ON entry (session, sequence)",
        "CREATE INDEX entry_action ON entry (action, sequence) WHERE action <> ''",
        *(
            f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
            "BEGIN SELECT RAISE (ABORT, 'the ledger is append-only'); END"
            for table in ("genesis", "entry", "checkpoint")
            for verb in ("UPDATE", "DELETE")
        ),
    ),
)

VERSION: Final = len(MIGRATIONS)

BUSY_MILLISECONDS: Final = 5000
JOURNAL_BYTES: Final = 16 * 1024 * 1024
MAX_VALUE_BYTES: Final = 8 * 1024 * 1024
"""The longest value that is read back: twice what `bounds` ever writes, so that a hostile file cannot fill memory."""

_PRIVATE_FILE: Final = 0o600
_PRIMARY: Final = 0xFF
"""The part of an extended error code that says what sort of error it is."""

# What a reader asks of SQLite before it touches a file that someone may have prepared: nothing in its schema is
# trusted, every cell is checked, no memory maps (a truncated map is a SIGBUS). https://www.sqlite.org/security.html
_GUARDED: Final = ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "temp_store = MEMORY")


def open_writer(path: Path) -> sqlite3.Connection:
    """The database for writing, created (mode 0600) and migrated where needed. Raises `LedgerError`."""
    with explained(path, "open"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE))
        connection = _connect(f"file:{quote(str(path.absolute()))}?mode=rw")
    try:
        with explained(path, "open"):
            _check_identity(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
            connection.execute("PRAGMA synchronous = FULL")
            if sys.platform == "darwin":  # fsync(2) there does not reach the platter; F_FULLFSYNC does
                connection.execute("PRAGMA fullfsync = ON")
                connection.execute("PRAGMA checkpoint_fullfsync = ON")
            migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """The database for reading only; never creates or changes anything. Raises `LedgerError`."""
    if not path.exists():
        message = (
            f"there is no ledger at `{path}` yet; it begins with the first action that a connected client asks for"
        )
        raise LedgerError(message)
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    with explained(path, "read"):
        connection = _connect(uri)
        if not _can_share(connection, path):
            connection.close()
            connection = _connect(f"{uri}&immutable=1")
    try:
        with explained(path, "read"):
            connection.execute("PRAGMA query_only = ON")
            _check_identity(connection, path)
            _check_begun(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the migrations that the database does not have yet, all in one transaction."""
    if user_version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = user_version(connection)  # again, now that nobody else can be migrating
        for statements in MIGRATIONS[done:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def user_version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that was applied; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def expected_schema() -> dict[str, str]:
    """Every object of the newest schema, by name, with the SQL that made it."""
    statements = [statement for migration in MIGRATIONS for statement in migration]
    return {statement.split(maxsplit=3)[2]: statement for statement in statements}


def found_schema(connection: sqlite3.Connection) -> dict[str, str]:
    """Every object of this database's schema, by name, with the SQL that made it."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    return {str(name): str(sql) for name, sql in rows}


@contextlib.contextmanager
def explained(path: Path, verb: str) -> Iterator[None]:
    """Turn what SQLite and the system say into a `LedgerError` with the way out."""
    try:
        yield
    except sqlite3.Error as error:
        message = f"cannot {verb} the ledger `{path}`: {error}; {_way_out(error)}"
        raise LedgerError(message) from error
    except (UnicodeDecodeError, OverflowError) as error:  # from the values of a file that nobody of ours wrote
        message = f"cannot {verb} the ledger `{path}`: {error}; {_MOVE_ASIDE}"
        raise LedgerError(message) from error
    except OSError as error:
        message = f"cannot {verb} the ledger `{path}`: {error.strerror}; make it readable and writable for this account"
        raise LedgerError(message) from error


def _connect(uri: str) -> sqlite3.Connection:
    # autocommit (isolation_level None): transactions begin and end where this room says, never implicitly.
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_MILLISECONDS / 1000, isolation_level=None, check_same_thread=False
    )
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        for pragma in _GUARDED:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that is newer than this program, or not a ledger at all."""
    version = user_version(connection)
    if version > VERSION:
        message = (
            f"the ledger `{path}` has schema {version}, this version of Jackline knows {VERSION}; upgrade Jackline, "
            "or run the version that wrote it"
        )
        raise LedgerError(message)
    identity = int(connection.execute("PRAGMA application_id").fetchone()[0])
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if identity != APPLICATION_ID and not (version == 0 and empty):
        message = f"`{path}` is a database, but not a ledger of Jackline; name another path"
        raise LedgerError(message)


_UNSHARED: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})


def _can_share(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file can be read beside a writer; False where it lies still, in a folder that we may not write.

    SQLite needs a shared-memory file beside a database in WAL mode, even to read it. Where there is no write-ahead log,
    nobody is writing, and the file can be read as it is. https://www.sqlite.org/wal.html#read_only_databases
    """
    try:
        user_version(connection)
    except sqlite3.OperationalError as error:
        log = path.with_name(f"{path.name}-wal")
        if error.sqlite_errorcode & _PRIMARY in _UNSHARED and not log.exists():
            return False
        raise
    except sqlite3.DatabaseError:
        return True  # what is wrong with it is said where it is read
    return True


def _check_begun(connection: sqlite3.Connection, path: Path) -> None:
    if user_version(connection) == 0:
        message = f"`{path}` holds no ledger; it begins with the first action that a connected client asks for"
        raise LedgerError(message)


def _way_out(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    return _WAYS_OUT.get(code, "run `jackline log verify`")


_MOVE_ASIDE: Final = (
    "run `jackline log verify` to see what is lost, keep the file as evidence, "
    "and move it and its keys aside to begin a new ledger"
)
_WAYS_OUT: Final[dict[int, str]] = {
    sqlite3.SQLITE_FULL: "make room on the disk; nothing was half-written",
    sqlite3.SQLITE_IOERR: "make room on the disk or check it (`dmesg`); nothing was half-written",
    sqlite3.SQLITE_BUSY: "another process holds its write lock; end that one, or try again",
    sqlite3.SQLITE_LOCKED: "another process holds its write lock; end that one, or try again",
    sqlite3.SQLITE_READONLY: "make the file and its directory writable for this account",
    sqlite3.SQLITE_CANTOPEN: "make the file and its directory readable for this account",
    sqlite3.SQLITE_PERM: "make the file and its directory readable for this account",
    sqlite3.SQLITE_AUTH: "make the file and its directory readable for this account",
    sqlite3.SQLITE_CORRUPT: _MOVE_ASIDE,
    sqlite3.SQLITE_NOTADB: _MOVE_ASIDE,
}
