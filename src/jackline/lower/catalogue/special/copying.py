"""Where `cp`, `mv` and `ln` put things: the last operand is the target, or the directory that they go into."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from jackline.lower.files import emit_copy, emit_delete, emit_link, emit_move, emit_write, keeps_most

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call
    from jackline.lower.word import Data, Word

_NULL: Final = "/dev/null"


def copy(call: Call) -> None:
    """Read each source and write each target; a copy of nothing empties its target."""
    recursive = call.may_have("-r")
    for source, target, at in _pairs(call):
        path = call.path(source)
        if call.may_have("-l") or call.may_have("-s"):
            emit_link(path, target, call.scope, symbolic=not call.may_have("-l"), at=at)
            continue
        if call.has("--no-clobber") and _is_there(call, _final(call, path, target)):
            call.read(source, recursive=recursive)
            continue
        contents = (source.text or "").endswith("/.") or source.text == "."
        emit_copy(path, target, call.scope, recursive=recursive, contents=contents, at=at)
        if path != _NULL:
            call.scope.overlay.copy(path, _final(call, path, target), certain=call.certain)


def move(call: Call) -> None:
    """Move each source to its target."""
    for source, target, at in _pairs(call):
        path = call.path(source)
        if target == _NULL:
            emit_delete(path, call.scope, recursive=True, at=at)
            continue
        emit_move(path, target, call.scope, edited=_made_from(call, path, _final(call, path, target)), at=at)
        call.scope.overlay.copy(path, _final(call, path, target), certain=call.certain)
        if call.certain:
            call.scope.overlay.remove(path)


def _is_there(call: Call, path: str) -> bool:
    return call.scope.place.here and "*" not in path and call.scope.surroundings.file(path).kind == "file"


def _made_from(call: Call, path: str, target: str) -> bool:
    """Whether this action made the file from the one that it replaces, and from nothing else."""
    written = call.scope.overlay.find(path)
    versions = written.versions if written is not None else ()
    if not call.scope.place.here or call.scope.surroundings.file(path).kind == "absent":
        versions = tuple(one for one in versions if one is not None)  # what this action did not write is not there
    return bool(versions) and all(one is not None and _edits(call, one, target) for one in versions)


def _edits(call: Call, data: Data, target: str) -> bool:
    return data.source == target if data.text is None else keeps_most(target, data.text, call.scope)


def link(call: Call) -> None:
    """Make each link; what it points to is read only when the link is."""
    for source, target, at in _pairs(call):
        directory = target if target.endswith("/") else posixpath.dirname(target)
        symbolic = call.has("-s") and not source.prefix.startswith("/")
        pointed = call.path_from(source, directory) if symbolic else call.path(source)
        emit_link(pointed, target, call.scope, symbolic=call.has("-s"), at=at)


def _final(call: Call, path: str, target: str) -> str:
    into = call.scope.place.here and "*" not in target and call.scope.surroundings.file(target).kind == "directory"
    return posixpath.join(target, posixpath.basename(path)) if into else target


def _pairs(call: Call) -> list[tuple[Word, str, tuple[int, int]]]:
    """Each source with the absolute path that it goes to, and the span of the target. Backups of targets are written."""
    pairs = _targets(call)
    if call.has("--backup") or call.has("--suffix"):
        for source, target, at in pairs:
            emit_write(f"{_final(call, call.path(source), target)}{call.text('suffix') or '~'}", call.scope, at=at)
    return pairs


def _targets(call: Call) -> list[tuple[Word, str, tuple[int, int]]]:
    sources = call.operands.get("source", [])
    directory = call.value("target-directory")
    target = call.value("target")
    if call.program != "install" and call.has("--parents") and (directory or target) is not None:
        below = directory or target or sources[-1]
        base, at = call.path(below), call.at(below)
        return [
            (source, posixpath.join(base, source.prefix.lstrip("/") + "*" * bool(source.holes)), at)
            for source in sources
        ]
    if directory is not None:
        base, at = call.path(directory), call.at(directory)
        return [(source, _within(base, source), at) for source in sources]
    if target is None:
        linking = call.program in {"ln", "link", "symlink"}
        return [(source, _within(call.cwd, source), call.at(source)) for source in sources] if linking else []
    path, at = call.path(target), call.at(target)
    if (len(sources) > 1 or _is_directory(target)) and not call.has("-T"):
        return [(source, _within(path, source), at) for source in sources]
    return [(source, path, at) for source in sources]


def _is_directory(target: Word) -> bool:
    """Whether it is spelled as one: with a slash at its end."""
    last = target.parts[-1] if target.parts else ""
    return isinstance(last, str) and last.endswith("/")


def _within(directory: str, source: Word) -> str:
    text = source.text
    if text is None:
        return posixpath.join(directory, "*")
    if text == "." or text.endswith("/."):
        return directory
    return posixpath.join(directory, posixpath.basename(posixpath.normpath(text)))
