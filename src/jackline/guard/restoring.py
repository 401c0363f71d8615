"""Putting snapshots back: content, mode, modification time, links, attributes, absence.

In: for each path what is to stand there. Out: that it stands there, checked by reading it again. Files are written
beside their place and renamed into it; a file whose inode has several names is written in place, or joined again to
the inode, so that its other names stay the same file.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.errors import LedgerError
from jackline.guard.folders import Folder
from jackline.guard.snapshots import TEMPORARY, Blobs, Snapshot, look, write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OWNER_ALL: Final = 0o700


class Means(NamedTuple):
    """Where contents come from, and for each inode with several names the contents that the undone changes gave it:
    any other is somebody else's work."""

    blobs: Blobs
    given: Mapping[str, frozenset[str]]


def put_back(wanted: Mapping[str, Snapshot], means: Means) -> None:
    """Make every path as `wanted` says. Raises `LedgerError` with the path that could not be made so, and why."""
    down = sorted(wanted, key=lambda place: place.count(os.sep))
    for step, order in ((_clear, down[::-1]), (_make, down), (_finish_directory, down[::-1])):
        for place in order:
            _attempt(step, place, wanted[place], means)
    for place in down:
        if not look(place).same(wanted[place]):
            message = f"`{place}` was changed by someone else while it was put back; look at it, then undo again"
            raise LedgerError(message)


def _attempt(step: Callable[[Folder, str, Snapshot, Means], None], place: str, wanted: Snapshot, means: Means) -> None:
    directory, name = os.path.split(place)
    try:
        with Folder(directory) as folder:
            step(folder, name, wanted, means)
    except OSError as error:
        if (step is _clear or wanted.kind == "absent") and isinstance(error, FileNotFoundError | NotADirectoryError):
            return  # its directory is not there either: nothing is in the way
        message = f"`{place}` cannot be put back: {error.strerror}"
        raise LedgerError(message) from error


def _clear(folder: Folder, name: str, wanted: Snapshot, means: Means) -> None:
    """Remove what stands in the way: of another kind than wanted. Content of the same kind is replaced later."""
    del means
    found = look(os.path.join(folder.path, name))
    if found.kind not in {"absent", wanted.kind}:
        folder.remove(name, directory=found.kind == "directory")


def _make(folder: Folder, name: str, wanted: Snapshot, means: Means) -> None:
    place = os.path.join(folder.path, name)
    if wanted.kind == "directory":
        with contextlib.suppress(FileExistsError):
            folder.mkdir(name, _OWNER_ALL)
            folder.give(name, wanted.owner, wanted.group)
        folder.chmod(name, wanted.mode | _OWNER_ALL)  # writable while it is filled
    elif wanted.kind == "link":
        temporary = _temporary()
        folder.symlink(wanted.target, temporary)
        folder.give(temporary, wanted.owner, wanted.group)
        folder.utime(temporary, wanted.modified)
        folder.rename(temporary, name)
    elif wanted.kind == "file" and look(place) != wanted:
        _make_file(folder, name, wanted, means)


def _make_file(folder: Folder, name: str, wanted: Snapshot, means: Means) -> None:
    if not wanted.inode:
        temporary = _temporary()
        descriptor = folder.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        _fill(folder, temporary, descriptor, wanted, means)
        folder.rename(temporary, name)
    else:
        _join(folder, name, wanted, means)
        _fill(folder, name, folder.open(name, os.O_WRONLY), wanted, means)
    folder.sync()


def _join(folder: Folder, name: str, wanted: Snapshot, means: Means) -> None:
    """Make `name` a name of the wanted inode again. Raises `LedgerError` where that inode is gone or lives on changed."""
    with contextlib.suppress(FileNotFoundError):
        if _inode(folder.stat(name)) == wanted.inode:
            return
    place = os.path.join(folder.path, name)
    anchor = means.blobs.anchored(wanted.inode)
    if not os.path.lexists(anchor):
        message = f"`{place}` was a hard link, and the file that it shared is on another file system or gone"
        raise LedgerError(message)
    if look(anchor).digest not in {wanted.digest, *means.given.get(wanted.inode, ())}:
        message = f"`{place}` was a hard link, and the file that it shared was changed under another name"
        raise LedgerError(message)
    temporary = _temporary()
    folder.link_from(anchor, temporary)
    folder.rename(temporary, name)


def _inode(found: os.stat_result) -> str:
    return f"{found.st_dev}:{found.st_ino}"


def _fill(folder: Folder, name: str, descriptor: int, wanted: Snapshot, means: Means) -> None:
    """Write content, mode, attributes and time through a descriptor, and close it."""
    try:
        content = means.blobs.read(wanted.digest)
        os.ftruncate(descriptor, 0)
        write_all(descriptor, content)
        for attribute, value in wanted.attributes.items():
            os.setxattr(descriptor, attribute, base64.b64decode(value))
        folder.give(name, wanted.owner, wanted.group)
        folder.chmod(name, wanted.mode)  # after its owner: giving a file away takes its set-user-ID bit
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    folder.utime(name, wanted.modified)


def _finish_directory(folder: Folder, name: str, wanted: Snapshot, means: Means) -> None:
    """Remove what must be absent; give directories, now that they are filled, their mode and time."""
    del means
    found = look(os.path.join(folder.path, name))
    if wanted.kind == "absent" and found.kind != "absent":
        folder.remove(name, directory=found.kind == "directory")
    elif wanted.kind == "directory":
        folder.chmod(name, wanted.mode)
        folder.utime(name, wanted.modified)


def _temporary() -> str:
    return TEMPORARY + secrets.token_hex(8)
