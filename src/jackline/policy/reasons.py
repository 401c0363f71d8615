"""Why: for each effect that is not plainly permitted, the rule, the evidence, and what would make it allowed.

What a reason suggests is computed from what all rules have in common for the whole action, so it never suggests what
another rule denies.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal

from jackline.core.decision import Reason
from jackline.core.inner import FrozenInner
from jackline.policy.below import Part, is_many, parts
from jackline.policy.remedies import ALL, BARE, Choice, cheapest, choice, minimal, offered
from jackline.policy.weigh import holding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from jackline.core.effect import Effect, Resource
    from jackline.core.words import Label, Remedy, Verb
    from jackline.policy.compile import CompiledRule
    from jackline.policy.covers import Holds
    from jackline.policy.folding import Facts
    from jackline.policy.layers import Policies
    from jackline.policy.posture import Posture
    from jackline.policy.syntax import Policy

NO_RULE: Final = "no-rule"
"""What a reason names where no rule permits an effect."""

MAX_REASONS: Final = 12

DEEDS: Final[dict[Verb, str]] = {
    "read": "reads",
    "create": "creates",
    "modify": "changes",
    "delete": "deletes",
    "execute": "runs",
    "install": "installs",
    "terminate": "stops",
    "connect": "connects to",
    "send": "sends data to",
    "listen": "opens a port at",
    "grant": "grants rights on",
    "persist": "arranges for later through",
    "configure": "changes the settings of",
    "publish": "publishes to",
    "spend": "spends on",
    "opaque": "runs what could not be read:",
}
"""Verbs as a sentence about the action has them."""

REMEDY_WORDS: Final[dict[Remedy, str]] = {
    "contained": "contained",
    "undoable": "undoable",
    "rehearsed": "rehearsed first",
    "held": "held until a person reviews it",
}
APPROVALS: Final = ("", "approved by a person", "approved with a second factor", "approved by two people")
_ANSWERS: Final = (
    "",
    "a person approves it: `jackline approve`",
    "a person approves it with a second factor: `jackline approve`",
    "two people approve it: `jackline approve`",
)


class Bearing(FrozenInner, frozen=True):
    """What one layer says of an effect on one resource: the points at which it permits, and the rules for such effects, in
    the order of the text. With `below` the resource stands for all names that begin like its own."""

    resource: Resource
    below: bool
    mask: int
    rules: tuple[CompiledRule, ...]
    effect: Effect
    facts: Facts
    held: Holds

    def permitting(self, point: int) -> Policy | None:
        """The first permit that holds at a point."""
        return self._first("permit", 1 << point)

    def forbidding(self, points: int) -> Policy | None:
        """The first forbid that holds at all of these points."""
        return self._first("forbid", points)

    def _first(self, effect: Literal["permit", "forbid"], points: int) -> Policy | None:
        for rule in self.rules:
            test = rule.below if self.below else rule.test
            if rule.policy.effect == effect and points & ~test(self.resource, self.effect, self.facts, self.held) == 0:
                return rule.policy
        return None


def bearings(
    policies: Policies, effect: Effect, facts: Facts, posture: Posture, protected: Sequence[Resource] = ()
) -> Iterator[Bearing]:
    """What each layer says, first on the effect's own resource, then on all else that it touches."""
    places: Iterable[Part] = (Part(effect.resource, below=False),)
    if is_many(effect.resource):
        places = chain(places, parts(effect, protected))
    for resource, below in places:
        held = holding(effect, resource, posture)
        for layer in policies.layers:
            table = layer.table(effect.verb, resource.kind)
            mask = (table.below if below else table.here)(resource, effect, facts, held)
            yield Bearing(resource, below, mask, table.rules, effect, facts, held)


def explain(
    policies: Policies,
    effects: Sequence[Effect],
    masks: Sequence[int],
    facts: Facts,
    posture: Posture,
    protected: Sequence[Resource],
    point: int | None,
) -> tuple[Reason, ...]:
    """The reasons of a decision that is not a bare allow. `point` is what was chosen, None for a denial."""
    common = ALL
    for mask in masks:
        common &= mask
    can_give = offered(posture.available, posture.approvals)
    blocking = [index for index, mask in enumerate(masks) if point is None and not mask & can_give]
    concerned = blocking or [index for index, mask in enumerate(masks) if not mask & BARE]
    reasons: list[Reason] = []
    for index in concerned:
        found = bearings(policies, effects[index], facts, posture, protected)
        if point is None:
            reason = _denied(index, effects[index], masks[index], common, can_give, found)
        else:
            reason = _needed(index, effects[index], masks[index], common, point, can_give, found)
        if not any((reason.rule, reason.text) == (other.rule, other.text) for other in reasons):
            reasons.append(reason)
        if len(reasons) == MAX_REASONS:
            break
    return tuple(reasons)


