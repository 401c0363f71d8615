"""What is laid out before a sandbox starts: a session's private folders, and the copies that an outfit lists.

A private folder is written by the agent, so nothing in it is trusted: whatever we make or read there is reached from the
session's own folder one name at a time, and a link on the way is refused (`handle`).
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import shutil
import stat
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from jackline.contain.planning import tables
from jackline.contain.planning.paths import below
from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jackline.contain.planning.outfit import Outfit, Place, Session

MAX_ETC_ENTRIES: Final = 20_000
MAX_ETC_FILE: Final = 4 * 1024 * 1024
PRIVATE: Final = 0o700
DIRECTORY: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
MADE_OF: Final[Mapping[str, str]] = {
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:3 attempts:1\n",
    "hosts": "127.0.0.1 localhost jackline\n::1 localhost ip6-localhost\n",
    "hostname": "jackline\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n",
}
"""Files of /etc that are the sandbox's own: names are asked of the gateway, and of nobody else."""


class Identity(Struct, frozen=True):
    """Which content a file had: whatever is written to it later changes one of these."""

    inode: int
    size: int
    modified: int
    changed: int


def identity(status: os.stat_result) -> Identity:
    """The identity of what was looked at."""
    return Identity(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def lay_out(session: Session) -> None:
    """Make a session's private folders, once, before its first sandbox. Raises `OSError`."""
    homes = (replace(session, acting=acting).home for acting in (False, True))
    for folder in (*homes, session.temporary, session.etc):
        os.makedirs(folder, PRIVATE, exist_ok=True)
    os.chmod(session.temporary, 0o1777 if os.getuid() == 0 else PRIVATE)
    copy_etc("/etc", session.etc)
    for name, text in MADE_OF.items():
        with open(os.path.join(session.etc, name), "w", encoding="ascii") as file:
            file.write(text)
    with contextlib.suppress(FileExistsError):
        os.symlink("/proc/self/mounts", os.path.join(session.etc, "mtab"))


def prepare(outfit: Outfit, session: Session) -> dict[str, Identity]:
    """Make an outfit's folders and copies. Returns what was copied, by its path on the host, as it was then.

    Raises `JacklineError` where something stands in the way inside, `OSError` where the host has it no more.
    """
    for folder in outfit.made:
        os.makedirs(folder, PRIVATE, exist_ok=True)
    for folder in outfit.folders:
        with handle(session.folder, folder, make=True):
            pass
    for place in outfit.places:
        _make_place(place)
    return {copy.source: _copy_in(copy.source, copy.inside, session.folder) for copy in outfit.copies}


def _make_place(place: Place) -> None:
    """An empty file or directory, where there is nothing yet."""
    os.makedirs(place.path if place.directory else os.path.dirname(place.path), exist_ok=True)
    if not place.directory:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(place.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))


@contextlib.contextmanager
def handle(root: str, directory: str, *, make: bool = False) -> Iterator[int]:
    """A descriptor of a directory below `root`, none of whose names is a link. Raises `JacklineError`."""
    current = os.open(root, DIRECTORY)
    try:
        for name in os.path.relpath(directory, root).split("/") if directory != root else ():
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, PRIVATE, dir_fd=current)
            try:
                deeper = os.open(name, DIRECTORY, dir_fd=current)
            except OSError as error:
                message = f"`{directory}` cannot be reached in the session's folder, for `{name}`: {error.strerror}"
                raise JacklineError(message) from error
            os.close(current)
            current = deeper
        yield current
    finally:
        os.close(current)


def _copy_in(source: str, inside: str, root: str) -> Identity:
    """Copy one file of the host, in place of whatever the agent left under that name."""
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(reading, "rb") as file:
        status = os.fstat(reading)
        if not stat.S_ISREG(status.st_mode):
            message = f"`{source}` is no file any more"
            raise JacklineError(message)
        with handle(root, os.path.dirname(inside)) as parent:
            name = os.path.basename(inside)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            writing = os.open(name, flags, stat.S_IMODE(status.st_mode) & 0o777, dir_fd=parent)
            with os.fdopen(writing, "wb") as copy:
                shutil.copyfileobj(file, copy)
                copy.flush()
                os.utime(writing, ns=(status.st_atime_ns, status.st_mtime_ns))
    return identity(status)


def copy_etc(source: str, target: str) -> None:
    """Copy what the table names of /etc, and of it what everyone may read and no secret is called. Raises `OSError`."""
    left = [MAX_ETC_ENTRIES]
    for name in tables.ETC:
        there, here = os.path.join(source, name), os.path.join(target, name)
        if os.path.lexists(there):
            os.makedirs(os.path.dirname(here), exist_ok=True)
            _copy_public(there, here, left)


def _copy_public(source: str, target: str, left: list[int]) -> None:
    """One entry and all below it. A link stays one where it leads to what every sandbox shows."""
    left[0] -= 1
    if left[0] < 0 or any(fnmatch.fnmatchcase(os.path.basename(source), each) for each in tables.SECRETS_OF_ETC):
        return
    with contextlib.suppress(PermissionError, FileNotFoundError, FileExistsError):
        if os.path.islink(source):
            real = os.path.realpath(source)
            if any(below(real, each) for each in (*tables.SYSTEM, "/etc", "/proc")):
                os.symlink(os.readlink(source), target)
                return
        status = os.stat(source)
        if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_IROTH and status.st_mode & stat.S_IXOTH:
            os.makedirs(target, exist_ok=True)
            for name in sorted(os.listdir(source)):
                _copy_public(os.path.join(source, name), os.path.join(target, name), left)
        elif stat.S_ISREG(status.st_mode) and status.st_mode & stat.S_IROTH and status.st_size <= MAX_ETC_FILE:
            shutil.copyfile(source, target)
            os.chmod(target, stat.S_IMODE(status.st_mode) & 0o755)
