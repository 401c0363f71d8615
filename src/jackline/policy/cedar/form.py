"""An effect as a request in Cedar's own form, at one choice of remedies: for the reference engine and for replays.

This is what the closures of `policy.compile` decide without ever building it; the tests hold the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackline.core.words import APPROVAL_COST, UNBOUNDED
from jackline.policy.vocabulary import ENTITY_TYPES, PARENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.effect import Effect, Resource
    from jackline.policy.covers import Holds
    from jackline.policy.folding import Facts


def request(effect: Effect, facts: Facts, held: Holds, point: int, *, approved: int = 0) -> dict[str, Any]:
    """`principal`, `action`, `resource` and `context`: the remedies are those that hold for the effect at a point."""
    return {
        "principal": {"type": "Agent", "id": facts.agent},
        "action": {"type": "Action", "id": effect.verb},
        "resource": _uid(effect.resource),
        "context": {
            "effect": {
                "atMost": UNBOUNDED if effect.extent.at_most is None else effect.extent.at_most,
                "exact": effect.extent.exact,
                "reversible": _word("Undo", effect.reversible),
                "certainty": _word("Certainty", effect.certainty),
                "origin": _word("Origin", effect.origin),
                "authorship": _word("Authorship", effect.authorship),
            },
            "contained": _bit(held.contained, point),
            "undoable": _bit(held.undoable, point),
            "rehearsed": _bit(held.rehearsed, point),
            "held": _bit(held.held, point),
            "approval": max(point // APPROVAL_COST, approved),
            "seen": _labels(facts.seen),
            "phase": _word("Phase", facts.phase),
            "assurance": _word("Assurance", facts.assurance),
            "withinBudget": facts.within_budget,
        },
    }


def entities(resources: Iterable[Resource], facts: Facts) -> list[dict[str, Any]]:
    """The agent, and resources with distinct names, with everything that they are in. To be read *with* the schema:
    without it no action is in any group, and a forbid on a group silently does not apply."""
    found = [_entity(_plain("Agent", facts.agent), {}, [_plain("Team", team) for team in sorted(facts.teams)])]
    places: dict[str, dict[str, Any]] = {}
    for resource in resources:
        chain = list(_places(resource))
        found.append(_entity(_uid(resource), _attributes(resource), chain[:1]))
        for at, place in enumerate(chain):
            places[f"{place['type']}:{place['id']}"] = _entity(place, {}, chain[at + 1 : at + 2])
    return [*found, *places.values()]


def _places(resource: Resource) -> Iterable[dict[str, str]]:
    """The folders or domains that a resource is in, from the inside: its own first."""
    match PARENTS.get(resource.kind):
        case "Directory":
            name = resource.name
            while name.startswith("/"):
                yield _plain("Directory", name)
                if name == "/":
                    return
                name = name.rpartition("/")[0] or "/"
        case "Domain":
            name = resource.name
            while name:
                yield _plain("Domain", name)
                name = name.partition(".")[2]


def _attributes(resource: Resource) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "name": resource.name,
        "environment": _word("Environment", resource.environment),
        "reach": _word("Reach", resource.reach),
        "labels": _labels(resource.labels),
    }
    if resource.kind == "endpoint":
        attributes |= {"jurisdiction": _word("Jurisdiction", resource.jurisdiction), "port": resource.port}
    return attributes


def _entity(uid: dict[str, str], attributes: dict[str, Any], parents: list[dict[str, str]]) -> dict[str, Any]:
    return {"uid": uid, "attrs": attributes, "parents": parents}


def _uid(resource: Resource) -> dict[str, str]:
    return _plain(ENTITY_TYPES[resource.kind], resource.name)


def _plain(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _word(kind: str, word: str) -> dict[str, Any]:
    return {"__entity": {"type": kind, "id": word}}


def _labels(labels: Iterable[str]) -> list[dict[str, Any]]:
    return [_word("Label", label) for label in sorted(labels)]


def _bit(mask: int, point: int) -> bool:
    return bool(mask >> point & 1)
