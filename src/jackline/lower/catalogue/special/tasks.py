"""Runners of tasks that a project's files name: task, tox, nox, invoke, pre-commit, lefthook, composer, pdm, hatch, poe."""

from __future__ import annotations

import posixpath
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.lower.catalogue.acts import emit_acts
from jackline.lower.catalogue.contents import Content
from jackline.lower.catalogue.roles import run_content
from jackline.lower.catalogue.special.opening import (
    NOT_COMMITTED,
    Opened,
    author,
    first_of,
    not_followed,
    opened,
    there,
)
from jackline.lower.catalogue.special.world import World
from jackline.lower.manifests import tasks
from jackline.lower.manifests.parts import Parts, joined
from jackline.lower.manifests.pytasks import tasks as python_tasks
from jackline.lower.manifests.taskfile import NAMES as TASKFILES
from jackline.lower.manifests.taskfile import taskfile
from jackline.lower.word import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jackline.lower.catalogue.call import Call
    from jackline.lower.manifests.tasks import Steps

_PRE_COMMIT: Final = (".pre-commit-config.yaml", ".pre-commit-config.yml")
_LEFTHOOK: Final = ("lefthook.yml", ".lefthook.yml", "lefthook.yaml", ".lefthook.yaml", ".config/lefthook.yml")
_TOX: Final = ("tox.ini", "tox.toml", "pyproject.toml", "setup.cfg")
_PYPROJECT: Final = "pyproject.toml"


def _run(call: Call, version: Opened, read: Callable[[World], Steps | None]) -> bool:
    """Run what one content of a file says; False where it says nothing of the kind."""
    cwd = call.cwd
    directory = posixpath.dirname(version.path)
    call.cwd = directory
    world = World(call, version.content.authorship, version.path, version.content.digest)
    try:
        found = read(world)
        for step in found.steps if found is not None else ():
            call.cwd = posixpath.normpath(posixpath.join(directory, step.directory))
            if step.fetched:
                vouched = version.content.authorship not in NOT_COMMITTED
                call.scope.opaque(
                    step.fetched, at=call.command.at, authorship=version.content.authorship if vouched else "fetched"
                )
            else:
                world.run(step.code)
    finally:
        call.cwd = cwd
    if found is not None and found.unknown:
        not_followed(call, version.path, world.authorship)
    return found is not None


def _behind_dashes(call: Call) -> list[Word]:
    words = list(call.command.words)
    at = next((index for index, word in enumerate(words) if word.text == "--"), len(words))
    return words[at + 1 :]


def _line(words: Sequence[Word]) -> Parts:
    return joined([part for index, word in enumerate(words) for part in ((" ",) if index else ()) + word.parts])


def _names(call: Call, *names: str) -> list[str] | None:
    """The tasks that the words before `--` name; None where one of them is not known."""
    behind = _behind_dashes(call)
    words = [word for name in names for word in call.values(name) if word not in behind]
    if any(word.text is None for word in words):
        return None
    return [part for word in words for part in (word.text or "").split(",") if part]


def _files(call: Call, names: Sequence[str], *, above: bool = False) -> list[Opened]:
    given = call.value("file")
    path = call.path(given) if given is not None else first_of(call, names, above=above)
    return list(opened(call, path)) if path else []


def task(call: Call) -> None:
    """Task: `task NAME… VARIABLE=VALUE -- ARGUMENTS`."""
    names = _names(call, "target")
    given = {name: (value,) for name, equals, value in (one.partition("=") for one in names or ()) if equals}
    versions = _files(call, TASKFILES, above=True)
    if not versions:
        emit_acts(call.program, call.values("target"), call.scope, call.command.at)
    for version in versions:
        if names is None:
            not_followed(call, version.path, "unknown")
            continue
        goals = [name for name in names if "=" not in name]
        rest = _line(_behind_dashes(call))
        _run(call, version, partial(taskfile, version.text, goals, given=given, rest=rest))


def tox(call: Call) -> None:
    """The commands of tox's environments; what they need is installed first."""
    names = _names(call, "e")
    for version in _files(call, _TOX):
        if names is None:
            not_followed(call, version.path, "unknown")
            continue
        text = version.text.replace("[tox:tox]", "[tox]") if version.path.endswith(".cfg") else version.text
        rest, is_toml = _line(_behind_dashes(call)), version.path.endswith(".toml")
        _run(call, version, partial(tasks.tox, text, names, rest=rest, is_toml=is_toml))


def nox(call: Call) -> None:
    """The sessions of noxfile.py, and what that file does by itself."""
    _python_tasks(call, ("noxfile.py",), _names(call, "s", "e", "target"), sessions=True)


