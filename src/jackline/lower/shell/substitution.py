"""Code inside words: `$(…)`, backticks, `<(…)`, `>(…)` are run in a subshell; what they print is the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.lower.shell.state import STDIN_KEY, Stream, value_of
from jackline.lower.word import Hole, is_packed

if TYPE_CHECKING:
    from jackline.core.words import Origin
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Value
    from jackline.lower.shell.syntax import ProcessSubstitution, Substitution
    from jackline.lower.word import Data


def substitute_command(machine: Machine, node: Substitution) -> tuple[Value, Origin]:
    """Run the code and return what it prints, as one of the alternatives where there are several."""
    cached = machine.choices.results.get(id(node))
    if cached is None:
        cached = _captured(machine, node)
        machine.choices.results[id(node)] = cached
    alternatives: tuple[Data, ...] = cached
    index = machine.choose(("output", id(node)), len(alternatives))
    what = machine.scope.text[node.start : node.end][:80] if node.text is None else f"`{node.text[:80]}`"
    if index < 0:
        return (Hole(what, "unknown"),), "unknown"
    data = alternatives[index]
    if data.text is None and not data.parts:
        origin: Origin = "untrusted" if data.fetched else data.origin
        return (Hole(what, origin, data.labels),), origin
    if data.origin != "user" and is_packed(what):  # its text says nothing, and where it goes matters
        return (Hole(what, data.origin, data.labels, one_word=True),), data.origin
    return value_of(data), data.origin


def _captured(machine: Machine, node: Substitution) -> tuple[Data, ...]:
    machine.deeper()
    machine.scope.bounds.step(4)
    saved = machine.scope
    try:
        if node.text is not None:
            machine.scope = saved.inner(node.text, (node.start, node.end), base=None)
        outputs, machine.substituted = machine.subshell(lambda: machine.capture(lambda: machine.run(node.body)))
        return outputs
    finally:
        machine.scope = saved
        machine.nested -= 1


def process_substitution(machine: Machine, node: ProcessSubstitution) -> str:
    """The path of the pipe. What the code of `<(…)` prints is that file's content; `>(…)` gets what is written to it."""
    machine.deeper()
    path = machine.scope.overlay.pipe(machine.scope.evidence((node.start, node.end)))
    try:
        if node.direction == "<":
            alternatives = machine.subshell(lambda: machine.capture(lambda: machine.run(node.body))[0])
            for index, data in enumerate(alternatives):
                machine.scope.overlay.write(path, data, certain=index == 0)
        else:
            machine.pending_pipes.append((path, node, machine.scope))
    finally:
        machine.nested -= 1
    return path


def finish_pipes(machine: Machine, since: int) -> None:
    """Run the readers of `>(…)` behind the command that wrote to them, with what it wrote as their input."""
    while len(machine.pending_pipes) > since:
        path, node, scope = machine.pending_pipes.pop()
        written = scope.overlay.find(path)
        version = written.versions[-1] if written is not None else None

        def reader() -> bool | None:
            key = machine.key()
            if version is not None:  # noqa: B023 - run at once
                machine.state.inputs[key] = version  # noqa: B023
            machine.state.fds[STDIN_KEY] = Stream("input", key)
            return machine.run(node.body)  # noqa: B023

        machine.subshell(reader)
