"""What changed in a view since the last savepoint, as entries: the final truth of what an action did to files.

In: the upper layer's marks then and now, and the picture of what the view showed then. Out: each path that looks different
now. What was only touched (opened for writing and left as it was) is no change.
"""

from __future__ import annotations

import base64
import os
import stat
from typing import TYPE_CHECKING, Final, Self

from msgspec.structs import replace

from jackline.contain.view.entry import Entry
from jackline.contain.view.handles import Parents, open_file
from jackline.contain.view.node import ABSENT, Node, attributes, copy_content, glance, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jackline.contain.view.disk import Disk
    from jackline.contain.view.handles import Root
    from jackline.contain.view.picture import Picture
    from jackline.contain.view.upper import Mark, Marks

_TRIES: Final = 3
"""How often a file is copied anew that is written to meanwhile; its last state comes with the next savepoint."""


class Layers:
    """An upper layer over its workspace. `foreign`: paths whose owner or group the session cannot have, with the pair that
    they really have (see `prepare`)."""

    def __init__(self, upper: Root, lower: Root, foreign: Mapping[str, tuple[int, int]] | None = None) -> None:
        self.upper, self.lower, self.foreign = upper, lower, dict(foreign or {})
        self._sources = Parents(upper)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Close what is kept open between the files of one change."""
        self._sources.close()

    def entries(self, picture: Picture, old: Marks, new: Marks) -> list[Entry]:
        """Every path that looks different, with what is known of it; contents are not read yet (see `fill`). Sockets and
        devices are no part of a change: to it, nothing stands there (see `left_out`)."""
        touched = [path for path, mark in new.items() if _touched(old.get(path), mark)]
        found = {path: Entry(path, picture.get(path), ABSENT) for path in _gone(picture, old, new, touched)}
        with Parents(self.upper) as uppers, Parents(self.lower) as lowers:
            alike: dict[str, Node] = {}
            for path in touched:
                if new[path].whiteout:
                    continue
                entry = self._entry(path, picture.get(path), uppers, lowers)
                if entry.before.kind == entry.after.kind == "absent":
                    continue
                if _looked_at(entry, old.get(path), new[path]):
                    continue
                if entry.before.alike(entry.after):
                    alike[path] = entry.after
                else:
                    found[path] = entry
            self._join(found, alike, picture, new, uppers)
            for path in _parted(alike, picture, new):
                found.setdefault(path, Entry(path, picture.get(path), self._own(path, read(*uppers.of(path)))))
        return [found[path] for path in sorted(found)]

    def _entry(self, path: str, before: Node, uppers: Parents, lowers: Parents) -> Entry:
        at, name = uppers.of(path) if path else (self.upper.handle, ".")
        after = self._own(path, glance(os.stat(name, dir_fd=at, follow_symlinks=False)))
        if after.kind == "other":
            return Entry(path, before, ABSENT)
        if after.kind == "file" and not _similar(before, after):
            return Entry(path, before, after)
        after = self._own(path, read(at, name, hashed=None if before.kind == "file" else 0))
        if before.kind == after.kind and (before.attributes is None or (before.kind == "file" and not before.digest)):
            before = _completed(self.lower, lowers, path, before)
        return Entry(path, before, after)

    def _own(self, path: str, node: Node) -> Node:
        owner, group = self.foreign.get(path, (node.owner, node.group))
        return replace(node, owner=owner, group=group) if path in self.foreign else node

    def _join(
        self, found: dict[str, Entry], alike: Mapping[str, Node], picture: Picture, new: Marks, uppers: Parents
    ) -> None:
        """Hard links: a new name of a file that stayed as it was is joined to that, wherever it was linked to before."""
        groups: dict[int, list[str]] = {}
        for path, mark in new.items():
            if mark.names > 1 and not mark.hides and not stat.S_ISDIR(mark.mode):
                groups.setdefault(mark.inode, []).append(path)
        for paths in groups.values():
            kept = [path for path in paths if path in alike]
            if not kept or not any(path in found or path in alike for path in paths):
                continue
            first = kept[0]
            for path in paths:
                if path in found:
                    found[path] = replace(found[path], joins=first)
                elif path != first and path in alike and picture.get(path).inode != picture.get(first).inode:
                    at, name = uppers.of(path)
                    found[path] = Entry(path, picture.get(path), self._own(path, read(at, name)), first)

    def fill(self, disk: Disk, entry: Entry, descriptor: int) -> Node:
        """The content of a file of the upper layer; see `Source`."""
        source = open_file(*self._sources.of(entry.path))
        try:
            found, digest = _steady_copy(disk, source, descriptor)
            given = attributes(source)
        finally:
            os.close(source)
        for name, value in given.items():
            disk.set_attribute(descriptor, name, base64.b64decode(value))
        return self._own(entry.path, replace(glance(found), digest=digest, attributes=given))

    def shared(self, entry: Entry, target: int) -> tuple[int, str] | None:
        """A layer's inodes are never those of the workspace; see `Source`."""
        del entry, target
        return None