def invoke(call: Call) -> None:
    """The tasks of tasks.py or fabfile.py."""
    names = _names(call, "target")
    plain = [name for name in names if not name.startswith("-") and "=" not in name] if names is not None else None
    _python_tasks(call, ("fabfile.py",) if call.program == "fab" else ("tasks.py",), plain, sessions=False)


def _python_tasks(call: Call, files: Sequence[str], names: list[str] | None, *, sessions: bool) -> None:
    versions = _files(call, files, above=not sessions)
    if not versions and not sessions:
        emit_acts(call.program, call.values("target"), call.scope, call.command.at)
    for version in versions:
        world = World(call, version.content.authorship, version.path, version.content.digest)
        found = python_tasks(
            version.text, names or (), world, [word.parts for word in _behind_dashes(call)], sessions=sessions
        )
        if found.code is not None:
            content = Content((found.code,), version.content.authorship, version.content.digest)
            run_content(call, content, version.path, "python", ())
        if found.installs:
            call.emit("install", "package", "pip:*", labels=frozenset({"registry"}), reversible="with_undo")
        for words in found.words:
            call.run([Word(parts or ("",), *call.command.at, origin="trusted") for parts in words], call.scope.having(
                cwd=call.cwd, environment=call.environment, depth=call.scope.depth + 1, authorship=world.authorship))  # fmt: skip
        for line in found.lines:
            world.run(line)
        if found.unknown or names is None:
            not_followed(call, version.path, world.authorship if names is not None else "unknown")


def pre_commit(call: Call) -> None:
    """Its hooks; those of other repositories are code from there."""
    names = _names(call, "hook")
    given = call.value("config")
    for version in list(opened(call, call.path(given))) if given is not None else _files(call, _PRE_COMMIT, above=True):
        _run(call, version, partial(tasks.pre_commit, version.text, names or ()))


def lefthook(call: Call) -> None:
    """`lefthook run HOOK` is what git runs."""
    names = _names(call, "hook")
    for version in _files(call, _LEFTHOOK, above=True):
        _run(call, version, partial(tasks.lefthook, version.text, names or ()))


def composer(call: Call) -> None:
    """A script of composer.json by its name, or those of the command's events."""
    if call.has("--no-scripts") or call.dry:
        return
    words = [word for word in (*call.values("script"), *call.values("arguments")) if word.text != "--"]
    command = {
        "i": "install",
        "u": "update",
        "upgrade": "update",
        "require": "update",
        "r": "update",
        "remove": "update",
    }
    own = not call.values("script")
    name = words[0].text if not own and words else command.get(call.command_words()[-1], call.command_words()[-1])
    for version in _files(call, ("composer.json",)):
        if name is None:
            not_followed(call, version.path, "unknown")
            continue
        rest = _line(words if own else words[1:])
        _run(call, version, partial(tasks.composer, version.text, [name], rest=rest))


def project_run(call: Call) -> None:
    """`poetry|pdm|hatch run NAME …`, `poe NAME …`: a script of pyproject.toml, else a program."""
    words = call.operands.get("argv", [])
    if not words:
        return
    name, path = words[0].text, first_of(call, (_PYPROJECT,), above=True)
    found = False
    for version in opened(call, path, running=False) if path and name is not None else ():
        rest = _line(words[1:])
        found |= _run(call, version, partial(tasks.pyproject, version.text, name or "", rest=rest))
        found |= _entry_point(call, version, name or "")
    if not found and call.program not in {"poe", "poethepoet", "taskipy"}:
        call.output = call.run(words)
    elif not found and path:
        not_followed(call, path, author(call, path))


def _entry_point(call: Call, version: Opened, name: str) -> bool:
    """A program that the project itself defines as a function of a module."""
    table = tasks.toml(version.text)
    project, tool = table.get("project"), table.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    for place in (project, poetry):
        scripts = place.get("scripts") if isinstance(place, dict) else None
        target = scripts.get(name) if isinstance(scripts, dict) else None
        if not isinstance(target, str):
            continue
        call.emit("execute", "process", name, authorship=version.content.authorship)
        inside, _, function = target.partition(":")
        inside, directory = inside.replace(".", "/"), posixpath.dirname(version.path)
        places = [
            posixpath.join(directory, source, inside + end) for source in ("src", "") for end in (".py", "/__init__.py")
        ]
        module = next((place for place in places if there(call, place)), None)
        if module is not None:
            for code in opened(call, module):
                content = replace(code.content, parts=(f"{code.text}\n{function.partition('[')[0]}()\n",))
                run_content(call, content, module, "python", ())
        else:
            not_followed(call, places[0], version.content.authorship)
        return True
    return False
