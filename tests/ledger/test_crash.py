"""Killed at any point, on a full disk, or between any two steps of a checkpoint: what was answered is there, and sound."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jackline.core.errors import LedgerError
from jackline.ledger import KeyStore, Ledger, Pace, Reader
from jackline.ledger.keys import SIGNING_FILE
from tests.ledger.ledgers import event, open_in

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITER = """
import sys
from jackline.core.event import Event
from jackline.ledger import Ledger, Pace
ledger = Ledger.open(sys.argv[1] + "/ledger.sqlite", sys.argv[1] + "/keys", Pace(entries=3))
number = 0
while True:
    number += 1
    events = [Event(kind="claimed", at=number, data={"n": number}) for _ in range(1 + number % 4)]
    last = ledger.append(events, durable=number % 5 == 0)
    sys.stdout.write(f"{last}\\n")
    sys.stdout.flush()
"""
KILLS = 6


def test_killed_in_the_middle_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    answered = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(chance.randrange(1, 40)):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().splitlines(keepends=True)
        answered = max([answered, *(int(line) for line in rest if line.endswith("\n"))])
        with open_in(tmp_path) as ledger:
            assert ledger.count() >= answered
            assert ledger.verify().findings == ()
            answered = ledger.count()
    assert answered > KILLS


class Crash(BaseException):
    """The process dies here: nothing that would have come after is done."""


class CrashingStore(KeyStore):
    """A key store whose n-th file operation never happens, as if the process had died before it."""

    def __init__(self, directory: Path, operations: int) -> None:
        super().__init__(directory)
        self.left = operations

    def _write(self, name: str, content: bytes) -> None:
        self._count()
        super()._write(name, content)
        self._count()

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Crash


@pytest.mark.parametrize("operations", range(1, 9))
def test_a_crash_between_any_two_steps_of_a_checkpoint_leaves_a_key_that_continues(
    tmp_path: Path, operations: int
) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(0)])
        ledger._keys = CrashingStore(tmp_path / "keys", operations)
        with contextlib.suppress(Crash):
            for number in range(1, 5):
                ledger.append([event(number)])
                ledger.checkpoint()
    with open_in(tmp_path) as ledger:
        assert ledger.verify().findings == ()
        ledger.append([event(9)])
        assert ledger.checkpoint().sequence == ledger.count()
        assert ledger.verify().findings == ()
        assert b'"seeds":["' in (tmp_path / "keys" / SIGNING_FILE).read_bytes()
        assert (tmp_path / "keys" / SIGNING_FILE).read_bytes().count(b"=") == 1, "one key is left"


def test_a_crash_between_commit_and_settling_leaves_two_keys_until_the_next_opening(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append([event(0)])
        ledger._keys = CrashingStore(tmp_path / "keys", 3)
        with pytest.raises(Crash):
            ledger.checkpoint()
    assert (tmp_path / "keys" / SIGNING_FILE).read_bytes().count(b"=") == 2
    open_in(tmp_path).close()
    assert (tmp_path / "keys" / SIGNING_FILE).read_bytes().count(b"=") == 1


def test_a_crash_at_the_very_beginning_is_begun_again(tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys").begin()
    with open_in(tmp_path) as ledger:
        assert ledger.append([event(1)]) == 1
        assert ledger.verify().intact


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of 512 KiB. Needs the right to mount."""
    with tempfile.TemporaryDirectory() as name:
        mounted = (
            hasattr(os, "geteuid")
            and os.geteuid() == 0
            and not subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=512k", "none", name], capture_output=True, check=False
            ).returncode
        )
        if not mounted:
            pytest.skip("mounting a small file system needs root; the limit of a file's size is tested instead")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def test_a_full_disk_is_an_error_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk() as disk, Ledger.open(disk / "ledger.sqlite", tmp_path / "keys", Pace(entries=50)) as ledger:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(300 * 1024))
        answered = fill(ledger)
        assert ledger.count() == answered
        assert ledger.verify().findings == ()
        ballast.unlink()
        assert ledger.append([event(1)], durable=True) == answered + 1
        assert ledger.verify().findings == ()


def fill(ledger: Ledger) -> int:
    """Append until the disk is full; returns the last number that was answered."""
    answered = [0]

    def append_for_ever() -> None:
        for number in range(10_000):
            answered[0] = ledger.append([event(number, "claimed", text="x" * 900)] * 3, durable=number % 7 == 0)

    with pytest.raises(LedgerError, match="make room on the disk"):
        append_for_ever()
    return answered[0]


LIMITED = """
import sys
from jackline.core.errors import LedgerError
from jackline.core.event import Event
from jackline.ledger import Ledger
ledger = Ledger.open(sys.argv[1] + "/ledger.sqlite", sys.argv[1] + "/keys")
for number in range(10_000):
    try:
        last = ledger.append([Event(kind="claimed", at=number, data={"text": "x" * 900})] * 3)
    except LedgerError as error:
        print(last, error)
        break
"""


def test_a_file_that_may_not_grow_is_an_error(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, 256 * 1024)),
    )  # fmt: skip
    last, _, sentence = done.stdout.partition(" ")
    assert "make room on the disk" in sentence
    with open_in(tmp_path) as ledger:
        assert ledger.count() == int(last)
        assert ledger.verify().findings == ()


def test_a_read_only_ledger_is_an_error_for_the_writer_and_none_for_readers() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_in(folder) as ledger:
            ledger.append([event(1)])
            with as_someone_without_rights(folder):
                ledger.path.chmod(0o400)
                with pytest.raises(
                    LedgerError, match="Permission denied; make it readable and writable for this account"
                ):
                    open_in(folder)
                with Reader.open(ledger.path) as reader:
                    assert reader.count() == 1


def test_a_ledger_that_lies_still_in_a_folder_of_someone_else_can_be_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_in(folder) as ledger:
            ledger.append([event(1)])
        assert sorted(path.name for path in folder.iterdir()) == ["keys", "ledger.sqlite"]
        with as_someone_without_rights(folder):
            (folder / "ledger.sqlite").chmod(0o400)
            folder.chmod(0o500)
            with Reader.open(folder / "ledger.sqlite") as reader:
                assert reader.count() == 1
                assert reader.verify().intact


@contextlib.contextmanager
def as_someone_without_rights(folder: Path) -> Iterator[None]:
    """Root may write everything: act as another user then, to whom the folder is given."""
    if os.geteuid() != 0:
        yield
        return
    nobody = 65534
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, nobody, nobody)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)
