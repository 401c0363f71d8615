"""Why: for each effect that is not plainly permitted, the rule, the evidence, and what would make it allowed.

What a reason suggests is computed from what all rules have in common for the whole action, so it never suggests what
another rule denies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.decision import Reason
from jackline.policy.below import is_many, parts
from jackline.policy.remedies import ALL, BARE, Choice, cheapest, choice, offered
from jackline.policy.weigh import holding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jackline.core.effect import Effect, Resource
    from jackline.core.words import Remedy, Verb
    from jackline.policy.folding import Facts
    from jackline.policy.layers import Layer, Policies
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
_APPROVALS: Final = ("", "approved by a person", "approved with a second factor", "approved by two people")
_ANSWERS: Final = (
    "",
    "a person approves it: `jackline approve`",
    "a person approves it with a second factor: `jackline approve`",
    "two people approve it: `jackline approve`",
)


class Finding(NamedTuple):
    """A rule that bears on an effect, and the points at which it does; `resource` is what it bears on, with `below`
    where that is all names with a prefix."""

    layer: Layer
    policy: Policy
    resource: Resource
    below: bool
    mask: int


def findings(
    policies: Policies, effect: Effect, facts: Facts, posture: Posture, protected: Sequence[Resource] = ()
) -> Iterator[Finding]:
    """All rules that bear on an effect, layer by layer in the order of the text, first on the effect's own resource."""
    places: list[tuple[Resource, bool]] = [(effect.resource, False)]
    if is_many(effect.resource):
        places.extend((part.resource, part.below) for part in parts(effect.resource, protected))
    for resource, below in places:
        held = holding(effect, resource, posture)
        for layer in policies.layers:
            for rule in layer.table(effect.verb, resource.kind).rules:
                mask = (rule.below if below else rule.test)(resource, effect, facts, held)
                if mask:
                    yield Finding(layer, rule.policy, resource, below, mask)


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
        found = list(findings(policies, effects[index], facts, posture, protected))
        if point is None:
            reason = _denied(index, effects[index], masks[index], common, found)
        else:
            reason = _needed(index, effects[index], masks[index], common, point, can_give, found)
        if not any((reason.rule, reason.text) == (other.rule, other.text) for other in reasons):
            reasons.append(reason)
        if len(reasons) == MAX_REASONS:
            break
    return tuple(reasons)


def _denied(index: int, effect: Effect, mask: int, common: int, found: Sequence[Finding]) -> Reason:
    deed = describe(effect)
    forbids = [each for each in found if each.policy.effect == "forbid"]
    if not mask:
        always = next((each for each in forbids if each.mask == ALL), forbids[0] if forbids else None)
        if always is None:
            return Reason(NO_RULE, f"{deed}: no rule permits this", index)
        return Reason(always.policy.id, f"{deed}: never{_beneath(always, effect)}{_why(always.policy)}", index)
    needs = words(choice(cheapest(mask)))
    rule = _permitting(found, cheapest(mask))
    way_out = f"allowed if {words(choice(cheapest(common)))}" if common else ""
    text = f"{deed}: must be {needs}, which cannot be had here{_why(rule)}"
    return Reason(rule.id if rule else NO_RULE, text, index, way_out)


def _needed(
    index: int, effect: Effect, mask: int, common: int, point: int, can_give: int, found: Sequence[Finding]
) -> Reason:
    rule = _demanding(found) or _permitting(found, point)
    needs = choice(cheapest(mask & can_give))
    text = f"{describe(effect)}: must be {words(needs)}{_why(rule)}"
    better = choice(cheapest(common))
    missing = [remedy for remedy in better.remedies if remedy not in choice(point).remedies]
    if cheapest(common) < point and missing:
        text += f" ({words(better)} would do, but that cannot be had here)"
    chosen = choice(point)
    way_out = _ANSWERS[chosen.approval]
    if not way_out and "held" in chosen.remedies:
        way_out = "it waits in the outbox: `jackline approve` runs it once, `jackline refuse` drops it"
    return Reason(rule.id if rule else NO_RULE, text, index, way_out)


def _permitting(found: Sequence[Finding], point: int) -> Policy | None:
    """The first permit that holds at a point."""
    return next((each.policy for each in found if each.policy.effect == "permit" and each.mask >> point & 1), None)


def _demanding(found: Sequence[Finding]) -> Policy | None:
    """The first forbid that a remedy lifts: it, and no permit, is why the remedy is needed."""
    return next((each.policy for each in found if each.policy.effect == "forbid" and each.mask & BARE), None)


def _beneath(finding: Finding, effect: Effect) -> str:
    if finding.below:
        return f", for the rule speaks of what may lie below `{finding.resource.name}`"
    if finding.resource is not effect.resource:
        return f", for `{finding.resource.name}` lies there"
    return ""


def _why(policy: Policy | None) -> str:
    why = policy.annotation("why") if policy else None
    return f"; {why}" if why else ""


def words(chosen: Choice) -> str:
    """A choice in words: `contained and undoable`, `approved by a person`."""
    listed = [REMEDY_WORDS[remedy] for remedy in chosen.remedies]
    if chosen.approval:
        listed.append(_APPROVALS[chosen.approval])
    if len(listed) < 2:  # noqa: PLR2004 - one or none needs no "and"
        return listed[0] if listed else "nothing more"
    return ", ".join(listed[:-1]) + " and " + listed[-1]


def describe(effect: Effect) -> str:
    """What an effect does, in words, with its evidence."""
    resource = effect.resource
    port = f" port {resource.port}" if resource.port else ""
    tree = " and all below it" if "tree" in resource.labels else ""
    place = f" ({resource.environment})" if resource.environment != "unknown" else ""
    kind = "" if resource.kind in {"file", "endpoint", "process"} else f"{resource.kind} "
    labels = [label for label in sorted(resource.labels) if label not in _SAID]
    marks = f" [{', '.join(labels)}]" if labels else ""
    quoted = f" — `{effect.evidence.text}`" if effect.evidence.text else ""
    source = f" in `{effect.evidence.source}`" if effect.evidence.source else ""
    return f"{DEEDS[effect.verb]} {kind}`{resource.name}`{port}{tree}{place}{marks}{quoted}{source}"


_SAID: Final = frozenset({"tree"})
