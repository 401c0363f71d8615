"""What a schema says, whichever form it was written in: entity types, actions, and the types of their attributes.

`schema_text` and `schema_json` read the two public forms into *declarations* (names as written); `resolve` turns
declarations into a `Schema` in which every name is known and common types are replaced by what they stand for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct

from jackline.core.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Types that are known


class Primitive(Struct, frozen=True):
    """`Bool`, `Long` or `String`."""

    name: Literal["Bool", "Long", "String"]


class EntityOf(Struct, frozen=True):
    """An entity of the named type."""

    name: str


class SetOf(Struct, frozen=True):
    """A set whose members have one type."""

    item: Type


class Field(Struct, frozen=True):
    """An attribute of a record or an entity."""

    type: Type
    required: bool = True


class RecordOf(Struct, frozen=True):
    """A record; `open` where attributes that are not declared may stand beside the declared ones."""

    fields: dict[str, Field]
    open: bool = False


class ExtensionOf(Struct, frozen=True):
    """A value of an extension (`ipaddr`, `decimal`, `datetime`, `duration`)."""

    name: str


Type: TypeAlias = Primitive | EntityOf | SetOf | RecordOf | ExtensionOf

BOOL: Final = Primitive("Bool")
LONG: Final = Primitive("Long")
STRING: Final = Primitive("String")
EMPTY_RECORD: Final = RecordOf({})
EXTENSIONS: Final = frozenset({"ipaddr", "decimal", "datetime", "duration"})
_BUILT_IN: Final[dict[str, Type]] = {
    "Bool": BOOL,
    "Boolean": BOOL,
    "Long": LONG,
    "String": STRING,
    **{name: ExtensionOf(name) for name in EXTENSIONS},
}


class EntityType(Struct, frozen=True):
    """A type of entity: what it can be a member of, its attributes, and its names where these are enumerated."""

    name: str
    parents: frozenset[str]
    shape: RecordOf
    names: frozenset[str] | None = None
    tags: Type | None = None


class ActionType(Struct, frozen=True):
    """An action: its groups (all of them, transitively), and what it applies to."""

    type: str
    id: str
    ancestors: frozenset[tuple[str, str]]
    principals: frozenset[str]
    resources: frozenset[str]
    context: RecordOf


class Schema(Struct, frozen=True):
    """All types of entities by name, and all actions by (type, id)."""

    entities: dict[str, EntityType]
    actions: dict[tuple[str, str], ActionType]


# Declarations, with names as they were written


class Named(Struct, frozen=True):
    """A name that may be a common type, an entity type or a built-in one. `only` narrows what it may be."""

    name: str
    only: Literal["any", "entity", "common"] = "any"
    start: int = 0
    end: int = 0


class SetDeclaration(Struct, frozen=True):
    """`Set<…>`."""

    item: TypeDeclaration


class FieldDeclaration(Struct, frozen=True):
    """`name?: type`."""

    type: TypeDeclaration
    required: bool = True


class RecordDeclaration(Struct, frozen=True):
    """`{ … }`."""

    fields: dict[str, FieldDeclaration]
    open: bool = False


TypeDeclaration: TypeAlias = Named | SetDeclaration | RecordDeclaration


class EntityDeclaration(Struct, frozen=True):
    """`entity … in […] { … } tags …;` or `entity … enum […];`."""

    parents: tuple[Named, ...] = ()
    shape: TypeDeclaration = RecordDeclaration({})
    names: frozenset[str] | None = None
    tags: TypeDeclaration | None = None


class ActionDeclaration(Struct, frozen=True):
    """`action … in […] appliesTo { … };`. A group's type is empty where it is the namespace's own `Action`."""

    groups: tuple[tuple[str, str], ...] = ()
    principals: tuple[Named, ...] = ()
    resources: tuple[Named, ...] = ()
    context: TypeDeclaration = RecordDeclaration({})


class Namespace(Struct, frozen=True):
    """The declarations of one namespace; the outermost has the empty name."""

    name: str
    entities: dict[str, EntityDeclaration]
    actions: dict[str, ActionDeclaration]
    types: dict[str, TypeDeclaration]


MAX_TYPE_NESTING: Final = 40
MAX_FIELDS: Final = 20_000
"""Attributes of all types once common types are replaced: shared types can double at every step."""


def resolve(namespaces: Mapping[str, Namespace], text: str = "") -> Schema:
    """The schema of all namespaces together. Raises `PolicyError` at a name that is not declared or a cycle."""
    resolver = _Resolver(namespaces, text)
    entities = {
        qualified(space.name, name): resolver.entity(space.name, name, declaration)
        for space in namespaces.values()
        for name, declaration in space.entities.items()
    }
    actions = {
        (qualified(space.name, "Action"), name): resolver.action(space.name, name, declaration)
        for space in namespaces.values()
        for name, declaration in space.actions.items()
    }
    return Schema(entities, actions)


def qualified(namespace: str, name: str) -> str:
    """A name inside a namespace."""
    return f"{namespace}::{name}" if namespace else name


class _Resolver:
    __slots__ = ("_fields", "_spaces", "_text")

    def __init__(self, namespaces: Mapping[str, Namespace], text: str) -> None:
        self._spaces = namespaces
        self._text = text
        self._fields = 0

    def _error(self, message: str, named: Named | None = None) -> PolicyError:
        start, end = (named.start, named.end) if named else (0, 0)
        return PolicyError(message, text=self._text, start=start, end=end)

    def entity(self, space: str, name: str, declaration: EntityDeclaration) -> EntityType:
        shape = self._record(space, declaration.shape, f"the shape of `{name}`")
        tags = self.type(space, declaration.tags, ()) if declaration.tags is not None else None
        parents = frozenset(self._entity_name(space, parent) for parent in declaration.parents)
        return EntityType(qualified(space, name), parents, shape, declaration.names, tags)

    def action(self, space: str, name: str, declaration: ActionDeclaration) -> ActionType:
        kind = qualified(space, "Action")
        return ActionType(
            kind,
            name,
            frozenset(self._ancestors((kind, name))),
            frozenset(self._entity_name(space, each) for each in declaration.principals),
            frozenset(self._entity_name(space, each) for each in declaration.resources),
            self._record(space, declaration.context, f"the context of `{name}`"),
        )

    def _groups(self, uid: tuple[str, str]) -> list[tuple[str, str]]:
        kind, name = uid
        space = kind.rpartition("::")[0] if kind != "Action" else ""
        declaration = self._spaces[space].actions[name] if space in self._spaces else None
        if declaration is None:
            return []
        found = []
        for group_type, group in declaration.groups:
            candidates = (
                [kind] if not group_type else [qualified(space, group_type), group_type] if space else [group_type]
            )
            known = next((each for each in candidates if self._has_action(each, group)), None)
            if known is None:
                message = f"the action group `{group}` of `{name}` is not declared"
                raise self._error(message)
            found.append((known, group))
        return found

    def _has_action(self, kind: str, name: str) -> bool:
        space, _, last = kind.rpartition("::")
        return last == "Action" and space in self._spaces and name in self._spaces[space].actions

    def _ancestors(self, uid: tuple[str, str]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        waiting = self._groups(uid)
        while waiting:
            group = waiting.pop()
            if group == uid:
                message = f"the action `{uid[1]}` is a member of itself"
                raise self._error(message)
            if group not in found:
                found.add(group)
                waiting.extend(self._groups(group))
        return found

    def _entity_name(self, space: str, named: Named) -> str:
        for candidate in _candidates(space, named.name):
            within, _, last = candidate.rpartition("::")
            if within in self._spaces and last in self._spaces[within].entities:
                return candidate
            if last == "Action" and within in self._spaces:
                return candidate
        message = f"the entity type `{named.name}` is not declared"
        raise self._error(message, named)

    def _record(self, space: str, declaration: TypeDeclaration, what: str) -> RecordOf:
        found = self.type(space, declaration, ())
        if not isinstance(found, RecordOf):
            message = f"{what} is not a record"
            raise self._error(message)
        return found

    def type(self, space: str, declaration: TypeDeclaration, inside: tuple[str, ...], depth: int = 0) -> Type:
        """The type that a declaration means; `inside` are the common types being replaced, to find cycles."""
        if depth > MAX_TYPE_NESTING:
            message = f"a type is nested more than {MAX_TYPE_NESTING} deep"
            raise self._error(message)
        if isinstance(declaration, SetDeclaration):
            return SetOf(self.type(space, declaration.item, inside, depth + 1))
        if isinstance(declaration, RecordDeclaration):
            self._fields += len(declaration.fields) + 1
            if self._fields > MAX_FIELDS:
                message = f"the schema has more than {MAX_FIELDS} attributes"
                raise self._error(message)
            fields = {
                name: Field(self.type(space, field.type, inside, depth + 1), field.required)
                for name, field in declaration.fields.items()
            }
            return RecordOf(fields, declaration.open)
        return self._named(space, declaration, inside, depth)

    def _named(self, space: str, named: Named, inside: tuple[str, ...], depth: int) -> Type:
        for candidate in _candidates(space, named.name):
            within, _, last = candidate.rpartition("::")
            known = self._spaces.get(within)
            if known is not None and named.only != "entity" and last in known.types:
                if candidate in inside:
                    message = f"the type `{candidate}` contains itself"
                    raise self._error(message, named)
                return self.type(within, known.types[last], (*inside, candidate), depth + 1)
            if known is not None and named.only != "common" and last in known.entities:
                return EntityOf(candidate)
        built_in = _BUILT_IN.get(named.name.removeprefix("__cedar::"))
        if built_in is None or named.only == "entity":
            message = f"the type `{named.name}` is not declared"
            raise self._error(message, named)
        return built_in


def _candidates(space: str, name: str) -> tuple[str, ...]:
    """The full names that a name may mean: in its own namespace first, then as it stands."""
    return (f"{space}::{name}", name) if space and "::" not in name else (name,)
