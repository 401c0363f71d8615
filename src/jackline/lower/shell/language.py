"""The shell as a language: the entries that other interpreters and the catalogue call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.lower.overlay import joined
from jackline.lower.shell.builtins import PROGRAMS
from jackline.lower.shell.interpreter import new_machine
from jackline.lower.shell.machine import MAX_TEXT, literal_base
from jackline.lower.shell.scripts import run_file
from jackline.lower.shell.simple import program, run_words
from jackline.lower.shell.source import as_source
from jackline.lower.shell.state import State, Variable
from jackline.lower.shell.values import EXPORTED_FUNCTION
from jackline.lower.word import NOTHING, UNKNOWN, Data, Hole, Word, weakest

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.scope import Scope
    from jackline.lower.shell.machine import Machine

_EXPORTED_FUNCTION: Final = EXPORTED_FUNCTION.partition("{")[0]


def lower_shell(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Run shell code in a shell of its own: a word (`sh -c WORD`), or data (`… | sh`). `arguments` are `$1` and on."""
    parts = code.parts if isinstance(code, Word) else ((code.text,) if code.text is not None else code.parts)
    if code.text == "":
        return NOTHING
    at = _span(code, scope)
    source = as_source(parts) if parts else None
    authorship = _authorship(code, scope)
    if source is None or len(source.text) > MAX_TEXT or "\0" in source.text:
        what = code.shown if isinstance(code, Word) else code.source or code.fetched or "the standard input"
        scope.opaque(f"shell code {what[:80]}", at=at, authorship=authorship)
        return UNKNOWN
    if source.holes and not all(hole.numeric for hole in source.holes):
        shown = code.shown if isinstance(code, Word) else "with pieces that are not known"
        scope.opaque(f"shell code {shown[:80]}", at=at, authorship=authorship)
    inner = scope
    if source.text != scope.text:
        inner = scope.inner(source.text, at, base=literal_base(scope, source.text, *at))
    if authorship != "session" and inner.authorship == "none":
        inner = inner.having(authorship=authorship)
    stdin = NOTHING if isinstance(code, Data) else _moved(scope.stdin)
    return run_program_text(source.text, inner, arguments, stdin, source.holes)


def _moved(data: Data) -> Data:
    """An input from another text: where it stood there says nothing here."""
    return replace(data, at=(0, 0)) if data.at != (0, 0) else data


def run_program_text(
    text: str, scope: Scope, arguments: tuple[Word, ...] = (), stdin: Data = NOTHING, holes: tuple[Hole, ...] = ()
) -> Data:
    """Run a text whose characters are the scope's own, in a new shell; what it prints."""
    machine = _machine(scope, arguments, stdin)
    if scope.depth == 0:  # nobody reads what the action itself prints
        machine.run_text(text, scope, holes)
        machine.finish()
        return UNKNOWN

    def run() -> bool | None:
        status = machine.run_text(text, scope, holes)
        machine.finish()
        return status

    contents, _ = machine.capture(run)
    return _one(contents)


def _machine(scope: Scope, arguments: tuple[Word, ...], stdin: Data) -> Machine:
    state = State(scope.cwd or scope.surroundings.cwd, stdin)
    state.positional = arguments
    for name, word in scope.environment.items():
        state.variables[name] = Variable((word.parts,), word.origin, None, frozenset({"x"}))
        state.exported[name] = Word(word.parts, origin=word.origin)  # where it stands in another text says nothing here
    machine = new_machine(scope, state)
    machine.nested = scope.depth
    for name, word in scope.environment.items():
        if not name.startswith(_EXPORTED_FUNCTION):
            continue
        text = word.text  # a function that a shell before this one exported
        if text is None:
            scope.possible().opaque(word.shown, at=(0, len(scope.text)), authorship="session")
        else:
            code = f"{name.removeprefix(_EXPORTED_FUNCTION).removesuffix('%%')} {text}"
            machine.run_text(code, scope.inner(code, (0, len(scope.text)), base=None))
    return machine


def _one(contents: tuple[Data, ...]) -> Data:
    if len(contents) == 1:
        return contents[0]
    whole = contents[0]
    for data in contents[1:]:
        whole = joined(whole, data)
    return replace(whole, text=None, parts=())


def _span(code: Word | Data, scope: Scope) -> tuple[int, int]:
    if isinstance(code, Word):
        return (code.start, code.end) if code.end > code.start else (0, len(scope.text))
    return code.at if code.at[1] > code.at[0] else (0, len(scope.text))


def _authorship(code: Word | Data, scope: Scope) -> Authorship:
    if isinstance(code, Data) and code.fetched:
        return "fetched"
    if code.origin == "untrusted":
        return "fetched"
    holes = [part for part in code.parts if isinstance(part, Hole)]
    if holes and any(hole.origin == "untrusted" for hole in holes):
        return "fetched"
    if holes and any(not hole.numeric for hole in holes):
        return weakest(hole.authorship for hole in holes if not hole.numeric)
    if isinstance(code, Data) and code.source and scope.place.here:
        return scope.surroundings.authorship(code.source)
    if isinstance(code, Data) and code.text is None and not code.parts:
        return "unknown"
    return scope.authorship if scope.authorship != "none" else "session"


def lower_command(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Run words that are expanded already as one command: what wrappers start. `code` is the program's name."""
    if isinstance(code, Data):
        return lower_shell(code, scope, arguments)
    words = [code, *arguments]
    spans = [word for word in words if word.end > word.start]
    at = (min(word.start for word in spans), max(word.end for word in spans)) if spans else (0, len(scope.text))
    machine = _machine(scope, (), scope.stdin)
    run = run_words if code.text in PROGRAMS else program
    machine.deeper()
    contents, _ = machine.capture(lambda: run(machine, words, at))
    return _one(contents)


def lower_script(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Open a file and run it by its `#!` line, else by its name."""
    return run_file(code, scope, arguments, language="", execute=True)


def opaque_language(name: str, code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Code in a language that no interpreter here reads."""
    del arguments
    if isinstance(code, Data) and code.empty:
        return NOTHING
    scope.opaque(f"{name} code", at=_span(code, scope), authorship=_authorship(code, scope))
    return UNKNOWN
