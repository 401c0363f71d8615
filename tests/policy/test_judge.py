"""`judge` with the shipped baseline: the verdicts that everything else leans on."""

from __future__ import annotations

import pytest

from jackline.core.effect import Effect, Resource
from jackline.policy import LayerText, Posture, judge, load, shipped

BASELINE = load([LayerText("user", shipped.text("baseline"))])


def verdict(effect: Effect, posture: Posture) -> str:
    return judge(BASELINE, [effect], posture).verdict


def test_reading_a_file_is_allowed_bare() -> None:
    decision = judge(BASELINE, [Effect("read", Resource("file", "/w/a.py"))], Posture())
    assert (decision.verdict, decision.remedies, decision.reasons) == ("allow", (), ())


@pytest.mark.parametrize(("approvals", "expected"), [(0, "deny"), (1, "ask")])
def test_a_secret_is_asked_where_somebody_can_be_asked(approvals: int, expected: str) -> None:
    secret = Effect("read", Resource("file", "/home/u/.ssh/id_rsa", reach="home", labels=frozenset({"secret"})))
    decision = judge(BASELINE, [secret], Posture(approvals=approvals))
    assert decision.verdict == expected
    assert decision.reasons[0].rule == "read-secret-approved"


def test_the_guard_is_never_configured() -> None:
    effect = Effect("configure", Resource("guard", "/home/u/.config/jackline"))
    decision = judge(BASELINE, [effect], Posture(approvals=3, available=frozenset({"contained", "undoable", "held"})))
    assert decision.verdict == "deny"
    assert decision.reasons[0].rule == "never-the-guard"
    assert decision.reasons[0].way_out == ""
