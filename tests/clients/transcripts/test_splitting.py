"""Large files in parts: together they are what the whole is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.clients.transcripts import Damage, Entry, Found, open_transcripts, read, splitting

NOWHERE = Path("/nowhere")


def units(path: Path) -> list[Found]:
    return list(open_transcripts([path], NOWHERE, {}))


def entries(path: Path) -> list[Entry]:
    damage = Damage()
    found = [entry for unit in units(path) for entry in read(unit, damage)]
    assert damage == Damage()
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(0, 300), min_size=1, max_size=30), size=st.integers(50, 400), last=st.booleans())
def test_the_parts_of_a_file_are_read_as_the_whole_is(
    lengths: list[int], size: int, last: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "runs.jsonl"
    lines = [
        json.dumps({"messages": [{"role": "user", "content": f"{n}" + "x" * length}]})
        for n, length in enumerate(lengths)
    ]
    path.write_text("\n".join(lines) + "\n" * last)
    with monkeypatch.context() as patch:
        patch.setattr(splitting, "PART", 1 << 40)
        (whole,) = units(path)
        expected = entries(path)
    with monkeypatch.context() as patch:
        patch.setattr(splitting, "PART", size)
        found = units(path)
        assert sum(unit.size for unit in found) == whole.size
        assert all(unit.size <= 2 * size + max(map(len, lines)) + 1 for unit in found)
        assert entries(path) == expected


def test_a_file_whose_lines_are_messages_is_one_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(splitting, "PART", 100)
    path = tmp_path / "run.jsonl"
    path.write_text("\n".join(json.dumps({"role": "user", "content": "hello " * 20}) for _ in range(20)))
    assert len(units(path)) == 1


def test_what_was_appended_since_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(splitting, "PART", 100)
    path = tmp_path / "runs.jsonl"
    line = json.dumps({"messages": [{"role": "user", "content": "hello"}]}) + "\n"
    path.write_text(line * 10)
    found = units(path)
    with path.open("a") as file:
        file.write(line * 10)
    assert sum(1 for unit in found for _ in read(unit, Damage())) == 20  # a header and a turn each
