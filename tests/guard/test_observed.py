"""A first week under `observe`: everything but what is never allowed runs, and a report says what would have been asked."""

from __future__ import annotations

import json

import msgspec
import pytest
from msgspec.structs import replace

from jackline.guard import standing
from jackline.guard.configuration import load_policies, read_settings
from jackline.guard.observed import Judging, observe
from jackline.guard.standing import DAY_MICROS, observing_since
from tests.guard.desk_top import Desktop

OBSERVE = 'policy = "observe"\n[approvals]\nwait_seconds = 0\n'


@pytest.fixture
def observing(tmp_path):
    found = Desktop(tmp_path / "machine")
    found.write_settings(OBSERVE)
    found.restart()
    (found.project / ".env").write_text("TOKEN=1\n")
    yield found
    found.service.close()


def report(desktop, policy="baseline"):
    settings = replace(read_settings(desktop.homes), policy=policy)
    judging = Judging(policy, load_policies(settings, desktop.homes), settings, 1)
    return observe(desktop.events(), judging, since=1, until=2)


def test_what_would_have_been_asked_and_denied_is_told_by_rule(observing):
    for command in ("ls -la", "cat .env", "cat .env", "cat ./.env; cat .env", "git push origin main", "rm -rf /"):
        observing.shell(command)
    found = report(observing)
    assert (found.actions, found.allowed, found.asked, found.denied) == (6, 1, 4, 1)
    assert found.different == 2, "the same effects in other words are one question"
    (never,) = [rule for rule in found.rules if rule.verdict == "deny"]
    assert never.rule.startswith("never-")
    (secret,) = [rule for rule in found.rules if "secret" in rule.rule]
    assert (secret.verdict, secret.actions, secret.different) == ("ask", 3, 1)
    assert [example.action for example in secret.examples] == [observing.events("requested")[1].action]
    assert secret.examples[0].asked["arguments"] == {"command": "cat .env"}
    assert [(day.actions, day.asked, day.denied) for day in found.days] == [(6, 4, 1)]
    assert found.asked_a_day == 4


def test_what_runs_under_observe_is_all_but_what_is_never(observing):
    assert observing.shell("cat .env")["verdict"] == ""
    assert observing.shell("rm -rf /")["verdict"] == "deny"


def test_a_session_that_read_a_secret_would_have_been_asked_where_it_sent(observing):
    observing.shell("curl -s https://example.com/")
    observing.shell("cat .env")
    observing.shell("curl -s https://example.com/")
    found = report(observing)
    assert found.asked == 2


def test_another_policy_judges_the_same_record(observing):
    observing.shell("cat .env")
    assert report(observing, "strict").denied == 1
    assert report(observing, "observe").allowed == 1


def test_under_the_policy_in_force_the_report_says_what_was_said(secret):
    """The same function on the same effects: a report by the policy that decided repeats its verdicts."""
    for command in ("ls", "cat .env", "git push origin main", "rm -rf /", "curl -s https://example.com", "echo x > a"):
        secret.shell(command)
    verdicts = [event.data["decision"]["verdict"] for event in secret.events("decided")]
    found = report(secret)
    assert [found.allowed, found.asked, found.denied] == [verdicts.count(word) for word in ("allow", "ask", "deny")]


def test_an_action_that_was_approved_is_one_question(secret):
    secret.shell("cat .env")
    secret.call("approve")
    secret.shell("cat .env")
    assert report(secret).asked == 2  # the second call is an action of its own


def test_an_action_recorded_in_part_counts_as_a_question(observing):
    observing.shell("cat .env")
    events = observing.events()
    for event in events:
        if event.kind == "decided":
            event.data["count"] = 99
    settings = read_settings(observing.homes)
    judging = Judging("observe", load_policies(settings, observing.homes), settings, 1)
    found = observe(events, judging, since=1, until=2)
    assert (found.asked, found.rules[0].rule) == (1, "recorded-in-part")


def test_since_when_observe_is_in_force_is_in_the_ledger(observing):
    begun = observing.events("configured")[0]
    assert (begun.data["name"], begun.data["what"]) == ("observe", "policy")
    assert observing.call("status")["observing"] == {"since": begun.at, "day": 1, "days": 7, "over": False}
    observing.restart()
    observing.call("status")
    assert len(observing.events("configured")) == 1, "a restart puts nothing else in force"
    assert observing_since(observing.events("configured")) == begun.at


def test_after_a_week_status_says_that_it_is_over(observing, monkeypatch):
    since = observing.call("status")["observing"]["since"]
    monkeypatch.setattr("jackline.guard.calls.now_micros", lambda: since + 7 * DAY_MICROS)
    assert observing.call("status")["observing"]["over"]


def test_another_policy_ends_the_week(observing):
    observing.call("status")
    observing.write_settings("[approvals]\nwait_seconds = 0\n")
    observing.call("reload")
    assert observing.call("status")["observing"] is None
    assert observing_since(observing.events("configured")) == 0
    observing.write_settings(OBSERVE)
    observing.call("reload")
    third = observing.events("configured")[2]
    assert observing.call("status")["observing"]["since"] == third.at


def test_the_default_policy_is_nothing_to_record(desktop):
    desktop.call("status")
    assert desktop.events("configured") == []
    assert standing.day_of(0, 0) == 1


def test_the_report_is_json(observing):
    observing.shell("cat .env")
    assert json.loads(msgspec.json.encode(report(observing)))["rules"][0]["examples"][0]["action"] == "A1"
