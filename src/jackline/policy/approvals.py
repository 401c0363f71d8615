"""Approvals and refusals: what a person's answer covers, and for how long.

An approval covers one action, bound by a digest of everything that was in front of the person, once and for ten
minutes; or a class, which is a pattern of effects (never of text) with an end. A refusal is bound to effects, so the
same effects in other words are refused as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.core.codec import digest
from jackline.core.words import UNDOS, Authorship, Environment, Kind, Label, Reach, Undo, Verb
from jackline.policy.names import UNKNOWN_PART

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jackline.core.action import Action
    from jackline.core.effect import Effect

APPROVAL_LIFETIME: Final = 10 * 60 * 1_000_000
"""How long an approval of one action stands, in microseconds."""

MAX_CLASS_LIFETIME: Final = 7 * 24 * 3600 * 1_000_000
"""How long an approval of a class may stand, in microseconds. What should last longer is a rule: a grant."""

MAX_REFUSALS: Final = 3
"""Refusals after which the session waits for a person."""


def binding(
    action: Action, effects: Sequence[Effect], *, surroundings: str, policy: str, session: str | None = None
) -> str:
    """The digest that ties an approval to an action: what it asks, where, in which session, what it would do, what
    the surroundings answered and which policy decided. The client's IDs and the agent's own account are not in it."""
    return digest(
        (
            action.tool,
            action.arguments,
            action.cwd,
            action.session if session is None else session,
            action.client,
            action.provenance,
            effects,
            surroundings,
            policy,
        )
    )


def same_effects(effects: Iterable[Effect]) -> str:
    """A digest of what an action does, however it was written: without evidence, order and repetition."""
    return digest(sorted({digest(_bare(effect)) for effect in effects}))


def _bare(effect: Effect) -> tuple[object, ...]:
    return (
        effect.verb,
        effect.resource.kind,
        effect.resource.name,
        effect.resource.environment,
        effect.resource.reach,
        effect.resource.port,
    )


class EffectPattern(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Effects that a person meant by "like this one". An empty `name` is any; one that ends in `/` is all below it.

    `labels` are those that an effect may bear: one label more, and it is not like this one. Neither is one that touches
    more than `at_most` (None is unbounded), or that is harder to put back.
    """

    verb: Verb
    kind: Kind
    name: str = ""
    environment: Environment | None = None
    reach: Reach | None = None
    port: int = 0
    authorship: Authorship = "none"
    labels: frozenset[Label] = frozenset()
    at_most: int | None = None
    reversible: Undo = "no"

    def matches(self, effect: Effect) -> bool:
        """Whether an effect is like this one in everything that can make it worse."""
        resource = effect.resource
        return (
            effect.verb == self.verb
            and resource.kind == self.kind
            and self._names(resource.name)
            and self.environment in {None, resource.environment}
            and self.reach in {None, resource.reach}
            and resource.port == self.port
            and effect.authorship == self.authorship
            and resource.labels <= self.labels
            and self._bounds(effect.extent.at_most)
            and UNDOS.index(effect.reversible) <= UNDOS.index(self.reversible)
            and effect.origin != "untrusted"
        )

    def _bounds(self, at_most: int | None) -> bool:
        return self.at_most is None or (at_most is not None and at_most <= self.at_most)

    def _names(self, name: str) -> bool:
        if not self.name:
            return True
        if UNKNOWN_PART in name:
            return name == self.name
        return name == self.name or (self.name.endswith("/") and name.startswith(self.name))


class ClassApproval(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An approval of all effects like some, of a strength, until a time (microseconds since the epoch), for sessions that
    have seen nothing but `seen`: a destination that was harmless is not, once a secret has been read."""

    pattern: EffectPattern
    strength: int
    until: int
    seen: frozenset[Label] = frozenset()

    def stands(self, seen: frozenset[Label], now: int) -> bool:
        """Whether it counts at a time, for an action after which the session would bear these labels."""
        return now < self.until and seen <= self.seen


def pattern_of(effect: Effect) -> EffectPattern:
    """The class that an effect is the example of."""
    resource = effect.resource
    return EffectPattern(
        effect.verb,
        resource.kind,
        resource.name,
        resource.environment,
        resource.reach,
        resource.port,
        effect.authorship,
        resource.labels,
        effect.extent.at_most,
        effect.reversible,
    )


def approved_strength(effect: Effect, classes: Sequence[ClassApproval]) -> int:
    """The strongest approval that the classes already give an effect. Those that do not stand were left out before."""
    return max((each.strength for each in classes if each.pattern.matches(effect)), default=0)
