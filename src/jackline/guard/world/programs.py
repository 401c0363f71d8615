"""Which file a program's name runs: the directories of PATH, and those that a login shell may add to it.

A name that is found nowhere is said to be not installed, and then runs nothing; so places that the client's own PATH does
not name but a shell's start-up file often adds are looked at too.
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSTEM: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin", "/usr/games",
                 "/opt/homebrew/bin", "/opt/homebrew/sbin", "/home/linuxbrew/.linuxbrew/bin", "/run/current-system/sw/bin",
                 "/nix/var/nix/profiles/default/bin", "/opt/local/bin")  # fmt: skip
HOME: Final = (".local/bin", "bin", ".cargo/bin", "go/bin", ".bun/bin", ".deno/bin", ".npm-global/bin", ".yarn/bin", ".nix-profile/bin",
               ".pyenv/shims", ".rbenv/shims", ".nodenv/shims", ".asdf/shims", ".local/share/mise/shims", ".volta/bin", ".poetry/bin",
               ".rye/shims", ".pixi/bin", ".local/share/pnpm", ".dotnet/tools", ".krew/bin", ".fly/bin", ".pulumi/bin", ".rd/bin",
               ".config/composer/vendor/bin", ".composer/vendor/bin", ".opencode/bin", "google-cloud-sdk/bin",
               ".sdkman/candidates/java/current/bin",
               "miniconda3/bin", "anaconda3/bin", "miniforge3/bin", ".local/share/uv/tools")  # fmt: skip
WORKSPACE: Final = (".venv/bin", "venv/bin", "node_modules/.bin", "vendor/bin", "bin")
_NONE: Final[frozenset[str]] = frozenset()
MAX_DIRECTORIES: Final = 256
MAX_NAMES: Final = 100_000


class Directories:
    """Names of directories on PATH, read again only when the directory has changed."""

    __slots__ = ("_names", "_there")

    def __init__(self) -> None:
        self._there: dict[str, tuple[frozenset[str] | None, list[str]]] = {}
        self._names: dict[str, tuple[int, frozenset[str] | None]] = {}

    def names(self, path: str) -> frozenset[str] | None:
        """The names in a directory; an empty set where there is none, None where they cannot be listed."""
        kept = self._names.get(path)
        if kept is None and not os.access(
            path, os.F_OK
        ):  # most of the usual places do not exist: no exception for each
            return _NONE
        try:
            stamp = os.stat(path).st_mtime_ns
        except (OSError, ValueError):
            self._names.pop(path, None)
            return _NONE
        if kept is None or kept[0] != stamp:
            kept = self._names[path] = (stamp, _list(path))
        return kept[1]

    def there(self, base: str, places: tuple[str, ...]) -> list[str]:
        """Those places below `base` whose first directory is there at all: one look for all of them."""
        names = self.names(base or "/")
        kept = self._there.get(base)
        if kept is None or kept[0] is not names:  # the same listing is the same object
            first = [(place, place.lstrip("/").split("/", 1)[0]) for place in places]
            kept = self._there[base] = (
                names,
                [base + place for place, name in first if names is None or name in names],
            )
        return kept[1]


class Programs:
    """The question `which` for one action. `path` is the client's PATH, None where it is not known."""

    __slots__ = ("_cache", "_home", "_named", "_usual", "_workspace")

    def __init__(self, path: str | None, *, home: str, cwd: str, workspace: str, cache: Directories) -> None:
        self._named = _directories(path, cwd) if path else ()
        self._usual: Sequence[str] | None = None
        self._home, self._workspace, self._cache = home, workspace, cache

    def which(self, name: str) -> str | None:
        """The file that runs under this name, "" where there is none."""
        if "/" in name:
            return name if _runs(name) else ""
        if not name or "\0" in name:
            return ""
        found = _look(name, self._named)
        if not found:
            if self._usual is None:
                bases = (("", SYSTEM), (f"{self._home}/", HOME), (f"{self._workspace}/", WORKSPACE))
                self._usual = [place for base, places in bases for place in self._cache.there(base, places)]
            found = _look(name, self._usual)
        return found


def _look(name: str, places: Sequence[str]) -> str:
    """The first of these directories that has the program. One look at each: to see that a listing still holds takes one too."""
    for place in places:
        path = f"{place}/{name}"
        if os.access(path, os.F_OK) and _runs(path):
            return path
    return ""


@lru_cache(maxsize=64)
def _directories(path: str, cwd: str) -> tuple[str, ...]:
    """The directories that a PATH names, each once."""
    places = [place if place.startswith("/") else os.path.join(cwd, place) for place in path.split(os.pathsep)]
    return tuple(dict.fromkeys(places))[:MAX_DIRECTORIES]


def _list(path: str) -> frozenset[str] | None:
    names: set[str] = set()
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                names.add(entry.name)
                if len(names) > MAX_NAMES:
                    return None
    except OSError:
        return None
    return frozenset(names)


def _runs(path: str) -> bool:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_mode & 0o111 != 0
