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

from jackline.contain.view.handles import Parents, look
from jackline.contain.view.node import glance
from jackline.contain.view.picture import OWN
from jackline.contain.view.staging import Stage, deepest_first, finish_folder, loosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.contain.view.disk import Disk
    from jackline.contain.view.entry import Entry, Source
    from jackline.contain.view.handles import Root


def write_through(view: Root, entries: Sequence[Entry], source: Source, disk: Disk) -> None:
    """Make every path of a mounted view what its entry says. Raises `OSError`, `WorkspaceError` where one cannot be."""
    ordered = sorted(entries, key=lambda entry: entry.path.replace("/", "\0"))
    folders = [entry for entry in ordered if entry.after.kind == "directory"]
    stage = Stage(view, view, disk, source)
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
    for entry in deepest_first(folders):
        finish_folder(view, disk, entry.after, entry.path)


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
