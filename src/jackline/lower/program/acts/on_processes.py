"""Processes and code: programs run, source interpreted, modules imported, privileges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.effect import Resource
from jackline.lower.program.values import ANYTHING, Const, Function, Items, Made, Pairs, Unknown, Value, word_of
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.core.words import Label
    from jackline.lower.program.acts.site import Act, CallSite


def _shell(call: CallSite) -> Value:
    word = call.word(0)
    return _run_shell(call, word)


def _run_shell(call: CallSite, word: Word) -> Value:
    shell = call.scope.languages.get("shell")
    if shell is None:
        call.scope.opaque("a shell command", at=call.at, authorship="session")
        return ANYTHING
    out = shell(word, call.scope.inner(word.text or "", call.at))
    return Const(out.text) if out.text is not None else ANYTHING


def _run_argv(call: CallSite, words: tuple[Word, ...]) -> Value:
    command = call.scope.languages.get("command")
    if command is None or not words:
        call.scope.opaque("a program", at=call.at, authorship="session")
        return ANYTHING
    command(words[0], call.scope, words[1:])
    return ANYTHING


def _run(call: CallSite) -> Value:
    value = call.value(0)
    in_shell = call.named.get("shell")
    if isinstance(value, Items) and not (isinstance(in_shell, Const) and in_shell.value):
        return _run_argv(call, tuple(word_of(item, call.at) for item in value.items))
    if isinstance(value, Items):
        return _run_shell(call, word_of(value.items[0], call.at)) if value.items else ANYTHING
    if (isinstance(in_shell, Const) and not in_shell.value) or in_shell is None:
        word = call.word(0)
        if word.text is not None and " " not in word.text:
            return _run_argv(call, (word,))
    return _run_shell(call, call.word(0))


def _js_spawn(call: CallSite) -> Value:
    """Node's `spawn(command, [arguments], {shell})`, and `Deno.Command(command, {args})`."""
    options = next((value for value in call.positional if isinstance(value, Pairs)), None)
    in_shell = options.get("shell") if options is not None else None
    listed = options.get("args") if options is not None and options.get("args") is not None else call.value(1)
    given = [word_of(item, call.at) for item in listed.items] if isinstance(listed, Items) else []
    if listed is not None and not isinstance(listed, Items | Pairs | Function):
        given = [word_of(listed, call.at)]
    command = call.word(0)
    if in_shell is not None and not (isinstance(in_shell, Const) and not in_shell.value):
        parts = [part for word in (command, *given) for part in (*word.parts, " ")]
        return _run_shell(call, Word(tuple(parts[:-1]), *call.at))
    return _run_argv(call, (command, *given))


def _code_last(call: CallSite) -> Value:
    """`new Function(parameters…, body)`: the body is code."""
    return _code(replace(call, specs=(str(len(call.positional) - 1),))) if call.positional else ANYTHING


def _argv(call: CallSite) -> Value:
    return _run_argv(call, tuple(word_of(value, call.at) for value in call.positional))


def _run_as(call: CallSite) -> Value:
    """A program's own entry point, called with its words: `call_command("flush")`, `main(["downgrade", "base"])`."""
    given = [item for value in call.positional for item in (value.items if isinstance(value, Items) else (value,))]
    return _run_argv(call, (Word((call.specs[0],), *call.at), *(word_of(item, call.at) for item in given)))


def _rest_as(call: CallSite) -> Value:
    """The words of a command line behind its first, as those of a program that is installed: what a `manage.py` does."""
    value = call.value(1)
    given = value.items[1:] if isinstance(value, Items) else call.positional[:1]
    return _run_argv(call, (Word((call.specs[0],), *call.at), *(word_of(item, call.at) for item in given)))


def _argv_after_path(call: CallSite) -> Value:
    rest = call.positional[1:] or call.positional
    return _run_argv(
        call,
        (*(word_of(value, call.at) for value in call.positional[:1]), *(word_of(value, call.at) for value in rest[1:])),
    )


