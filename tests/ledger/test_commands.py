"""`sessions`, `log` and `show` as a person and a script meet them."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.cli.escaping import shortened, visible
from jackline.cli.main import run
from jackline.core.decision import Decision, Reason
from jackline.core.effect import Effect, Evidence, Resource
from jackline.core.event import Event
from jackline.ledger import Ledger
from tests.ledger.ledgers import START, attacked

COMMAND = "PGPASSWORD=swordfish psql -h db -c 'drop table orders'"
HOSTILE = "ls \x1b[2J\x1b]0;mine\x07 \u202egnp.exe\u2066 \u200b\r\x85end"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JACKLINE_{name}", str(tmp_path / name))
    return tmp_path / "STATE_HOME"


@pytest.fixture
def recorded(state: Path) -> Path:
    at = COMMAND.index("'drop")
    effect = Effect(
        "delete",
        Resource("table", "orders", "production"),
        reversible="no",
        evidence=Evidence(at, len(COMMAND), COMMAND[at:]),
    )
    decision = Decision(
        verdict="deny", effects=(effect,), reasons=(Reason("tables.production", "It deletes a production table.", 0),)
    )
    with Ledger.open(state / "ledger.sqlite", state / "keys") as ledger:
        ledger.append([
            Event(kind="session_started", at=START, session="s-1", client="claude", data={"assurance": "hooked"}),
            asked("A1", COMMAND), Event(kind="decided", at=START + 2, session="s-1", action="A1", client="claude", data={"decision": decision}),
            asked("A2", HOSTILE, description=HOSTILE), Event(kind="finished", at=START + 5, session="s-1", action="A2", data={"ok": False, "exitCode": 2, "text": HOSTILE}),
            Event(kind="alerted", at=START + 6, session="s-1", data={"alert": "respelled", "text": HOSTILE}),
        ])  # fmt: skip
    return state


def asked(action: str, command: str, **more: str) -> Event:
    data = {"tool": "shell", "arguments": {"command": command}, "cwd": "/w", **more}
    return Event(kind="requested", at=START + 1, session="s-1", action=action, client="claude", data=data)


def out(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(list(arguments)) == code
    return capsys.readouterr().out


def test_nothing_recorded_is_said_and_is_an_empty_list(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert out(capsys, "sessions") == "No session has been recorded yet.\n"
    assert out(capsys, "log") == "Nothing has been recorded that fits.\n"
    assert json.loads(out(capsys, "sessions", "--json")) == json.loads(out(capsys, "log", "--json")) == []
    assert run(["show"]) == 1
    assert "there is no ledger at" in capsys.readouterr().err
    assert not state.exists(), "reading makes nothing"


def test_sessions(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "sessions")
    assert "claude     s-1  2 actions, 1 stopped, 1 alert" in text
    assert json.loads(out(capsys, "sessions", "--json"))[0]["actions"] == 2


def test_log_and_its_filters(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "log")
    assert len(text.splitlines()) == 6
    assert "decided         A1     deny, It deletes a production table." in text
    assert len(out(capsys, "log", "-n", "2").splitlines()) == 2
    assert len(out(capsys, "log", "--kind", "alerted", "--kind", "decided").splitlines()) == 2
    assert len(out(capsys, "log", "--action", "a1").splitlines()) == 2
    assert len(out(capsys, "log", "--session", "s").splitlines()) == 6
    assert [found["sequence"] for found in json.loads(out(capsys, "log", "--action", "A1", "--json"))] == [2, 3]
    assert out(capsys, "log", "--since", "9999-01-01").startswith("Nothing")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["log", "--since", "yesterday"], "`yesterday` is no time; give `30m`, `2h`, `3d`, or `2026-11-22 14:00`"),
        (["log", "--kind", "deleted"], "'deleted' is not one of"),
        (["log", "--session", "A1"], "`A1` is the action `A1`, not a session; use `--action`"),
        (["log", "-n", "0"], "0 is not in the range"),
        (["show", "A9"], "nothing in the ledger has an ID that begins with `A9`"),
        (["show", "A"], "`A` is the beginning of more than one ID: `A1`, `A2`; give more of it"),
        (["log", "anchor", "ftp:x"], "`ftp:x` names no place for an anchor"),
    ],
)
def test_bad_input_is_one_sentence(
    recorded: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert run(arguments) == 2
    caught = capsys.readouterr()
    assert sentence in caught.err
    assert caught.out == ""


def test_an_action_whole_with_marks_under_the_recorded_text(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "show", "A1")
    lines = text.splitlines()
    drawn = next(number for number, line in enumerate(lines) if "delete table orders" in line)
    start, end = lines[drawn].index("─"), lines[drawn].rindex("─") + 1
    assert lines[drawn - 1][start:end] == "'drop table orders'"
    assert "swordfish" not in text
    assert "It deletes a production table. (tables.production)" in text
    assert json.loads(out(capsys, "show", "A1", "--json"))["decision"]["verdict"] == "deny"


def test_the_last_session(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "show")
    assert text == out(capsys, "show", "s-1")
    assert "A1  deny" in text
    assert "A2  undecided" in text
    assert "alert respelled" in text
    assert [action["action"] for action in json.loads(out(capsys, "show", "--json"))["actions"]] == ["A1", "A2"]


@pytest.mark.parametrize("arguments", [["log"], ["show"], ["show", "A2"], ["sessions"]])
def test_hostile_text_moves_no_cursor(recorded: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    text = out(capsys, *arguments)
    assert all(character.isprintable() or character in "\n\t" for character in text)


def test_no_colour_where_none_is_wanted(
    recorded: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jackline.cli.output.sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" in out(capsys, "show", "A1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in out(capsys, "show", "A1")


def test_anchored_and_verified(recorded: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = str(tmp_path / "anchors")
    assert "Anchored entry 6 (epoch 1) to file:" in out(capsys, "log", "anchor", target)
    text = out(capsys, "log", "verify", "--anchor", target)
    assert text.startswith("intact    7 entries, 2 checkpoints\n")
    assert "anchored up to entry 6" in text
    assert "What cannot be known:" in text
    assert json.loads(out(capsys, "log", "verify", "--json"))["intact"] is True
    with attacked(recorded / "ledger.sqlite") as database:
        database.execute("UPDATE entry SET body = replace(body, 'deny', 'allow') WHERE sequence = 3")
    text = out(capsys, "log", "verify", "--anchor", target, code=1)
    assert "altered   entry 3 (" in text
    assert "intact" not in text
    found = json.loads(out(capsys, "log", "verify", "--json", code=1))
    assert found["report"]["findings"][0]["sequence"] == 3


def test_an_anchor_that_is_none_is_one_sentence(
    recorded: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["log", "verify", "--anchor", str(tmp_path / "none")]) == 1
    assert "cannot read the anchors" in capsys.readouterr().err


def test_an_anchor_begins_no_ledger(state: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["log", "anchor", str(tmp_path / "anchors")]) == 1
    assert not state.exists()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
fields = (
    "action",
    "tool",
    "arguments",
    "command",
    "decision",
    "verdict",
    "effects",
    "reasons",
    "text",
    "ok",
    "exitCode",
    "written",
    "id",
    "description",
)
trees = st.dictionaries(
    st.sampled_from(fields), json_values | st.dictionaries(st.sampled_from(fields), json_values, max_size=3), max_size=5
)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(
        st.tuples(
            st.sampled_from(["requested", "decided", "finished", "held", "approved", "observed", "session_started"]),
            trees,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_an_event_holds_can_be_shown(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capsys, data: list
) -> None:
    state = tmp_path_factory.mktemp("any")
    monkeypatch.setenv("JACKLINE_STATE_HOME", str(state))
    with Ledger.open(state / "ledger.sqlite", state / "keys") as ledger:
        ledger.append([Event(kind=kind, at=START, session="s", action="A1", data=tree) for kind, tree in data])
    for arguments in (["log"], ["show"], ["show", "A1"], ["sessions"], ["show", "--json"]):
        assert run(arguments) == 0, capsys.readouterr().err
    capsys.readouterr()


@given(st.text(max_size=60), st.integers(2, 50))
def test_visible_text_is_printable_and_short_text_short(text: str, width: int) -> None:
    assert visible(text).isprintable()
    assert len(shortened(text, width)) <= width
    if text.isprintable():
        assert visible(text) == text


def test_decisions_in_the_ledger_are_decisions(recorded: Path) -> None:
    with Ledger.open(recorded / "ledger.sqlite", recorded / "keys") as ledger:
        assert msgspec.convert(ledger.action("A1").decision, Decision).verdict == "deny"
