"""What units came to, kept between audits, so that a history that did not change is not judged again.

One file for each way of judging (version, policies, words, redactor), in the guard's state, for this account alone. It is data: a
file that someone else could have written, or that does not read as what was written, is not believed. Bounded: results
of units that are gone fall out first, and the oldest files of other ways of judging.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from jackline.clients.transcripts.opening import opened
from jackline.core.codec import digest
from jackline.core.errors import ConfigurationError
from jackline.guard.audit.parts import Result
from jackline.guard.paths import private_directory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.clients.transcripts import Found
    from jackline.guard.paths import Homes

FORMAT: Final = 1
MAX_BYTES: Final = 256 * 1024 * 1024
MAX_FILES: Final = 4
KEY_BYTES: Final = 32
_PIECE: Final = 4096
_MODE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_FOLDER: Final = "audit"
_DATABASE: Final = ".db"
_KEY: Final = "key"


class Kept(Struct, frozen=True):
    """What is in a file: unit's identity → result."""

    format: int
    results: dict[str, Result]


def identity(found: Found) -> str:
    """What tells whether a unit is the same as before: its files' places, sizes, times, beginnings and ends. What a
    database has not folded in yet lies in a log beside it (https://sqlite.org/wal.html), which is one of its files."""
    seen = hashlib.blake2b(repr((found.source, found.start, found.end)).encode(), digest_size=20)
    try:
        for path in found.paths:
            _look_at(path, seen)
            if path.endswith(_DATABASE):
                with contextlib.suppress(FileNotFoundError):
                    _look_at(f"{path}-wal", seen)
    except OSError:
        return secrets.token_hex(20)  # equal to nothing: it is read, and what is wrong is said
    return seen.hexdigest()


def _look_at(path: str, seen: hashlib.blake2b) -> None:
    """Take one file in. Raises `OSError`."""
    with opened(Path(path)) as file:
        status = os.fstat(file.fileno())
        head = file.read(_PIECE)
        file.seek(max(0, status.st_size - _PIECE))
        tail = file.read(_PIECE)
    stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    seen.update(repr((path, *stamp)).encode("utf-8", "surrogateescape") + head + tail)


class Cache:
    """See the module's text. Never raises: what cannot be kept is judged again."""

    def __init__(self, homes: Homes, way: object) -> None:
        """`way` is all that a result depends on beside the unit."""
        self._folder = os.path.join(homes.state, _FOLDER)
        self._path = os.path.join(self._folder, f"results-{digest(msgspec.to_builtins(way))[:24]}.msgpack")
        self._results = _read(self._path)
        self._used: dict[str, Result] = {}

    def get(self, name: str) -> Result | None:
        """The result of a unit with this identity."""
        found = self._results.get(name)
        if found is not None:
            self._used[name] = found
        return found

    def put(self, name: str, result: Result) -> None:
        """A unit's result."""
        self._used[name] = result

    def save(self) -> None:
        """Write what was used in this audit, and of the rest what still fits."""
        with contextlib.suppress(OSError, ConfigurationError):
            private_directory(self._folder)
            _write(self._path, _fitting({**self._results, **self._used}, first=self._used))
            _prune(self._folder, self._path)


def redaction_key(homes: Homes) -> bytes:
    """The key of the placeholders in reports: kept, so that equal secrets look alike from audit to audit; where it cannot
    be kept, one for this audit."""
    path = os.path.join(homes.state, _FOLDER, _KEY)
    known = _trusted(path, KEY_BYTES)
    if known is not None and len(known) == KEY_BYTES:
        return known
    key = secrets.token_bytes(KEY_BYTES)
    with contextlib.suppress(OSError, ConfigurationError):
        private_directory(os.path.dirname(path))
        _replace(path, key)
    return key


def _fitting(results: dict[str, Result], first: Iterable[str]) -> dict[str, Result]:
    """Those that fit into `MAX_BYTES`, those named first before all others."""
    order = dict.fromkeys([*first, *results])
    kept: dict[str, Result] = {}
    room = MAX_BYTES
    for name in order:
        room -= len(msgspec.msgpack.encode(results[name])) + len(name) + 8
        if room < 0:
            break
        kept[name] = results[name]
    return kept


def _read(path: str) -> dict[str, Result]:
    data = _trusted(path, MAX_BYTES + 1024)
    if data is None:
        return {}
    try:
        kept = msgspec.msgpack.decode(data, type=Kept)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return kept.results if kept.format == FORMAT else {}


def _write(path: str, results: dict[str, Result]) -> None:
    _replace(path, msgspec.msgpack.encode(Kept(FORMAT, results)))


def _trusted(path: str, limit: int) -> bytes | None:
    """A file's bytes, where it is a regular file of this account that nobody else can read or write."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        own = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & _OTHERS)
        if not stat.S_ISREG(status.st_mode) or not own or status.st_size > limit:
            return None
        return file.read(limit)


def _replace(path: str, data: bytes) -> None:
    temporary = f"{path}.{secrets.token_hex(4)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _prune(folder: str, kept: str) -> None:
    with os.scandir(folder) as entries:
        files = [
            (entry.stat(follow_symlinks=False).st_mtime_ns, entry.path)
            for entry in entries
            if entry.name.startswith("results-")
        ]
    for _, path in sorted(files, reverse=True)[MAX_FILES:]:
        if path != kept:
            os.unlink(path)
