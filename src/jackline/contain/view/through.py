"""Writing into a mounted view, through its mount: what the user changed outside, and what is undone inside.

Nothing may be changed in a layer while it is mounted, so this works on a handle of the mounted view. From outside its
namespaces that is to be had by `/proc/PID/root/…` of the holder. It is no transaction: the view is a working copy, and what
is half done is done again.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING

from jackline.contain.view.entry import Entry
from jackline.contain.view.handles import Parents, look, split
from jackline.contain.view.node import glance
from jackline.contain.view.picture import OWN
from jackline.contain.view.staging import OWNER_ALL, Stage, deepest_first, finish_folder, folder_node, loosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.contain.view.disk import Disk
    from jackline.contain.view.entry import Source
    from jackline.contain.view.handles import Root


def write_through(view: Root, entries: Sequence[Entry], source: Source, disk: Disk) -> None:
    """Make every path of a mounted view what its entry says. Raises `OSError`, `WorkspaceError` where one cannot be."""
    ordered = sorted(entries, key=lambda entry: entry.path.replace("/", "\0"))
    folders = [entry for entry in ordered if entry.after.kind == "directory"]
    stage = Stage(view, view, disk, source)
    locked = _unlock(view, ordered, disk)
    with Parents(view) as parents:
        for entry in deepest_first(ordered):
            if entry.after.kind == "absent" and entry.before.kind != "absent":
                _remove(parents, entry.path, disk)
    with Parents(view) as parents:
        for entry in ordered:
            if entry.after.kind == "absent" or not entry.path:
                continue
            at, name = parents.of(entry.path)
            here = glance(look(at, name))
            if entry.after.kind == "directory":
                if here.kind not in {"directory", "absent"}:
                    disk.unlink(at, name)
                if here.kind != "directory":
                    disk.mkdir(at, name)
                continue
            if here.kind == "directory":
                disk.rmdir(at, name)
            temporary = OWN + secrets.token_hex(8)
            stage.build(_beside(entry.path, temporary), [entry])
            disk.replace(at, temporary, at, name)
            stage.moved(_beside(entry.path, temporary), entry.path)
    named = {entry.path for entry in folders}
    for entry in deepest_first([*folders, *(entry for entry in locked if entry.path not in named)]):
        if folder_node(view, entry.path).kind == "directory":
            finish_folder(view, disk, entry.after, entry.path, timed=entry.path in named)


def _unlock(view: Root, entries: Sequence[Entry], disk: Disk) -> list[Entry]:
    """Open the directories that their owner may not write in; returns them as they were."""
    found: list[Entry] = []
    if os.geteuid() == 0:
        return found
    for path in sorted({split(entry.path)[0] for entry in entries if entry.path}):
        node = folder_node(view, path)
        if node.kind == "directory" and node.mode & OWNER_ALL != OWNER_ALL:
            found.append(Entry(path, node, node))
            handle = view.enter(path)
            try:
                disk.chmod_open(handle, node.mode | OWNER_ALL)
            finally:
                os.close(handle)
    return found


def _remove(parents: Parents, path: str, disk: Disk) -> None:
    """Take one thing away; a directory only if nothing is left in it, for what is was not meant."""
    try:
        at, name = parents.of(path)
        found = look(at, name)
        if found is None:
            return
        if stat.S_ISDIR(found.st_mode):
            loosen(disk, at, name, found)
            disk.rmdir(at, name)
        else:
            disk.unlink(at, name)
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ENOTEMPTY}:
            raise


def _beside(path: str, name: str) -> str:
    parent = os.path.dirname(path)
    return f"{parent}/{name}" if parent else name
