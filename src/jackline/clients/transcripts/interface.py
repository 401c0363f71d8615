"""The contract between what a client left on disk and whoever replays it: what every source reads, and what it yields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final, Protocol

from msgspec import Struct, field

from jackline.core.history import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MAX_EXAMPLES: Final = 8
"""How many of a file's damaged places are named; the others are only counted."""


class Header(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A session begins, or more of it became known (the later one counts, where it says something).

    `project` is the directory that the agent worked in, "" where the transcript does not say. `parent` is the session
    of the agent that started this one. `resumes` is a session whose beginning this one shares: what both have is
    yielded once, under the first. `at` is microseconds since the epoch. `line` is where it stands in its file.
    """

    session: str
    client: str
    version: str = ""
    project: str = ""
    title: str = ""
    parent: str = ""
    resumes: str = ""
    model: str = ""
    at: int = 0
    line: int = 0


class Damage(Struct, kw_only=True, rename="camel", omit_defaults=True):
    """What could not be read, counted honestly. One per file or for all: counts add up.

    `places` are lines (or members, or messages), `bytes` their size where it is known. `reasons` says why, and how
    often. `examples` are the first places, as `FILE:LINE: why`. `newer` says where a format is newer than was tested.
    """

    places: int = 0
    bytes: int = 0
    files: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    newer: set[str] = field(default_factory=set)

    def lost(self, why: str, path: object, line: int = 0, size: int = 0) -> None:
        """One place could not be read."""
        self.places += 1
        self.bytes += size
        self._name(why, f"{path}:{line}: {why}" if line else f"{path}: {why}")

    def unread(self, why: str, path: object, size: int = 0) -> None:
        """A whole file could not be read, or the rest of it."""
        self.files += 1
        self.bytes += size
        self._name(why, f"{path}: {why}")

    def add(self, other: Damage) -> None:
        """Count another file's damage too."""
        self.places += other.places
        self.bytes += other.bytes
        self.files += other.files
        for why, count in other.reasons.items():
            self.reasons[why] = self.reasons.get(why, 0) + count
        self.examples.extend(other.examples[: MAX_EXAMPLES - len(self.examples)])
        self.newer |= other.newer

    def _name(self, why: str, example: str) -> None:
        self.reasons[why] = self.reasons.get(why, 0) + 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(example)


class Found(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One unit of work: the files that must be read together and in this order, and the source that reads them.

    Usually one file; where sub-agents or the continuations of a session have files of their own, those stand after it.
    `size` is in bytes, `modified` nanoseconds since the epoch (the latest): both change when the transcript does.
    A large file whose lines have nothing to do with each other is several units: from byte `start`, where line `line`
    begins, to byte `end` (0: the file's).
    """

    paths: tuple[str, ...]
    source: str
    size: int = 0
    modified: int = 0
    start: int = 0
    end: int = 0
    line: int = 1


Entry = Header | Turn
"""What reading yields, in the order of events within each session. A session's first entry is its `Header`."""


class Rows(Protocol):
    """Reads another program's database; `ledger.foreign.rows` is the one that there is. Only the ledger knows SQLite."""

    def __call__(self, path: Path, statement: str, parameters: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of one SELECT over the database at `path`, opened for reading only. Raises `LedgerError`."""


class Tie(Struct, frozen=True):
    """What ties files together: files that share a key are read as one unit, those of a lower rank first, and of those
    the one that began first (microseconds since the epoch)."""

    keys: tuple[str, ...] = ()
    rank: int = 0
    began: int = 0


UNTIED: Final = Tie()


class Source(Protocol):
    """One format. Reading never raises for what stands in a file: what cannot be read is counted."""

    name: ClassVar[str]

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """The usual places (files or folders, whether or not they exist)."""

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether a file that begins so is one of this source's."""

    def tie(self, head: bytes, path: Path) -> Tie:
        """What this file belongs together with."""

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """What one file says, in order. Reads no further than the file's size at the start.

        A source may remember, within one unit, what it has yielded: `open_unit` makes a new one for each.
        """


class Database(Protocol):
    """A format that is a database, beside being a `Source`."""

    def read_rows(self, rows: Rows, path: Path, damage: Damage) -> Iterator[Entry]:
        """What the database at `path` says, in order."""
