"""History: what a session left behind, turn by turn, and what is found in it.

A transcript of any client is read as `Turn`s, in the order in which they happened; each call among them is judged as
if the guard had been there (`Judged`); detectors read the whole and name what a person should look at (`Finding`).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from jackline.core.action import Action
from jackline.core.decision import Decision

TurnKind = Literal["prompt", "said", "call", "result", "system"]
"""`prompt`: a person's text. `said`: the agent's own text, a claim. `call`: a tool is called. `result`: what came back,
untrusted unless the tool is known to be trusted. `system`: the client's text (a summary after compaction, a reminder)."""

Outcome = Literal["succeeded", "failed", "refused", "unknown"]
"""`refused`: the client or a person said no, and nothing ran. `unknown`: the transcript does not say."""

Severity = Literal["note", "low", "medium", "high", "critical"]

Fate = Literal["allowed", "undoable", "contained", "rehearsed", "asked", "held", "refused"]
"""What Jackline would have done with a call: the verdict, and for an allowed one the dearest remedy that it needed."""


class Turn(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
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


class Judged(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A call with the decision that it would have got, and what the transcript says became of it.

    `index` counts the calls of its session from 1. `result` is the text that came back, shortened.
    """

    turn: Turn
    decision: Decision
    index: int
    outcome: Outcome = "unknown"
    exit_code: int | None = None
    result: str = ""


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
