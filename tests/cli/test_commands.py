"""Every command as a person meets it, against a guard that runs in its own process."""

from __future__ import annotations

import base64
import importlib
import json
import subprocess
import sys
import time

import click
import pytest

from jackline.cli.main import COMMANDS, run
from jackline.cli.status import tell
from jackline.guard import totp

PUSH = "git push origin main"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_commands_say(name):
    command = importlib.import_module(f"jackline.cli.{name}").command
    assert isinstance(command, click.Command)
    assert command.help.split("\n\n")[0].replace("\n", " ").strip() == COMMANDS[name]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["chek", "ls"], "`check`"), (["prove", "x.cedar"], "not part of this version"), (["qqqq"], "--help")],
)
def test_a_command_that_is_not_there_says_what_is(arguments, said, capsys):
    assert run(arguments) == 2
    caught = capsys.readouterr()
    assert not caught.out
    assert said in caught.err
    assert caught.err.count("\n") == 1


def test_a_defect_is_one_sentence(homes, capsys, monkeypatch):
    monkeypatch.setattr("jackline.cli.check.open_guard", lambda: 1 / 0)
    assert run(["check", "ls"]) == 1
    caught = capsys.readouterr().err
    assert "ZeroDivisionError" in caught
    assert "Traceback" not in caught
    monkeypatch.setenv("JACKLINE_DEBUG", "1")
    run(["check", "ls"])
    assert "Traceback" in capsys.readouterr().err


