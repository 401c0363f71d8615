"""What a shell knows while it runs: variables, functions, directory, streams. Forked at a branch, joined behind it.

A value that two branches set differently keeps both as alternatives; the command that uses it is then run for each
(see `machine.alternatives`). All values are immutable, so a fork is a copy of a few small tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from jackline.core.words import Origin
from jackline.lower.overlay import joined, pieces, worse
from jackline.lower.scope import Scope
from jackline.lower.shell.syntax import Node
from jackline.lower.word import NOTHING, UNKNOWN, Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Iterable


MAX_ALTERNATIVES: Final = 6
MAX_VALUE: Final = 64 * 1024
MAX_PARTS: Final = 64

Value: TypeAlias = tuple[str | Hole, ...]
Signal = Literal["", "exit", "return", "break", "continue"]


class Variable(Struct, frozen=True):
    """A variable: its possible `values` (None: unset), or the `elements` of an array by their keys."""

    values: tuple[Value | None, ...] = (None,)
    origin: Origin = "user"
    elements: tuple[tuple[str, Value], ...] | None = None
    attributes: frozenset[str] = frozenset()

    @property
    def associative(self) -> bool:
        """Whether keys are names, not numbers."""
        return "A" in self.attributes


class FunctionBody(Struct, frozen=True, eq=False):
    """A function, with the scope of the text that it stands in. Each definition is its own."""

    body: Node
    scope: Scope

    @property
    def text(self) -> str:
        """The body as it is written."""
        return self.scope.text[self.body.start : self.body.end]


class Stream(Struct, frozen=True):
    """Where a descriptor leads. `capture` collects under `key`; `file` writes to `path`; `input` reads under `key`."""

    kind: Literal["terminal", "null", "capture", "file", "input", "closed"]
    key: int = 0
    path: str = ""


TERMINAL: Final = Stream("terminal")
NULL: Final = Stream("null")
CLOSED: Final = Stream("closed")
STDIN_KEY: Final = 0
NO_ATTRIBUTES: Final[frozenset[str]] = frozenset()


class State:
    """See the module's text. `outputs` has what was collected under a key, as alternatives; `inputs` what is left."""

    __slots__ = (
        "aliases", "cwd", "exported", "fds", "functions", "inputs", "levels", "locals", "options", "outputs",
        "positional", "previous", "signal", "stack", "status", "variables",
    )  # fmt: skip

    def __init__(self, cwd: str, stdin: Data = UNKNOWN) -> None:
        self.variables: dict[str, Variable] = {}
        self.functions: dict[str, tuple[FunctionBody, ...]] = {}
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.exported: dict[str, Word] = {}
        self.outputs: dict[int, tuple[Data, ...]] = {}
        self.inputs: dict[int, Data] = {STDIN_KEY: stdin}
        self.fds: dict[int, Stream] = {0: Stream("input", STDIN_KEY), 1: TERMINAL, 2: TERMINAL}
        self.positional: tuple[Word, ...] | None = ()
        self.cwd: tuple[str, ...] = (cwd,)
        self.previous: tuple[str, ...] = ()
        self.stack: tuple[str, ...] = ()
        self.options: frozenset[str] = frozenset()
        self.locals: tuple[dict[str, Variable | None], ...] = ()
        self.signal: Signal = ""
        self.levels = 0
        self.status: bool | None = True

    def fork(self) -> State:
        """A copy that can go its own way."""
        other = State.__new__(State)
        other.variables = dict(self.variables)
        other.functions = dict(self.functions)
        other.aliases = dict(self.aliases)
        other.exported = dict(self.exported)
        other.outputs = dict(self.outputs)
        other.inputs = dict(self.inputs)
        other.fds = dict(self.fds)
        other.positional, other.cwd, other.previous, other.stack = self.positional, self.cwd, self.previous, self.stack
        other.options, other.signal, other.levels, other.status = self.options, self.signal, self.levels, self.status
        other.locals = tuple(dict(frame) for frame in self.locals)
        return other


def join(states: Iterable[State]) -> State:
    """What is known where several paths meet. A path that ended (`exit`, `break`…) counts only if all did."""
    every = list(states)
    going = [state for state in every if not state.signal] or every
    result = going[0]
    for state in going[1:]:
        _merge(result, state)
    if len(going) < len(every):  # what the ended paths printed was printed
        for state in every:
            if state.signal and state is not result:
                _merge_outputs(result, state)
    return result


