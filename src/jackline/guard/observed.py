"""What another policy would have said of what was done: the report that a first week under `observe` ends with.

In: the ledger's events, and the policies to judge them by. Out: how many actions would have been asked and denied, by
rule and by day, with examples. Every recorded action is judged again by the function that decides, on the effects and
with the session's labels that its decision was made with; nothing is lowered again, and nothing is asked of the disk but
whether before-images could be made.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from jackline.core.decision import Decision, Reason
from jackline.core.effect import Resource
from jackline.core.words import Verdict
from jackline.guard.judging import judge_here
from jackline.guard.memory import Memory
from jackline.guard.undoing import may_undo
from jackline.policy.approvals import same_effects
from jackline.policy.posture import Posture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.event import Event
    from jackline.guard.configuration import Settings
    from jackline.policy.layers import Policies

MAX_EXAMPLES: Final = 3
_UNREAD: Final = Reason(
    rule="recorded-in-part", text="its effects were too many for the ledger, so it cannot be judged again"
)


class Example(Struct, frozen=True, rename="camel"):
    """One action that a rule would have stopped: its ID, what was asked (redacted, as recorded), and why."""

    action: str
    asked: dict[str, Any]
    reason: Reason


class Stopping(Struct, rename="camel"):
    """What one rule would have come to. `different` counts actions that do not do the same; an action counts once, for
    the first of its reasons."""

    rule: str
    verdict: Verdict
    actions: int = 0
    different: int = 0
    examples: list[Example] = []


class Day(Struct, rename="camel"):
    """One day of this machine's calendar (ISO 8601)."""

    day: str
    actions: int = 0
    asked: int = 0
    denied: int = 0


class Observed(Struct, rename="camel"):
    """The report. Times are microseconds since the epoch; `different` counts questions that are not the same."""

    policy: str
    since: int
    until: int
    actions: int = 0
    allowed: int = 0
    asked: int = 0
    different: int = 0
    denied: int = 0
    rules: list[Stopping] = []
    days: list[Day] = []

    @property
    def asked_a_day(self) -> float:
        """Questions on a day on which anything was done."""
        return self.asked / len(self.days) if self.days else 0.0


class Judging(NamedTuple):
    """By what is judged: policies and their name, the settings beside them, and the approval that could be had."""

    name: str
    policies: Policies
    settings: Settings
    approvals: int


def observe(
    events: Iterable[Event], judging: Judging, *, since: int, until: int, memory: Memory | None = None
) -> Observed:
    """Judge all actions of `events`, in their order. `memory` begins empty unless one is given."""
    report = Observed(judging.name, since, until)
    fold = _Fold(report, judging, memory or Memory())
    for event in events:
        fold.take(event)
    report.rules.sort(key=lambda rule: (rule.verdict, -rule.actions, rule.rule))
    return report


class _Fold:
    """The report as it grows."""

    def __init__(self, report: Observed, judging: Judging, memory: Memory) -> None:
        self._report, self._judging, self._memory = report, judging, memory
        self._asked: dict[str, dict[str, Any]] = {}
        self._rules: dict[tuple[str, str], tuple[Stopping, set[str]]] = {}
        self._questions: set[str] = set()
        self._days: dict[str, Day] = {}

    def take(self, event: Event) -> None:
        if event.kind == "requested":
            self._asked[event.action] = event.data
        elif event.kind == "decided":
            asked = self._asked.pop(event.action, None)
            if asked is not None:  # decided once more, after a person answered: it is the same action
                self._count(event, asked, self._judge(event, asked))
        self._memory.apply(event)

    def _judge(self, event: Event, asked: dict[str, Any]) -> Decision:
        try:
            decision = msgspec.convert(event.data["decision"], Decision)
        except (msgspec.ValidationError, KeyError):
            return Decision(verdict="ask", reasons=(_UNREAD,))
        if event.data.get("count") != len(decision.effects):
            return msgspec.structs.replace(decision, verdict="ask", reasons=(_UNREAD,))
        if not decision.policy:
            return decision  # the guard's own denial: no policy was asked
        posture = Posture(
            agent=event.client or "unknown",
            teams=self._judging.settings.teams,
            seen=decision.seen,
            phase=self._memory.family(event.session, str(asked.get("parent", ""))).state.phase,
            approvals=self._judging.approvals,
        )
        may = may_undo(str(asked.get("tool", "")), self._judging.settings)
        return judge_here(self._judging.policies, decision.effects, posture, _protected(event), may_undo=may)

    def _count(self, event: Event, asked: dict[str, Any], decision: Decision) -> None:
        report, day = self._report, self._day(event.at)
        report.actions += 1
        day.actions += 1
        if decision.verdict == "allow":
            report.allowed += 1
            return
        same = same_effects(decision.effects)
        if decision.verdict == "ask":
            report.asked += 1
            day.asked += 1
            self._questions.add(same)
            report.different = len(self._questions)
        else:
            report.denied += 1
            day.denied += 1
        reason = decision.reasons[0] if decision.reasons else Reason(rule="", text="")
        self._stopping(reason.rule, decision.verdict, same, Example(event.action, asked, reason))

    def _stopping(self, rule: str, verdict: Verdict, same: str, example: Example) -> None:
        found = self._rules.get((rule, verdict))
        if found is None:
            found = self._rules[rule, verdict] = (Stopping(rule, verdict), set())
            self._report.rules.append(found[0])
        stopping, seen = found
        stopping.actions += 1
        if same not in seen and len(stopping.examples) < MAX_EXAMPLES:
            stopping.examples.append(example)
        seen.add(same)
        stopping.different = len(seen)

    def _day(self, at: int) -> Day:
        name = dt.datetime.fromtimestamp(at // 1_000_000, tz=dt.UTC).astimezone().date().isoformat()
        if name not in self._days:
            self._days[name] = Day(name)
            self._report.days.append(self._days[name])
        return self._days[name]


def _protected(event: Event) -> tuple[Resource, ...]:
    """The guard's own files, as the decision was told them."""
    for answer in event.data.get("answers", ()):
        match answer:
            case ["guard_paths", _, list(paths)]:
                return tuple(Resource("guard", str(path), reach="home") for path in paths)
    return ()
