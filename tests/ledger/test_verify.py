"""Any single change to a ledger is found, wherever it is made and by whom, up to what `Report.unknown` says."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.core.errors import LedgerError
from jackline.ledger import Anchor, KeyStore, Reader, read_anchors
from jackline.ledger.chain import entry_hash
from jackline.ledger.checkpoint import Checkpoint, Genesis, public_key, sign, signature_holds
from jackline.ledger.store import _Head
from jackline.ledger.verify import verify
from tests.ledger.ledgers import attacked, copy_of, event, open_in

ENTRIES = 25
COVERED = 18
COLUMNS = ("at", "kind", "session", "action", "client", "body", "hash")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 entries, checkpoints at 0, 6, 12 and 18, anchors of the last three."""
    folder = tmp_path_factory.mktemp("whole")
    with open_in(folder) as ledger:
        for turn, numbers in enumerate((range(6), range(6, 11), range(11, 16))):
            ledger.append([event(number) for number in numbers])
            ledger.anchor(str(folder / "anchors"))
            copy_of(folder, folder.parent / f"after-{turn}")
        ledger.append([event(number) for number in range(16, 22)])
    with Reader.open(folder / "ledger.sqlite") as reader:
        assert reader.count() == ENTRIES
    return folder


@pytest.fixture
def ledger_folder(whole: Path, tmp_path: Path) -> Path:
    return copy_of(whole, tmp_path / "copy")


def anchors_of(folder: Path) -> list[Anchor]:
    return read_anchors(str(folder / "anchors"))


def found_in(folder: Path, *, anchors: bool = True, keys: bool = True) -> list[str]:
    report = verify(
        folder / "ledger.sqlite", anchors_of(folder) if anchors else (), KeyStore(folder / "keys") if keys else None
    )
    return [finding.sort for finding in report.findings]


def test_an_untouched_ledger_is_intact(whole: Path) -> None:
    report = verify(whole / "ledger.sqlite", anchors_of(whole), KeyStore(whole / "keys"))
    assert report.findings == ()
    assert (report.entries, report.checkpoints, report.covered, report.anchored) == (25, 4, COVERED, COVERED)


def test_what_is_not_covered_is_said(whole: Path) -> None:
    unknown = verify(whole / "ledger.sqlite").unknown
    assert any("entries 19 to 25 behind the last checkpoint" in text for text in unknown)
    assert any("behind entry 25 and cut off" in text for text in unknown)
    assert any("no anchor was given" in text for text in unknown)
    anchored = verify(whole / "ledger.sqlite", anchors_of(whole)).unknown
    assert any("behind entry 18, where the last anchor ends" in text for text in anchored)


def test_a_strangers_key_signs_nothing(ledger_folder: Path) -> None:
    """The attacker makes a key of its own and signs the rewritten history with it: no key of the ledger leads there."""
    mine, following = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    with attacked(ledger_folder / "ledger.sqlite") as database:
        edit(database, 15)
        rechain(database)
        genesis = Genesis(*database.execute("SELECT public_key, nonce, at FROM genesis").fetchone())
        (head,) = database.execute("SELECT hash FROM entry WHERE sequence = ?", (COVERED,)).fetchone()
        unsigned = Checkpoint(3, COVERED, 1, head, public_key(mine), public_key(following), b"")
        forged = sign(genesis.ledger, unsigned, mine.sign)
        assert signature_holds(genesis.ledger, forged)
        database.execute("DELETE FROM checkpoint WHERE epoch = 3")
        database.execute("INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(forged))
    assert found_in(ledger_folder, anchors=False, keys=False) == ["forged"]


def test_a_checkpoint_that_goes_back_is_found(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(1), event(2)])
        first = ledger.checkpoint()
        entry = next(ledger.entries())
        with ledger._transaction(durable=True):
            ledger._sign(first, _Head(1, entry.at, entry.hash))
        ledger._settle(3)
        assert [finding.sort for finding in ledger.verify().findings if finding.step == 4] == ["forged"]


