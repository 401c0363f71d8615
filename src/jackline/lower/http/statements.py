"""Statements that a database takes over HTTP: in the query of the address, in the body, or in a field of a JSON body.

Sources: the HTTP interfaces of ClickHouse, InfluxDB 1.x, QuestDB, Trino, Druid and rqlite; the query APIs of Cloudflare's D1,
Supabase, Neon, Turso and Hasura.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from jackline.lower.http.apis import statement_language
from jackline.lower.scope import Place
from jackline.lower.word import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.effect import Resource
    from jackline.lower.http.url import Url
    from jackline.lower.scope import Scope

_FIELDS: Final = frozenset({"query", "sql", "q", "stmt", "statement", "params"})
_MAX_BODY: Final = 65_536
_MAX_NESTING: Final = 12


def emit_statements(scope: Scope, url: Url, body: str | None, resource: Resource, at: tuple[int, int]) -> None:
    """Lower the statements of a request to a known database; a body that is not known there is `opaque`."""
    dialect = statement_language(url)
    language = scope.languages.get(dialect) if dialect else None
    if language is None:
        return
    local = "loopback" in resource.labels and scope.place.here
    place = scope.place if local else Place(here=False, name=url.host, environment=resource.environment, reach="remote")
    for text in (*_parameters(url.query), *_in_body(body)):
        language(Word((text,), *at), scope.inner(text, at, place=place), ())


def _parameters(query: str) -> Iterator[str]:
    try:
        fields = parse_qs(query, max_num_fields=64)
    except ValueError:
        return
    for name in _FIELDS:
        yield from fields.get(name, ())


def _in_body(body: str | None) -> Iterator[str]:
    if body is None or len(body) > _MAX_BODY:
        return
    text = body.strip()
    if not text.startswith(("{", "[")):
        fields = list(_parameters(text)) if text.split("=")[0] in _FIELDS else []
        yield from fields or [text]
        return
    try:
        yield from _fields(json.loads(text), 0)
    except (ValueError, RecursionError):
        yield text


def _fields(value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401 - JSON of any shape
    if depth > _MAX_NESTING:
        return
    if isinstance(value, list):
        for item in value:
            yield from _fields(item, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in _FIELDS and isinstance(item, str):
                yield item
            else:
                yield from _fields(item, depth + 1)
