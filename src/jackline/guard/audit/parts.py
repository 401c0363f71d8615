"""What goes into a worker and what comes out of it: plain data, so that it can be sent, kept and added up."""

from __future__ import annotations

from msgspec import Struct, field

from jackline.clients.transcripts import Damage, Found
from jackline.core.effect import Effect
from jackline.core.history import Fate, Finding, SessionReport, Timeline
from jackline.core.words import Label
from jackline.guard.paths import Homes


class Wanted(Struct, frozen=True, kw_only=True):
    """How units are replayed.

    `policy` and `second` name policies ("" for the one in force, and for none). `now` lets today's disk fill in what a
    transcript does not show. `key` is the redactor's. `timelines` are the sessions that are wanted turn by turn; None
    for all of them.
    """

    homes: tuple[str, str, str]
    policy: str = ""
    second: str = ""
    now: bool = False
    key: bytes = b""
    timelines: frozenset[str] | None = frozenset()

    def where(self) -> Homes:
        """The guard's folders."""
        return Homes(*self.homes)


class Job(Struct, frozen=True):
    """One unit of files, replayed as is wanted."""

    found: Found
    wanted: Wanted


class Candidate(Struct, frozen=True, kw_only=True, rename="camel"):
    """An effect that would have been asked about, and what became of the calls that had it.

    `effect` is without evidence; `seen` are the labels that all sessions bore that had it by then. `times` counts calls,
    `refused` those that a person or the client refused, `failed` those that failed. `example` is one of the calls.
    """

    effect: Effect
    seen: frozenset[Label]
    times: int = 0
    refused: int = 0
    failed: int = 0
    sessions: frozenset[str] = frozenset()
    example: str = ""


class Changed(Struct, frozen=True, kw_only=True, rename="camel"):
    """A call that two policies judge differently."""

    session: str
    call: int
    text: str
    before: Fate
    after: Fate
    rule_before: str = ""
    rule_after: str = ""


class Compared(Struct, frozen=True, kw_only=True, rename="camel"):
    """The same calls under two policies. `moves` counts calls by `before>after`, for those that differ."""

    calls: int = 0
    questions_before: int = 0
    questions_after: int = 0
    moves: dict[str, int] = {}
    examples: tuple[Changed, ...] = ()


class Result(Struct, frozen=True, kw_only=True, rename="camel"):
    """What one unit comes to."""

    sessions: tuple[SessionReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    left_out: int = 0
    candidates: tuple[Candidate, ...] = ()
    compared: Compared | None = None
    timelines: tuple[Timeline, ...] = ()
    damage: Damage = field(default_factory=Damage)
