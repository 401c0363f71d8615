"""Reading and replacing a settings file: whole or not at all, and only where the path leads where it says.

A repository can bring a `.claude` that is a link to `~/.ssh`, and an agent can lay a link in a home: a settings file is
followed through a link only where its owner laid it, and in a project never out of the project.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.core.errors import ConfigurationError

if TYPE_CHECKING:
    from jackline.core.profiles import Scope

MAX_BYTES: Final = 4 * 1024 * 1024
PRIVATE: Final = 0o600
SHARED: Final = 0o644
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class Found(Struct, frozen=True):
    """A settings file: where it really is, what it holds (None: there is none), and its mode and owner."""

    path: str
    content: bytes | None
    mode: int
    owner: int = -1
    group: int = -1


def look(path: str, scope: Scope, root: str) -> Found:
    """Find and read the file. Creates nothing. `root` is what a project's file may not lead out of.

    Raises `ConfigurationError` where a link leads elsewhere or belongs to a stranger, where the file is not a plain
    file, cannot be read, or is over 4 MiB.
    """
    real = _resolved(path, scope, root)
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Found(real, None, SHARED if scope != "user" else PRIVATE)
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be opened") from error
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise _unusable(path, "it is not a plain file")
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _unusable(path, f"it is over {MAX_BYTES} bytes")
    return Found(real, content, stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid)


def replace(found: Found, content: bytes, mode: int | None = None) -> None:
    """Put `content` in the file's place, with its former mode and owner. Its folder must exist.

    Raises `ConfigurationError`; then the former file stands there untouched.
    """
    folder, name = os.path.split(found.path)
    temporary = f".{name}.{secrets.token_hex(6)}.jackline"
    try:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(found.path, error.strerror or "its folder cannot be opened") from error
    try:
        _write_new(directory, temporary, content, found, mode)
        os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
        os.fsync(directory)
    except OSError as error:
        _forget(directory, temporary)
        raise _unusable(found.path, error.strerror or "it cannot be written") from error
    finally:
        os.close(directory)


def make_folders(path: str, scope: Scope) -> tuple[str, ...]:
    """Make the folders above `path` that are missing; returns them, the innermost last."""
    missing: list[str] = []
    folder = os.path.dirname(path)
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        try:
            os.mkdir(each, 0o700 if scope == "user" else 0o755)
        except OSError as error:
            raise _unusable(path, f"`{each}` cannot be made: {error.strerror}") from error
    return tuple(reversed(missing))


def delete(path: str, folders: tuple[str, ...]) -> None:
    """Remove a file of ours, and those of the folders made for it that are empty."""
    Path(path).unlink(missing_ok=True)
    for folder in reversed(folders):
        try:
            os.rmdir(folder)
        except OSError:
            return  # something else lies there now


def _resolved(path: str, scope: Scope, root: str) -> str:
    """The path without links, after asking whose links they are."""
    strangers = [link for link in _links(path) if os.lstat(link).st_uid not in {0, os.geteuid()}]
    if strangers:
        raise _unusable(path, f"`{strangers[0]}` is a link that belongs to another user")
    real = os.path.realpath(path)
    if scope == "project" and not _inside(real, os.path.realpath(root)):
        raise _unusable(path, f"it leads out of the project, to `{real}`")
    if scope == "managed" and real != path:
        raise _unusable(path, f"it leads elsewhere, to `{real}`")
    folder = os.path.dirname(real)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    about = os.stat(folder)
    if about.st_mode & _OTHERS_WRITE and not about.st_mode & stat.S_ISVTX and about.st_uid != os.geteuid():
        raise _unusable(path, f"others may write in `{folder}`")
    if scope == "managed" and (about.st_uid != 0 or about.st_mode & _OTHERS_WRITE):
        raise _unusable(path, f"`{folder}` is not root's alone")
    return real


def _links(path: str) -> list[str]:
    parts = Path(path).parts
    steps = [str(Path(*parts[: count + 1])) for count in range(1, len(parts))]
    return [step for step in steps if os.path.islink(step)]


def _inside(path: str, root: str) -> bool:
    return os.path.commonpath([path, root]) == root


def _write_new(directory: int, name: str, content: bytes, found: Found, mode: int | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, PRIVATE, dir_fd=directory), "wb") as file:
        file.write(content)
        if os.geteuid() == 0 and found.owner >= 0:
            os.fchown(file.fileno(), found.owner, found.group)
        os.fchmod(file.fileno(), found.mode if mode is None else mode)
        file.flush()
        os.fsync(file.fileno())


def _forget(directory: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=directory)
    except OSError:
        return


def _unusable(path: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"`{path}` cannot be used: {problem}; nothing was changed")
