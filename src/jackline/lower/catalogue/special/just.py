"""just(1): the recipes of a justfile, with what they need, their parameters and their own interpreters."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.acts import emit_acts
from jackline.lower.catalogue.arguments import drop
from jackline.lower.catalogue.special.opening import Opened, first_of, not_followed, opened
from jackline.lower.catalogue.special.world import World
from jackline.lower.manifests.justfile import Justfile
from jackline.lower.manifests.parts import Parts, known
from jackline.lower.shell.scripts import language_of
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call
    from jackline.lower.manifests.justfile import Run

_JUSTFILES: Final = ("justfile", "Justfile", ".justfile")
_VARIABLE: Final = re.compile(r"[A-Za-z_][\w-]*")
_SHELL: Final = re.compile(r"\[(?:/usr)?(?:/bin/)?(?:ba|z|da|k|a)?sh(?:,(?:-\w+|pipefail))*,?\]")
"""`set shell` with one of the shells and flags alone."""


def just(call: Call) -> None:
    """The recipes that the words name, else the first of the justfile, in that one's directory."""
    if call.has("--command"):
        call.output = call.run([*call.arguments.options["command"], *call.arguments.rest])
        return
    words, given = _words(call)
    cwd = call.cwd
    call.cwd = posixpath.normpath(posixpath.join(cwd, _elsewhere(words)))
    named = call.value("file")
    path = call.path(named) if named is not None else first_of(call, _JUSTFILES, above=True)
    for version in opened(call, path) if path else ():
        _just(call, version, words, given)
    if not path:
        emit_acts(call.program, [Word(parts, *call.command.at) for parts in words], call.scope, call.command.at)
    call.cwd = cwd


def _elsewhere(words: list[Parts]) -> str:
    """`just folder/recipe`: the directory in which the justfile is looked for; it is taken off the word."""
    first = known(words[0]) if words else None
    if first is None or "/" not in first:
        return ""
    directory, _, recipe = first.rpartition("/")
    words[:1] = [(recipe,)] if recipe else []
    return directory or "/"


def _just(call: Call, version: Opened, words: list[Parts], given: dict[str, Parts]) -> None:
    cwd, environment = call.cwd, call.environment
    if call.value("working-directory") is None:
        call.cwd = posixpath.dirname(version.path) or "/"
    world = World(call, version.content.authorship, version.path, version.content.digest)
    file = Justfile(world, given, call.cwd, cwd)
    file.read(version.text, posixpath.dirname(version.path) or "/")
    if any(_SHELL.fullmatch(re.sub(r"[\s'\"]", "", shell)) is None for shell in file.shells()):
        file.give_up()
    call.environment = environment | {name: Word(parts or ("",)) for name, parts in file.evaluated().items()}
    base = call.cwd
    try:
        for run in file.runs(words) if not call.has("--evaluate") else ():
            call.cwd = posixpath.normpath(posixpath.join(base, run.directory))
            _run(call, world, run)
    finally:
        call.cwd, call.environment = cwd, environment
    if file.unknown:
        not_followed(call, version.path, world.authorship)


def _words(call: Call) -> tuple[list[Parts], dict[str, Parts]]:
    """The recipes with their arguments, and the variables of the command line."""
    given: dict[str, Parts] = {}
    words: list[Parts] = []
    for word in [*call.values("recipe"), *call.operands.get("arguments", [])]:
        name, equals, _ = word.prefix.partition("=")
        if not words and equals and _VARIABLE.fullmatch(name):
            given[name] = drop(word, len(name) + 1).parts
        else:
            words.append(word.parts)
    named = call.values("set")
    for name_word, value in zip(named[::2], named[1::2], strict=False):
        given[name_word.text or ""] = value.parts
    return words, given


def _run(call: Call, world: World, run: Run) -> None:
    environment = call.environment
    call.environment = environment | {name: Word(parts or ("",)) for name, parts in run.exported}
    text = known(run.code) or "".join(part for part in run.code if isinstance(part, str))
    language = language_of("", text) if run.script and text.startswith("#!") else "shell"
    world.run(run.code, language, tuple(Word(parts or ("",)) for parts in run.arguments))
    call.environment = environment
