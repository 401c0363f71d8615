"""Files that this action itself writes: what a later part of the same action would find in them.

`printf … > s.sh; sh s.sh` runs what was printed, `curl -o s.sh …; sh s.sh` what was fetched. A write on a path that may
not be taken adds a version and keeps the ones before; `None` among the versions is what stands on the disk.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from msgspec import field
from msgspec.structs import replace

from jackline.core.inner import FrozenInner, Inner
from jackline.lower.word import Data, Hole

if TYPE_CHECKING:
    from jackline.core.effect import Evidence
    from jackline.core.words import Authorship, Origin

MAX_VERSIONS: Final = 4
PIPE: Final = "/dev/fd/10000"
MAX_TEXT: Final = 256 * 1024
_UNKNOWN: Final = Data(origin="unknown")
_TRUST: Final[tuple[Origin, ...]] = ("user", "trusted", "unknown", "untrusted")


class Written(FrozenInner, frozen=True):
    """A file as this action leaves it. `authorship` is that of its content; `tree` where all below is meant too."""

    versions: tuple[Data | None, ...]
    authorship: Authorship = "session"
    tree: bool = False


class Overlay(Inner):
    """Absolute path → what was written there. Shared by all scopes of one action."""

    files: dict[str, Written] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    """Directories that this action makes."""
    pipes: dict[str, Evidence] = field(default_factory=dict)
    """The pipes of process substitutions: their paths, and where each stands in the action."""
    writes: int = 0

    def pipe(self, evidence: Evidence) -> str:
        """The path of a new process substitution's pipe; what is written to it is a file here."""
        path = f"{PIPE}{len(self.pipes) + 1}"
        self.pipes[path] = evidence
        return path

    def write(self, path: str, data: Data, *, append: bool = False, certain: bool = True) -> None:
        """A file gets this content, or this more content."""
        before = self.files.get(path)
        old = before.versions if before is not None else (None,)
        added = tuple(joined(version, data) for version in old) if append else (data,)
        versions = added if certain else (*old, *added)
        self._set(path, Written(_bounded(versions), authorship_of(data)))

    def unknown(self, path: str, authorship: Authorship, *, tree: bool = False) -> None:
        """A file, or all below a directory, is written with what is not known."""
        fetched = path if authorship == "fetched" else ""
        self._set(path, Written((Data(origin="unknown", fetched=fetched),), authorship, tree))

    def keep(self, path: str) -> None:
        """A file is written to, but says what it said before."""
        if self.find(path) is None:
            self._set(path, Written((None,)))

    def forget(self, path: str) -> None:
        """A file was not written after all: what stands on the disk stays."""
        self._set(path, Written((None,)))

    def copy(self, source: str, target: str, *, certain: bool = True) -> None:
        """A file that this action wrote is copied or moved; one on the disk is remembered by its name."""
        found = self.files.get(source)
        versions = found.versions if found is not None else (Data(source=source, origin="trusted"),)
        kept = () if certain else self.files.get(target, Written((None,))).versions
        self._set(target, Written(_bounded((*kept, *versions)), found.authorship if found is not None else "unknown"))

    def remove(self, path: str) -> None:
        """A file is removed: what this action wrote there is gone, what else stands there is not looked at."""
        if path in self.files:
            del self.files[path]
            self.writes += 1

    def find(self, path: str) -> Written | None:
        """What this action wrote at a path, or at the nearest directory above that it filled as a whole."""
        found = self.files.get(path)
        if found is not None or not self.files:
            return found
        while path not in {"/", ""}:
            path = posixpath.dirname(path)
            above = self.files.get(path)
            if above is not None:
                return above if above.tree else None
        return None

    def below(self, directory: str) -> list[str]:
        """Names directly in a directory that this action writes."""
        prefix = directory.rstrip("/") + "/"
        return [path[len(prefix) :].split("/", 1)[0] for path in self.files if path.startswith(prefix)]

    def _set(self, path: str, written: Written) -> None:
        self.files[path] = written
        self.writes += 1


def _bounded(versions: tuple[Data | None, ...]) -> tuple[Data | None, ...]:
    unique = tuple(dict.fromkeys(versions))
    return unique if len(unique) <= MAX_VERSIONS else (*unique[: MAX_VERSIONS - 1], _UNKNOWN)


def joined(first: Data | None, second: Data) -> Data:
    """One content behind the other."""
    if first is None:
        first = _UNKNOWN
    if first.empty or (first.text == "" and not first.parts):
        return second
    if second.empty or second.text == "":
        return first
    labels = first.labels | second.labels
    fetched = first.fetched or second.fetched
    if first.text is not None and second.text is not None:
        text: str | None = first.text + second.text
        if len(first.text) + len(second.text) > MAX_TEXT:
            text = None
        return replace(first, text=text, labels=labels, fetched=fetched, source="", at=(0, 0), parts=(), renders=())
    return Data(None, labels, worse(first.origin, second.origin), fetched, parts=pieces(first) + pieces(second))


def pieces(data: Data) -> tuple[str | Hole, ...]:
    """A content as pieces: known text, and holes for what is not known."""
    if data.text is not None:
        return (data.text,)
    if data.parts:
        return data.parts
    what = f"content of {data.source}" if data.source else f"answer of {data.fetched}" if data.fetched else "output"
    return (Hole(what, "untrusted" if data.fetched else data.origin, data.labels),)


def authorship_of(data: Data) -> Authorship:
    """Who wrote a content that this action puts into a file."""
    if data.fetched or data.origin == "untrusted":
        return "fetched"
    return "session" if data.text is not None or data.parts or data.origin in {"user", "trusted"} else "unknown"


def worse(first: Origin, second: Origin) -> Origin:
    """The origin of what was made from two: the less trusted one."""
    return first if _TRUST.index(first) >= _TRUST.index(second) else second
