"""The decision: effects and a posture in, a `Decision` with the cheapest remedies and its reasons out.

Each effect gives the mask of points (see `remedies`) at which all layers permit it; the action may run at the points
that all its effects have in common; the cheapest of these that the installation can give is chosen. `weigh` is the
fast path, taken for every effect; reasons are worked out (`reasons`) only where a decision is not a bare allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.core.decision import Decision
from jackline.policy.posture import seen_with
from jackline.policy.reasons import explain
from jackline.policy.remedies import ALL, BARE, cheapest, choice, offered
from jackline.policy.weigh import weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.effect import Effect, Resource
    from jackline.core.words import Verdict
    from jackline.policy.layers import Policies
    from jackline.policy.posture import Posture


def judge(
    policies: Policies, effects: Sequence[Effect], posture: Posture, protected: Sequence[Resource] = ()
) -> Decision:
    """Decide one action. `protected` are resources that an effect on a tree above them also touches: the guard's own
    files, and what the surroundings label. An action without effects is allowed: it does nothing."""
    effects = tuple(effects)
    seen = seen_with(posture.seen, effects)
    facts = posture.facts(seen)
    masks = [weigh(policies, effect, facts, posture, protected) for effect in effects]
    common = ALL
    for mask in masks:
        common &= mask
    if common & BARE:
        return Decision(verdict="allow", effects=effects, seen=seen, policy=policies.digest)
    reachable = common & offered(posture.available, posture.approvals)
    point = cheapest(reachable) if reachable else None
    reasons = explain(policies, effects, masks, facts, posture, protected, point)
    if point is None:
        return Decision(verdict="deny", effects=effects, reasons=reasons, seen=posture.seen, policy=policies.digest)
    chosen = choice(point)
    verdict: Verdict = "ask" if chosen.approval or "held" in chosen.remedies else "allow"
    return Decision(
        verdict=verdict,
        remedies=chosen.remedies,
        approval=chosen.approval,
        effects=effects,
        reasons=reasons,
        seen=seen,
        policy=policies.digest,
    )
