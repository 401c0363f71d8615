"""History: what a session left behind, turn by turn, and what is found in it.

A transcript of any client is read as `Turn`s, in the order in which they happened; each call among them is judged as
if the guard had been there (`Judged`); detectors read the whole and name what a person should look at (`Finding`). What
many sessions come to is an `Audit`: the one value that every report is drawn from, with its secrets taken out already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

from msgspec import Struct

from jackline.core.action import Action
from jackline.core.decision import Decision

if TYPE_CHECKING:
    from jackline.core.words import Remedy

TurnKind = Literal["prompt", "said", "call", "result", "system"]
"""`prompt`: a person's text. `said`: the agent's own text, a claim. `call`: a tool is called. `result`: what came back,
untrusted unless the tool is known to be trusted. `system`: the client's text (a summary after compaction, a reminder)."""

Outcome = Literal["succeeded", "failed", "refused", "unknown"]
"""`refused`: the client or a person said no, and nothing ran. `unknown`: the transcript does not say."""

Severity = Literal["note", "low", "medium", "high", "critical"]

Fate = Literal["allowed", "undoable", "contained", "rehearsed", "asked", "held", "refused"]
"""What Jackline would have done with a call: the verdict, and for an allowed one the dearest remedy that it needed."""


FATES: Final[tuple[Fate, ...]] = get_args(Fate)
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
QUESTIONS: Final[frozenset[Fate]] = frozenset({"asked", "held"})
"""What takes a person's time. A call that is refused takes none."""


class Turn(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, tag_field="moment", tag="turn"):
    """One thing in a transcript. `at` is microseconds since the epoch (0: not said); `call` pairs a call with its result.

    `session` is the session that it belongs to, and `parent` the session of the agent that started a sub-agent.
    `action` is there for a call. `outcome` and `exit_code` are there for a result, as far as the transcript says.
    `line` is where it stands in its file (1-based line, or index of the message).
    """

    kind: TurnKind
    session: str
    parent: str = ""
    at: int = 0
    text: str = ""
    call: str = ""
    action: Action | None = None
    outcome: Outcome = "unknown"
    exit_code: int | None = None
    line: int = 0


class Judged(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, tag_field="moment", tag="judged"):
    """A call with the decision that it would have got, and what the transcript says became of it.

    `index` counts the calls of its session from 1. `result` is the text that came back, shortened. `knew`: the calls up
    to this index had their results when it was made, so that it may have followed those and no others.
    """

    turn: Turn
    decision: Decision
    index: int
    outcome: Outcome = "unknown"
    exit_code: int | None = None
    result: str = ""
    knew: int = 0


class Finding(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Something that a person should look at. `kind` is the detector's name; `text` one sentence, without secrets.

    `call` is the index of the call that it is about (0: about the session), `line` where it stands in the transcript.
    `fate` is what would have become of the call; `rule` the policy's rule that says so. `asi` and `atlas` are IDs of the
    OWASP Top 10 for Agentic Applications and of MITRE ATLAS.
    """

    kind: str
    severity: Severity
    session: str
    text: str
    at: int = 0
    call: int = 0
    line: int = 0
    fate: Fate = "allowed"
    rule: str = ""
    evidence: str = ""
    asi: tuple[str, ...] = ()
    atlas: tuple[str, ...] = ()


class SessionReport(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What one session comes to. `begin` and `end` are microseconds since the epoch, 0 where no turn says its time.

    `project` is the directory that the session began in, `file` where its transcript stands, `version` the client's.
    `fates` counts its calls; `rules` those that a person would have been asked about, by the rule that asks. `stopped`
    are the calls that the client or a person refused then. `kept` are the calls whose changes the guard could have put
    back. `damage` counts what could not be read in the transcript, by what was wrong with it.
    """

    session: str
    client: str = ""
    version: str = ""
    project: str = ""
    file: str = ""
    parent: str = ""
    begin: int = 0
    end: int = 0
    calls: int = 0
    stopped: int = 0
    kept: int = 0
    fates: dict[Fate, int] = {}
    rules: dict[str, int] = {}
    findings: int = 0
    damage: dict[str, int] = {}

    @property
    def questions(self) -> int:
        """How often a person would have been asked."""
        return sum(count for fate, count in self.fates.items() if fate in QUESTIONS)


class Noise(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How often a person would have been asked: in all, per session, per 100 calls, and by rule (the most first)."""

    questions: int = 0
    median: float = 0.0
    p90: float = 0.0
    per_100_calls: float = 0.0
    rules: dict[str, int] = {}


class Timeline(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A session turn by turn, for a reader: texts are shortened. `cut` says that turns were left out at its end."""

    session: str
    moments: tuple[Turn | Judged, ...] = ()
    cut: bool = False


class Audit(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What all sessions come to: no text in it holds a secret of a known form.

    `findings` are the worst first. `timelines` are those that were asked for, or of the sessions that have findings.
    `policy` is the digest of the policies that judged, `version` Jackline's. `complete` is false where the audit was
    interrupted. `looked` are the places in which transcripts were looked for, `damage` what could not be read there.
    """

    sessions: tuple[SessionReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    noise: Noise = Noise()
    fates: dict[Fate, int] = {}
    calls: int = 0
    stopped: int = 0
    kept: int = 0
    begin: int = 0
    end: int = 0
    files: int = 0
    damage: dict[str, int] = {}
    timelines: tuple[Timeline, ...] = ()
    policy: str = ""
    version: str = ""
    complete: bool = True
    looked: tuple[str, ...] = ()


def fate_of(decision: Decision) -> Fate:
    """What a decision comes to for who asked."""
    if decision.verdict == "deny":
        return "refused"
    if decision.verdict == "ask":
        return "held" if "held" in decision.remedies else "asked"
    for remedy, fate in _DEAREST:
        if remedy in decision.remedies:
            return fate
    return "allowed"


def rule_of(decision: Decision) -> str:
    """The rule that a decision rests on, "" where it is a bare allow."""
    return decision.reasons[0].rule if decision.reasons else ""


_DEAREST: Final[tuple[tuple[Remedy, Fate], ...]] = (
    ("rehearsed", "rehearsed"),
    ("undoable", "undoable"),
    ("contained", "contained"),
)
