"""Paths as text: which lies below which. Nothing here asks the disk."""

from __future__ import annotations

import os
from typing import Final

_UNPLAIN: Final = frozenset("*?\0")


def absolute(path: str) -> bool:
    """Whether a text is one plain absolute path: no `..`, no `.`, no doubled or trailing slash, no pattern, no NUL."""
    return (
        path.startswith("/")
        and not path.startswith("//")
        and os.path.normpath(path) == path
        and not set(path) & _UNPLAIN
    )


def below(path: str, root: str) -> bool:
    """Whether a path is `root` or lies in it."""
    return path == root or path.startswith(root.rstrip("/") + "/")


def parents(path: str) -> tuple[str, ...]:
    """A path and all directories above it, from `/` on."""
    found = ["/"]
    for part in path.strip("/").split("/"):
        if part:
            found.append(os.path.join(found[-1], part))
    return tuple(found)


def depth_first(path: str) -> tuple[str, ...]:
    """A key that sorts each directory before what lies in it."""
    return tuple(path.strip("/").split("/"))
