"""Whether a port that a server opens is a development server's, who hands out what the workspace holds and nothing else.

The decision behind it, and what is no such port: docs/decisions/0019-open-ports.md.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from jackline.lower.places.files import file_resource
from jackline.lower.places.hosts import KNOWN_PORTS

if TYPE_CHECKING:
    from jackline.core.words import Environment, Label
    from jackline.lower.scope import Scope

_PRIVILEGED: Final = 1024
"""Ports below it are the system's (ip(7)): who takes one means to be found."""
_CONFIDENTIAL: Final[frozenset[Label]] = frozenset({"secret", "credential", "personal", "other_user"})
_DIRECTORIES: Final = 48
_NAMES: Final = 1000
"""So many directories are listed, and so many names looked at; what holds more is not known to hold no secret."""
_FAR: Final = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__"})
"""Directories that tools fill: what was committed or comes from a registry."""


def environment_of_port(port: int) -> Environment:
    """`development` for a port that development servers take: not the system's, not another service's own."""
    return "development" if port == 0 or (port >= _PRIVILEGED and port not in KNOWN_PORTS) else "unknown"


def environment_of_pages(port: int, directory: str, scope: Scope) -> Environment:
    """The same of a server that hands out all files of a directory: it lies in the workspace and holds no known secret."""
    environment = environment_of_port(port)
    return environment if environment == "development" and _is_open(directory, scope) else "unknown"


def _is_open(directory: str, scope: Scope) -> bool:
    if "*" in directory or not scope.place.here:
        return False
    root = file_resource(directory, scope)
    if root.reach != "workspace" or root.labels & _CONFIDENTIAL:
        return False
    return scope.surroundings.file(root.name).kind == "absent" or _holds_no_secret(root.name, scope)


def _holds_no_secret(root: str, scope: Scope) -> bool:
    """Look at the names in a directory and in those directly below it; False where that cannot be had, or is too much."""
    names = scope.surroundings.listing(root)
    if names is None:
        return False
    paths = [posixpath.join(root, name) for name in names]
    inner = [path for path, name in zip(paths, names, strict=True) if _is_directory(name)]
    if len(inner) > _DIRECTORIES:
        return False
    for directory in inner:
        below = scope.surroundings.listing(directory)
        paths += [posixpath.join(directory, name) for name in below or ()]
    return len(paths) <= _NAMES and not any(file_resource(path, scope).labels & _CONFIDENTIAL for path in paths)


def _is_directory(name: str) -> bool:
    """Whether a name may be a directory's with something of a person's in it: few of those have an extension."""
    return name not in _FAR and "." not in name[1:]
