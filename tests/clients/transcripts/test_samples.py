"""What the real clients left on disk (`capture.py`), and what is read in it: `samples/*/expected.txt`."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from jackline.clients.transcripts import Damage, open_transcripts, read
from jackline.ledger.foreign import rows
from tests.clients.transcripts.notation import told

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())


def home_of(sample: Path, home: Path) -> Path:
    """A home in which the sample lies where its client keeps it."""
    client = sample.name.partition("-")[0]
    if client == "opencode":
        database = home / ".local" / "share" / "opencode" / "opencode.db"
        database.parent.mkdir(parents=True)
        connection = sqlite3.connect(database)
        connection.executescript((sample / "opencode.sql").read_text())
        connection.close()
    else:
        shutil.copytree(sample / client, home / f".{client}")
    return home


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_what_a_client_left_is_found_and_read(sample: Path, tmp_path: Path):
    damage = Damage()
    found = list(open_transcripts([], home_of(sample, tmp_path), {}, (), damage))
    units = [told(read(each, damage, rows)) for each in found]
    assert damage == Damage()
    assert {each.source for each in found} == {sample.name.partition("-")[0]}
    text = "\n\n".join("\n".join(unit) for unit in sorted(units, key=len)) + "\n"
    expected = sample / "expected.txt"
    if not expected.exists():
        expected.write_text(text)
        pytest.fail(f"captured anew: look at {expected}, and run the test again")
    assert text == expected.read_text()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_samples_tell_nothing_of_the_machine_they_were_made_on(sample: Path):
    text = "\n".join(path.read_text() for path in sample.rglob("*") if path.is_file())
    assert (
        re.findall(r"/work/|(?<!/tmp/jl)/home/|/tmp/jl\w|/root/|sk-[a-z]+-\w{20}|You are (?:Codex|Claude Code,)", text)
        == []
    )
