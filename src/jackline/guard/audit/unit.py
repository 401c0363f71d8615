"""One unit of files, replayed from its first line to its last: what a worker does."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Final

from jackline.clients.transcripts import Damage, Header, read
from jackline.core.history import Judged
from jackline.guard import totp
from jackline.guard.accounts import account_of, own_uid
from jackline.guard.audit.parts import Compared, Result
from jackline.guard.audit.session import SessionAudit
from jackline.guard.deciding import Guard
from jackline.guard.eyes import Eyes
from jackline.guard.history.replay import Replay
from jackline.guard.history.shelf import PastShelf
from jackline.guard.history.world import PastWorld
from jackline.guard.images import measurable, nameable
from jackline.guard.world import load_resources
from jackline.ledger import foreign
from jackline.ledger.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jackline.clients.transcripts import Entry, Rows
    from jackline.core.history import Finding, SessionReport, Timeline, Turn
    from jackline.guard.audit.parts import Candidate, Changed, Job, Wanted

MAX_LIVE: Final = 128
"""Sessions that are followed at once; the one that was not heard of for the longest time ends beyond that."""

MAX_SESSIONS: Final = 100_000
MAX_FINDINGS: Final = 5000
MAX_CANDIDATES: Final = 500
MAX_CHANGED: Final = 100
_EVERY: Final = 64


class StoppedError(Exception):
    """The audit was interrupted."""


class Bench:
    """What serves one unit after the other: the policies that judge, the user's words, the redactor."""

    def __init__(self, wanted: Wanted) -> None:
        """Raises `ConfigurationError` for a policy that cannot be used."""
        homes = wanted.where()
        self.shelf = PastShelf(homes, wanted.policy)
        self.second = PastShelf(homes, wanted.second) if wanted.second else None
        self.approvals = totp.strongest(homes.totp)
        self.resources = load_resources(homes.resources, account_of(own_uid()).home)
        self.eyes = Eyes(homes) if wanted.now else None
        self.measured = measurable if wanted.now else nameable
        self.redactor = Redactor(wanted.key)

    def replay(self) -> Replay:
        """A guard, a world and a memory of their own, for one unit."""
        world = PastWorld(self.resources, self.eyes)
        second = self._guard(self.second, world) if self.second is not None else None
        return Replay(self._guard(self.shelf, world), world, second)

    def _guard(self, shelf: PastShelf, world: PastWorld) -> Guard:
        return Guard(shelf, world, approvals=self.approvals, measured=self.measured)


def audit_unit(
    job: Job, bench: Bench, rows: Rows = foreign.rows, stopped: Callable[[], bool] = lambda: False
) -> Result:
    """What one unit comes to. Raises `StoppedError`; nothing else, whatever the files hold."""
    unit = _Unit(job, bench)
    try:
        for entry in _until(stopped, read(job.found, unit.damage, rows)):
            unit.take(entry)
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001 - a file that breaks its reader is counted, and the audit goes on
        unit.damage.unread(f"Jackline failed on it: {error!r}", job.found.paths[0])
    unit.finish()
    return unit.result()


def _until(stopped: Callable[[], bool], entries: Iterator[Entry]) -> Iterator[Entry]:
    """The entries, until the audit is interrupted. Raises `StoppedError`."""
    for number, entry in enumerate(entries):
        if number % _EVERY == 0 and stopped():
            raise StoppedError
        yield entry


class _Unit:
    """A unit while it is replayed. A session that has ended is kept as its report and its findings only."""

    def __init__(self, job: Job, bench: Bench) -> None:
        self.damage = Damage()
        self._job, self._bench, self._replay = job, bench, bench.replay()
        self._live: OrderedDict[str, SessionAudit] = OrderedDict()
        self._reports: list[SessionReport] = []
        self._findings: list[Finding] = []
        self._timelines: list[Timeline] = []
        self._candidates: dict[object, Candidate] = {}
        self._moves: Counter[str] = Counter()
        self._changed: list[Changed] = []
        self._calls = self._before = self._after = self._left_out = 0

    def take(self, entry: Header | Turn) -> None:
        """The next entry of the transcript."""
        session = self._session(entry.session)
        if isinstance(entry, Header):
            session.begins(entry)
            self._replay.begin(entry.session, entry.project, entry.parent)
            return
        self._show(self._replay.take(entry))

    def finish(self) -> None:
        """The transcript has ended."""
        for name in list(self._live):
            self._close(name)

    def result(self) -> Result:
        """What the unit comes to."""
        compared = None
        if self._bench.second is not None:
            compared = Compared(
                calls=self._calls, questions_before=self._before, questions_after=self._after, moves=dict(self._moves),
                examples=tuple(self._changed),
            )  # fmt: skip
        return Result(
            sessions=tuple(self._reports), findings=tuple(self._findings), left_out=self._left_out,
            candidates=tuple(self._candidates.values()), compared=compared, timelines=tuple(self._timelines), damage=self.damage,
        )  # fmt: skip

    def _session(self, name: str) -> SessionAudit:
        found = self._live.get(name)
        if found is None:
            while len(self._live) >= MAX_LIVE:
                self._close(next(iter(self._live)))
            wanted = self._job.wanted.timelines
            found = self._live[name] = SessionAudit(
                name,
                self._job.found.paths[0],
                self._bench.redactor,
                self._bench.measured,
                shown=wanted is None or name in wanted,
                failed=self._note,
            )
        self._live.move_to_end(name)
        return found

    def _note(self, what: str) -> None:
        self.damage.unread(what, self._job.found.paths[0])

    def _show(self, moments: Iterator[Turn | Judged]) -> None:
        for moment in moments:
            if isinstance(moment, Judged):
                self._session(moment.turn.session).see(moment, self._replay.other)
            else:
                self._session(moment.session).see(moment)

    def _close(self, name: str) -> None:
        """A session ends: its last calls are judged, and what it comes to is kept."""
        self._show(self._replay.end(name))
        session = self._live.pop(name)
        session.end()
        report = session.report()
        if len(self._reports) >= MAX_SESSIONS:
            self._note(f"more than {MAX_SESSIONS} sessions in one file")
            return
        self._reports.append(report)
        found = session.findings()
        room = MAX_FINDINGS - len(self._findings)
        self._findings += found[:room]
        self._left_out += session.left_out + max(0, len(found) - room)
        timeline = session.timeline()
        if timeline is not None:
            self._timelines.append(timeline)
        self._add_up(session, report)

    def _add_up(self, session: SessionAudit, report: SessionReport) -> None:
        for candidate in session.proposed():
            effect = candidate.effect
            known = self._candidates.get(effect)
            if known is None and len(self._candidates) >= MAX_CANDIDATES:
                break
            self._candidates[effect] = candidate if known is None else joined(known, candidate)
        self._calls += report.calls
        self._before += report.questions
        self._after += session.questions_after
        self._moves.update(session.compared)
        self._changed += session.changed[: MAX_CHANGED - len(self._changed)]


def joined(first: Candidate, second: Candidate) -> Candidate:
    """Two candidates for one effect."""
    return type(first)(
        effect=first.effect, seen=first.seen | second.seen, times=first.times + second.times, refused=first.refused + second.refused,
        failed=first.failed + second.failed, sessions=first.sessions | second.sessions, example=first.example,
    )  # fmt: skip
