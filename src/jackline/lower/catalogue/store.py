"""The entry files: an index of programs by a scan of their headers, each program's tables parsed on its first use.

The scan reads only lines that open a table or name other programs, so that a cold guard knows every program in
milliseconds. It pays for cutting up only the file of a program that is used, for parsing only its tables, and for
building only its sub-command.
"""

from __future__ import annotations

import re
import tomllib
from copy import copy
from fnmatch import translate
from functools import cache
from itertools import pairwise, product
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from msgspec import field

from jackline.core.errors import ConfigurationError
from jackline.core.inner import Inner
from jackline.core.packaged import packaged, packaged_names
from jackline.lower.catalogue.grammar import Node, Shape
from jackline.lower.catalogue.notation import split_condition

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE: Final = "jackline.lower.catalogue"
_TABLE: Final = re.compile(r"\n\[")
_HEADER: Final = re.compile(r'\n(?:\[(?:"([^"]+)"|([^\]"]+))\]|also = \[([^\]]*)\])')
"""Both begin with the end of the line before: four times as fast to look for as the beginning of a line (measured)."""
_QUOTED: Final = re.compile(r'"([^"]+)"')
_PLAIN_WORDS: Final = 3
"""Words of a header in which an inner one may have alternatives."""
_EXAMPLES: Final = "examples"
_HARMLESS: Final = split_condition("_ when --help|--version")[1]
_HARMLESS_LONG: Final = split_condition("_ when -help|-version|--help|--version|help")[1]


class _Group(Inner):
    """Programs that share their tables, while a file is scanned. A piece is one table, from its header to the next."""

    names: set[str] = field(default_factory=set)
    pieces: list[slice] = field(default_factory=list)


@cache
def _text(name: str) -> str:
    """A file's text, with an end of line before its first line too."""
    return "\n" + packaged(_PACKAGE, "data", name)


@cache
def index() -> dict[str, str]:
    """Program name → the entry file that describes it: of several the first."""
    found: dict[str, str] = {}
    for file in packaged_names(_PACKAGE, "data", suffix=".toml"):
        if not file.startswith("_"):
            for name in _programs(_text(file)):
                found.setdefault(name, file)
    return found


@cache
def _described(file: str) -> dict[str, list[slice]]:
    """The programs of a file, each with its tables. Programs that one table names together share all their tables:
    they may have the same node (`docker-compose` is `docker compose`)."""
    text = _text(file)
    starts = [match.start() for match in _TABLE.finditer(text)]
    groups: dict[str, _Group] = {}
    for start, end in pairwise([*starts, len(text)]):
        names = dict.fromkeys(_programs(text[start:end]))
        shared = next((groups[name] for name in names if name in groups), None) or _Group()
        shared.pieces.append(slice(start, end))
        for name in names:
            other = groups.get(name)
            if other is not None and other is not shared:  # programs apart so far, which this table joins
                shared.pieces += other.pieces
                shared.names |= other.names
                groups.update(dict.fromkeys(other.names, shared))
            elif other is None:
                shared.names.add(name)
                groups[name] = shared
    for group in {id(group): group for group in groups.values()}.values():
        group.pieces.sort(key=attrgetter("start"))
    return {name: group.pieces for name, group in groups.items()}


def _programs(text: str) -> Iterator[str]:
    for quoted, plain, also in _HEADER.findall(text):
        headers = _QUOTED.findall(also) if also else [quoted or plain]
        for header in headers:
            yield from (name for name in header.split(None, 1)[0].split("|") if name != _EXAMPLES)


@cache
def program(name: str) -> Node | None:
    """The entry of a program, or None where the catalogue has none. Raises `ConfigurationError` for one that is wrong."""
    file = index().get(name)
    if file is None:
        return next((program(spelled) for shape, spelled in _shapes() if shape.fullmatch(name)), None)
    text = _text(file)
    try:
        return read_entry(tomllib.loads("".join(text[piece] for piece in _described(file)[name])))[name]
    except (tomllib.TOMLDecodeError, ConfigurationError) as error:
        message = f"the entry of `{name}` in the catalogue file `{file}` cannot be read: {error}"
        raise ConfigurationError(message) from error


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The programs that are named by a shape (`mkfs.*`)."""
    return tuple((re.compile(translate(name)), name) for name in index() if "*" in name)


def examples() -> Iterator[tuple[str, str, list[str]]]:
    """Every example: entry file, command, expected effects in the notation."""
    for name in sorted({*index().values()}):
        for command, expected in tomllib.loads(_text(name)).get(_EXAMPLES, {}).items():
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
            if node.path != path and node.path == path[: len(node.path)]:
                message = (
                    f"`{' '.join(path)}` lies below `{' '.join(node.path)}` of the same table; give it one of its own"
                )
                raise ConfigurationError(message)
            placed[id(node)] = node
            shared = shared if shared is not None or node.children or node.defined else node
        for node in placed.values():
            if node.defined:
                message = (
                    f"`{header}` describes `{' '.join(node.path)}` a second time; take it out of one of the tables"
                )
                raise ConfigurationError(message)
            node.defined, node.table = True, table
    for root in {id(node): node for node in roots.values()}.values():
        if "harmless" not in (root.table or {}):
            long = (root.table or {}).get("style") == "long"
            root.harmless = _HARMLESS_LONG if long else _HARMLESS
    return roots


def _list(value: Any) -> list[str]:  # noqa: ANN401 - TOML
    return list(value)


def _paths(headers: list[str]) -> Iterator[tuple[str, ...]]:
    for header in headers:
        words = header.split()
        if len(words) > _PLAIN_WORDS and any("|" in word for word in words[1:-1]):
            message = f"`{header}` mixes alternatives of several words; write one header and the others into `also`"
            raise ConfigurationError(message)
        yield from product(*(word.split("|") for word in header.split()))


def _place(roots: dict[str, Node], path: tuple[str, ...], shared: Node | None) -> Node:
    """Put a node at a path, making the groups above it; names of one table share one node."""
    if len(path) == 1:
        return roots.setdefault(path[0], shared if shared is not None else Node(path))
    parent = roots.setdefault(path[0], Node(path[:1]))
    for depth, word in enumerate(path[1:-1], start=2):
        parent = _alone(parent, word, _child(parent, word, Node(path[:depth], parent=parent)), path[:depth])
    return _child(parent, path[-1], shared if shared is not None else Node(path, parent=parent))


def _alone(parent: Node, word: str, node: Node, path: tuple[str, ...]) -> Node:
    """A node that several names of a group share gets sub-commands for one of them: that one is a node of its own from then on."""
    alike = [name for name, child in parent.children.items() if child is node]
    if alike == [word] or word not in alike:
        return node
    own = copy(node)
    own.path, own.children, own.patterns = path, dict(node.children), list(node.patterns)
    parent.children[word] = own
    return own


def _shape(word: str) -> Shape:
    head, _, tail = word.partition("*")
    if "*" in tail:
        message = (
            f"`{word}` in a header has more than one `*`; write a word of each header with one, or several headers"
        )
        raise ConfigurationError(message)
    return Shape(head, tail)


def _child(parent: Node, word: str, new: Node) -> Node:
    if "*" not in word:
        return parent.children.setdefault(word, new)
    shape = _shape(word)
    for known, node in parent.patterns:
        if known == shape:
            return node
    parent.patterns.append((shape, new))
    return new
