"""Which program a command's first word is. Identity is not a path: a known program is judged as itself under every
spelling of its path, and a file that merely bears a known name is judged by what it is."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final, Literal

from jackline.core.deferred import late_pattern
from jackline.core.inner import FrozenInner
from jackline.lower.catalogue.store import program
from jackline.lower.containers import in_container
from jackline.lower.places import absolute
from jackline.lower.places.tables import words

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.catalogue.command import Command
    from jackline.lower.catalogue.grammar import Node
    from jackline.lower.scope import Scope

_PROC_ROOT: Final = late_pattern(r"^/proc/(?:self|thread-self|\d+)/root(?=/)")
_BIN: Final = late_pattern(
    r"^(?:/usr(?:/local)?|/opt/[^/]+|/snap|/nix/store/[^/]+|/home/linuxbrew/\.linuxbrew|/opt/homebrew/opt/[^/]+)?/s?bin$"
    r"|^/usr/(?:lib|libexec)(?:/.+)?$|^/usr/games$|^/run/current-system/sw/bin$|^/snap/[^/]+/[^/]+(?:/usr)?/bin$"
    r"|(?:^|/)(?:\.venv|venv|\.?env|node_modules/\.bin|\.tox/[^/]+|\.nox/[^/]+)(?:/bin)?$"
    r"|/\.(?:local|cargo|bun|deno|npm-global|volta|dotnet/tools|pyenv/shims|rbenv/shims|asdf/shims)(?:/bin)?$"
    r"|/\.(?:nvm|pyenv|rbenv|sdkman|rustup)/.+/bin$|/(?:go|miniconda3|anaconda3|conda)/bin$"
)
"""Directories in which package managers put programs; who wrote a file there is asked all the same."""
_VERSIONED: Final = late_pattern(r"^(?P<name>[A-Za-z][A-Za-z+_-]*?)-?\d+(?:\.\d+)*(?:-\d+)?$")
_GNU: Final = words(
    "rm rmdir unlink shred truncate cp mv ln install dd chmod chown chgrp mkdir mkfifo mknod touch tee cat head tail sort split "
    "find xargs locate sed tar grep timeout nice nohup env stdbuf kill ls stat date od base64 basenc realpath sync chroot cut tr"
)
"""GNU's programs, whose names have a `g` before them where other ones bear the plain names (Homebrew's coreutils)."""
_WRITTEN_HERE: Final = frozenset({"session", "fetched"})


class Identity(FrozenInner, frozen=True):
    """`entry` is the catalogue's; else, with `script`, the file at `path` is to be opened; else nothing is known.

    `prefix` are words that stand before the command's own arguments (`git-reset` is `git reset`).
    """

    name: str
    entry: Node | None = None
    authorship: Authorship = "installed"
    path: str = ""
    what: Literal["entry", "script", "unknown", "absent"] = "entry"
    prefix: tuple[str, ...] = ()


def identify(text: str, command: Command, scope: Scope, *, dashed: bool = True) -> Identity:
    """Find the program that `text` runs; without `dashed`, `git-x` is a program of its own."""
    if "/" in text:
        return _by_path(text, command, scope)
    name, entry, prefix = _known(text) if dashed else (text, program(text), ())
    found = _found_first(text, command, scope) if scope.place.here else None
    if found is None:
        return _unknown_place(name, entry, prefix, in_container(scope))
    if found == "":
        return Identity(name, entry, what="entry" if entry else "absent", prefix=prefix)
    authorship = _author(found, scope)
    if authorship in _WRITTEN_HERE or (entry is None and not is_bin(posixpath.dirname(found))):
        return Identity(text, None, authorship, found, "script")
    if entry is None:
        return Identity(text, None, authorship, found, "unknown")
    return Identity(name, entry, "installed", found, prefix=prefix)


def _unknown_place(name: str, entry: Node | None, prefix: tuple[str, ...], contained: bool) -> Identity:  # noqa: FBT001
    if entry is not None:
        return Identity(name, entry, prefix=prefix)
    return Identity(
        name, None, "installed" if contained else "unknown", what="unknown"
    )  # a container's are its image's


def _author(path: str, scope: Scope) -> Authorship:
    found = scope.surroundings.authorship(path)
    return "installed" if found == "unknown" and is_bin(posixpath.dirname(path)) else found


def _found_first(name: str, command: Command, scope: Scope) -> str | None:
    """The path that this name resolves to, with a PATH that the command itself sets; None: not known."""
    given = command.environment.get("PATH")
    if given is not None:
        for directory in given.prefix.split(":"):
            if directory[:1] == "/" and is_bin(directory):
                break
            path = posixpath.join(absolute(directory or ".", command.cwd, scope.surroundings.home), name)
            if scope.surroundings.file(path).kind == "file":
                return path
    return scope.surroundings.which(name)


def _by_path(text: str, command: Command, scope: Scope) -> Identity:
    path = _PROC_ROOT.sub("", absolute(text, command.cwd, scope.surroundings.home))
    directory, base = posixpath.split(path)
    name, entry, prefix = _known(base)
    if not scope.place.here:
        return (
            Identity(name, entry, prefix=prefix)
            if entry and is_bin(directory)
            else Identity(base, None, "unknown", path, "script" if in_container(scope) else "unknown")
        )
    if is_bin(directory):
        authorship = _author(path, scope)
        if authorship not in _WRITTEN_HERE:
            return Identity(name, entry, authorship, path, "entry" if entry else "unknown", prefix)
    real = scope.surroundings.file(path).real
    if real and real != path and is_bin(posixpath.dirname(real)) and _author(real, scope) not in _WRITTEN_HERE:
        name, entry, prefix = _known(posixpath.basename(real))
        if entry is not None:
            return Identity(name, entry, "installed", real, prefix=prefix)
    return Identity(base, None, _author(path, scope), path, "script")


def _known(name: str) -> tuple[str, Node | None, tuple[str, ...]]:
    """The catalogue's name and entry for a program's base name, in all the spellings that name the same program."""
    entry = program(name)
    if entry is not None:
        return name, entry, ()
    if name.startswith("git-") and program("git") is not None:
        return "git", program("git"), (name.removeprefix("git-"),)
    for candidate in _spellings(name):
        entry = program(candidate)
        if entry is not None:
            return candidate, entry, ()
    return name, None, ()


def _spellings(name: str) -> list[str]:
    found = [name.removesuffix(".exe").removesuffix(".cmd")]
    version = _VERSIONED.match(name)
    if version is not None:
        found.append(version["name"])
    if name[:1] == "g" and name[1:] in _GNU:
        found.append(name[1:])
    return found


def is_bin(directory: str) -> bool:
    """Whether package managers install programs into this directory."""
    return _BIN.search(directory) is not None
