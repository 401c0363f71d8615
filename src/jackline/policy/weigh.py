"""The mask of points at which the layers permit one effect. The fast path: taken for every effect of every action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.policy.approvals import approved_strength
from jackline.policy.below import is_many, parts
from jackline.policy.covers import holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.effect import Effect, Resource
    from jackline.policy.covers import Holds
    from jackline.policy.folding import Facts
    from jackline.policy.layers import Policies
    from jackline.policy.posture import Posture


def weigh(
    policies: Policies, effect: Effect, facts: Facts, posture: Posture, protected: Sequence[Resource] = ()
) -> int:
    """The points at which every layer permits an effect, with all that it also touches."""
    resource = effect.resource
    decider = policies.decider(effect.verb, resource.kind)
    held = decider.holds[resource.reach]
    if posture.approved or posture.classes:
        held = holding(effect, resource, posture)
    found = decider.permitted(resource, effect, facts, held)
    if found and is_many(resource):
        found &= _weigh_parts(policies, effect, facts, posture, protected)
    return found


def _weigh_parts(
    policies: Policies, effect: Effect, facts: Facts, posture: Posture, protected: Sequence[Resource]
) -> int:
    found = -1
    for part in parts(effect, protected):
        decider = policies.decider(effect.verb, part.resource.kind)
        test = decider.permitted_below if part.below else decider.permitted
        if test is not None:
            found &= test(part.resource, effect, facts, holding(effect, part.resource, posture))
    return found


def holding(effect: Effect, resource: Resource, posture: Posture) -> Holds:
    """Where the remedies hold for an effect on a resource, with the approval that it already has."""
    approved = posture.approved
    if posture.classes:
        approved = max(approved, approved_strength(effect, posture.classes))
    return holds(effect.verb, resource.kind, resource.reach, approved)
