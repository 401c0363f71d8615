"""Writing: events become chained entries, in one transaction, on the disk where that is asked for.

Callers that append at the same time share a commit: the one that gets to the lock first writes for all that wait.
Every answered append survives the death of the process at any point, for its transaction has been handed to the system;
a durable one survives the loss of power too, for the write-ahead log has been synced (and with it all before it).

The chain's head is read inside the write transaction, so several processes (an old and a new guard during an upgrade,
the command line) can append to one ledger and never fork it.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from msgspec import Struct

from jackline.core.errors import LedgerError
from jackline.core.event import Event
from jackline.ledger.anchors import export
from jackline.ledger.chain import entry_hash
from jackline.ledger.checkpoint import ANCHOR_FORMAT, NONCE_BYTES, Anchor, Checkpoint, Genesis, public_key, sign
from jackline.ledger.keys import KeyStore
from jackline.ledger.prepare import prepare
from jackline.ledger.reader import Reader
from jackline.ledger.redact import Redactor
from jackline.ledger.schema import explained, open_reader, open_writer
from jackline.ledger.verify import Report, verify

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Iterator, Sequence

    from jackline.ledger.anchors import Exported
    from jackline.ledger.prepare import Row

_INSERT: Final = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_HEAD: Final = "SELECT sequence, at, hash FROM entry ORDER BY sequence DESC LIMIT 1"
_LAST_CHECKPOINT: Final = (
    "SELECT epoch, sequence, at, hash, public_key, next_key, signature FROM checkpoint ORDER BY epoch DESC LIMIT 1"
)
_TAIL: Final = 64
"""How many of the last entries are checked against the chain when a ledger is opened for writing."""


class Pace(Struct, frozen=True):
    """When `append` makes a checkpoint by itself: so many entries, or microseconds of the events' time, after the last.

    The end of a session makes one too.
    """

    entries: int = 1000
    micros: int = 10 * 60 * 1_000_000


NEVER: Final = Pace(entries=2**62, micros=2**62)
"""No checkpoint but those that are asked for."""


class _Head(NamedTuple):
    sequence: int
    at: int
    hash: bytes


class _Ticket:
    """One caller's rows, and what became of them."""

    __slots__ = ("done", "durable", "error", "last", "rows")

    def __init__(self, rows: list[Row], *, durable: bool) -> None:
        self.rows, self.durable = rows, durable
        self.done, self.last = False, 0
        self.error: LedgerError | None = None


