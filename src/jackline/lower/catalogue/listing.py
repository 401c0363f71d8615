"""Files below a directory, as far as they are known: by the directory's entries, so that `grep -rl x . | xargs …` is
judged on what is there and not on all that might be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call

MAX_ENTRIES: Final = 128
"""Entries of a directory that are told apart; of more, each file below is one unknown name."""
_ENDING: Final = re.compile(r"\*\.\w+$")
_NOT_HELD: Final = frozenset({"ignored", "untracked"})
SOMEWHERE: Final = Hole("file found", "trusted", one_word=True)


def is_file(call: Call, name: Word) -> bool:
    """Whether `ls NAME` prints the name as it stands, and not what is in a directory; a pattern is here where nothing
    matches it."""
    path = call.path(name)
    return call.scope.place.here and ("*" in name.prefix or call.scope.surroundings.file(path).kind == "file")


def ending_of(call: Call) -> str:
    """How the names of all files end that a program looks at: `grep -r --include='*.py'`, `rg -g '*.rs'`; empty for any."""
    given = [*call.values("include"), *call.values("glob")]
    text = given[0].text if len(given) == 1 else None
    return text[1:] if text and _ENDING.match(text) else ""


def below(call: Call, start: Word, *, hidden: bool, ending: str = "") -> list[Word]:
    """Words for the files at or below a start point; without `hidden` those whose names begin with a dot are left out."""
    found = _below(call, start, hidden=hidden)
    if not ending:
        return found
    return [
        Word((*word.parts, ending), word.start, word.end, origin=word.origin) if word.holes else word
        for word in found
        if word.holes or word.prefix.endswith(ending)
    ]


def _below(call: Call, start: Word, *, hidden: bool) -> list[Word]:
    if start.holes or not call.scope.place.here:
        return [Word((*start.parts, "/", SOMEWHERE), start.start, start.end, origin=start.origin)]
    base = start.prefix if start.prefix.endswith("/") else start.prefix + "/"
    path = call.path(start)
    kind = call.scope.surroundings.file(path).kind
    if kind == "file":
        return [start]
    if kind != "directory" and "*" in start.prefix:
        return [start]  # a pattern that nothing matches
    names = call.scope.surroundings.listing(path) if kind == "directory" else None
    overlay, inside = call.scope.overlay, path.rstrip("/")
    own = overlay.below(path)
    filled = bool(own) and overlay.find(f"{inside}/*") is not None  # as a whole, by this action
    if not names or len(names) > MAX_ENTRIES or filled:  # of what is empty now nobody knows what it will hold
        return [_word(start, base, SOMEWHERE)]
    found = []
    for name in sorted({*names, *own} - {""}):
        if name.startswith(".") and not hidden:
            continue
        deeper = (
            bool(overlay.below(f"{inside}/{name}"))
            or call.scope.surroundings.file(f"{inside}/{name}").kind == "directory"
        )
        found.append(_word(start, f"{base}{name}/", SOMEWHERE) if deeper else _word(start, base + name))
    return found


def in_git(call: Call, found: Word) -> bool:
    """Whether git may list a file of the work tree: one that it holds, and that the patterns of `git ls-files` let through."""
    if "/.git/" in found.prefix:
        return False
    if call.has("-o") or call.has("--others") or not call.scope.place.here:
        return True
    patterns = [given.text or "" for given in call.values("data")] if call.command_words()[:1] == ["ls-files"] else []
    if patterns and not found.holes and all(_ENDING.match(pattern) for pattern in patterns):
        return any(found.prefix.endswith(pattern[1:]) for pattern in patterns)
    standing = call.scope.surroundings.standing(call.path(Word((found.prefix.rstrip("/"),))))
    return not standing or not standing <= _NOT_HELD


def _word(start: Word, *parts: str | Hole) -> Word:
    return Word(parts, start.start, start.end, origin=start.origin)