def test_two_histories_that_were_signed_with_one_key_are_found_by_an_anchor(whole: Path, tmp_path: Path) -> None:
    """A copy of ledger and keys is put back and goes on differently: as long as before, and signed as well."""
    folder = copy_of(whole.parent / "after-1", tmp_path / "fork")
    with open_in(folder) as ledger:
        ledger.append([event(90 + number) for number in range(COVERED - ledger.count())])
        ledger.checkpoint()
        assert ledger.verify().intact
    shutil.copy(whole / "anchors", folder / "anchors")
    assert found_in(folder) == ["forged", "altered"]


copies = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@copies
@given(st.integers(1, ENTRIES), st.sampled_from(COLUMNS), st.data())
def test_any_edit_is_found_by_the_chain_alone(whole: Path, sequence: int, column: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(whole, Path(name) / "copy")
        with attacked(folder / "ledger.sqlite") as database:
            old = database.execute(f"SELECT {column} FROM entry WHERE sequence = ?", (sequence,)).fetchone()[0]
            new = data.draw(other_than(old))
            database.execute(f"UPDATE entry SET {column} = ? WHERE sequence = ?", (new, sequence))
        report = verify(folder / "ledger.sqlite")
        assert report.findings
        assert any(finding.sequence in {sequence - 1, sequence, sequence + 1} for finding in report.findings)


def other_than(value: object) -> st.SearchStrategy[object]:
    anything = st.one_of(st.integers(-(2**63), 2**63 - 1), st.text(max_size=40), st.binary(max_size=40), st.none())
    same: st.SearchStrategy[object]
    if isinstance(value, int):
        same = st.integers(-(2**40), 2**62)
    elif isinstance(value, bytes):
        same = st.binary(min_size=32, max_size=32)
    else:
        text = str(value)
        at = st.integers(0, max(0, len(text) - 1))
        same = at.map(lambda index: text[:index] + ("x" if text[index : index + 1] != "x" else "y") + text[index + 1 :])
    return st.one_of(same, same, anything).filter(lambda new: new != value and new is not None)


@copies
@given(st.integers(1, ENTRIES), st.integers(1, 5))
def test_any_deletion_is_found(whole: Path, first: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(whole, Path(name) / "copy")
        last = min(first + count - 1, ENTRIES)
        with attacked(folder / "ledger.sqlite") as database:
            database.execute("DELETE FROM entry WHERE sequence BETWEEN ? AND ?", (first, last))
        report = verify(folder / "ledger.sqlite")
        places = [(finding.sort, finding.sequence) for finding in report.findings]
        if last < ENTRIES:
            assert ("deleted", first) in places
        elif first <= COVERED:
            assert ("truncated", first - 1) in places
        else:  # what no checkpoint has seen can be cut off; that is said
            assert places == []
            assert any(f"behind entry {first - 1} and cut off" in text for text in report.unknown)


@copies
@given(st.lists(st.integers(1, ENTRIES), min_size=2, max_size=2, unique=True), st.booleans())
def test_any_swap_is_found(whole: Path, pair: list[int], with_hashes: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(whole, Path(name) / "copy")
        columns = COLUMNS if with_hashes else COLUMNS[:-1]
        with attacked(folder / "ledger.sqlite") as database:
            rows = [
                database.execute(f"SELECT {', '.join(columns)} FROM entry WHERE sequence = ?", (number,)).fetchone()
                for number in pair
            ]
            for number, row in zip(pair, reversed(rows), strict=True):
                places = ", ".join(f"{column} = ?" for column in columns)
                database.execute(f"UPDATE entry SET {places} WHERE sequence = ?", (*row, number))
        assert "altered" in found_in(folder, anchors=False, keys=False)


@copies
@given(st.integers(1, ENTRIES))
def test_any_insertion_is_found(whole: Path, sequence: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(whole, Path(name) / "copy")
        with attacked(folder / "ledger.sqlite") as database:
            database.execute("UPDATE entry SET sequence = -sequence - 1 WHERE sequence >= ?", (sequence,))
            database.execute("UPDATE entry SET sequence = -sequence WHERE sequence < 0")
            database.execute(
                f"INSERT INTO entry SELECT ?, {', '.join(COLUMNS)} FROM entry WHERE sequence = ?",
                (sequence, sequence + 1),
            )
        assert "altered" in found_in(folder, anchors=False, keys=False)


@copies
@given(st.integers(1, COVERED), st.booleans())
def test_a_chain_made_anew_contradicts_the_next_checkpoint(whole: Path, sequence: int, whole_row: bool) -> None:
    """An attacker who can write the file, but has no key: edits an entry and makes every hash behind it fit."""
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(whole, Path(name) / "copy")
        with attacked(folder / "ledger.sqlite") as database:
            edit(database, sequence)
            rechain(database)
        report = verify(folder / "ledger.sqlite")
        assert report.findings
        assert all(finding.step == 4 for finding in report.findings)
        assert report.findings[0].sequence >= sequence


@copies
@given(st.integers(1, COVERED), st.integers(0, 3))
def test_a_chain_made_anew_without_its_checkpoints_is_found_by_key_and_anchor(
    whole: Path, sequence: int, epoch: int
) -> None:
    """The same attacker removes the checkpoints that would contradict: the key and every anchor still do."""
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(whole, Path(name) / "copy")
        with attacked(folder / "ledger.sqlite") as database:
            edit(database, sequence)
            rechain(database)
            database.execute("DELETE FROM checkpoint WHERE epoch >= ?", (epoch,))
        assert "key" in found_in(folder, anchors=False)
        assert "truncated" in found_in(folder, keys=False)


@copies
@given(st.integers(0, ENTRIES), st.integers(0, 4))
def test_any_truncation_behind_an_anchor_is_found(whole: Path, entries: int, epoch: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(whole, Path(name) / "copy")
        with attacked(folder / "ledger.sqlite") as database:
            database.execute("DELETE FROM entry WHERE sequence > ?", (entries,))
            database.execute("DELETE FROM checkpoint WHERE epoch >= ?", (epoch,))
        found = set(found_in(folder, keys=False))
        assert ("truncated" in found) == (entries < COVERED or epoch < 4)


@pytest.mark.parametrize("after", [0, 1])
def test_an_older_copy_of_ledger_and_keys_is_found_by_an_anchor(whole: Path, tmp_path: Path, after: int) -> None:
    folder = copy_of(whole.parent / f"after-{after}", tmp_path / "old")
    assert found_in(folder) == []
    shutil.copy(whole / "anchors", folder / "anchors")
    assert "truncated" in found_in(folder)


def test_an_older_copy_of_the_ledger_alone_is_found_by_its_keys(whole: Path, tmp_path: Path) -> None:
    folder = copy_of(whole, tmp_path / "copy")
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    for old in (whole.parent / "after-0").glob("ledger.sqlite*"):
        shutil.copy(old, folder)
    assert found_in(folder, anchors=False) == ["key"]


def test_a_new_ledger_in_the_old_ones_place_is_found_by_an_anchor(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with open_in(folder) as ledger:
        ledger.append([event(number) for number in range(30)])
        ledger.checkpoint()
    shutil.copy(whole / "anchors", folder / "anchors")
    assert set(found_in(folder)) == {"replaced"}


def test_a_ledger_that_is_gone_is_found_by_an_anchor(whole: Path, tmp_path: Path) -> None:
    report = verify(tmp_path / "none.sqlite", anchors_of(whole))
    assert [finding.sort for finding in report.findings] == ["deleted"]


def test_without_anchors_a_ledger_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        verify(tmp_path / "none.sqlite")


def test_todays_key_signs_what_comes_next_and_nothing_before(whole: Path, tmp_path: Path) -> None:
    """The thief of the current key appends a checkpoint: it is accepted. It cannot stand for an earlier epoch."""
    folder = copy_of(whole, tmp_path / "copy")
    with open_in(folder) as thief:
        forged = thief.checkpoint()
    assert found_in(folder) == []
    with attacked(folder / "ledger.sqlite") as database:
        database.execute("DELETE FROM checkpoint WHERE epoch >= 1")
        database.execute(
            "INSERT INTO checkpoint SELECT 1, ?, ?, ?, ?, ?, ?",
            (forged.sequence, forged.at, forged.hash, forged.public_key, forged.next_key, forged.signature),
        )
    assert "forged" in found_in(folder, anchors=False, keys=False)


@copies
@given(
    st.sampled_from(["sequence", "at", "hash", "public_key", "next_key", "signature", "epoch"]),
    st.integers(0, 3),
    st.data(),
)
def test_any_edit_of_a_checkpoint_is_found(whole: Path, column: str, epoch: int, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(whole, Path(name) / "copy")
        with attacked(folder / "ledger.sqlite") as database:
            old = database.execute(f"SELECT {column} FROM checkpoint WHERE epoch = ?", (epoch,)).fetchone()[0]
            new = (
                flipped(old, data)
                if isinstance(old, bytes)
                else data.draw(st.integers(4, 2**62).filter(lambda n: n != old))
            )
            database.execute(f"UPDATE checkpoint SET {column} = ? WHERE epoch = ?", (new, epoch))
        assert found_in(folder, anchors=False, keys=False)


@pytest.mark.parametrize("what", [
    "DROP TRIGGER entry_update",
    "DROP INDEX entry_session",
    "CREATE VIEW more AS SELECT * FROM entry",
    "CREATE TRIGGER hide AFTER INSERT ON entry BEGIN SELECT 1; END",
    "ALTER TABLE checkpoint ADD COLUMN more",
    "ALTER TABLE entry RENAME TO hidden",
    "PRAGMA user_version = 0",
])  # fmt: skip
def test_a_changed_schema_is_found(ledger_folder: Path, what: str) -> None:
    connection = sqlite3.connect(ledger_folder / "ledger.sqlite", isolation_level=None)
    connection.execute(what)
    connection.close()
    found = found_in(ledger_folder, anchors=False, keys=False)
    assert set(found) <= {"altered", "damaged"}
    assert found


def test_an_index_that_hides_an_entry_is_found(ledger_folder: Path) -> None:
    """Rows that an index does not list would be missing from every filtered view."""
    connection = sqlite3.connect(ledger_folder / "ledger.sqlite", isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")
    sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'entry_session'").fetchone()[0]
    partial = sql + " WHERE sequence <> 3"
    connection.execute("DROP INDEX entry_session")
    connection.execute(partial)
    connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'entry_session'", (sql,))
    connection.close()
    assert "damaged" in found_in(ledger_folder, anchors=False, keys=False)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_hostile_bytes_never_crash_and_never_pass(whole: Path, data: st.DataObject) -> None:
    """Flip, cut or overwrite raw bytes: the outcome is a finding, an error, or exactly the events that were written."""
    original = raw_ledger(whole)
    at = data.draw(st.integers(0, len(original) - 1))
    patch = data.draw(st.one_of(st.binary(min_size=1, max_size=64), st.just(b"")))
    hostile = original[:at] + (patch + original[at + len(patch) :] if patch else b"")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "ledger.sqlite"
        path.write_bytes(hostile)
        try:
            report = verify(path, anchors_of(whole))
        except LedgerError:
            return
        if report.intact:
            with Reader.open(path) as reader, Reader.open(whole / "ledger.sqlite") as untouched:
                assert list(reader.entries()) == list(untouched.entries())


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=4096))
def test_arbitrary_bytes_are_no_ledger(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "ledger.sqlite"
        path.write_bytes(raw)
        assert not verify(path).intact


def raw_ledger(folder: Path) -> bytes:
    """The ledger as one file, without a write-ahead log."""
    source = sqlite3.connect(folder / "ledger.sqlite")
    with tempfile.TemporaryDirectory() as name:
        target = sqlite3.connect(Path(name) / "one")
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        target.close()
        source.close()
        return (Path(name) / "one").read_bytes()


def flipped(value: bytes, data: st.DataObject) -> bytes:
    at, bit = data.draw(st.integers(0, len(value) - 1)), data.draw(st.integers(0, 7))
    return value[:at] + bytes([value[at] ^ (1 << bit)]) + value[at + 1 :]


def edit(database: sqlite3.Connection, sequence: int) -> None:
    database.execute("UPDATE entry SET body = replace(body, 'ls', 'rm') WHERE sequence = ?", (sequence,))
    database.execute("UPDATE entry SET body = replace(body, 'anchors', 'nowhere') WHERE sequence = ?", (sequence,))


def rechain(database: sqlite3.Connection) -> None:
    previous = Genesis(*database.execute("SELECT public_key, nonce, at FROM genesis").fetchone()).ledger
    for sequence, at, body in database.execute("SELECT sequence, at, body FROM entry ORDER BY sequence").fetchall():
        previous = entry_hash(sequence, at, body.encode(), previous)
        database.execute("UPDATE entry SET hash = ? WHERE sequence = ?", (previous, sequence))
