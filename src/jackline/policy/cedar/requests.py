"""A request a line, an answer a line: what `jackline policy eval` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.core.errors import PolicyError, WireError
from jackline.policy.cedar.entities import Entities, read_entities
from jackline.policy.cedar.evaluate import Request, decide
from jackline.policy.cedar.values import Record, Uid, Value, check_enumerated, read_fields, read_uid, read_value
from jackline.policy.parser import parse_entity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.policy.schema import Schema
    from jackline.policy.syntax import Policy

MAX_LINE: Final = 16 * 1024 * 1024
"""The longest request, in bytes."""


class _Line(msgspec.Struct):
    """One request as it stands. `entities` stay text: many lines have the same."""

    id: Any = None
    principal: Any = None
    action: Any = None
    resource: Any = None
    context: Any = None
    entities: msgspec.Raw = msgspec.Raw(b"[]")


class Evaluator:
    """Answers requests to one set of rules, under one schema or none."""

    __slots__ = ("_decoder", "_entities", "_entities_text", "_policies", "_schema")

    def __init__(self, policies: tuple[Policy, ...], schema: Schema | None = None) -> None:
        """`policies` come from `parse`, the schema from `read_schema`."""
        self._policies = policies
        self._schema = schema
        self._decoder = msgspec.json.Decoder(_Line)
        self._entities_text = b""
        self._entities = Entities({})

    def answers(self, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """An answer for each line that is not empty, in order."""
        return (self.answer(line) for line in lines if line.strip())

    def answer(self, line: bytes) -> dict[str, Any]:
        """`{"id", "decision"}`, or `{"id", "error"}` where the request is not valid."""
        name: Any = None
        try:
            request, name = self._line(line)
            return {"id": name, "decision": decide(self._policies, self._request(request))}
        except WireError as error:
            return {"id": name if name is not None else _id(line), "error": str(error)}

    def _line(self, line: bytes) -> tuple[_Line, Any]:
        if len(line) > MAX_LINE:
            message = f"the request has {len(line)} bytes, over the limit of {MAX_LINE}"
            raise WireError(message)
        try:
            found = self._decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            message = f"the request is not valid: {error}"
            raise WireError(message) from error
        return found, found.id

    def _request(self, line: _Line) -> Request:
        principal = _uid(line.principal, "`principal`")
        action = _uid(line.action, "`action`")
        resource = _uid(line.resource, "`resource`")
        context = line.context if line.context is not None else {}
        if not isinstance(context, dict):
            message = "`context` is not an object"
            raise WireError(message)
        fields = self._context(principal, action, resource, context)
        return Request(principal, action, resource, Record(fields), self._read_entities(bytes(line.entities)))

    def _context(self, principal: Uid, action: Uid, resource: Uid, context: dict[str, Any]) -> dict[str, Value]:
        """The context; with a schema also whether the action applies to such a principal and resource."""
        schema = self._schema
        if schema is None:
            return {name: read_value(item, f"`{name}` of the context") for name, item in context.items()}
        declared = schema.actions.get((action.type, action.id))
        if declared is None:
            message = f"the schema has no action `{action}`"
            raise WireError(message)
        for uid, types, what in (
            (principal, declared.principals, "principal"),
            (resource, declared.resources, "resource"),
        ):
            if uid.type not in types:
                message = f"the action `{action}` does not apply to a {what} of type `{uid.type}`"
                raise WireError(message)
            check_enumerated(uid, schema, f"the {what}")
        return read_fields(context, declared.context, schema, "the context")

    def _read_entities(self, text: bytes) -> Entities:
        if text != self._entities_text:
            try:
                values = msgspec.json.decode(text)
            except (msgspec.MsgspecError, RecursionError) as error:
                message = f"the entities are not valid: {error}"
                raise WireError(message) from error
            self._entities = read_entities(values if values is not None else [], self._schema)
            self._entities_text = text
        return self._entities


def _uid(value: Any, what: str) -> Uid:  # noqa: ANN401 - JSON
    """An entity's name in JSON, or as policies write it."""
    if not isinstance(value, str):
        return read_uid(value, what)
    try:
        found = parse_entity(value)
    except PolicyError as error:
        message = f"{what} is not an entity: {error}"
        raise WireError(message) from error
    return Uid(found.type, found.id)


def _id(line: bytes) -> Any:  # noqa: ANN401 - JSON
    """The ID of a line that is not valid, where it can still be told."""
    try:
        found = msgspec.json.decode(line[:MAX_LINE])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found.get("id") if isinstance(found, dict) else None
