"""`connect`, `disconnect` and `doctor` as a person types them. What they do to files and clients: `tests/clients`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jackline.cli import doctor
from jackline.cli.main import run
from jackline.clients.canary.trial import Trial
from jackline.clients.connect.registry import CONNECTORS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a project of the test's own; no client is on PATH."""
    for name in (
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "JACKLINE_CONFIG_HOME",
        "JACKLINE_STATE_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JACKLINE_RUNTIME_DIR", str(tmp_path / "r"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "home"


def test_there_and_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["connect", *CONNECTORS]) == 0
    said = capsys.readouterr().out
    assert str(home / ".claude" / "settings.json") in said
    assert "jackline doctor" in said
    assert run(["connect", "--json", "claude"]) == 0
    assert {change["outcome"] for change in json.loads(capsys.readouterr().out)["claude"]} == {"unchanged"}
    assert run(["disconnect", *CONNECTORS]) == 0
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_the_hooks_name_absolute_programs_and_the_guards_own_folders(home: Path) -> None:
    """The client's environment may be another one than the person's: a service, an editor, `env -i`."""
    run(["connect", "claude"])
    hook = json.loads((home / ".claude" / "settings.json").read_text())["hooks"]["PreToolUse"][0]["hooks"][0]["command"]
    assert hook.startswith("/")
    assert f"--socket {home.parent}/r/guard.sock" in hook
    launcher = next((home / ".local/state/jackline/connections").glob("*/jackline-guard")).read_text()
    for line in (f"JACKLINE_RUNTIME_DIR={home.parent}/r", f"JACKLINE_STATE_HOME={home}/.local/state/jackline"):
        assert f"export {line}\n" in launcher


WRONG = [
    (["connect"], "Missing argument"),
    (["connect", "emacs"], "`emacs` is not a client that Jackline connects; use `claude`"),
    (["connect", "claude", "--scope", "galaxy"], "galaxy"),
    (["connect", "qwen", "--scope", "managed"], "qwen" if os.geteuid() else "no `managed` configuration"),
    (["connect", "claude", "--guard-user", "root"], "`--guard-user` needs `--scope managed`"),
    (["connect", "claude", "--scope", "managed", "--guard-user", "no such user"], "no such user"),
    (["disconnect", "emacs"], "`emacs`"),
    (["doctor", "emacs"], "`emacs`"),
]


@pytest.mark.parametrize(("arguments", "word"), WRONG)
def test_what_cannot_be_done_is_one_sentence(
    home: Path, arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.geteuid() and "managed" in arguments:
        word = "run it as root"
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert word in said.err
    assert said.err.count("\n") == 1
    assert not (home / ".claude").exists()


def test_broken_settings_lose_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text('{"model": "opus",,}')
    assert run(["connect", "claude"]) == 2
    assert "line 1, column 18" in capsys.readouterr().err
    assert path.read_text() == '{"model": "opus",,}'


def test_the_doctor_without_a_client(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "call", lambda *_, **__: {})
    run(["connect", "codex"])
    capsys.readouterr()
    assert run(["doctor", "codex", "claude"]) == 0
    said = capsys.readouterr().out
    assert "`codex` is not on PATH" in said
    assert "Claude Code : not connected; run `jackline connect claude`" in said


GOOD = Trial(asked=True, worked=True, stopped=True, reason="Jackline: never")
REFUSED = Trial(asked=True, worked=False, stopped=True, reason="Jackline: no answer")
VERDICTS = [
    # with the guard, without it, holds, a word of the problem
    (GOOD, REFUSED, True, ""),
    (Trial(asked=True, worked=True, stopped=False), REFUSED, False, "A DENIED CALL RAN"),
    (GOOD, Trial(asked=True, worked=True, stopped=False), False, "WITH NO GUARD"),
    (Trial(asked=True, worked=False, stopped=True, reason="all is refused"), REFUSED, False, "all is refused"),
    (Trial(asked=False, worked=False, stopped=False, problem="no such model"), REFUSED, False, "no such model"),
]


@pytest.mark.parametrize(("guarded", "unanswered", "holds", "word"), VERDICTS)
def test_what_the_doctor_makes_of_its_trials(
    home: Path,
    guarded: Trial,
    unanswered: Trial,
    holds: bool,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(doctor, "call", lambda *_, **__: {})
    monkeypatch.setattr(doctor, "find_program", lambda *_: "/opt/claude")
    monkeypatch.setattr(doctor, "version_of", lambda _: "2.1.330")
    monkeypatch.setattr(doctor, "guarded", lambda *_: guarded)
    monkeypatch.setattr(doctor, "unanswered", lambda *_: unanswered)
    run(["connect", "claude"])
    capsys.readouterr()
    assert run(["doctor", "claude", "--json"]) == (0 if holds else 1)
    (found,) = json.loads(capsys.readouterr().out)["clients"]
    assert found["holds"] is holds
    assert word in found["problem"]


def test_where_no_guard_can_run_nothing_is_connected(homes, capsys, monkeypatch):
    monkeypatch.delattr("jackline.cli.connect.socket.AF_UNIX")
    assert run(["connect", "claude"]) == 1
    assert "nothing was changed" in capsys.readouterr().err
