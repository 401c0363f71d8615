from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.effect import Effect, Resource
from jackline.core.errors import LedgerError
from jackline.core.event import Event
from jackline.ledger import KeyStore, Ledger, Pace, Reader
from jackline.ledger.keys import SIGNING_FILE
from jackline.ledger.schema import MIGRATIONS, VERSION, open_writer
from tests.ledger.ledgers import START, event, open_in


def test_events_come_back_as_they_went_in(tmp_path: Path) -> None:
    events = [event(number) for number in range(5)]
    with open_in(tmp_path) as ledger:
        assert ledger.append(events[:3]) == 3
        assert ledger.append(events[3:], durable=True) == 5
        assert list(ledger.events()) == list(enumerate(events, 1))
    with open_in(tmp_path) as ledger:
        assert [found for _, found in ledger.events()] == events


def test_structs_in_data_become_their_json(tmp_path: Path) -> None:
    effect = Effect("delete", Resource("file", "/w/x"))
    with open_in(tmp_path) as ledger:
        ledger.append([event(1, "observed", effects=(effect,), labels=frozenset({"b", "a"}), raw=b"\x00")])
        data = next(ledger.events())[1].data
    assert data["effects"][0]["resource"]["name"] == "/w/x"
    assert (data["labels"], data["raw"]) == (["a", "b"], "AA==")


def test_nothing_is_recorded_of_events_that_cannot_be(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        with pytest.raises(LedgerError, match="`object` has no JSON form"):
            ledger.append([event(1), event(2, "observed", thing=object())])
        with pytest.raises(LedgerError, match="no time"):
            ledger.append([event(1), Event(kind="claimed", at=2**70)])
        assert ledger.count() == 0
        assert ledger.append([event(1)]) == 1


def test_an_empty_append_is_nothing(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        assert ledger.append([]) == 0


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text()
    | st.text(alphabet="\ud800a\x00\u202e"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.dictionaries(st.text(max_size=6), json_values, max_size=4), min_size=1, max_size=5), st.text())
def test_whatever_an_agent_says_is_recorded_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, trees: list, head: str
) -> None:
    with open_in(tmp_path_factory.mktemp("any")) as ledger:
        ledger.append([Event(kind="claimed", at=START, session=head, action=head * 50, data=tree) for tree in trees])
        assert len(list(ledger.events(session=head))) == len(trees)
        assert ledger.verify().intact


def test_deep_data_does_not_hinder_reading(tmp_path: Path) -> None:
    deep: object = "end"
    for _ in range(900):
        deep = [deep]
    with open_in(tmp_path) as ledger:
        ledger.append([event(1, "claimed", deep=deep)])
        assert '"depth"' in next(ledger.entries()).body


def test_threads_share_commits_and_fork_nothing(tmp_path: Path) -> None:
    answered: dict[int, list[int]] = {}
    with open_in(tmp_path, Pace(entries=40)) as ledger:

        def work(number: int) -> None:
            answered[number] = [
                ledger.append([event(number), event(number)], durable=turn % 2 == 0) for turn in range(20)
            ]

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        report = ledger.verify()
        assert (report.intact, report.entries) == (True, 6 * 20 * 2)
        for number, lasts in answered.items():
            assert [found.action for last in lasts for _, found in ledger.events(after=last - 2, limit=2)] == [
                f"A{number:04}"
            ] * 40


