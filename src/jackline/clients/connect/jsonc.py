"""A JSON file that people keep by hand, edited in place: order, indentation, comments and line ends stay as they are.

In: the file's text. Out: the text with one member or element added, replaced or removed. Guaranteed: what was not named
is not touched, byte for byte, but for the comma beside it; the result reads back as the value that was meant, or
`ConfigurationError` is raised and nothing is lost. Comments (`//`, `/* */`) and a comma before a closing bracket are
read, as most clients do; a key that stands twice in one object is refused where it matters, since clients differ on it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from msgspec import Struct

from jackline.core.errors import ConfigurationError

Json = Any
Path = tuple["str | int", ...]

MAX_DEPTH: Final = 200
_SCALAR: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_BLANK: Final = re.compile(r"(?:[ \t\r\n\ufeff]|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
_REST_OF_LINE: Final = re.compile(r"[ \t]*(?://[^\n]*|/\*(?:[^*\n]|\*(?!/))*\*/[ \t]*(?=\r?\n))?")
_OPENING: Final = {"{": "}", "[": "]"}


class Node(Struct):
    """A value and where it stands. `parts` are an object's or array's, in order."""

    start: int
    end: int
    value: Json
    parts: list[Part] = []


class Part(Struct):
    """A member (`key` is a text) or an element (`key` is its index). `start` is its key's or value's first character,
    `comma` the place of the comma behind it, -1 where there is none."""

    key: str | int
    start: int
    node: Node
    comma: int = -1


def parse(text: str) -> Json:
    """The value. Raises `ConfigurationError` with line and column."""
    return _read(text).value


def find(text: str, path: Path) -> Json | None:
    """The value at `path`, or None where there is none."""
    node = _at(_read(text), path)
    return None if node is None else node.value


def put(text: str, path: Path, value: Json) -> str:
    """Set the member at `path`, making the objects above it; a file with nothing in it becomes an object.

    Raises `ConfigurationError` where something above it is no object.
    """
    if not _BLANK.sub("", text, count=1):
        text = text + "{}\n"
    root = _read(text)
    node, depth = _deepest(root, path)
    rest = path[depth:]
    if not rest:
        value_text = _dump(text, value, _indent_of(text, node.start))
        return _checked(text[: node.start] + value_text + text[node.end :], path, value)
    if not isinstance(node.value, dict):
        _refuse(f"`{_name(path[:depth])}` is not an object", text, node.start)
    inner: Json = value
    for key in reversed(rest[1:]):
        inner = {key: inner}
    return _checked(_insert(text, node, inner, rest[0]), path, value)


def append(text: str, path: Path, value: Json) -> str:
    """Add an element at the end of the array at `path`, making what is missing. Raises `ConfigurationError`."""
    node = None if not _BLANK.sub("", text, count=1) else _at(_read(text), path)
    if node is None:
        return put(text, path, [value])
    if not isinstance(node.value, list):
        _refuse(f"`{_name(path)}` is not an array", text, node.start)
    return _checked(_insert(text, node, value, None), (*path, len(node.value)), value)


def remove(text: str, path: Path) -> str:
    """Take out the member or element at `path`; it must be there."""
    root = _read(text)
    parent = _at(root, path[:-1])
    found = None if parent is None else next((at for at, part in enumerate(parent.parts) if part.key == path[-1]), None)
    if parent is None or found is None:
        message = f"there is no `{_name(path)}` to remove"
        raise ConfigurationError(message)
    part, last = parent.parts[found], found == len(parent.parts) - 1
    start, end = _whole_lines(text, part.start, part.comma + 1 if part.comma >= 0 else part.node.end)
    text = text[:start] + text[end:]
    if last and found and part.comma < 0:
        comma = parent.parts[found - 1].comma
        text = text[:comma] + text[comma + 1 :]
    _read(text)
    return text


# ---- reading --------------------------------------------------------------------------------------------------------


def _read(text: str) -> Node:
    start = _blank(text, 0)
    if start == len(text):
        _refuse("there is no value", text, start)
    node = _value(text, start, 0)
    end = _blank(text, node.end)
    if end != len(text):
        _refuse("there is more after the end of the value", text, end)
    return node


def _value(text: str, at: int, depth: int) -> Node:
    if depth > MAX_DEPTH:
        _refuse(f"it is nested deeper than {MAX_DEPTH} levels", text, at)
    first = text[at : at + 1]
    if first in _OPENING:
        return _container(text, at, depth)
    found = _STRING.match(text, at) if first == '"' else _SCALAR.match(text, at)
    if found is None:
        _refuse("a value was expected", text, at)
    try:
        return Node(at, found.end(), json.loads(found[0]))
    except ValueError:  # a number of more digits than Python reads
        _refuse("a number is too long", text, at)


def _container(text: str, at: int, depth: int) -> Node:
    closing, parts = _OPENING[text[at]], list[Part]()
    here = _blank(text, at + 1)
    while text[here : here + 1] != closing:
        if parts and parts[-1].comma < 0:
            _refuse(f"`,` or `{closing}` was expected", text, here)
        part = _member(text, here, depth) if closing == "}" else Part(len(parts), here, _value(text, here, depth + 1))
        here = _blank(text, part.node.end)
        if text[here : here + 1] == ",":
            part.comma = here
            here = _blank(text, here + 1)
        parts.append(part)
    value = {part.key: part.node.value for part in parts} if closing == "}" else [part.node.value for part in parts]
    return Node(at, here + 1, value, parts)


def _member(text: str, at: int, depth: int) -> Part:
    key = _STRING.match(text, at)
    if key is None:
        _refuse("a name in double quotes was expected", text, at)
    colon = _blank(text, key.end())
    if text[colon : colon + 1] != ":":
        _refuse("`:` was expected", text, colon)
    return Part(json.loads(key[0]), at, _value(text, _blank(text, colon + 1), depth + 1))


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _at(root: Node, path: Path) -> Node | None:
    node = root
    for depth, key in enumerate(path):
        found = [part.node for part in node.parts if part.key == key]
        if len(found) > 1:
            message = f"`{_name(path[: depth + 1])}` stands there {len(found)} times; leave one of them"
            raise ConfigurationError(message)
        if not found:
            return None
        node = found[0]
    return node


def _deepest(root: Node, path: Path) -> tuple[Node, int]:
    """The innermost value on the way to `path` that is there, and how many steps of the way it is."""
    found = root
    for depth in range(1, len(path) + 1):
        inner = _at(root, path[:depth])
        if inner is None:
            return found, depth - 1
        found = inner
    return found, len(path)


# ---- writing --------------------------------------------------------------------------------------------------------


def _insert(text: str, node: Node, value: Json, key: str | int | None) -> str:
    """Put a member (`key`) or an element at the end of a container, in its own style."""
    name = "" if key is None else json.dumps(key, ensure_ascii=False) + ": "
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    outer = _indent_of(text, node.start)
    if not node.parts:
        inner = outer + _step(text)
        body = text[node.start + 1 : node.end - 1].rstrip(" \t\r\n")
        added = end_of_line + inner + name + _dump(text, value, inner) + end_of_line + outer
        return text[: node.start + 1] + body + added + text[node.end - 1 :]
    last = node.parts[-1]
    inner = _indent_of(text, last.start)
    alone = text[: last.start].rpartition("\n")[2].strip(" \t") == "" and "\n" in text[node.start : last.start]
    added = name + _dump(text, value, inner if alone else outer)
    added = end_of_line + inner + added if alone else " " + added
    if last.comma >= 0:  # a comma before the closing bracket: the newcomer gets one too
        place = _line_end(text, last.comma + 1) if alone else last.comma + 1
        return text[:place] + added + "," + text[place:]
    place = _line_end(text, last.node.end) if alone else last.node.end
    return text[: last.node.end] + "," + text[last.node.end : place] + added + text[place:]


def _dump(text: str, value: Json, indent: str) -> str:
    """`value` in the file's own style, to stand behind `indent`."""
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    lines = json.dumps(value, indent=_step(text), ensure_ascii=False).split("\n")
    return (end_of_line + indent).join(lines)


