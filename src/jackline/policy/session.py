"""The state of a session as a fold over its events: what it has seen, where it stands, what was answered.

`FOLD` is the whole of it: which kind of event changes what, and how. The guard folds events as they are appended, a
restarted guard folds them again from the ledger, and both come to the same state. Labels only grow.

What the steps read of an event's `data`:

| kind | data |
|---|---|
| session_started | `labels`: those of the session that it works for |
| decided | `decision`: its JSON form; `bound`: what an approval of it is bound to |
| approved | `bound`, `strength`, `until` (microseconds): one action may run once; without an action: the session goes on |
| finished | `exitCode`: the action's status, where it is known |
| observed, alerted | `labels`, `effects`: what was found to be so; `spent`: what was used up, by budget |
| phase | `phase`: where the session stands, set by a person |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from jackline.core.effect import Effect
from jackline.core.words import LABELS, EventKind, Label, Verdict
from jackline.policy.approvals import MAX_REFUSALS, same_effects
from jackline.policy.phases import NO_PHASES, Phases
from jackline.policy.posture import seen_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jackline.core.event import Event

MAX_PENDING: Final = 128
"""Actions that are decided and not finished; the oldest is forgotten beyond that, with its labels counted as seen."""

MAX_KEPT: Final = 1024
"""Refusals, approvals and budgets that are kept."""


class Pending(Struct, frozen=True):
    """An action between its decision and its end. `gains` are the labels that the session takes on if it runs."""

    verdict: Verdict
    gains: frozenset[Label]
    effects: tuple[Effect, ...]


class Permission(Struct, frozen=True):
    """An approval that waits to be used, once: its strength, and until when (microseconds since the epoch)."""

    strength: int
    until: int


class SessionState(Struct, frozen=True):
    """What is known of a session. `refused` are digests of effects (`approvals.same_effects`)."""

    labels: frozenset[Label] = frozenset()
    phase: str = NO_PHASES.start
    phases: Phases = NO_PHASES
    spent: dict[str, int] = {}
    approved: dict[str, Permission] = {}
    refused: frozenset[str] = frozenset()
    refusals: int = 0
    pending: dict[str, Pending] = {}

    @property
    def waits_for_a_person(self) -> bool:
        """Whether the session was refused so often that it goes on only when a person says so."""
        return self.refusals >= MAX_REFUSALS

    def strength(self, key: str, now: int) -> int:
        """The strength of approval that the action with this key (`approvals.binding`) has at a time."""
        found = self.approved.get(key)
        return found.strength if found is not None and now < found.until else 0


def initial(phases: Phases = NO_PHASES, labels: Iterable[Label] = ()) -> SessionState:
    """A session before its first event; a sub-agent's begins with its parent's labels."""
    return SessionState(labels=frozenset(labels), phase=phases.start, phases=phases)


def fold(state: SessionState, event: Event) -> SessionState:
    """The state after an event. Data that cannot be read changes nothing but what is certain; it never raises."""
    for step in FOLD.get(event.kind, ()):
        state = step(state, event)
    return state


# The steps


def _take_labels(state: SessionState, event: Event) -> SessionState:
    """Labels that the event names."""
    named = event.data.get("labels", ())
    return _labelled(state, frozenset(label for label in LABELS if label in named) if _is_list(named) else frozenset())


def _take_effects(state: SessionState, event: Event) -> SessionState:
    """Labels that come with effects that were observed."""
    return _labelled(state, seen_with(frozenset(), _effects(event.data.get("effects"))))


def _await(state: SessionState, event: Event) -> SessionState:
    """A decision: an allowed action counts as run from now on, any other one once it is seen to run.

    A verdict that is none of ours says nothing of whether it ran: what it would have seen counts as seen.
    """
    decision = event.data.get("decision")
    verdict, effects = _get(decision, "verdict"), _effects(_get(decision, "effects"))
    gains = seen_with(frozenset(), effects)
    if verdict not in ("allow", "ask", "deny"):  # not a set: JSON may hold a list here, which has no hash
        return _labelled(state, gains)
    pending = Pending(verdict, gains, effects)
    if verdict == "allow":
        state = _labelled(state, gains)
    kept = {**state.pending, event.action: pending}
    while len(kept) > MAX_PENDING:
        forgotten = kept.pop(next(iter(kept)))
        state = _labelled(state, forgotten.gains)
    return replace(state, pending=kept)


def _use_approval(state: SessionState, event: Event) -> SessionState:
    """An approval is used by the first action with its key that is allowed."""
    key = event.data.get("bound")
    allowed = _get(event.data.get("decision"), "verdict") == "allow"
    if not allowed or not isinstance(key, str) or key not in state.approved:
        return state
    return replace(state, approved={name: given for name, given in state.approved.items() if name != key})


def _count_run(state: SessionState, event: Event) -> SessionState:
    """It runs, whatever was decided: the session has seen what it reads."""
    pending = state.pending.get(event.action)
    return state if pending is None else _labelled(state, pending.gains)


def _move(state: SessionState, event: Event) -> SessionState:
    """A phase that the end of an action leads to."""
    pending, status = state.pending.get(event.action), event.data.get("exitCode")
    if pending is None or not isinstance(status, int) or isinstance(status, bool):
        return state
    phase = state.phases.after(state.phase, pending.effects, status)
    return state if phase == state.phase else replace(state, phase=phase)


def _end(state: SessionState, event: Event) -> SessionState:
    if event.action not in state.pending:
        return state
    return replace(state, pending={name: each for name, each in state.pending.items() if name != event.action})


def _approve(state: SessionState, event: Event) -> SessionState:
    """One action may run once; or, where the event names no action, a paused session goes on."""
    if not event.action:
        return replace(state, refusals=0)
    key, until, strength = (event.data.get(name) for name in ("bound", "until", "strength"))
    if not isinstance(key, str) or not key or not isinstance(until, int):
        return state
    given = Permission(strength if isinstance(strength, int) else 1, until)
    return replace(state, approved=_bounded({**state.approved, key: given}))


def _refuse(state: SessionState, event: Event) -> SessionState:
    """These effects are denied from now on, in whatever words they come."""
    state = replace(state, refusals=state.refusals + 1)
    pending = state.pending.get(event.action)
    if pending is None:
        return state
    return replace(state, refused=state.refused | {same_effects(pending.effects)})


def _spend(state: SessionState, event: Event) -> SessionState:
    spent = event.data.get("spent")
    if not isinstance(spent, dict):
        return state
    counts = {
        name: state.spent.get(name, 0) + amount
        for name, amount in spent.items()
        if isinstance(name, str) and isinstance(amount, int) and amount > 0
    }
    return replace(state, spent=_bounded({**state.spent, **counts}))


def _set_phase(state: SessionState, event: Event) -> SessionState:
    phase = event.data.get("phase")
    return replace(state, phase=phase) if phase in state.phases.words else state


FOLD: Final[dict[EventKind, tuple[Callable[[SessionState, Event], SessionState], ...]]] = {
    "session_started": (_take_labels,),
    "decided": (_await, _use_approval),
    "approved": (_approve,),
    "refused": (_refuse, _end),
    "started": (_count_run,),
    "observed": (_count_run, _take_labels, _take_effects, _spend),
    "finished": (_count_run, _move, _take_labels, _spend, _end),
    "alerted": (_take_labels,),
    "phase": (_set_phase,),
}
"""Kind of event → the steps that it takes, in order. What is not here changes nothing."""


# Reading data that an older or newer version may have written


def _labelled(state: SessionState, labels: frozenset[Label]) -> SessionState:
    return state if labels <= state.labels else replace(state, labels=state.labels | labels)


def _get(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON, or a value of ours that was not yet written as JSON
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _effects(value: Any) -> tuple[Effect, ...]:  # noqa: ANN401 - JSON, or a value of ours
    if isinstance(value, tuple) and all(type(each) is Effect for each in value):
        return value
    try:
        return msgspec.convert(value, tuple[Effect, ...], strict=False)
    except msgspec.ValidationError:
        return ()


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple, set, frozenset))


def _bounded(values: dict[str, Any]) -> dict[str, Any]:
    while len(values) > MAX_KEPT:
        values.pop(next(iter(values)))
    return values