def _merge(into: State, other: State) -> None:
    for name in {**into.variables, **other.variables}:
        first, second = into.variables.get(name), other.variables.get(name)
        if first is not second:
            into.variables[name] = either(name, first, second)
    for name, bodies in other.functions.items():
        into.functions[name] = tuple(dict.fromkeys(into.functions.get(name, ()) + bodies))
    for name, texts in other.aliases.items():
        into.aliases[name] = tuple(dict.fromkeys(into.aliases.get(name, ()) + texts))
    into.exported.update(other.exported)
    into.cwd = tuple(dict.fromkeys(into.cwd + other.cwd))
    into.previous = tuple(dict.fromkeys(into.previous + other.previous))
    if into.positional != other.positional:
        into.positional = None
    if into.stack != other.stack:
        into.stack = ()
    into.options |= other.options
    if into.status is not other.status:
        into.status = None
    for fd in {**into.fds, **other.fds}:
        if into.fds.get(fd) != other.fds.get(fd) and fd in other.fds:
            into.fds[fd] = other.fds[fd]
    _merge_outputs(into, other)
    for key, left in other.inputs.items():
        if into.inputs.get(key) != left:
            into.inputs[key] = Data(None, left.labels | into.inputs.get(key, NOTHING).labels, left.origin, left.fetched)


def _merge_outputs(into: State, other: State) -> None:
    for key, alternatives in other.outputs.items():
        mine = into.outputs.get(key)
        if mine != alternatives:
            into.outputs[key] = bounded(tuple(dict.fromkeys((*(mine or ()), *alternatives))))


def bounded(alternatives: tuple[Data, ...]) -> tuple[Data, ...]:
    """At most `MAX_ALTERNATIVES` contents; past that, one that is unknown but bears all labels."""
    if len(alternatives) <= MAX_ALTERNATIVES:
        return alternatives
    whole = alternatives[0]
    for data in alternatives[1:]:
        whole = joined(whole, data)
    return (Data(None, whole.labels, whole.origin, whole.fetched),)


def either(name: str, first: Variable | None, second: Variable | None) -> Variable:
    """A variable that one path left as `first` and another as `second`; None: as it was outside."""
    if first == second and first is not None:
        return first
    attributes = (first.attributes if first else NO_ATTRIBUTES) | (second.attributes if second else NO_ATTRIBUTES)
    origin: Origin = "user"
    values: list[Value | None] = []
    for variable in (first, second):
        if variable is None:
            values.append((Hole(f"${name}", "trusted"),))
            continue
        origin = worse(origin, variable.origin)
        if variable.elements is not None:
            values.append((Hole(f"${name}", variable.origin),))
        values.extend(value for value in variable.values if value not in values)
    if first is not None and second is not None and first.elements is not None and first.elements == second.elements:
        return replace(first, attributes=attributes)
    if len(values) > MAX_ALTERNATIVES:
        values = [(Hole(f"${name}", "unknown"),)]
    return Variable(tuple(dict.fromkeys(values)), origin, None, attributes)


def text_of(value: Value) -> str | None:
    """A value's text, where all of it is known."""
    if len(value) == 1:
        return value[0] if isinstance(value[0], str) else None
    if any(isinstance(part, Hole) for part in value):
        return None
    return "".join(part for part in value if isinstance(part, str))


def value_of(data: Data) -> Value:
    """The value that `$(…)` makes of an output: without the line ends behind it, and without NULs."""
    parts = list(pieces(data))
    while parts and isinstance(parts[-1], str):
        stripped = parts[-1].rstrip("\n")
        if stripped:
            parts[-1] = stripped
            break
        parts.pop()
    return tuple(part.replace("\0", "") if isinstance(part, str) else part for part in parts)


def data_of(value: Value, origin: Origin, at: tuple[int, int] = (0, 0)) -> Data:
    """A value as what is written to a stream."""
    text = text_of(value)
    if text is not None:
        return Data(text, origin=origin, empty=not text, at=at)
    labels = frozenset[str]().union(*(part.labels for part in value if isinstance(part, Hole)))
    for part in value:
        if isinstance(part, Hole):
            origin = worse(origin, part.origin)
    return Data(None, labels, origin, parts=value)  # type: ignore[arg-type]
