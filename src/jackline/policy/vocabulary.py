"""The schema of effects, generated from `core.words`: what Jackline's own policies can speak of.

It is total: every verb applies to every kind of resource, and every attribute is always present. So no rule can fail
on a request, and no forbid can be skipped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from jackline.core import words
from jackline.core.deferred import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jackline.core.words import Kind, Remedy, Verb
    from jackline.policy.schema import Schema

GROUPS: Final[dict[str, tuple[Verb, ...]]] = {
    "observes": ("read",),
    "changes": ("create", "modify", "delete", "install", "terminate", "grant", "persist", "configure"),
    "runs": ("execute", "opaque"),
    "leaves": ("connect", "send", "listen", "publish", "spend"),
}
"""Action groups → their verbs; every verb is in exactly one."""

ENTITY_TYPES: Final[dict[Kind, str]] = {
    "file": "File",
    "table": "Table",
    "endpoint": "Endpoint",
    "process": "Process",
    "package": "Package",
    "repository": "Repository",
    "infrastructure": "Infrastructure",
    "secret": "Secret",
    "account": "Account",
    "device": "Device",
    "message": "Message",
    "money": "Money",
    "memory": "Memory",
    "agent": "Worker",
    "guard": "Guard",
}
"""Resource kinds → entity types. The kind agent is `Worker`, for `Agent` is the principal."""

KIND_OF: Final[dict[str, Kind]] = {entity: kind for kind, entity in ENTITY_TYPES.items()}

PARENTS: Final[dict[Kind, str]] = {
    "file": "Directory",
    "device": "Directory",
    "guard": "Directory",
    "endpoint": "Domain",
}
"""What resources of a kind can be `in`: a folder (their own or one above), a domain (their own or one above)."""

REMEDIES: Final[tuple[Remedy, ...]] = tuple(words.REMEDY_COSTS)
NO_PHASE: Final = "none"
"""The phase of a session for which nobody declared phases."""

ENUMERATIONS: Final[dict[str, tuple[str, ...]]] = {
    "Environment": words.ENVIRONMENTS,
    "Reach": words.REACHES,
    "Undo": words.UNDOS,
    "Certainty": words.CERTAINTIES,
    "Origin": words.ORIGINS,
    "Authorship": words.AUTHORSHIPS,
    "Label": words.LABELS,
    "Jurisdiction": words.JURISDICTIONS,
    "Assurance": words.ASSURANCES,
}

_COMMON: Final = "name: String, environment: Environment, reach: Reach, labels: Set<Label>"
_EXTRA: Final[dict[Kind, str]] = {"endpoint": ", jurisdiction: Jurisdiction, port: Long"}

_TEXT: Final = """\
// The schema of effects: what a policy can speak of. Generated from Jackline's vocabulary.
// Every verb applies to every kind of resource and every attribute is always present: no rule can fail on a request.

// Who acts.
entity Team;
entity Agent in [Team];

// Closed vocabularies: a word outside them is an error when a policy is loaded.
{enumerations}

// Places: `resource in Directory::"/srv"` is all that lies in or below the folder, and the folder itself;
// `resource in Domain::"example.com"` is the host and all hosts below it.
entity Directory in [Directory];
entity Domain in [Domain];

// What an effect touches. `name` is the entity's own name as text, for `like`.
{resources}

// What is known of the effect. An unbounded extent is {unbounded}.
type Effect = {{
  atMost: Long, exact: Bool, reversible: Undo, certainty: Certainty, origin: Origin, authorship: Authorship
}};

// The remedies that were chosen and cover the effect, and what is known of the session.
type Context = {{
  effect: Effect,
  {remedies}, approval: Long,
  seen: Set<Label>, phase: Phase, assurance: Assurance, withinBudget: Bool
}};

// What an effect does: a verb, in one of four groups.
action {groups};
{actions}
"""


def schema_text(phases: Iterable[str] = (NO_PHASE,)) -> str:
    """The schema in Cedar's readable form. `phases` are the words of `context.phase`."""
    enumerations = {**ENUMERATIONS, "Phase": tuple(phases)}
    resources = ", ".join(ENTITY_TYPES.values())
    return _TEXT.format(
        enumerations="\n".join(_enumeration(name, values) for name, values in enumerations.items()),
        resources="\n".join(_resource(kind) for kind in ENTITY_TYPES),
        unbounded=words.UNBOUNDED,
        remedies=", ".join(f"{remedy}: Bool" for remedy in REMEDIES),
        groups=", ".join(f'"{group}"' for group in GROUPS),
        actions="\n".join(
            "action {} in [{}] appliesTo {{\n  principal: [Agent],\n  resource: [{}],\n  context: Context\n}};".format(
                ", ".join(f'"{verb}"' for verb in verbs), f'"{group}"', resources
            )
            for group, verbs in GROUPS.items()
        ),
    )


_parse_schema: Final[Callable[[str], Schema]] = Deferred("jackline.policy.schema_text", "parse_schema")


@lru_cache(maxsize=8)
def schema(phases: tuple[str, ...] = (NO_PHASE,)) -> Schema:
    """The same as a value."""
    return _parse_schema(schema_text(phases))


def _enumeration(name: str, values: tuple[str, ...]) -> str:
    return "entity {} enum [{}];".format(name, ", ".join(f'"{value}"' for value in values))


def _resource(kind: Kind) -> str:
    parents = f" in [{PARENTS[kind]}]" if kind in PARENTS else ""
    return f"entity {ENTITY_TYPES[kind]}{parents} {{ {_COMMON}{_EXTRA.get(kind, '')} }};"
