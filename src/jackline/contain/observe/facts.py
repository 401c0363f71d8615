"""The facts of one action: bounded, and alike ones folded into one that counts."""

from __future__ import annotations

import threading
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

MAX_FACTS: Final = 1000
"""How many different ones are kept between two reports; the others are counted."""
MAX_TEXT: Final = 256 * 1024
"""How many characters of paths and arguments they may have together."""

Part = Literal["process", "path", "argv", "binary", "address"]
"""What could not be read: `binary` is the file's content, which is not there, not to be read, or too large."""


class Process(Struct, frozen=True, omit_defaults=True):
    """A program that was executed, as it was asked for. `path` is as the program gave it, made absolute; `digest` the
    SHA-256 of what stood there. `cut`: it had more arguments than are shown. `absent`: nothing was found at the path, so
    most likely nothing was executed (a search along PATH). `first`: it is the sandbox's own program, not one that it
    started. Numbers are the host's; `times` is how often the same was seen, and the numbers are the first one's."""

    pid: int
    parent: int
    path: str
    argv: tuple[str, ...] = ()
    digest: str = ""
    cut: bool = False
    absent: bool = False
    first: bool = False
    unread: tuple[Part, ...] = ()
    times: int = 1


class Connection(Struct, frozen=True, omit_defaults=True):
    """A connect(2) that was tried. `address` is a path where `family` is "unix" (`@` begins an abstract one)."""

    pid: int
    family: str
    address: str = ""
    port: int = 0
    unread: tuple[Part, ...] = ()
    times: int = 1


Fact = Process | Connection


class Seen(Struct, frozen=True):
    """What was seen since the last look. `unseen` counts what was past the bounds."""

    processes: tuple[Process, ...] = ()
    connections: tuple[Connection, ...] = ()
    unseen: int = 0

    def __bool__(self) -> bool:
        return bool(self.processes or self.connections or self.unseen)


class Facts:
    """Where they are gathered. Safe to use from several threads."""

    def __init__(self, most: int = MAX_FACTS, text: int = MAX_TEXT) -> None:
        self._most, self._text = most, text
        self._lock = threading.Lock()
        self._begin()

    def add(self, fact: Fact) -> None:
        """Keep it, or count it."""
        key = _alike(fact)
        with self._lock:
            if key in self._found:
                known, times = self._found[key]
                self._found[key] = known, times + 1
            elif len(self._found) < self._most and self._used + (size := _size(fact)) <= self._text:
                self._used += size
                self._found[key] = fact, 1
            else:
                self._unseen += 1

    def take(self) -> Seen:
        """What was gathered since this was last asked, in the order of its first occurrence."""
        with self._lock:
            found = [fact if times == 1 else replace(fact, times=times) for fact, times in self._found.values()]
            unseen = self._unseen
            self._begin()
        processes = tuple(each for each in found if isinstance(each, Process))
        connections = tuple(each for each in found if isinstance(each, Connection))
        return Seen(processes, connections, unseen)

    def _begin(self) -> None:
        self._found: dict[Fact, tuple[Fact, int]] = {}
        self._used = self._unseen = 0


def _alike(fact: Fact) -> Fact:
    """The fact without what differs from one occurrence to the next."""
    return replace(fact, pid=0, parent=0) if isinstance(fact, Process) else replace(fact, pid=0)


def _size(fact: Fact) -> int:
    if isinstance(fact, Process):
        return len(fact.path) + sum(map(len, fact.argv))
    return len(fact.address)
