"""One change as a file: what is to be done, written before it is done, and marks of how far it came.

The lines are a header, the entries, `prepared`, `applied` (or `reverted`), `settled`. A line that is torn by a loss of
power and all after it do not count; without `prepared` nothing was done. So the journal of a publication *is* the history
in which it can be undone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from jackline.contain.view.entry import Entry
from jackline.contain.view.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.contain.view.disk import Disk
    from jackline.contain.view.handles import Root

_SUFFIX: Final = ".change"
_BATCH: Final = 1 << 18


class Header(Struct, frozen=True, tag="change", omit_defaults=True):
    """Whose change it is: `order` counts all changes of a store, `at` is in microseconds since the epoch, `root` is the
    workspace, `stage` the name of the directory in which it is prepared: in the store, or `inside` the workspace, where
    only that is on its file system: `modified` is then the time of the workspace before. `view`: it is a change of a
    session's view, and none of the workspace. `undoes`: the changes that this one takes back."""

    order: int
    root: str
    session: str = ""
    action: str = ""
    at: int = 0
    stage: str = ""
    inside: bool = False
    modified: int = 0
    view: bool = False
    undoes: tuple[int, ...] = ()


class Step(Struct, frozen=True):
    """One exchange: what is staged as `stage` goes to `path`. `inode` is of what is staged, 0 where it is to be absent."""

    path: str
    stage: str
    inode: int


class Prepared(Struct, frozen=True, tag="prepared"):
    """All is staged and on the disk. `folders` are the directories whose own state changes or must stay: before, after."""

    steps: tuple[Step, ...]
    folders: tuple[Entry, ...]


class Conflict(Struct, frozen=True, omit_defaults=True):
    """A path that somebody else changed, too. `ours` was not put there; `theirs` was left. `why` in words."""

    path: str
    why: str
    ours: Node = Node()
    theirs: Node = Node()


class Applied(Struct, frozen=True, tag="applied"):
    """Every step was taken, but for these."""

    conflicts: tuple[Conflict, ...] = ()


class Reverted(Struct, frozen=True, tag="reverted"):
    """Every step was taken back, but for these."""

    conflicts: tuple[Conflict, ...] = ()


class Settled(Struct, frozen=True, tag="settled"):
    """What was displaced, whole, and the versions of conflicts that were not put there: their contents are in the store."""

    before: dict[str, Node]
    kept: dict[str, Node] = {}


class Undone(Struct, frozen=True, tag="undone"):
    """A later change took this one back."""

    by: int


class Closed(Struct, frozen=True, tag="closed"):
    """The staging directory in the workspace is gone, and the workspace bears the time that it had without it."""


Line = Header | Prepared | Applied | Reverted | Settled | Undone | Closed


class _EntryLine(Struct, frozen=True, tag="entry"):
    entry: Entry


_DECODER: Final = msgspec.json.Decoder(Line | _EntryLine)
_ENCODER: Final = msgspec.json.Encoder()


class Change(Struct, frozen=True):
    """A record as it was read: its lines, by their kinds."""

    header: Header
    entries: tuple[Entry, ...]
    prepared: Prepared | None = None
    applied: Applied | None = None
    reverted: Reverted | None = None
    settled: Settled | None = None
    undone: Undone | None = None
    closed: Closed | None = None

    @property
    def done(self) -> tuple[Entry, ...]:
        """The entries that were put there, with their before-images as they were displaced."""
        if self.applied is None:
            return ()
        left = {conflict.path for conflict in self.applied.conflicts}
        before = self.settled.before if self.settled is not None else {}
        return tuple(
            msgspec.structs.replace(entry, before=before.get(entry.path, entry.before))
            for entry in self.entries
            if not _within(entry.path, left)
        )


def _within(path: str, tops: set[str]) -> bool:
    if not tops:
        return False
    return any(path == top or path.startswith(f"{top}/") for top in tops)


