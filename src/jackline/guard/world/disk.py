"""What stands at a path, asked of the kernel by `lstat` one name at a time; nothing is followed that was not looked at.

Bounded and never raising: a loop of links, a name that is too long, a directory that may not be entered, a pipe that
nobody writes to are answers like any other. One `Disk` serves one action: a directory that it has resolved stays resolved
until the action has been judged, which is what makes the second file of a directory cheap.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from jackline.core.deferred import Deferred
from jackline.lower.surroundings import (
    MAX_LISTED,
    MAX_PLAN_BYTES,
    MAX_TEXT_BYTES,
    FileFacts,
    FileText,
    PlanFacts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.surroundings import FileKind

MAX_LINKS: Final = 40  # MAXSYMLINKS, path_resolution(7)
MAX_NAMES: Final = 512
MAX_PATH: Final = 4096  # PATH_MAX, path_resolution(7)
MAX_TEXTS: Final = 256
MAX_PLANS: Final = 8
_read_plan: Final[Callable[[bytes], PlanFacts | None]] = Deferred("jackline.lower.planfile", "read_plan")
Content = TypeVar("Content")
_VIRTUAL: Final = ("/proc", "/sys", "/dev")
"""File systems whose "regular" files may block, or change by being read."""
_FLAGS: Final = ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_NOFOLLOW", "O_BINARY")  # those that the system has
OPEN_READ: Final = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in _FLAGS)
"""How a file of somebody else's is opened: nothing is waited for, nothing followed."""
_EXECUTABLE: Final = 0o111
_KINDS: Final[dict[int, FileKind]] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "pipe",
}
UNKNOWN: Final = FileFacts()


class UnresolvableError(Exception):
    """A path that leads nowhere that can be named: a loop, too many names, no permission to look."""


class Disk:
    """The questions `file`, `list`, `text` and `plan` for one action. `texts` and `plans` remember from one to the next."""

    __slots__ = ("_directories", "_plans", "_texts", "_uid")

    def __init__(self, uid: int, texts: Texts | None = None, plans: Plans | None = None) -> None:
        self._uid = uid
        self._directories: dict[str, str] = {
            "": "",
            "/": "",
        }  # as asked → real; the root is "", so that joining is short
        self._texts = texts if texts is not None else Texts()
        self._plans = plans if plans is not None else Plans()

    def file(self, path: str) -> FileFacts:
        """What stands at an absolute path, at the end of its links."""
        try:
            real, found = self.resolve(path)
        except UnresolvableError:
            return UNKNOWN
        if found is None:
            return FileFacts("absent", real or "/")
        mode = found.st_mode
        kind = _KINDS.get(stat.S_IFMT(mode), "unknown")
        owner = found.st_uid
        return FileFacts(
            kind,
            real or "/",
            "self" if owner == self._uid else "root" if owner == 0 else "other",
            found.st_size,
            kind == "file" and mode & _EXECUTABLE != 0,
        )

    def resolve(self, path: str) -> tuple[str, os.stat_result | None]:
        """The real path and what stands there (None: nothing does). Raises `UnresolvableError`."""
        if not path.startswith("/") or len(path) > MAX_PATH or "\0" in path:
            raise UnresolvableError
        parent, _, name = path.rpartition("/")
        known = self._directories.get(parent)
        if known is None:
            real, found = self._walk(parent)
            if found is not None and stat.S_ISDIR(found.st_mode):
                known = self._directories[parent] = real
        if known is not None and name not in {"", ".", ".."}:
            real = f"{known}/{name}"
            found = _lstat(real)
            if found is None or not stat.S_ISLNK(found.st_mode):
                return real, found
        return self._walk(path)

    def _walk(self, path: str) -> tuple[str, os.stat_result | None]:
        """path_resolution(7), with a bound on links and names, from the nearest directory that is resolved already."""
        asked, pending = path, []
        while asked not in self._directories:
            asked, _, name = asked.rpartition("/")
            asked = asked.rstrip("/")  # however many of them stand there
            pending += [name] if name else []
            if len(pending) > MAX_NAMES:
                raise UnresolvableError
        place, literal, links = self._directories[asked], True, 0
        found: os.stat_result | None = None
        while pending:
            name = pending.pop()
            if name in {"", "."}:
                continue
            if name == "..":
                place, literal = place.rpartition("/")[0], False
                found = _lstat(place or "/")
                continue
            here = f"{place}/{name}"
            found = _lstat(here)
            if found is None:
                return _beyond(here, pending), None
            if stat.S_ISLNK(found.st_mode):
                links += 1
                target = _readlink(here)
                if links > MAX_LINKS or len(pending) > MAX_NAMES:
                    raise UnresolvableError
                if target.startswith("/"):
                    place = ""
                pending.extend(part for part in reversed(target.split("/")) if part)
                literal = False
                continue
            place = here
            if literal:
                asked = f"{asked}/{name}"
                if stat.S_ISDIR(found.st_mode):
                    self._directories[asked] = place
        return place, found if found is not None else _lstat(place or "/")

    def listing(self, path: str) -> tuple[str, ...] | None:
        """The names in a directory, sorted; None where it is none, or too large."""
        try:
            real, found = self.resolve(path)
            if found is None or not stat.S_ISDIR(found.st_mode):
                return None
            names: list[str] = []
            with os.scandir(real or "/") as entries:
                for entry in entries:
                    names.append(_text_of_name(entry.name))
                    if len(names) > MAX_LISTED:
                        return None
        except (OSError, UnresolvableError):
            return None
        return tuple(sorted(names))

    def text(self, path: str) -> FileText | None:
        """The content of a regular file of at most `MAX_TEXT_BYTES` in UTF-8; None otherwise."""
        return self._content(path, self._texts, MAX_TEXT_BYTES)

    def plan(self, path: str) -> PlanFacts | None:
        """What the saved plan at a path will do; None where it cannot be read whole."""
        return self._content(path, self._plans, MAX_PLAN_BYTES)

    def _content(self, path: str, contents: Contents[Content], limit: int) -> Content | None:
        try:
            real, found = self.resolve(path)
        except UnresolvableError:
            return None
        if found is None or not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            return None
        return contents.get(real)


