"""What is carried out of a sandbox's private folders when its program has ended: the decided names, and nothing else."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.contain.planning.furnish import Identity, handle, identity
from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackline.contain.planning.outfit import Delivery, How, Outfit, Session

MAX_ENTRIES: Final = 100_000
MAX_BYTES: Final = 16 * 1024**3
_READING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LISTING: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Delivered(Struct, frozen=True):
    """What came of one delivery: `how`, or "" and the `reason` why nothing was carried out. A merge names each file."""

    target: str
    how: str
    reason: str = ""


def deliver(outfit: Outfit, session: Session, copied: Mapping[str, Identity]) -> list[Delivered]:
    """Carry out what an outfit lists. `copied` is what `prepare` returned: a file of the host that is another by now is
    left alone. What is carried out is taken away inside, so that no later sandbox sees it. Raises nothing for a single
    delivery that fails: its reason says why.
    """
    found: list[Delivered] = []
    for delivery in outfit.deliveries:
        try:
            found += _deliver(delivery, session.folder, copied.get(delivery.target))
        except (JacklineError, OSError) as error:
            found.append(Delivered(delivery.target, "", str(error)))
    return found


def _deliver(delivery: Delivery, root: str, before: Identity | None) -> list[Delivered]:
    name, target = os.path.basename(delivery.inside), delivery.target
    if "sweep" in delivery.how:
        with _directory(target) as swept:
            return [Delivered(path, "sweep") for path in _sweep(swept, target, _Allowance())]
    if "merge" in delivery.how and not os.path.isdir(os.path.dirname(target)):
        return []  # the client keeps nothing on this machine yet
    with handle(root, os.path.dirname(delivery.inside)) as inside, _directory(os.path.dirname(target)) as outside:
        if "merge" in delivery.how:
            return _merge(inside, name, target)
        there = _status(name, inside)
        if before is None:
            if there is None or "create" not in delivery.how:
                return []
            _create(inside, name, outside, os.path.basename(target), _Allowance())
            _remove(inside, name)
            return [Delivered(target, "create")]
        return _changed(delivery, inside, outside, before, there)


def _changed(
    delivery: Delivery, inside: int, outside: int, before: Identity, there: os.stat_result | None
) -> list[Delivered]:
    """A file that was copied in: carried back where it differs, removed where it is gone, if that was decided."""
    name, target = os.path.basename(delivery.inside), delivery.target
    how: How = "remove" if there is None else "replace"
    if there is not None and (there.st_size, there.st_mtime_ns) == (before.size, before.modified):
        _remove(inside, name)
        return []
    if how not in delivery.how:
        return [Delivered(target, "", f"it was not decided to {how} it")]
    now = _status(os.path.basename(target), outside)
    if now is None or identity(now) != before:
        return [
            Delivered(
                target, "", "somebody else changed it meanwhile; what the action made of it is kept in the session"
            )
        ]
    if there is None:
        os.unlink(os.path.basename(target), dir_fd=outside)
        return [Delivered(target, "remove")]
    if not stat.S_ISREG(there.st_mode):
        return [Delivered(target, "", "a file became something else")]
    aside = f".jackline-{secrets.token_hex(8)}"
    _copy_file(inside, name, outside, aside)
    os.chmod(aside, stat.S_IMODE(there.st_mode) & 0o777, dir_fd=outside)
    os.rename(aside, os.path.basename(target), src_dir_fd=outside, dst_dir_fd=outside)
    _remove(inside, name)
    return [Delivered(target, "replace")]


class _Allowance:
    """How much one delivery may still carry."""

    def __init__(self) -> None:
        self.entries, self.size = MAX_ENTRIES, MAX_BYTES

    def take(self, status: os.stat_result) -> None:
        self.entries -= 1
        self.size -= status.st_size
        if self.entries < 0 or self.size < 0:
            message = f"more than {MAX_ENTRIES} entries or {MAX_BYTES} bytes"
            raise JacklineError(message)


def _create(inside: int, name: str, outside: int, as_name: str, allowance: _Allowance, *, links: bool = True) -> None:
    """Copy a file, link or tree to a name that nothing bears. What programs wait on (pipes, sockets) stays behind, and
    links too where nobody decided on them."""
    status = os.stat(name, dir_fd=inside, follow_symlinks=False)
    allowance.take(status)
    if not links and not _plain(status):
        return
    if stat.S_ISREG(status.st_mode):
        aside = f".jackline-{secrets.token_hex(8)}"
        _copy_file(inside, name, outside, aside)
        try:
            os.link(aside, as_name, src_dir_fd=outside, dst_dir_fd=outside)
        finally:
            os.unlink(aside, dir_fd=outside)
    elif stat.S_ISLNK(status.st_mode):
        os.symlink(os.readlink(name, dir_fd=inside), as_name, dir_fd=outside)
    elif stat.S_ISDIR(status.st_mode):
        os.mkdir(as_name, stat.S_IMODE(status.st_mode) & 0o777 | 0o700, dir_fd=outside)
        here, there = (os.open(each, _LISTING, dir_fd=at)
                       for each, at in ((name, inside), (as_name, outside)))  # fmt: skip
        try:
            for each in sorted(os.listdir(here)):
                _create(here, each, there, each, allowance, links=links)
            os.utime(there, ns=(status.st_atime_ns, status.st_mtime_ns))
        finally:
            os.close(here)
            os.close(there)


def _merge(inside: int, name: str, target: str) -> list[Delivered]:
    """Of a folder, what is new in it by its name, at every depth."""
    if _status(name, inside) is None or not os.path.isdir(os.path.dirname(target)):
        return []
    with contextlib.suppress(FileExistsError):
        os.mkdir(target, 0o700)
    here = os.open(name, _LISTING, dir_fd=inside)
    found: list[Delivered] = []
    try:
        with _directory(target) as there:
            for each in sorted(os.listdir(here)):
                now, path = _status(each, there), os.path.join(target, each)
                if not _plain(os.stat(each, dir_fd=here, follow_symlinks=False)):
                    continue
                if now is None:
                    _create(here, each, there, each, _Allowance(), links=False)
                    found.append(Delivered(path, "merge"))
                elif stat.S_ISDIR(now.st_mode) and stat.S_ISDIR(
                    os.stat(each, dir_fd=here, follow_symlinks=False).st_mode
                ):
                    found += _merge(here, each, path)
    finally:
        os.close(here)
    return found


def _plain(status: os.stat_result) -> bool:
    """Whether it is a file or a directory: nothing that leads elsewhere, and nothing that programs wait on."""
    return stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)


def _sweep(directory: int, path: str, allowance: _Allowance) -> list[str]:
    """Take away what is no file or directory, at every depth, and set-user-id and its like from the rest."""
    found: list[str] = []
    listed = os.open(".", _LISTING, dir_fd=directory)
    try:
        for name in sorted(os.listdir(listed)):
            status, whole = os.stat(name, dir_fd=listed, follow_symlinks=False), os.path.join(path, name)
            allowance.take(status)
            if not _plain(status):
                os.unlink(name, dir_fd=listed)
                found.append(whole)
                continue
            if status.st_mode & (stat.S_ISUID | stat.S_ISGID):
                os.chmod(name, stat.S_IMODE(status.st_mode) & 0o777, dir_fd=listed)
                found.append(whole)
            if stat.S_ISDIR(status.st_mode):
                deeper = os.open(name, _LISTING, dir_fd=listed)
                try:
                    found += _sweep(deeper, whole, allowance)
                finally:
                    os.close(deeper)
    finally:
        os.close(listed)
    return found


def _copy_file(inside: int, name: str, outside: int, as_name: str) -> None:
    """Copy one file with its mode and times, and wait until it is on the disk. No name is looked up twice."""
    with os.fdopen(os.open(name, _READING, dir_fd=inside), "rb") as source:
        status = os.fstat(source.fileno())
        if not stat.S_ISREG(status.st_mode):
            message = f"`{name}` is no file"
            raise JacklineError(message)
        with os.fdopen(os.open(as_name, _NEW, stat.S_IMODE(status.st_mode) & 0o777, dir_fd=outside), "wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.utime(copy.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
            os.fsync(copy.fileno())


def _directory(path: str) -> contextlib.AbstractContextManager[int]:
    """A directory of the host by its real path: a link that came since is refused."""
    return handle("/", path)


def _status(name: str, directory: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _remove(inside: int, name: str) -> None:
    """Take away what was carried out, a tree too; what cannot go stays in the private folder."""
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(os.stat(name, dir_fd=inside, follow_symlinks=False).st_mode):
            shutil.rmtree(name, dir_fd=inside)
        else:
            os.unlink(name, dir_fd=inside)
