"""Directories below a root, opened by handle so that no link, mount or `..` leads out of it, and what stands in them."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from jackline.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_OPENAT2: Final = 437
"""The number on every architecture (openat2(2), Linux 5.6)."""
_BENEATH: Final = 0x08 | 0x04 | 0x02 | 0x01
"""RESOLVE_BENEATH | NO_SYMLINKS | NO_MAGICLINKS | NO_XDEV."""
_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_NOATIME: Final = getattr(os, "O_NOATIME", 0)
_WALK_INSTEAD: Final = frozenset({errno.ENOSYS, errno.ENAMETOOLONG, errno.EPERM, errno.EAGAIN})


class _How(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_HOW: Final = _How(_FLAGS, 0, _BENEATH)


class Root:
    """An open directory to which relative paths belong. `path` is for messages alone."""

    __slots__ = ("handle", "path")

    def __init__(self, path: str, *, at: int | None = None) -> None:
        """Open `path` (below `at`, where that is given); its last part may not be a link. Raises `WorkspaceError`."""
        self.path = path
        try:
            self.handle = os.open(path, _FLAGS, dir_fd=at)
        except OSError as error:
            raise WorkspaceError(f"the directory `{path}` cannot be opened: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.handle)

    def open(self, path: str) -> int:
        """A handle of the directory `path`, "" for the root. Raises `OSError`: ELOOP, ENOTDIR or EXDEV where something
        stands in the way that could lead out."""
        return open_below(self.handle, path)

    def enter(self, path: str) -> int:
        """The same, to list what is in it, also where its owner may not; see `open_file`. Raises `OSError`."""
        try:
            return open_below(self.handle, path)
        except PermissionError:
            if not path:
                raise
        parent, name = split(path)
        handle = self.enter(parent)
        try:
            return open_directory(handle, name)
        finally:
            os.close(handle)

    def look(self, path: str) -> os.stat_result | None:
        """lstat(2) of a path below; None where nothing stands there."""
        parent, name = split(path)
        try:
            handle = self.open(parent)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return look(handle, name)
        finally:
            os.close(handle)


class Parents:
    """Handles of directories below a root, the last few kept open: neighbours are worked on one after the other."""

    __slots__ = ("_open", "_root")

    _MOST: Final = 64

    def __init__(self, root: Root) -> None:
        self._root = root
        self._open: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of them; the next use opens them anew."""
        while self._open:
            os.close(self._open.popitem()[1])

    def of(self, path: str) -> tuple[int, str]:
        """The handle of the directory in which `path` stands, and its bare name. Raises `OSError`."""
        parent, name = split(path)
        if not parent:
            return self._root.handle, name
        handle = self._open.get(parent)
        if handle is None:
            handle = self._root.open(parent)
            if len(self._open) >= self._MOST:
                os.close(self._open.pop(next(iter(self._open))))
            self._open[parent] = handle
        return handle, name


def split(path: str) -> tuple[str, str]:
    """A relative path's parent ("" at the top) and name."""
    parent, _, name = path.rpartition("/")
    return parent, name


def join(parent: str, name: str) -> str:
    """A name in a relative directory."""
    return f"{parent}/{name}" if parent else name


def open_below(root: int, path: str) -> int:
    """openat2(2), or where that is missing or the path too long for it, step by step."""
    if not path:
        return os.open(".", _FLAGS, dir_fd=root)
    handle = _syscall()(
        _OPENAT2, root, os.fsencode(path), ctypes.byref(_HOW), ctypes.sizeof(_HOW)
    )  # fmt: skip
    if handle >= 0:
        return int(handle)
    number = ctypes.get_errno()
    if number not in _WALK_INSTEAD:
        raise OSError(number, os.strerror(number), path)
    return _walk(root, path)


def _walk(root: int, path: str) -> int:
    handle = os.dup(root)
    device = os.fstat(handle).st_dev
    for name in path.split("/"):
        if name in {"", ".", ".."}:
            os.close(handle)
            raise OSError(errno.EXDEV, "a path that leads out", path)
        try:
            below = os.open(name, _FLAGS, dir_fd=handle)
        finally:
            os.close(handle)
        handle = below
        if os.fstat(handle).st_dev != device:
            os.close(handle)
            raise OSError(errno.EXDEV, "another file system", path)
    return handle


@cache
def _syscall() -> ctypes._NamedFuncPointer:
    function = ctypes.CDLL(None, use_errno=True).syscall
    function.restype = ctypes.c_long
    return function


def look(at: int, name: str) -> os.stat_result | None:
    """lstat(2) of a name; None where nothing stands there."""
    try:
        return os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None


def open_file(at: int, name: str) -> int:
    """A file, to be read; one that its owner may not read is opened all the same where this account owns it, by a mode
    that is put back at once. A pipe does not hang the caller. Raises `OSError`."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | _NOATIME
    try:
        return os.open(name, flags, dir_fd=at)
    except PermissionError:
        return _insist(at, name, flags & ~_NOATIME)


def open_directory(at: int, name: str) -> int:
    """A directory one step below, to be read; as `open_file` where its owner may not."""
    try:
        return os.open(name, _FLAGS, dir_fd=at)
    except PermissionError:
        return _insist(at, name, _FLAGS)


def _insist(at: int, name: str, flags: int) -> int:
    with contextlib.suppress(PermissionError):
        return os.open(name, flags, dir_fd=at)
    found = os.stat(name, dir_fd=at, follow_symlinks=False)
    if found.st_uid != os.geteuid() or not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
    mode = stat.S_IMODE(found.st_mode)
    os.chmod(name, mode | 0o500, dir_fd=at)
    try:
        return os.open(name, flags, dir_fd=at)
    finally:
        os.chmod(name, mode, dir_fd=at)


class Listed(NamedTuple):
    """One name of a directory."""

    name: str
    found: os.stat_result


def listing(handle: int) -> list[Listed]:
    """The names of an open directory with what they are, in order. What vanishes meanwhile is left out."""
    listed = []
    with os.scandir(handle) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                listed.append(Listed(entry.name, entry.stat(follow_symlinks=False)))
    listed.sort()
    return listed


def mount_of(handle: int) -> str:
    """What names the mount that a handle is on: between two names of one mount, rename(2) works."""
    with open(f"/proc/self/fdinfo/{handle}", encoding="ascii") as lines:
        mount = next((line.split()[1] for line in lines if line.startswith("mnt_id:")), "")
    return f"{mount} {os.fstat(handle).st_dev}"


def walk(root: Root, top: str = "") -> Iterator[tuple[str, int, str, os.stat_result]]:
    """All below a root, parents first, as (path, handle of its directory, name, lstat(2)); `top` is put before each path.
    The handle is open until the next step. What may not be entered is named, and nothing below it."""
    todo = [""]
    while todo:
        parent = todo.pop()
        try:
            handle = root.enter(parent)
        except (PermissionError, FileNotFoundError, NotADirectoryError):
            if not parent:
                raise
            continue
        try:
            for name, found in listing(handle):
                path = join(parent, name)
                if stat.S_ISDIR(found.st_mode):
                    todo.append(path)
                yield join(top, path), handle, name, found
        finally:
            os.close(handle)
