"""Lists, pipelines, branches and loops. What is decided is followed; what is not is run as `possible`, once or twice."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.lower.overlay import worse
from jackline.lower.shell.expansion import expand_pattern, expand_single, expand_text, expand_words
from jackline.lower.shell.parser import parse_between, parse_piece
from jackline.lower.shell.pattern import compile_pattern, matches
from jackline.lower.shell.redirection import close_all, open_all
from jackline.lower.shell.state import FunctionBody, Stream, Variable, join, text_of
from jackline.lower.shell.values import EXPORTED_FUNCTION, assign, evaluate_text, export_function, is_expression
from jackline.lower.word import Data, Hole, Word

if TYPE_CHECKING:
    from jackline.core.words import Authorship, Origin
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import State
    from jackline.lower.shell.syntax import (
        AndOr,
        ArithmeticCommand,
        ArithmeticFor,
        Background,
        Broken,
        Case,
        For,
        Function,
        Group,
        If,
        Negation,
        Node,
        Pipeline,
        Redirected,
        Sequence,
        Subshell,
        While,
        WordNode,
    )

MAX_UNROLLED: Final = 48
"""How many rounds of a loop are run one by one."""

MAX_PIECES: Final = 48
CHARACTERS_OF_A_STEP: Final = 4
"""Of text that is read again."""
_PIECE: Final = late_pattern(r"[^;\n|&(){}]{2,1000}")
"""What may be a command in a text that cannot be read as a whole."""

Status: TypeAlias = bool | None


def run_sequence(machine: Machine, node: Sequence) -> Status:
    """Commands one after the other, until one ends the list."""
    status: Status = True
    for item in node.items:
        status = machine.run(item)
        if machine.state.signal:
            break
    return status


def run_and_or(machine: Machine, node: AndOr) -> Status:
    """`&&`, `||`: where a status is not known, the list goes on with the state of each outcome."""
    paths = machine.attempt(node.first)
    ended: list[tuple[State, Status]] = []
    for operator, item in node.rest:
        wanted = operator == "&&"
        going: list[State] = []
        waiting: list[tuple[State, Status]] = []
        for state, status in paths:
            if state.signal:
                ended.append((state, status))
            elif status is wanted:
                going.append(state)
            elif status is None:
                going.append(state.fork())
                waiting.append((state, not wanted))
            else:
                waiting.append((state, status))
        paths = waiting
        if not going:
            continue
        machine.state = join(going)
        if waiting or ended:
            paths += machine.possibly(lambda item=item: machine.attempt(item))  # type: ignore[misc]
        else:
            paths = machine.attempt(item)
    paths += ended
    machine.state = join(state for state, _ in paths)
    statuses = {status for state, status in paths if not state.signal}
    return statuses.pop() if len(statuses) == 1 else None


def run_pipeline(machine: Machine, node: Pipeline) -> Status:
    """Each stage in a subshell, its output the next one's input. zsh runs the last one in the shell itself."""
    base = machine.state
    contents: tuple[Data, ...] = (machine.stdin,)
    status: Status = None
    known: Status = True
    for index, stage in enumerate(node.stages):
        last = index == len(node.stages) - 1
        produced: list[Data] = []
        status = _stages(machine, stage, contents, produced, first=index == 0, last=last)
        known = known if status else status if known else known
        contents = tuple(dict.fromkeys(produced))
    if "pipefail" in base.options:
        status = True if known is True else None
    return status


def _stages(
    machine: Machine, stage: Node, contents: tuple[Data, ...], produced: list[Data], *, first: bool, last: bool
) -> Status:
    """One stage, for each content that its input may have."""

    def run(content: Data) -> Status:
        before = machine.state.fds
        if not first:
            key = machine.key()
            machine.state.fds = {**before, 0: Stream("input", key)}
            machine.state.inputs[key] = content
        if last:
            status = machine.run(stage)
            machine.state.fds = dict(before)
            machine.state.signal = ""
            return status
        outputs, status = machine.subshell(lambda: machine.capture(lambda: machine.run(stage)))
        produced.extend(outputs)
        machine.state.fds = dict(before)
        return status

    if last and not first:
        base = machine.state
        machine.state = base.fork()
        statuses = run(contents[0]) if len(contents) == 1 else machine.branches(*[lambda c=c: run(c) for c in contents])
        after = machine.state
        base.outputs, base.inputs = after.outputs, after.inputs
        machine.state = join([base, after])
        return statuses
    if len(contents) == 1:
        return run(contents[0])
    return machine.branches(*[lambda c=c: run(c) for c in contents])