class Contents(Generic[Content]):
    """What files say, kept while the inode says that nothing has changed."""

    __slots__ = ("_decode", "_kept", "_limit", "_most")

    def __init__(self, decode: Callable[[bytes], Content | None], limit: int, most: int) -> None:
        """`decode` makes the answer from at most `limit` bytes; `most` answers are kept."""
        self._decode, self._limit, self._most = decode, limit, most
        self._kept: OrderedDict[str, tuple[tuple[int, ...], Content | None]] = OrderedDict()

    def get(self, real: str) -> Content | None:
        """What the file at a path says that has been resolved."""
        found = _lstat(real)
        if found is None:
            return None
        stamp = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        kept = self._kept.get(real)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        data = read_bytes(real, self._limit)
        content = self._decode(data) if data is not None else None
        self._kept[real] = (stamp, content)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return content


class Texts(Contents[FileText]):
    """Files of text."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(_decoded, MAX_TEXT_BYTES, MAX_TEXTS)


class Plans(Contents[PlanFacts]):
    """Saved plans."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(_read_plan, MAX_PLAN_BYTES, MAX_PLANS)


def read_bytes(path: str, limit: int) -> bytes | None:
    """The bytes of a regular file, None where there are more than `limit`, or where it is anything else.

    It never waits: a pipe or a terminal put in the file's place is opened without blocking and left alone. The last
    name is not followed if it is a link.
    """
    if path.startswith(_VIRTUAL) and path.split("/", 2)[1] in {"proc", "sys", "dev"}:
        return None
    try:
        descriptor = os.open(path, OPEN_READ)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            return None
        chunks: list[bytes] = []
        left = limit + 1
        while left > 0:
            chunk = os.read(descriptor, left)
            if not chunk:
                break
            chunks.append(chunk)
            left -= len(chunk)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return b"".join(chunks) if left > 0 else None


def read_text(path: str, limit: int = MAX_TEXT_BYTES) -> str | None:
    """`read_bytes` as UTF-8; None where it is not."""
    content = read_bytes(path, limit)
    try:
        return content.decode("utf-8") if content is not None else None
    except UnicodeDecodeError:
        return None


def _decoded(content: bytes) -> FileText | None:
    try:
        return FileText(content.decode("utf-8"), hashlib.sha256(content).hexdigest())
    except UnicodeDecodeError:
        return None


def _text_of_name(name: str) -> str:
    """A name with the bytes that are not UTF-8 shown as such: answers are JSON."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _lstat(path: str) -> os.stat_result | None:
    """lstat(2); None where nothing stands. Raises `UnresolvableError` where one may not look."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise UnresolvableError from error


def _readlink(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError as error:
        raise UnresolvableError from error


def _beyond(place: str, pending: list[str]) -> str:
    """The path of what does not exist: the names that are left are taken as they stand."""
    for name in reversed(pending):
        if name == "..":
            place = place.rpartition("/")[0]
        elif name not in {"", "."}:
            place = f"{place}/{name}"
    return place
