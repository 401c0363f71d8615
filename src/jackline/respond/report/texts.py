"""Texts of transcripts as a document may hold them."""

from __future__ import annotations

from typing import Any


def whole(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """The value with `?` for each half of a surrogate pair: no document in UTF-8 can hold one, and a transcript may."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {whole(key): whole(one) for key, one in value.items()}
    return [whole(one) for one in value] if isinstance(value, list | tuple) else value
