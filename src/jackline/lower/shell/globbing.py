"""Pathname expansion against the files that the surroundings list, bounded (bash manual §3.5.8)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.lower.shell.pattern import compile_pattern, is_active, matches
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Value

MAX_NAMES: Final = 64
MAX_DIRECTORIES: Final = 48
_ACTIVE: Final = late_pattern(r"[*?\[]|[!@+]\(")


def file_names(machine: Machine, field: list[tuple[str | Hole, bool]]) -> list[Value] | None:
    """The names that a pattern matches, each as a word's parts; None: the pattern itself is the word.

    Where a directory's names are not known, or the matches too many, the result is one word: the text before the
    pattern and a hole for the rest.
    """
    pieces: list[tuple[str, bool]] = []
    for value, quoted in field:
        if isinstance(value, Hole):
            return [_with_hole(field)]
        pieces.append((value, quoted))
    if not machine.scope.place.here:
        return [_with_hole(field)]
    components = _components(pieces)
    found = _walk(machine, components)
    if found is None:
        return [_with_hole(field)]
    if not found:
        return [] if "nullglob" in machine.state.options else None
    return [(name,) for name in found]


def _components(pieces: list[tuple[str, bool]]) -> list[list[tuple[str, bool]]]:
    components: list[list[tuple[str, bool]]] = [[]]
    for text, quoted in pieces:
        for index, name in enumerate(text.split("/")):
            if index:
                components.append([])
            if name:
                components[-1].append((name, quoted))
    return components


def _walk(machine: Machine, components: list[list[tuple[str, bool]]]) -> list[str] | None:
    """All names, or None where they cannot be told. A name is what bash writes: the prefix as given, then what was found."""
    rooted = not components[0] and len(components) > 1
    places = ["/"] if rooted else [""]
    asked = 0
    for index, component in enumerate(components[1:] if rooted else components):
        last = index == len(components) - 1 - int(rooted)
        if not component:
            places = [place if place.endswith("/") else place + "/" for place in places]
            continue
        if not is_active(component):
            name = "".join(text for text, _ in component)
            places = [posixpath.join(place, name) for place in places]
            continue
        tokens = compile_pattern(component)
        if tokens is None or "".join(text for text, _ in component) == "**":
            return None
        following: list[str] = []
        hidden = component[0][0].startswith(".") or "dotglob" in machine.state.options
        for place in places:
            asked += 1
            names = _listing(machine, place) if asked <= MAX_DIRECTORIES else None
            if names is None:
                return None
            machine.scope.bounds.step(len(names) >> 3)
            following.extend(
                posixpath.join(place, name) for name in names if (hidden or name[0] != ".") and matches(tokens, name)
            )
        places = following
        if len(places) > MAX_NAMES:
            return None
        if not last:
            places = [place for place in places if _directory(machine, place)]
    if is_active(components[-1]):
        return sorted(places)
    return [place for place in places if _exists(machine, place)]


def _absolute(machine: Machine, place: str) -> str:
    return posixpath.normpath(posixpath.join(machine.cwd, place)) if place else machine.cwd


def _listing(machine: Machine, place: str) -> list[str] | None:
    directory = _absolute(machine, place)
    if "*" in directory:
        return None
    surroundings = machine.scope.surroundings
    own = machine.scope.overlay.below(directory)
    names = surroundings.listing(directory)
    if names is None:
        return sorted(set(own)) if surroundings.file(directory).kind == "absent" else None
    if machine.scope.overlay.find(directory + "/*") is not None:  # filled as a whole by this action
        return None
    return sorted({*names, *own} - {""}) if own else list(names)


def _directory(machine: Machine, place: str) -> bool:
    return machine.scope.surroundings.file(_absolute(machine, place)).kind in {"directory", "unknown"}


def _exists(machine: Machine, place: str) -> bool:
    path = _absolute(machine, place)
    return machine.scope.overlay.find(path) is not None or machine.scope.surroundings.file(path).kind != "absent"


def _joined(field: list[tuple[str | Hole, bool]]) -> list[tuple[str | Hole, bool]]:
    """The field with literal pieces that stand side by side made one: `!` and `(` are two to the parser."""
    found: list[tuple[str | Hole, bool]] = []
    for value, quoted in field:
        last = found[-1] if found else ("", True)
        if not quoted and not last[1] and isinstance(value, str) and isinstance(last[0], str):
            found[-1] = (last[0] + value, False)
        else:
            found.append((value, quoted))
    return found


def _with_hole(field: list[tuple[str | Hole, bool]]) -> Value:
    """The text before the first active sign, and a hole that is named after the rest; known text behind it is kept."""
    before: list[str | Hole] = []
    field = _joined(field)
    for index, (value, quoted) in enumerate(field):
        sign = None if isinstance(value, Hole) or quoted else _ACTIVE.search(value)
        if sign is None or isinstance(value, Hole):
            before.append(value)
            continue
        position = sign.start()
        before.append(value[:position] if before or value[:position] else "./")  # a pattern alone is never absolute
        rest = value[position:] + "".join(v if isinstance(v, str) else "*" for v, _ in field[index + 1 :])
        tail = rest.rpartition("/")
        suffix = tail[2] if tail[1] and _ACTIVE.search(tail[2]) is None else ""
        hole = Hole(rest.removesuffix(suffix) or rest, "trusted")
        return tuple(part for part in (*before, hole, suffix and "/" + suffix) if part != "")
    return tuple(before)
