"""Which hosts are package registries here: read out of the package managers' own configuration, mirrors included.

A manager's built-in default stands in the installed tool itself, and is looked for there (`registries.toml` says where).
That is done once, beside the guard's work, and kept in the guard's state; until then a default is unknown. No manager is
started for it: whatever bears its name on the PATH may be the agent's. A settings file that this session wrote counts for
nothing, else an agent could name its own registry.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jackline.core.deferred import Deferred, late_pattern
from jackline.core.packaged import packaged
from jackline.guard.world.disk import OPEN_READ, read_bytes, read_text
from jackline.guard.world.programs import Directories
from jackline.lower.places import normal_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from urllib.parse import SplitResult

MAX_BYTES: Final = 1024 * 1024
MAX_TOOL_BYTES: Final = 16 * 1024 * 1024
MAX_SCANNED: Final = 256 * 1024 * 1024
MAX_FILES: Final = 64
MAX_TOOLS: Final = 4
MAX_HOSTS: Final = 256
_PIECE: Final = 1024 * 1024
_OVERLAP: Final = 512
VARIABLES: Final = (
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "npm_config_registry",
    "NPM_CONFIG_REGISTRY", "YARN_NPM_REGISTRY_SERVER", "BUN_CONFIG_REGISTRY", "GOPROXY", "CARGO_REGISTRIES_CRATES_IO_INDEX",
)  # fmt: skip
"""Variables by which a manager is told its registry."""

_urlsplit: Final[Callable[[str], SplitResult]] = Deferred("urllib.parse", "urlsplit")
_glob: Final[Callable[[str], list[str]]] = Deferred("glob", "glob")
_ADDRESS: Final = late_pattern(r"https?://[^\s\"'<>,;|)\]]+")


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(packaged("jackline.guard.world", "registries.toml"))


@cache
def _settings() -> tuple[tuple[str | None, str, str, str], ...]:
    """What to look for, the base (`~`, `.`, a variable's name, or `/DIRECTORY`), the first name below it, the rest."""
    found = []
    for entry in _table()["settings"]:
        for pattern in entry["files"]:
            base, rest = pattern.lstrip("$").split("/", 1)
            if not base:
                base, rest = f"/{rest.split('/', 1)[0]}", rest.split("/", 1)[1]
            found.append((entry.get("find"), base, rest.split("/", 1)[0], rest))
    return tuple(found)


_GLOBS: Final = ("*.list", "*.sources", "*.repo")


class Registries:
    """The hosts, as far as they are known. `state` is the file that keeps what installed tools said of themselves."""

    __slots__ = ("_defaults", "_directories", "_kept", "_listed", "_state")

    def __init__(self, state: str, directories: Directories | None = None) -> None:
        self._directories = directories if directories is not None else Directories()
        self._state = state
        self._listed: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._kept: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}
        self._defaults: dict[str, list[str]] = _load(state)

    def hosts(
        self, *, home: str, workspace: str, environment: Mapping[str, str], written: Callable[[str], bool]
    ) -> frozenset[str]:
        """The hosts of all registries that are configured; `written` tells which files this session wrote."""
        found: set[str] = set()
        for said in self._defaults.values():
            found.update(said)
        for name in VARIABLES:
            if name in environment:
                found.update(_hosts(environment[name]))
        for find, path in self._files({"~": home, ".": workspace, **environment}):
            if not written(path):
                found.update(self._of_file(path, find))
        return frozenset(sorted(found)[:MAX_HOSTS])

    def _files(self, bases: Mapping[str, str]) -> Iterator[tuple[str | None, str]]:
        """The settings files that are there, each with what to look for; one look at a base tells which may be."""
        listed: dict[str, frozenset[str] | None] = {}
        for find, base, first, rest in _settings():
            place = base if base.startswith("/") else bases.get(base, "")
            if not place.startswith("/"):
                continue
            if place not in listed:
                listed[place] = self._directories.names(place)
            names = listed[place]
            path = f"{place}/{rest}"
            if names is not None and first not in names:
                continue
            if path.endswith(_GLOBS):
                for one in self._globbed(path):
                    yield find, one
            elif os.access(path, os.F_OK):
                yield find, path

    def _globbed(self, pattern: str) -> tuple[str, ...]:
        """The files of a pattern, listed again when its directory has changed."""
        directory = os.path.dirname(pattern)
        if not os.access(directory, os.F_OK):
            return ()
        stamp = os.stat(directory).st_mtime_ns
        kept = self._listed.get(pattern)
        if kept is None or kept[0] != stamp:
            kept = self._listed[pattern] = (stamp, tuple(sorted(_glob(pattern))[:MAX_FILES]))
        return kept[1]

    def _of_file(self, path: str, find: str | None) -> frozenset[str]:
        try:
            stat = os.stat(path)
        except (OSError, ValueError):
            return frozenset()
        stamp = (stat.st_mtime_ns, stat.st_size)
        key = f"{path}\0{find}"
        kept = self._kept.get(key)
        if kept is None or kept[0] != stamp:
            kept = self._kept[key] = (
                stamp,
                frozenset(_found(read_text(os.path.realpath(path), MAX_BYTES) or "", find)),
            )
        return kept[1]

    def ask_tools(self, which: Callable[[str], str | None], home: str) -> None:
        """Look for the defaults of the tools that are installed, and keep them. Reads large files: not in line."""
        found: dict[str, list[str]] = {}
        for entry in _table()["defaults"]:
            for path in _tool_files(entry, which, home):
                key, hosts = _stamped(path), self._defaults.get(_stamped(path))
                if hosts is None:
                    said = (
                        _scan(path, entry["scan"])
                        if "scan" in entry
                        else _found(read_text(path, MAX_TOOL_BYTES) or "", entry["find"])
                    )
                    hosts = sorted(set(said))[:MAX_HOSTS]
                if key:
                    found[key] = hosts
        self._defaults = found
        with contextlib.suppress(OSError):  # only a cache: what cannot be kept is asked again
            _save(self._state, found)


