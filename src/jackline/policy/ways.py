"""What an action would need: each effect by itself, and all of them together, whatever can be had here.

`judge` looks for one choice that is permitted and can be had; this says all least choices, for an explanation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jackline.policy.posture import seen_with
from jackline.policy.remedies import ALL, Choice, cheapest, choice, minimal, offered
from jackline.policy.weigh import weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.effect import Effect, Resource
    from jackline.policy.layers import Policies
    from jackline.policy.posture import Posture


class Ways(NamedTuple):
    """`each`: for every effect, the cheapest choice that permits it by itself, None where none ever does. `all`: the least
    choices that permit the whole action, in order of cost; empty where none does. `here`: the cheapest of them that can
    be had. `rest`: the cheapest for the action without the effects that nothing permits, None where nothing is left."""

    each: tuple[Choice | None, ...]
    all: tuple[Choice, ...]
    here: Choice | None
    rest: Choice | None


def ways(policies: Policies, effects: Sequence[Effect], posture: Posture, protected: Sequence[Resource] = ()) -> Ways:
    """All least ways to have an action allowed."""
    facts = posture.facts(seen_with(posture.seen, effects))
    masks = [weigh(policies, effect, facts, posture, protected) for effect in effects]
    common = _common(masks)
    can_give = common & offered(posture.available, posture.approvals)
    left = [mask for mask in masks if mask]
    return Ways(
        each=tuple(_cheapest(mask) for mask in masks),
        all=minimal(common),
        here=_cheapest(can_give),
        rest=_cheapest(_common(left)) if left else None,
    )


def _common(masks: Sequence[int]) -> int:
    common = ALL
    for mask in masks:
        common &= mask
    return common


def _cheapest(mask: int) -> Choice | None:
    return choice(cheapest(mask)) if mask else None
