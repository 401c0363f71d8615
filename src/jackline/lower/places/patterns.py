"""Which rows of a table name a path: patterns compiled into one tree of names, so that a path is read once.

Out: `Patterns.match(path)` gives the marks of a path, `Patterns.beneath(path)` those of all that may lie below it.
Guaranteed: linear in the number of names times the patterns that still agree; no backtracking over the whole path.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase, translate
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.places.tables import HOMES, ROOT_HOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.lower.places.tables import Mark

    Row = tuple[tuple[Mark, ...], str]

_WILD: Final = re.compile(r"[*?[]")
_WILD_END: Final = re.compile(r"[*?\]]")
_NO_SUFFIX: Final = re.compile(r"[*?/]")
NONE: Final[frozenset[Mark]] = frozenset()
MAX_NAMES: Final = 128
"""Names in a path beyond which only the last ones are looked at; PATH_MAX allows 2,048 one-letter names."""


class Glob(NamedTuple):
    """A name with wildcards: as it is written, what it begins and ends with, and the node behind it."""

    text: str
    head: str
    tail: str
    node: Node


class Node(Inner):
    """One name on the way: `here` are the marks of a path that ends here, `below` those of it and all below it."""

    exact: dict[str, Node] = field(default_factory=dict)
    globs: list[Glob] = field(default_factory=list)
    deeper: Node | None = None  # behind `**` in the middle of a pattern
    here: frozenset[Mark] = NONE
    below: frozenset[Mark] = NONE

    def child(self, name: str) -> Node:
        """The node behind `name`, made where it is not there."""
        if name == "**":
            self.deeper = self.deeper or Node()
            return self.deeper
        if _WILD.search(name) is None:
            found = self.exact.get(name)
            if found is None:
                found = self.exact[name] = Node()
            return found
        for glob in self.globs:
            if glob.text == name:
                return glob.node
        node = Node()
        self.globs.append(Glob(name, *_ends(name), node))
        return node

    def steps(self, name: str) -> Iterator[Node]:
        """The nodes behind one name of a path; a name with `*` in it stands for whatever could be there."""
        if "*" in name:
            yield from (node for key, node in self.exact.items() if fnmatchcase(key, name))
            yield from (glob.node for glob in self.globs if _may_meet(glob, name))
            return
        found = self.exact.get(name)
        if found is not None:
            yield found
        for text, head, tail, node in self.globs:
            near = name.startswith(head) if head else name.endswith(tail)
            if near and _whole(text).match(name) is not None:
                yield node

    def all_marks(self) -> Iterator[Mark]:
        """The marks of everything at and below this node."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield from node.here
            yield from node.below
            stack.extend(node.exact.values())
            stack.extend(glob.node for glob in node.globs)
            if node.deeper is not None:
                stack.append(node.deeper)


@cache
def _whole(glob: str) -> re.Pattern[str]:
    """The expression for a glob, made when a name first begins and ends like it: all of them would cost a start 5 ms."""
    return re.compile(translate(glob))


def _ends(glob: str) -> tuple[str, str]:
    """What is fixed at a glob's beginning and at its end."""
    return _WILD.split(glob, maxsplit=1)[0], _WILD_END.split(glob)[-1]


def _may_meet(glob: Glob, other: str) -> bool:
    """Whether two globs can name the same thing: their fixed beginnings and ends agree, and both begin with something."""
    head, tail = _ends(other)
    starts = glob.head.startswith(head) or head.startswith(glob.head)
    ends = glob.tail.endswith(tail) or tail.endswith(glob.tail)
    return starts and ends and ((bool(glob.head) and bool(head)) or other == "*")


