"""Directories held open by a handle, so that a name below them cannot be led elsewhere by a link put in its way.

Every step from the root is opened with O_NOFOLLOW (open(2)). Where the system has no directory handles (Windows) plain
paths are used, and a link that is swapped in meanwhile is followed: that is said in the threat model.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

HANDLES: Final = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY: Final = getattr(os, "O_DIRECTORY", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0)
_CLOEXEC: Final = getattr(os, "O_CLOEXEC", 0)
_NONBLOCK: Final = getattr(os, "O_NONBLOCK", 0)


class Folder:
    """An open directory. Every method takes a bare name in it. Raises `OSError`."""

    __slots__ = ("_handle", "path")

    def __init__(self, path: str) -> None:
        """Open an absolute path, following no link on the way."""
        self.path = path
        self._handle = _open_all(path) if HANDLES else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)

    def _name(self, name: str) -> str:
        return name if self._handle is not None else os.path.join(self.path, name)

    def stat(self, name: str) -> os.stat_result:
        """lstat(2)."""
        return os.stat(self._name(name), dir_fd=self._handle, follow_symlinks=False)

    def names(self, name: str) -> list[str]:
        """The names in a directory below, sorted."""
        if self._handle is None:
            return sorted(os.listdir(self._name(name)))
        handle = os.open(name, os.O_RDONLY | _DIRECTORY | _NOFOLLOW | _CLOEXEC, dir_fd=self._handle)
        try:
            return sorted(os.listdir(handle))
        finally:
            os.close(handle)

    def open(self, name: str, flags: int, mode: int = 0o600) -> int:
        """A descriptor; links are not followed, and a pipe does not hang the caller."""
        return os.open(self._name(name), flags | _NOFOLLOW | _CLOEXEC | _BINARY | _NONBLOCK, mode, dir_fd=self._handle)

    def readlink(self, name: str) -> str:
        """Where a link points to."""
        return os.readlink(self._name(name), dir_fd=self._handle)

    def symlink(self, target: str, name: str) -> None:
        """Make a link."""
        os.symlink(target, self._name(name), dir_fd=self._handle)

    def link_from(self, source: str, name: str) -> None:
        """Give a file (by path, not followed) a second name here."""
        os.link(source, self._name(name), dst_dir_fd=self._handle, follow_symlinks=False)

    def link_to(self, name: str, target: str) -> None:
        """Give a file here a second name elsewhere."""
        os.link(self._name(name), target, src_dir_fd=self._handle, follow_symlinks=False)

    def mkdir(self, name: str, mode: int) -> None:
        """Make a directory."""
        os.mkdir(self._name(name), mode, dir_fd=self._handle)

    def rename(self, old: str, new: str) -> None:
        """Rename within this folder, replacing what is there."""
        os.replace(self._name(old), self._name(new), src_dir_fd=self._handle, dst_dir_fd=self._handle)

    def remove(self, name: str, *, directory: bool) -> None:
        """Remove a file or an empty directory."""
        (os.rmdir if directory else os.unlink)(self._name(name), dir_fd=self._handle)

    def chmod(self, name: str, mode: int) -> None:
        """Set the mode of what is not a link."""
        os.chmod(self._name(name), mode, dir_fd=self._handle)

    def give(self, name: str, owner: int, group: int) -> None:
        """Set the owner and group of the thing itself, as far as this account may."""
        found = self.stat(name)
        if owner >= 0 and (found.st_uid, found.st_gid) != (owner, group):
            with contextlib.suppress(PermissionError):
                os.chown(self._name(name), owner, group, dir_fd=self._handle, follow_symlinks=False)

    def utime(self, name: str, modified: int) -> None:
        """Set the modification time, in nanoseconds, of the thing itself."""
        follow = os.utime not in os.supports_follow_symlinks
        os.utime(self._name(name), ns=(modified, modified), dir_fd=self._handle, follow_symlinks=follow)

    def sync(self) -> None:
        """Put the directory's own entries on the disk."""
        if self._handle is not None:
            os.fsync(self._handle)


def _open_all(path: str) -> int:
    handle = os.open("/", os.O_RDONLY | _DIRECTORY | _CLOEXEC)
    for name in filter(None, path.split("/")):
        try:
            below = os.open(name, os.O_RDONLY | _DIRECTORY | _NOFOLLOW | _CLOEXEC, dir_fd=handle)
        finally:
            os.close(handle)
        handle = below
    return handle
