"""The entry files: an index of programs by a scan of their headers, each file parsed on its first use.

The scan reads only lines that open a table or name other programs, so that a cold guard knows every program in
milliseconds and pays for parsing only what is used.
"""

from __future__ import annotations

import re
import tomllib
from fnmatch import translate
from functools import cache
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from jackline.core.errors import ConfigurationError
from jackline.lower.catalogue.grammar import Node, fill, inherit
from jackline.lower.catalogue.notation import split_condition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_HEADER: Final = re.compile(r'^\[(?:"([^"]+)"|([^\]"]+))\]|^also = \[([^\]]*)\]', re.MULTILINE)
_QUOTED: Final = re.compile(r'"([^"]+)"')
_EXAMPLES: Final = "examples"
_HARMLESS: Final = split_condition("_ when --help|--version")[1]
_HARMLESS_LONG: Final = split_condition("_ when -help|-version|--help|--version|help")[1]


def _data() -> Traversable:
    return files("jackline.lower.catalogue") / "data"


@cache
def index() -> dict[str, str]:
    """Program name → the entry file that describes it."""
    found: dict[str, str] = {}
    for entry in sorted(_data().iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml") and not entry.name.startswith("_"):
            for name in _programs(entry.read_text(encoding="utf-8")):
                found.setdefault(name, entry.name)
    return found


def _programs(text: str) -> Iterator[str]:
    for quoted, plain, also in _HEADER.findall(text):
        headers = _QUOTED.findall(also) if also else [quoted or plain]
        for header in headers:
            yield from (name for name in header.split()[0].split("|") if name != _EXAMPLES)


@cache
def _file(name: str) -> dict[str, Node]:
    text = (_data() / name).read_text(encoding="utf-8")
    try:
        return read_entry(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ConfigurationError) as error:
        message = f"the catalogue file `{name}` cannot be read: {error}"
        raise ConfigurationError(message) from error


def program(name: str) -> Node | None:
    """The entry of a program, or None where the catalogue has none."""
    file = index().get(name)
    if file is not None:
        return _file(file).get(name)
    return next((_file(index()[spelled])[spelled] for shape, spelled in _shapes() if shape.fullmatch(name)), None)


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The programs that are named by a shape (`mkfs.*`)."""
    return tuple((re.compile(translate(name)), name) for name in index() if "*" in name)


def examples() -> Iterator[tuple[str, str, list[str]]]:
    """Every example: entry file, command, expected effects in the notation."""
    for name in sorted({*index().values()}):
        text = (_data() / name).read_text(encoding="utf-8")
        for command, expected in tomllib.loads(text).get(_EXAMPLES, {}).items():
            yield name, command, expected


def read_entry(document: dict[str, Any]) -> dict[str, Node]:
    """Build the trees of one file: program name → its node. Raises `ConfigurationError`."""
    roots: dict[str, Node] = {}
    for header, table in document.items():
        if header == _EXAMPLES:
            continue
        shared: Node | None = None
        placed: dict[int, Node] = {}
        for path in _paths([header, *_list(table.get("also", ()))]):
            node = _place(roots, path, shared)
            placed[id(node)] = node
            shared = shared if shared is not None or node.children or node.defined else node
        for node in placed.values():
            if node.defined:
                message = f"`{header}` describes `{' '.join(node.path)}` a second time; take it out of one of the tables"
                raise ConfigurationError(message)
            fill(node, table)
    for root in {id(node): node for node in roots.values()}.values():
        _finish(root)
    return roots


def _list(value: Any) -> list[str]:  # noqa: ANN401 - TOML
    return list(value)


def _paths(headers: list[str]) -> Iterator[tuple[str, ...]]:
    for header in headers:
        yield from product(*(word.split("|") for word in header.split()))


def _place(roots: dict[str, Node], path: tuple[str, ...], shared: Node | None) -> Node:
    """Put a node at a path, making the groups above it; names of one table share one node."""
    if len(path) == 1:
        return roots.setdefault(path[0], shared if shared is not None else Node(path))
    parent = roots.setdefault(path[0], Node(path[:1]))
    for depth, word in enumerate(path[1:-1], start=2):
        parent = _child(parent, word, Node(path[:depth]))
    return _child(parent, path[-1], shared if shared is not None else Node(path))


def _child(parent: Node, word: str, new: Node) -> Node:
    if "*" not in word:
        return parent.children.setdefault(word, new)
    shape = re.compile(translate(word))
    for known, node in parent.patterns:
        if known == shape:
            return node
    parent.patterns.append((shape, new))
    return new


def _finish(root: Node) -> None:
    root.style = root.style or "gnu"
    root.harmless = root.harmless or (_HARMLESS_LONG if root.style == "long" else _HARMLESS)
    inherit(root)
