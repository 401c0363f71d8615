"""The session fold: what each kind of event changes, and that nothing brings it down."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.decision import Decision
from jackline.core.effect import Effect, Resource
from jackline.core.errors import ConfigurationError
from jackline.core.event import Event
from jackline.core.words import EVENT_KINDS, LABELS, EventKind, Label, Verdict
from jackline.policy.approvals import same_effects
from jackline.policy.phases import Phases, read_phases
from jackline.policy.session import FOLD, MAX_PENDING, Permission, SessionState, fold, initial

SECRET = Effect("read", Resource("file", "/w/.env", labels=frozenset({"secret"})))
WEB = Effect("connect", Resource("endpoint", "docs.example", reach="remote", port=443))
TESTS = Effect("execute", Resource("process", "pytest"), authorship="installed")


def event(kind: EventKind, action: str = "", **data: Any) -> Event:
    return Event(kind=kind, at=1, session="s", action=action, data=data)


def decided(verdict: Verdict, *effects: Effect, action: str = "A1", key: str = "") -> Event:
    return event("decided", action, decision=msgspec.to_builtins(Decision(verdict=verdict, effects=effects)), bound=key)


def run(*events: Event, state: SessionState | None = None) -> SessionState:
    state = state or initial()
    for each in events:
        state = fold(state, each)
    return state


@pytest.mark.parametrize(
    ("events", "labels"),
    [
        ([decided("allow", SECRET)], {"secret"}),
        ([decided("allow", SECRET, WEB)], {"secret", "untrusted"}),
        ([decided("ask", SECRET)], set()),
        ([decided("ask", SECRET), event("approved", "A1", bound="k", until=9)], set()),
        ([decided("ask", SECRET), event("started", "A1")], {"secret"}),
        ([decided("ask", SECRET), event("finished", "A1")], {"secret"}),
        ([decided("deny", SECRET)], set()),
        ([decided("deny", SECRET), event("finished", "A1")], {"secret"}),
        ([decided("deny", SECRET), event("observed", "A1")], {"secret"}),
        ([decided("ask", SECRET), event("finished", "A2")], set()),
        ([event("observed", effects=[msgspec.to_builtins(SECRET)])], {"secret"}),
        ([event("alerted", labels=["injected"])], {"injected"}),
        ([event("session_started", labels=["secret", "no such label"])], {"secret"}),
    ],
)
def test_labels_come_with_what_runs(events: list[Event], labels: set[str]) -> None:
    assert run(*events).labels == labels


def test_a_decision_that_was_not_yet_written_counts_as_well() -> None:
    assert run(event("decided", "A1", decision=Decision(verdict="allow", effects=(SECRET,)))).labels == {"secret"}


def test_a_sub_agent_begins_with_its_parents_labels() -> None:
    assert initial(labels={"secret"}).labels == {"secret"}


def test_what_is_forgotten_counts_as_seen() -> None:
    events = [decided("ask", SECRET if number == 0 else WEB, action=f"A{number}") for number in range(MAX_PENDING + 1)]
    state = run(*events)
    assert len(state.pending) == MAX_PENDING
    assert state.labels == {"secret"}


# Approvals and refusals


def test_an_approval_is_used_once_and_ends() -> None:
    state = run(event("approved", "A1", bound="k", strength=2, until=100))
    assert state.approved == {"k": Permission(2, 100)}
    assert [state.strength(key, now) for key, now in (("k", 99), ("k", 100), ("other", 1))] == [2, 0, 0]
    assert run(decided("ask", SECRET, key="k"), state=state).strength("k", 1) == 2
    assert run(decided("allow", SECRET, key="k"), state=state).strength("k", 1) == 0


def test_a_refusal_is_for_the_effects_and_three_wait_for_a_person() -> None:
    state = run(decided("ask", SECRET), event("refused", "A1"))
    assert state.refused == {same_effects([SECRET])}
    assert not state.waits_for_a_person
    state = run(event("refused", "A2"), event("refused", "A3"), state=state)
    assert state.waits_for_a_person
    assert not run(event("approved"), state=state).waits_for_a_person
    assert run(event("approved"), state=state).refused == state.refused


def test_budgets_add_up() -> None:
    state = run(
        event("observed", spent={"tokens": 5, "money": 2}),
        event("finished", spent={"tokens": 7, "odd": "x", "less": -3}),
    )
    assert state.spent == {"tokens": 12, "money": 2}


# Phases

PHASES = """
start = "red"
phases = ["red", "green", "refactor"]

