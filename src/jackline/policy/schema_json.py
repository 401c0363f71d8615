"""Cedar's JSON schema form → declarations (https://docs.cedarpolicy.com/schema/json-schema.html)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from jackline.core.errors import PolicyError
from jackline.policy.schema import (
    MAX_TYPE_NESTING,
    ActionDeclaration,
    EntityDeclaration,
    FieldDeclaration,
    Named,
    Namespace,
    RecordDeclaration,
    Schema,
    SetDeclaration,
    TypeDeclaration,
    resolve,
)
from jackline.policy.schema_text import parse_schema

_NO_RECORD: Final = RecordDeclaration({})


def read_schema(text: str) -> Schema:
    """A schema in either form: JSON where the text begins with a brace. Raises `PolicyError`."""
    return parse_json_schema(text) if text.lstrip().startswith("{") else parse_schema(text)


def parse_json_schema(text: str) -> Schema:
    """The schema that a JSON text declares. Raises `PolicyError`."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"the schema is not valid JSON: {error}"
        raise PolicyError(message, text=text) from error
    spaces = {
        name: _namespace(name, _object(body, f"namespace `{name}`"))
        for name, body in _object(document, "schema").items()
    }
    spaces.setdefault("", Namespace("", {}, {}, {}))
    return resolve(spaces)


def _namespace(name: str, body: dict[str, Any]) -> Namespace:
    return Namespace(
        name,
        {each: _entity(each, _object(value, each)) for each, value in _part(body, "entityTypes").items()},
        {each: _action(each, _object(value, each)) for each, value in _part(body, "actions").items()},
        {each: _type(value, each) for each, value in _part(body, "commonTypes").items()},
    )


def _entity(name: str, body: dict[str, Any]) -> EntityDeclaration:
    names = body.get("enum")
    if names is not None:
        return EntityDeclaration(names=frozenset(_texts(names, name)))
    return EntityDeclaration(
        tuple(Named(each) for each in _texts(body.get("memberOfTypes", []), name)),
        _type(body["shape"], name) if "shape" in body else _NO_RECORD,
        None,
        _type(body["tags"], name) if "tags" in body else None,
    )


def _action(name: str, body: dict[str, Any]) -> ActionDeclaration:
    groups = []
    for group in _list(body.get("memberOf") or [], name):
        each = _object(group, name)
        groups.append((_text(each.get("type") or "", name), _text(each.get("id"), name)))
    applies = body.get("appliesTo")
    if applies is None:
        return ActionDeclaration(tuple(groups))
    applies = _object(applies, name)
    return ActionDeclaration(
        tuple(groups),
        tuple(Named(each) for each in _texts(applies.get("principalTypes", []), name)),
        tuple(Named(each) for each in _texts(applies.get("resourceTypes", []), name)),
        _type(applies["context"], name) if "context" in applies else _NO_RECORD,
    )


def _type(value: object, where: str, depth: int = 0) -> TypeDeclaration:
    if depth > MAX_TYPE_NESTING:
        message = f"in `{where}` a type is nested more than {MAX_TYPE_NESTING} deep"
        raise PolicyError(message)
    body = _object(value, where)
    kind = _text(body.get("type"), where)
    match kind:
        case "Set":
            return SetDeclaration(_type(body.get("element"), where, depth + 1))
        case "Record":
            fields = {
                name: FieldDeclaration(
                    _type(field, where, depth + 1), _object(field, where).get("required", True) is True
                )
                for name, field in _part(body, "attributes").items()
            }
            return RecordDeclaration(fields, body.get("additionalAttributes", False) is True)
        case "Entity":
            return Named(_text(body.get("name"), where), "entity")
        case "Extension":
            return Named("__cedar::" + _text(body.get("name"), where), "common")
        case "EntityOrCommon":
            return Named(_text(body.get("name"), where))
    return Named(kind, "common")


def _part(body: dict[str, Any], key: str) -> dict[str, Any]:
    return _object(body.get(key, {}), key)


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "an object")
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(where, "a list")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(where, "a text")
    return value


def _texts(value: object, where: str) -> list[str]:
    return [_text(each, where) for each in _list(value, where)]


def _wrong(where: str, expected: str) -> PolicyError:
    message = f"the schema has something else than {expected} in `{where}`"
    return PolicyError(message)