class Records:
    """The records of a store, in its directory `changes`."""

    def __init__(self, folder: Root, disk: Disk) -> None:
        self._folder, self._disk = folder, disk

    def begin(self, header: Header) -> tuple[Header, int]:
        """A new record with the next order; returns its header and its descriptor, locked while this process lives."""
        order = max(self.orders(), default=0) + 1
        while True:
            try:
                descriptor = self._disk.create(self._folder.handle, f"{order:012}{_SUFFIX}", 0o600)
            except FileExistsError:
                order += 1
                continue
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            header = msgspec.structs.replace(header, order=order)
            self._disk.write(descriptor, _line(header))
            if header.inside:  # so that no loss of power can forget whose the directory in the workspace is
                self._disk.sync_file(descriptor)
                self._disk.sync_file(self._folder.handle)
            return header, descriptor

    def add_entries(self, descriptor: int, entries: Iterable[Entry]) -> None:
        """Write the entries, in pieces of bounded size."""
        batch = bytearray()
        for entry in entries:
            batch += _line(_EntryLine(entry))
            if len(batch) >= _BATCH:
                self._disk.write(descriptor, bytes(batch))
                batch.clear()
        self._disk.write(descriptor, bytes(batch))

    def mark(self, descriptor: int, line: Line) -> None:
        """Write one mark, and put the record on the disk."""
        self._disk.write(descriptor, _line(line))
        self._disk.sync_file(descriptor)
        if isinstance(line, Prepared):
            self._disk.sync_file(self._folder.handle)

    def add_mark(self, order: int, line: Line) -> None:
        """The same for a record that is closed."""
        descriptor = self.open(order)
        if descriptor is not None:
            try:
                self.mark(descriptor, line)
            finally:
                os.close(descriptor)

    def open(self, order: int) -> int | None:
        """A record to be gone on with, locked; None where a living process has it."""
        descriptor = self._disk.append_to(self._folder.handle, f"{order:012}{_SUFFIX}")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def cut(self, descriptor: int, order: int) -> None:
        """Take away a torn line at the end, so that the next mark begins a line of its own."""
        data = self._bytes(order)
        end = sum(len(line) for line, _ in _whole_lines(data))
        if end < len(data):
            self._disk.resize(descriptor, end)

    def orders(self) -> list[int]:
        """The orders of all records, in order."""
        names = os.listdir(self._folder.handle)
        return sorted(int(name[: -len(_SUFFIX)]) for name in names if name.endswith(_SUFFIX))

    def read(self, order: int) -> Change | None:
        """One record; None where not even its header is whole, or it is gone."""
        try:
            data = self._bytes(order)
        except FileNotFoundError:
            return None
        header: Header | None = None
        entries: list[Entry] = []
        marks: dict[str, Any] = {}
        for _, line in _whole_lines(data):
            if isinstance(line, _EntryLine):
                entries.append(line.entry)
            elif isinstance(line, Header):
                header = line
            else:
                marks[type(line).__name__.lower()] = line
        return Change(header, tuple(entries), **marks) if header is not None else None

    def all(self) -> Iterator[Change]:
        """Every record, in order."""
        for order in self.orders():
            change = self.read(order)
            if change is not None:
                yield change

    def remove(self, order: int) -> None:
        """Forget one."""
        with contextlib.suppress(FileNotFoundError):
            self._disk.unlink(self._folder.handle, f"{order:012}{_SUFFIX}")

    def _bytes(self, order: int) -> bytes:
        descriptor = os.open(f"{order:012}{_SUFFIX}", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._folder.handle)
        with open(descriptor, "rb") as file:
            return file.read()


def _line(line: Line | _EntryLine) -> bytes:
    try:
        return _ENCODER.encode(line) + b"\n"
    except UnicodeEncodeError:  # a name that is no UTF-8: JSON can escape it, which the fast encoder does not
        return json.dumps(msgspec.to_builtins(line)).encode("ascii") + b"\n"


def _whole_lines(data: bytes) -> Iterator[tuple[bytes, Line | _EntryLine]]:
    for line in data.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            return
        try:
            yield line, _DECODER.decode(line)
        except (msgspec.MsgspecError, ValueError):
            try:
                yield line, msgspec.convert(json.loads(line), Line | _EntryLine)
            except (msgspec.MsgspecError, ValueError):
                return