class Ledger(Reader):
    """A ledger that is written. Thread-safe; every method raises `LedgerError` where the ledger cannot do its part."""

    def __init__(
        self, path: Path, reading: sqlite3.Connection, writing: sqlite3.Connection, keys: KeyStore, pace: Pace
    ) -> None:
        super().__init__(path, reading)
        self._writing, self._keys, self._pace = writing, keys, pace
        self._write_lock = threading.RLock()
        self._queue: list[_Ticket] = []
        self._queue_lock = threading.Lock()
        self._durable_mode = True  # as `open_writer` leaves the connection
        self.redactor = Redactor(keys.placeholder_key())
        self.genesis = self._begin()
        if self._last_checkpoint() is None:
            self.checkpoint()  # of nothing yet: from now on the keys tell that there is a ledger
        self._covered = self._last_covered()

    @classmethod
    def open(  # type: ignore[override]  # a writer needs the keys too
        cls, path: str | os.PathLike[str], keys: str | os.PathLike[str], pace: Pace | None = None
    ) -> Self:
        """The ledger at `path` with its key store, both made where there are none.

        Raises `LedgerError` where the file is no ledger, newer than this program, damaged at its end, or where the keys
        in the directory `keys` are not the ones that continue it.
        """
        place, store = Path(path), KeyStore(Path(keys))
        if not place.exists():
            _refuse_lost(place, store)
        writing = open_writer(place)
        try:
            reading = open_reader(place)
        except BaseException:
            writing.close()
            raise
        try:
            return cls(place, reading, writing, store, pace or Pace())
        except BaseException:
            reading.close()
            writing.close()
            raise

    def append(self, events: Sequence[Event], *, durable: bool = False) -> int:
        """Record events, all or none, and return the number of the last one.

        When this returns they survive the death of the process; if `durable`, the loss of power too. Secrets are
        replaced and large bodies cut before anything is written. Raises `LedgerError`: then none of them is recorded,
        or (where the message speaks of a checkpoint) they are, and nothing vouches for them.
        """
        if not events:
            return self.count()
        ticket = _Ticket(prepare(events, self.redactor), durable=durable)
        with self._queue_lock:
            self._queue.append(ticket)
        with self._write_lock:
            if not ticket.done:
                self._commit_queue()
            if ticket.error is not None:
                raise ticket.error
            self._checkpoint_if_due(ticket)
        return ticket.last

    def checkpoint(self) -> Checkpoint:
        """Sign the chain's head and destroy the key that signed; the last checkpoint, if it is at the head already."""
        with self._write_lock, explained(self.path, "write a checkpoint to"):
            with self._transaction(durable=True):
                last, head = self._last_checkpoint(), self._head()
                if last is not None and last.sequence == head.sequence:
                    return last
                made = self._sign(last, head)
            self._settle(made.epoch + 1)
            self._covered = head
            return made

    def anchor(self, destination: str) -> Exported:
        """Make a checkpoint and export it: to a file, `git:REMOTE`, or `syslog:` (see `anchors`); recorded as an event."""
        anchor = Anchor(ANCHOR_FORMAT, self.genesis, self.checkpoint())
        exported = export(anchor, destination)
        data = {
            "destination": exported.destination,
            "epoch": anchor.checkpoint.epoch,
            "sequence": anchor.checkpoint.sequence,
        }
        self.append([Event(kind="anchored", at=anchor.checkpoint.at, data=data)], durable=True)
        return exported

    def verify(self, anchors: Sequence[Anchor] = (), keys: KeyStore | None = None) -> Report:
        """As `Reader.verify`, with this ledger's own keys."""
        return verify(self.path, anchors, keys or self._keys)

    def close(self) -> None:
        """Let go of the file. What was appended stays."""
        super().close()
        with self._write_lock:
            self._writing.close()  # last, so that SQLite moves the write-ahead log into the file and removes it

    def _begin(self) -> Genesis:
        """The genesis row, made for a new ledger; checks that the keys and the last entries continue it."""
        with explained(self.path, "open"), self._transaction(durable=True):
            row = self._writing.execute("SELECT public_key, nonce, at FROM genesis").fetchone()
            if row is None:
                _refuse_lost(self.path, self._keys)
                genesis = Genesis(self._keys.begin(), secrets.token_bytes(NONCE_BYTES), _now())
                self._writing.execute(
                    "INSERT INTO genesis VALUES (1, ?, ?, ?)", (genesis.public_key, genesis.nonce, genesis.at)
                )
                return genesis
            genesis = Genesis(*row)
            last = self._last_checkpoint()
            self._keys.signer(*_expected(genesis, last))
            self._check_tail(genesis)
            return genesis

    def _check_tail(self, genesis: Genesis) -> None:
        """Refuse to go on from a damaged end: the last entries must be as the chain says."""
        query = "SELECT sequence, at, CAST(body AS BLOB), hash FROM entry ORDER BY sequence DESC LIMIT ?"
        rows = self._writing.execute(query, (_TAIL + 1,)).fetchall()[::-1]
        if not rows or rows[0][0] == 1:
            previous, rest = genesis.ledger, rows
        else:
            previous, rest = rows[0][3], rows[1:]
        for sequence, at, body, stored in rest:
            if entry_hash(sequence, at, body, previous) != stored:
                message = (
                    f"entry {sequence} of the ledger `{self.path}` is not what was recorded there; run "
                    "`jackline log verify`, keep the file as evidence, and move it and its keys aside to begin a new one"
                )
                raise LedgerError(message)
            previous = stored

    def _commit_queue(self) -> None:
        """Write what all waiting callers brought, in one transaction. Called with the write lock held."""
        with self._queue_lock:
            tickets, self._queue = self._queue, []
        try:
            with explained(self.path, "write"), self._transaction(durable=any(ticket.durable for ticket in tickets)):
                self._insert(tickets)
        except LedgerError as error:
            for ticket in tickets:
                ticket.error = error
        finally:
            for ticket in tickets:
                ticket.done = True

    def _insert(self, tickets: list[_Ticket]) -> None:
        head = self._head()
        sequence, previous = head.sequence, head.hash
        for ticket in tickets:
            values = []
            for at, kind, session, action, client, body in ticket.rows:
                sequence += 1
                previous = entry_hash(sequence, at, body, previous)
                values.append((sequence, at, kind, session, action, client, body.decode(), previous))
            self._writing.executemany(_INSERT, values)
            ticket.last = sequence

    @contextlib.contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[None]:
        """A write transaction; nothing of it stays if it fails. Holds the database's write lock from its beginning."""
        if durable != self._durable_mode:
            self._writing.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable_mode = durable
        self._writing.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._writing.execute("COMMIT")
        except BaseException:
            if self._writing.in_transaction:  # a full disk has ended it already
                self._writing.execute("ROLLBACK")
            raise

    def _head(self) -> _Head:
        row = self._writing.execute(_HEAD).fetchone()
        return _Head(*row) if row is not None else _Head(0, self.genesis.at, self.genesis.ledger)

    def _last_checkpoint(self) -> Checkpoint | None:
        row = self._writing.execute(_LAST_CHECKPOINT).fetchone()
        return None if row is None else Checkpoint(*row)

    def _last_covered(self) -> _Head:
        last = self._last_checkpoint()
        return _Head(last.sequence, last.at, last.hash) if last else _Head(0, self.genesis.at, self.genesis.ledger)

    def _checkpoint_if_due(self, ticket: _Ticket) -> None:
        waited = ticket.last - self._covered.sequence
        elapsed = ticket.rows[-1].at - self._covered.at
        ended = any(row.kind == "session_ended" for row in ticket.rows) and self._pace != NEVER
        if ended or waited >= self._pace.entries or elapsed >= self._pace.micros:
            self.checkpoint()

    def _sign(self, last: Checkpoint | None, head: _Head) -> Checkpoint:
        """Step 1 of the key store, and the row of the checkpoint; the transaction's commit is step 2."""
        expected, epoch = _expected(self.genesis, last)
        private = self._keys.signer(expected, epoch)
        following = self._keys.prepare(private, epoch)
        unsigned = Checkpoint(epoch, head.sequence, head.at, head.hash, expected, public_key(following), b"")
        made = sign(self.genesis.ledger, unsigned, private.sign)
        self._writing.execute(
            "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?)",
            (made.epoch, made.sequence, made.at, made.hash, made.public_key, made.next_key, made.signature),
        )
        return made

    def _settle(self, epoch: int) -> None:
        """Step 3 of the key store, under the write lock again, so that no other process writes the store meanwhile."""
        with self._transaction(durable=False):
            self._keys.settle(epoch)


def _expected(genesis: Genesis, last: Checkpoint | None) -> tuple[bytes, int]:
    """The key that signs next, and its epoch."""
    return (genesis.public_key, 0) if last is None else (last.next_key, last.epoch + 1)


def _refuse_lost(path: Path, keys: KeyStore) -> None:
    """A key store that has signed, without its ledger, means that it was removed or emptied: never begin anew silently."""
    epoch = keys.epoch()
    if epoch:
        message = (
            f"the ledger `{path}` is gone or empty, but its keys in `{keys.directory}` have signed {epoch} checkpoints of it; "
            "put it back, or move the keys aside to begin a new ledger"
        )
        raise LedgerError(message)


def _now() -> int:
    return time.time_ns() // 1000