def test_questions_are_answered(resident, capsys):
    (resident.project / ".env").write_text("TOKEN=1\n")
    assert resident.shell("cat .env") == "deny"
    assert run(["approve", "--list"]) == 0
    assert "cat .env" in capsys.readouterr().out
    assert run(["approve", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["strength"] == 1
    assert resident.shell("cat .env") == "allow"
    assert resident.shell("cat .env") == "deny"
    assert run(["refuse"]) == 0
    assert run(["refuse"]) == 2
    assert "nothing waits" in capsys.readouterr().err
    assert run(["approve", "A999"]) == 2


def test_a_class_is_granted_after_it_was_shown(resident, capsys):
    (resident.project / ".env").write_text("TOKEN=1\n")
    resident.shell("cat .env")
    assert run(["allow", "--like", "A1", "--json"]) == 0
    assert not json.loads(capsys.readouterr().out)["added"]
    assert resident.shell("cat .env") == "deny"
    assert run(["allow", "--like", "A1", "--yes"]) == 0
    assert "read file" in capsys.readouterr().out
    assert resident.shell("cat .env") == "allow"
    assert run(["policy", "check", f"{resident.homes.config}/grants.cedar"]) == 0


def test_a_class_is_allowed_for_a_while_listed_and_ended(resident, capsys):
    (resident.project / ".env").write_text("TOKEN=1\n")
    resident.shell("cat .env")
    assert run(["allow", "--like", "A1", "--for", "2h", "--yes"]) == 0
    told = capsys.readouterr().out
    assert "without a question until 20" in told
    assert "jackline allow --end A1" in told
    assert resident.shell("head -1 .env") == "allow"
    assert run(["allow", "--list"]) == 0
    told = capsys.readouterr().out
    assert "like A1, until 20" in told
    assert f"read file `{resident.project}/.env`" in told
    assert run(["allow", "--end", "A1"]) == 0
    assert resident.shell("head -1 .env") == "deny"
    assert run(["allow", "--list", "--json"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "[]"


def test_what_cannot_be_allowed_so_is_one_sentence(resident, capsys):
    (resident.project / ".env").write_text("TOKEN=1\n")
    resident.shell("cat .env")
    for arguments in (
        "", "--for 2h", "--list --like A1", "--end A1 --for 2h", "--like A1 --for 2h --until 18:00",
        "--like A1 --for ever", "--like A1 --until 2020-01-01", "--like A1 --for 8d", "--end A1", "--like A9",
    ):  # fmt: skip
        assert run(["allow", *arguments.split(), "--yes"]) == 2, arguments
        assert capsys.readouterr().err.count("\n") == 1, arguments
    assert resident.shell("cat .env") == "deny"


def test_what_is_never_cannot_be_granted(resident, capsys):
    resident.shell("rm -rf /")
    assert run(["allow", "--like", "A1", "--yes"]) == 2
    assert "no grant can allow" in capsys.readouterr().err


def test_a_pause_steps_aside_but_not_from_the_guard(resident, capsys):
    assert run(["pause", "5"]) == 0
    assert resident.shell("rm -rf /usr/share/doc") == "allow"
    assert resident.shell(f"rm -rf {resident.homes.config}") == "deny"
    assert run(["guard", "status"]) == 0
    assert "Paused" in capsys.readouterr().out
    assert run(["pause", "0"]) == 0
    assert resident.shell("rm -rf /usr/share/doc") == "deny"
    assert run(["pause", "9999"]) == 2


def test_a_second_factor(resident, capsys):
    assert run(["enrol", "totp", "--json"]) == 0
    secret = json.loads(capsys.readouterr().out)["otpauth"].split("secret=")[1].split("&")[0]
    assert run(["pause", "5"]) == 2
    assert run(["pause", "5", "--code", "000000"]) == 1
    code = totp.code_at(base64.b32decode(secret), int(time.time()) // totp.STEP_SECONDS)
    assert run(["pause", "5", "--code", code]) == 0
    assert run(["pause", "5", "--code", code]) == 1
    assert resident.call("status")["approvals"] == 2


def test_changes_are_shown_undone_and_kept(resident, capsys):
    file = resident.project / "file"
    file.write_text("before\n")
    arguments = {"file_path": str(file), "old_string": "before", "new_string": "after"}
    for event, more in (("PreToolUse", {}), ("PostToolUse", {"tool_response": {}})):
        resident.order("", hook_event_name=event, tool_name="Edit", tool_input=arguments, **more)
        assert resident.answer()["code"] == 0
        file.write_text("after\n")
    assert run(["diff"]) == 0
    assert "+after" in capsys.readouterr().out
    assert run(["undo", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["paths"], file.read_text()) == ([str(file)], "before\n")
    assert run(["undo", done["action"]]) == 0
    assert file.read_text() == "after\n"
    assert run(["discard"]) == 0
    assert "nothing to put back" in capsys.readouterr().out
    assert run(["keep", done["action"]]) == 2
    assert run(["diff", "nonsense"]) == 2


def test_the_guard_by_hand(resident, capsys):
    assert run(["guard", "status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["running"], found["pid"]) == (True, resident.process.pid)
    assert run(["guard", "reload"]) == 0
    assert run(["guard", "stop"]) == 0
    assert resident.process.wait(20) == 0
    assert run(["guard", "status"]) == 0
    assert "No guard runs" in capsys.readouterr().out
    assert run(["guard", "stop"]) == 0
    assert run(["statusline"]) == 0


def test_teaching(resident, capsys):
    assert run(["teach", "*.prod.example.com", "--environment", "production"]) == 0
    with open(resident.homes.resources) as file:
        assert '"*.prod.example.com" = "production"' in file.read()
    assert run(["teach", "x", "--environment", "nonsense"]) == 2


def test_the_status_line():
    status = {"actions": 3, "stopped": 1, "waiting": 0, "pausedSeconds": 0, "policyDigest": "x", "policy": "baseline",
              "enforcing": True, "trouble": ""}  # fmt: skip
    text, colour = tell(status)
    assert "baseline · 3 actions · 1 stopped" in text
    assert colour.endswith("[32m")
    assert tell(None)[1].endswith("[31m")
    assert tell({**status, "enforcing": False})[1].endswith("[31m")
    assert "PAUSED for 2 min" in tell({**status, "pausedSeconds": 61})[0]
    assert "1 waiting" in tell({**status, "waiting": 1})[0]
    assert tell({**status, "policyDigest": ""})[1].endswith("[31m")


def test_the_status_line_does_not_wait_for_its_input(resident):
    program = "from jackline.cli.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "statusline"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert "jackline" in process.stdout.read().decode()
        assert process.wait(20) == 0


def test_the_status_line_imports_little():
    program = (
        "import sys; import jackline.cli.main, jackline.cli.status\n"
        "print([name for name in ('click', 'msgspec', 'sqlglot', 'tree_sitter', 'subprocess', 'dataclasses') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_hook_call_by_hand(resident):
    message = {
        "session_id": "s", "transcript_path": "", "cwd": str(resident.project), "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": "rm -rf /"}, "tool_use_id": "t",
    }  # fmt: skip
    program = "from jackline.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "hook", "claude"], input=json.dumps(message), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_versions_and_completion(capsys):
    for arguments in (["version"], ["--version"], ["-V"]):
        assert run(arguments) == 0
        assert capsys.readouterr().out.startswith("jackline ")
    assert run(["completion", "bash"]) == 0
    assert "_JACKLINE_COMPLETE" in capsys.readouterr().out


def test_the_package_runs_as_a_module():
    ended = subprocess.run([sys.executable, "-m", "jackline", "version"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("jackline ")
