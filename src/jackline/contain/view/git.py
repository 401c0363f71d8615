"""A repository's own state, saved before a command that rewrites it: refs, stash, index, logs, and every object.

No git process is started, for a repository's configuration may name programs; its parts are copied, and its objects, which
never change, get a second name. So what `gc` would drop (commits that nothing refers to) is still there afterwards. In a view
this is part of the files and undone with them; it is for commands that run outside of one.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from jackline.contain.view.handles import Parents, Root, join, look, open_file, split, walk
from jackline.contain.view.node import copy_content
from jackline.contain.view.staging import remove_tree
from jackline.core.errors import WorkspaceError

if TYPE_CHECKING:
    from jackline.contain.view.disk import Disk

STATE: Final = (
    "HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "FETCH_HEAD", "MERGE_MSG", "index",
    "packed-refs", "shallow", "config", "config.worktree", "refs", "logs", "rebase-merge", "rebase-apply", "sequencer", "worktrees",
)  # fmt: skip
"""What says where a repository stands (gitrepository-layout(5)). The rest is objects, hooks, and what can be made again."""

_OBJECTS: Final = "objects"
_CANNOT_LINK: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK})


def save(repository: Root, to: Root, disk: Disk) -> int:
    """Save the state of the repository directory (`.git`, or a bare one) into an empty directory; returns how many objects
    there are. Raises `WorkspaceError` where it is no repository, `OSError`."""
    if look(repository.handle, "HEAD") is None or look(repository.handle, _OBJECTS) is None:
        raise WorkspaceError(f"`{repository.path}` is no git repository: it has no HEAD or no objects")
    for name in STATE:
        _copy(repository, to, name, disk)
    count = 0
    with Parents(repository) as sources, Parents(to) as targets:
        for path in _files(repository, _OBJECTS):
            _folders(to, split(path)[0], disk)
            _link(sources.of(path), targets.of(path), disk)
            count += 1
    disk.sync_all(to.handle)
    return count


def restore(repository: Root, saved: Root, disk: Disk) -> None:
    """Put a saved state back: objects that are gone first, then what refers to them. Objects that came since stay: they
    are in nobody's way. Raises `OSError`."""
    with Parents(saved) as sources, Parents(repository) as targets:
        for path in _files(saved, _OBJECTS):
            _folders(repository, split(path)[0], disk)
            at, name = targets.of(path)
            if look(at, name) is None:
                _link(sources.of(path), (at, name), disk)
    disk.sync_all(repository.handle)
    for name in STATE:
        if name == "config":
            continue  # it names programs: an undo of files may put it back, seen in a diff
        if look(saved.handle, name) is None:
            remove_tree(disk, repository.handle, name)
        else:
            _replace(repository, saved, name, disk)
    disk.sync_all(repository.handle)


def _files(root: Root, top: str) -> list[str]:
    """The files below a directory, by their paths; links are none of git's."""
    found = look(root.handle, top)
    if found is None or not stat.S_ISDIR(found.st_mode):
        return []
    with Root(top, at=root.handle) as folder:
        return [path for path, _, _, found in walk(folder, top) if stat.S_ISREG(found.st_mode)]


def _copy(source: Root, target: Root, name: str, disk: Disk) -> None:
    found = look(source.handle, name)
    if found is None:
        return
    if stat.S_ISREG(found.st_mode):
        _copy_file((source.handle, name), (target.handle, name), disk)
    elif stat.S_ISDIR(found.st_mode):
        _folders(target, name, disk)
        with Parents(source) as sources, Parents(target) as targets:
            for path in _files(source, name):
                _folders(target, split(path)[0], disk)
                _copy_file(sources.of(path), targets.of(path), disk)


def _replace(repository: Root, saved: Root, name: str, disk: Disk) -> None:
    """Put one thing in the place of another; git's own lock files (`index.lock`) are not ours to take."""
    beside = f".jackline-{name}"
    remove_tree(disk, repository.handle, beside)
    found = look(saved.handle, name)
    if found is not None and stat.S_ISDIR(found.st_mode):
        disk.mkdir(repository.handle, beside)
        disk.chmod(repository.handle, beside, stat.S_IMODE(found.st_mode) | 0o055)
        with Root(beside, at=repository.handle) as folder, Root(name, at=saved.handle) as source:
            _fill(source, folder, disk)
    else:
        _copy_file((saved.handle, name), (repository.handle, beside), disk)
    if look(repository.handle, name) is None:
        disk.rename(repository.handle, beside, repository.handle, name)
    else:
        disk.exchange(repository.handle, beside, repository.handle, name)
        remove_tree(disk, repository.handle, beside)


def _fill(source: Root, target: Root, disk: Disk) -> None:
    with Parents(source) as sources, Parents(target) as targets:
        for path, _, _, found in walk(source):
            if stat.S_ISDIR(found.st_mode):
                _folders(target, path, disk)
            elif stat.S_ISREG(found.st_mode):
                _copy_file(sources.of(path), targets.of(path), disk)


def _copy_file(source: tuple[int, str], target: tuple[int, str], disk: Disk) -> None:
    descriptor = open_file(*source)
    try:
        found = os.fstat(descriptor)
        out = disk.create(*target, stat.S_IMODE(found.st_mode))
        try:
            copy_content(disk, descriptor, out, found)
            disk.chmod_open(out, stat.S_IMODE(found.st_mode))
            disk.utime_open(out, found.st_mtime_ns)
        finally:
            os.close(out)
    finally:
        os.close(descriptor)


def _link(source: tuple[int, str], target: tuple[int, str], disk: Disk) -> None:
    """A second name of an object, which never changes; a copy where that cannot be."""
    try:
        disk.link(*source, *target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        _copy_file(source, target, disk)


def _folders(root: Root, path: str, disk: Disk) -> None:
    made = ""
    for name in path.split("/") if path else ():
        handle = root.open(made)
        try:
            if look(handle, name) is None:
                disk.mkdir(handle, name)
                disk.chmod(handle, name, 0o755)
        finally:
            os.close(handle)
        made = join(made, name)
