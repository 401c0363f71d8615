"""Policies as they are in force: layers of rules, where each layer permits only what those above it permit.

The layers, from above: `system` (root's, may be absent), `user` (a shipped or own policy, and the grants that the user
added), `project` (a file that an agent can edit, so it can only tighten). A layer above or below `user` that has no
permit at all limits by its forbids only; the `user` layer without a permit permits nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from jackline.core.deferred import Deferred
from jackline.core.errors import PolicyError, UsageError
from jackline.core.words import REACHES
from jackline.policy.compile import RuleTable, compile_rules
from jackline.policy.covers import Holds, holds
from jackline.policy.folding import Test, every, mask_of
from jackline.policy.parser import parse
from jackline.policy.vocabulary import NO_PHASE, schema_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jackline.core.words import Kind, Reach, Verb
    from jackline.policy.syntax import Policy

LayerName = Literal["system", "user", "project"]
ORDER: Final[tuple[LayerName, ...]] = ("system", "user", "project")

_check: Final[Callable[[Iterable[Policy], str, tuple[str, ...]], None]] = Deferred("jackline.policy.check", "check")
_EVERYTHING: Final = parse('@id("layer-limits-only") permit(principal, action, resource);')


class LayerText(Struct, frozen=True):
    """One text of a layer. Several texts of one layer (a policy, and the user's grants) are one policy together.

    `source` names it for a reader (a path, or `shipped baseline`). `shipped` says that it is a text of ours, unchanged: it
    was checked before it was shipped (by the tests), which is not done again at each start.
    """

    layer: LayerName
    text: str
    source: str = ""
    shipped: bool = False


class Layer:
    """The rules of one layer, compiled for each verb and kind when they are first needed."""

    __slots__ = ("_tables", "name", "policies", "sources")

    def __init__(self, name: LayerName, policies: tuple[Policy, ...], sources: tuple[str, ...]) -> None:
        """`policies` have passed `check`."""
        limits_only = name != "user" and not any(policy.effect == "permit" for policy in policies)
        self.name = name
        self.policies = (*policies, *_EVERYTHING) if limits_only else policies
        self.sources = sources
        self._tables: dict[tuple[Verb, Kind], RuleTable] = {}

    def table(self, verb: Verb, kind: Kind) -> RuleTable:
        """The rules for one verb on one kind."""
        found = self._tables.get((verb, kind))
        if found is None:
            found = self._tables[verb, kind] = compile_rules(self.policies, verb, kind)
        return found


class Decider(NamedTuple):
    """All layers together for one verb on one kind: where they permit, where they permit all names with a prefix
    (None where no rule speaks of names), and where the remedies hold, by reach, for an effect without approvals."""

    permitted: Test
    permitted_below: Test | None
    holds: dict[Reach, Holds]


class Policies:
    """All layers in force, from above. `digest` is over their texts and the phases: equal digests decide alike."""

    __slots__ = ("_deciders", "digest", "layers", "phases")

    def __init__(self, layers: tuple[Layer, ...], digest: str, phases: tuple[str, ...]) -> None:
        """Made by `load`."""
        self.layers = layers
        self.digest = digest
        self.phases = phases
        self._deciders: dict[tuple[Verb, Kind], Decider] = {}

    def decider(self, verb: Verb, kind: Kind) -> Decider:
        """What the layers come to for one verb on one kind; compiled when it is first needed."""
        found = self._deciders.get((verb, kind))
        if found is None:
            tables = [layer.table(verb, kind) for layer in self.layers]
            below = mask_of(every([table.permitted_below for table in tables]))
            found = self._deciders[verb, kind] = Decider(
                mask_of(every([table.permitted for table in tables])),
                below if any(table.names for table in tables) else None,
                {reach: holds(verb, kind, reach) for reach in REACHES},
            )
        return found

    def rule(self, name: str) -> Policy | None:
        """The rule with this id."""
        return next((policy for layer in self.layers for policy in layer.policies if policy.id == name), None)


def load(layers: Sequence[LayerText], phases: tuple[str, ...] = (NO_PHASE,)) -> Policies:
    """Parse, check and join the layers. Raises `PolicyError` at the first thing that is wrong in any of them, and
    `UsageError` where the `user` layer is missing: without it nothing is permitted."""
    if not any(text.layer == "user" for text in layers):
        message = "there is no `user` layer; load a shipped policy (`baseline`, `strict`, `observe`) or your own"
        raise UsageError(message)
    compiled = []
    for name in ORDER:
        texts = [text for text in layers if text.layer == name]
        if texts:
            policies = _joined(texts, phases)
            compiled.append(Layer(name, policies, tuple(text.source for text in texts)))
    return Policies(tuple(compiled), _digest(layers, phases), phases)


def checked(text: str, phases: tuple[str, ...] = (NO_PHASE,)) -> tuple[Policy, ...]:
    """The rules of a text for Jackline's own schema. Raises `PolicyError`."""
    policies = parse(text)
    _check(policies, text, phases)
    return policies


def _joined(texts: list[LayerText], phases: tuple[str, ...]) -> tuple[Policy, ...]:
    """The rules of a layer's texts. A reason names a rule by its id, so ids are unique within a layer; rules without
    one are numbered through."""
    joined: dict[str, Policy] = {}
    for text in texts:
        for policy in _named(text, phases):
            name = policy.id if policy.annotation("id") else f"policy{len(joined)}"
            if name in joined:
                message = f"two rules have the id `{name}`; give each its own `@id`"
                raise PolicyError(message, text=text.text, start=policy.start, end=policy.end, source=text.source)
            joined[name] = replace(policy, id=name)
    return tuple(joined.values())


def _named(text: LayerText, phases: tuple[str, ...]) -> tuple[Policy, ...]:
    """The rules of one text; an error says which text it is in."""
    try:
        return parse(text.text) if text.shipped else checked(text.text, phases)
    except PolicyError as error:
        error.source = text.source
        raise


def _digest(layers: Sequence[LayerText], phases: tuple[str, ...]) -> str:
    found = hashlib.sha256(schema_text(phases).encode())
    for text in sorted(layers, key=lambda each: ORDER.index(each.layer)):
        body = text.text.encode("utf-8", "surrogatepass")
        found.update(f"\n{text.layer} {len(body)}\n".encode())
        found.update(body)
    return found.hexdigest()
