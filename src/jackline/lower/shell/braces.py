"""Brace expansion (bash manual §3.5.1), over the parts of a word, bounded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.lower.shell.syntax import Parameter

if TYPE_CHECKING:
    from jackline.lower.shell.syntax import Part

MAX_WORDS: Final = 256
MAX_BRACES: Final = 40
_NAME: Final = late_pattern(r"[A-Za-z0-9_]+")
_RANGE: Final = late_pattern(r"(-?\d{1,18}|[A-Za-z])\.\.(-?\d{1,18}|[A-Za-z])(?:\.\.(-?\d{1,9}))?\Z")


_OUT_OF_STEP: Final = late_pattern(r"""\"[^\"]*\$\{[^}\"]*[\"'`]""")
"""Quotes within `"${…}"`: bash looks for braces before it knows what is quoted in there, and loses count of them."""


class UnclearBraces(Exception):  # noqa: N818 - a signal to the caller, who knows what to do with the word
    """The braces make more than `MAX_WORDS` words, or it is not clear which of them bash takes for quoted."""


def expand_braces(parts: tuple[Part, ...], written: str) -> list[tuple[Part, ...]]:
    """The words that a word's braces make; the word alone where it has none. `written` is the word's own text.

    Raises `UnclearBraces`.
    """
    pieces = _characters(parts)
    if sum(piece == "{" for piece in pieces) > MAX_BRACES or _OUT_OF_STEP.search(written):
        raise UnclearBraces
    return [tuple(_merged(word)) for word in _expand(pieces, [MAX_WORDS])]


def _characters(parts: tuple[Part, ...]) -> list[Part]:
    """The braces and commas that count become parts of their own."""
    found: list[Part] = []
    for part in parts:
        if isinstance(part, str):
            found.extend(piece for piece in re.split(r"([{},])", part) if piece)
        else:
            found.append(part)
    return found


def _expand(parts: list[Part], budget: list[int]) -> list[list[Part]]:
    start = 0
    while True:
        opened = next((n for n in range(start, len(parts)) if parts[n] == "{"), -1)
        if opened < 0:
            return [parts]
        closed, commas = _closing(parts, opened)
        alternatives = _alternatives(parts, opened, closed, commas, budget) if closed >= 0 else None
        if alternatives is None:
            start = opened + 1
            continue
        rest = _expand(parts[closed + 1 :], budget)
        words = [parts[:opened] + middle + after for middle in alternatives for after in rest]
        if len(words) > MAX_WORDS:
            raise UnclearBraces
        return words


def _closing(parts: list[Part], opened: int) -> tuple[int, list[int]]:
    depth, commas = 0, list[int]()
    for index in range(opened, len(parts)):
        if parts[index] == "{":
            depth += 1
        elif parts[index] == "}":
            depth -= 1
            if depth == 0:
                return index, commas
        elif parts[index] == "," and depth == 1:
            commas.append(index)
    return -1, commas


def _alternatives(
    parts: list[Part], opened: int, closed: int, commas: list[int], budget: list[int]
) -> list[list[Part]] | None:
    if commas:
        found: list[list[Part]] = []
        for start, end in zip([opened, *commas], [*commas, closed], strict=True):
            budget[0] -= 1
            if budget[0] < 0:
                raise UnclearBraces
            found.extend(_expand(parts[start + 1 : end], budget))
        return found
    inside = parts[opened + 1 : closed]
    if len(inside) != 1 or not isinstance(inside[0], str):
        return None
    sequence = _sequence(inside[0])
    return None if sequence is None else [[one] for one in sequence]


def _sequence(text: str) -> list[str] | None:
    found = _RANGE.match(text)
    if found is None:
        return None
    first, last, step = found[1], found[2], abs(int(found[3] or 1)) or 1
    numeric = first.lstrip("-").isdigit()
    if numeric != last.lstrip("-").isdigit():
        return None
    low, high = (int(first), int(last)) if numeric else (ord(first), ord(last))
    if abs(high - low) // step >= MAX_WORDS:
        raise UnclearBraces
    values = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
    if not numeric:
        return [chr(value) for value in values]
    padded = any(len(end.lstrip("-")) > 1 and end.lstrip("-").startswith("0") for end in (first, last))
    width = max(len(first), len(last)) if padded else 0
    return [f"{value:0{width}d}" for value in values]


def _merged(parts: list[Part]) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return _renamed(found) if len(found) > 1 else found


def _renamed(parts: list[Part]) -> list[Part]:
    """Braces are expanded before names are read: `$HOM{E,X}` is `$HOME $HOMX`, `{$x,y}z` is `$xz yz`."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        name = _NAME.match(part) if isinstance(part, str) else None
        if name is None or not isinstance(last, Parameter) or not _is_bare(last):
            found.append(part)
            continue
        found[-1] = Parameter(last.name + name.group(), last.quoted, start=last.start, end=last.end)
        rest = str(part)[name.end() :]
        if rest:
            found.append(rest)
    return found


def _is_bare(part: Parameter) -> bool:
    """Written `$name`, without braces and outside double quotes."""
    return not part.quoted and part.end - part.start == len(part.name) + 1 and part.name.isidentifier()
