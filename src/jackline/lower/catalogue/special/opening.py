"""Files of a project that a program opens by itself: which one, who wrote it, what it may say."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.lower.catalogue.contents import Content, contents
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jackline.core.words import Authorship
    from jackline.lower.catalogue.call import Call

NOT_COMMITTED: Final = frozenset({"session", "fetched"})
_MAX_ABOVE: Final = 12


class Opened(NamedTuple):
    """One content that a file may have, known whole."""

    path: str
    text: str
    content: Content


def author(call: Call, path: str) -> Authorship:
    """Who wrote a file, what this action writes included."""
    if not call.scope.place.here:
        return "unknown"
    written = call.scope.overlay.find(path)
    return written.authorship if written is not None else call.scope.surroundings.authorship(path)


def there(call: Call, path: str) -> bool:
    """Whether a file stands at a path, or this action puts it there."""
    if not call.scope.place.here:
        return False
    return call.scope.overlay.find(path) is not None or call.scope.surroundings.file(path).kind == "file"


def first_of(call: Call, names: Sequence[str], *, above: bool = False) -> str:
    """The first of several names that is there, in this directory or (`above`) in the nearest one up to the workspace's
    root; empty where none is. Where it cannot be known, the last name."""
    if not call.scope.place.here:
        return posixpath.join(call.cwd, names[-1])
    directory = call.cwd
    for _ in range(_MAX_ABOVE):
        for name in names:
            path = posixpath.join(directory, name)
            if there(call, path):
                return path
        if not above or directory in {"/", call.scope.surroundings.workspace}:
            break
        directory = posixpath.dirname(directory)
    unknown = posixpath.join(call.cwd, names[-1])
    return unknown if call.scope.surroundings.file(unknown).kind == "unknown" else ""


def known_text(content: Content) -> str | None:
    """The text, where all of it is known."""
    parts = content.parts
    if parts is None or any(isinstance(part, Hole) for part in parts):
        return None
    return "".join(part for part in parts if isinstance(part, str))


def opened(call: Call, path: str, *, running: bool = True) -> Iterator[Opened]:
    """The contents that a file may have. `running`: it says what is run, so one that is not known is opaque."""
    for content in contents(path, call.scope):
        text = known_text(content)
        if text is not None:
            yield Opened(path, text, content)
        elif running:
            not_followed(call, path, content.authorship)


def not_followed(call: Call, path: str, authorship: Authorship) -> None:
    """What a file makes run and could not be read: opaque, with the authorship of the file."""
    call.scope.opaque(posixpath.basename(path) or path, at=call.command.at, authorship=authorship)
