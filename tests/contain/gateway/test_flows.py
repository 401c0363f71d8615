"""What one action and one flow may use up, with a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.gateway import messages as say
from jackline.contain.gateway.flows import INVERTED_TURNS, REFUSALS_PER_MINUTE, Action, Cut, Pace, Totals


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def made():
    told, clock = [], Clock()

    def begin(answer=None, **limits):
        action = Action("A1", say.Limits(**limits), told.append, clock)
        ask = say.Ask(1, "A1", "tls", "a.test", 443)
        flow = action.open(len(action.flows) + 1, ask, answer or say.Answer(1, allow=True), "1.1.1.1")
        return flow, action, told, clock

    return begin


def reverse_shell(flow, clock, turns, answer=200):
    """The outside asks after a silence, the inside answers at once."""
    for _ in range(turns):
        clock.now += 5
        flow.into(60)
        clock.now += 0.1
        flow.out(answer)


def test_a_reverse_tunnel_has_a_shape(made):
    flow, _, told, clock = made()
    flow.watch_turns = True
    reverse_shell(flow, clock, INVERTED_TURNS - 1)
    with pytest.raises(Cut) as cut:
        reverse_shell(flow, clock, 1)
    assert cut.value.cause == "tunnel"
    assert [one.kind for one in told if isinstance(one, say.Alert)] == ["tunnel"]


def test_requests_and_answers_have_another(made):
    flow, _, _, clock = made()
    flow.watch_turns = True
    for _ in range(100):
        clock.now += 5
        flow.out(400)
        for _ in range(3):
            clock.now += 0.2
            flow.into(1400)
        flow.out(500)  # pipelined


def test_a_slow_answer_is_not_a_question(made):
    """The server thinks for seconds before each piece (events of a model); the client acknowledges, and asks again later."""
    flow, _, _, clock = made()
    flow.watch_turns = True
    for _ in range(100):
        clock.now += 3
        flow.into(300)
        clock.now += 0.1
        flow.out(39)  # HTTP/2 WINDOW_UPDATE or PING within TLS
        clock.now += 2
        flow.out(600)


def test_only_flows_that_are_watched_have_a_shape(made):
    flow, _, _, clock = made()
    reverse_shell(flow, clock, 50)


def test_a_flow_that_stays_open(made):
    flow, _, told, clock = made(seconds=100, idle_seconds=50)
    clock.now += 49
    assert flow.overdue(clock.now) is None
    clock.now += 2
    assert flow.overdue(clock.now).cause == "idle"
    flow.out(1)
    clock.now += 49.5
    assert flow.overdue(clock.now).cause == "duration"
    assert told[-1].kind == "long_lived"


@pytest.mark.parametrize(("way", "name"), [("out", "sent"), ("into", "received")])
def test_bytes_are_counted_before_they_pass(made, way, name):
    flow, action, _, _ = made(**{name: 100, f"{name}_total": 150})
    pass_on = getattr(flow, way)
    pass_on(100)
    with pytest.raises(Cut) as cut:
        pass_on(1)
    assert cut.value.cause == "bytes"
    other = action.open(9, say.Ask(1, "A1", "tls", "a.test", 443), say.Answer(1, allow=True), "1.1.1.1")
    with pytest.raises(Cut) as cut:
        getattr(other, way)(60)
    assert cut.value.cause == "budget"
    assert "all that this action may" in action.spent()


def test_an_answer_may_limit_more_than_the_limits_do(made):
    flow, _, told, clock = made(say.Answer(1, allow=True, sent=10, seconds=5), sent=100)
    with pytest.raises(Cut):
        flow.out(11)
    assert told[-1].kind == "upload"
    clock.now += 6
    assert flow.overdue(clock.now).cause == "duration"
    flow, *_ = made(say.Answer(1, allow=True, sent=1000), sent=100)
    with pytest.raises(Cut):
        flow.out(101)


def test_a_session_is_more_than_its_actions():
    """Ten actions that each send a little less than they may send too much together."""
    told, clock, totals = [], Clock(), Totals(say.Session(flows=3, opened=4, sent=100, received=50))
    one, two = (Action(name, say.Limits(), told.append, clock, totals) for name in ("A1", "A2"))
    ask = say.Ask(1, "A1", "tls", "a.test", 443)
    flows = [action.open(number, ask, say.Answer(1, allow=True), "") for number, action in enumerate((one, two, two))]
    assert one.spent() == two.spent() == "too many connections of this session at a time"
    flows.pop().close()
    assert one.spent() == ""
    flows[0].out(60)
    with pytest.raises(Cut) as cut:
        flows[1].out(60)
    assert (cut.value.cause, cut.value.text) == ("budget", "all that this session may send has been sent")
    totals.limits = say.Session(opened=4, received=50)
    flows[0].into(50)
    assert one.spent() == "all that this session may receive has been received"
    with pytest.raises(Cut):
        flows[1].into(1)
    totals.limits = say.Session(opened=3)
    assert two.spent() == "this session may open no more connections"


def test_a_flows_end_is_told_once(made):
    flow, action, told, clock = made()
    flow.out(5)
    flow.into(7)
    clock.now += 2
    flow.close("failed", "why")
    flow.close()
    assert told[1:] == [say.Closed(1, "A1", 5, 7, 0, 2.0, "failed", "why")]
    assert action.flows == {}


def test_so_many_at_a_time_in_a_minute_and_in_all(made):
    flow, action, _, clock = made(flows=1, opened=3, opened_per_minute=2)
    ask = say.Ask(1, "A1", "tls", "a.test", 443)
    assert "at a time" in action.spent()
    flow.close()
    assert action.spent() == ""
    action.open(2, ask, flow.answer, "").close()
    action.open(3, ask, flow.answer, "").close()
    assert "in all" in action.spent() or "in a minute" in action.spent()
    clock.now += 61
    assert "in all" in action.spent()


def test_what_an_answer_covers(made):
    _, action, _, _ = made()

    def ask(method, target="/", *, body=False, host="a.test", port=80):
        return say.Ask(1, "A1", "http", host, port, method, target, body)

    action.learn(ask("GET"), say.Answer(1, allow=True, covers="method"))
    assert action.known(ask("GET", "/other"))
    assert not action.known(ask("DELETE"))
    assert not action.known(ask("GET", body=True))
    assert not action.known(ask("GET", port=81))
    action.learn(ask("PUT", host="b.test"), say.Answer(1, allow=True, covers="endpoint"))
    assert action.known(ask("DELETE", host="b.test"))
    action.learn(ask("PUT", host="c.test"), say.Answer(1, allow=True, covers="request"))
    assert not action.known(ask("PUT", host="c.test"))


def test_refusals_that_come_too_fast_are_counted(made):
    _, action, told, clock = made()
    for _ in range(REFUSALS_PER_MINUTE + 50):
        action.refused(None, "no")
    assert sum(isinstance(one, say.Refused) for one in told) == REFUSALS_PER_MINUTE
    assert told[-1].kind == "flood"
    clock.now += 61
    action.refused(None, "no")
    assert [one.text for one in told[-2:]] == ["50 refusals were not told one by one", "no"]
    action.end()
    assert told[-1].text == "no"


@given(st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 1)), max_size=60), st.integers(100, 10_000))
def test_a_pace_is_kept_over_time(pieces, per_second):
    pace, now, count = Pace(per_second), 100.0, 0
    for size, idle in pieces:
        now += pace.wait(size, now)
        count += size
        assert count <= per_second * (now - 100.0 + 0.26) + 1
        now += idle
