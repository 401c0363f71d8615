"""Builtins that run code: `eval`, `source`, `exec`, `command`, `builtin`, `trap`, `alias`, `hash`, `enable`, `bind` and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.files import emit_read, emit_write
from jackline.lower.overlay import worse
from jackline.lower.places import resolve
from jackline.lower.shell.builtins.call import options
from jackline.lower.shell.scripts import versions_of
from jackline.lower.shell.source import as_source
from jackline.lower.word import Data, Hole, Word, weakest

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.words import Authorship
    from jackline.lower.scope import Scope
    from jackline.lower.shell.builtins.call import Call
    from jackline.lower.shell.machine import Machine

_AT_THE_END: Final = frozenset({"EXIT", "0", "exit"})
_STREAMS: Final = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "-"})


def _eval(machine: Machine, call: Call) -> bool | None:
    arguments = call.arguments
    if arguments and arguments[0].text == "--":
        arguments = arguments[1:]
    if not arguments:
        return True
    if len(arguments) == 1:
        return run_code(machine, arguments[0])
    parts: list[str | Hole] = []
    for index, word in enumerate(arguments):
        parts.extend((" ", *word.parts) if index else word.parts)
    origin = arguments[0].origin
    for word in arguments:
        origin = worse(origin, word.origin)
    return run_code(machine, Word(tuple(parts), arguments[0].start, arguments[-1].end, origin=origin))


def run_code(machine: Machine, given: Word) -> bool | None:
    """Run a word as code in this shell. What of it is not known is opaque beside what can be read."""
    source = as_source(given.parts)
    at = (given.start, given.end)
    if source is None:
        machine.scope.opaque(f"code {given.shown[:80]}", at=at, authorship=_authorship(machine.scope, given))
        return None
    if source.holes and not all(hole.numeric for hole in source.holes):
        machine.scope.opaque(f"code {given.shown[:80]}", at=at, authorship=_authorship(machine.scope, given))
    return machine.run_text(source.text, machine.code_scope(source.text, given), source.holes)


def _authorship(scope: Scope, given: Word) -> Authorship:
    if any(hole.origin == "untrusted" for hole in given.holes) or given.origin == "untrusted":
        return "fetched"
    if given.holes:
        return weakest(hole.authorship for hole in given.holes)
    return scope.authorship if scope.authorship != "none" else "session"


def _source(machine: Machine, call: Call) -> bool | None:
    arguments = call.arguments
    if arguments and arguments[0].text == "--":
        arguments = arguments[1:]
    if not arguments:
        return False
    first, rest = arguments[0], arguments[1:]
    at = (first.start, first.end)
    if first.text in _STREAMS:
        return _run_data(machine, machine.stdin, at)
    path = resolve(first, machine.cwd, machine.scope)
    emit_read(path, machine.scope, at=at, origin=first.origin)
    versions = versions_of(machine.scope, path)
    if versions is None:
        return False
    saved = machine.state.positional
    if rest:
        machine.state.positional = tuple(rest)
    actions: list[Callable[[], bool | None]] = []
    for version in versions:
        data, authorship = version.data, version.authorship
        if data.text is None or "\0" in data.text:
            actions.append(lambda authorship=authorship: machine.scope.opaque(path, at=at, authorship=authorship))  # type: ignore[misc]
        else:
            scope = machine.scope.file(data.text, path, version.digest, authorship)
            actions.append(lambda text=data.text, scope=scope: machine.run_text(text, scope))  # type: ignore[misc]
    status = actions[0]() if len(actions) == 1 else machine.branches(*actions)
    if rest:
        machine.state.positional = saved
    if machine.state.signal == "return":
        machine.state.signal = ""
    return status


def _run_data(machine: Machine, data: Data, at: tuple[int, int]) -> bool | None:
    """Run what is read from a stream as code in this shell."""
    if data.empty:
        return True
    parts = (data.text,) if data.text is not None else data.parts
    if not parts:
        machine.scope.opaque(
            f"code from {data.fetched or data.source or 'the standard input'}", at=at,
            authorship="fetched" if data.fetched or data.origin == "untrusted" else "unknown",
        )  # fmt: skip
        return None
    span = data.at if data.at[1] > data.at[0] else at
    return run_code(machine, Word(parts, *span, origin=data.origin))


def _exec(machine: Machine, call: Call) -> bool | None:
    """`exec NAME …` replaces the shell; where it fails the shell may go on, so what follows is possible."""
    given, operands = options(call, "a")
    del given
    if not operands:
        return True
    call.run_words(machine, operands, call.at)
    after = machine.state.fork()
    machine.state.signal = "exit"
    machine.failed = after
    return None


def _command(machine: Machine, call: Call) -> bool | None:
    given, operands = options(call)
    if not operands:
        return True
    if {"v", "V"} & set(given):
        name = operands[0].text
        machine.write(Data(None, origin="trusted", parts=(Hole(f"where {name} is", "trusted", one_word=True), "\n")))
        return None
    return call.run_words(machine, operands, call.at)


def _prefix(machine: Machine, call: Call) -> bool | None:
    """Zsh's `noglob`, `nocorrect`, `-`; bash's `builtin`."""
    operands = call.arguments
    return call.run_words(machine, operands, call.at, functions=call.name != "builtin") if operands else True


def _trap(machine: Machine, call: Call) -> bool:
    """`trap CODE SIGNAL…`: the code may run, at any time from here on."""
    arguments = call.arguments
    if arguments and arguments[0].text == "--":
        arguments = arguments[1:]
    if not arguments or arguments[0].text in {"-", "", "-l", "-p", "-P"}:
        return True
    if len(arguments) > 1:
        scope = machine.scope

        def later() -> bool | None:
            machine.scope, saved = scope.possible(), machine.scope
            try:
                return machine.subshell(lambda: run_code(machine, arguments[0]))
            finally:
                machine.scope = saved

        if any(word.text not in _AT_THE_END for word in arguments[1:]):
            machine.branches(later, None)
        machine.traps.append(later)
    return True


def _possible_code(letters: str) -> Callable[[Machine, Call], bool | None]:
    """A builtin that keeps code for later as the value of one of these options: `bind -x`, `complete -C`, `fc -e`."""

    def run(machine: Machine, call: Call) -> bool | None:
        given, _ = options(call, letters)
        for letter in letters:
            word = given.get(letter)
            if word is not None:
                code = (
                    Word(tuple(_after_colon(word.parts)), word.start, word.end, origin=word.origin)
                    if letter == "x"
                    else word
                )
                machine.branches(lambda code=code: machine.subshell(lambda: run_code(machine, code)), None)  # type: ignore[misc]
        return True

    return run


def _after_colon(parts: tuple[str | Hole, ...]) -> tuple[str | Hole, ...]:
    head = parts[0]
    return (head.rpartition(":")[2], *parts[1:]) if isinstance(head, str) else parts


def _alias(machine: Machine, call: Call) -> bool:
    """`alias name=value`. zsh's global aliases replace words anywhere, which is not followed."""
    if {"-g", "-s"} & set(call.texts()):
        machine.scope.opaque("an alias for any word", at=call.at, authorship="session")
    for word in call.arguments:
        text = word.text
        if text is None:
            machine.scope.opaque(f"the alias {word.shown}", at=(word.start, word.end), authorship="session")
        elif "=" in text and not text.startswith("-"):
            name, _, value = text.partition("=")
            machine.state.aliases[name] = (value,)
    return True


