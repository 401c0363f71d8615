"""`cd`, `pushd`, `popd`, `dirs`, `pwd`: the directory is followed through the action (bash manual §4.1, §6.8.1).

Whether a directory exists when the command runs is decided then. One that is known to be there is entered; else both
outcomes are followed: the directory, and the failure that leaves the shell where it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.places import absolute, resolve
from jackline.lower.shell.state import text_of
from jackline.lower.shell.values import variable
from jackline.lower.word import Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.shell.builtins.call import Call
    from jackline.lower.shell.machine import Machine


def _cd(machine: Machine, call: Call) -> bool | None:
    operands = [word for word in call.arguments if word.text is None or word.text == "-" or word.text[:1] != "-"]
    if not operands:
        value, origin = variable(machine, "HOME")
        return enter(machine, Word(value or ("",), *call.at, quoted=True, origin=origin))
    if operands[0].text == "-":
        previous = machine.state.previous
        state = machine.state
        state.previous, state.cwd = state.cwd, previous or ("*",)
        return True if previous else None
    return enter(machine, operands[0])


def enter(machine: Machine, given: Word) -> bool | None:
    """Change to a directory; the failure, where it may fail, is left in `machine.failed`."""
    if given.text == "":
        return True
    here = machine.cwd
    paths = _targets(machine, given, here)
    known = _is_there(machine, paths[0]) if len(paths) == 1 else None
    if known is not True:
        machine.failed = machine.state.fork()
    state = machine.state
    state.previous, state.cwd = (here,), paths
    for name in ("PWD", "OLDPWD"):
        state.variables.pop(name, None)
    return known


def _targets(machine: Machine, given: Word, here: str) -> tuple[str, ...]:
    """Where a name leads: by the text alone, as `cd` goes; by the links, as `cd -P` goes; by each directory of `CDPATH`."""
    text = given.text
    found = [resolve(given, here, machine.scope)]
    if text is not None:
        found.insert(
            0,
            absolute(
                text if not given.quoted or text[:1] != "~" else f"./{text}", here, machine.scope.surroundings.home
            ),
        )
        if "CDPATH" in machine.state.variables and text[:1] not in {"/", "."}:
            value, _ = variable(machine, "CDPATH")
            known = text_of(value or ()) or ""
            found.extend(
                absolute(f"{place or '.'}/{text}", here, machine.scope.surroundings.home)
                for place in known.split(":")[:4]
            )
    return tuple(dict.fromkeys(found))


def _is_there(machine: Machine, path: str) -> bool | None:
    """Whether the directory is there: True, or not known (what is absent now may be made by what runs before)."""
    scope = machine.scope
    if path in {scope.surroundings.workspace, scope.surroundings.cwd, "/"}:
        return True
    if scope.place.here and "*" not in path and scope.surroundings.file(path).kind == "directory":
        return True
    return True if path in scope.overlay.directories else None


def _pushd(machine: Machine, call: Call) -> bool | None:
    operands = [word for word in call.arguments if word.text is None or not word.text.startswith(("-", "+"))]
    here = machine.cwd
    if not operands:
        if machine.state.stack:
            first, *rest = machine.state.stack
            machine.state.previous, machine.state.cwd, machine.state.stack = (here,), (first,), (here, *rest)
            return True
        machine.state.cwd = ("*", here)
        return None
    status = enter(machine, operands[0])
    machine.state.stack = (here, *machine.state.stack)
    return status


def _popd(machine: Machine, _call: Call) -> bool | None:
    here = machine.cwd
    if not machine.state.stack:
        machine.state.cwd = (here, "*")
        return None
    first, *rest = machine.state.stack
    machine.state.previous, machine.state.cwd, machine.state.stack = (here,), (first,), tuple(rest)
    return True


def _pwd(machine: Machine, _call: Call) -> bool:
    cwd = machine.cwd
    if "*" in cwd:
        machine.write(Data(None, origin="trusted", parts=(Hole("the directory", "trusted", one_word=True), "\n")))
    else:
        machine.write(Data(cwd + "\n", origin="trusted"))
    return True


TABLE: Final[dict[str, Callable[[Machine, Call], bool | None]]] = {
    "cd": _cd, "chdir": _cd, "pushd": _pushd, "popd": _popd, "pwd": _pwd,
    "dirs": lambda _machine, _call: True,
}  # fmt: skip
