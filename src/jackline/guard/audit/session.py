"""One session while it is replayed: what is counted, found, proposed and shown of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.effect import NO_EVIDENCE
from jackline.core.history import QUESTIONS, Finding, Judged, SessionReport, Turn, fate_of, rule_of
from jackline.detect import detectors
from jackline.guard.audit.parts import Candidate, Changed
from jackline.guard.audit.privacy import Curtain, reads_secret
from jackline.guard.audit.timeline import TimelineMaker, main_text
from jackline.guard.memory import stopped_effects
from jackline.guard.undoing import EDITORS, can_undo

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.clients.transcripts import Header
    from jackline.core.decision import Decision
    from jackline.core.effect import Effect
    from jackline.core.history import Fate, Timeline
    from jackline.detect.interface import Detector
    from jackline.guard.undoing import Measured
    from jackline.ledger.redact import Redactor

MAX_FINDINGS: Final = 500
"""Findings of one session; more are counted."""

MAX_CANDIDATES: Final = 200
MAX_CHANGED: Final = 20
MAX_SAID: Final = 400
_CHANGES: Final = frozenset({"create", "modify", "delete"})


class SessionAudit:
    """Takes the moments of one session in. A detector that fails is dropped for the session, and that is counted."""

    def __init__(
        self, name: str, file: str, redactor: Redactor, measured: Measured, *, shown: bool, failed: Callable[[str], None]
    ) -> None:  # fmt: skip
        """`measured` says of which paths before-images could have been taken; `shown`: a timeline is wanted; `failed` is
        told what went wrong in our own code."""
        self._measured = measured
        self.curtain = Curtain(redactor)
        self._name, self._file, self._failed = name, file, failed
        self._header: Header | None = None
        self._client = self._project = self._parent = ""
        self._begin = self._end = self._calls = self._stopped = self._kept = self.left_out = 0
        self._fates: Counter[Fate] = Counter()
        self._rules: Counter[str] = Counter()
        self._findings: list[Finding] = []
        self._detectors: list[Detector] = list(detectors())
        self._timeline = TimelineMaker(name, self.curtain) if shown else None
        self.candidates: dict[Effect, Candidate] = {}
        self.compared = Counter[str]()
        self.changed: list[Changed] = []
        self.questions_after = 0

    def begins(self, header: Header) -> None:
        """What the transcript says of the session; the later header counts, where it says something."""
        known = self._header
        if known is not None:
            header = replace(
                header, version=header.version or known.version, project=header.project or known.project,
                parent=header.parent or known.parent,
            )  # fmt: skip
        self._header = header
        self._when(header.at)

    def see(self, moment: Turn | Judged, other: Decision | None = None) -> None:
        """The next moment; `other` is what the second policy says of a call."""
        if isinstance(moment, Judged):
            self._call(moment, other)
        else:
            self._when(moment.at)
        if self._timeline is not None:
            self._timeline.see(moment)
        for detector in tuple(self._detectors):
            self._ask(detector, moment)

    def end(self) -> None:
        """No more moments will come."""
        for detector in list(self._detectors):
            self._ask(detector, None)

    def report(self) -> SessionReport:
        """What the session comes to."""
        header = self._header
        return SessionReport(
            session=self._name,
            client=(header.client if header else "") or self._client,
            version=header.version if header else "",
            project=self.curtain.text((header.project if header else "") or self._project),
            file=self._file,
            parent=(header.parent if header else "") or self._parent,
            begin=self._begin,
            end=self._end,
            calls=self._calls,
            stopped=self._stopped,
            kept=self._kept,
            fates=dict(self._fates),
            rules=dict(self._rules),
            findings=len(self._findings) + self.left_out,
        )

    def findings(self) -> list[Finding]:
        """The findings, as they may be shown."""
        return [
            replace(finding, text=self.curtain.text(finding.text), evidence=self.curtain.text(finding.evidence))
            for finding in self._findings
        ]

    def proposed(self) -> list[Candidate]:
        """The candidates, as they may be shown; one whose very name holds a secret is none."""
        return [
            replace(candidate, example=self.curtain.text(candidate.example))
            for candidate in self.candidates.values()
            if self.curtain.text(candidate.effect.resource.name) == candidate.effect.resource.name
        ]

    def timeline(self) -> Timeline | None:
        """The session turn by turn, where that is wanted."""
        return self._timeline.done() if self._timeline is not None else None

    def _ask(self, detector: Detector, moment: Turn | Judged | None) -> None:
        """What a detector finds in the next moment, or (None) at the end."""
        try:
            found = list(detector.see(moment) if moment is not None else detector.end())
        except Exception as error:  # noqa: BLE001 - one detector's defect takes neither the others nor the audit down
            self._detectors.remove(detector)
            self._failed(f"the detector `{detector.name}` failed: {error!r}")
            return
        if not found:
            return
        room = MAX_FINDINGS - len(self._findings)
        self._findings += found[:room]
        self.left_out += max(0, len(found) - room)

    def _when(self, at: int) -> None:
        if at > 0:
            self._begin = min(self._begin or at, at)
            self._end = max(self._end, at)

    def _call(self, judged: Judged, other: Decision | None) -> None:
        action, decision, fate = judged.turn.action, judged.decision, fate_of(judged.decision)
        self._when(judged.turn.at)
        self._calls += 1
        self._fates[fate] += 1
        self._stopped += judged.outcome == "refused"
        if fate in QUESTIONS:
            self._rules[rule_of(decision)] += 1
        if reads_secret(decision):
            self.curtain.harvest(judged.result)
        if action is None:
            return
        self._client, self._project = self._client or action.client, self._project or action.cwd
        self._parent = self._parent or action.parent
        changes = any(effect.verb in _CHANGES for effect in decision.effects)
        self._kept += fate == "undoable" or (
            changes and action.tool in EDITORS and can_undo(decision.effects, self._measured)
        )
        if fate in QUESTIONS:
            self._propose(judged)
        if other is not None:
            self._compare(judged, fate, other)

    def _propose(self, judged: Judged) -> None:
        """What was asked about is a candidate for a grant, until its history speaks against it."""
        for effect in stopped_effects(judged.decision):
            bare = replace(effect, evidence=NO_EVIDENCE)
            known = self.candidates.get(bare)
            if known is None:
                if len(self.candidates) >= MAX_CANDIDATES:
                    return
                known = Candidate(
                    effect=bare, seen=judged.decision.seen, sessions=frozenset({self._name}), example=self._said(judged)
                )
            self.candidates[bare] = replace(
                known, seen=known.seen | judged.decision.seen, times=known.times + 1,
                refused=known.refused + (judged.outcome == "refused"), failed=known.failed + (judged.outcome == "failed"),
            )  # fmt: skip

    def _compare(self, judged: Judged, before: Fate, other: Decision) -> None:
        after = fate_of(other)
        self.questions_after += after in QUESTIONS
        if before == after:
            return
        self.compared[f"{before}>{after}"] += 1
        if len(self.changed) < MAX_CHANGED:
            self.changed.append(
                Changed(
                    session=self._name,
                    call=judged.index,
                    text=self._said(judged),
                    before=before,
                    after=after,
                    rule_before=rule_of(judged.decision),
                    rule_after=rule_of(other),
                )
            )

    def _said(self, judged: Judged) -> str:
        action = judged.turn.action
        return self.curtain.text(main_text(action)[: 2 * MAX_SAID])[:MAX_SAID] if action is not None else ""