def _tool_files(entry: dict[str, Any], which: Callable[[str], str | None], home: str) -> Iterator[str]:
    """The files of an installed tool in which its default may stand."""
    for pattern in entry.get("also", ()):  # where a launcher on the PATH leads
        yield from sorted(_glob(pattern.replace("~", home, 1)))[:MAX_TOOLS]
    for name in entry["program"]:
        program = which(name)
        if not program:
            continue
        real = os.path.realpath(program)
        if "scan" in entry:
            yield real
            for pattern in entry.get("follow", ()):  # a launcher's own bytes say nothing
                yield from sorted(_glob(pattern.replace("~", home, 1)))[:MAX_TOOLS]
            continue
        for place in dict.fromkeys((os.path.dirname(real), os.path.dirname(program))):
            for inside in entry["inside"]:
                yield from sorted(_glob(os.path.normpath(os.path.join(place, inside))))[:MAX_TOOLS]


def _found(text: str, find: str | None) -> Iterator[str]:
    if find is None:
        yield from _hosts(text)
        return
    for match in re.finditer(find, text):
        yield from _hosts(match[1])


def _hosts(text: str) -> Iterator[str]:
    """The hosts of all addresses in a text, with the port where one is given."""
    for address in _ADDRESS.findall(text):
        try:
            parts = _urlsplit(address)
            port = parts.port
        except ValueError:
            continue
        host = normal_host(parts.hostname or "")
        if host != "*" and ("." in host or port):
            yield host
            if port:
                yield f"{host}:{port}"


def _scan(path: str, find: str) -> Iterator[str]:
    """The hosts that an expression finds in the bytes of a program, piece by piece: it may be larger than the guard."""
    pattern = re.compile(find.encode())
    with contextlib.suppress(OSError):
        descriptor = os.open(path, OPEN_READ)
        try:
            if os.fstat(descriptor).st_size > MAX_SCANNED:
                return
            before = b""
            while piece := os.read(descriptor, _PIECE):
                for match in pattern.finditer(before + piece):
                    yield from _hosts(match[1].decode("ascii", "replace"))
                before = piece[-_OVERLAP:]
        finally:
            os.close(descriptor)


def _stamped(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{path}\0{found.st_mtime_ns}\0{found.st_size}"


def _load(path: str) -> dict[str, list[str]]:
    content = read_bytes(path, MAX_BYTES) if path else None
    try:
        kept = json.loads(content) if content else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {
        str(key): hosts
        for key, hosts in kept.items()
        if isinstance(hosts, list)
        and all(isinstance(host, str) for host in hosts)
        and _stamped(str(key).split("\0")[0]) == key
    }


def _save(path: str, found: dict[str, list[str]]) -> None:
    if not path:
        return
    fresh = f"{path}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(found, file, sort_keys=True)
    os.replace(fresh, path)
