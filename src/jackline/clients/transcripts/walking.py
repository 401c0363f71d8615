"""Finding transcripts: folders are walked without following links, and only regular files are ever opened."""

from __future__ import annotations

import os
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.clients.transcripts.interface import Found, Tie
from jackline.clients.transcripts.opening import opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jackline.clients.transcripts.interface import Damage, Source

HEAD: Final = 64 * 1024
"""Bytes of a file by which its format is told."""

MAX_DEPTH: Final = 16
MAX_FILES: Final = 1_000_000
SUFFIXES: Final = frozenset({".jsonl", ".json", ".ndjson", ".eval", ".db"})
"""What is looked at in a folder; a file that is named may have any name."""


class _Seen(Struct, frozen=True):
    """A file that a source recognised."""

    path: Path
    source: str
    size: int
    modified: int
    tie: Tie


def walk(start: Path, damage: Damage) -> Iterator[Path]:
    """The files that may be transcripts beneath a folder, or the file that is named, sorted; links are left alone.

    The start itself may be a link: the user named it, or keeps a client's folder elsewhere.
    """
    try:
        start = start.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return
    if not start.is_dir():
        yield start
        return
    left = MAX_FILES
    pending = [(start, 0)]
    while pending:
        folder, depth = pending.pop()
        inner: list[tuple[Path, int]] = []
        for entry in _entries(folder, damage):
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH:
                    inner.append((Path(entry.path), depth + 1))
                else:
                    damage.unread(f"a folder more than {MAX_DEPTH} deep", entry.path)
            elif entry.is_file(follow_symlinks=False) and os.path.splitext(entry.name)[1] in SUFFIXES:
                left -= 1
                if left < 0:
                    damage.unread(f"there are more than {MAX_FILES} files", start)
                    return
                yield Path(entry.path)
        pending.extend(reversed(inner))


def _entries(folder: Path, damage: Damage) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=attrgetter("name"))
    except OSError as error:
        damage.unread(f"the folder cannot be read: {error.strerror}", folder)
        return []


def units(files: Iterable[Path], sources: Sequence[Source], damage: Damage, *, named: bool) -> Iterator[Found]:
    """The files that a source recognises, those that belong together in one unit. `named`: the user gave the file
    itself, so one that nobody recognises is said."""
    tied: list[_Seen] = []
    for path in files:
        seen = _seen(path, sources, damage, named=named)
        if seen is not None and seen.tie.keys:
            tied.append(seen)
        elif seen is not None:
            yield _unit([seen])
    for group in _joined(tied):
        yield _unit(sorted(group, key=lambda seen: (seen.tie.rank, seen.tie.began, seen.modified, seen.path)))


def _unit(files: list[_Seen]) -> Found:
    return Found(
        paths=tuple(str(seen.path) for seen in files),
        source=files[0].source,
        size=sum(seen.size for seen in files),
        modified=max(seen.modified for seen in files),
    )


def _seen(path: Path, sources: Sequence[Source], damage: Damage, *, named: bool) -> _Seen | None:
    try:
        with opened(path) as file:
            status = os.fstat(file.fileno())
            head = file.read(HEAD)
    except (OSError, ValueError) as error:
        damage.unread(f"it cannot be opened: {getattr(error, 'strerror', None) or error}", path)
        return None
    source = next((one for one in sources if one.recognises(head, path)), None)
    if source is None:
        if named:
            damage.unread("no transcript of a form that is known", path, status.st_size)
        return None
    size, modified = _with_log(path, status)
    return _Seen(path, source.name, size, modified, source.tie(head, path))


def _with_log(path: Path, status: os.stat_result) -> tuple[int, int]:
    """Size and time of a file; what a database has not folded in yet lies in a log beside it."""
    try:
        log = os.stat(f"{path}-wal", follow_symlinks=False)
    except OSError:
        return status.st_size, status.st_mtime_ns
    return status.st_size + log.st_size, max(status.st_mtime_ns, log.st_mtime_ns)


def _joined(seen: list[_Seen]) -> Iterator[list[_Seen]]:
    """Groups of files that share keys, directly or through others."""
    groups: dict[int, list[int]] = {}
    group_of: dict[tuple[str, str], int] = {}
    for index, file in enumerate(seen):
        members = [index]
        for key in {group_of[at] for key in file.tie.keys if (at := (file.source, key)) in group_of}:
            members = groups.pop(key) + members
        groups[index] = members
        for member in members:
            group_of.update(((seen[member].source, key), index) for key in seen[member].tie.keys)
    for members in groups.values():
        yield [seen[member] for member in members]
