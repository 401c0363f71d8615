"""docker build: what a Dockerfile's instructions reach beyond the container that they run in.

What `RUN` does to files, processes and packages stays in the image; what it sends, fetches or changes elsewhere does not.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.contents import Content
from jackline.lower.catalogue.endpoints import emit_endpoint
from jackline.lower.catalogue.special.opening import NOT_COMMITTED, Opened, author, first_of, not_followed, opened
from jackline.lower.catalogue.special.world import World
from jackline.lower.files import emit_read
from jackline.lower.manifests.dockerfile import Instruction, instructions
from jackline.lower.overlay import authorship_of
from jackline.lower.scope import Place
from jackline.lower.word import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.lower.catalogue.call import Call

_NAMES: Final = ("Dockerfile", "Containerfile")
_BAKE: Final = ("docker-bake.hcl", "docker-bake.json", "docker-bake.override.hcl")
_INSIDE: Final = frozenset({"file", "process", "package", "device", "account", "repository"})
_LEAVES: Final = frozenset({"publish", "send"})
_URL: Final = re.compile(r"(?:https?|git|ssh)://|git@")


def build(call: Call) -> None:
    """The instructions of the Dockerfile that is named, else of the context's own."""
    if call.command_words()[-1:] == ["bake"]:
        for name in _BAKE:
            path = posixpath.join(call.cwd, name)
            if author(call, path) in NOT_COMMITTED:
                not_followed(call, path, author(call, path))
        return
    context = call.value("context")
    directory = (
        call.path(context) if context is not None and context.text is not None and not _URL.match(context.text) else ""
    )
    if context is not None and not directory and context.text != "-":  # instructions that nobody here has read
        call.scope.opaque(context.shown, at=call.at(context), authorship="fetched")
    for version in _dockerfiles(call, directory):
        found = instructions(version.text)
        if found is None:
            not_followed(call, version.path, version.content.authorship)
        world = World(call, version.content.authorship, version.path, version.content.digest)
        for instruction in found or ():
            _instruction(call, world, instruction, directory)


def _dockerfiles(call: Call, directory: str) -> Iterator[Opened]:
    given = call.value("file")
    if (given is not None and given.text == "-") or (given is None and call.text("context") == "-"):
        stdin = call.command.stdin
        if stdin.text is not None:
            yield Opened("Dockerfile", stdin.text, Content((stdin.text,), authorship_of(stdin)))
        elif not stdin.empty:
            not_followed(call, "Dockerfile", authorship_of(stdin))
    elif given is not None:
        yield from opened(call, call.path(given))
    elif directory:
        cwd, call.cwd = call.cwd, directory
        path = first_of(call, _NAMES)
        call.cwd = cwd
        yield from opened(call, path) if path else ()


def _instruction(call: Call, world: World, instruction: Instruction, directory: str) -> None:
    call.scope.bounds.step()
    if instruction.name == "RUN":
        _run(call, world, instruction)
    elif instruction.name in {"COPY", "ADD"} and "from" not in instruction.flags:
        _copy(call, instruction, directory)


def _run(call: Call, world: World, instruction: Instruction) -> None:
    """Lower the line where it runs, and keep what leaves that place."""
    if instruction.flags.get("security") == "insecure" and call.has("--allow"):
        call.emit("grant", "account", "root", reach="system", reversible="with_undo")
    before = len(call.scope.effects)
    place = Place(here=False, name="docker/build", environment="development", reach="remote")
    scope = call.scope
    call.scope = scope.having(place=place, authorship=world.authorship)
    try:
        if instruction.words:
            call.run([Word((word,)) for word in instruction.words])
        else:
            for code in instruction.documents or (instruction.text,):
                world.run((code,))
    finally:
        call.scope = scope
    made = scope.effects[before:]
    scope.effects[before:] = [
        effect for effect in made if effect.resource.kind not in _INSIDE or effect.verb in _LEAVES
    ]


def _copy(call: Call, instruction: Instruction, directory: str) -> None:
    words = list(instruction.words) or instruction.text.split()
    for source in words[:-1]:
        if _URL.match(source):
            emit_endpoint("connect", source, call.scope, at=call.command.at)
        elif directory and not any(sign in source for sign in "*?[$<"):
            path = posixpath.normpath(f"{directory}/{source}")
            if path != posixpath.normpath(directory):
                emit_read(path, call.scope, at=call.command.at)