def run_negation(machine: Machine, node: Negation) -> Status:
    """`!`."""
    status = machine.run(node.body)
    return None if status is None else not status


def run_background(machine: Machine, node: Background) -> Status:
    """`&`, `coproc`: in a subshell, with nothing to read."""

    def body() -> Status:
        machine.state.fds[0] = Stream("null")
        return machine.run(node.body)

    machine.subshell(body)
    if node.coprocess:
        machine.state.variables[node.coprocess] = Variable(((Hole(f"${node.coprocess}", "trusted", numeric=True),),))
    return True


def run_redirected(machine: Machine, node: Redirected) -> Status:
    """A compound command with redirections."""

    def body() -> Status:
        opened = open_all(machine, node.redirects)
        status = machine.run(node.body)
        close_all(machine, opened)
        return status

    return machine.alternatives(body)


def run_subshell(machine: Machine, node: Subshell) -> Status:
    """`( … )`."""
    return machine.subshell(lambda: machine.run(node.body))


def run_group(machine: Machine, node: Group) -> Status:
    """`{ …; }`."""
    return machine.run(node.body)


def run_function(machine: Machine, node: Function) -> Status:
    """Define a function."""
    body = FunctionBody(node.body, machine.scope)
    kept = machine.state.functions.get(node.name, ()) if machine.scope.certainty == "possible" else ()
    machine.state.functions[node.name] = (*kept[:2], body)
    if "allexport" in machine.state.options or EXPORTED_FUNCTION.format(node.name) in machine.state.exported:
        export_function(machine, node.name)
    return True


def run_if(machine: Machine, node: If) -> Status:
    """`if`: the branch that is taken, or all that may be."""
    return _if_from(machine, node, 0)


def _if_from(machine: Machine, node: If, index: int) -> Status:
    if index == len(node.branches):
        return machine.run(node.otherwise) if node.otherwise is not None else True
    condition, body = node.branches[index]
    status = machine.run(condition)
    if machine.state.signal:
        return None
    if status is True:
        return machine.run(body)
    if status is False:
        return _if_from(machine, node, index + 1)
    return machine.branches(lambda: machine.run(body), lambda: _if_from(machine, node, index + 1))


def run_case(machine: Machine, node: Case) -> Status:
    """`case`."""

    def body() -> Status:
        subject = expand_single(machine, node.subject).text
        return _case_from(machine, node, subject, 0)

    return machine.alternatives(body)


def _case_from(machine: Machine, node: Case, subject: str | None, index: int) -> Status:
    if index == len(node.items):
        return True
    item = node.items[index]
    matched = _matches_any(machine, item.patterns, subject)
    if matched is False:
        return _case_from(machine, node, subject, index + 1)

    def taken() -> Status:
        status = machine.run(item.body)
        if machine.state.signal or item.terminator == ";;":
            return status
        if item.terminator == ";&" and index + 1 < len(node.items):
            return machine.run(node.items[index + 1].body)
        return _case_from(machine, node, subject, index + 1)

    if matched:
        return taken()
    return machine.branches(taken, lambda: _case_from(machine, node, subject, index + 1))


def _matches_any(machine: Machine, patterns: tuple[WordNode, ...], subject: str | None) -> Status:
    undecided = False
    for node in patterns:
        pieces = expand_pattern(machine, node)
        if pieces == [("*", False)]:
            return None if undecided else True
        tokens = compile_pattern(pieces) if pieces is not None else None
        if tokens is None or subject is None:
            undecided = True
        elif matches(tokens, subject):
            return True
    return None if undecided else False


