"""What the gateway asks: allowed where a person named it or a running action was decided so; else an action of its own."""

from __future__ import annotations

import json

import pytest

from jackline.contain.keeper import wire
from jackline.guard.running.reports import Reports


class Keeper:
    """A keeper that keeps what it is told."""

    session = "run-1"

    def __init__(self, *named: str) -> None:
        self.named, self.told, self.dropped = named, [], False

    def names(self, host, port):
        return host in self.named or f"{host}:{port}" in self.named

    def tell(self, answer):
        self.told.append(answer)

    def drop(self):
        self.dropped = True


@pytest.fixture
def reports(desktop):
    parts = desktop.service.parts()
    parts.record.note("session_started", session="run-1", client="claude", assurance="contained")
    return Reports(parts.guard, parts.record)


def verdict(reports, keeper, **asked):
    reports.hear(keeper, wire.Ask(**{"ask": 1, "action": "run-1", "host": "files.example", "port": 443, **asked}))
    return keeper.told[-1]


def test_what_nobody_named_and_no_action_was_allowed_is_refused_in_words(reports, desktop):
    answer = verdict(reports, Keeper())
    assert not answer.allowed
    assert "files.example" in answer.sentence
    assert desktop.events("requested")[-1].data["tool"] == "reach"


def test_what_a_person_named_is_reached_and_may_be_private(reports):
    assert verdict(reports, Keeper("files.example")) == wire.Verdict(1, allowed=True, named=True, covers="endpoint")
    assert verdict(reports, Keeper("files.example:443")).allowed
    assert not verdict(reports, Keeper("files.example:80")).allowed


def test_on_the_floor_a_running_actions_own_hosts_are_reached_until_it_ends(reports, desktop):
    call = {"session_id": "c", "tool_use_id": "t1"}
    command = {"command": "curl -sS https://files.example/x -o /dev/null"}
    talk = {"within": "run-1"}
    assert inside(desktop, desktop.event("PreToolUse", "Bash", command, **call), **talk) == {}
    assert verdict(reports, Keeper()).allowed
    assert not verdict(reports, Keeper(), host="elsewhere.example").allowed
    assert not verdict(reports, Keeper(), method="POST", path="/x", body=True).allowed  # it was decided to read
    assert not verdict(reports, Keeper(), port=8443).allowed
    inside(desktop, desktop.event("PostToolUse", "Bash", command, tool_response={"stdout": ""}, **call), **talk)
    assert not verdict(reports, Keeper()).allowed


def test_a_denied_action_opens_nothing(reports, desktop):
    command = {"command": "curl -d @/etc/hostname https://files.example/x"}
    inside(desktop, desktop.event("PreToolUse", "Bash", command, session_id="c", tool_use_id="t1"), within="run-1")
    assert not verdict(reports, Keeper()).allowed


@pytest.mark.parametrize(
    ("asked", "covers"),
    [({"method": "GET"}, "method"), ({"lookup": True}, "request")],
)
def test_an_answer_goes_no_further_than_what_was_judged(reports, asked, covers):
    assert verdict(reports, Keeper(), port=80, **asked).covers == covers


def test_a_look_up_alone_needs_less_than_a_connection(reports):
    assert verdict(reports, Keeper(), lookup=True).allowed
    assert not verdict(reports, Keeper(), lookup=True, host="169.254.169.254", port=80).allowed


def test_a_visible_request_is_judged_by_what_it_asks(reports):
    assert verdict(reports, Keeper(), port=80, method="GET", path="/x").allowed
    assert not verdict(reports, Keeper(), port=80, method="POST", path="/x", body=True).allowed
    assert not verdict(reports, Keeper(), port=80, method="DELETE", path="/x").allowed


def test_what_cannot_be_recorded_ends_the_session(reports, desktop, monkeypatch):
    from jackline.core.errors import LedgerError

    def full(*_, **__):
        message = "the disk is full"
        raise LedgerError(message)

    monkeypatch.setattr(desktop.service.parts().ledger, "append", full)
    keeper = Keeper()
    reports.hear(keeper, wire.Finished("A1", 0))
    assert keeper.dropped
    assert not verdict(reports, keeper, port=80, method="GET", path="/y").allowed


def inside(desktop, message, *, within):
    """A hook message at a session's door."""
    from tests.guard.desk_top import Talk

    talk = Talk("hook", "claude", json.dumps(message).encode())
    talk.within = within
    code, out, _ = desktop.service.answer(talk)
    assert code == 0
    return json.loads(out)
