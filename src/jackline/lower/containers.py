"""Files inside a container that runs here: what they are on this machine, or who vouches for them.

A container's own files came with its image, as a program comes with a package. What is mounted from here is a file of this
machine, and where the mounts are not known, a file of the workspace with the same name may be the one that is run.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from jackline.lower.places.paths import normal
from jackline.lower.word import weakest

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.scope import Scope

_PLACES: Final = "docker/"
_LONGEST: Final = 8
_NOT_THE_IMAGES: Final = frozenset({"session", "fetched"})


def in_container(scope: Scope) -> bool:
    """Whether code runs in a container whose engine is pointed at this machine, as far as it is known."""
    return not scope.place.here and scope.place.name.startswith(_PLACES) and scope.place.environment == "development"


def mounted_path(path: str, scope: Scope) -> str:
    """The path here of a path inside; empty where it is not mounted from here."""
    for source, target in scope.place.mounts:
        inside = target.rstrip("/")
        if path == inside or path.startswith(inside + "/"):
            return normal(source + path[len(inside) :])
    return ""


def author_inside(path: str, scope: Scope) -> Authorship:
    """Who wrote a file of the container's own: the image's author, or whoever wrote a file here that may be mounted there."""
    if not in_container(scope) or "*" in path:
        return "unknown"
    found: list[Authorship] = ["installed"]
    in_git = bool(
        scope.surroundings.git(scope.surroundings.cwd).root
    )  # where nothing is in git, nothing says who wrote it
    for name in _namesakes(path, scope):
        written = scope.overlay.find(name)
        author = written.authorship if written is not None else scope.surroundings.authorship(name)
        there = written is not None or scope.surroundings.file(name).kind != "absent"
        if author in _NOT_THE_IMAGES or (there and in_git):
            found.append(author)
    return weakest(found)


def _namesakes(path: str, scope: Scope) -> list[str]:
    """Files here that have the path's name, or the end of it, below where the session stands."""
    surroundings = scope.surroundings
    names = path.strip("/").split("/")[-_LONGEST:]
    ends = ["/".join(names[index:]) for index in range(len(names))]
    tops = dict.fromkeys((surroundings.cwd, surroundings.workspace))
    return [posixpath.join(top, end) for top in tops if top for end in ends]
