"""Getting an upper layer ready before it is mounted, so that the view behaves as the workspace itself does.

Two things of overlayfs are answered by copying a file up beforehand, within a budget: a file with several names would part
from them when it is written to (so its whole group is copied up as one), and a file whose owner or group the session does
not have cannot be written to at all, EOVERFLOW (so it is copied up as the session's own; its true owner and group are given
back when it is published). What is over the budget is named.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from jackline.contain.view.entry import Entry
from jackline.contain.view.handles import Parents, open_file, split
from jackline.contain.view.node import ABSENT, Node, attributes, copy_content, read
from jackline.contain.view.staging import deepest_first, finish_folder, folder_node
from jackline.contain.view.store import attributes_to

if TYPE_CHECKING:
    from jackline.contain.view.disk import Disk
    from jackline.contain.view.handles import Root
    from jackline.contain.view.picture import Picture

MOST_FILES: Final = 2000
MOST_BYTES: Final = 256 * 1024 * 1024


class Prepared(NamedTuple):
    """`foreign`: what was copied up as the session's own, with its true owner and group. `fixed`: paths that nobody in the
    session can write to, for their owner or group is not there and they were not copied. `parting`: files with several
    names that part from them when written to. `special`: sockets and devices; the view shows them, a change never holds
    them."""

    foreign: dict[str, tuple[int, int]]
    fixed: tuple[str, ...]
    parting: tuple[str, ...]
    special: tuple[str, ...]


def prepare(
    lower: Root,
    upper: Root,
    picture: Picture,
    disk: Disk,
    *,
    owners: frozenset[int] | None,
    groups: frozenset[int] | None,
) -> Prepared:
    """Fill an empty upper layer. `owners` and `groups` are the IDs that the session's user namespace has; None: all.
    Raises `OSError` where the layer cannot be written."""
    linked = _linked(picture)
    strange = [path for path, node in picture.nodes.items() if _strange(node, owners, groups)]
    work = _Copying(lower, upper, picture, disk)
    foreign: dict[str, tuple[int, int]] = {}
    fixed: list[str] = []
    parting: list[str] = []
    for paths in [*linked, *([path] for path in strange)]:
        done = work.copy(paths)
        node = picture.get(paths[0])
        if not _strange(node, owners, groups):
            parting.extend([] if done else paths)
        elif done:
            foreign.update(dict.fromkeys(paths, (node.owner, node.group)))
        else:
            fixed.extend(paths)
    work.finish()
    special = tuple(path for path, node in picture.nodes.items() if node.kind == "other")
    return Prepared(foreign, tuple(sorted(set(fixed))), tuple(parting), special)


def _linked(picture: Picture) -> list[list[str]]:
    """The groups of names of one file, where the workspace has at least two of them."""
    found: dict[int, list[str]] = {}
    for path, node in picture.nodes.items():
        if node.names > 1 and node.kind not in {"directory", "other"}:
            found.setdefault(node.inode, []).append(path)
    return [paths for paths in found.values() if len(paths) > 1]


def _strange(node: Node, owners: frozenset[int] | None, groups: frozenset[int] | None) -> bool:
    return (owners is not None and node.owner not in owners) or (groups is not None and node.group not in groups)


class _Copying:
    """Copying up, within the budget; directories on the way get the state of those below."""

    def __init__(self, lower: Root, upper: Root, picture: Picture, disk: Disk) -> None:
        self._lower, self._upper, self._picture, self._disk = lower, upper, picture, disk
        self._folders: dict[str, Node] = {}
        self._files, self._bytes = MOST_FILES, MOST_BYTES
        self._done: set[str] = set()

    def copy(self, paths: list[str]) -> bool:
        """One file, by all its names; whether it was done."""
        node = self._picture.get(paths[0])
        if all(path in self._done for path in paths):
            return True
        if node.kind == "other" or self._files < len(paths) or self._bytes < node.size:
            return False
        try:
            self._copy(paths, node)
        except PermissionError:
            return False
        self._files, self._bytes = self._files - len(paths), self._bytes - node.size
        self._done.update(paths)
        return True

    def _copy(self, paths: list[str], node: Node) -> None:
        if node.kind == "directory":
            self._folder(paths[0])
            return
        with Parents(self._lower) as lowers:
            source_at, source = lowers.of(paths[0])
            descriptor = open_file(source_at, source) if node.kind == "file" else -1
            try:
                for path in paths:
                    self._folder(split(path)[0])
                with Parents(self._upper) as uppers:
                    at, name = uppers.of(paths[0])
                    self._make(at, name, descriptor, read(source_at, source, hashed=0))
                    for path in paths[1:]:
                        self._disk.link(at, name, *uppers.of(path))
            finally:
                if descriptor >= 0:
                    os.close(descriptor)

    def _make(self, at: int, name: str, source: int, node: Node) -> None:
        if node.kind == "link":
            self._disk.symlink(node.target, at, name)
        elif node.kind == "pipe":
            self._disk.fifo(at, name)
            self._disk.chmod(at, name, node.mode)
        else:
            out = self._disk.create(at, name, 0o600)
            try:
                copy_content(self._disk, source, out, os.fstat(source))
                attributes_to(self._disk, out, Node(), replace(node, attributes=attributes(source)))
                self._disk.chmod_open(out, node.mode)
            finally:
                os.close(out)
        if os.geteuid() == 0:
            self._disk.chown(at, name, node.owner, node.group)
            if node.kind == "file":
                self._disk.chmod(at, name, node.mode)
        self._disk.utime(at, name, node.modified)

    def _folder(self, path: str) -> None:
        if path in self._folders:
            return
        if path:
            parent, name = split(path)
            self._folder(parent)
            handle = self._upper.open(parent)
            try:
                self._disk.mkdir(handle, name)
            finally:
                os.close(handle)
        self._folders[path] = folder_node(self._lower, path)

    def finish(self) -> None:
        """Give every directory its state, the root too, for the view's root shows the layer's."""
        self._folder("")
        finished = [Entry(path, ABSENT, node) for path, node in self._folders.items()]
        for entry in deepest_first(finished):
            node = entry.after if os.geteuid() == 0 else replace(entry.after, owner=-1)
            if node.kind == "directory":
                finish_folder(self._upper, self._disk, node, entry.path)
