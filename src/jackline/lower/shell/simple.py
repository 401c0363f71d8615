"""Simple commands: words are expanded, redirections opened, then an alias, a function, a builtin or a program runs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.core.effect import ANY, Resource
from jackline.lower.catalogue import Command, run_program
from jackline.lower.fold import FOLDERS, fold
from jackline.lower.places import narrowed
from jackline.lower.shell.answers import answer
from jackline.lower.shell.arrays import assign_array, assign_element
from jackline.lower.shell.builtins import BUILTINS, Call
from jackline.lower.shell.expansion import expand_single, expand_words
from jackline.lower.shell.machine import at_place
from jackline.lower.shell.redirection import close_all, open_all
from jackline.lower.shell.scripts import content_of
from jackline.lower.shell.substitution import finish_pipes
from jackline.lower.shell.syntax import ArrayNode, Assignment, WordNode
from jackline.lower.shell.values import assign
from jackline.lower.word import Data, Word

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.overlay import Overlay
    from jackline.lower.scope import Scope
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import FunctionBody, Variable
    from jackline.lower.shell.syntax import Simple

MAX_RECURSION: Final = 6
_COST_OF_EXPANSION: Final = 4
_COST_OF_PROGRAM: Final = 2
"""Steps, so that the bound on them means about the same time whatever they are spent on."""
_HEARD: Final = frozenset({"capture", "file"})
"""Streams of which somebody may read what was printed."""
_ENDLESS: Final = frozenset({"/dev/zero", "/dev/urandom", "/dev/random"})
_TO_THE_END: Final = frozenset(
    {"tail", "wc", "sort", "md5sum", "sha1sum", "sha256sum", "sha512sum", "b2sum", "cksum", "tac", "uniq"}
)
"""Programs that read all before they say anything."""
_HUGE: Final = late_pattern(r"(?:-c|--bytes=)?(?:\d+[TPE]i?B?|\d{2,}Gi?B?|\d{11,})")
"""A count of bytes, ten gigabytes and more."""
_PROMPTS: Final = frozenset({"PS0", "PS1", "PS2", "PS4", "PROMPT", "RPROMPT"})
_COMMANDS: Final = frozenset({"PROMPT_COMMAND"})


def run_simple(machine: Machine, node: Simple) -> bool | None:
    """Run a simple command, for each alternative that its words depend on."""
    if len(machine.state.cwd) > 1 or _is_dynamic(node):
        machine.scope.bounds.step(_COST_OF_EXPANSION)
        return machine.alternatives(lambda: _run(machine, node))
    return _run(machine, node)


def _is_dynamic(node: Simple) -> bool:
    """Whether anything in the command is expanded at all."""
    for word in node.words:
        if not isinstance(word, WordNode) or word.plain is None:
            return True
    for redirect in node.redirects:
        if redirect.target.plain is None:
            return True
    return bool(node.assignments) and any(
        isinstance(found.value, ArrayNode) or found.value.plain is None or found.index for found in node.assignments
    )


def _run(machine: Machine, node: Simple) -> bool | None:
    pipes = len(machine.pending_pipes)
    words = expand_words(machine, node.words)
    machine.scope.bounds.step(len(words) >> 1)
    if len(machine.state.cwd) > 1:
        machine.choose("cwd", len(machine.state.cwd))
    if machine.choices.counts and machine.scope.certainty == "certain":
        return machine.possibly(lambda: _opened(machine, node, words, pipes))
    return _opened(machine, node, words, pipes)


def _opened(machine: Machine, node: Simple, words: list[Word], pipes: int) -> bool | None:
    if words and words[0].text in _TO_THE_END and any(word.text in _ENDLESS for word in words[1:]):
        machine.scope.opaque("a reading without end", at=(node.start, node.end), authorship="session")
    if words and words[0].text == "exec":
        opened = open_all(machine, node.redirects, permanent=len(words) == 1)
        status = _dispatch(machine, node, words)
        if len(words) > 1:
            close_all(machine, opened)
    elif node.redirects:
        opened = open_all(machine, node.redirects)
        if _fills_a_file(node, words):
            free = Resource("device", "free space", reach="system")
            machine.scope.emit("configure", free, at=(node.start, node.end), extent=ANY, reversible="no")
        status = _dispatch(machine, node, words)
        close_all(machine, opened)
    else:
        status = _dispatch(machine, node, words)
    if len(machine.pending_pipes) > pipes:
        finish_pipes(machine, pipes)
    return status


def _fills_a_file(node: Simple, words: list[Word]) -> bool:
    """Whether what never ends is written to a file: `yes > f`, `cat /dev/urandom > f`."""
    texts = [word.text for word in words]
    endless = texts[:1] == ["yes"] or (texts[:1] == ["cat"] and bool(_ENDLESS & set(texts)))
    huge = texts[:1] == ["head"] and any(_HUGE.fullmatch(text or "") for text in texts)
    if not endless and not huge:
        return False
    targets = [one.target.plain for one in node.redirects if one.operator in {">", ">>", ">|"}]
    return any(target is not None and not target.startswith(("/dev/", "&")) for target in targets)


def _dispatch(machine: Machine, node: Simple, words: list[Word]) -> bool | None:
    if not words:
        machine.substituted = True
        if not node.assignments and any(one.operator == "<" for one in node.redirects):
            machine.write(machine.stdin)  # `$(< file)`; in zsh, `< file` anywhere
        for assignment in node.assignments:
            run_assignment(machine, assignment)
        return machine.substituted if not node.words else None
    if node.assignments:
        return _with_environment(machine, node, words)
    return _command(machine, node, words)


def run_assignment(machine: Machine, node: Assignment) -> None:
    """Set a variable, an element or an array; the value of a prompt is code."""
    if isinstance(node.value, ArrayNode):
        assign_array(machine, node.name, node.value, append=node.append)
        return
    given = expand_single(machine, node.value, assignment=True)
    if node.index is not None:
        assign_element(machine, node, given)
        return
    assign(machine, node.name, given.parts if given.parts != ("",) else (), given.origin, append=node.append)
    if node.name in _PROMPTS or node.name in _COMMANDS:
        _prompt(machine, node.name, given)


def _prompt(machine: Machine, name: str, given: Word) -> None:
    """What the shell runs by itself before it reads a line."""
    text = given.text
    if text is None:
        machine.possibly(lambda: machine.scope.opaque(f"code in ${name}", at=(given.start, given.end)))
    elif name in _COMMANDS:
        machine.branches(
            lambda: machine.subshell(lambda: machine.run_text(text, machine.code_scope(text, given))), None
        )
    elif "$(" in text or "`" in text:
        machine.branches(lambda: machine.subshell(lambda: machine.expand_prompt(text, given)), None)


def _with_environment(machine: Machine, node: Simple, words: list[Word]) -> bool | None:
    """`NAME=value command`: the variables are set while it runs, and seen by it if it is a program."""
    variables, exported = machine.state.variables, machine.state.exported
    before: dict[str, tuple[Variable | None, Word | None]] = {}
    for assignment in node.assignments:
        before.setdefault(assignment.name, (variables.get(assignment.name), exported.get(assignment.name)))
        run_assignment(machine, assignment)
        found = machine.state.variables.get(assignment.name)
        if found is not None and found.elements is None:
            value = found.values[0] or ()
            span = assignment.value
            exported[assignment.name] = Word(value or ("",), span.start, span.end, origin=found.origin)
    status = _command(machine, node, words)
    for name, (variable, word) in before.items():
        _restore(machine.state.variables, name, variable)
        _restore(machine.state.exported, name, word)
    return status


def _restore(table: dict[str, Variable] | dict[str, Word], name: str, value: object) -> None:
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value  # type: ignore[assignment]


# ------------------------------------------------------------------------------------------------- what runs


def _command(machine: Machine, node: Simple, words: list[Word]) -> bool | None:
    first = words[0]
    name = first.text
    if name is None:
        return program(machine, words, (node.start, node.end))
    head = node.words[0]
    if isinstance(head, WordNode) and head.plain == name and not head.quoted:
        aliases = _aliases(machine, name)
        if aliases:
            actions = [lambda text=text: _aliased(machine, node, name, text) for text in aliases]
            return machine.branches(*actions, lambda: _unaliased(machine, node, words, name))
    return _unaliased(machine, node, words, name)


def _aliases(machine: Machine, name: str) -> tuple[str, ...]:
    found = machine.state.aliases.get(name)
    if found is not None:
        return found
    earlier = machine.scope.surroundings.definition(f"alias:{name}") if machine.scope.place.here else None
    return (earlier,) if earlier else ()


def _aliased(machine: Machine, node: Simple, name: str, value: str) -> bool | None:
    """Bash replaces an alias before it reads the command; within its own value the name means the command itself."""
    head = node.words[0]
    rest = machine.scope.text[head.end : node.end] if not any(one.operator == "<<" for one in node.redirects) else ""
    text = f"{value}{rest}"
    saved = machine.state.aliases
    machine.state.aliases = {**saved, name: ()}
    scope = machine.scope.inner(text, (node.start, node.end), base=None)
    status = machine.run_text(text, scope, machine.pieces)
    current = machine.state.aliases
    if name in saved:
        current[name] = saved[name]
    elif current.get(name) == ():
        del current[name]
    return status


def _unaliased(machine: Machine, node: Simple, words: list[Word], name: str) -> bool | None:
    functions = machine.state.functions.get(name)
    if functions is not None:
        if len(functions) == 1:
            return call_function(machine, name, functions[0], words)
        return machine.branches(*[lambda body=body: call_function(machine, name, body, words) for body in functions])
    if name in BUILTINS:
        return builtin(machine, node, words, name)
    if machine.scope.place.here and _earlier_function(machine, name, words):
        return None
    return program(machine, words, (node.start, node.end))


def _earlier_function(machine: Machine, name: str, words: list[Word]) -> bool:
    """A function that the session defined in an earlier action: its text is what the surroundings have kept."""
    text = machine.scope.surroundings.definition(f"function:{name}")
    if not text:
        return False
    saved = machine.state.positional
    machine.state.positional = tuple(words[1:])
    scope = machine.scope.inner(text, (words[0].start, words[0].end), base=None)
    machine.run_text(text, scope)
    machine.state.positional = saved
    if machine.state.signal == "return":
        machine.state.signal = ""
    return True


def call_function(machine: Machine, name: str, function: FunctionBody, words: list[Word]) -> bool | None:
    """Run a function's body with its own positional parameters and local variables."""
    state = machine.state
    active = machine.active.get(name, 0)
    if active >= MAX_RECURSION:
        machine.scope.opaque(f"recursion of {name}", at=(words[0].start, words[0].end), authorship="session")
        return None
    saved = state.positional, machine.scope
    machine.deeper()
    machine.active[name] = active + 1
    scope = function.scope
    machine.scope = scope.having(
        certainty=saved[1].certainty, place=saved[1].place, depth=max(scope.depth, saved[1].depth),
        as_root=saved[1].as_root, effects=saved[1].effects,
    )  # fmt: skip
    state.positional, state.locals = tuple(words[1:]), (*state.locals, {})
    try:
        status = machine.run(function.body)
    finally:
        machine.scope = saved[1]
        machine.active[name] = active
        machine.nested -= 1
    state = machine.state
    if state.locals:
        *outer, frame = state.locals
        for variable, value in frame.items():
            _restore(state.variables, variable, value)
        state.locals = tuple(outer)
    state.positional = saved[0]
    if state.signal == "return":
        state.signal = ""
        status = state.status
    return status


