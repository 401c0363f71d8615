"""Every command with something wrong around it: one clear sentence, an exit code, no stack trace, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jackline.cli.main import run

PROGRAM = [sys.executable, "-c", "from jackline.cli.main import main; main()"]


def wrong_settings(place):
    (place / "CONFIG_HOME" / "config.toml").write_bytes(b"\xff[[[")


def settings_that_are_a_folder(place):
    (place / "CONFIG_HOME" / "config.toml").mkdir()


def a_policy_that_is_not_there(place):
    (place / "CONFIG_HOME" / "config.toml").write_text('policy = "nowhere"')


def a_broken_policy(place):
    (place / "CONFIG_HOME" / "grants.cedar").write_text("permit (")


def broken_words(place):
    (place / "CONFIG_HOME" / "resources.toml").write_bytes(b"\xff = [")


def a_file_for_a_configuration(place):
    (place / "CONFIG_HOME").rmdir()
    (place / "CONFIG_HOME").write_text("x")


def a_configuration_that_others_may_write(place):
    (place / "CONFIG_HOME").chmod(0o777)


def a_file_for_a_state(place):
    (place / "STATE_HOME").write_text("x")


def a_ledger_that_is_none(place):
    (place / "STATE_HOME").mkdir(mode=0o700)
    (place / "STATE_HOME" / "ledger.sqlite").write_bytes(b"not a database at all" * 100)


def nothing_wrong(place):
    del place


FAULTS = (
    nothing_wrong, wrong_settings, settings_that_are_a_folder, a_policy_that_is_not_there, a_broken_policy, broken_words,
    a_file_for_a_configuration, a_configuration_that_others_may_write, a_file_for_a_state, a_ledger_that_is_none,
)  # fmt: skip
COMMANDS = (
    "check ls", "check --explain ls", "check --tool x --arguments [", "connect nobody", "disconnect claude", "doctor nobody",
    "statusline", "sessions", "log", "log --since soon", "log verify", "log anchor nowhere/at/all", "show", "show A9", "diff", "diff A9",
    "keep", "discard", "undo A9", "approve", "approve A9", "refuse", "refuse A9", "allow --like A9", "allow --list", "pause 5",
    "pause never", "observed", "policy check baseline", "policy check nowhere.cedar", "policy fmt nowhere", "policy show nowhere",
    "policy test nowhere", "policy eval --policy nowhere --requests nowhere", "teach x --environment staging", "teach x",
    "cards list", "cards show x", "cards check nowhere", "enrol totp", "guard status", "guard stop", "guard reload",
    "completion nosuchshell", "nosuchcommand", "check --nosuchoption", "version",
)  # fmt: skip


@pytest.fixture
def place(homes):
    """A runtime folder that can hold no socket: no guard runs, and none is started."""
    (homes / "CONFIG_HOME").mkdir(mode=0o700)
    (homes / "RUNTIME_DIR").write_text("x")
    return homes


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_each_command_says_one_sentence(place, capsys, fault):
    fault(place)
    for command in COMMANDS:
        code = run(command.split())
        told = capsys.readouterr()
        assert code in {0, 1, 2, 3, 4, 5}, command
        assert "Traceback" not in told.err, command
        assert "Jackline failed" not in told.err, (command, told.err)
        assert told.err.count("\n") <= 1, (command, told.err)
        assert code == 0 or told.err or told.out, command


@pytest.mark.parametrize("command", ["check ls", "check --json ls", "policy schema", "--help", "statusline", "version"])
def test_a_reader_that_leaves_is_no_fault(homes, command):
    done = subprocess.run(
        ["sh", "-c", f'"$@" {command} | true', "sh", *PROGRAM],
        cwd=homes,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is Linux's")
@pytest.mark.parametrize("command", ["check ls", "check --jsonl", "policy schema", "--help"])
def test_output_that_cannot_be_written_is_one_sentence(homes, command):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, *command.split()], cwd=homes, input=b'{"command": "ls"}', stdout=full, stderr=subprocess.PIPE, timeout=30, check=False
        )  # fmt: skip
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(("command", "code"), [("check ls", 0), ("policy schema", 0), ("check --jsonl", 1)])
def test_a_closed_output_changes_no_verdict(homes, command, code):
    done = subprocess.run(
        ["sh", "-c", f'echo \'{{"command": "ls"}}\' | "$@" {command} >&-', "sh", *PROGRAM], cwd=homes, stderr=subprocess.PIPE, timeout=30, check=False
    )  # fmt: skip
    assert done.returncode == code
    assert done.stderr.count(b"\n") == (1 if code else 0)


def test_words_that_are_not_text_are_refused_where_they_would_be_kept(homes, capsys):
    name = os.fsdecode(b"db-\xff")
    assert run(["teach", name, "--environment", "staging"]) == 2
    assert "not UTF-8" in capsys.readouterr().err
    assert not (homes / "CONFIG_HOME" / "resources.toml").exists()
    assert run(["check", f"rm -rf / {name}"]) == 3


def test_a_wrong_file_of_words_is_left_as_it_was(place, capsys):
    broken_words(place)
    before = Path(place / "CONFIG_HOME" / "resources.toml").read_bytes()
    assert run(["teach", "x", "--environment", "staging"]) == 2
    assert "resources.toml" in capsys.readouterr().err
    assert Path(place / "CONFIG_HOME" / "resources.toml").read_bytes() == before