def test_a_failed_commit_fails_every_caller_that_shared_it(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger._writing.execute("PRAGMA query_only = ON")
        with pytest.raises(LedgerError, match="cannot write the ledger"):
            ledger.append([event(1)])
        ledger._writing.execute("PRAGMA query_only = OFF")
        assert ledger.append([event(2)]) == 1
        assert ledger.verify().intact


def test_a_batch_that_fails_in_its_middle_leaves_nothing(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger._writing.execute(
            "CREATE TEMP TRIGGER fail BEFORE INSERT ON entry WHEN NEW.kind = 'refused' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        with pytest.raises(LedgerError, match="cannot write the ledger"):
            ledger.append([event(1), event(2, "refused"), event(3)])
        assert ledger.append([event(4)]) == 1
        assert [found.action for _, found in ledger.events()] == ["A0004"]
        assert ledger.verify().intact


def test_two_writers_continue_one_chain(tmp_path: Path) -> None:
    with open_in(tmp_path) as old, open_in(tmp_path) as new:
        for turn in range(10):
            (old if turn % 2 else new).append([event(turn)])
            (new if turn % 3 else old).checkpoint()
        assert old.verify().intact
        assert (old.count(), old.verify().checkpoints) == (10, 11)


def test_checkpoints_come_by_count_and_by_the_events_time(tmp_path: Path) -> None:
    with open_in(tmp_path / "a", Pace(entries=4)) as ledger:
        for number in range(9):
            ledger.append([event(number)])
        assert ledger.verify().covered == 8
    with Ledger.open(tmp_path / "b" / "l", tmp_path / "b" / "k", Pace(micros=10_000)) as ledger:
        now = ledger.genesis.at
        for number, at in enumerate((now + 1, now + 9_000, now + 10_000, now + 10_001)):
            ledger.append([Event(kind="claimed", at=at, data={"n": number})])
        assert ledger.verify().covered == 3


def test_a_checkpoint_at_the_head_is_not_made_twice(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(1)])
        assert ledger.checkpoint() == ledger.checkpoint()


def test_update_and_delete_are_refused_by_the_database(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(1)])
        ledger.checkpoint()
        for table in ("genesis", "entry", "checkpoint"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                ledger._writing.execute(f"UPDATE {table} SET at = 0")
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                ledger._writing.execute(f"DELETE FROM {table}")


def test_files_are_private(tmp_path: Path) -> None:
    with open_in(tmp_path / "deep" / "er") as ledger:
        ledger.append([event(1)])
        folder = ledger.path.parent
        modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}
    assert {mode for name, mode in modes.items() if "." in name} == {0o600}
    assert modes["keys"] == modes["er"] == 0o700


# ---------------------------------------------------------------------------------------------------- what cannot open


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    open_in(tmp_path).close()
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    for open_it in (lambda: open_in(tmp_path), lambda: Reader.open(tmp_path / "ledger.sqlite")):
        with pytest.raises(
            LedgerError, match=f"has schema {VERSION + 1}, this version of Jackline knows {VERSION}; upgrade"
        ):
            open_it()


def test_migrations_are_applied_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(1)])
    monkeypatch.setattr(
        "jackline.ledger.schema.MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE more (one)",), ("CREATE TABLE most (one)",))
    )
    monkeypatch.setattr("jackline.ledger.schema.VERSION", VERSION + 2)
    connection = open_writer(tmp_path / "ledger.sqlite")
    tables = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    assert tables == ["checkpoint", "entry", "genesis", "more", "most"]
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 2,)
    connection.close()


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_in(tmp_path).close()
    monkeypatch.setattr(
        "jackline.ledger.schema.MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE more (one)", "CREATE TABLE entry (one)"))
    )
    monkeypatch.setattr("jackline.ledger.schema.VERSION", VERSION + 1)
    with pytest.raises(LedgerError, match="already exists"):
        open_writer(tmp_path / "ledger.sqlite")
    monkeypatch.undo()
    with open_in(tmp_path) as ledger:
        assert ledger.verify().intact


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute("CREATE TABLE theirs (one)")
    database.close()
    with pytest.raises(LedgerError, match="is a database, but not a ledger"):
        open_in(tmp_path)


def test_what_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database, but long enough to be looked at" * 30)
    with pytest.raises(
        LedgerError, match=r"file is not a database; run `jackline log verify` .* keep the file as evidence"
    ):
        open_in(tmp_path)
    assert (tmp_path / "ledger.sqlite").read_bytes().startswith(b"not a database")


def test_a_damaged_end_is_refused(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(number) for number in range(100)])
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute("DROP TRIGGER entry_update")
    database.execute("UPDATE entry SET body = replace(body, 'ls', 'rm') WHERE sequence = 95")
    database.commit()
    database.close()
    with pytest.raises(LedgerError, match="entry 95 of the ledger"):
        open_in(tmp_path)


def test_a_removed_ledger_is_not_begun_anew(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(1)])
        ledger.checkpoint()
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    with pytest.raises(
        LedgerError, match=r"is gone or empty, but its keys in .* have signed 2 checkpoints of it; put it back, or move"
    ):
        open_in(tmp_path)
    assert not (tmp_path / "ledger.sqlite").exists()
    (tmp_path / "keys").rename(tmp_path / "aside")
    open_in(tmp_path).close()


