"""An audit from its beginning to its end: find the transcripts, leave out what is known, replay the rest, add it up."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from jackline.clients.transcripts import SOURCES, Damage, open_transcripts
from jackline.core.history import SEVERITIES, Audit, Finding
from jackline.guard import totp
from jackline.guard.audit.assemble import Choice, Whole
from jackline.guard.audit.cache import Cache, identity, redaction_key
from jackline.guard.audit.parts import Job, Wanted
from jackline.guard.audit.pool import run
from jackline.guard.history.shelf import PastShelf
from jackline.guard.world.disk import read_bytes

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from jackline.clients.transcripts import Found
    from jackline.core.history import SessionReport
    from jackline.guard.audit.parts import Candidate, Compared, Result
    from jackline.guard.paths import Homes

MAX_TIMELINES: Final = 60
"""Sessions that are shown turn by turn in a page; those with the worst findings first."""

FEW: Final = 8
SMALL: Final = 512 * 1024
"""Bytes of a transcript that is replayed in a moment."""

MAX_WORDS: Final = 1024 * 1024
_NANOS: Final = 1000


class Request(Struct, frozen=True, kw_only=True):
    """What is asked for. `since` is microseconds since the epoch; `paths` empty means the usual places; `policy` and
    `second` are names or files; `turns`: the sessions with findings are wanted turn by turn as well."""

    paths: tuple[str, ...] = ()
    since: int = 0
    clients: tuple[str, ...] = ()
    project: str = ""
    session: str = ""
    policy: str = ""
    second: str = ""
    now: bool = False
    turns: bool = False
    processes: int = 0


class Step(Struct, frozen=True, kw_only=True):
    """How far it is: bytes of transcripts, calls, and the findings that came with this step."""

    done: int
    total: int
    calls: int
    findings: tuple[Finding, ...] = ()


class Auditing:
    """One audit. `steps` does the work; `report` can be asked for whenever it stops."""

    def __init__(self, request: Request, homes: Homes, environment: Mapping[str, str]) -> None:
        """Finds the transcripts. Raises `UsageError` for a path or a client that there is not, and `ConfigurationError`
        for a policy that cannot be used."""
        self.damage = Damage()
        self._request, self._home = request, Path(os.path.expanduser("~"))
        self._environment = environment
        self.shelf = PastShelf(homes, request.policy)
        if request.second:
            PastShelf(homes, request.second)
        found = open_transcripts(
            [Path(path) for path in request.paths], self._home, environment, request.clients, self.damage
        )
        self.found = in_order([unit for unit in found if unit.modified // _NANOS >= request.since])
        self._wanted = Wanted(
            homes=(homes.config, homes.state, homes.runtime),
            policy=request.policy,
            second=request.second,
            now=request.now,
            key=redaction_key(homes),
        )
        self._cache = None if request.now or request.second else Cache(homes, self._way(homes))
        self._whole = Whole(Choice(since=request.since, project=request.project, session=request.session))
        self._complete = False

    @property
    def looked(self) -> tuple[str, ...]:
        """Where transcripts were looked for."""
        if self._request.paths:
            return self._request.paths
        names = self._request.clients or tuple(SOURCES)
        places = (place for name in names for place in SOURCES[name]().find(self._home, self._environment))
        return tuple(dict.fromkeys(str(place) for place in places))

    @property
    def candidates(self) -> list[Candidate]:
        """What was asked about, for a proposal."""
        return self._whole.candidates

    @property
    def compared(self) -> Compared | None:
        """The comparison with the second policy."""
        return self._whole.compared

    def steps(self) -> Generator[Step, None, None]:
        """Do the work, step by step; closing it ends the work."""
        total, done = sum(unit.size for unit in self.found), 0
        jobs: list[tuple[str, Job]] = []
        for unit in self.found:
            name = identity(unit) if self._cache is not None else ""
            known = self._cache.get(name) if self._cache is not None else None
            if known is None:
                jobs.append((name, Job(unit, self._wanted)))
                continue
            done += unit.size
            yield self._step(self._add(known), done, total)
        for index, result in run([job for _, job in jobs], self._wanted, self._request.processes):
            name, job = jobs[index]
            if self._cache is not None:
                self._cache.put(name, result)
            done += job.found.size
            yield self._step(self._add(result), done, total)
        if self._request.turns or self._request.session:
            self._add_timelines()
        self._complete = True

    def report(self) -> Audit:
        """The audit of what has been read by now; what was judged is kept for the next one."""
        if self._cache is not None:
            self._cache.save()
        audit = self._whole.audit(self.damage)
        return replace(
            audit, files=sum(len(unit.paths) for unit in self.found), policy=self.shelf.digest, version=version(),
            complete=self._complete, looked=self.looked,
        )  # fmt: skip

    def _step(self, findings: list[Finding], done: int, total: int) -> Step:
        return Step(done=done, total=total, calls=self._whole.calls, findings=tuple(findings))

    def _add(self, result: Result) -> list[Finding]:
        self.damage.add(result.damage)
        return self._whole.add(result)

    def _add_timelines(self) -> None:
        """The sessions that are wanted turn by turn are replayed once more, with that."""
        audit = self._whole.audit(self.damage)
        chosen = {report.session: report.file for report in _shown(audit, asked=bool(self._request.session))}
        wanted = replace(self._wanted, timelines=frozenset(chosen))
        units = [unit for unit in self.found if unit.paths[0] in set(chosen.values())]
        for _, result in run([Job(unit, wanted) for unit in units], wanted, self._request.processes):
            self._whole.add_timelines(result)

    def _way(self, homes: Homes) -> dict[str, object]:
        """All that a result depends on beside the transcript."""
        words = read_bytes(homes.resources, MAX_WORDS) or b""
        return {
            "version": version(), "policy": self.shelf.digest, "settings": msgspec.to_builtins(self.shelf.settings), "words": words.hex(),
            "approvals": totp.strongest(homes.totp), "key": self._wanted.key.hex(), "home": str(self._home),
        }  # fmt: skip


def version() -> str:
    """Jackline's version; "" in a source tree that was never installed."""
    try:
        return installed_version("jackline")
    except PackageNotFoundError:
        return ""


def in_order(units: list[Found]) -> list[Found]:
    """The latest first; but before them a few that are small, so that the first findings do not wait for a large one."""
    latest = sorted(units, key=lambda unit: -unit.modified)
    small = [unit for unit in latest if unit.size <= SMALL][:FEW]
    early = {unit.paths for unit in small}
    return small + [unit for unit in latest if unit.paths not in early]


def _shown(audit: Audit, *, asked: bool) -> list[SessionReport]:
    """The sessions that are shown turn by turn: those asked for, else the ones with the worst findings, then the latest."""
    if asked:
        return list(audit.sessions[:MAX_TIMELINES])
    rank = {severity: index for index, severity in enumerate(SEVERITIES)}
    worst: dict[str, int] = {}
    for finding in audit.findings:
        worst[finding.session] = max(worst.get(finding.session, 0), rank[finding.severity])
    ordered = sorted(audit.sessions, key=lambda report: (-worst.get(report.session, -1), -report.end))
    return ordered[:MAX_TIMELINES]
