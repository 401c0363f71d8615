"""What some programs print that only ask: the surroundings know it, so `cd "$(git rev-parse --show-toplevel)"` is followed.

In: a program's words and the directory it runs in. Out: what it prints, or None where that is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.lower.word import Data, Hole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jackline.lower.scope import Scope

_COUNTS: Final = frozenset(
    {"nproc", "date +%s", "date +%Y", "date +%Y%m%d", "date +%Y%m%d%H%M%S", "date +%F", "id -u", "id -g"}
)
"""Programs that print digits and dashes only."""


THIS_BRANCH: Final = "$(git branch --show-current)"
"""The hole that stands for the branch which is checked out, where its name is not known."""

_LISTING: Final = frozenset({"pgrep", "pidof", "lsof", "fuser", "ss", "netstat", "ps"})
_listed: Final[Callable[[Sequence[str]], str]] = Deferred("jackline.lower.places.processes", "listed")
_pids: Final[Callable[[str, str], Data]] = Deferred("jackline.lower.places.processes", "as_data")


def answer(words: list[str], cwd: str, scope: Scope) -> Data | None:
    """What these words print here."""
    if not scope.place.here:
        return None
    if words[0] in _LISTING:
        found = _listed(words)
        return _pids(" ".join(words), found) if found else None
    line = " ".join(words)
    if line in _COUNTS:
        return Data(None, origin="trusted", parts=(Hole(line, "trusted", numeric=True, one_word=True), "\n"))
    known = _KNOWN.get(line)
    text = known(cwd, scope) if known is not None else ""
    if (
        not text and known is _branch
    ):  # whatever it is called, a branch's name is one word and no option (git-check-ref-format(1))
        return Data(None, origin="trusted", parts=(Hole(THIS_BRANCH, "trusted", one_word=True), "\n"))
    return Data(f"{text}\n", origin="trusted") if text else None


def _root(cwd: str, scope: Scope) -> str:
    return scope.surroundings.git(cwd).root


def _branch(cwd: str, scope: Scope) -> str:
    return scope.surroundings.git(cwd).branch


def _user(_cwd: str, scope: Scope) -> str:
    return scope.surroundings.user


_KNOWN: Final[dict[str, Callable[[str, Scope], str]]] = {
    "git rev-parse --show-toplevel": _root,
    "git branch --show-current": _branch,
    "git rev-parse --abbrev-ref HEAD": _branch,
    "git symbolic-ref --short HEAD": _branch,
    "whoami": _user,
    "id -un": _user,
    "logname": _user,
}