def builtin(machine: Machine, node: Simple | None, words: list[Word], name: str) -> bool | None:
    """Run one of the shell's own commands."""
    at = (node.start, node.end) if node is not None else (words[0].start, words[-1].end)
    return BUILTINS[name](machine, Call(name, words, at, node, run_words))


def run_words(machine: Machine, words: list[Word], at: tuple[int, int], *, functions: bool = False) -> bool | None:
    """Run words that are expanded already: `command NAME …`, `builtin NAME …`, `exec NAME …`."""
    name = words[0].text
    if functions and name is not None and name in machine.state.functions:
        return call_function(machine, name, machine.state.functions[name][0], words)
    if name is not None and name in BUILTINS:
        return BUILTINS[name](machine, Call(name, words, at, None, run_words))
    return program(machine, words, at)


def program(machine: Machine, words: list[Word], at: tuple[int, int]) -> bool | None:
    """Start a program: what it does is the catalogue's to say."""
    state, scope = machine.state, machine.scope
    scope.bounds.step(_COST_OF_PROGRAM)
    name = words[0].text
    if name is not None and name[:1] == "=" and len(name) > 1:  # zsh: `=name` is where NAME is found
        words = [replace(words[0], parts=(name[1:],)), *words[1:]]
    cwd, stdin = machine.cwd, machine.stdin
    environment = state.exported
    effects, writes = len(scope.effects), scope.overlay.writes
    stream = state.fds.get(1)
    heard = stream is not None and stream.kind in _HEARD
    command = Command(tuple(words), cwd, environment, stdin, at, heard)
    outcome = run_program(command, at_place(scope, cwd, environment, stdin))
    if len(scope.effects) > effects:
        _note_writes(scope, effects, writes, words)
    if outcome.cwd is not None:
        state.previous, state.cwd = state.cwd, (outcome.cwd,)
    if heard:
        machine.write(_output(machine, words, stdin, cwd, outcome.output))
    return outcome.status


