"""What keepers report, as entries of the ledger; and what they ask, as actions that are decided."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from jackline.contain.keeper import wire
from jackline.core.action import Action
from jackline.core.errors import JacklineError, LedgerError
from jackline.guard import wording
from jackline.guard.deciding import Asking
from jackline.guard.judging import IN_A_SANDBOX
from jackline.guard.running.comparing import effects_of

if TYPE_CHECKING:
    from jackline.contain.observe.facts import Seen
    from jackline.core.decision import Decision
    from jackline.guard.deciding import Guard
    from jackline.guard.record import Record
    from jackline.guard.running.keepers import Keeper

_ASKING: Final = Asking(given=IN_A_SANDBOX)
_REACH: Final = "reach"
_SENT: Final = frozenset({"send"})
_OUTWARD: Final = frozenset({"connect", "send"})
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Reports:
    """See the module's text."""

    def __init__(self, guard: Guard, record: Record) -> None:
        self._guard, self._record = guard, record

    def hear(self, keeper: Keeper, report: wire.FromKeeper) -> None:
        """One report. What cannot be recorded is not allowed; what happened and cannot be recorded ends the session."""
        if isinstance(report, wire.Ask):
            keeper.tell(self._judged(keeper, report))
            return
        try:
            self._note(keeper, report)
        except LedgerError:
            keeper.drop()

    def _judged(self, keeper: Keeper, ask: wire.Ask) -> wire.Verdict:
        """What the action was allowed to reach when it was decided, it reaches, and so does the session what a person
        named. Any other connection is an action of its own, decided like everything else."""
        if keeper.names(ask.host, ask.port):
            return wire.Verdict(ask.ask, allowed=True, named=True, covers="endpoint")
        if self._decided(keeper, ask):
            return wire.Verdict(ask.ask, allowed=True, covers=_covered(ask))
        client = self._record.family(keeper.session).client
        said: dict[str, Any] = {
            "host": ask.host, "port": ask.port, "method": ask.method, "path": ask.path, "body": ask.body, "lookup": ask.lookup,
        }  # fmt: skip
        action = Action(
            tool=_REACH, arguments=said, cwd="/", session=keeper.session, client=client, description=f"by {ask.action}"
        )
        try:
            decision = self._guard.weigh(action, _ASKING).decision
        except JacklineError as error:
            return wire.Verdict(ask.ask, allowed=False, sentence=str(error))
        if decision.verdict == "allow":
            return wire.Verdict(ask.ask, allowed=True, covers=_covered(ask))
        sentence = wording.denied(decision) if decision.verdict == "deny" else wording.unanswered(decision)
        return wire.Verdict(ask.ask, allowed=False, sentence=sentence.removeprefix("Jackline "))

    def _decided(self, keeper: Keeper, ask: wire.Ask) -> bool:
        """Whether it is what an action was allowed to reach: the one in whose sandbox it was asked, or, on the floor, one
        of the session's that are allowed and have not ended. An earlier connection opens nothing for a later one."""
        if ask.action == keeper.session:
            running = [
                known
                for known in self._record.family(keeper.session).actions.values()
                if not known.finished and known.tool != _REACH
            ]
        else:
            found = self._record.memory.find(ask.action)
            running = [found[1]] if found is not None else []
        return any(known.decision is not None and known.allowed and _reaches(known.decision, ask) for known in running)

    def _note(self, keeper: Keeper, report: wire.FromKeeper) -> None:
        session = keeper.session
        if isinstance(report, wire.Started):
            self._record.note("started", session=session, action=report.action)
        elif isinstance(report, wire.Finished):
            self._finished(session, report)
            keeper.tell(wire.Noted(report.action))
        elif isinstance(report, wire.Marked):
            self._changed(session, report)
        elif isinstance(report, wire.Behind):
            self._record.note("observed", session=session, action=report.action, concurrent=True, **_facts(report.seen))
        elif isinstance(report, wire.Flow):
            flow = {"host": report.host, "port": report.port, "sent": report.sent, "received": report.received}
            ended = {"cause": report.cause, "text": report.text}
            self._record.note("observed", session=session, action=report.action, flow={**flow, **ended})
        elif isinstance(report, wire.Alert):
            self._record.note(
                "alerted", session=session, action=report.action, durable=True, alert=report.alert, text=report.text
            )
        elif isinstance(report, wire.Closed):
            self._record.note(
                "session_ended", session=session, durable=True, outcome=report.outcome, conflicts=list(report.conflicts)
            )

    def _changed(self, session: str, report: wire.Finished | wire.Marked) -> None:
        changed = [{"path": os.path.normpath(change.path), "verb": change.verb} for change in report.changes]
        data: dict[str, Any] = (
            {"changed": changed, "uncounted": report.uncounted} if changed or report.uncounted else {}
        )
        if isinstance(report, wire.Finished):
            data |= _facts(report.seen)
        if data:
            self._record.note("observed", session=session, action=report.action, **data)

    def _finished(self, session: str, report: wire.Finished) -> None:
        action = report.action
        ended: dict[str, Any] = {"exitCode": report.exit_code, "text": "", "usage": report.usage}
        self._changed(session, report)
        self._record.note("finished", session=session, action=action, ok=report.exit_code == 0, **ended)


def _covered(ask: wire.Ask) -> Literal["request", "method", "endpoint"]:
    """How far an answer goes: what cannot be seen is one with its endpoint; what changes something is judged each time, and
    a look-up is no connection."""
    if not ask.method and not ask.lookup:
        return "endpoint"
    return "request" if _sends(ask) or ask.lookup else "method"


def _sends(ask: wire.Ask) -> bool:
    return ask.body or (bool(ask.method) and ask.method not in _READING)


def _reaches(decision: Decision, ask: wire.Ask) -> bool:
    """Whether a decided effect opens this endpoint; where data leave that can be seen, whether one sends to it."""
    wanted = _SENT if _sends(ask) else _OUTWARD
    return any(
        effect.verb in wanted
        and effect.resource.kind == "endpoint"
        and effect.resource.name == ask.host
        and effect.resource.port in {0, ask.port}
        for effect in decision.effects
    )


def _facts(seen: Seen) -> dict[str, Any]:
    """What was seen of processes, as data; nothing where nothing was."""
    return {**msgspec.to_builtins(seen), "effects": effects_of(seen)} if seen else {}