def _argv_after_mode(call: CallSite) -> Value:
    return _run_argv(call, tuple(word_of(value, call.at) for value in call.positional[2:]))


def _program(call: CallSite) -> Value:
    return Made("program", (call.value(0) or ANYTHING,))


def _script(call: CallSite) -> Value:
    path = call.path(0)
    known = call.scope.surroundings.text(path)
    if known is None:
        call.scope.opaque(f"the script {path}", at=call.at, authorship=call.scope.surroundings.authorship(path))
    else:
        call.runs.run_source(known.text, call.at, path=path)
    return ANYTHING


def _code(call: CallSite) -> Value:
    """`exec` and `eval`: constant text is interpreted, anything else is opaque."""
    value = call.value(0)
    if isinstance(value, Made) and value.type == "code":
        value = value.arguments[0]
    if isinstance(value, Const) and isinstance(value.value, str | bytes):
        text = value.value if isinstance(value.value, str) else value.value.decode("utf-8", "replace")
        call.runs.run_source(text, call.at)
        return Unknown("the result of eval")
    call.scope.opaque(f"{call.runs.library.language} that is built at run time", at=call.at, authorship="session")
    return Unknown("the result of eval", dynamic=True)


def _compiled(call: CallSite) -> Value:
    return Made("code", (call.value(0) or ANYTHING,))


def _import(call: CallSite) -> Value:
    value = call.value(0)
    if isinstance(value, Const) and isinstance(value.value, str):
        return call.runs.import_module(value.value, call.at)
    call.scope.opaque("a module chosen at run time", at=call.at, authorship="session")
    return Unknown("a module", dynamic=True)


def _opaque(call: CallSite) -> Value:
    call.scope.opaque(f"what {call.name} runs", at=call.at, authorship="session")
    return Unknown(call.name, dynamic=True)


def _unpickle(call: CallSite) -> Value:
    """Unpickling runs whatever the data says (Python's documentation of `pickle`); own files are taken as data."""
    value = call.positional[0] if call.positional else None
    if isinstance(value, Made) and value.type == "file":
        return ANYTHING
    call.scope.opaque("code in pickled data", at=call.at, authorship="unknown")
    return ANYTHING


def _foreign(call: CallSite) -> Value:
    """A C library: its functions are not Python's. `None` is the process itself."""
    return Unknown(f"a C library ({call.word(0).shown})", dynamic=True)


def _kill(call: CallSite) -> Value:
    word = call.word(0)
    call.scope.emit("terminate", Resource("process", f"pid:{word.text or '*'}", reach="system"), at=call.at)
    return ANYTHING


def _privilege(call: CallSite) -> Value:
    call.scope.emit("grant", Resource("account", "root", reach="system"), at=call.at)
    return ANYTHING


def _pip(call: CallSite) -> Value:
    value = call.value(0)
    items = value.items if isinstance(value, Items) else ()
    return _run_argv(call, (Word(("pip",), *call.at), *(word_of(item, call.at) for item in items)))


def _persist(call: CallSite) -> Value:
    label: frozenset[Label] = frozenset({"persistence"})
    call.scope.emit(
        "persist", Resource("process", "cron", reach="system", labels=label), at=call.at, reversible="with_undo"
    )
    return ANYTHING


ACTS: Final[dict[str, Act]] = {
    "shell": _shell,
    "run": _run,
    "argv": _argv,
    "run-as": _run_as,
    "rest-as": _rest_as,
    "js-spawn": _js_spawn,
    "code-last": _code_last,
    "argv-after-path": _argv_after_path,
    "argv-after-mode": _argv_after_mode,
    "program": _program,
    "script": _script,
    "code": _code,
    "compiled": _compiled,
    "import": _import,
    "opaque": _opaque,
    "unpickle": _unpickle,
    "foreign": _foreign,
    "kill": _kill,
    "privilege": _privilege,
    "pip": _pip,
    "persist": _persist,
}
