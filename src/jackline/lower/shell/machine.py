"""The machine that syntax is run on: a scope to write effects to, a state, and the primitives that all parts share.

What each kind of syntax does stands in the tables that `interpreter` fills; this module knows none of them, so the
parts can use each other's results without importing each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from jackline.lower.overlay import joined
from jackline.lower.scope import MAX_DEPTH, BoundsReached
from jackline.lower.shell.parser import parse, parse_quoted
from jackline.lower.shell.state import STDIN_KEY, Stream, bounded, join
from jackline.lower.word import NOTHING, UNKNOWN, Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Sequence as Sequenced

    from jackline.lower.scope import Scope
    from jackline.lower.shell.state import State, Value
    from jackline.lower.shell.syntax import Node, ProcessSubstitution, WordNode

T = TypeVar("T")

MAX_NESTED: Final = 44
"""Constructs within constructs while running: substitutions, functions, `eval`, scripts. Each takes about a dozen of
Python's frames."""
MAX_WAYS: Final = 8
"""For how many combinations of alternatives one command is run."""
_UNDECIDED: Final = -1


class Choices:
    """Which alternative each undecided value has in this run of a command; what is asked for anew is noted."""

    __slots__ = ("collapsed", "counts", "made", "results")

    def __init__(self, made: dict[object, int], *, collapsed: bool = False) -> None:
        self.made, self.collapsed = made, collapsed
        self.counts: dict[object, int] = {}
        self.results: dict[object, Any] = {}


class Hooks:
    """What the machine is to know of the parts: how each kind of syntax is run, how quoted text is expanded."""

    __slots__ = ("expand_text", "run")

    def __init__(
        self,
        run: Mapping[type, Callable[[Machine, Any], bool | None]],
        expand_text: Callable[[Machine, WordNode], Value],
    ) -> None:
        self.run, self.expand_text = run, expand_text