class Patterns:
    """A table's rows, compiled. `add` rows are marks given, and `!` patterns take a row's marks away again."""

    __slots__ = ("_anywhere", "_except", "_home", "_root", "_suffixes")

    def __init__(self, rows: Iterable[Row]) -> None:
        self._home, self._root, self._anywhere = Node(), Node(), Node()
        self._suffixes: dict[str, frozenset[Mark]] = {}
        self._except: Patterns | None = None
        exceptions: list[Row] = []
        for marks, text in rows:
            for pattern in text.split():
                if pattern.startswith("!"):
                    exceptions.append((marks, pattern[1:]))
                else:
                    self._add(pattern, frozenset(marks))
        if exceptions:
            self._except = Patterns(exceptions)

    def _add(self, pattern: str, marks: frozenset[Mark]) -> None:
        if pattern.startswith("**/*.") and _NO_SUFFIX.search(pattern, 5) is None:
            suffix = pattern[5:]
            self._suffixes[suffix] = self._suffixes.get(suffix, NONE) | marks
            return
        root = self._home if pattern.startswith("~/") else self._anywhere if pattern.startswith("**/") else self._root
        names = pattern.lstrip("~*").strip("/").split("/")
        whole = names[-1] == "**"
        node = root
        for name in names[:-1] if whole else names:
            node = node.child(name)
        if whole:
            node.below |= marks
        else:
            node.here |= marks

    def match(self, path: str, home: str) -> frozenset[Mark]:
        """The marks of a normalised path (see `normal`)."""
        names = split(path)
        found = self._walk(names, home)
        if self._except is not None and found and "*" not in path:  # what `*` stands for need not be the exception
            taken = self._except.match(path, home)
            if taken:
                found -= taken
        return found

    def _walk(self, names: list[str], home: str) -> frozenset[Mark]:
        found = NONE
        active: list[Node] = [self._root] if not names or names[0] != "*" else []
        starts = home_starts(names, home)
        last = len(names) - 1
        anywhere = self._anywhere
        for index, name in enumerate(names):
            if index in starts:
                active.append(self._home)
            following: list[Node] = []
            # `*` and `*.json` are any names at all: they meet what is anchored, not every pattern that holds anywhere.
            for node in active if name[0] == "*" else [*active, anywhere]:
                following.extend(node.steps(name))
                if node.deeper is not None:
                    following.extend(node.deeper.steps(name))
                    following.append(_only_deeper(node))
            for node in following:
                if node.below:
                    found |= node.below
                if index == last and node.here:
                    found |= node.here
            active = following
        if names:
            found |= self._by_suffix(names[-1])
        return found

    def _by_suffix(self, name: str) -> frozenset[Mark]:
        found = NONE
        dot = name.find(".")
        while dot >= 0:
            marks = self._suffixes.get(name[dot + 1 :])
            if marks is not None:
                found |= marks
            dot = name.find(".", dot + 1)
        return found

    def beneath(self, path: str, home: str) -> frozenset[Mark]:
        """The marks of what anchored patterns name at and below a directory: what `rm -r` or `cp -r` of it meets."""
        names = split(path)
        active: list[Node] = [self._root]
        starts = home_starts(names, home)
        whole_home = contains_home(path, home)
        for index, name in enumerate(names):
            if index in starts:
                active.append(self._home)
            active = [node for parent in active for node in parent.steps(name)]
        if len(names) in starts or whole_home:
            active.append(self._home)
        return self.match(path, home).union(*(frozenset(node.all_marks()) for node in active))


def _only_deeper(node: Node) -> Node:
    """`**` may swallow another name: a node from which only what stands behind it goes on."""
    return Node(deeper=node.deeper)


def split(path: str) -> list[str]:
    """The names of a path in lower case; of a very deep one the last."""
    names = [name for name in path.lower().split("/") if name]
    return names[-MAX_NAMES:]


def home_starts(names: list[str], home: str) -> frozenset[int]:
    """How many names lie before a home's own content: the agent's home, anyone's, and one behind an unknown beginning."""
    starts: set[int] = set()
    own = split(home)
    if own and names[: len(own)] == own:
        starts.add(len(own))
    for root in ROOT_HOMES:
        parts = split(root)
        if names[: len(parts)] == parts:
            starts.add(len(parts))
    for parent in HOMES:
        parts = split(parent)
        if len(names) > len(parts) and names[: len(parts)] == parts:
            starts.add(len(parts) + 1)
    if names and names[0] == "*":
        starts.add(1)
    return frozenset(starts)


def contains_home(path: str, home: str) -> bool:
    """Whether a home lies at or below this directory."""
    place = "/" + "/".join(name for name in split(path) if name != "*")
    homes = (home.lower(), *HOMES, *ROOT_HOMES)
    return place == "/" or any(one == place or one.startswith(place + "/") for one in homes)
