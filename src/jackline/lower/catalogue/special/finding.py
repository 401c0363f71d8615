"""find(1) and fd(1): which files an action meets, as far as the tests say, and what it does to them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from msgspec import field
from msgspec.structs import replace

from jackline.core.inner import Inner
from jackline.lower.catalogue.listing import below
from jackline.lower.word import Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.lower.catalogue.call import Call

_START_OPTIONS: Final = frozenset({"-H", "-L", "-P"})
_NAMES: Final = frozenset({"-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename"})
_NO_VALUE: Final = frozenset({
    "-depth", "-d", "-follow", "-mount", "-xdev", "-noleaf", "-daystart", "-nowarn", "-warn", "-empty", "-executable",
    "-readable", "-writable", "-nogroup", "-nouser", "-true", "-false", "-print", "-print0", "-ls", "-prune", "-quit",
    "-ignore_readdir_race",
})  # fmt: skip
_NOT_TESTS: Final = frozenset({
    "-depth", "-d", "-follow", "-mount", "-xdev", "-noleaf", "-nowarn", "-warn", "-daystart", "-print", "-print0", "-ls",
    "-true", "-mindepth", "-regextype",
})  # fmt: skip
_EXECUTE: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_PRINT_TO: Final = {"-fprint": 1, "-fprint0": 1, "-fls": 1, "-fprintf": 2}
_OR: Final = frozenset({"-o", "-or", ","})
_GLOB: Final = frozenset("*?[")
_SOMEWHERE: Final = Hole("directory", "trusted", one_word=True)
_MAX_FOLLOWED: Final = 16
"""Entries of a directory on which an action is followed one by one."""
_MAX_SHAPES: Final = 8
"""Names joined by `-o` that are followed one by one; more are one unknown name."""


class _Branch(Inner):
    """What has been tested so far on the way to an action."""

    shapes: list[str] = field(default_factory=list)
    filtered: bool = False
    empty: bool = False


def find(call: Call) -> None:
    """The whole of find: start points, tests, actions."""
    words = call.arguments.operands
    starts, position = _start_points(words)
    for start in starts:
        call.read(start)
    branch, seen = _Branch(), _Branch()
    grouped = any(word.text in {"(", "\\("} for word in words[position:])
    while position < len(words):
        text = words[position].text
        if text is None:
            call.scope.opaque(f"find {words[position].shown}", at=call.at(words[position]), authorship="unknown")
            position += 1
        elif text in _OR:
            branch, position = _Branch(), position + 1
        elif text in {"-not", "!"}:
            branch.filtered = seen.filtered = True
            position += 2 if words[position + 1 : position + 2] and words[position + 1].text in _NO_VALUE else 3
        elif text == "-delete" or text in _EXECUTE or text in _PRINT_TO:
            position = _action(call, starts, seen if grouped else branch, words, position)
        else:
            position = _test(words, position, branch, seen)
    call.output = Data(origin="trusted", labels=call.read_labels(), parts=_printed(call, _met(call, starts, seen)))


def _printed(call: Call, met: Sequence[Word]) -> tuple[str | Hole, ...]:
    """A line for each file that is met: whole start points stand for all that is below them."""
    parts: list[str | Hole] = []
    for start in met:
        for found in [start] if start.holes else below(call, start, hidden=call.program != "fd"):
            parts += [*found.parts, "\n"]
    return tuple(parts)


def _start_points(words: Sequence[Word]) -> tuple[list[Word], int]:
    position = 0
    while position < len(words) and words[position].text is not None:
        text = words[position].text or ""
        if text in _START_OPTIONS or text.startswith("-O"):
            position += 1
        elif text == "-D":
            position += 2
        else:
            break
    starts = []
    while position < len(words):
        prefix = words[position].prefix
        if prefix.startswith(("-", "(", "!")) or prefix == ",":
            break
        starts.append(words[position])
        position += 1
    return starts or [Word((".",))], position


def _test(words: Sequence[Word], position: int, branch: _Branch, seen: _Branch) -> int:
    text = words[position].text or ""
    if text in {"(", ")", "-a", "-and"}:
        return position + 1
    value = words[position + 1].text if position + 1 < len(words) else None
    for one in (branch, seen):
        if text in _NAMES and value is not None:
            one.shapes.append(value if text.endswith("name") and "whole" not in text else value.rsplit("/", 1)[-1])
        elif text not in _NOT_TESTS and not (text == "-type" and value == "d"):
            one.filtered = True
        one.empty = one.empty or text == "-empty"
    return position + (1 if text in _NO_VALUE else 2)


def _met(call: Call, starts: Sequence[Word], branch: _Branch) -> list[Word]:
    """The files that an action meets: the start points whole, or what is below them with the names that were tested."""
    if not branch.shapes and not branch.filtered:
        return list(starts)
    shapes = list(dict.fromkeys(branch.shapes))
    if not shapes:
        found = [word for start in starts for word in below(call, start, hidden=True)]
        if len(found) <= _MAX_FOLLOWED:
            return found
    tails: list[tuple[str | Hole, ...]] = [(_SOMEWHERE,)]
    if shapes and len(shapes) <= _MAX_SHAPES:
        tails = [(_SOMEWHERE, "/", *_pieces(shape)) for shape in shapes]
    return [
        replace(start, parts=(start.prefix.rstrip("/") + "/" if start.text is not None else start.prefix, *tail))
        for start in starts
        for tail in tails
    ]


def _pieces(shape: str) -> list[str | Hole]:
    """A glob as known text and holes."""
    parts: list[str | Hole] = []
    for letter in shape:
        if letter in _GLOB:
            if not parts or isinstance(parts[-1], str):
                parts.append(Hole("name", "trusted", one_word=True))
        elif parts and isinstance(parts[-1], str):
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def _action(call: Call, starts: Sequence[Word], branch: _Branch, words: Sequence[Word], position: int) -> int:
    text = words[position].text or ""
    if text in _PRINT_TO:
        for target in words[position + 1 : position + 2]:
            call.write(target)
        return position + 1 + _PRINT_TO[text]
    met = _met(call, starts, branch)
    if text == "-delete":
        whole = not branch.shapes and not branch.filtered
        for found in met:
            call.delete(replace(found, start=words[position].start, end=words[position].end), recursive=whole,
                        empty_only=branch.empty)  # fmt: skip
        return position + 1
    end = next((i for i in range(position + 1, len(words)) if _ends(words, i)), len(words))
    inner = words[position + 1 : end]
    scope = call.inner() if "dir" in text else None
    if scope is not None:  # the command runs in the directory of what was found, wherever that is
        scope.cwd = posixpath.join(posixpath.dirname(call.path(starts[0])), "*") if len(starts) == 1 else "/*"
    for found in met:
        call.run([fill(word, "{}", found) for word in inner], scope)
    return end + 1


def _ends(words: Sequence[Word], index: int) -> bool:
    return words[index].text in {";", "\\;"} or (words[index].text == "+" and words[index - 1].text == "{}")


def fill(word: Word, mark: str, value: Word) -> Word:
    """The word with each `mark` in its known text replaced by another word's parts."""
    if not any(isinstance(part, str) and mark in part for part in word.parts):
        return word
    parts: list[str | Hole] = []
    for part in word.parts:
        if isinstance(part, Hole):
            parts.append(part)
            continue
        for index, piece in enumerate(part.split(mark)):
            for added in ((*value.parts,) if index else ()) + (piece,):
                if isinstance(added, str) and parts and isinstance(parts[-1], str):
                    parts[-1] += added
                elif added != "":
                    parts.append(added)
    return replace(word, parts=tuple(parts) or ("",))


def fd(call: Call) -> None:
    """fd: `-x`/`-X` run a command on what was found; without a placeholder the path is its last word."""
    starts = call.operands.get("path") or [Word((".",))]
    for start in starts:
        call.read(start)
    given = [*call.values("exec"), *call.values("exec-batch"), *call.arguments.rest]
    if not given:
        call.output = Data(origin="trusted", parts=_printed(call, starts))
        return
    for start in starts:
        found = Word((start.prefix.rstrip("/") + "/", _SOMEWHERE), given[0].start, given[0].end)
        words = [_placed(word, found) for word in given]
        if words == given:
            words.append(found)
        call.run(words)


def _placed(word: Word, found: Word) -> Word:
    for mark in ("{}", "{.}", "{/}", "{//}", "{/.}"):
        word = fill(word, mark, found)
    return word
