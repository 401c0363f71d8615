"""Tests on names: patterns, folders, domains; and the same for all names that begin in one way.

An effect on a tree, or on a name that is known only in part, stands for many names: all that begin with a prefix. For
such a set a test has two answers: does it hold for *some* name, and does it hold for *every* name. Both err on the
strict side: `some` may be true where no name matches, `every` false where all do, never the other way round.
"""

from __future__ import annotations

from typing import Final

UNKNOWN_PART: Final = "*"
"""In a resource's name: what could not be known."""


def like(name: str, pieces: tuple[str, ...]) -> bool:
    """Cedar's `like`: the pieces in this order, anything between them, nothing before the first or behind the last."""
    if len(pieces) == 1:
        return name == pieces[0]
    first, last = pieces[0], pieces[-1]
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in pieces[1:-1]:
        found = name.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def some_like(prefix: str, pieces: tuple[str, ...]) -> bool:
    """Whether a name that begins with `prefix` can match."""
    first = pieces[0]
    return first.startswith(prefix) or (len(pieces) > 1 and prefix.startswith(first))


def every_like(prefix: str, pieces: tuple[str, ...]) -> bool:
    """Whether each name that begins with `prefix` matches: the pattern ends open, and the prefix has all the rest."""
    return len(pieces) > 1 and pieces[-1] == "" and like(prefix, pieces)


def in_directory(name: str, folder: str) -> bool:
    """Whether a path is the folder or lies below it."""
    return name == folder or name.startswith(_below(folder))


def some_in_directory(prefix: str, folder: str) -> bool:
    """Whether a path that begins with `prefix` can be the folder or lie below it."""
    return folder.startswith(prefix) or prefix.startswith(_below(folder))


def every_in_directory(prefix: str, folder: str) -> bool:
    """Whether each path that begins with `prefix` lies below the folder."""
    return prefix.startswith(_below(folder))


def in_domain(host: str, domain: str) -> bool:
    """Whether a host is the domain or lies below it."""
    return host == domain or host.endswith("." + domain)


def _below(folder: str) -> str:
    return folder if folder.endswith("/") else folder + "/"
