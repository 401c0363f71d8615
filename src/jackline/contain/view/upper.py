"""The upper layer of an overlay, read as what it says about the tree below it.

What stands in it is what was written; a *whiteout* takes a name away; an *opaque* directory hides what the layer below has
under the same name. Whiteouts have two forms: a character device 0,0, and an empty file with `user.overlay.whiteout`
(Documentation/filesystems/overlayfs.rst). Overlays are mounted with `userxattr`.
"""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.contain.view.handles import join, listing, open_directory, open_file
from jackline.contain.view.node import OVERLAY

if TYPE_CHECKING:
    from jackline.contain.view.handles import Root

_OPAQUE: Final = OVERLAY + "opaque"
_WHITEOUT: Final = OVERLAY + "whiteout"
_TICK: Final = 20_000_000
"""Nanoseconds within which an older kernel may give two changes one time."""


class Mark(NamedTuple):
    """By what a later look tells whether a path of the upper layer was touched. `fresh`: touched so shortly before the
    look that a further change could bear the same times."""

    mode: int
    inode: int
    size: int
    modified: int
    changed: int
    names: int
    hides: bool
    fresh: bool

    @property
    def whiteout(self) -> bool:
        """Whether it takes a name away."""
        return self.hides and not stat.S_ISDIR(self.mode)

    @property
    def opaque(self) -> bool:
        """Whether it is a directory that hides what is below it."""
        return self.hides and stat.S_ISDIR(self.mode)


Marks = dict[str, Mark]


def scan(root: Root, known: Marks | None = None) -> Marks:
    """Every path of an upper layer. `known` is an earlier scan: what bears its times is not asked for its attributes
    again. A layer is ours alone, so nothing in it is left out. Raises `OSError`."""
    marks: Marks = {}
    earliest = time.time_ns() - _TICK
    known = known or {}
    found = os.fstat(root.handle)
    marks[""] = _mark(found, hides=False, earliest=earliest)
    todo = [""]
    while todo:
        parent = todo.pop()
        handle = root.enter(parent)
        try:
            for name, found in listing(handle):
                path = join(parent, name)
                before = known.get(path)
                hides = before.hides if before and _same(before, found) else _hides(handle, name, found)
                marks[path] = _mark(found, hides=hides, earliest=earliest)
                if stat.S_ISDIR(found.st_mode):
                    todo.append(path)
        finally:
            os.close(handle)
    return marks


def _same(mark: Mark, found: os.stat_result) -> bool:
    return (mark.changed, mark.inode) == (found.st_ctime_ns, found.st_ino) and not mark.fresh


def _mark(found: os.stat_result, *, hides: bool, earliest: int) -> Mark:
    changed = found.st_ctime_ns
    return Mark(
        found.st_mode,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        changed,
        found.st_nlink,
        hides,
        changed >= earliest,
    )


def _hides(handle: int, name: str, found: os.stat_result) -> bool:
    if stat.S_ISCHR(found.st_mode):
        return found.st_rdev == 0
    if stat.S_ISDIR(found.st_mode):
        return _attribute(open_directory(handle, name), _OPAQUE) == b"y"
    if stat.S_ISREG(found.st_mode) and found.st_size == 0:
        return _attribute(open_file(handle, name), _WHITEOUT) is not None
    return False


def _attribute(descriptor: int, name: str) -> bytes | None:
    try:
        return os.getxattr(descriptor, name)
    except OSError:
        return None
    finally:
        os.close(descriptor)
