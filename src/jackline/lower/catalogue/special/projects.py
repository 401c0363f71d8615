"""What a project itself says is run: package scripts, test files, tasks (package.json, conftest.py, …)."""

from __future__ import annotations

import json
import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from jackline.lower.catalogue.acts import emit_acts
from jackline.lower.catalogue.arguments import drop
from jackline.lower.catalogue.contents import Content, contents
from jackline.lower.catalogue.packages import install, install_fetched, install_named_elsewhere, requirements
from jackline.lower.catalogue.roles import run_content, run_file
from jackline.lower.catalogue.store import program
from jackline.lower.word import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.lower.catalogue.call import Call

_PACKAGE: Final = "package.json"
_SCRIPTS_KEY: Final = "scripts."
_MAX_TESTS: Final = 24
"""Test files of the workspace that are opened for one run."""
_NOT_COMMITTED: Final = frozenset({"session", "fetched"})
_INSTALL_SCRIPTS: Final = ("preinstall", "install", "postinstall", "prepare")


def _manifest(call: Call) -> list[tuple[Content, dict[str, Any]]]:
    """The package.json nearest above the directory, in each content that it may have, with its scripts."""
    directory = call.cwd
    found: list[tuple[Content, dict[str, Any]]] = []
    for _ in range(8):
        versions = contents(posixpath.join(directory, _PACKAGE), call.scope)
        found += [(content, _scripts(content)) for content in versions]
        if versions or directory in {"/", call.scope.surroundings.workspace}:
            break
        directory = posixpath.dirname(directory)
    return found


def _scripts(content: Content) -> dict[str, Any]:
    text = content.parts[0] if content.parts and len(content.parts) == 1 else None
    try:
        document = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    scripts = document.get("scripts") if isinstance(document, dict) else None
    return scripts if isinstance(scripts, dict) else {}


def run_script(call: Call, name: str, arguments: Sequence[Word] = (), *, around: bool = True) -> bool:
    """Run a script of package.json with its `pre` and `post`; True where there is one or may be."""
    there = False
    path = posixpath.join(call.cwd, _PACKAGE)
    for content, scripts in _manifest(call):
        if content.parts is None:
            call.scope.opaque(f"script {name} of {path}", at=call.command.at, authorship=content.authorship)
            there = True
        for key in (f"pre{name}", name, f"post{name}") if around else (name,):
            text = scripts.get(key)
            if isinstance(text, str):
                there = True
                parts = (text, *_appended(arguments)) if key == name else (text,)
                code = Content(tuple(parts), content.authorship, content.digest, content.fetched)
                run_content(call, code, path, "shell", ())
    return there


def _appended(arguments: Sequence[Word]) -> list[Any]:
    return [part for argument in arguments for part in (" ", *argument.parts) if argument.text != "--"]


def npm_run(call: Call) -> None:
    """`npm run NAME -- ARGS`; a name that is no script may be a file (bun)."""
    name = call.value("script")
    if name is None:
        return
    arguments = call.operands.get("arguments", [])
    if name.text is None:
        call.scope.opaque(f"script {name.shown}", at=call.at(name), authorship="unknown")
    elif not run_script(call, name.text, arguments):
        if call.program == "bun" and "." in name.text:
            run_file(call, name, "javascript", tuple(arguments))
        else:  # a script of a package that is not here: what it is called, and what it is told
            emit_acts(name.text, [name, *arguments], call.scope, call.at(name))


def npm_script(call: Call) -> None:
    """`npm test`, `npm start`, …: the script of that name."""
    name = call.command_words()[-1]
    name = {"t": "test", "tst": "test"}.get(name, name)
    if call.program == "bun" and name == "test":
        call.operands["test"] = call.operands.get("arguments", [])
        javascript_tests(call)
        return
    run_script(call, name, call.operands.get("arguments", []))


def npm_other(call: Call) -> bool:
    """`yarn NAME` and `pnpm NAME` are `run NAME`, else a program of the project."""
    words = call.arguments.operands
    name = words[0].text
    if name is None:
        return False
    if call.program == "bun" and name == "build":
        call.write(Word(("dist",), *call.at(words[0])), recursive=True)
        return True
    if name.endswith((".js", ".ts", ".tsx", ".mjs", ".jsx")):
        run_file(call, words[0], "javascript", tuple(words[1:]))
        return True
    if not run_script(call, name, words[1:]) and call.program != "npm":
        if program(name) is not None:
            call.run(words)
        else:
            emit_acts(name, words[1:], call.scope, call.at(words[0]))
    return True


def npm_install(call: Call) -> None:
    """The project's own install scripts run too."""
    if not call.dry and not call.values("package"):
        install_named_elsewhere(call, "npm", call.command.at)
    if call.has("--ignore-scripts") or call.dry or call.values("package"):
        return
    for name in _INSTALL_SCRIPTS:
        run_script(call, name, around=False)


def npm_pkg(call: Call) -> None:
    """`npm pkg set scripts.NAME=LINE`: what the line does is done whenever the script is run."""
    if call.text("act") != "set" and call.command_words()[-1] != "set-script":
        return
    for given in call.values("data"):
        key, equals, _ = given.prefix.partition("=")
        if equals and key.startswith(_SCRIPTS_KEY):
            call.code("shell", drop(given, len(key) + 1), scope=call.inner())


def npm_publish(call: Call) -> None:
    """The package is described by its manifest; its own scripts run first."""
    call.read(Word((_PACKAGE,), *call.command.at))
    for name in ("prepublishOnly", "prepare", "prepack"):
        run_script(call, name, around=False)


