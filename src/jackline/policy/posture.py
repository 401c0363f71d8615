"""What a decision is given beside the effects: who acts, what the session has seen, what this installation can give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.core.words import SESSION_LABELS, Assurance, Label, Remedy
from jackline.policy.approvals import ClassApproval
from jackline.policy.folding import Facts
from jackline.policy.vocabulary import NO_PHASE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.effect import Effect


class Posture(Struct, frozen=True):
    """The session that asks, and what can be given for this action.

    `available` are the remedies that this installation can give for it; `approvals` is the highest strength that can
    be asked for (0: nobody to ask). `approved` is the strength that was already given for this very action, and
    `classes` are approvals that stand for effects like some; with these an effect needs no new question.
    """

    agent: str = "unknown"
    teams: tuple[str, ...] = ()
    seen: frozenset[Label] = frozenset()
    phase: str = NO_PHASE
    assurance: Assurance = "hooked"
    within_budget: bool = True
    available: frozenset[Remedy] = frozenset()
    approvals: int = 0
    approved: int = 0
    classes: tuple[ClassApproval, ...] = ()

    def facts(self, seen: frozenset[Label]) -> Facts:
        """What rules read of the session, with the labels that count for this action."""
        return Facts(self.agent, frozenset(self.teams), seen, self.phase, self.assurance, self.within_budget)


_TRUSTED_ENDPOINTS: Final[frozenset[Label]] = frozenset({"registry", "model_api", "loopback"})
"""What comes from these was not written by strangers for this agent to read."""


def seen_with(seen: frozenset[Label], effects: Iterable[Effect]) -> frozenset[Label]:
    """The labels of a session once it has done all of `effects`, those of a read by the same action among them."""
    gained: set[Label] = set()
    for effect in effects:
        resource = effect.resource
        if effect.verb == "read":
            gained.update(resource.labels & SESSION_LABELS)
            if resource.kind == "secret":
                gained.add("secret")
            if effect.origin == "untrusted" or resource.kind == "message":
                gained.add("untrusted")
        elsewhere = resource.kind == "endpoint" and resource.labels.isdisjoint(_TRUSTED_ENDPOINTS)
        if elsewhere and effect.verb in {"connect", "read"}:
            gained.add("untrusted")
    return seen if seen.issuperset(gained) else seen | gained
