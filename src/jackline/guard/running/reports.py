"""What keepers report, as entries of the ledger; and what they ask, as actions that are decided."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from jackline.contain.keeper import wire
from jackline.core.action import Action
from jackline.core.errors import JacklineError
from jackline.guard import wording
from jackline.guard.deciding import Asking
from jackline.guard.judging import IN_A_SANDBOX

if TYPE_CHECKING:
    from jackline.guard.deciding import Guard
    from jackline.guard.record import Record
    from jackline.guard.running.keepers import Keeper

_ASKING: Final = Asking(given=IN_A_SANDBOX)


class Reports:
    """See the module's text."""

    def __init__(self, guard: Guard, record: Record) -> None:
        self._guard, self._record = guard, record

    def hear(self, keeper: Keeper, report: wire.FromKeeper) -> None:
        """One report. What cannot be recorded is not allowed."""
        if isinstance(report, wire.Ask):
            keeper.answer(self._judged(keeper, report))
        elif isinstance(report, wire.Started):
            self._record.note("started", session=keeper.session, action=report.action)
        elif isinstance(report, wire.Finished):
            self._finished(keeper, report)
        elif isinstance(report, wire.Closed):
            self._record.note(
                "session_ended", session=keeper.session, kept=report.kept, conflicts=list(report.conflicts)
            )

    def _judged(self, keeper: Keeper, ask: wire.Ask) -> wire.Verdict:
        """A connection is an action of its own: what it would do is decided like everything else."""
        said = {"host": ask.host, "port": ask.port, "method": ask.method, "path": ask.path}
        action = Action(tool="reach", arguments=said, cwd="/", session=keeper.session, description=f"by {ask.action}")
        try:
            decision = self._guard.weigh(action, _ASKING).decision
        except JacklineError as error:
            return wire.Verdict(ask.ask, allowed=False, sentence=str(error))
        if decision.verdict == "allow":
            return wire.Verdict(ask.ask, allowed=True)
        sentence = wording.denied(decision) if decision.verdict == "deny" else wording.unanswered(decision)
        return wire.Verdict(ask.ask, allowed=False, sentence=sentence)

    def _finished(self, keeper: Keeper, report: wire.Finished) -> None:
        changed = [{"path": os.path.normpath(change.path), "verb": change.verb} for change in report.changes]
        session, action = keeper.session, report.action
        if changed or report.uncounted:
            self._record.note("observed", session=session, action=action, changed=changed, uncounted=report.uncounted)
        ended: dict[str, Any] = {
            "ok": report.exit_code == 0,
            "exitCode": report.exit_code,
            "text": "",
            "usage": report.usage,
        }
        self._record.note("finished", session=session, action=action, **ended)