def test_a_ledger_that_was_emptied_is_not_begun_anew_either(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(1)])
    (tmp_path / "ledger.sqlite").write_bytes(b"")
    with pytest.raises(LedgerError, match="is gone or empty, but its keys"):
        open_in(tmp_path)


def test_a_checkpoint_made_while_a_ledger_is_verified_is_no_finding(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(1)])

        class Late(KeyStore):
            """A store that is looked at again only after another process has signed."""

            def publics(self) -> tuple[bytes, ...]:
                found = super().publics()
                if ledger.count() == 1:
                    ledger.append([event(2)])
                return found

            def check(self, expected: bytes, epoch: int, earlier: tuple[bytes, ...] = ()) -> None:
                ledger.checkpoint()
                super().check(expected, epoch, earlier)

        assert ledger.verify(keys=Late(tmp_path / "keys")).findings == ()


def test_removed_or_foreign_keys_are_refused(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(1)])
    other = tmp_path / "other"
    open_in(other).close()
    shutil.copy(tmp_path / "keys" / SIGNING_FILE, tmp_path / "kept")
    (tmp_path / "keys" / SIGNING_FILE).unlink()
    with pytest.raises(LedgerError, match=r"signing key .* is missing"):
        open_in(tmp_path)
    shutil.copy(other / "keys" / SIGNING_FILE, tmp_path / "keys" / SIGNING_FILE)
    with pytest.raises(LedgerError, match="does not continue the ledger, which expects epoch 1"):
        open_in(tmp_path)
    shutil.copy(tmp_path / "kept", tmp_path / "keys" / SIGNING_FILE)
    open_in(tmp_path).close()


def test_a_reader_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger at"):
        Reader.open(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_a_ledger_to_be(tmp_path: Path) -> None:
    """A crash right after the file was made."""
    (tmp_path / "ledger.sqlite").touch()
    with pytest.raises(LedgerError, match="holds no ledger"):
        Reader.open(tmp_path / "ledger.sqlite")
    with open_in(tmp_path) as ledger:
        assert ledger.append([event(1)]) == 1


def test_readers_read_while_it_is_written(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(number) for number in range(600)])
        with Reader.open(ledger.path) as reader:
            found = reader.events()
            assert next(found)[0] == 1
            ledger.append([event(number) for number in range(600, 700)])
            ledger.checkpoint()
            assert [sequence for sequence, _ in found] == list(range(2, 701))


def test_a_locked_ledger_is_an_error_not_a_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jackline.ledger.schema.BUSY_MILLISECONDS", 1)
    with open_in(tmp_path) as ledger:
        blocker = sqlite3.connect(ledger.path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another process holds its write lock"):
            ledger.append([event(1)])
        blocker.execute("ROLLBACK")
        blocker.close()
        assert ledger.append([event(2)]) == 1


def test_the_keys_epoch_says_how_many_checkpoints_there_are(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    assert store.epoch() is None
    with open_in(tmp_path) as ledger:
        for number in range(3):
            ledger.append([event(number)])
            ledger.checkpoint()
    assert store.epoch() == 4, "the first one is of nothing yet"


def test_durable_appends_are_committed_with_a_sync_and_others_without(tmp_path: Path) -> None:
    """`FULL` syncs the write-ahead log at each commit, `NORMAL` does not: https://www.sqlite.org/pragma.html#pragma_synchronous"""
    modes: list[int] = []

    def note_mode(statement: str) -> None:
        if statement == "COMMIT":
            modes.append(probe[0])
        if statement.startswith("PRAGMA synchronous = "):
            probe[0] = {"FULL": 2, "NORMAL": 1}[statement.rsplit(maxsplit=1)[-1]]

    with open_in(tmp_path) as ledger:
        probe = [ledger._writing.execute("PRAGMA synchronous").fetchone()[0]]
        ledger._writing.set_trace_callback(note_mode)
        for durable in (True, False, False, True, True, False):
            ledger.append([event(1)], durable=durable)
            assert ledger._writing.execute("PRAGMA synchronous").fetchone()[0] == (2 if durable else 1)
        ledger._writing.set_trace_callback(None)
        assert ledger._writing.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert modes == [2, 1, 1, 2, 2, 1]
