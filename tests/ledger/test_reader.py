from __future__ import annotations

from pathlib import Path

import pytest

from jackline.core.errors import UsageError
from jackline.core.event import Event
from jackline.core.words import EventKind
from jackline.ledger import Ledger
from jackline.ledger.reader import PAGE
from tests.ledger.ledgers import START, event, open_in


def say(number: int, kind: EventKind, action: str = "", session: str = "s1", **data: object) -> Event:
    return Event(kind=kind, at=START + number, session=session, action=action, client="claude", data=data)


@pytest.fixture
def ledger(tmp_path: Path):
    with open_in(tmp_path) as opened:
        opened.append([
            say(1, "session_started", assurance="hooked", parent="s0", cwd="/w"),
            say(2, "requested", "A1", tool="shell", arguments={"command": "ls"}, cwd="/w"),
            say(3, "decided", "A1", decision={"verdict": "allow"}, answers=[["file", "/w", None]]),
            say(4, "finished", "A1", ok=True, exitCode=0, text="a\nb"),
            say(5, "requested", "A2", tool="shell", arguments={"command": "rm -rf /"}, cwd="/w"),
            say(6, "decided", "A2", decision={"verdict": "deny"}),
            say(7, "alerted", "A2", alert="denied_but_ran", text="it ran"),
            say(8, "requested", "A3", tool="shell", arguments={"command": "git push"}, cwd="/w"),
            say(9, "decided", "A3", decision={"verdict": "ask", "approval": 1}),
            say(10, "requested", "A10", tool="shell", arguments={"command": "mail"}, cwd="/w"),
            say(11, "held", "A10", id="H1"),
            say(12, "requested", "A11", session="other", tool="read", arguments={"path": "/x"}),
            say(13, "decided", "A11", session="other", decision={"verdict": "ask"}),
            say(14, "approved", "A11", session="other", strength=1, means="terminal"),
            say(15, "observed", "A11", session="other", effects=[{"verb": "read"}], changes=[{"path": "/x", "change": "none"}]),
            say(16, "claimed", "A11", session="other", text="done"),
            say(17, "session_ended", session="other"),
        ])  # fmt: skip
        yield opened


def test_sessions_are_summed_up_newest_first(ledger: Ledger) -> None:
    other, first = ledger.sessions()
    assert (first.session, first.client, first.parent, first.assurance) == ("s1", "claude", "s0", "hooked")
    assert (first.actions, first.stopped, first.waiting, first.alerts, first.ended) == (4, 1, 2, 1, 0)
    assert (other.session, other.actions, other.waiting, other.ended) == ("other", 1, 0, START + 17)
    assert [summary.session for summary in ledger.sessions(1)] == ["other"]


def test_a_question_that_was_answered_waits_no_more(ledger: Ledger) -> None:
    ledger.append([say(20, "refused", "A3"), say(21, "released", "A10", id="H1")])
    summary = ledger.session("s1")
    assert (summary.stopped, summary.waiting) == (2, 0)


def test_one_action_whole(ledger: Ledger) -> None:
    record = ledger.action("A1")
    assert record.asked["arguments"] == {"command": "ls"}
    assert (record.verdict, record.answers, record.result["text"]) == ("allow", [["file", "/w", None]], "a\nb")
    assert [kind for _, _, kind in record.history] == ["requested", "decided", "finished"]
    other = ledger.action("A11")
    assert other.approvals == [{"event": "approved", "strength": 1, "means": "terminal"}]
    assert (other.facts, other.changes, other.claims) == (
        [{"verb": "read"}],
        [{"path": "/x", "change": "none"}],
        [{"text": "done"}],
    )
    with pytest.raises(UsageError, match="`A99`"):
        ledger.action("A99")


def test_ids_and_their_beginnings(ledger: Ledger) -> None:
    assert ledger.find("A1") == ("action", "A1")
    assert ledger.find("a2") == ("action", "A2")
    assert ledger.find("oth") == ("session", "other")
    assert ledger.find("H1") == ledger.find("h1") == ("action", "A10")
    with pytest.raises(
        UsageError, match="`A` is the beginning of more than one ID: `A1`, `A10`, `A11`, `A2`, `A3`; give more"
    ):
        ledger.find("A")
    for unknown in ("Z", "", "A%", "_", "s1' OR 1=1 --"):
        with pytest.raises(UsageError, match="nothing in the ledger has an ID that begins with"):
            ledger.find(unknown)


def test_filters(ledger: Ledger) -> None:
    def found(**wanted: object) -> list[int]:
        return [sequence for sequence, _ in ledger.events(**wanted)]

    assert found(session="other", kinds=("decided", "approved")) == [13, 14]
    assert found(action="A2") == [5, 6, 7]
    assert found(since=START + 16) == [16, 17]
    assert found(after=10, limit=3) == [11, 12, 13]
    assert found(limit=0) == []
    assert found(session="nobody") == []
    assert [sequence for sequence, _ in ledger.last(2, session="s1")] == [10, 11]
    assert ledger.actions("s1") == ["A1", "A2", "A3", "A10"]


def test_pages_lose_and_repeat_nothing(tmp_path: Path) -> None:
    with open_in(tmp_path / "many") as many:
        many.append([event(number) for number in range(3 * PAGE + 7)])
        assert [sequence for sequence, _ in many.events()] == list(range(1, 3 * PAGE + 8))
        assert len(list(many.events(limit=PAGE + 1))) == PAGE + 1
        assert next(entry.sequence for entry in many.entries(after=PAGE)) == PAGE + 1


def test_an_entry_carries_all_that_shipping_it_needs(ledger: Ledger) -> None:
    from jackline.ledger.chain import entry_hash

    previous = ledger.genesis.ledger
    for entry in ledger.entries():
        previous = entry_hash(entry.sequence, entry.at, entry.body.encode(), previous)
        assert entry.hash == previous