def _unalias(machine: Machine, call: Call) -> bool:
    for text in call.texts():
        if text == "-a":
            machine.state.aliases.clear()
        elif text is not None:
            machine.state.aliases[text] = ()
    return True


def _hash(machine: Machine, call: Call) -> bool:
    """`hash -p PATH NAME` makes NAME mean PATH."""
    given, operands = options(call, "p")
    path = given.get("p")
    if path is not None and operands and operands[0].text is not None:
        machine.state.aliases[operands[0].text] = (path.text,) if path.text is not None else ()
        if path.text is None:
            machine.scope.opaque(f"the program {path.shown}", at=call.at)
    return True


def _enable(machine: Machine, call: Call) -> bool:
    """`enable -f FILE` loads machine code into the shell."""
    given, _ = options(call, "f")
    library = given.get("f")
    if library is not None:
        path = resolve(library, machine.cwd, machine.scope)
        machine.scope.opaque(path, at=call.at, authorship=machine.scope.surroundings.authorship(path))
    return True


def _fix(machine: Machine, call: Call) -> None:
    """`fc` runs commands of the history again, after an editor had them; `fc -l` only lists."""
    if "l" not in options(call)[0]:
        machine.scope.opaque("commands of the history", at=call.at, authorship="unknown")


def _history(machine: Machine, call: Call) -> bool:
    """`history -c`, `-w`, `-d` change what the user's shell remembers."""
    texts = call.texts()
    if any(text is not None and text[:1] == "-" and set(text) & set("cd") for text in texts):
        emit_write(f"{machine.scope.surroundings.home}/.bash_history", machine.scope, emptied=True, at=call.at)
        return True
    if any(text in {"-w", "-a", "-n", "-r"} for text in texts):
        return True
    machine.write(Data(None, origin="trusted"))
    return True


TABLE: Final[dict[str, Callable[[Machine, Call], bool | None]]] = {
    "eval": _eval, ".": _source, "source": _source, "exec": _exec, "command": _command, "builtin": _prefix,
    "noglob": _prefix, "nocorrect": _prefix, "-": _prefix, "trap": _trap, "alias": _alias, "unalias": _unalias,
    "hash": _hash, "enable": _enable, "bind": _possible_code("x"), "complete": _possible_code("CW"), "compgen": _possible_code("CW"),
    "fc": _fix, "r": _fix, "history": _history, "sched": _trap,
}  # fmt: skip
