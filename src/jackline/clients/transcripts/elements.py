"""The elements of one long JSON array, one after the other, without holding the array."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Final

from jackline.clients.transcripts.lines import MAX_LINE, read_some, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jackline.clients.transcripts.interface import Damage

_CHUNK: Final = 1024 * 1024
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_OUTER: Final = re.compile(rb'(?:[^"\[\]{},]++|' + _STRING + rb")*+([\[\]{},])", re.DOTALL)
_INNER: Final = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+([\[\]{}])", re.DOTALL)
_OPENING: Final = frozenset({b"[", b"{"})


def elements(file: BinaryIO, path: Path, damage: Damage) -> Iterator[tuple[int, bytes]]:
    """Each element's place, from 1, and its bytes. After one over `MAX_LINE` nothing more can be told apart."""
    left = size_of(file)
    text, start, at, depth, place = b"", 0, 0, 0, 1
    while left > 0 and (chunk := read_some(file, min(_CHUNK, left), path, damage)):
        left -= len(chunk)
        text, start, at = text[start:] + chunk, 0, at - start
        while (found := (_OUTER if depth <= 1 else _INNER).match(text, at)) is not None:
            at, mark = found.end(), found[1]
            if mark in _OPENING:
                depth += 1
                start = at if depth == 1 else start
                continue
            if depth == 1:  # a comma between elements, or the array's end
                if element := text[start : at - 1].strip():
                    yield place, element
                place, start = place + 1, at
            if mark != b",":
                depth -= 1
            if depth <= 0:
                return
        if at - start > MAX_LINE or len(text) - start > MAX_LINE:
            damage.unread(f"an element over {MAX_LINE >> 20} MiB, and what follows it", path, left)
            return
    damage.lost("an array that ends too early", path, place, len(text) - start)