def _output(machine: Machine, words: list[Word], stdin: Data, cwd: str, output: Data) -> Data:
    """What a program prints: computed where its input is known and it is one that only changes text."""
    if output.text is not None or output.parts or (output.fetched and not stdin.text):
        return output
    name = posixpath.basename(words[0].text or "")
    known = [argument for word in words[1:] if (argument := word.text) is not None]
    if len(known) < len(words) - 1:
        return output
    if stdin.pids_of:
        return narrowed([name, *known], stdin) or output
    if name not in FOLDERS:
        return answer([name, *known], cwd, machine.scope) or replace(
            output, origin="untrusted" if output.fetched else output.origin
        )
    if name == "cat" and len(known) == 1 and not known[0].startswith("-"):
        data = _file_text(machine, known[0], cwd)
        if data.text is None and data.parts:
            return replace(data, labels=data.labels | output.labels)
    folded = fold(name, known, stdin, lambda path: _file_text(machine, path, cwd))
    return replace(folded, labels=folded.labels | output.labels) if folded is not None else output


def _file_text(machine: Machine, path: str, cwd: str) -> Data:
    absolute = posixpath.normpath(posixpath.join(cwd, path))
    return content_of(machine.scope, absolute)


def _note_writes(scope: Scope, effects: int, writes: int, words: list[Word]) -> None:
    """Remember in the overlay which files a program has changed, where the catalogue has not said so itself."""
    added = scope.effects[effects:]
    changes = [effect for effect in added if effect.verb in _WRITES and effect.resource.kind == "file"]
    if not changes:
        return
    overlay: Overlay = scope.overlay
    said = overlay.writes != writes
    fetched = any(effect.verb == "connect" for effect in added)
    authorship: Authorship = "fetched" if fetched else "unknown"
    for effect in changes:
        path = effect.resource.name
        if effect.verb == "delete":
            if not said:
                overlay.remove(path)
        elif said and path in overlay.files:
            continue
        elif "*" in path:
            overlay.unknown(path.partition("*")[0].rstrip("/") or "/", authorship, tree=True)
        elif words[0].text == "mkdir":
            overlay.directories.add(path)
        elif words[0].text not in _KEEP_CONTENT:
            tree = fetched and effect.verb == "create" and effect.extent.at_most != 1
            overlay.unknown(path, authorship, tree=tree)


_WRITES: Final = frozenset({"create", "modify", "delete"})
_KEEP_CONTENT: Final = frozenset({"touch", "chmod", "chown", "chgrp"})
