"""`read`, `mapfile`, `getopts`: input that is known is taken apart as bash does; else the variables are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.lower.overlay import pieces
from jackline.lower.shell.arrays import set_array
from jackline.lower.shell.builtins.call import options
from jackline.lower.shell.state import text_of
from jackline.lower.shell.values import assign, run_subscripts, variable
from jackline.lower.word import NOTHING, Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.words import Origin
    from jackline.lower.shell.builtins.call import Call
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Value


def _read(machine: Machine, call: Call) -> bool | None:
    given, operands = options(call, "adinNptu")
    names = [name for word in operands if (name := word.text) is not None]
    for name in names:
        run_subscripts(machine, name)
    fd = given.get("u")
    number = int(fd.text) if fd is not None and fd.text and fd.text.isdecimal() and len(fd.text) < len("99999") else 0
    data = _input(machine, number)
    delimiter = given["d"].text or "\0" if given.get("d") is not None else "\n"  # type: ignore[union-attr]
    count = given.get("n") or given.get("N")
    if count is not None or data.text is None:
        _read_unknown(machine, data, names, array=given.get("a"))
        return None
    if data.text == "":
        for name in names or ["REPLY"]:
            assign(machine, name, ())
        return False
    line, found, rest = data.text.partition(delimiter)
    _left(machine, number, replace(data, text=rest, empty=not rest, at=(0, 0)))
    if "r" not in given:
        line = _without_backslashes(line)
    array = given.get("a")
    if array is not None and array.text:
        fields = _fields(machine, line, 0)
        set_array(machine, array.text, [(field,) for field in fields], data.origin)
    elif not names:
        assign(machine, "REPLY", (line,), data.origin)
    else:
        values = _fields(machine, line, len(names))
        for index, name in enumerate(names):
            assign(machine, name, (values[index],) if index < len(values) else (), data.origin)
    return bool(found)


def _input(machine: Machine, fd: int) -> Data:
    stream = machine.state.fds.get(fd)
    if stream is None or stream.kind in {"null", "closed"}:
        return NOTHING
    return machine.state.inputs.get(stream.key, Data()) if stream.kind == "input" else Data()


def _left(machine: Machine, fd: int, data: Data) -> None:
    stream = machine.state.fds.get(fd)
    if stream is not None and stream.kind == "input":
        machine.state.inputs[stream.key] = data


def _read_unknown(machine: Machine, data: Data, names: list[str], array: Word | None) -> None:
    """Lines of an input that is not known: each variable may be anything, from where the input came."""
    origin: Origin = "untrusted" if data.fetched else data.origin
    labels = data.labels
    what = data.source or data.fetched or "input"
    known = pieces(data) if data.parts else ()
    if known and len(names) == 1 and isinstance(known[-1], str) and known[-1] == "\n" and "\n" not in "".join(
        part for part in known[:-1] if isinstance(part, str)
    ):  # fmt: skip
        assign(machine, names[0], known[:-1], origin)
        return
    hole = Hole(f"a line of {what}", origin, labels)
    for name in [*names, *([array.text] if array is not None and array.text else [])] or ["REPLY"]:
        assign(machine, name, (hole,), origin)


def _without_backslashes(line: str) -> str:
    found: list[str] = []
    escaped = False
    for char in line:
        if char == "\\" and not escaped:
            escaped = True
            continue
        found.append(char)
        escaped = False
    return "".join(found)


def _fields(machine: Machine, line: str, wanted: int) -> list[str]:
    """Split a line for `wanted` variables (0: as many as there are); the last one gets the rest."""
    value, _ = variable(machine, "IFS")
    separators = " \t\n" if value is None else text_of(value)
    if not separators:
        return [line]
    blanks = "".join(char for char in separators if char in " \t\n")
    rest = line.strip(blanks) if blanks else line
    found: list[str] = []
    while rest and (not wanted or len(found) < wanted - 1):
        end = next((index for index, char in enumerate(rest) if char in separators), -1)
        if end < 0:
            break
        found.append(rest[:end])
        rest = rest[end:].lstrip(blanks) if blanks else rest[end:]
        if rest and rest[0] in separators and rest[0] not in blanks:
            rest = rest[1:].lstrip(blanks) if blanks else rest[1:]
    if rest:
        found.append(rest)
    return found


def _mapfile(machine: Machine, call: Call) -> bool | None:
    given, operands = options(call, "dnOsuCc")
    callback = given.get("C")
    if callback is not None:
        _callback(machine, callback)
    name = operands[0].text if operands else "MAPFILE"
    if name is None:
        return None
    data = _input(machine, 0)
    if data.text is None:
        hole = Hole(f"lines of {data.source or 'input'}", "untrusted" if data.fetched else data.origin, data.labels)
        set_array(machine, name, [(hole,)], data.origin)
        return None
    delimiter = (given["d"].text or "\0") if given.get("d") is not None else "\n"  # type: ignore[union-attr]
    lines = data.text.split(delimiter)
    if lines[-1] == "":
        lines.pop()
    values: list[Value] = [(line if "t" in given else line + delimiter,) for line in lines]
    set_array(machine, name, values, data.origin)
    _left(machine, 0, NOTHING)
    return True


def _callback(machine: Machine, callback: Word) -> None:
    """`mapfile -C CODE`: run for every few lines."""
    text = callback.text
    if text is None:
        machine.scope.opaque("code given to mapfile", at=(callback.start, callback.end))
    else:
        machine.branches(lambda: machine.run_text(text, machine.code_scope(text, callback)), None)


def _getopts(machine: Machine, call: Call) -> None:
    """Which option comes next is not followed: the variables may be anything that was given."""
    operands = call.texts()
    given = machine.state.positional or ()
    if len(operands) > 1 and operands[1]:
        assign(machine, operands[1], (Hole("an option", "user", one_word=True),))
    origin: Origin = given[0].origin if given else "user"
    assign(machine, "OPTARG", (Hole("$OPTARG", origin, one_word=True),), origin)


TABLE: Final[dict[str, Callable[[Machine, Call], bool | None]]] = {
    "read": _read, "mapfile": _mapfile, "readarray": _mapfile, "getopts": _getopts,
}  # fmt: skip