class Machine:
    """One shell (a subshell shares it, with a forked state)."""

    __slots__ = (
        "active",
        "choices",
        "failed",
        "hooks",
        "nested",
        "next_key",
        "pending_pipes",
        "pieces",
        "scope",
        "state",
        "substituted",
        "traps",
    )

    def __init__(self, scope: Scope, state: State, hooks: Hooks) -> None:
        self.scope, self.state, self.hooks = scope, state, hooks
        self.failed: State | None = None
        """Where a command left the shell if it failed, while that is not known: `cd`."""
        self.active: dict[str, int] = {}
        self.substituted: bool | None = True
        """The success of the code that was substituted last: that of a command which is assignments only."""
        self.traps: list[Callable[[], bool | None]] = []
        """What `trap` keeps for later: it runs in the state that the shell is in then, so at its end once more."""
        self.pending_pipes: list[tuple[str, ProcessSubstitution, Scope]] = []
        self.choices = Choices({})
        self.pieces: tuple[Hole, ...] = ()
        self.nested = 0
        self.next_key = STDIN_KEY

    # ------------------------------------------------------------------------------------------- running

    def run(self, node: Node) -> bool | None:
        """Run a piece of syntax; its success, where that is known. Raises `BoundsReached`."""
        self.scope.bounds.step()
        status = self.hooks.run[type(node)](self, node)
        if self.failed is not None:
            self.state, self.failed = join([self.state, self.failed]), None
        self.state.status = status
        return status

    def attempt(self, node: Node) -> list[tuple[State, bool | None]]:
        """Run a piece of syntax whose failure leaves another state than its success: the paths behind it."""
        self.scope.bounds.step()
        status = self.hooks.run[type(node)](self, node)
        failed, self.failed = self.failed, None
        self.state.status = status
        if failed is None:
            return [(self.state, status)]
        self.state.status, failed.status = True, False
        return [(self.state, True), (failed, False)]

    def deeper(self) -> None:
        """Enter a nested piece of code; `self.nested -= 1` leaves it. Raises `BoundsReached`."""
        self.nested += 1
        if self.nested + self.scope.depth > MAX_NESTED:
            raise BoundsReached

    def run_text(self, text: str, scope: Scope, holes: tuple[Hole, ...] = ()) -> bool | None:
        """Run a text in this shell, as `eval` does."""
        if len(text) > MAX_TEXT:
            scope.opaque(f"{len(text)} characters of shell code", at=(0, len(text)))
            return None
        saved = self.scope, self.pieces
        self.deeper()
        self.scope, self.pieces = scope, holes
        try:
            return self.run(parse(text))
        finally:
            self.scope, self.pieces = saved
            self.nested -= 1

    # ------------------------------------------------------------------------------------------- branches

    def expand_prompt(self, text: str, given: Word) -> None:
        """Expand a text as a prompt is expanded, which runs the code in it."""
        saved, self.scope = self.scope, self.code_scope(text, given)
        try:
            self.hooks.expand_text(self, parse_quoted(text))
        finally:
            self.scope = saved

    def finish(self) -> None:
        """Run what was kept for the end, and what that keeps in its turn: some shells run it, others do not."""
        entered = self.nested
        while self.traps:
            self.deeper()
            traps, self.traps = self.traps, []
            for trap in traps:
                self.state.signal = ""
                self.branches(trap, None)
        self.nested = entered

    def possibly(self, action: Callable[[], T]) -> T:
        """Do something on a path that may not be taken. The state is the caller's to fork and join."""
        scope = self.scope
        if scope.certainty == "certain":
            self.scope = scope.possible()
        try:
            return action()
        finally:
            self.scope = scope

    def branches(self, *actions: Callable[[], bool | None] | None) -> bool | None:
        """Take one of several ways, it is not known which; None is the way on which nothing happens."""
        base = self.state
        states, statuses = [], []
        for action in actions:
            self.state = base.fork()
            statuses.append(self.possibly(action) if action is not None else base.status)
            states.append(self.state)
        self.state = join(states)
        return statuses[0] if all(status is statuses[0] for status in statuses) else None

    def subshell(self, action: Callable[[], T]) -> T:
        """Do something in a subshell: only what it read and printed remains of it."""
        base = self.state
        self.state = base.fork()
        try:
            return action()
        finally:
            base.outputs, base.inputs = self.state.outputs, self.state.inputs
            self.state = base

    def choose(self, key: object, count: int) -> int:
        """Which of `count` alternatives `key` has in this run; -1 where they are too many to be run one by one."""
        if count == 1:
            return 0
        choices = self.choices
        if choices.collapsed:
            return _UNDECIDED
        choices.counts[key] = count
        return choices.made.setdefault(key, 0)

    def alternatives(self, action: Callable[[], bool | None]) -> bool | None:
        """Run a command once for each combination of the alternatives that its words turn out to depend on."""
        outer = self.choices
        base = self.state
        pending: list[dict[object, int]] = [{}]
        states: list[State] = []
        statuses: list[bool | None] = []
        failures: list[State] = []
        try:
            while pending:
                if len(states) == MAX_WAYS:
                    self.choices = Choices({}, collapsed=True)
                    pending.clear()
                    given: dict[object, int] = {}
                else:
                    given = pending.pop()
                    self.choices = Choices(dict(given))
                self.state = base.fork()
                statuses.append(action() if not states else self.possibly(action))
                states.append(self.state)
                if self.failed is not None:
                    failures.append(self.failed)
                    self.failed = None
                fixed = dict(given)
                for key, count in self.choices.counts.items():
                    if key in given:
                        continue
                    pending.extend({**fixed, key: other} for other in range(1, count))
                    fixed[key] = 0
        finally:
            self.choices = outer
        self.state = join(states)
        self.failed = join(failures) if failures else None
        return statuses[0] if all(status is statuses[0] for status in statuses) else None

    # ------------------------------------------------------------------------------------------- streams

    def key(self) -> int:
        """A new name for something that collects."""
        self.next_key += 1
        return self.next_key

    def capture(self, action: Callable[[], bool | None]) -> tuple[tuple[Data, ...], bool | None]:
        """Do something with its standard output collected; the alternatives of what it printed, and its success."""
        key, before = self.key(), self.state.fds.get(1)
        self.state.outputs[key] = (NOTHING,)
        self.state.fds[1] = Stream("capture", key)
        status = action()
        if before is not None:
            self.state.fds[1] = before
        return self.state.outputs.pop(key, (UNKNOWN,)), status

    def write(self, data: Data, fd: int = 1) -> None:
        """Something is printed."""
        stream = self.state.fds.get(fd)
        if stream is None:
            return
        if data.empty:
            if data.missing and self.state.outputs.get(stream.key) == (NOTHING,):
                self.state.outputs[stream.key] = (data,)
            return
        if stream.kind == "capture":
            collected = self.state.outputs.get(stream.key, (NOTHING,))
            self.state.outputs[stream.key] = bounded(tuple(dict.fromkeys(joined(one, data) for one in collected)))
        elif stream.kind == "file":
            self.scope.overlay.write(stream.path, data, append=True, certain=self.scope.certainty == "certain")

    @property
    def stdin(self) -> Data:
        """What is left of the standard input."""
        stream = self.state.fds.get(0)
        if stream is None or stream.kind in {"null", "closed"}:
            return NOTHING
        return self.state.inputs.get(stream.key, UNKNOWN) if stream.kind == "input" else UNKNOWN

    # ------------------------------------------------------------------------------------------- surroundings

    @property
    def cwd(self) -> str:
        """The directory in this run."""
        directories = self.state.cwd
        if len(directories) == 1:
            return directories[0]
        index = self.choose("cwd", len(directories))
        return directories[index] if index >= 0 else "*"

    def code_scope(self, text: str, given: Word) -> Scope:
        """The scope for code that is a word of this text: evidence is exact where the word is the code literally."""
        return self.scope.inner(
            text, (given.start, given.end), base=literal_base(self.scope, text, given.start, given.end)
        )


MAX_TEXT: Final = 64 * 1024
"""Longer code is not read in line."""


def literal_base(scope: Scope, text: str, start: int, end: int) -> int | None:
    """Where `text` begins in the scope's own text, if it stands between `start` and `end` as it is."""
    if end <= start or end - start > len(text) + len('$""'):
        return None
    found = scope.text.find(text, start, end)
    return found if found >= 0 and text else None


def at_place(scope: Scope, cwd: str, environment: Mapping[str, Word], stdin: Data) -> Scope:
    """The scope for a program that this shell starts."""
    if scope.cwd == cwd and scope.stdin is stdin and not environment and not scope.environment:
        return scope
    return scope.having(cwd=cwd, environment=environment, stdin=stdin)


def shown(words: Sequenced[Word]) -> str:
    """Words for a reader."""
    return " ".join(word.shown for word in words)


__all__ = ["MAX_DEPTH", "MAX_TEXT", "Choices", "Machine", "at_place", "literal_base", "shown"]