[[transition]]
from = "red"
to = "green"
when = { verb = "execute", kind = "process", name = "py*", exit = "failed" }

[[transition]]
from = "green"
to = "refactor"
when = { verb = "execute", name = "pytest", exit = 0 }
"""


@pytest.mark.parametrize(
    ("statuses", "phase"),
    [
        ([], "red"),
        ([0], "red"),
        ([1], "green"),
        ([1, 2], "green"),
        ([1, 0], "refactor"),
        ([1, 0, 1], "refactor"),
        ([None], "red"),
    ],
)
def test_observed_facts_move_a_session(statuses: list[int | None], phase: str) -> None:
    state = initial(read_phases(PHASES))
    for number, status in enumerate(statuses):
        name = f"A{number}"
        state = run(decided("allow", TESTS, action=name), event("finished", name, exitCode=status), state=state)
    assert state.phase == phase


def test_other_effects_do_not_move_it() -> None:
    state = initial(read_phases(PHASES))
    assert run(decided("allow", SECRET), event("finished", "A1", exitCode=1), state=state).phase == "red"
    assert run(event("claimed", "A1", phase="green"), event("finished", "A1", exitCode=1), state=state).phase == "red"


def test_a_person_may_set_the_phase_to_a_word_that_is_declared() -> None:
    state = initial(read_phases(PHASES))
    assert run(event("phase", phase="refactor"), state=state).phase == "refactor"
    assert run(event("phase", phase="deploy"), state=state).phase == "red"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('start = "a"\nphases = ["b"]', "the phase `a` is used but not listed"),
        (
            'start = "a"\nphases = ["a"]\n[[transition]]\nfrom = "a"\nto = "b"\nwhen = {}',
            "the phase `b` is used but not listed",
        ),
        (
            'start = "a"\nphases = ["a"]\n[[transition]]\nfrom = "a"\nto = "a"\nwhen = { verb = "reed" }',
            "Invalid enum value 'reed'",
        ),
        ('start = "a"\nphases = ["a"]\nextra = 1', "unknown field `extra`"),
        ("start = ", "the phases are not valid"),
        ('start = "a"\nphases = []', "phases are 1 to 64 words"),
    ],
)
def test_phases_that_are_wrong_say_so(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_phases(text)


def test_no_phases_are_one_phase() -> None:
    assert Phases().after("none", (TESTS,), 0) == "none"
    assert initial().phase == "none"


# Properties

EVENTS = st.builds(
    lambda kind, action, data: Event(kind=kind, at=1, session="s", action=action, data=data),
    st.sampled_from(EVENT_KINDS),
    st.sampled_from(["", "A1", "A2"]),
    st.one_of(
        st.sampled_from(
            [decided("allow", SECRET).data, decided("ask", SECRET, WEB, key="k").data, decided("deny", WEB).data]
        ),
        st.dictionaries(
            st.sampled_from(
                ["decision", "labels", "effects", "spent", "exitCode", "bound", "until", "strength", "phase"]
            ),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.sampled_from([*LABELS[:3], "x"]),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(st.sampled_from(["verdict", "effects", "seen"]), inner, max_size=2)
                ),
                max_leaves=4,
            ),
            max_size=3,
        ),
    ),
)


@settings(max_examples=200, deadline=None)
@given(events=st.lists(EVENTS, max_size=12))
def test_labels_only_grow_and_nothing_brings_the_fold_down(events: list[Event]) -> None:
    state = initial(read_phases(PHASES))
    for each in events:
        labels: frozenset[Label] = state.labels
        state = fold(state, each)
        assert labels <= state.labels
        assert state.phase in state.phases.words
    again = msgspec.json.decode(msgspec.json.encode(state), type=SessionState)
    assert again == state


@pytest.mark.parametrize("wrong", [[], {}, None, 7, "perhaps"])
def test_what_no_version_of_ours_wrote_is_read_without_a_fault(wrong: object) -> None:
    effects = [msgspec.to_builtins(SECRET)]
    assert run(event("decided", "A1", decision={"verdict": wrong, "effects": effects})).labels == {"secret"}
    assert run(event("decided", "A1", decision={"verdict": "allow"}, bound=wrong)).approved == {}
    assert run(event("phase", phase=wrong)) == initial()


def test_the_table_knows_only_kinds_of_events_that_exist() -> None:
    assert set(FOLD) <= set(EVENT_KINDS)
