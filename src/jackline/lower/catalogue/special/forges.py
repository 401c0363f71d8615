"""`gh api` and `glab api`: a request whose method follows from its fields, as the tools' manuals say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.lower.http import request
from jackline.lower.word import Data, Hole, Word

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call

_ROOTS: Final = {"gh": "https://api.github.com/", "glab": "https://gitlab.com/api/v4/"}
_MUTATION: Final = re.compile(r"\bmutation\b")


def api(call: Call) -> None:
    """GET, unless there are fields or an input: then POST; `-X` says otherwise."""
    endpoint = call.value("endpoint")
    if endpoint is None:
        return
    fields = [*call.values("raw-field"), *call.values("field")]
    sending = bool(fields) or call.has("--input")
    given = call.value("method")
    method = given.text if given is not None else "POST" if sending else "GET"
    root = _ROOTS.get(call.program, "https://*/")
    parts = endpoint.parts if "://" in endpoint.prefix else (root, *_relative(endpoint))
    query = (endpoint.text or "") == "graphql" and not any(_may_change(field) for field in fields)
    body = Data(
        None, call.read_labels() | frozenset(label for field in fields for hole in field.holes for label in hole.labels)
    )
    url = Word(_merged(parts), endpoint.start, endpoint.end)
    if query and given is None:
        call.output = request(call.scope, "GET", url, at=call.at(endpoint))
        return
    call.output = request(
        call.scope,
        method,
        url,
        at=call.at(endpoint),
        body=body if sending and method != "GET" else None,
        upload=call.has("--input"),
    )


def _may_change(field: Word) -> bool:
    return field.text is None or bool(_MUTATION.search(field.text)) or "=@" in field.text


def _relative(endpoint: Word) -> tuple[str | Hole, ...]:
    first = endpoint.parts[0]
    return (first.lstrip("/"), *endpoint.parts[1:]) if isinstance(first, str) else endpoint.parts


def _merged(parts: tuple[str | Hole, ...]) -> tuple[str | Hole, ...]:
    merged: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)
