"""A change of one path: what stood there, and what is to stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from jackline.contain.view.node import Node

if TYPE_CHECKING:
    from jackline.contain.view.disk import Disk


class Entry(Struct, frozen=True, omit_defaults=True):
    """`before` and `after` of one path. `joins`: the path of a file that stays as it is, and of which this is to be a
    further name."""

    path: str
    before: Node
    after: Node
    joins: str = ""


class Source(Protocol):
    """Where the content of new nodes comes from: the upper layer, or the store of before-images."""

    def fill(self, disk: Disk, entry: Entry, descriptor: int) -> Node:
        """Write the content of `entry.after` into a new file; returns the node with what was really written: its size,
        digest and attributes. Raises `OSError`, `WorkspaceError`."""

    def shared(self, entry: Entry, target: int) -> tuple[int, str] | None:
        """A name, in an open directory, of the very inode that `entry.after` was a name of, if it still holds the same
        and lies on the file system of the descriptor `target`."""
