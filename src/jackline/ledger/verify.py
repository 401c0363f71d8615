"""Verification: what was done to a ledger since it was written, where, and what cannot be known.

The steps, in the order in which they are taken; each finding bears the number of its step:

1. The file is a database with exactly the schema of its version, and its pages and indexes are whole.
2. The genesis row is there; its hash is the ledger's ID.
3. The entries are numbered from 1 without gaps, each one's columns are those of its body, and each one's hash is that
   of its number, time, body and the hash before it.
4. The checkpoints are numbered from 0 without gaps; each one's signature holds under the key that the one before it
   names (the first: the genesis key); each one's hash is that of the entry it names, as step 3 computed it.
5. Where the key store can be read: the key in it is the one that the last checkpoint names.
6. Each anchor belongs to this ledger, and its checkpoint is one of those of step 4.

What an attacker without old keys can do, and where it is found: an edit, deletion, insertion or move breaks step 3;
with all hashes made anew it contradicts the next checkpoint (4); with the later checkpoints removed as well, the key
store expects another epoch (5), and any anchor at or behind the change contradicts it (6). A new ledger in the old
one's place has another ID (6). What stays open is said in `Report.unknown`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hmac
import sqlite3
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from jackline.core.errors import LedgerError
from jackline.core.event import Event
from jackline.ledger.chain import HASH_BYTES, entry_hash
from jackline.ledger.checkpoint import Anchor, Checkpoint, Genesis, signature_holds
from jackline.ledger.schema import VERSION, expected_schema, found_schema, open_reader, user_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jackline.ledger.keys import KeyStore

Sort = Literal["damaged", "altered", "deleted", "forged", "truncated", "replaced", "key"]

MAX_FINDINGS: Final = 50
_INTEGRITY_LINES: Final = 5


class Finding(Struct, frozen=True, rename="camel"):
    """Something that is not as it was recorded. `sequence` and `at` (microseconds) say where, 0 where that is unknown."""

    step: int
    sort: Sort
    sequence: int
    at: int
    text: str


class Report(Struct, frozen=True, rename="camel"):
    """What verification found. `covered` is the last entry that a checkpoint vouches for, `anchored` an anchor's."""

    ledger: str
    entries: int
    checkpoints: int
    covered: int
    covered_at: int
    anchored: int
    anchored_at: int
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class _Place(NamedTuple):
    sequence: int
    at: int
    hash: bytes


class _Findings(list[Finding]):
    """Findings up to a bound; the last one says that there are more."""

    def say(self, step: int, sort: Sort, text: str, place: _Place | None = None) -> None:
        if len(self) < MAX_FINDINGS:
            sequence, at = (place.sequence, place.at) if place is not None else (0, 0)
            self.append(Finding(step, sort, sequence, at, text))

    @property
    def full(self) -> bool:
        return len(self) >= MAX_FINDINGS


class _Keys(NamedTuple):
    """The key store, where one was given, and the public keys that it held before the ledger was read."""

    store: KeyStore | None
    held: tuple[bytes, ...]


class _Walk(NamedTuple):
    """What step 3 leaves: the last entry, and the computed hash at every entry that somebody vouches for."""

    last: _Place
    marks: dict[int, _Place]


def verify(path: Path, anchors: Sequence[Anchor] = (), keys: KeyStore | None = None) -> Report:
    """Hold a ledger against itself, its key and the anchors. Raises `LedgerError` only where there is no file to read."""
    findings = _Findings()
    held = keys.publics() if keys is not None else ()  # before the ledger: a checkpoint may be made while it is read
    try:
        connection = open_reader(path)
    except LedgerError as error:
        if not path.exists() and not anchors and not held:
            raise
        findings.say(1, "damaged" if path.exists() else "deleted", str(error))
        return _report(None, _Walk(_START, {}), [], anchors, findings)
    try:
        with contextlib.closing(connection):
            return _verify(connection, anchors, _Keys(keys, held), findings)
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        findings.say(1, "damaged", f"the database cannot be read to its end: {error}")
        return _report(None, _Walk(_START, {}), [], anchors, findings)


_START: Final = _Place(0, 0, bytes(HASH_BYTES))


def _verify(connection: sqlite3.Connection, anchors: Sequence[Anchor], keys: _Keys, findings: _Findings) -> Report:
    connection.execute("BEGIN")  # one state of the ledger, however much is written meanwhile
    nothing = _Walk(_START, {})
    if not _check_database(connection, findings):
        return _report(None, nothing, [], anchors, findings)
    genesis = _read_genesis(connection, findings)
    if genesis is None:
        return _report(None, nothing, [], anchors, findings)
    checkpoints = _read_checkpoints(connection, findings)
    wanted = {checkpoint.sequence for checkpoint in checkpoints}
    wanted |= {anchor.checkpoint.sequence for anchor in anchors}
    walk = _check_entries(connection, genesis, wanted, findings)
    good = _check_checkpoints(genesis, checkpoints, walk, findings)
    _check_key(keys, genesis, good, findings)
    _check_anchors(genesis, anchors, good, walk, findings)
    return _report(genesis, walk, good, anchors, findings)


