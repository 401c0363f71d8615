"""The decision: effects and a posture in, a `Decision` with the cheapest remedies and its reasons out.

Each effect gives the mask of points (see `remedies`) at which all layers permit it; the action may run at the points
that all its effects have in common; the cheapest of these that the installation can give is chosen. `weighing` is the
fast path, taken for every action; what can be given is settled afterwards, so that two offers need no second weighing,
and reasons are worked out (`reasons`) only where a decision is not a bare allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from jackline.core.decision import Decision
from jackline.core.inner import FrozenInner
from jackline.policy.posture import seen_with
from jackline.policy.reasons import explain
from jackline.policy.remedies import ALL, BARE, cheapest, choice, offered
from jackline.policy.weigh import weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.effect import Effect, Resource
    from jackline.core.words import Label, Remedy, Verdict
    from jackline.policy.folding import Facts
    from jackline.policy.layers import Policies
    from jackline.policy.posture import Posture


class Weighing(FrozenInner, frozen=True):
    """What the layers permit of one action, before it is known what can be given for it. `masks` are the points at which
    they permit each effect, `common` those that all effects share; `seen` are the session's labels once it has run."""

    policies: Policies
    effects: tuple[Effect, ...]
    posture: Posture
    protected: Sequence[Resource]
    seen: frozenset[Label]
    facts: Facts
    masks: tuple[int, ...]
    common: int

    @property
    def bare(self) -> bool:
        """Whether it may run as it is, whatever can be given."""
        return self.common & BARE != 0

    def point(self, available: frozenset[Remedy], approvals: int) -> int | None:
        """The cheapest point that can be had with these remedies, and approval up to this strength."""
        reachable = self.common & offered(available, approvals)
        return cheapest(reachable) if reachable else None

    def settle(self, available: frozenset[Remedy], approvals: int) -> Decision:
        """The decision, where these remedies can be given and approval up to this strength be asked for."""
        effects, digest = self.effects, self.policies.digest
        if self.bare:
            return Decision(verdict="allow", effects=effects, seen=self.seen, policy=digest)
        point = self.point(available, approvals)
        posture = replace(self.posture, available=available, approvals=approvals)
        reasons = explain(self.policies, effects, self.masks, self.facts, posture, self.protected, point)
        if point is None:
            return Decision(verdict="deny", effects=effects, reasons=reasons, seen=self.posture.seen, policy=digest)
        chosen = choice(point)
        verdict: Verdict = "ask" if chosen.approval or "held" in chosen.remedies else "allow"
        return Decision(
            verdict=verdict,
            remedies=chosen.remedies,
            approval=chosen.approval,
            effects=effects,
            reasons=reasons,
            seen=self.seen,
            policy=digest,
        )


def weighing(
    policies: Policies, effects: Sequence[Effect], posture: Posture, protected: Sequence[Resource] = ()
) -> Weighing:
    """Weigh one action. `protected` are resources that an effect on a tree above them also touches: the guard's own
    files, and what the surroundings label."""
    effects = tuple(effects)
    seen = seen_with(posture.seen, effects)
    facts = posture.facts(seen)
    masks = tuple([weigh(policies, effect, facts, posture, protected) for effect in effects])
    common = ALL
    for mask in masks:
        common &= mask
    return Weighing(policies, effects, posture, protected, seen, facts, masks, common)


def judge(
    policies: Policies, effects: Sequence[Effect], posture: Posture, protected: Sequence[Resource] = ()
) -> Decision:
    """Decide one action with what its posture says can be given. An action without effects is allowed: it does nothing."""
    return weighing(policies, effects, posture, protected).settle(posture.available, posture.approvals)
