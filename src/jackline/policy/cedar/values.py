"""Cedar's values, and how they are read from JSON with and without a type to expect.

https://docs.cedarpolicy.com/auth/entities-syntax.html: `{"__entity": {"type", "id"}}` and `{"__extn": {"fn", "arg"}}`
are escapes; where the schema says what to expect the escapes may be left out.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from jackline.core.errors import WireError
from jackline.policy.cedar.extensions import FUNCTIONS, is_valid
from jackline.policy.lexer import quote
from jackline.policy.parser import RESERVED
from jackline.policy.schema import EntityOf, ExtensionOf, Primitive, RecordOf, SetOf

if TYPE_CHECKING:
    from jackline.policy.schema import Schema, Type

MAX_DEPTH: Final = 64
_INT64: Final = range(-(2**63), 2**63)
_TYPE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*")


class Truth(enum.Enum):
    """Cedar's `Bool`. Not Python's: there `True == 1`, and a set would take one for the other."""

    FALSE = 0
    TRUE = 1


class Uid(Struct, frozen=True, order=True):
    """An entity's name."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.type}::{quote(self.id)}"


class Extension(Struct, frozen=True):
    """A value of an extension type. The subset has no operation on it."""

    type: str
    text: str


class Record:
    """A record; equal to another with equal fields."""

    __slots__ = ("fields",)

    def __init__(self, fields: dict[str, Value]) -> None:
        """The fields are not changed afterwards."""
        self.fields = fields

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.fields == other.fields

    def __hash__(self) -> int:
        return hash(frozenset(self.fields.items()))


Value: TypeAlias = Truth | int | str | Uid | Extension | Record | frozenset["Value"]


def truth(value: bool) -> Truth:  # noqa: FBT001 - the value itself
    """A Python truth value as Cedar's."""
    return Truth.TRUE if value else Truth.FALSE


def read_uid(value: object, what: str) -> Uid:
    """`{"type": …, "id": …}`, with or without `__entity` round it. Raises `WireError`."""
    if isinstance(value, dict) and "__entity" in value:
        value = value["__entity"]
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or not isinstance(value.get("id"), str):
        message = f'{what} is not `{{"type": …, "id": …}}`'
        raise WireError(message)
    name: str = value["type"]
    if not _TYPE_NAME.fullmatch(name) or not RESERVED.isdisjoint(name.split("::")):
        message = f"{what} has the type `{name[:80]}`, which is no name of an entity type"
        raise WireError(message)
    return Uid(name, value["id"])


def read_value(value: object, what: str, depth: int = 0) -> Value:
    """A value without a type to expect. Raises `WireError`."""
    if depth > MAX_DEPTH:
        message = f"{what} is nested more than {MAX_DEPTH} deep"
        raise WireError(message)
    match value:
        case bool():
            return truth(value)
        case int() if value in _INT64:
            return value
        case str():
            return value
        case list():
            return frozenset(read_value(item, what, depth + 1) for item in value)
        case {"__entity": _}:
            return read_uid(value, what)
        case {"__extn": call}:
            return _extension(call, what, depth)
        case {"__expr": _}:
            message = f"{what} uses `__expr`, which Cedar no longer has"
            raise WireError(message)
        case dict():
            return Record({name: read_value(item, what, depth + 1) for name, item in value.items()})
    message = f"{what} is {_shown(value)}, which is no value in Cedar"
    raise WireError(message)


def _extension(call: object, what: str, depth: int) -> Extension:
    if isinstance(call, dict):
        function, argument, arguments = call.get("fn"), call.get("arg"), call.get("args")
        if isinstance(function, str) and function in FUNCTIONS:
            if isinstance(argument, str) and is_valid(FUNCTIONS[function], argument):
                return Extension(FUNCTIONS[function], argument)
            if isinstance(arguments, list):
                for each in arguments:
                    read_value(each, what, depth + 1)
                return Extension(FUNCTIONS[function], repr(arguments))
    message = f"{what} is no value of an extension that Cedar knows"
    raise WireError(message)


def read_typed(value: object, expected: Type, schema: Schema, what: str, depth: int = 0) -> Value:
    """A value of the type that a schema expects. Raises `WireError`."""
    if depth > MAX_DEPTH:
        message = f"{what} is nested more than {MAX_DEPTH} deep"
        raise WireError(message)
    match expected:
        case EntityOf():
            uid = read_uid(value, what)
            if uid.type != expected.name:
                raise _mismatch(what, expected.name, uid.type)
            check_enumerated(uid, schema, what)
            return uid
        case ExtensionOf():
            return _read_extension(value, expected, what, depth)
        case SetOf():
            if not isinstance(value, list):
                raise _mismatch(what, "a set", _shown(value))
            return frozenset(read_typed(item, expected.item, schema, what, depth + 1) for item in value)
        case RecordOf():
            return Record(read_fields(value, expected, schema, what, depth + 1))
        case Primitive():
            found = read_value(value, what, depth)
            kind = {Truth: "Bool", int: "Long", str: "String"}.get(type(found))
            if kind != expected.name:
                raise _mismatch(what, expected.name, _shown(value))
            return found


def read_fields(value: object, expected: RecordOf, schema: Schema, what: str, depth: int = 0) -> dict[str, Value]:
    """The fields of a record or the attributes of an entity. Raises `WireError`."""
    if not isinstance(value, dict):
        raise _mismatch(what, "a record", _shown(value))
    fields: dict[str, Value] = {}
    for name, item in value.items():
        field = expected.fields.get(name)
        if field is not None:
            fields[name] = read_typed(item, field.type, schema, f"`{name}` of {what}", depth)
        elif expected.open:
            fields[name] = read_value(item, f"`{name}` of {what}", depth)
        else:
            message = f"{what} has an attribute `{name[:80]}` that the schema does not have"
            raise WireError(message)
    for name, field in expected.fields.items():
        if field.required and name not in fields:
            message = f"{what} lacks the attribute `{name}`"
            raise WireError(message)
    return fields


def _read_extension(value: object, expected: ExtensionOf, what: str, depth: int) -> Extension:
    if isinstance(value, str):
        if not is_valid(expected.name, value):
            raise _mismatch(what, expected.name, _shown(value))
        return Extension(expected.name, value)
    call = value["__extn"] if isinstance(value, dict) and "__extn" in value else value
    found = _extension(call, what, depth)
    if found.type != expected.name:
        raise _mismatch(what, expected.name, found.type)
    return found


def check_enumerated(uid: Uid, schema: Schema, what: str) -> None:
    """Raises `WireError` for a name that an enumerated entity type does not have."""
    declared = schema.entities.get(uid.type)
    if declared is not None and declared.names is not None and uid.id not in declared.names:
        message = f"{what} is `{uid}`, which the enumeration `{uid.type}` does not have"
        raise WireError(message)


def _mismatch(what: str, expected: str, found: str) -> WireError:
    return WireError(f"{what} should be {expected} and is {found}")


def _shown(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int() | float():
            return f"the number `{str(value)[:40]}`"
        case str():
            return "a text"
        case list():
            return "a list"
    return "an object"
