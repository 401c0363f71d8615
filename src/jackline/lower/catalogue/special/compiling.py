"""Compilers: what they make is as its sources are, so that running it afterwards is a matter of who wrote those."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from jackline.core.effect import ONE
from jackline.lower.catalogue.special.opening import author, first_of, there
from jackline.lower.places import within
from jackline.lower.word import weakest

if TYPE_CHECKING:
    from jackline.core.effect import Effect
    from jackline.core.words import Authorship
    from jackline.lower.catalogue.call import Call

_NAMED_LIKE_SOURCE: Final = frozenset({"rustc", "ghc", "swiftc", "dmd", "ldc2"})
"""Compilers that call the program like the source; the others call it `a.out`."""
_SOURCES: Final = (
    ".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".inl", ".s", ".S", ".m", ".mm", ".cu", ".rs", ".go", ".f90", ".cmake", ".toml",
    "CMakeLists.txt", ".mod", ".proto", ".y", ".l", ".in",
)  # fmt: skip


def compiled(call: Call) -> None:
    """`gcc a.c -o a`: the file that is named, else the compiler's own name for it."""
    given = [given for slot, given in call.slots if slot.role.kind == "read"]
    if not given or any(word.text is None or word.text == "-" for word in given) or not call.scope.place.here:
        return
    sources = [call.path(word) for word in (*given, *call.values("include"))]
    target = call.value("o") or call.value("out-dir")
    if target is not None:
        path = call.path(target)
    elif call.program in _NAMED_LIKE_SOURCE:
        path = posixpath.splitext(posixpath.join(call.cwd, posixpath.basename(sources[0])))[0]
    else:
        path = posixpath.join(call.cwd, "a.out")
    _made(call, path, _author_of(call, sources), tree=call.value("out-dir") is not None)


def go_build(call: Call) -> None:
    """`go build -o app`: of committed sources, or of none."""
    if call.command_words()[:1] == ["build"]:
        target = call.value("o")
        name = posixpath.basename(call.cwd)
        built(call, call.path(target) if target is not None else posixpath.join(call.cwd, name), ("go.mod",))


def built(call: Call, path: str, names: tuple[str, ...]) -> None:
    """A project's build makes a program or fills a directory: with what it is built from, where a file of one of these
    names says how; where none is there, with nothing."""
    if not call.scope.place.here or "*" in path or call.command.at == (0, len(call.scope.text)):
        return  # nobody in this action runs it
    if not first_of(call, names, above=True):
        _made(call, path, None, tree=True)
    elif _all_committed(call):
        _made(call, path, "committed", tree=True)


def _author_of(call: Call, sources: list[str]) -> Authorship | None:
    """Who wrote the sources together; None where none of them is there, so that nothing is made."""
    found = [author(call, path) for path in sources if there(call, path)]
    if not found:
        kinds = {call.scope.surroundings.file(path).kind for path in sources}
        return None if kinds == {"absent"} else "unknown"
    return weakest(found)


def _made(call: Call, path: str, authorship: Authorship | None, *, tree: bool) -> None:
    overlay = call.scope.overlay
    before = call.scope.effects[: call.first_effect]
    if "*" in path or any(_wrote(effect, path) for effect in before):
        return  # what an earlier part of this action put there may be what is run
    if authorship is None:
        overlay.forget(path)
    else:
        overlay.unknown(path, authorship, tree=tree)


def _wrote(effect: Effect, path: str) -> bool:
    if effect.resource.kind != "file" or effect.verb not in {"create", "modify", "persist", "grant"}:
        return False
    name = effect.resource.name
    around = effect.extent != ONE and within(path, name)
    return "*" in name or within(name, path) or around


def _all_committed(call: Call) -> bool:
    """Whether git holds every source of the project as it is, and this action has changed none."""
    surroundings = call.scope.surroundings
    changes = surroundings.changes(call.cwd)
    if changes.partial or not surroundings.git(call.cwd).root:
        return False
    changed = (*changes.dirty, *changes.untracked, *call.scope.overlay.files)
    return not any(name.endswith((*_SOURCES, "/")) for name in changed)
