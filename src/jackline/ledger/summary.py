"""What the ledger says of a session and of an action, gathered from their events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.event import Event


class SessionSummary(Struct, frozen=True, rename="camel"):
    """A session in one line. Times are microseconds since the epoch; `ended` is 0 while it runs."""

    session: str
    client: str = ""
    parent: str = ""
    assurance: str = ""
    started: int = 0
    last: int = 0
    ended: int = 0
    actions: int = 0
    stopped: int = 0
    waiting: int = 0
    alerts: int = 0


class ActionRecord(Struct, frozen=True, rename="camel"):
    """One action whole: what was asked, what was decided and why, who answered, what happened.

    `asked`, `decision` and the lists hold the JSON of the events' data, as they were recorded (secrets replaced);
    `observed` is the whole data of those that tell facts.
    """

    action: str
    session: str
    client: str
    at: int
    asked: dict[str, Any]
    decision: dict[str, Any]
    answers: list[Any]
    approvals: list[dict[str, Any]]
    facts: list[Any]
    changes: list[Any]
    claims: list[dict[str, Any]]
    result: dict[str, Any]
    alerts: list[dict[str, Any]]
    responses: list[dict[str, Any]]
    history: list[tuple[int, int, str]]
    observed: list[dict[str, Any]] = []

    @property
    def verdict(self) -> str:
        """The verdict, "" where there is no decision."""
        return str(self.decision.get("verdict", ""))


def decision_of(event: Event) -> dict[str, Any]:
    """The decision that a `decided` event carries; empty where it carries none."""
    found = event.data.get("decision", event.data)
    return found if isinstance(found, dict) else {}


def summarise(session: str, events: Iterable[Event]) -> SessionSummary:
    """Fold a session's events. An action waits from a verdict of `ask`, or being held, until it is answered."""
    client = parent = assurance = ""
    started = last = ended = alerts = 0
    actions: set[str] = set()
    stopped: set[str] = set()
    waiting: set[str] = set()
    for event in events:
        started, last = started or event.at, event.at
        client = client or event.client
        ended = event.at if event.kind == "session_ended" else 0
        if event.kind == "session_started":
            parent, assurance = str(event.data.get("parent", "")), str(event.data.get("assurance", ""))
        elif event.kind == "requested":
            actions.add(event.action)
        elif event.kind == "alerted":
            alerts += 1
        _follow(event, stopped, waiting)
    return SessionSummary(
        session, client, parent, assurance, started, last, ended, len(actions), len(stopped), len(waiting), alerts
    )


def _follow(event: Event, stopped: set[str], waiting: set[str]) -> None:
    """Move the event's action between those that were stopped, those that wait, and the others."""
    if event.kind == "decided":
        verdict = decision_of(event).get("verdict")
        if verdict == "deny":
            stopped.add(event.action)
            waiting.discard(event.action)
        elif verdict == "ask":
            waiting.add(event.action)
    elif event.kind == "held":
        waiting.add(event.action)
    elif event.kind == "refused":
        stopped.add(event.action)
        waiting.discard(event.action)
    elif event.kind in {"approved", "released", "started", "finished"}:
        waiting.discard(event.action)


def gather(action: str, events: Iterable[tuple[int, Event]]) -> ActionRecord:
    """Everything that the ledger holds of one action."""
    found = list(events)
    head = found[0][1]
    of = _by_kind(found)
    observed = of("observed")
    decided = [decision_of(event) for _, event in found if event.kind == "decided"]
    return ActionRecord(
        action=action,
        session=next((event.session for _, event in found if event.session), ""),
        client=next((event.client for _, event in found if event.client), ""),
        at=head.at,
        asked=_asked(_last(of("requested"))),
        decision=decided[-1] if decided else {},
        answers=_list(_last(of("decided")).get("answers")),
        approvals=[
            {"event": kind, **data} for kind in ("approved", "refused", "held", "released") for data in of(kind)
        ],
        facts=[fact for data in observed for fact in _list(data.get("effects"))],
        changes=[change for data in observed for change in _list(data.get("changes"))],
        claims=of("claimed"),
        result=_last(of("finished")),
        alerts=of("alerted"),
        responses=of("responded"),
        history=[(sequence, event.at, event.kind) for sequence, event in found],
        observed=observed,
    )


def _by_kind(found: list[tuple[int, Event]]) -> Any:  # noqa: ANN401 - a closure over one kind's data
    def of(kind: str) -> list[dict[str, Any]]:
        return [event.data for _, event in found if event.kind == kind]

    return of


def _asked(data: dict[str, Any]) -> dict[str, Any]:
    """What a `requested` event carries: the action's own fields, or the action as one."""
    return _dictionary(data.get("action", data))


def _last(data: list[dict[str, Any]]) -> dict[str, Any]:
    return data[-1] if data else {}


def _dictionary(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