def run_arithmetic(machine: Machine, node: ArithmeticCommand) -> Status:
    """`(( … ))`: true where it is not 0. What is no expression is two subshells to other shells."""

    def body() -> Status:
        text = spelled(machine, node.expression)
        if not is_expression(text):
            code = parse_between(machine.scope.text, node.start + 2, node.end - 2)
            machine.scope.bounds.step(len(text) // CHARACTERS_OF_A_STEP)  # it is read once more for each level of `((`
            return machine.branches(lambda: machine.subshell(lambda: machine.run(code)), None)
        value = evaluate_text(machine, text)
        return None if value is None else value != 0

    return machine.alternatives(body)


def spelled(machine: Machine, expression: WordNode) -> str:
    """An expression's text, with a private character for each piece that is not known."""
    value = expand_text(machine, expression)
    return "".join(part if isinstance(part, str) else "\U000f0000" for part in value)


# ------------------------------------------------------------------------------------------------- loops


def run_for(machine: Machine, node: For) -> Status:
    """`for`, `select`: once for each word; where they are not known or too many, once for all of them."""
    _say_many(machine, node)
    if node.words is None:
        positional = machine.state.positional
        words = list(positional) if positional is not None else [Word((Hole("$@", "unknown"),))]
        return _rounds(machine, node, words)
    return machine.alternatives(lambda: _rounds(machine, node, expand_words(machine, node.words or ())))


def _say_many(machine: Machine, node: For) -> None:
    """Files or processes by the hundred thousand: more than a file system or a machine has room for."""
    words, body = machine.scope.text[node.start : node.body.start], machine.scope.text[node.body.start : node.body.end]
    if _COUNTED.search(words) is not None and _MAKES.search(body) is not None:
        machine.scope.opaque("a loop that fills the machine", at=(node.start, node.end), authorship=_author(machine))


_COUNTED: Final = late_pattern(r"\bseq\s(?:-\w+\s+)*(?:\d+\s+)*\d{6,}\b|\.\.\d{6,}(?:\.\.\d+)?\}")
_MAKES: Final = late_pattern(r"\b(?:touch|mkdir|mktemp|cp|fallocate|dd|ln)\b|[^&>|]&(?![&>])|[^>]>\s*[^\s&>]*\$")


def _rounds(machine: Machine, node: For, words: list[Word]) -> Status:
    status: Status = True
    if node.select:
        return machine.branches(lambda: _select(machine, node, words), None)
    for index, word in enumerate(words):
        if _is_open(word):
            machine.branches(lambda word=word: _loose(machine, node, word), None)  # type: ignore[misc]
            continue
        if index >= MAX_UNROLLED:
            rest = Word((Hole(f"one of {len(words) - index} words", worst(words)),), word.start, word.end)
            machine.branches(lambda rest=rest: _loose(machine, node, rest), None)  # type: ignore[misc]
            break
        assign(machine, node.name, word.parts, word.origin)
        status = machine.run(node.body)
        if _ends_loop(machine):
            break
    return status


def _is_open(word: Word) -> bool:
    """A hole that may be any number of words."""
    return not word.quoted and any(isinstance(part, Hole) and not part.one_word for part in word.parts)


def worst(words: list[Word]) -> Origin:
    """The least trusted origin of some words."""
    origin = words[0].origin
    for word in words:
        origin = worse(origin, word.origin)
    return origin


def _select(machine: Machine, node: For, words: list[Word]) -> Status:
    for word in words[:MAX_UNROLLED]:
        assign(machine, node.name, word.parts, word.origin)
        machine.run(node.body)
    machine.state.signal = ""
    return None


def _loose(machine: Machine, node: For, word: Word) -> Status:
    """A round for a word that is not known; a second one with what the first has changed no longer known."""
    assign(machine, node.name, tuple(_single(part) for part in word.parts), word.origin)
    _settle(machine, node.body, keep=node.name)
    return None


def _single(part: str | Hole) -> str | Hole:
    return replace(part, one_word=True, authorship="none") if isinstance(part, Hole) else part


def _settle(machine: Machine, body: Sequence, keep: str = "") -> None:
    """Run a loop's body any number of times: once as it is, and once with all that it changes unknown."""
    before = machine.state.fork()
    machine.run(body)
    _ends_loop(machine)
    changed = _forget_changes(machine.state, before, keep)
    if changed:
        machine.run(body)
        _ends_loop(machine)
    machine.state = join([machine.state, before])


def _forget_changes(state: State, before: State, keep: str) -> bool:
    changed = False
    for name, variable in state.variables.items():
        if name == keep or before.variables.get(name) == variable:
            continue
        changed = True
        known = {text_of(value) for value in variable.values if value is not None}
        hole = Hole(
            f"${name} in a loop", variable.origin, numeric=all(text is not None and text.isdecimal() for text in known)
        )
        state.variables[name] = replace(variable, values=(*variable.values[:2], (hole,)), elements=None)
    if state.cwd != before.cwd:
        state.cwd = (*dict.fromkeys((*before.cwd, *state.cwd)), "*")[:4]
        changed = True
    return changed


def _ends_loop(machine: Machine) -> bool:
    """Take note of `break` and `continue`; whether the loop is over."""
    state = machine.state
    if state.signal == "continue" and state.levels <= 1:
        state.signal = ""
        return False
    if state.signal in {"break", "continue"}:
        state.levels -= 1
        if state.levels <= 0:
            state.signal = ""
        return True
    return bool(state.signal)


def run_while(machine: Machine, node: While) -> Status:
    """`while`, `until`: as long as the condition is known, round by round; then any number of times."""
    for _ in range(MAX_UNROLLED):
        before = machine.state.fork()
        status = machine.run(node.condition)
        if machine.state.signal:
            return None
        if status is None:
            return machine.branches(lambda: _loose_while(machine, node), None)
        if status is node.until:
            return True
        machine.run(node.body)
        if _ends_loop(machine):
            return True
        if _unchanged(before, machine.state):
            _say_endless(machine, node)
            return None
    return machine.branches(lambda: _loose_while(machine, node), None)


def _say_endless(machine: Machine, node: While | ArithmeticFor) -> None:
    """A loop of which it is known that it has no end, and that takes all that there is in each round."""
    text = machine.scope.text[node.body.start : node.body.end]
    if _WAITS.search(_IN_BACKGROUND.sub("", text)) is None and (
        _TAKES.search(text) is not None or not text.strip(" \t\n;:")
    ):
        machine.scope.opaque(
            "a loop without end that only takes", at=(node.start, node.end), authorship=_author(machine)
        )


_WAITS: Final = late_pattern(
    r"\b(?:sleep|usleep|read|wait|break|exit|return|inotifywait|timeout|select|kill|exec|trap)\b"
)
_IN_BACKGROUND: Final = late_pattern(r"[^;\n&|]+&(?![&>])")
_TAKES: Final = late_pattern(
    r"[^&>|]&(?![&>])|\b(?:curl|wget|nc|ncat|ping|hping3|ab|dd|fallocate|yes|mkdir|touch|mktemp|cp|fork)\b|>>|^\s*true\s*;?\s*$"
)
"""Processes that are started and not waited for, requests, and files that are made: as many as the machine can."""


def _loose_while(machine: Machine, node: While) -> Status:
    body = replace(node.body, items=(*node.body.items, *node.condition.items))
    _settle(machine, body)
    return None


def _unchanged(before: State, after: State) -> bool:
    """A round that changed nothing that the next one could see: all further rounds do the same."""
    return (
        before.variables == after.variables and before.cwd == after.cwd and _readable(before) == _readable(after)
        and before.positional == after.positional and before.functions == after.functions
    )  # fmt: skip


def _readable(state: State) -> dict[int, Data | None]:
    """What is left to read at each descriptor; inputs of pipelines that are over can be read no more."""
    return {fd: state.inputs.get(stream.key) for fd, stream in state.fds.items() if stream.kind == "input"}


def run_arithmetic_for(machine: Machine, node: ArithmeticFor) -> Status:
    """`for ((…))`."""
    first, condition, step = node.clauses
    evaluate_text(machine, spelled(machine, first))
    for _ in range(MAX_UNROLLED):
        value = evaluate_text(machine, spelled(machine, condition)) if condition.parts else 1
        if value == 0:
            return True
        if value is None:
            break
        machine.run(node.body)
        if _ends_loop(machine):
            return True
        if not condition.parts and not step.parts:
            _say_endless(machine, node)
            return None
        evaluate_text(machine, spelled(machine, step))
    return machine.branches(lambda: _loose_arithmetic(machine, node), None)


def _loose_arithmetic(machine: Machine, node: ArithmeticFor) -> Status:
    for name in list(machine.state.variables):
        if any(isinstance(part, str) and name in part for part in node.clauses[2].parts) or name in "".join(
            part for part in node.clauses[2].parts if isinstance(part, str)
        ):  # fmt: skip
            assign(machine, name, (Hole(f"${name}", "user", numeric=True, one_word=True),))
    _settle(machine, node.body)
    return None


def run_broken(machine: Machine, node: Broken) -> Status:
    """Text that is not bash. It may be another shell's, so it is opaque; what looks like commands in it is run, too."""
    machine.write(Data(origin="unknown"))
    machine.scope.opaque(f"shell text with {node.reason}", at=(node.start, node.end), authorship=_author(machine))
    for piece in islice(_PIECE.finditer(machine.scope.text, node.start, node.end), MAX_PIECES):
        found = parse_piece(machine.scope.text, *piece.span())
        if found is not None:
            machine.branches(lambda found=found: machine.subshell(lambda: machine.run(found)), None)  # type: ignore[misc]
    return None


def _author(machine: Machine) -> Authorship:
    return machine.scope.authorship if machine.scope.authorship != "none" else "session"
