"""The mask of points at which the layers permit one effect. The fast path: taken for every effect of every action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.policy.approvals import approved_strength
from jackline.policy.below import parts
from jackline.policy.covers import NOTHING_HOLDS, holds
from jackline.policy.names import UNKNOWN_PART
from jackline.policy.remedies import ALL, NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.effect import Effect, Resource
    from jackline.policy.compile import Facts, RuleTable
    from jackline.policy.covers import Holds
    from jackline.policy.layers import Policies
    from jackline.policy.posture import Posture


def weigh(
    policies: Policies, effect: Effect, facts: Facts, posture: Posture, protected: Sequence[Resource] = ()
) -> int:
    """The points at which every layer permits an effect, with all that it also touches."""
    resource = effect.resource
    found = ALL
    for layer in policies.layers:
        table = layer.table(effect.verb, resource.kind)
        mask = weigh_one(table, resource, effect, facts, NOTHING_HOLDS)
        if mask != ALL:
            mask = weigh_one(table, resource, effect, facts, holding(effect, resource, posture))
        found &= mask
    if found and ("tree" in resource.labels or UNKNOWN_PART in resource.name):
        for part in parts(resource, protected):
            found &= _weigh_part(policies, part.resource, effect, facts, posture, below=part.below)
    return found


def _weigh_part(
    policies: Policies, resource: Resource, effect: Effect, facts: Facts, posture: Posture, *, below: bool
) -> int:
    held = holding(effect, resource, posture)
    found = ALL
    for layer in policies.layers:
        table = layer.table(effect.verb, resource.kind)
        if not below:
            found &= weigh_one(table, resource, effect, facts, held)
        elif table.names:
            found &= weigh_below(table, resource, effect, facts, held)
    return found


def holding(effect: Effect, resource: Resource, posture: Posture) -> Holds:
    """Where the remedies hold for an effect, with the approval that it already has."""
    approved = posture.approved
    if posture.classes:
        approved = max(approved, approved_strength(effect, posture.classes))
    return holds(effect.verb, resource.kind, resource.reach, approved)


def weigh_one(table: RuleTable, resource: Resource, effect: Effect, facts: Facts, held: Holds) -> int:
    """The points at which a layer permits an effect on one resource."""
    permitted = NONE
    for rule in table.permits:
        permitted |= rule.test(resource, effect, facts, held)
        if permitted == ALL:
            break
    if permitted:
        for rule in table.forbids:
            permitted &= ~rule.test(resource, effect, facts, held)
    return permitted


def weigh_below(table: RuleTable, resource: Resource, effect: Effect, facts: Facts, held: Holds) -> int:
    """The same for all resources whose names begin with this one's: every name permitted, no name forbidden."""
    permitted = NONE
    for rule in table.permits:
        permitted |= (rule.below or rule.test)(resource, effect, facts, held)
    for rule in table.forbids:
        permitted &= ~(rule.below or rule.test)(resource, effect, facts, held)
    return permitted
