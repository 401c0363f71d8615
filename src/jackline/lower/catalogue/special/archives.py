"""tar(1): what is packed, where it is unpacked, and the commands that its options run; gzip(1) and its like."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.arguments import drop
from jackline.lower.catalogue.endpoints import emit_endpoint
from jackline.lower.files import emit_move, emit_read, emit_write
from jackline.lower.places import resolve

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call
    from jackline.lower.word import Word

_SUFFIXES: Final = (".gz", ".tgz", ".bz2", ".xz", ".lzma", ".zst", ".lz4", ".lz", ".lzo", ".Z", ".br", ".rz")
_EXPANDING: Final = ("gun", "bun", "un")
_KEEPING: Final = frozenset({"zstd", "unzstd", "zstdmt", "pzstd", "lz4", "brotli"})
"""Programs that leave the file where it is, unless they are told to remove it."""


def compress(call: Call) -> None:
    """Each file is replaced by its compressed (or expanded) form: as good as renamed, for nothing in it is lost."""
    if call.has("-c") or call.has("-l") or call.has("-t") or call.has("--output"):
        for given in call.values("path"):
            call.read(given, recursive=call.may_have("-r"))
        return
    expands = call.may_have("-d") or call.program.startswith(_EXPANDING)
    kept = call.has("-k") or (call.program in _KEEPING and not call.may_have("--rm"))
    for given in call.values("path"):
        path, at = call.path(given), call.at(given)
        if call.may_have("-r") and call.scope.surroundings.file(path).kind != "file":
            emit_read(path, call.scope, recursive=True, at=at)
            emit_move(path, path, call.scope, at=at)
            emit_write(path, call.scope, recursive=True, at=at)
            continue
        emit_read(path, call.scope, at=at)
        if kept:
            emit_write(_renamed(path, expands=expands), call.scope, at=at)
        else:
            emit_move(path, _renamed(path, expands=expands), call.scope, at=at)


def _renamed(path: str, *, expands: bool) -> str:
    """The file's name afterwards; a `*` where its suffix is not known."""
    if not expands:
        return f"{path}.*"
    stem, suffix = posixpath.splitext(path)
    return stem if suffix in _SUFFIXES else f"{path}*"


def tar(call: Call) -> None:
    """`-C` counts for the members, not for the archive itself."""
    _checkpoints(call)
    directory = call.cwd
    for given in call.values("directory"):
        directory = resolve(given, directory, call.scope)
    archive = call.value("file")
    if (
        archive is not None
        and ":" in archive.prefix
        and "/" not in archive.prefix.partition(":")[0]
        and not call.has("--force-local")
    ):
        emit_endpoint("connect", archive.prefix.partition(":")[0], call.scope, at=call.at(archive))
        archive = None
    if call.has("-c") or call.has("-r") or call.has("-u") or call.has("-A"):
        _pack(call, archive, directory)
    elif call.has("-x"):
        _unpack(call, archive, directory)
    elif call.has("--delete") and archive is not None:
        call.write(archive, appended=True)
    elif archive is not None:
        call.read(archive)


def _pack(call: Call, archive: Word | None, directory: str) -> None:
    members = call.values("member")
    for member in members:
        emit_read(resolve(member, directory, call.scope), call.scope, recursive=True, at=call.at(member))
    if archive is not None:
        call.write(archive, appended=not call.has("-c"))
    if call.may_have("--remove-files"):
        call.cwd, saved = directory, call.cwd
        for member in members:
            call.delete(member, recursive=True)
        call.cwd = saved


def _unpack(call: Call, archive: Word | None, directory: str) -> None:
    if archive is not None:
        call.read(archive)
    if call.has("-O") or call.has("--to-command"):
        return
    at = call.at(call.value("directory"))
    if call.may_have("-P"):
        emit_write("/", call.scope.possible(), recursive=True, at=at)
    emit_write(directory, call.scope, recursive=True, at=at)
    fetched = bool(call.command.stdin.fetched) or (archive is not None and _fetched(call, archive))
    call.scope.overlay.unknown(directory, "fetched" if fetched else "unknown", tree=True)


def _fetched(call: Call, archive: Word) -> bool:
    path = call.path(archive)
    written = call.scope.overlay.find(path)
    authorship = written.authorship if written is not None else call.scope.surroundings.authorship(path)
    return authorship == "fetched"


def _checkpoints(call: Call) -> None:
    for action in call.values("checkpoint-action"):
        if action.prefix.startswith("exec="):
            call.code("shell", drop(action, len("exec=")))
        elif action.text is None:
            call.scope.opaque(f"tar action {action.shown}", at=call.at(action), authorship="unknown")
