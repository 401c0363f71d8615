"""A policy proposed for this user: grants of what their own history shows to be safe. Proposed, never put in force.

A grant is proposed for an effect that would have been asked about again and again, that nobody ever refused, and that
can do no lasting harm by its nature: nothing irreversible, nothing in production, no secret, no opaque code, nothing that
untrusted text chose, nothing of unknown authorship, nothing whose name is not known whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.core.decision import Decision
from jackline.core.errors import JacklineError
from jackline.guard.configuration import read_settings
from jackline.guard.granting import grant_for, likeness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.words import Kind, Label, Verb
    from jackline.guard.audit.parts import Candidate
    from jackline.guard.paths import Homes

MIN_TIMES: Final = 3
"""How often an effect must have been asked about."""

MAX_GRANTS: Final = 30
_VERBS: Final[frozenset[Verb]] = frozenset(
    {"connect", "create", "modify", "configure", "execute", "terminate", "listen", "publish"}
)
_KINDS: Final[frozenset[Kind]] = frozenset({"file", "endpoint", "package", "process", "repository", "infrastructure"})
_NEVER: Final[frozenset[Label]] = frozenset(
    {
        "secret", "credential", "personal", "irreplaceable", "backup", "snapshot", "state_file", "protected", "client_settings", "root",
        "boot", "raw_device", "persistence", "shell_startup", "authorized_keys", "metadata_service", "unknown_port", "other_user",
        "unbounded", "tunnel", "miner", "security_control", "log", "guard_state", "forced", "default_branch", "body", "upload", "purchase",
        "untrusted", "injected", "uncommitted", "untracked", "unpushed", "debug", "process_input", "package_registry_write",
    }
)  # fmt: skip


class Proposed(Struct, frozen=True, kw_only=True, rename="camel"):
    """One grant: its rule, what it permits in words, and its history."""

    rule: str
    permits: str
    times: int
    sessions: int
    example: str = ""


class Proposal(Struct, frozen=True, kw_only=True, rename="camel"):
    """All grants. `spared` is how many questions they would have spared, at most: a call may need several."""

    grants: tuple[Proposed, ...] = ()
    spared: int = 0

    @property
    def text(self) -> str:
        """The grants as one Cedar text."""
        return "\n".join(f"// {grant.permits}: {_history(grant)}\n{grant.rule}" for grant in self.grants)


def propose(candidates: Iterable[Candidate], homes: Homes) -> Proposal:
    """The grants that a history speaks for, under the user's own policy; those that spare the most questions first."""
    settings = read_settings(homes)
    grants: list[Proposed] = []
    for candidate in candidates:
        if len(grants) >= MAX_GRANTS or not harmless(candidate):
            continue
        name = f"{candidate.effect.verb} {candidate.effect.resource.name}"
        decision = Decision(verdict="ask", effects=(candidate.effect,), seen=candidate.seen)
        try:
            grant = grant_for(likeness(decision, name, homes, settings))
        except JacklineError:
            continue  # it is allowed as it is, or a layer above says never
        grants.append(
            Proposed(
                rule=grant.text,
                permits="; ".join(grant.sentences),
                times=candidate.times,
                sessions=len(candidate.sessions),
                example=candidate.example,
            )
        )
    return Proposal(grants=tuple(grants), spared=sum(grant.times for grant in grants))


def harmless(candidate: Candidate) -> bool:
    """Whether an effect's nature and its history both speak for a grant."""
    effect, resource = candidate.effect, candidate.effect.resource
    return (
        candidate.times >= MIN_TIMES
        and not candidate.refused
        and candidate.failed < candidate.times
        and effect.verb in _VERBS
        and resource.kind in _KINDS
        and resource.environment != "production"
        and (effect.reversible != "no" or effect.verb in {"connect", "publish"})
        and effect.origin != "untrusted"
        and effect.authorship not in {"fetched", "unknown"}
        and effect.extent.at_most is not None
        and "*" not in resource.name
        and resource.labels.isdisjoint(_NEVER)
        and candidate.seen.isdisjoint({"secret", "credential", "personal", "injected"})
    )


def _history(grant: Proposed) -> str:
    return f"asked {grant.times} times in {grant.sessions} session{'s' if grant.sessions != 1 else ''}, never refused"
