"""Attributes of OpenTelemetry, in both JSON forms: OTLP's typed lists, and the plain objects of exporters for the console."""

from __future__ import annotations

import re
from typing import Any, Final

from jackline.clients.transcripts.making import json_object

MAX_DEPTH: Final = 16
MAX_DIGITS: Final = 20
_SCALARS: Final = (
    "stringValue",
    "string_value",
    "boolValue",
    "bool_value",
    "doubleValue",
    "double_value",
    "bytesValue",
)
_INDEXED: Final = re.compile(r"(.*?)\.(\d{1,5})\.(.*)")


def attributes_of(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Attributes by name, of either form."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        return {}
    pairs = (each for each in value if isinstance(each, dict) and isinstance(each.get("key"), str))
    return {each["key"]: plain(each.get("value")) for each in pairs}


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:  # noqa: ANN401 - any JSON
    """OTLP's `AnyValue` as the JSON that it stands for."""
    if not isinstance(value, dict) or depth <= 0:
        return value
    for name in _SCALARS:
        if name in value:
            return value[name]
    for name in ("intValue", "int_value"):
        if name in value:
            number = value[name]
            digits = isinstance(number, str) and number.lstrip("-").isascii() and number.lstrip("-").isdigit()
            return int(number) if digits and len(number) <= MAX_DIGITS else number
    held = value.get("arrayValue", value.get("array_value"))
    if isinstance(held, dict):
        items = held.get("values")
        return [plain(each, depth - 1) for each in items] if isinstance(items, list) else []
    held = value.get("kvlistValue", value.get("kvlist_value"))
    if isinstance(held, dict):
        pairs = held.get("values")
        known = (each for each in pairs if isinstance(each, dict)) if isinstance(pairs, list) else ()
        return {str(each.get("key")): plain(each.get("value"), depth - 1) for each in known}
    return value


def first(attributes: dict[str, Any], *names: str) -> Any:  # noqa: ANN401 - any JSON
    """The first of these attributes that is there."""
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


def text_at(attributes: dict[str, Any], *names: str) -> str:
    """The same, as a text."""
    found = first(attributes, *names)
    return found if isinstance(found, str) else "" if found is None else str(found)


def listed(attributes: dict[str, Any], *prefixes: str) -> list[dict[str, Any]]:
    """A list that is flattened into names, `PREFIX.0.role`, `PREFIX.0.content`; nested lists are rebuilt too."""
    rows: dict[int, dict[str, Any]] = {}
    for name, value in attributes.items():
        prefix = next((each for each in prefixes if name.startswith(f"{each}.")), None)
        found = _INDEXED.fullmatch(name) if prefix is not None else None
        if found is not None and found[1] == prefix:
            rows.setdefault(int(found[2]), {})[found[3].removeprefix("message.")] = value
    return [_rebuilt(rows[index]) for index in sorted(rows)]


def _rebuilt(row: dict[str, Any]) -> dict[str, Any]:
    """A message with its flattened calls as a list."""
    calls = listed(row, "tool_calls")
    plain_fields = {name: value for name, value in row.items() if not name.startswith("tool_calls.")}
    if not calls:
        return plain_fields
    return {**plain_fields, "tool_calls": [{_bare(name): each for name, each in call.items()} for call in calls]}


def _bare(name: str) -> str:
    return name.removeprefix("tool_call.").removeprefix("function.")


def messages_at(attributes: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """Messages that an attribute holds as JSON or as a list, in the words of the chat interfaces."""
    value = json_object(first(attributes, *names))
    return [_message(each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _message(message: dict[str, Any]) -> dict[str, Any]:
    """The conventions' parts (`tool_call`, `tool_call_response`) as blocks that a conversation has."""
    parts = message.get("parts")
    if not isinstance(parts, list):
        return message
    return {**message, "parts": None, "content": [_part(part) for part in parts if isinstance(part, dict)]}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("type") == "tool_call_response":
        return {
            "type": "tool_result",
            "tool_use_id": part.get("id"),
            "content": first(part, "response", "result", "content"),
        }
    return part
