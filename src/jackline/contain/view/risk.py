"""Which changes run later, or steer what does: a class for each path, read from `risk.toml`."""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from jackline.contain.view.node import Node

_FILE: Final = os.path.join(os.path.dirname(__file__), "risk.toml")
_EXECUTE: Final = 0o111
_GIVES: Final = 0o6000


class Risk(NamedTuple):
    """A class of paths, and why a person should look at a change of one, in words."""

    name: str
    why: str


EXECUTABLE: Final = Risk("executable", "it can be run by its name")
GIVING: Final = Risk("set-user-ID", "whoever runs it acts as its owner or group")
NESTED: Final = Risk("repository", "a repository of its own: git reads its hooks and configuration in there")


def risk(path: str, after: Node) -> Risk | None:
    """The class of a change that leaves `after` at `path`; None where it is nothing special. What is deleted is in the
    class of its path, too: a guard that is gone is a change."""
    if after.kind == "file" and after.mode & _GIVES:
        return GIVING
    for found, pattern in _classes():
        if pattern.match(path):
            return found
    if path.endswith("/HEAD") or path == "HEAD":
        return NESTED
    if after.kind == "file" and after.mode & _EXECUTE:
        return EXECUTABLE
    return None


@cache
def _classes() -> tuple[tuple[Risk, re.Pattern[str]], ...]:
    with open(_FILE, "rb") as file:
        classes = tomllib.load(file)["class"]
    return tuple((Risk(entry["name"], entry["why"]), _pattern(entry["anywhere"])) for entry in classes)


def _pattern(globs: list[str]) -> re.Pattern[str]:
    """One expression for all of them, in any directory and any letter case: some file systems fold it."""
    return re.compile("(?s:.*/)?(?:" + "|".join(fnmatch.translate(glob) for glob in globs) + ")", re.IGNORECASE)
