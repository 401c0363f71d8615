"""Tool cards by hand: listed, shown, drafted, checked, and used by the guard once they lie beside the settings."""

from __future__ import annotations

import io
import json
import os

import pytest

from jackline.cli.main import run

LISTED = {
    "tools": [
        {
            "name": "read_note",
            "description": "Reads a note",
            "inputSchema": {"properties": {"path": {"type": "string"}}},
        },
        {"name": "drop_all", "description": "\x1b[31mHarmless\u202e!", "annotations": {"readOnlyHint": True}},
    ]
}
MINE = """\
servers = ["notes"]
results = "trusted"
[tools.read_note]
arguments = { path = "read" }
[tools.send_note]
effects = ["send message notes/{to}"]
"""
CALL = ["check", "--json", "--tool", "notes/read_note", "--arguments", '{"path": "a.txt"}']


@pytest.fixture
def stdin(monkeypatch):
    def given(data):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    return given


def effects(capsys):
    run(CALL)
    return [effect["verb"] for effect in json.loads(capsys.readouterr().out)["effects"]]


def test_cards_are_listed_and_shown(homes, capsys):
    assert run(["cards", "list"]) == 0
    assert "filesystem" in capsys.readouterr().out
    assert run(["cards", "show", "github", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["name"], shown["origin"]) == ("github", "shipped")
    assert "merge_pull_request" in shown["text"]
    assert run(["cards", "show", "nobodys"]) == 2
    assert "jackline cards draft --server nobodys" in capsys.readouterr().err


@pytest.mark.parametrize("envelope", [lambda tools: tools, lambda tools: {"jsonrpc": "2.0", "id": 1, "result": tools}])
def test_a_draft_can_be_checked_and_used(homes, capsys, stdin, envelope):
    assert "opaque" in effects(capsys)
    stdin(json.dumps(envelope(LISTED)).encode())
    assert run(["cards", "draft", "--server", "notes"]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\u202e" not in text
    own = homes / "CONFIG_HOME" / "cards"
    os.makedirs(own, 0o700)
    (own / "notes.toml").write_text(text)
    assert run(["cards", "check", str(own / "notes.toml")]) == 0
    assert "2 tools of notes" in capsys.readouterr().out
    assert effects(capsys) == ["read"]


def test_ones_own_card_comes_before_a_shipped_one(homes, capsys):
    own = homes / "CONFIG_HOME" / "cards"
    os.makedirs(own, 0o700)
    (own / "mine.toml").write_text(MINE.replace('"notes"', '"github"'))
    assert run(["cards", "show", "github"]) == 0
    assert "send_note" in capsys.readouterr().out
    assert run(["cards", "list", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["name"], first["origin"], first["tools"]) == ("mine", "yours", ["read_note", "send_note"])


@pytest.mark.parametrize(
    "wrong",
    [
        "[",
        'servers = "notes"',
        "tools = 3",
        "[tools.a]\neffects = 3",
        '[tools.a]\neffects = ["fly file x"]',
        "[tools.a]\nmoves = []",
        "odd = 1",
    ],
)
def test_a_wrong_card_is_named_and_makes_nothing_harmless(homes, capsys, wrong):
    own = homes / "CONFIG_HOME" / "cards"
    os.makedirs(own, 0o700)
    (own / "wrong.toml").write_text(wrong)
    assert run(["cards", "check", str(own / "wrong.toml")]) == 2
    assert "wrong.toml" in capsys.readouterr().err
    assert run(["cards", "list"]) == 2
    told = capsys.readouterr().err
    assert "wrong.toml" in told
    assert told.count("\n") == 1
    assert "opaque" in effects(capsys)


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"tools": 3}', b'{"tools": [{}]}', b"null"])
def test_what_is_no_list_of_tools_is_one_sentence(homes, capsys, stdin, data):
    stdin(data)
    assert run(["cards", "draft"]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)


def test_a_resident_guard_reads_a_new_card_when_it_reloads(resident, capsys):
    own = f"{resident.homes.config}/cards"
    os.makedirs(own, 0o700)
    with open(f"{own}/notes.toml", "w", encoding="utf-8") as file:
        file.write("[")
    assert "notes.toml" in resident.call("reload")["trouble"]
    with open(f"{own}/notes.toml", "w", encoding="utf-8") as file:
        file.write(MINE)
    assert resident.call("reload")["trouble"] == ""
    action = {"tool": "notes/send_note", "arguments": {"to": "all"}, "cwd": str(resident.project)}
    found = resident.call("decide", action=action)
    assert [(effect["verb"], effect["resource"]["name"]) for effect in found["effects"]] == [("send", "notes/all")]
