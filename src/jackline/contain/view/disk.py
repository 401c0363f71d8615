"""Every change that the view makes to a file system, one method each: the seam at which the tests kill and lose power.

A `Disk` takes a directory's handle and a bare name in it, so no link on the way can lead elsewhere, and it never follows
a link. What it promises is what the kernel promises: rename and exchange are atomic (rename(2)), and nothing is certain
to survive a loss of power before `sync_file` or `sync_all` returned (fsync(2), syncfs(2)).
"""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache
from typing import Final

from jackline.core.errors import WorkspaceError

_NOREPLACE: Final = 1
_EXCHANGE: Final = 2
_CHUNK: Final = 1 << 20
_ALL_BITS: Final = 0o7777


class Disk:
    """The real one. Every method raises `OSError`."""

    def create(self, at: int, name: str, mode: int) -> int:
        """A new file, open for reading and writing, which its owner may do until `chmod`."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, mode & 0o777 | 0o600, dir_fd=at)

    def append_to(self, at: int, name: str) -> int:
        """A file, made where it is not there, whose writes go to its end."""
        return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=at)

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all of it, however often the kernel takes a part."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def copy(self, source: int, target: int, start: int, length: int) -> None:
        """Copy a range to the same place in another file, in the kernel where it can (copy_file_range(2))."""
        while length > 0:
            done = _copy_range(source, target, start, length)
            if done == 0:
                return  # the source became shorter meanwhile: its reader sees that by its size
            start, length = start + done, length - done

    def resize(self, descriptor: int, size: int) -> None:
        """Cut, or lengthen by a hole."""
        os.ftruncate(descriptor, size)

    def mkdir(self, at: int, name: str) -> None:
        """A new directory, for its owner alone until `chmod`."""
        os.mkdir(name, 0o700, dir_fd=at)

    def symlink(self, target: str, at: int, name: str) -> None:
        """A new link."""
        os.symlink(target, name, dir_fd=at)

    def fifo(self, at: int, name: str) -> None:
        """A new pipe with a name."""
        os.mkfifo(name, 0o600, dir_fd=at)

    def link(self, source_at: int, source: str, at: int, name: str) -> None:
        """A further name of a file."""
        os.link(source, name, src_dir_fd=source_at, dst_dir_fd=at, follow_symlinks=False)

    def rename(self, source_at: int, source: str, at: int, name: str) -> None:
        """Move to a name that must be free: `FileExistsError` where it is not."""
        _rename(source_at, source, at, name, _NOREPLACE)

    def replace(self, source_at: int, source: str, at: int, name: str) -> None:
        """Move to a name, whatever stands there."""
        os.replace(source, name, src_dir_fd=source_at, dst_dir_fd=at)

    def exchange(self, source_at: int, source: str, at: int, name: str) -> None:
        """Swap what two names mean. Both must be there."""
        _rename(source_at, source, at, name, _EXCHANGE)

    def unlink(self, at: int, name: str) -> None:
        """Remove a name of what is no directory."""
        os.unlink(name, dir_fd=at)

    def rmdir(self, at: int, name: str) -> None:
        """Remove an empty directory."""
        os.rmdir(name, dir_fd=at)

    def chmod(self, at: int, name: str, mode: int) -> None:
        """Set the mode of what is not a link."""
        os.chmod(name, mode & _ALL_BITS, dir_fd=at)

    def chmod_open(self, descriptor: int, mode: int) -> None:
        """The same by a descriptor."""
        os.fchmod(descriptor, mode & _ALL_BITS)

    def chown(self, at: int, name: str, owner: int, group: int) -> None:
        """Set owner and group of the thing itself; it loses set-user-ID bits by it, so `chmod` comes after."""
        os.chown(name, owner, group, dir_fd=at, follow_symlinks=False)

    def utime(self, at: int, name: str, modified: int) -> None:
        """Set the modification time, in nanoseconds, of the thing itself."""
        os.utime(name, ns=(modified, modified), dir_fd=at, follow_symlinks=False)

    def utime_open(self, descriptor: int, modified: int) -> None:
        """The same by a descriptor."""
        os.utime(descriptor, ns=(modified, modified))

    def set_attribute(self, descriptor: int, name: str, value: bytes) -> None:
        """Set an extended attribute."""
        os.setxattr(descriptor, name, value)

    def remove_attribute(self, descriptor: int, name: str) -> None:
        """Remove an extended attribute."""
        os.removexattr(descriptor, name)

    def sync_file(self, descriptor: int) -> None:
        """Put a file, or a directory's own entries, on the disk."""
        os.fsync(descriptor)

    def sync_all(self, descriptor: int) -> None:
        """Put all that was changed on a descriptor's file system on the disk."""
        if _libc().syncfs(descriptor):
            raise _failed("syncfs")


def _copy_range(source: int, target: int, start: int, length: int) -> int:
    try:
        return os.copy_file_range(source, target, min(length, 1 << 30), start, start)
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}:
            raise
    data = os.pread(source, min(length, _CHUNK), start)
    return os.pwrite(target, data, start)


def _rename(source_at: int, source: str, at: int, name: str, flags: int) -> None:
    if _libc().renameat2(source_at, os.fsencode(source), at, os.fsencode(name), flags):
        raise _failed(name)


def _failed(name: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), name)


@cache
def _libc() -> ctypes.CDLL:
    """The C library, with renameat2 (glibc 2.28, musl 1.2.4). Raises `WorkspaceError`."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2") or not hasattr(library, "syncfs"):
        raise WorkspaceError("a view of a workspace needs `renameat2` and `syncfs` of Linux; this system has none")
    return library
