"""Entities from Cedar's JSON: attributes, ancestors (all of them, transitively), and whether they fit a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from jackline.core.errors import WireError
from jackline.policy.cedar.values import (
    Record,
    Uid,
    Value,
    check_enumerated,
    read_fields,
    read_typed,
    read_uid,
    read_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.policy.schema import Schema


class Entity(Struct, frozen=True):
    """What is known of one entity. `tags` count only when two entries for one entity are compared."""

    attributes: dict[str, Value]
    parents: frozenset[Uid]
    tags: object = None


class Entities:
    """All entities of a request by name. There are no cycles among them."""

    __slots__ = ("_known",)

    def __init__(self, known: dict[Uid, Entity]) -> None:
        """Made by `read_entities`."""
        self._known = known

    def get(self, uid: Uid) -> Entity | None:
        """What is known of an entity; None where it is not among them."""
        return self._known.get(uid)

    def is_in(self, uid: Uid, ancestor: Uid) -> bool:
        """Cedar's `in`: the same entity, or one of its ancestors."""
        return uid == ancestor or ancestor in self.ancestors(uid)

    def ancestors(self, uid: Uid) -> frozenset[Uid]:
        """All that an entity is in, directly or not. Found when asked: in a long chain they are many."""
        found: set[Uid] = set()
        waiting = [uid]
        while waiting:
            entity = self._known.get(waiting.pop())
            if entity is not None:
                waiting.extend(entity.parents - found)
                found |= entity.parents
        return frozenset(found)


def read_entities(values: object, schema: Schema | None) -> Entities:
    """The entities of a request, and with a schema its actions. Raises `WireError`."""
    if not isinstance(values, list):
        message = "`entities` is not a list"
        raise WireError(message)
    known: dict[Uid, Entity] = {}
    for value in values:
        uid, entity = _entity(value, schema)
        if known.setdefault(uid, entity) != entity:
            message = f"the entity `{uid}` is there twice, and differs"
            raise WireError(message)
    _refuse_cycles(known)
    if schema is not None:
        _join_actions(known, schema)
    return Entities(known)


def _entity(value: object, schema: Schema | None) -> tuple[Uid, Entity]:
    if not isinstance(value, dict):
        message = "an entity is not an object"
        raise WireError(message)
    uid = read_uid(value.get("uid"), "the `uid` of an entity")
    what = f"the entity `{uid}`"
    attributes, parents = value.get("attrs"), value.get("parents")
    if not isinstance(attributes, dict) or not isinstance(parents, list):
        message = f"{what} needs an object `attrs` and a list `parents`"
        raise WireError(message)
    uids = frozenset(read_uid(parent, f"a parent of {what}") for parent in parents)
    if schema is None or uid.type.rpartition("::")[2] == "Action":
        fields = {name: read_value(item, f"`{name}` of {what}") for name, item in attributes.items()}
        tags: object = _untyped_tags(value.get("tags"), what)
    else:
        fields = _conforming(uid, attributes, uids, schema, what)
        tags = _typed_tags(uid, value.get("tags"), schema, what)
    return uid, Entity(fields, uids, tags)


def _conforming(
    uid: Uid, attributes: dict[str, Any], parents: Iterable[Uid], schema: Schema, what: str
) -> dict[str, Value]:
    declared = schema.entities.get(uid.type)
    if declared is None:
        message = f"{what} has a type that the schema does not have"
        raise WireError(message)
    check_enumerated(uid, schema, what)
    allowed = _ancestor_types(uid.type, schema)
    for parent in parents:
        if parent.type not in allowed:
            message = f"{what} cannot be in `{parent}`: the schema has no `{uid.type} in [{parent.type}]`"
            raise WireError(message)
        check_enumerated(parent, schema, f"a parent of {what}")
    return read_fields(attributes, declared.shape, schema, what)


def _ancestor_types(name: str, schema: Schema) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        declared = schema.entities.get(waiting.pop())
        if declared is not None:
            waiting.extend(declared.parents - found)
            found.update(declared.parents)
    return found


def _untyped_tags(tags: object, what: str) -> object:
    return None if tags is None else read_value(tags, f"the tags of {what}")


def _typed_tags(uid: Uid, tags: object, schema: Schema, what: str) -> object:
    if not tags:
        return None
    expected = schema.entities[uid.type].tags
    if expected is None or not isinstance(tags, dict):
        message = f"{what} has tags, and the schema has none for its type"
        raise WireError(message)
    return Record(
        {name: read_typed(item, expected, schema, f"the tag `{name}` of {what}") for name, item in tags.items()}
    )


def _refuse_cycles(known: dict[Uid, Entity]) -> None:
    """Raises `WireError` where an entity is among its own ancestors. Leaves are taken away until none is left."""
    above = {uid: len(entity.parents & known.keys()) for uid, entity in known.items()}
    below: dict[Uid, list[Uid]] = {}
    for uid, entity in known.items():
        for parent in entity.parents:
            below.setdefault(parent, []).append(uid)
    free = [uid for uid, count in above.items() if count == 0]
    settled = 0
    while free:
        settled += 1
        for child in below.get(free.pop(), ()):
            above[child] -= 1
            if above[child] == 0:
                free.append(child)
    if settled < len(known):
        uid = min(uid for uid, count in above.items() if count)
        message = f"the entity `{uid}` is an ancestor of itself, or below one that is"
        raise WireError(message)


def _join_actions(known: dict[Uid, Entity], schema: Schema) -> None:
    """The schema's actions as entities. Without them no action is in any group, and a forbid on a group would
    silently not apply. Raises `WireError` where the request says something else of an action."""
    actions = {
        Uid(kind, name): frozenset(Uid(*group) for group in action.ancestors)
        for (kind, name), action in schema.actions.items()
    }
    for uid, entity in known.items():
        if uid.type.rpartition("::")[2] == "Action":
            given = entity.parents.union(*(actions.get(parent, frozenset()) for parent in entity.parents))
            if actions.get(uid) != given or entity.attributes:
                message = f"the action `{uid}` is not as the schema has it"
                raise WireError(message)
    known.update({uid: Entity({}, groups) for uid, groups in actions.items()})
