"""Redirections: what they open is read or written, and where the descriptors lead while a command runs (bash manual §3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.lower.files import emit_read, emit_write
from jackline.lower.places import is_stream, resolve
from jackline.lower.shell.expansion import expand_single, expand_target, expand_text
from jackline.lower.shell.scripts import content_of
from jackline.lower.shell.state import CLOSED, NULL, TERMINAL, Stream, data_of, text_of
from jackline.lower.shell.values import assign, variable
from jackline.lower.word import NOTHING

if TYPE_CHECKING:
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Value
    from jackline.lower.shell.syntax import Redirect
    from jackline.lower.word import Data

_BOTH: Final = frozenset({"&>", "&>>"})
_FIRST_FREE: Final = 10
_DESCRIPTOR_PATHS: Final = {
    "/dev/stdin": 0,
    "/dev/stdout": 1,
    "/dev/stderr": 2,
    "/proc/self/fd/0": 0,
    "/proc/self/fd/1": 1,
}


class Opened(NamedTuple):
    """What a command's redirections changed: the descriptors as they were, and the files that are written under a key.
    `since` is how many effects there were before."""

    before: dict[int, Stream]
    files: list[tuple[int, str, Redirect]]
    since: int = 0


def open_all(machine: Machine, redirects: tuple[Redirect, ...], *, permanent: bool = False) -> Opened:
    """Do redirections from left to right. `permanent`: `exec`, so that files stay open and are written at once."""
    opened = Opened({}, [], len(machine.scope.effects))
    if not redirects:
        return opened
    opened.before.update(machine.state.fds)
    for redirect in redirects:
        _open(machine, redirect, opened, permanent=permanent)
    return opened


def close_all(machine: Machine, opened: Opened) -> None:
    """Put the descriptors back, and write to the files what was collected for them."""
    machine.state.fds = dict(opened.before) if opened.before else machine.state.fds
    for key, path, redirect in opened.files:
        contents = machine.state.outputs.pop(key, (NOTHING,))
        append = ">>" in redirect.operator
        emptied = not append and all(data.text == "" for data in contents)
        if not append and _reads_itself(machine, path, opened.since):
            emptied = True
        elif emptied and any(data.missing for data in contents):  # nothing is here yet: neither what is read nor this
            emptied = machine.scope.surroundings.file(path).kind != "absent"
        emit_write(path, machine.scope, at=(redirect.start, redirect.end), appended=append, emptied=emptied)
        certain = machine.scope.certainty == "certain"
        for index, data in enumerate(contents):
            machine.scope.overlay.write(path, data, append=append, certain=certain and index == 0)


def _reads_itself(machine: Machine, path: str, since: int) -> bool:
    """`sort f > f`: the shell empties the file before the program reads it. Two names that are not known may differ."""
    return not path.endswith("/*") and any(
        effect.verb == "read" and effect.resource.kind == "file" and effect.resource.name == path
        for effect in machine.scope.effects[since:]
    )


def _open(machine: Machine, redirect: Redirect, opened: Opened, *, permanent: bool) -> None:
    operator = redirect.operator
    fd = redirect.fd
    if redirect.variable:
        fd = _descriptor_of(machine, redirect)
    elif fd < 0:
        fd = 0 if operator[0] == "<" else 1
    if operator == "<<":
        value = expand_text(machine, redirect.target)
        at = (redirect.target.start, redirect.target.end)
        _input(machine, fd, data_of(value, "user", at))
    elif operator == "<<<":
        given = expand_single(machine, redirect.target)
        _input(
            machine,
            fd,
            data_of(_with_line_end(given.parts), given.origin, (redirect.target.start, redirect.target.end)),
        )
    elif operator in {"<&", ">&"} and _duplicate(machine, redirect, fd):
        return
    else:
        _file(machine, redirect, fd, opened, permanent=permanent)


def _with_line_end(parts: Value) -> Value:
    if parts and isinstance(parts[-1], str):
        return (*parts[:-1], parts[-1] + "\n")
    return (*parts, "\n")


def _descriptor_of(machine: Machine, redirect: Redirect) -> int:
    """`{name}>file`: a free descriptor, whose number the variable gets; with `-` the one that it has."""
    if redirect.target.plain == "-":
        value, _ = variable(machine, redirect.variable)
        text = text_of(value) if value is not None else None
        return int(text) if text is not None and text.isdecimal() and len(text) < len("99999") else _FIRST_FREE
    fd = max([_FIRST_FREE - 1, *machine.state.fds]) + 1
    assign(machine, redirect.variable, (str(fd),))
    return fd


def _input(machine: Machine, fd: int, data: Data) -> None:
    key = machine.key()
    machine.state.inputs[key] = data
    machine.state.fds[fd] = Stream("input", key)


def _duplicate(machine: Machine, redirect: Redirect, fd: int) -> bool:
    """`2>&1`, `3<&-`, `>&"$fd"`. Whether it was one: bash reads `>& file` as both outputs to a file."""
    given = expand_single(machine, redirect.target)
    text = given.text
    if text is None:
        machine.state.fds[fd] = TERMINAL
        return redirect.fd >= 0 or redirect.operator == "<&"
    moved = text.endswith("-") and text != "-"
    number = text.removesuffix("-")
    if text == "-":
        machine.state.fds[fd] = CLOSED
        return True
    if not number.isdecimal():
        return False
    machine.state.fds[fd] = machine.state.fds.get(int(number[:6]), CLOSED)
    if moved:
        machine.state.fds[int(number[:6])] = CLOSED
    return True


def _file(machine: Machine, redirect: Redirect, fd: int, opened: Opened, *, permanent: bool) -> None:
    given = expand_target(machine, redirect.target)
    if given.text in _DESCRIPTOR_PATHS:
        machine.state.fds[fd] = machine.state.fds.get(_DESCRIPTOR_PATHS[given.text], TERMINAL)
        return
    path = resolve(given, machine.cwd, machine.scope)
    at = (redirect.start, redirect.end)
    operator = redirect.operator
    if operator in {"<", "<&"}:
        if path != "/dev/null":
            emit_read(path, machine.scope, at=at, origin=given.origin)
        _input(machine, fd, content_of(machine.scope, path))
        return
    if operator == "<>":
        emit_read(path, machine.scope, at=at, origin=given.origin)
        emit_write(path, machine.scope, at=at, appended=True, origin=given.origin)
        _input(machine, fd, content_of(machine.scope, path))
        return
    stream = _sink(machine, redirect, path, opened, permanent=permanent)
    machine.state.fds[fd] = stream
    if operator in _BOTH or (operator == ">&" and redirect.fd < 0):
        machine.state.fds[2] = stream


def _sink(machine: Machine, redirect: Redirect, path: str, opened: Opened, *, permanent: bool) -> Stream:
    if is_stream(path):
        return NULL if path == "/dev/null" else TERMINAL
    append = ">>" in redirect.operator
    if permanent:
        emit_write(path, machine.scope, at=(redirect.start, redirect.end), appended=append)
        if not append:
            machine.scope.overlay.write(path, NOTHING, certain=machine.scope.certainty == "certain")
        return Stream("file", path=path)
    key = machine.key()
    machine.state.outputs[key] = (NOTHING,)
    opened.files.append((key, path, redirect))
    return Stream("capture", key)
