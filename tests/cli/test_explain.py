"""`jackline check --explain`: the effects under the words that caused them, what each needs, and the cheapest way."""

from __future__ import annotations

import json

import pytest

from jackline.cli.main import run


@pytest.fixture(autouse=True)
def project(homes):
    (homes / "project" / ".env").write_text("TOKEN=1\n")
    (homes / "project" / "Makefile").write_text("clean:\n\trm -rf /\n")
    return homes / "project"


def explained(capsys, command, *more):
    code = run(["check", "--explain", *more, command])
    return code, capsys.readouterr().out


def test_effects_stand_under_their_words(capsys, project):
    code, told = explained(capsys, "cd . && cat .env")
    assert code == 4
    lines = told.splitlines()
    assert lines[2] == "  cd . && cat .env"
    mark = next(number for number, line in enumerate(lines) if line == " " * 14 + "────")
    assert lines[mark + 1] == " " * 14 + f"read file {project}/.env  [secret]: approved by a person"
    assert "\033" not in told


def test_each_line_of_a_script_has_its_own(capsys):
    _, told = explained(capsys, "ls\ncat .env\nls")
    lines = [line.strip() for line in told.splitlines()]
    assert lines.index("cat .env") > lines.index("ls")
    assert lines[lines.index("cat .env") + 1] == "───"


def test_what_was_read_in_a_file_names_it(capsys, project):
    code, told = explained(capsys, "make clean")
    assert code == 3
    assert f"in `{project}/Makefile`:" in told
    assert "never" in told


@pytest.mark.parametrize(
    ("command", "code", "way"),
    [
        ("ls", 0, "Nothing is needed."),
        ("cat .env", 4, "A person approves it"),
        ("rm -rf /", 3, "never allowed"),
        ("cat .env; rm -rf /", 3, "Without that, the rest must be approved by a person."),
        ("git push --force origin main", 4, "It waits in the outbox"),
        ("rm Makefile", 4, "`undo.commands = true`"),
        ("dropdb shop", 3, "`jackline enrol totp` gives a second factor"),
    ],
)
def test_the_cheapest_way_is_said(capsys, command, code, way):
    assert explained(capsys, command)[0] == code
    assert way in explained(capsys, command)[1]
    assert way in json.loads(explained(capsys, command, "--json")[1])["explanation"]["way"]


def test_json_says_the_same(capsys):
    code, told = explained(capsys, "cat .env; ls", "--json")
    found = json.loads(told)
    assert (code, found["verdict"]) == (4, "ask")
    needs = found["explanation"]["needs"]
    assert [need["effect"] for need in needs] == list(range(len(found["effects"])))
    secret = next(index for index, effect in enumerate(found["effects"]) if "secret" in effect["resource"]["labels"])
    assert needs[secret] == {"effect": secret, "never": False, "remedies": [], "approval": 1}
    assert found["explanation"]["ways"] == [{"remedies": [], "approval": 1}]


def test_a_hostile_text_does_not_move_the_cursor(capsys):
    told = explained(capsys, "echo '\x1b[2J\u202e' > .env; rm -rf \x1b[31m")[1]
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_a_tool_is_explained_too(capsys, project):
    assert run(["check", "--explain", "--tool", "read", "--arguments", '{"path": ".env"}']) == 4
    assert f"read file {project}/.env" in capsys.readouterr().out


def test_a_huge_command_is_bounded(capsys):
    _, told = explained(capsys, "ls " + "x" * 100_000 + "\nls" * 1000)
    assert len(told) < 200_000


def test_it_does_not_go_with_lines_of_json(capsys):
    assert run(["check", "--jsonl", "--explain"]) == 2
    assert "--explain" in capsys.readouterr().err


def test_without_a_policy_it_says_why(capsys, homes):
    (homes / "CONFIG_HOME").mkdir(mode=0o700)
    (homes / "CONFIG_HOME" / "grants.cedar").write_text("nonsense")
    code, told = explained(capsys, "ls")
    assert code == 3
    assert "could not be judged" in told
    assert "grants.cedar" in told