def _check_database(connection: sqlite3.Connection, findings: _Findings) -> bool:
    """Step 1. False where the tables are not those that the next steps read."""
    version = user_version(connection)
    expected, found = expected_schema(), found_schema(connection)
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            what = "is missing" if name not in found else "was added" if name not in expected else "was changed"
            findings.say(1, "altered", f"the database's `{name}` {what}: it is not what schema {version} has")
    for (line,) in connection.execute(f"PRAGMA integrity_check({_INTEGRITY_LINES})"):
        if line != "ok":
            findings.say(1, "damaged", f"SQLite's integrity check says: {line}")
    tables = ("genesis", "entry", "checkpoint")
    return version == VERSION and all(expected[table] == found.get(table) for table in tables)


def _read_genesis(connection: sqlite3.Connection, findings: _Findings) -> Genesis | None:
    """Step 2."""
    row = connection.execute("SELECT public_key, nonce, at FROM genesis").fetchone()
    if row is None:
        findings.say(2, "deleted", "the genesis row is gone: the ledger has no ID, and nothing can be held against it")
        return None
    if not _typed(row, (bytes, bytes, int)):
        findings.say(2, "altered", "the genesis row holds values of the wrong type")
        return None
    return Genesis(*row)


def _check_entries(connection: sqlite3.Connection, genesis: Genesis, wanted: set[int], findings: _Findings) -> _Walk:
    """Step 3. After a break the walk goes on from the stored hash, so that a later break is found too."""
    previous, before = genesis.ledger, _Place(0, genesis.at, genesis.ledger)
    marks = {0: before}
    rows = connection.execute(
        "SELECT sequence, at, kind, session, action, client, CAST(body AS BLOB), hash FROM entry ORDER BY sequence"
    )
    for row in rows:
        if findings.full:
            break
        if not _typed(row, (int, int, str, str, str, str, bytes, bytes)) or len(row[7]) != HASH_BYTES:
            findings.say(3, "altered", f"the entry behind {_told(before)} holds values of the wrong type", before)
            continue
        sequence, at, kind, session, action, client, body, stored = row
        here = _Place(sequence, at, stored)
        _check_gap(before, here, findings)
        computed = entry_hash(sequence, at, body, previous)
        if not hmac.compare_digest(computed, stored):
            text = f"entry {_told(here)} is not what was recorded there: it was edited, replaced or moved"
            findings.say(3, "altered", text, here)
        elif not _columns_hold(body, (kind, at, session, action, client)):
            findings.say(3, "altered", f"entry {_told(here)} is listed under other words than its body has", here)
        if sequence in wanted:
            marks[sequence] = _Place(sequence, at, computed)
        previous, before = stored, here
    return _Walk(before, marks)


def _check_gap(before: _Place, here: _Place, findings: _Findings) -> None:
    missing = here.sequence - before.sequence - 1
    if missing > 0:
        first, last = before.sequence + 1, here.sequence - 1
        which = f"entry {first} is" if missing == 1 else f"entries {first} to {last} are"
        text = f"{which} gone, between {_told(before)} and {_told(here)}"
        findings.say(3, "deleted", text, _Place(first, before.at, b""))


def _columns_hold(body: bytes, columns: tuple[object, ...]) -> bool:
    """Whether the columns by which an entry is found say what its body says."""
    try:
        event = _EVENT.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return (event.kind, event.at, event.session, event.action, event.client) == columns


_EVENT: Final = msgspec.json.Decoder(Event)


def _read_checkpoints(connection: sqlite3.Connection, findings: _Findings) -> list[Checkpoint]:
    found = []
    rows = connection.execute(
        "SELECT epoch, sequence, at, hash, public_key, next_key, signature FROM checkpoint ORDER BY epoch"
    )
    for row in rows:
        if _typed(row, (int, int, int, bytes, bytes, bytes, bytes)):
            found.append(Checkpoint(*row))
        else:
            findings.say(4, "altered", f"the checkpoint behind epoch {len(found)} holds values of the wrong type")
    return found


def _check_checkpoints(
    genesis: Genesis, checkpoints: list[Checkpoint], walk: _Walk, findings: _Findings
) -> list[Checkpoint]:
    """Step 4. Returns the checkpoints whose keys lead back to the genesis key: those that can vouch for anything."""
    good: list[Checkpoint] = []
    key, sequence = genesis.public_key, 0
    for epoch, checkpoint in enumerate(checkpoints):
        place = _Place(checkpoint.sequence, checkpoint.at, checkpoint.hash)
        if checkpoint.epoch != epoch:
            findings.say(4, "deleted", f"the checkpoint of epoch {epoch}, before entry {_told(place)}, is gone", place)
            break
        if checkpoint.public_key != key or not signature_holds(genesis.ledger, checkpoint):
            text = f"the checkpoint of epoch {epoch} at entry {_told(place)} was not signed by this ledger's key"
            findings.say(4, "forged", text, place)
            break
        if checkpoint.sequence < sequence:
            findings.say(4, "forged", f"the checkpoint of epoch {epoch} goes back to entry {_told(place)}", place)
            break
        good.append(checkpoint)
        key, sequence = checkpoint.next_key, checkpoint.sequence
        _check_mark(4, f"the checkpoint of epoch {epoch}", place, walk, findings)
    return good


