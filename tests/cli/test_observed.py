"""`jackline observed`: the report at the end of a week under `observe`, and who names it."""

from __future__ import annotations

import json

import pytest

from jackline.cli.main import run
from jackline.cli.status import tell

OBSERVE = 'policy = "observe"\n'


@pytest.fixture
def week(resident):
    resident.settings(OBSERVE)
    resident.call("reload")
    (resident.project / ".env").write_text("TOKEN=1\n")
    for command in ("ls", "cat .env", "rm -rf /"):
        resident.shell(command)
    return resident


def test_the_report_names_rules_examples_and_the_way_on(week, capsys):
    assert run(["observed"]) == 0
    told = capsys.readouterr().out
    assert "Under baseline: 1 allowed, 1 asked (1 different, 1.0 on a day), 1 denied." in told
    assert "shell: cat .env" in told
    assert "jackline allow --like A2" in told
    assert 'policy = "baseline"' in told
    assert "\033" not in told


def test_the_report_is_the_same_in_json_and_by_any_policy(week, capsys):
    assert run(["observed", "--json", "--policy", "strict", "--since", "1h"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["policy"], found["asked"], found["denied"]) == ("strict", 0, 2)
    assert found["days"][0]["actions"] == 3


def test_a_policy_of_ones_own_is_looked_for_here_first(week, capsys):
    (week.project / "mine.cedar").write_text("permit (principal, action, resource);")
    assert run(["observed", "--policy", "mine.cedar"]) == 0
    assert "3 allowed, 0 asked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--policy", "nowhere.cedar"], "neither shipped"),
        (["--policy", "broken.cedar"], "line 1"),
        (["--since", "yesterday"], "is no time"),
    ],
)
def test_what_cannot_be_reported_is_one_sentence(week, capsys, arguments, sentence):
    (week.project / "broken.cedar").write_text("permit (principal")
    assert run(["observed", *arguments]) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1


def test_without_a_ledger_there_is_nothing_to_report(homes, capsys):
    assert run(["observed"]) == 2
    assert "nothing has been recorded yet" in capsys.readouterr().err


def test_guard_status_says_how_far_the_week_has_come(week, capsys):
    assert run(["guard", "status"]) == 0
    assert "day 1 of 7; `jackline observed` reports." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("observing", "told"),
    [
        ({"since": 1, "day": 3, "days": 7, "over": False}, "day 3 of 7"),
        ({"since": 1, "day": 8, "days": 7, "over": True}, "the first week is over: jackline observed"),
    ],
)
def test_the_status_line_counts_the_days_and_names_the_report(observing, told):
    status = {
        "policy": "observe", "policyDigest": "x", "enforcing": False, "pausedSeconds": 0, "actions": 1, "stopped": 0,
        "waiting": 0, "trouble": "", "observing": observing,
    }  # fmt: skip
    text, _ = tell(status)
    assert "NOT ENFORCING" in text
    assert told in text
