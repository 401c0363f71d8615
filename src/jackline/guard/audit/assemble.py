"""Results of units become one `Audit`: what is asked for is kept, added up, and the findings put in order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.core.history import SEVERITIES, Audit, Finding, Noise, SessionReport
from jackline.guard.audit.parts import Compared
from jackline.guard.audit.unit import joined
from jackline.lower.places import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jackline.clients.transcripts import Damage
    from jackline.core.history import Fate, Timeline
    from jackline.guard.audit.parts import Candidate, Result

MAX_FINDINGS: Final = 20_000
MAX_EXAMPLES: Final = 40
_RANK: Final = {severity: rank for rank, severity in enumerate(reversed(SEVERITIES))}


class Choice(Struct, frozen=True, kw_only=True):
    """Which sessions count. `since` is microseconds since the epoch; a session without times counts always."""

    since: int = 0
    project: str = ""
    session: str = ""

    def takes(self, report: SessionReport) -> bool:
        """Whether a session counts."""
        return (
            (report.end == 0 or report.end >= self.since)
            and (not self.project or within(report.project, self.project) or self.project == report.project.rpartition("/")[2])
            and (not self.session or any(name.startswith(self.session) for name in (report.session, report.session.rpartition("/")[2])))
        )  # fmt: skip


class Whole:
    """Takes results in, in any order; the audit of what has come so far can be asked for at any time."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._reports: list[SessionReport] = []
        self._findings: list[Finding] = []
        self._candidates: dict[object, Candidate] = {}
        self._timelines: list[Timeline] = []
        self._compared: Compared | None = None
        self.left_out = 0
        self.calls = 0

    def add(self, result: Result) -> list[Finding]:
        """One unit's result; returns its findings that count."""
        reports = [
            report for report in result.sessions if self._choice.takes(report) and (report.calls or report.begin)
        ]
        names = {report.session for report in reports}
        self._reports += reports
        self.calls += sum(report.calls for report in reports)
        found = [finding for finding in result.findings if finding.session in names]
        self._findings += found
        self._bound()
        self.left_out += result.left_out
        for candidate in result.candidates:
            known = self._candidates.get(candidate.effect)
            self._candidates[candidate.effect] = candidate if known is None else joined(known, candidate)
        if result.compared is not None:
            self._compared = result.compared if self._compared is None else added(self._compared, result.compared)
        return found

    def add_timelines(self, result: Result) -> None:
        """The timelines of a unit whose other results are known."""
        self._timelines += result.timelines

    def _bound(self) -> None:
        if len(self._findings) > 2 * MAX_FINDINGS:
            self._findings.sort(key=_order)
            self.left_out += len(self._findings) - MAX_FINDINGS
            del self._findings[MAX_FINDINGS:]

    @property
    def candidates(self) -> list[Candidate]:
        """What was asked about, those that were asked about most often first."""
        return sorted(self._candidates.values(), key=lambda candidate: -candidate.times)

    @property
    def compared(self) -> Compared | None:
        """The comparison of two policies."""
        return self._compared

    def audit(self, damage: Damage) -> Audit:
        """All so far."""
        fates: Counter[Fate] = Counter()
        for report in self._reports:
            fates.update(report.fates)
        reports = sorted(self._reports, key=lambda report: (-report.end, report.session))
        return Audit(
            sessions=tuple(reports),
            findings=tuple(sorted(self._findings, key=_order)[:MAX_FINDINGS]),
            noise=noise(reports),
            fates=dict(fates),
            calls=self.calls,
            stopped=sum(report.stopped for report in reports),
            kept=sum(report.kept for report in reports),
            begin=min((report.begin for report in reports if report.begin), default=0),
            end=max((report.end for report in reports), default=0),
            damage=dict(damage.reasons),
            timelines=tuple(self._timelines),
        )


def noise(reports: Sequence[SessionReport]) -> Noise:
    """How often a person would have been asked; sessions without a call count for nothing."""
    counts = sorted(report.questions for report in reports if report.calls)
    calls = sum(report.calls for report in reports)
    rules: Counter[str] = Counter()
    for report in reports:
        rules.update(report.rules)
    return Noise(
        questions=sum(counts), median=quantile(counts, 0.5), p90=quantile(counts, 0.9),
        per_100_calls=round(100 * sum(counts) / calls, 2) if calls else 0.0, rules=dict(rules.most_common()),
    )  # fmt: skip


def quantile(counts: Sequence[int], part: float) -> float:
    """The smallest count that so large a part of the sessions does not pass; 0 where there is none."""
    if not counts:
        return 0.0
    return float(counts[max(0, -int(-part * len(counts) // 1) - 1)])


def added(first: Compared, second: Compared) -> Compared:
    """Two units' comparisons."""
    return Compared(
        calls=first.calls + second.calls, questions_before=first.questions_before + second.questions_before,
        questions_after=first.questions_after + second.questions_after, moves=dict(Counter(first.moves) + Counter(second.moves)),
        examples=(first.examples + second.examples)[:MAX_EXAMPLES],
    )  # fmt: skip


def worst(findings: Iterable[Finding], count: int) -> list[tuple[Finding, int]]:
    """The worst findings, each kind with the same words once, with how often it was found."""
    times: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.kind, finding.text)
        times[key] += 1
        first.setdefault(key, finding)
    chosen = sorted(first.values(), key=_order)[:count]
    return [(finding, times[finding.kind, finding.text]) for finding in chosen]


def _order(finding: Finding) -> tuple[int, int, str, int]:
    return (_RANK[finding.severity], -finding.at, finding.session, finding.call)