def _check_mark(step: int, who: str, place: _Place, walk: _Walk, findings: _Findings) -> None:
    """Whether the chain is at the vouched entry what the voucher saw there."""
    mark = walk.marks.get(place.sequence)
    if place.sequence > walk.last.sequence:
        text = f"the ledger ends at entry {_told(walk.last)}, but {who} saw entry {place.sequence}: it was cut off"
        findings.say(step, "truncated", text, walk.last)
    elif mark is None:
        findings.say(step, "deleted", f"{who} saw entry {_told(place)}, which is gone", place)
    elif not hmac.compare_digest(mark.hash, place.hash):
        text = f"{who} saw other entries up to {_told(place)} than the ledger has: they were rewritten"
        findings.say(step, "altered", text, place)


def _check_key(keys: _Keys, genesis: Genesis, good: list[Checkpoint], findings: _Findings) -> None:
    """Step 5."""
    if keys.store is None or keys.store.hidden:
        return
    expected = good[-1].next_key if good else genesis.public_key
    try:
        keys.store.check(expected, len(good), keys.held)
    except LedgerError as error:
        findings.say(5, "key", str(error))


def _check_anchors(
    genesis: Genesis, anchors: Sequence[Anchor], good: list[Checkpoint], walk: _Walk, findings: _Findings
) -> None:
    """Step 6."""
    for anchor in anchors:
        checkpoint = anchor.checkpoint
        place = _Place(checkpoint.sequence, checkpoint.at, checkpoint.hash)
        if anchor.genesis != genesis:
            text = f"an anchor at entry {_told(place)} is of another ledger: this one was put in its place"
            findings.say(6, "replaced", text, place)
            continue
        own = good[checkpoint.epoch] if checkpoint.epoch < len(good) else None
        if own is None:
            text = (
                f"the ledger ends with {len(good)} checkpoints at entry {_told(walk.last)}, but an anchor holds that of "
                f"epoch {checkpoint.epoch} at entry {_told(place)}: the end was cut off, or an older copy put in its place"
            )
            findings.say(6, "truncated", text, walk.last)
        elif own != checkpoint:
            findings.say(6, "forged", f"an anchor holds another checkpoint of epoch {own.epoch} than the ledger", place)
        _check_mark(6, "an anchor", place, walk, findings)


def _report(
    genesis: Genesis | None,
    walk: _Walk,
    good: list[Checkpoint],
    anchors: Sequence[Anchor],
    findings: _Findings,
) -> Report:
    covered = _Place(good[-1].sequence, good[-1].at, b"") if good else _Place(0, 0, b"")
    kept = [anchor.checkpoint for anchor in anchors if anchor.genesis == genesis]
    last = max(kept, key=lambda checkpoint: checkpoint.epoch, default=None)
    anchored = _Place(last.sequence, last.at, b"") if last else _Place(0, 0, b"")
    return Report(
        genesis.ledger.hex() if genesis else "",
        walk.last.sequence, len(good), covered.sequence, covered.at, anchored.sequence, anchored.at,
        tuple(findings), _unknown(walk.last, covered, anchored, bool(anchors)),
    )  # fmt: skip


def _unknown(last: _Place, covered: _Place, anchored: _Place, has_anchors: bool) -> tuple[str, ...]:  # noqa: FBT001
    """What verification cannot know, in words."""
    said = []
    if last.sequence > covered.sequence:
        which = (
            f"entries {covered.sequence + 1} to {last.sequence}"
            if last.sequence > covered.sequence + 1
            else f"entry {last.sequence}"
        )
        said.append(
            f"{which} behind the last checkpoint: whoever could write the file could have changed them and made their "
            "hashes anew"
        )
    said.append(f"whether more was recorded behind entry {last.sequence} and cut off, unless a checkpoint had seen it")
    if not has_anchors:
        said.append(
            "whether this is an older copy of the ledger and its keys, or a new ledger in the old one's place: no anchor was "
            "given (`jackline log anchor` makes one)"
        )
    else:
        said.append(
            f"what is behind entry {anchored.sequence}, where the last anchor ends: whoever held the signing key then could "
            "have signed another history"
        )
    said.append("whether the guard itself was sound when it wrote: an entry says what it saw and decided")
    return tuple(said)


def _typed(row: tuple[object, ...], types: tuple[type, ...]) -> bool:
    return len(row) == len(types) and all(type(value) is kind for value, kind in zip(row, types, strict=True))


def _told(place: _Place) -> str:
    return f"{place.sequence} ({time_text(place.at)})" if place.sequence else "the beginning"


def time_text(at: int) -> str:
    """A time for a reader: ISO 8601 in UTC with seconds; the bare number where it is no time that a calendar knows."""
    try:
        moment = dt.datetime.fromtimestamp(at // 1_000_000, tz=dt.UTC)
    except (OverflowError, ValueError, OSError):
        return f"time {at}"
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