def _decisive(found: Iterator[Bearing], points: int) -> Bearing:
    """The first that permits at none of these points; where only several together leave none, the first that limits."""
    first = next(found)
    limiting = None
    for each in chain((first,), found):
        if not each.mask & points:
            return each
        if limiting is None and each.mask != ALL:
            limiting = each
    return limiting or first


def _denied(index: int, effect: Effect, mask: int, common: int, can_give: int, found: Iterator[Bearing]) -> Reason:
    bearing = _decisive(found, ALL if not mask else can_give)
    deed = describe(effect) + _elsewhere(bearing, effect)
    if not mask:
        rule = bearing.forbidding(ALL) or bearing.forbidding(BARE)
        if rule is None:
            return Reason(NO_RULE, f"{deed}: no rule permits this", index)
        return Reason(rule.id, f"{deed}: never{_why(rule)}", index)
    rule = bearing.forbidding(can_give) or bearing.permitting(cheapest(mask))
    way_out = f"allowed if {alternatives(common)}" if common else ""
    text = f"{deed}: must be {alternatives(mask)}, which cannot be had here{_why(rule)}"
    return Reason(rule.id if rule else NO_RULE, text, index, way_out)


def _needed(
    index: int, effect: Effect, mask: int, common: int, point: int, can_give: int, found: Iterator[Bearing]
) -> Reason:
    bearing = _decisive(found, BARE)
    rule = bearing.forbidding(BARE) or bearing.permitting(point)
    needs = choice(cheapest(mask & can_give))
    text = f"{describe(effect)}{_elsewhere(bearing, effect)}: must be {words(needs)}{_why(rule)}"
    better = choice(cheapest(common))
    missing = [remedy for remedy in better.remedies if remedy not in choice(point).remedies]
    if cheapest(common) < point and missing:
        text += f" ({words(better)} would do, but that cannot be had here)"
    chosen = choice(point)
    way_out = _ANSWERS[chosen.approval]
    if not way_out and "held" in chosen.remedies:
        way_out = "it waits in the outbox: `jackline approve` runs it once, `jackline refuse` drops it"
    return Reason(rule.id if rule else NO_RULE, text, index, way_out)


def _elsewhere(bearing: Bearing, effect: Effect) -> str:
    if bearing.below:
        return f", and with it what a rule names below `{bearing.resource.name}`"
    if bearing.resource is not effect.resource:
        return f", and with it `{bearing.resource.name}`"
    return ""


def _why(policy: Policy | None) -> str:
    why = policy.annotation("why") if policy else None
    return f"; {why}" if why else ""


def words(chosen: Choice) -> str:
    """A choice in words: `contained and undoable`, `approved by a person`."""
    listed = [REMEDY_WORDS[remedy] for remedy in chosen.remedies]
    if chosen.approval:
        listed.append(APPROVALS[chosen.approval])
    if len(listed) < 2:  # noqa: PLR2004 - one or none needs no "and"
        return listed[0] if listed else "nothing more"
    return ", ".join(listed[:-1]) + " and " + listed[-1]


@lru_cache(maxsize=1024)
def alternatives(mask: int) -> str:
    """All the least choices of a mask in words."""
    return alternatives_of(minimal(mask))


def alternatives_of(choices: Sequence[Choice]) -> str:
    """Choices in words."""
    return ", or ".join(map(words, choices))


def describe(effect: Effect) -> str:
    """What an effect does, in words, with its evidence."""
    resource = effect.resource
    port = f" port {resource.port}" if resource.port else ""
    tree = " and all below it" if "tree" in resource.labels else ""
    place = f" ({resource.environment})" if resource.environment != "unknown" else ""
    kind = "" if resource.kind in {"file", "endpoint", "process"} else f"{resource.kind} "
    labels = told_labels(resource.labels - _SAID)
    marks = f" [{', '.join(labels)}]" if labels else ""
    quoted = f" — `{effect.evidence.text}`" if effect.evidence.text else ""
    source = f" in `{effect.evidence.source}`" if effect.evidence.source else ""
    return f"{DEEDS[effect.verb]} {kind}`{resource.name}`{port}{tree}{place}{marks}{quoted}{source}"


_SAID: Final = frozenset({"tree"})
MAX_LABELS: Final = 4
_HEAVY: Final[tuple[Label, ...]] = (
    "root", "guard_state", "client_settings", "raw_device", "boot", "authorized_keys", "credential", "secret", "security_control",
    "backup", "snapshot", "state_file", "irreplaceable", "uncommitted", "unpushed", "personal", "default_branch", "forced",
)  # fmt: skip
"""Labels that are told first, where there are more than are told."""


def told_labels(labels: Collection[Label]) -> list[str]:
    """Labels for a reader: all, or the heaviest and how many more there are (a tree has those of all below it)."""
    if len(labels) <= MAX_LABELS + 1:
        return sorted(labels)
    ordered = sorted(labels, key=lambda label: (_HEAVY.index(label) if label in _HEAVY else len(_HEAVY), label))
    return [*ordered[:MAX_LABELS], f"{len(labels) - MAX_LABELS} more labels"]
