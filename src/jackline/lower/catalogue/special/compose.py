"""docker compose and devcontainers: what their services get of this machine.

A file that was committed before the session is the project's own word on that; one of this session is asked about.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, Final

from jackline.lower.catalogue.special.docker import HOST_ROOTS, SOCKETS, WIDE_CAPABILITIES, mounted, unknown_command
from jackline.lower.catalogue.special.opening import first_of, not_followed, opened
from jackline.lower.catalogue.special.world import World
from jackline.lower.manifests.compose import services
from jackline.lower.manifests.yamldoc import document, mapping, texts
from jackline.lower.scope import Place
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call
    from jackline.lower.catalogue.special.opening import Opened
    from jackline.lower.manifests.compose import Service

_FILES: Final = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OVERRIDES: Final = (
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
)
_DEVCONTAINERS: Final = (".devcontainer/devcontainer.json", ".devcontainer.json")
_VOUCHED: Final = frozenset({"committed", "installed"})
_COMMENT: Final = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)


def up(call: Call) -> None:
    """Start services: those that are named, else all."""
    given = call.values("file")
    paths = [call.path(word) for word in given] or [
        path for names in (_FILES, _OVERRIDES) if (path := first_of(call, names, above=True))
    ]
    wanted = {word.text for word in call.values("service")}
    for path in paths:
        for version in opened(call, path):
            if version.content.authorship not in _VOUCHED:
                _compose(call, version, wanted)


def _compose(call: Call, version: Opened, wanted: set[str | None]) -> None:
    around = call.scope.surroundings

    def variable(name: str) -> str | None:
        given = call.environment.get(name)
        return given.text if given is not None else around.variable(name)

    found = services(version.text, variable)
    if found is None or not found[1]:
        not_followed(call, version.path, version.content.authorship)
    cwd, call.cwd = call.cwd, posixpath.dirname(version.path)
    try:
        for service in found[0] if found is not None else ():
            if not wanted or None in wanted or service.name in wanted:
                _service(call, service, version)
    finally:
        call.cwd = cwd


def _service(call: Call, service: Service, version: Opened) -> None:
    mounts = [(call.path(Word((source,))), target or source, read_only) for source, target, read_only in service.binds]
    wide = (
        service.privileged
        or bool(service.shared or service.devices)
        or bool({name.upper().removeprefix("CAP_") for name in service.capabilities} & WIDE_CAPABILITIES)
        or any("*" in source or source in HOST_ROOTS or source.startswith(SOCKETS) for source, _, _ in mounts)
    )
    if wide:
        call.emit("grant", "account", "root", reach="system", reversible="with_undo")
    for port in service.ports:
        call.emit("create", "infrastructure", f"docker/port/{port}", reversible="with_undo")
    call.emit(
        "execute",
        "process",
        f"docker:{service.image or service.name}",
        reach="remote",
        authorship=version.content.authorship,
    )
    words = _words(service)
    if words is None:
        unknown_command(call, service.image or service.name, mounts, wide=wide)
        return
    before = len(call.scope.effects)
    place = Place(here=False, name=f"docker/{service.name}", environment="development", reach="remote",
                  mounts=tuple((source, target) for source, target, _ in mounts))  # fmt: skip
    call.run([Word((word,)) for word in words], call.inner(place=place))
    mounted(call, before, mounts)


def _words(service: Service) -> list[str] | None:
    """The command, where the file says it."""
    parts = [part for part in (service.entrypoint, service.command) if part]
    if not parts:
        return None
    if any(isinstance(part, str) for part in parts):
        return ["sh", "-c", " ".join(part if isinstance(part, str) else " ".join(part) for part in parts)]
    return [word for part in parts for word in part]


def devcontainer(call: Call) -> None:
    """`initializeCommand` runs on this machine; `runArgs` are docker's."""
    folder = call.value("workspace-folder")
    cwd = call.cwd
    call.cwd = call.path(folder) if folder is not None else cwd
    path = first_of(call, _DEVCONTAINERS)
    for version in opened(call, path) if path else ():
        whole: dict[str, Any] = mapping(document(_COMMENT.sub(lambda match: match[1] or "", version.text)))
        if not whole:
            not_followed(call, version.path, version.content.authorship)
        world = World(call, version.content.authorship, version.path, version.content.digest)
        command = whole.get("initializeCommand")
        for one in mapping(command).values() if isinstance(command, dict) else [command]:
            if isinstance(one, str):
                world.run((one,))
            elif isinstance(one, list) and one:
                call.run([Word((word,)) for word in texts(one)])
        if version.content.authorship not in _VOUCHED and (
            whole.get("runArgs") or whole.get("mounts") or whole.get("privileged")
        ):
            arguments = [Word((word,)) for word in texts(whole.get("runArgs"))]
            mounts = [Word((word,)) for mount in texts(whole.get("mounts")) for word in ("--mount", mount)]
            call.run(
                [
                    Word(("docker",)),
                    Word(("run",)),
                    *arguments,
                    *mounts,
                    Word((str(whole.get("image", "devcontainer")),)),
                ]
            )
    call.cwd = cwd
