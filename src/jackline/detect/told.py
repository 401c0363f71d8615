"""What one finding says, made from the call that it is about; and the IDs of the taxonomies, in one table.

The IDs are those of the OWASP Top 10 for Agentic Applications (ASI, 2026) and of MITRE ATLAS 5.6.1. ATLAS tells of
adversaries: what a model does by itself has no technique there, and gets none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from jackline.core.history import Finding, Severity, fate_of, rule_of

if TYPE_CHECKING:
    from jackline.core.effect import Effect
    from jackline.core.history import Judged, Turn

TAXONOMY: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "irreversible": (("ASI02",), ("AML.T0101",)),
    "production": (("ASI02", "ASI03"), ()),
    "secrets": (("ASI02", "ASI03"), ("AML.T0086", "AML.T0098")),
    "outside": (("ASI02",), ()),
    "lasting": (("ASI03", "ASI10"), ("AML.T0081",)),
    "checks": (("ASI09", "ASI10"), ()),
    "respelled": (("ASI10",), ()),
    "fetched": (("ASI04", "ASI05"), ()),
    "tunnels": (("ASI02", "ASI10"), ("AML.T0072",)),
    "injection": (("ASI01",), ("AML.T0051.001",)),
    "claims": (("ASI09",), ()),
}
"""The kind of a finding → its IDs: OWASP ASI, ATLAS."""

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
_MAX_NAME: Final = 120


def finding(kind: str, severity: Severity, text: str, about: Judged, *, rule: str = "", evidence: str = "") -> Finding:
    """A finding about a call. `rule` is the policy's rule, by default the one that the decision rests on."""
    asi, atlas = TAXONOMY[kind]
    return Finding(
        kind=kind,
        severity=severity,
        session=about.turn.session,
        text=text,
        at=about.turn.at,
        call=about.index,
        line=about.turn.line,
        fate=fate_of(about.decision),
        rule=rule or rule_of(about.decision),
        evidence=shown(evidence),
        asi=asi,
        atlas=atlas,
    )


def about_words(kind: str, severity: Severity, text: str, turn: Turn, *, evidence: str = "") -> Finding:
    """A finding about what was said, not about a call."""
    asi, atlas = TAXONOMY[kind]
    return Finding(
        kind=kind, severity=severity, session=turn.session, text=text, at=turn.at, line=turn.line,
        evidence=shown(evidence), asi=asi, atlas=atlas,
    )  # fmt: skip


def lowered(severity: Severity, steps: int) -> Severity:
    """A severity so many steps down, never below `note`."""
    return SEVERITIES[max(0, SEVERITIES.index(severity) - steps)]


def after_outcome(severity: Severity, judged: Judged) -> Severity:
    """What did not come about weighs less: an attempt that failed one step, one that was refused two."""
    return lowered(severity, {"failed": 1, "refused": 2}.get(went(judged), 0))


_FAILURES: Final = (
    "error",
    "traceback",
    "exception",
    "failed",
    "permission denied",
    "not found",
    "valueerror",
    "invalid",
)
"""How an answer begins that says of itself that nothing came about, where the transcript does not."""


def went(judged: Judged) -> str:
    """The outcome that the transcript tells, else the one that the answer itself tells."""
    if judged.outcome != "unknown":
        return judged.outcome
    if judged.exit_code is not None:
        return "failed" if judged.exit_code else "succeeded"
    return "failed" if judged.result[:40].lstrip(" \"'[{<(").lower().startswith(_FAILURES) else "unknown"


def shown(name: str) -> str:
    """A name as a sentence may hold it: one line, no control characters, bounded."""
    line = "".join(mark if mark.isprintable() else " " for mark in name[: 2 * _MAX_NAME])
    return line if len(line) <= _MAX_NAME else line[: _MAX_NAME - 1] + "…"


def target(effect: Effect) -> str:
    """The resource of an effect in a sentence. A secret is named by its place, never by its value."""
    return f"{effect.resource.kind} `{shown(effect.resource.name)}`"
