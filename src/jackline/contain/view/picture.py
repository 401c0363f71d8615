"""A tree as it is believed to stand: path → `Node`, with what lies below each directory. One picture of the real
workspace is taken at the start; what is published, carried or undone is noted in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from jackline.contain.view.handles import join, listing, split
from jackline.contain.view.node import ABSENT, Node, glance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jackline.contain.view.handles import Root

OWN: Final = ".jackline-"
"""The beginning of names that are ours: no part of any workspace."""


class Picture:
    """Nodes by their paths. The root is always a directory."""

    __slots__ = ("_below", "closed", "nodes")

    def __init__(self, nodes: Mapping[str, Node] | None = None) -> None:
        self.nodes: dict[str, Node] = {}
        self.closed: set[str] = set()
        """The directories that could not be entered: what is below them is not known."""
        self._below: dict[str, set[str]] = {}
        for path, node in (nodes or {}).items():
            self.put(path, node)

    def get(self, path: str) -> Node:
        """What is believed to stand there."""
        return self.nodes.get(path, ABSENT)

    def put(self, path: str, node: Node) -> None:
        """Note what stands there; `ABSENT` takes it and all below it away."""
        if node.kind != "directory":
            for below in list(self.below(path)):
                self._take(below)
        if node.kind == "absent":
            self._take(path)
            return
        if path and path not in self.nodes:
            self._below.setdefault(split(path)[0], set()).add(path)
        self.nodes[path] = node

    def below(self, path: str) -> Iterator[str]:
        """Every path below a directory, parents first, in order."""
        todo = sorted(self._below.get(path, ()), reverse=True)
        while todo:
            found = todo.pop()
            yield found
            todo.extend(sorted(self._below.get(found, ()), reverse=True))

    def children(self, path: str) -> frozenset[str]:
        """The paths directly in a directory."""
        return frozenset(self._below.get(path, ()))

    def _take(self, path: str) -> None:
        self.nodes.pop(path, None)
        self._below.pop(path, None)
        beside = self._below.get(split(path)[0])
        if beside is not None:
            beside.discard(path)


def take(root: Root) -> Picture:
    """Look at a whole tree, by lstat(2) alone. A directory that may not be read, or on which something else is mounted,
    is in it and nothing below. Raises `OSError` where the root itself cannot be read."""
    picture = Picture()
    device = os.fstat(root.handle).st_dev
    picture.put("", glance(os.fstat(root.handle)))
    todo = [""]
    while todo:
        parent = todo.pop()
        try:
            handle = root.open(parent)
        except (PermissionError, FileNotFoundError, NotADirectoryError):
            if not parent:
                raise
            picture.closed.add(parent)
            continue
        try:
            listed = listing(handle)
        finally:
            os.close(handle)
        for name, found in listed:
            if name.startswith(OWN):
                continue
            path = join(parent, name)
            node = glance(found)
            picture.put(path, node)
            if node.kind == "directory":
                (todo.append if found.st_dev == device else picture.closed.add)(path)
    return picture