def _step(text: str) -> str:
    """One level of the file's indentation: that of its first indented line."""
    found = re.search(r"\n([ \t]+)[^\s/]", text)
    return found[1] if found else "  "


def _indent_of(text: str, at: int) -> str:
    line = text[:at].rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _line_end(text: str, at: int) -> int:
    """The end of `at`'s line where only a comment stands behind it, else `at`."""
    found = _REST_OF_LINE.match(text, at)
    end = found.end() if found else at
    return end if text[end : end + 1] in {"\n", "\r", ""} else at


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """The span, with the line break and indentation before it where nothing else stands on its lines."""
    line = start - len(text[:start]) + len(text[:start].rstrip(" \t"))
    behind = _BLANKS.match(text, end)
    stop = behind.end() if behind else end
    if line and text[line - 1] == "\n" and text[stop : stop + 1] in {"\n", "\r"}:
        line -= 2 if text[line - 2 : line] == "\r\n" else 1
        return line, stop
    return start, stop if text[stop : stop + 1] not in {"\n", "\r", ""} else end


_BLANKS: Final = re.compile(r"[ \t]*")


def _checked(text: str, path: Path, value: Json) -> str:
    """Read the result back: an edit that does not mean what was asked is not written."""
    if find(text, path) != value:
        message = f"`{_name(path)}` could not be put into this file; set it by hand"
        raise ConfigurationError(message)
    return text


def _name(path: Path) -> str:
    return ".".join(str(key) for key in path) or "the file's value"


def _refuse(problem: str, text: str, at: int) -> NoReturn:
    line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
    message = f"{problem}, in line {line}, column {column}"
    raise ConfigurationError(message)
