"""Which file a program's name runs: the directories of PATH, and those that a login shell may add to it.

A name that is found nowhere is said to be not installed, and then runs nothing; so places that the client's own PATH does
not name but a shell's start-up file often adds are looked at too.
"""

from __future__ import annotations

import os
import stat
from typing import Final

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
MAX_DIRECTORIES: Final = 256
MAX_NAMES: Final = 100_000


class Directories:
    """Names of directories on PATH, read again only when the directory has changed."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[str, tuple[int, frozenset[str] | None]] = {}

    def names(self, path: str) -> frozenset[str] | None:
        """The names in a directory; an empty set where there is none, None where they cannot be listed."""
        try:
            stamp = os.stat(path).st_mtime_ns
        except (OSError, ValueError):
            return frozenset()
        kept = self._names.get(path)
        if kept is None or kept[0] != stamp:
            kept = self._names[path] = (stamp, _list(path))
        return kept[1]


class Programs:
    """The question `which` for one action. `path` is the client's PATH, None where it is not known."""

    __slots__ = ("_cache", "_places", "_seen")

    def __init__(self, path: str | None, *, home: str, cwd: str, workspace: str, cache: Directories) -> None:
        named = [os.path.join(cwd, place) for place in path.split(os.pathsep)] if path else []
        usual = [*SYSTEM, *(f"{home}/{place}" for place in HOME), *(f"{workspace}/{place}" for place in WORKSPACE)]
        self._places = list(dict.fromkeys([*named, *usual]))[:MAX_DIRECTORIES]
        self._cache = cache
        self._seen: dict[str, frozenset[str] | None] = {}

    def which(self, name: str) -> str | None:
        """The file that runs under this name, "" where there is none."""
        if "/" in name:
            return name if _runs(name) else ""
        if not name or "\0" in name:
            return ""
        for place in self._places:
            if place not in self._seen:
                self._seen[place] = self._cache.names(place)
            names = self._seen[place]
            if (names is None or name in names) and _runs(f"{place}/{name}"):
                return f"{place}/{name}"
        return ""


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
