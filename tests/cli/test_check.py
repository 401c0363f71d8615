"""`jackline check`: the contract of the command line, word for word."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.cli.check import answer_lines
from jackline.cli.main import run
from jackline.guard.opening import open_guard

FIELDS = {"id", "verdict", "remedies", "approval", "effects", "reasons", "micros"}


def lines_of(capsys, *lines: object, code=0):
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogatepass")))
    assert run(["check", "--jsonl"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(("command", "code"), [("ls", 0), ("rm -rf /", 3), ("cat .env", 4)])
def test_exit_codes(homes, capsys, command, code):
    (homes / "project" / ".env").write_text("TOKEN=1\n")
    assert run(["check", command]) == code
    assert run(["check", "--json", command]) == code


def test_the_exit_code_of_remedies(homes, capsys):
    (homes / "CONFIG_HOME").mkdir(mode=0o700)
    (homes / "CONFIG_HOME" / "config.toml").write_text("[undo]\ncommands = true\n")
    (homes / "project" / "file").write_text("x")
    assert run(["check", "rm file"]) == 5


def test_the_json_of_one_decision(homes, capsys):
    assert run(["check", "--json", "rm -rf /"]) == 3
    (line,) = capsys.readouterr().out.splitlines()
    answer = json.loads(line)
    assert set(answer) == FIELDS - {"id"}
    effect = next(effect for effect in answer["effects"] if effect["verb"] == "delete")
    assert set(effect) >= {"verb", "resource", "extent", "reversible", "certainty", "origin", "authorship", "evidence"}
    assert set(effect["resource"]) >= {"kind", "name", "environment", "reach", "labels"}
    assert effect["extent"] == {"atMost": None, "exact": False}
    assert effect["resource"]["labels"] == sorted(effect["resource"]["labels"])
    assert effect["evidence"] == {"start": 7, "end": 8, "text": "/"}
    assert set(answer["reasons"][0]) >= {"rule", "text"}


def test_a_line_in_a_line_out_in_order(homes, capsys):
    cwd = str(homes / "project")
    answers = lines_of(
        capsys,
        {"id": 1, "tool": "shell", "arguments": {"command": "ls"}, "cwd": cwd},
        {"id": "two", "command": "rm -rf /"},
        {"id": None, "tool": "Read", "arguments": {"file_path": f"{cwd}/x"}, "cwd": cwd},
    )
    assert [(answer["id"], answer["verdict"]) for answer in answers] == [(1, "allow"), ("two", "deny"), (None, "allow")]
    assert all(set(answer) == FIELDS for answer in answers)


def test_a_line_that_is_not_valid_spoils_no_other(homes, capsys):
    answers = lines_of(
        capsys, {"id": 1, "command": "ls"}, "{", {"id": 3, "command": 5}, {"id": 4, "command": "ls", "cwd": "here"}, "[]",
        {"id": 6, "command": "ls", "nonsense": 1}, {"id": 7, "tool": 1, "arguments": {}}, {"id": 8, "command": "ls"}, code=1,
    )  # fmt: skip
    assert [answer["id"] for answer in answers] == [1, None, 3, 4, None, 6, 7, 8]
    assert [("error" in answer, "verdict" in answer) for answer in answers] == [
        (False, True), (True, False), (True, False), (True, False), (True, False), (False, True), (True, False), (False, True),
    ]  # fmt: skip


def test_blank_lines_are_no_actions(homes, capsys):
    assert len(lines_of(capsys, "", {"id": 1, "command": "ls"}, "  ")) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_hostile_lines_are_answered(homes, capsysbinary, data):
    answer_lines(open_guard(), io.BytesIO(data), "/")
    for line in capsysbinary.readouterr().out.splitlines():
        assert {"error", "verdict"} & json.loads(line).keys()


def test_a_tool_with_its_arguments(homes, capsys):
    arguments = json.dumps({"file_path": "/etc/passwd", "content": "x"})
    assert run(["check", "--tool", "Write", "--arguments", arguments, "--cwd", "/"]) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"], ["check", "a", "b"], ["check", "--tool", "Write", "ls"], ["check", "--arguments", "{}", "ls"],
        ["check", "--tool", "Write", "--arguments", "{"], ["check", "--jsonl", "ls"], ["check", "--nonsense"], ["nonsense"],
    ],
)  # fmt: skip
def test_wrong_use_is_one_sentence_and_exit_2(homes, capsys, arguments):
    assert run(arguments) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.startswith("jackline: ")
    assert caught.err.count("\n") == 1


def test_it_creates_no_file(homes, capsys):
    run(["check", "rm -rf /"])
    assert sorted(path.name for path in homes.iterdir()) == ["project"]


def test_a_broken_policy_denies_and_says_where(homes, capsys):
    (homes / "CONFIG_HOME").mkdir(mode=0o700)
    (homes / "CONFIG_HOME" / "grants.cedar").write_text("permit (principal, action, resource) when { nonsense };")
    assert run(["check", "ls"]) == 3
    assert "line 1" in capsys.readouterr().out


def test_no_colour_where_none_is_wanted(homes, capsys):
    run(["check", "rm -rf /"])
    assert "\033" not in capsys.readouterr().out


def test_the_reader_may_leave(homes):
    program = "from jackline.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "check", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdout.close()
    with process.stdin, process.stderr:
        process.stdin.write(b'{"command": "ls"}\n' * 50)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.wait(20) == 1
