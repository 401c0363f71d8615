"""Shells and interpreters: code in an argument, a file or the input, and Python's modules by name."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.acts import emit_absent
from jackline.lower.catalogue.arguments import drop
from jackline.lower.catalogue.endpoints import emit_served
from jackline.lower.catalogue.roles import run_file
from jackline.lower.catalogue.special.opening import NOT_COMMITTED, author, there
from jackline.lower.catalogue.store import program
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call

_STDIN: Final = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_HARMLESS_MODULES: Final = frozenset({
    "this", "antigravity", "timeit", "tabnanny", "tokenize", "ast", "dis", "platform", "sysconfig", "site",
    "calendar", "pyclbr", "pickletools", "base64", "quopri", "uu", "gzip", "zipapp", "symtable", "inspect", "unittest",
    "doctest", "cProfile", "profile", "pdb", "trace", "ensurepip", "idlelib", "turtledemo",
})  # fmt: skip
"""Modules of the standard library that do no more than read, compile or run what is named behind them."""
_READING_MODULES: Final = {"json.tool": 2, "compileall": 0, "py_compile": 0}
"""Modules that read the files behind them, and which of those, counted from 1, is written (0: none but caches)."""
_RUNNERS: Final = frozenset({"cProfile", "profile", "pdb", "trace", "unittest", "doctest", "coverage"})


_NUMBERS: Final = frozenset({"-n", "--number", "-r", "--repeat", "-u", "--unit", "-m"})


def shell(call: Call) -> None:
    """`-c LINE NAME ARGS…`, a script with its arguments, or what comes in."""
    line, file = call.value("line"), call.value("file")
    arguments = tuple(call.operands.get("arguments", ()))
    if call.has("-n") and not call.has("-c"):
        return
    if line is not None:
        call.output = call.code("shell", line, arguments)
    elif file is not None and file.text in _STDIN:
        call.output = call.code("shell", call.command.stdin, arguments)
    elif file is not None:
        run_file(call, file, "shell", arguments)
        emit_absent(call.path(file), arguments, call.scope, call.at(file))
    elif not call.scope.place.here and call.command.stdin.empty and call.scope.place.environment != "development":
        call.scope.opaque(f"session in {call.scope.place.name}", at=call.command.at, authorship="session")
    elif call.has("-s") and not call.command.stdin.empty:
        call.output = call.code("shell", call.command.stdin, arguments)


def python_module(call: Call) -> None:
    """`-m MODULE`: a program of the catalogue of that name, a file of the workspace, or something installed."""
    module = call.value("m")
    if module is None:
        return
    name = module.text
    if name is None:
        call.scope.opaque(f"python module {module.shown}", at=call.at(module), authorship="unknown")
        return
    arguments = tuple(call.operands.get("arguments", ()))
    path = posixpath.join(call.cwd, *name.split("."))
    for candidate in (f"{path}.py", f"{path}/__main__.py"):
        if there(call, candidate) and (not _installed(name) or author(call, candidate) in NOT_COMMITTED):
            run_file(call, Word((candidate,), module.start, module.end), "python", arguments)
            return
    if name in _SERVING_MODULES:
        _serve(call, arguments, pages=_SERVING_MODULES[name])
    elif name in _READING_MODULES:
        _files_of(call, arguments, written=_READING_MODULES[name])
    elif name in {"venv", "virtualenv"}:
        _environment(call, arguments)
    elif _installed(name):
        spelled = _PROGRAMS.get(name, name)
        call.output = call.run((Word((spelled,), module.start, module.end), *arguments))
    elif name in _RUNNERS:
        _run_under(call, arguments)
    elif name == "timeit":
        _timed(call, arguments)
    elif name not in _HARMLESS_MODULES:
        call.scope.opaque(f"python -m {name}", at=call.at(module), authorship="installed")


def _files_of(call: Call, arguments: tuple[Word, ...], *, written: int) -> None:
    paths = [given for given in arguments if not given.prefix.startswith("-") or given.text == "-"]
    for position, given in enumerate(paths, 1):
        if given.text == "-":
            continue
        if position == written:
            call.write(given)
        else:
            call.read(given, recursive=True)


_PROGRAMS: Final = {"pip": "pip", "pre_commit": "pre-commit", "IPython": "ipython", "build": "pyproject-build"}


def _installed(name: str) -> bool:
    return program(_PROGRAMS.get(name, name)) is not None


_SERVING_MODULES: Final = {
    "http.server": True, "SimpleHTTPServer": True, "pyftpdlib": False, "uploadserver": False, "twisted.web": False,
}  # fmt: skip
"""Servers of a directory: whether all that comes in can do is to read its pages."""


def _serve(call: Call, arguments: tuple[Word, ...], *, pages: bool) -> None:
    texts = [argument.text or "*" for argument in arguments]
    bound = next((texts[i + 1] for i, text in enumerate(texts[:-1]) if text in {"-b", "--bind"}), "0.0.0.0")  # noqa: S104
    port = next((text for text in texts if text.isdigit()), "8000")
    if pages and "--cgi" not in texts:
        emit_served(f"{bound}:{port}", call.scope, at=call.at(None), pages=_served(call, arguments))
    else:
        call.listen(f"{bound}:{port}", call.at(None))


def _served(call: Call, arguments: tuple[Word, ...]) -> str:
    for position, argument in enumerate(arguments):
        if argument.text in {"-d", "--directory"} and position + 1 < len(arguments):
            return call.path(arguments[position + 1])
        if argument.prefix.startswith("--directory="):
            return call.path(drop(argument, len("--directory=")))
    return call.cwd


def _environment(call: Call, arguments: tuple[Word, ...]) -> None:
    flags = {argument.text for argument in arguments}
    for argument in arguments:
        if argument.prefix.startswith("-"):
            continue
        if "--clear" in flags:
            call.delete(argument, recursive=True)
        made_by_tool(call, argument)


def _run_under(call: Call, arguments: tuple[Word, ...]) -> None:
    """Profilers, debuggers and testers: the first word that is a script, or a module of this directory, is run."""
    for position, argument in enumerate(arguments):
        text = argument.text or ""
        module = posixpath.join(call.cwd, *text.split(".")) + ".py" if text.replace(".", "_").isidentifier() else ""
        if text.endswith(".py") or (module and there(call, module)):
            given = argument if text.endswith(".py") else Word((module,), argument.start, argument.end)
            run_file(call, given, "python", arguments[position + 1 :])
            return


def _timed(call: Call, arguments: tuple[Word, ...]) -> None:
    """`python -m timeit [-s SETUP] STATEMENT…`: code, each."""
    for position, argument in enumerate(arguments):
        if not argument.prefix.startswith("-") and (not position or arguments[position - 1].text not in _NUMBERS):
            call.code("python", argument)


def made_by_tool(call: Call, given: Word) -> None:
    """A directory that an installed tool fills with its own files: what is run from it afterwards is the tool's."""
    call.write(given, recursive=True)
    path = call.path(given)
    if "*" not in path:
        call.scope.overlay.unknown(path, "installed", tree=True)


def virtualenv(call: Call) -> None:
    """`uv venv`, `virtualenv`: the directory that is named, else `.venv`."""
    made_by_tool(call, call.value("path") or Word((".venv",), *call.command.at))
