"""A TOML file edited in place, line by line, and read back: Codex keeps its settings in one.

Guaranteed: no line that was not named is touched; an edit whose result does not read back as what was meant (a header
inside a long text, a table written inline) raises `ConfigurationError` and nothing is lost.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from typing import Any

from jackline.core.errors import ConfigurationError

Table = tuple[str, ...]


def parse(text: str) -> dict[str, Any]:
    """The value. Raises `ConfigurationError`."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(str(error)) from error


def find(text: str, table: Table, key: str) -> Any | None:  # noqa: ANN401 - any TOML
    """The value of a key, or None."""
    value: Any = parse(text)
    for name in (*table, key):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def put(text: str, table: Table, key: str, value: str | bool) -> str:  # noqa: FBT001 - a TOML value, not a switch
    """Set a key of a table: in its place, else under the table's header, else under a new header at the end."""
    expected = copy.deepcopy(parse(text))
    _inside(expected, table)[key] = value
    lines = text.splitlines(keepends=True)
    new = f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
    header = _header(lines, table)
    at = None if header is None else _key(lines, header, key)
    if at is not None:
        lines[at] = new
    elif header is not None:
        lines.insert(header + 1, new)
    else:
        lines += [*_separator(lines), f"[{_written(table)}]\n", new]
    return _checked("".join(lines), expected)


def remove(text: str, table: Table, key: str) -> str:
    """Take a key out, and its table's header where nothing else stands under it."""
    expected = copy.deepcopy(parse(text))
    del _inside(expected, table)[key]
    lines = text.splitlines(keepends=True)
    header = _header(lines, table)
    at = None if header is None else _key(lines, header, key)
    if header is None or at is None:
        message = f"`{key}` of `[{_written(table)}]` could not be taken out; remove it by hand"
        raise ConfigurationError(message)
    del lines[at]
    if not _inside(expected, table) and not _held(lines, header):
        del lines[header]
        if header and header <= len(lines) and not lines[header - 1].strip():
            del lines[header - 1]
        _prune(expected, table, lines)
    return _checked("".join(lines), expected)


def _inside(value: dict[str, Any], table: Table) -> dict[str, Any]:
    for name in table:
        inner = value.setdefault(name, {})
        if not isinstance(inner, dict):
            message = f"`{_written(table)}` is not a table"
            raise ConfigurationError(message)
        value = inner
    return value


def _prune(value: dict[str, Any], table: Table, lines: list[str]) -> None:
    """Empty tables without a header of their own go, from the inside out."""
    for depth in range(len(table), 0, -1):
        above = _inside(value, table[: depth - 1])
        if above.get(table[depth - 1]) == {} and _header(lines, table[:depth]) is None:
            del above[table[depth - 1]]


def _header(lines: list[str], table: Table) -> int | None:
    for at, line in enumerate(lines):
        found = re.match(r"[ \t]*\[([^\[].*)\][ \t]*(?:#.*)?\r?\n?$", line)
        if found and _names(found[1]) == table:
            return at
    return None


def _names(header: str) -> Table | None:
    """The names in a header: `hooks.state."a.b"` has three."""
    try:
        value: Any = tomllib.loads(f"[{header}]")
    except tomllib.TOMLDecodeError:
        return None
    names = []
    while isinstance(value, dict) and value:
        ((name, value),) = value.items()
        names.append(name)
    return tuple(names)


def _key(lines: list[str], header: int, key: str) -> int | None:
    for at in range(header + 1, len(lines)):
        if lines[at].lstrip().startswith("["):
            return None
        if re.match(rf"[ \t]*{re.escape(key)}[ \t]*=", lines[at]):
            return at
    return None


def _held(lines: list[str], header: int) -> bool:
    """Whether anything but blank lines stands under the header: a comment is somebody's."""
    for line in lines[header + 1 :]:
        if line.lstrip().startswith("["):
            return False
        if line.strip():
            return True
    return False


def _separator(lines: list[str]) -> list[str]:
    if not lines:
        return []
    return ["\n"] if lines[-1].endswith("\n") else ["\n", "\n"]


def _written(table: Table) -> str:
    return ".".join(
        name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False) for name in table
    )


def _checked(text: str, expected: dict[str, Any]) -> str:
    if parse(text) != expected:
        message = "the edit does not read back as it was meant; make it by hand"
        raise ConfigurationError(message)
    return text
