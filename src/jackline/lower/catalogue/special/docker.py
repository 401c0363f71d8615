"""docker(1): what a container may reach here, and acts inside it on directories that are mounted from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.effect import ANY, Effect
from jackline.lower.catalogue.endpoints import emit_endpoint
from jackline.lower.catalogue.handing import emit_mining
from jackline.lower.files import emit_delete, emit_read, emit_write
from jackline.lower.places.paths import normal
from jackline.lower.scope import Place
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.core.words import Label
    from jackline.lower.catalogue.call import Call

SOCKETS: Final = ("/var/run/docker.sock", "/run/docker.sock", "/run/podman", "/run/containerd")
_UPLOAD: Final[frozenset[Label]] = frozenset({"upload"})
HOST_ROOTS: Final = frozenset(
    {"/", "/etc", "/root", "/home", "/proc", "/sys", "/dev", "/boot", "/usr", "/var", "/var/lib"}
)
WIDE_CAPABILITIES: Final = frozenset({"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "DAC_OVERRIDE", "DAC_READ_SEARCH", "SYS_RAWIO",
                                       "BPF", "NET_ADMIN"})  # fmt: skip


def run(call: Call) -> None:
    """A container with what it is given, then its command."""
    image = call.value("image")
    if image is None:
        return
    name = "".join(part if isinstance(part, str) else "*" for part in image.parts)
    mounts = [
        mount for given in [*call.values("volume"), *call.values("mount")] if (mount := _mount(call, given)) is not None
    ]
    wide = _privileged(call, mounts)
    if wide:
        call.emit("grant", "account", "root", at=call.command.at, reach="system", reversible="with_undo")
    for port in call.values("publish"):
        _published(call, port)
    call.emit("execute", "process", f"docker:{name}", at=call.at(image), reach="remote", authorship="installed")
    emit_mining(name, tuple(call.operands.get("argv", ())), call.scope, call.at(image))
    if call.node.path[-1] == "create" and not wide:
        return
    place = Place(
        here=False,
        name=f"docker/{name}",
        environment=call.environment_of("infrastructure", f"docker/{name}"),
        reach="remote",
        mounts=tuple((source, target) for source, target, _ in mounts),
    )
    entry = call.value("entrypoint")
    words = [*([entry] if entry is not None and entry.text else []), *call.operands.get("argv", [])]
    if not words:
        unknown_command(call, name, mounts, wide=wide)
        return
    before = len(call.scope.effects)
    inner = call.inner(place=place)
    inner.cwd = call.text("workdir") or inner.cwd
    call.output = call.run(words, inner)
    mounted(call, before, mounts)
    if any(effect.verb == "opaque" for effect in call.scope.effects[before:]):
        unknown_command(call, name, mounts, wide=wide)


def _privileged(call: Call, mounts: list[tuple[str, str, bool]]) -> bool:
    capabilities = {(word.text or "ALL").upper().removeprefix("CAP_") for word in call.values("cap-add")}
    return (
        call.may_have("--privileged")
        or any(call.text(option) == "host" for option in ("pid", "userns", "ipc"))
        or bool(capabilities & WIDE_CAPABILITIES)
        or call.has("--device")
        or any(source in HOST_ROOTS or source.startswith(SOCKETS) for source, _, _ in mounts)
    )


def _mount(call: Call, given: Word) -> tuple[str, str, bool] | None:
    """The path here, the path inside and whether it is read-only; None for a named volume."""
    text = "".join(part if isinstance(part, str) else "*" for part in given.parts)
    if "target=" in text or "type=" in text or "dst=" in text:
        fields = dict(part.partition("=")[::2] for part in text.split(","))
        source, target = (
            fields.get("source", fields.get("src", "")),
            fields.get("target", fields.get("destination", fields.get("dst", ""))),
        )
        if fields.get("type") != "bind":
            return None
        return call.path(Word((source,))), target, "readonly" in fields or "ro" in fields
    source, colon, rest = text.partition(":")
    if not colon or not (source.startswith(("/", ".", "~", "*", "$"))):
        return None
    target, _, options = rest.partition(":")
    return call.path(Word((source,))), target or source, "ro" in options.split(",")


def _published(call: Call, port: Word) -> None:
    text = (port.text or "*").partition("/")[0]
    pieces = text.split(":")
    host, outer = ("0.0.0.0", pieces[0]) if len(pieces) < 3 else (pieces[0], pieces[1])  # noqa: PLR2004, S104
    call.emit("create", "infrastructure", f"docker/port/{host}:{outer}", at=call.at(port), reversible="with_undo")


def unknown_command(call: Call, name: str, mounts: list[tuple[str, str, bool]], *, wide: bool) -> None:
    """The image's own command: bounded by its container, unless that reaches out."""
    if wide:
        call.scope.opaque(f"docker:{name}", at=call.command.at, authorship="unknown")
        return
    for source, _, read_only in mounts:
        if read_only:
            emit_read(source, call.scope, at=call.command.at)
        else:
            emit_write(source, call.scope.possible(), appended=True, at=call.command.at)


def mounted(call: Call, before: int, mounts: list[tuple[str, str, bool]]) -> None:
    """What was done inside to a mounted directory is done here."""
    effects = call.scope.effects
    inside = effects[before:]
    del effects[before:]
    for effect in inside:
        path = _outside(effect, mounts)
        if path is None:
            effects.append(effect)
        elif effect.verb == "read":
            emit_read(path, call.scope, at=call.command.at)
        elif effect.verb == "delete":
            emit_delete(path, call.scope, recursive="tree" in effect.resource.labels, at=call.command.at)
        else:
            emit_write(
                path, call.scope, recursive=effect.extent == ANY, appended=effect.reversible != "no", at=call.command.at
            )


def _outside(effect: Effect, mounts: list[tuple[str, str, bool]]) -> str | None:
    resource = effect.resource
    if resource.kind not in {"file", "device"} or resource.reach != "remote":
        return None
    for source, target, read_only in mounts:
        inside = target.rstrip("/")
        above = inside.startswith(resource.name.rstrip("/") + "/") and "tree" in resource.labels
        if read_only and effect.verb != "read":
            continue
        if resource.name == inside or resource.name.startswith(inside + "/"):
            return normal(source + resource.name[len(inside) :])
        if above:
            return source
    return None


def copy(call: Call) -> None:
    """`docker cp` between a container and here; the image commands change only the daemon."""
    if call.command_words()[-1] != "cp":
        if call.command_words()[-1] in {"tag", "commit", "load", "import"}:
            call.emit(
                "create",
                "infrastructure",
                f"docker/image/{call.text('target') or call.text('source') or '*'}",
                reversible="with_undo",
            )
            if not call.scope.place.here and not call.command.stdin.empty:
                emit_endpoint("send", call.scope.place.name, call.scope, at=call.command.at, labels=_UPLOAD)
            if call.command.stdin.fetched and call.command_words()[-1] in {"load", "import"}:
                call.scope.opaque(call.command.stdin.fetched, at=call.command.at, authorship="fetched")
        return
    source, target = call.value("source"), call.value("target")
    if source is None or target is None:
        return
    if ":" in target.prefix:
        call.read(source, recursive=True)
        call.emit(
            "modify",
            "infrastructure",
            f"docker/container/{target.prefix.partition(':')[0]}",
            at=call.at(target),
            reversible="with_undo",
        )
    elif ":" in source.prefix:
        call.write(target)