def _parted(alike: Iterable[str], picture: Picture, new: Marks) -> Iterator[str]:
    """The names that were of one file, look as before, and are of another file than the first of them now."""
    first: dict[int, int] = {}
    for path in alike:
        node = picture.get(path)
        if node.names > 1 and node.kind != "directory":
            inode = first.setdefault(node.inode, new[path].inode)
            if inode != new[path].inode:
                yield path


def _steady_copy(disk: Disk, source: int, target: int) -> tuple[os.stat_result, str]:
    """Copy a file; anew, a few times, where it was written to meanwhile."""
    tries = 1
    while True:
        found = os.fstat(source)
        digest = copy_content(disk, source, target, found)
        if tries == _TRIES or os.fstat(source).st_ctime_ns == found.st_ctime_ns:
            return found, digest
        tries += 1
        disk.resize(target, 0)
        os.lseek(target, 0, os.SEEK_SET)


def _looked_at(entry: Entry, old: Mark | None, new: Mark) -> bool:
    """Whether nothing was done to it here, though it cannot be compared whole: its own in the workspace was changed since."""
    if entry.before.attributes is not None or not _similar(entry.before, entry.after):
        return False
    return entry.after.kind == "directory" or _same(old, new)


def left_out(marks: Marks) -> list[str]:
    """The sockets and devices of an upper layer: they are named, and not kept."""
    return [
        path
        for path, mark in marks.items()
        if not mark.hides and stat.S_IFMT(mark.mode) in {stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK}
    ]


def _touched(before: Mark | None, mark: Mark) -> bool:
    return before is None or before.fresh or not _same(before, mark)


def _same(before: Mark | None, mark: Mark) -> bool:
    return before is not None and before[:-1] == mark[:-1]


def _gone(picture: Picture, old: Marks, new: Marks, touched: Iterable[str]) -> Iterator[str]:
    """The paths that the view no longer shows."""
    for path in old:
        if path not in new and picture.get(path).kind != "absent":
            yield path
            yield from picture.below(path)
    for path in touched:
        mark = new[path]
        if mark.whiteout and picture.get(path).kind != "absent":
            yield path
        if not stat.S_ISDIR(mark.mode):
            yield from picture.below(path)
        elif mark.opaque:
            yield from (below for below in picture.below(path) if below not in new or new[below].whiteout)


def _similar(before: Node, after: Node) -> bool:
    return before.same_rights(after) and (before.kind, before.size, before.modified) == (
        after.kind, after.size, after.modified,
    )  # fmt: skip


def _completed(lower: Root, lowers: Parents, path: str, before: Node) -> Node:
    """A node of the workspace with its content and attributes, if it is still the same thing."""
    try:
        at, name = lowers.of(path) if path else (lower.handle, ".")
        whole = read(at, name, hashed=None)
    except OSError:
        return before
    return whole if whole.same_thing(before) and whole.modified == before.modified else before
