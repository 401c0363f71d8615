"""Lists of messages, items and steps in every form of the corpus."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from jackline.clients.transcripts import Header
from jackline.clients.transcripts.messages import MessagesSource
from tests.clients.transcripts.notation import entries, written

CASES = tomllib.loads((Path(__file__).parent / "corpus" / "messages.toml").read_text())["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_conversation_is_read_as_its_turns(case: dict[str, Any]):
    name = "/logs/run.jsonl" if case.get("lines") else "/logs/run.json"
    data = case["input"].encode()
    assert MessagesSource().recognises(data, Path(name))
    found = entries(MessagesSource(), data, name)
    assert isinstance(found[0], Header)
    assert written(found) == case["turns"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_many_on_lines_and_in_an_array_are_the_same(case: dict[str, Any]):
    if case.get("lines"):
        pytest.skip("its lines are messages")
    value = json.loads(case["input"])
    one = {"messages": value} if isinstance(value, list) else value
    for name, data in (
        ("/a.jsonl", b"\n".join([json.dumps(one).encode()] * 3)),
        ("/a.json", json.dumps([one] * 3).encode()),
    ):
        found = entries(MessagesSource(), data, name)
        assert written(found) == case["turns"] * 3
        sessions = [entry.session for entry in found if isinstance(entry, Header)]
        assert len(sessions) == len(set(sessions)) == 3
