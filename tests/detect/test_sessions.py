"""What detectors find in whole sessions, which are written side by side with what is to be found in them."""

from __future__ import annotations

import pytest

from jackline.core.history import Judged
from tests.detect.sessions import Session, found, read

ATTACKED = [
    session
    for part in ("seen", "held", "fresh", "fourth", "fifth", "sixth", "seventh", "eighth")
    for session in read(f"attacked_{part}")
]
BENIGN = [
    session
    for part in ("seen", "held", "fresh", "fourth", "fifth", "sixth", "seventh", "eighth", "tools")
    for session in read(f"benign_{part}")
]
MISSED = read("attacked_missed")
ACTS = read("acts")


def named(session):
    return session.name


def line_of(moment):
    return moment.turn.line if isinstance(moment, Judged) else moment.line


def loud(session, kind=""):
    return [one for one in found(session) if one.severity != "note" and (not kind or one.kind == kind)]


@pytest.mark.parametrize("session", ATTACKED, ids=named)
def test_what_followed_an_injected_instruction_is_found(session):
    assert {one.line for one in loud(session, "injection")} & session.marked


@pytest.mark.xfail(strict=True, reason="not found yet; one that is moves to the sets above")
@pytest.mark.parametrize("session", MISSED, ids=named)
def test_what_is_still_missed(session):
    assert {one.line for one in loud(session, "injection")} & session.marked


@pytest.mark.parametrize("session", ATTACKED, ids=named)
def test_and_what_the_person_asked_for_is_not(session):
    assert not {one.line for one in loud(session, "injection")} - session.marked


@pytest.mark.parametrize("session", ATTACKED, ids=named)
def test_an_instruction_that_nobody_followed_is_a_note_at_most(session):
    resisted = Session(session.name, [moment for moment in session.moments if line_of(moment) not in session.marked])
    assert loud(resisted) == []


@pytest.mark.parametrize("session", BENIGN, ids=named)
def test_ordinary_work_gives_no_finding_above_a_note(session):
    assert loud(session) == []


@pytest.mark.parametrize("session", ACTS, ids=named)
def test_acts_and_claims(session):
    kind = session.name.partition(":")[0]
    assert {one.line for one in loud(session, kind)} == session.marked


def test_the_corpus_is_as_large_as_it_says():
    assert len(ATTACKED) >= 40
    assert len(BENIGN) >= 80
    assert all(session.marked for session in ATTACKED)
