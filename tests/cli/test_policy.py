"""`jackline policy`: every sub-command, its exit codes, and one sentence for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jackline.cli.group import commands, run
from jackline.policy import shipped

GOOD = '@id("read") @why("it may") permit (principal, action == Action::"read", resource);\n'
REQUEST = '{"id": %d, "principal": {"type": "User", "id": "a"}, "action": {"type": "Action", "id": "view"}, "resource": {"type": "Doc", "id": "d"}, "context": {"mfa": %s}, "entities": []}\n'
RULES = "permit (principal, action, resource) when { context.mfa };\n"
SCHEMA = "entity User, Doc; action view appliesTo { principal: User, resource: Doc, context: { mfa: Bool } };"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JACKLINE_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def policy(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(commands, ["policy", *arguments], input=stdin)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_check_counts_the_rules(home: Path) -> None:
    result = policy("check", *shipped.NAMES, write(home / "mine.cedar", GOOD))
    assert result.exit_code == 0
    assert "baseline: 36 rules, 30 permit and 6 forbid" in result.output
    assert "mine.cedar: 1 rules, 1 permit and 0 forbid" in result.output


def test_check_points_at_what_is_wrong(home: Path) -> None:
    name = write(
        home / "bad.cedar", 'permit (principal, action, resource)\nwhen { resource.reach == Reach::"hoem" };\n'
    )
    result = policy("check", name, "baseline")
    assert result.exit_code == 2
    assert f"{name}:2:26: `hoem` is no Reach; did you mean `home`?" in result.stderr
    assert '    2 | when { resource.reach == Reach::"hoem" };\n' + " " * 33 + "^" * 13 in result.stderr
    value = json.loads(policy("check", "--json", name).output)
    assert value[0]["valid"] is False
    assert (value[0]["line"], value[0]["column"]) == (2, 26)


def test_check_knows_the_users_own_phases(home: Path) -> None:
    name = write(home / "mine.cedar", 'permit (principal, action, resource) when { context.phase == Phase::"apply" };')
    assert policy("check", name).exit_code == 2
    (home / "config").mkdir()
    write(home / "config" / "config.toml", 'phases = "phases.toml"\n')
    write(home / "config" / "phases.toml", 'start = "plan"\nphases = ["plan", "apply"]\n')
    assert policy("check", name).exit_code == 0


def test_fmt_lays_out_and_check_only_says(home: Path) -> None:
    path = home / "mine.cedar"
    name = write(path, "permit(principal,action,resource)when{true};")
    assert policy("fmt", "--check", name).exit_code == 1
    assert path.read_text() == "permit(principal,action,resource)when{true};"
    assert policy("fmt", name).exit_code == 0
    assert path.read_text() == "permit (principal, action, resource)\nwhen { true };\n"
    assert policy("fmt", "--check", name).exit_code == 0
    assert policy("fmt", name).output == ""


def test_show_lists_rules_and_one_rule() -> None:
    listed = policy("show", "baseline").output.splitlines()
    assert len(listed) == 36
    assert "forbid  never-the-guard" in listed[0]
    assert policy("show", "baseline", "--rule", "run").output.startswith(
        '@id("run")\npermit (principal, action == Action::"execute"'
    )
    assert json.loads(policy("show", "--json", "baseline").output)[0]["id"] == "never-the-guard"
    assert run(["policy", "show", "baseline", "--rule", "nope"]) == 2


def test_schema_prints_the_schema() -> None:
    assert "entity File in [Directory] {" in policy("schema").output


def test_the_shipped_examples_hold() -> None:
    for name in shipped.NAMES:
        result = policy("test", name)
        assert (result.exit_code, "examples hold" in result.output) == (0, True)


def test_examples_beside_a_policy(home: Path) -> None:
    name = write(home / "mine.cedar", GOOD)
    write(home / "mine.examples", "read file /x -> allow\ncreate file /x -> allow\n")
    result = policy("test", name)
    assert result.exit_code == 1
    assert "line 2: create file /x" in result.output
    assert "expected allow; it is never" in result.output
    assert json.loads(policy("test", "--json", name).output)["passed"] == 1
    write(home / "other", "read file /x -> allow")
    assert policy("test", name, "--examples", str(home / "other")).exit_code == 0


def test_eval_answers_a_line_for_a_line(home: Path) -> None:
    requests = write(home / "r.jsonl", REQUEST % (1, "true") + "\n" + REQUEST % (2, "false"))
    result = policy("eval", "--policy", write(home / "p", RULES), "--requests", requests)
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.output.splitlines()] == [
        {"id": 1, "decision": "allow"},
        {"id": 2, "decision": "deny"},
    ]


def test_eval_with_a_schema_and_lines_that_are_wrong(home: Path) -> None:
    lines = REQUEST % (1, '"x"') + "nonsense\n" + REQUEST % (3, "true")
    result = policy(
        "eval",
        "--policy",
        write(home / "p", RULES),
        "--schema",
        write(home / "s", SCHEMA),
        "--requests",
        "-",
        stdin=lines,
    )
    assert result.exit_code == 1
    answers = [json.loads(line) for line in result.output.splitlines()]
    assert [answer["id"] for answer in answers] == [1, None, 3]
    assert ["error" in answer for answer in answers] == [True, True, False]
    assert answers[2]["decision"] == "allow"


@pytest.mark.parametrize(
    ("rules", "schema", "sentence"),
    [
        ("permit (principal, action, resource) when { principal has x };", SCHEMA, "`has` is outside the subset"),
        ("permit (principal, action, resource", SCHEMA, "found the end of the text"),
        (RULES, "entity User in [Nobody];", "`Nobody` is not declared"),
        (RULES, "{", "not valid JSON"),
    ],
)
def test_eval_refuses_what_is_outside_the_subset(
    home: Path, capsys: pytest.CaptureFixture[str], rules: str, schema: str, sentence: str
) -> None:
    write(home / "r", "")
    code = run(
        [
            "policy",
            "eval",
            "--policy",
            write(home / "p", rules),
            "--schema",
            write(home / "s", schema),
            "--requests",
            "r",
        ]
    )
    printed = capsys.readouterr()
    assert (code, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert sentence in printed.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "--policy", "none.cedar", "--requests", "r"],
        ["eval", "--requests", "r"],
        ["check", "none.cedar"],
        ["check"],
        ["show", "basline"],
        ["test", "none.cedar"],
        ["fmt", "none.cedar"],
        ["nonsense"],
    ],
)
def test_what_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(["policy", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_text_that_is_not_utf8_is_one_sentence(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "p").write_bytes(b"\xff")
    assert run(["policy", "check", "p"]) == 2
    assert "is not UTF-8 text" in capsys.readouterr().err