def npx(call: Call) -> None:
    """A program of the project if it is there, else one that is fetched and run at once."""
    words = call.operands.get("argv", [])
    if not words:
        return
    name = words[0].text
    if name is None:
        call.scope.opaque(f"npx {words[0].shown}", at=call.at(words[0]), authorship="fetched")
        return
    bare = name.rpartition("@")[0] or name if "@" in name[1:] else name
    local = posixpath.join(call.cwd, "node_modules", ".bin", bare)
    there = call.scope.place.here and call.scope.surroundings.file(local).kind == "file"
    spelled = Word((bare,), words[0].start, words[0].end)
    if there and call.scope.surroundings.authorship(local) in _NOT_COMMITTED:
        run_file(call, Word((local,), words[0].start, words[0].end), "javascript", tuple(words[1:]))
    elif program(bare) is not None:
        call.output = call.run([spelled, *words[1:]])
    elif not there and not call.has("--no-install"):
        install_fetched(call, words[0], "npm")


def npm_create(call: Call) -> None:
    """`npm create X DIR` fetches create-x and runs it; without a name it writes package.json."""
    template = call.value("template")
    if template is None:
        call.write(Word((_PACKAGE,), *call.command.at), appended=True)
        return
    install(call, Word((f"create-{template.text or '*'}",), *call.at(template)), "npm")
    directory = call.value("directory") or template
    if not directory.prefix.startswith("-"):
        call.write(directory, recursive=True)


def yarn_workspace(call: Call) -> None:
    """`yarn workspace NAME COMMAND…` is yarn in another directory of the workspace."""
    call.run([Word(("yarn",), *call.command.at), *call.operands.get("argv", [])])


def npm_tasks(call: Call) -> None:
    """Runners over several packages: each task is a script of some package.json here."""
    for task in call.values("task"):
        if task.text is not None and not task.text.startswith("-"):
            run_script(call, task.text)


def pip_install(call: Call) -> None:
    """Files of requirements, and on a system that says not to, its own Python."""
    requirements(call)
    if call.has("--break-system-packages"):
        call.emit("modify", "package", "pip:system", reach="system", reversible="with_undo")


def uv_run(call: Call) -> None:
    """`uv run FILE.py` or `uv run COMMAND…`."""
    words = call.operands.get("argv", [])
    if call.value("m") is not None:
        call.run([Word(("python",), *call.command.at), Word(("-m",)), *call.values("m"), *call.arguments.rest])
    elif words and ((words[0].text or "").endswith(".py") or call.has("--script")):
        call.output = call.run([Word(("python",), *call.at(words[0])), *words])
    elif words:
        call.output = call.run(words)


def uvx(call: Call) -> None:
    """A program that is fetched and run; one that the catalogue knows is judged as itself."""
    words = call.operands.get("argv", [])
    if not words:
        return
    name = (words[0].text or "*").partition("@")[0]
    if program(name) is not None:
        call.output = call.run([Word((name,), *call.at(words[0])), *words[1:]])
    elif call.has("--from") or call.has("--spec"):
        call.scope.opaque(f"pip:{name}", at=call.at(words[0]), authorship="fetched")
    else:
        install_fetched(call, words[0], "pip")


# Test files.


def python_tests(call: Call) -> None:
    """Runners like pytest execute conftest.py and the test files; those that no commit holds are read."""
    _tests(call, "python", ("conftest.py", "test_*.py", "*_test.py", "tests.py"))


def javascript_tests(call: Call) -> None:
    """Runners like jest execute their configuration and the test files."""
    _tests(call, "javascript", ("*.test.[jt]s", "*.test.[jt]sx", "*.spec.[jt]s", "*.spec.[jt]sx", "jest.config.*",
                                "vitest.config.*", "vitest.setup.*", "jest.setup.*", ".mocharc.*js"))  # fmt: skip


def _tests(call: Call, language: str, shapes: tuple[str, ...]) -> None:
    if not call.scope.place.here or call.has("--collect-only") or call.has("--listTests"):
        return
    roots = [call.path(word).partition("::")[0] for word in call.values("test") if word.text] or [call.cwd]
    files: list[str] = []
    for root in roots:
        if call.scope.surroundings.file(root).kind == "directory":
            files += _below(call, root, shapes)
            files += [posixpath.join(parent, shapes[0]) for parent in _above(call, root)]
        else:
            files.append(root)
            files += [posixpath.join(parent, shapes[0]) for parent in _above(call, posixpath.dirname(root))]
    for path in dict.fromkeys(files):
        if _author(call, path) in _NOT_COMMITTED:
            run_file(call, Word((path,), *call.command.at), language)


def _author(call: Call, path: str) -> str:
    written = call.scope.overlay.find(path)
    return written.authorship if written is not None else call.scope.surroundings.authorship(path)


def _below(call: Call, root: str, shapes: tuple[str, ...]) -> list[str]:
    """Test files in a directory and the directories of tests in it, as many as are opened."""
    found: list[str] = []
    pending = [(root, 0)]
    while pending and len(found) < _MAX_TESTS:
        directory, depth = pending.pop(0)
        names = [*(call.scope.surroundings.listing(directory) or ()), *call.scope.overlay.below(directory)]
        for name in dict.fromkeys(names):
            path = posixpath.join(directory, name)
            if any(fnmatchcase(name, shape) for shape in shapes):
                found.append(path)
            elif depth < 2 and name in {"test", "tests", "__tests__", "spec", "src", "unit", "integration", "e2e"}:  # noqa: PLR2004
                pending.append((path, depth + 1))
    return found[:_MAX_TESTS]


def _above(call: Call, directory: str) -> list[str]:
    """The directory and those above it, up to the workspace's root."""
    found = [directory]
    root = call.scope.surroundings.workspace
    while directory.startswith(root + "/"):
        directory = posixpath.dirname(directory)
        found.append(directory)
    return found
