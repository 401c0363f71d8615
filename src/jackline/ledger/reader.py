"""Reading: events in order, sessions, one action whole. Any number of readers, while the guard writes.

Rows are fetched in pages, each its own short read, so that a slow reader neither holds the whole ledger in memory nor
keeps SQLite from moving the write-ahead log into the file.
"""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Self

from jackline.core.codec import decode
from jackline.core.errors import LedgerError, UsageError, WireError
from jackline.core.event import Event
from jackline.ledger.chain import Entry
from jackline.ledger.prepare import bounded_head
from jackline.ledger.schema import explained, open_reader
from jackline.ledger.summary import ActionRecord, SessionSummary, gather, summarise
from jackline.ledger.verify import Report, verify

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Collection, Iterator, Sequence

    from jackline.ledger.checkpoint import Anchor
    from jackline.ledger.keys import KeyStore

PAGE: Final = 256
MAX_CHOICES: Final = 8
_COLUMNS: Final = "sequence, at, kind, session, action, client, body, hash"
_LAST_CHARACTER: Final = "\U0010ffff"


class Filter(NamedTuple):
    """Which entries are wanted. Empty means any; `since` is microseconds since the epoch."""

    session: str = ""
    action: str = ""
    kinds: Collection[str] = ()
    since: int = 0

    def where(self) -> tuple[str, list[object]]:
        """The condition in SQL, and its values."""
        conditions, values = ["1"], list[object]()
        for column, wanted in (("session", self.session), ("action", self.action)):
            if wanted:
                conditions.append(f"{column} = ?" if column != "action" else "action = ? AND action <> ''")
                values.append(bounded_head(wanted))
        if self.kinds:
            conditions.append(f"kind IN ({', '.join('?' * len(self.kinds))})")
            values += sorted(self.kinds)
        if self.since:
            conditions.append("at >= ?")
            values.append(self.since)
        return " AND ".join(conditions), values


class Reader:
    """A ledger that is read. All methods raise `LedgerError` where the file cannot be read."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._reading = connection
        self._reading_lock = threading.Lock()

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """The ledger at `path`, which must exist. Raises `LedgerError`."""
        return cls(Path(path), open_reader(Path(path)))

    def close(self) -> None:
        """Let go of the file."""
        with self._reading_lock:
            self._reading.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def entries(self, *, wanted: Filter | None = None, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Entries with their hashes, in order, from the one behind `after`: what shipping and replay read."""
        where, values = (wanted or Filter()).where()
        query = f"SELECT {_COLUMNS} FROM entry WHERE {where} AND sequence > ? ORDER BY sequence LIMIT ?"  # noqa: S608 - the condition is ours, values are bound
        left = limit
        while left is None or left > 0:
            page = self._fetch(query, [*values, after, PAGE if left is None else min(PAGE, left)])
            for row in page:
                yield Entry(*row)
            if not page:
                return
            if not after < page[-1][0]:
                message = f"the ledger {self.path} gives its entries out of order: its file is damaged; run `jackline log verify`"
                raise LedgerError(message)
            after = page[-1][0]
            left = None if left is None else left - len(page)

    def events(
        self,
        *,
        session: str = "",
        action: str = "",
        kinds: Collection[str] = (),
        since: int = 0,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[tuple[int, Event]]:
        """Events with their numbers, in order, from the one behind `after`."""
        for entry in self.entries(wanted=Filter(session, action, kinds, since), after=after, limit=limit):
            yield entry.sequence, _event(entry)

    def last(
        self, count: int, *, session: str = "", action: str = "", kinds: Collection[str] = (), since: int = 0
    ) -> list[tuple[int, Event]]:
        """The last `count` events that fit, in order."""
        where, values = Filter(session, action, kinds, since).where()
        query = f"SELECT {_COLUMNS} FROM entry WHERE {where} ORDER BY sequence DESC LIMIT ?"  # noqa: S608 - see `entries`
        found: deque[tuple[int, Event]] = deque()
        for row in self._fetch(query, [*values, count]):
            entry = Entry(*row)
            found.appendleft((entry.sequence, _event(entry)))
        return list(found)

    def count(self) -> int:
        """The number of the last entry."""
        return int(self._fetch("SELECT coalesce(max(sequence), 0) FROM entry", [])[0][0])

    def sessions(self, limit: int = 20) -> list[SessionSummary]:
        """The last `limit` sessions, newest first."""
        query = "SELECT session FROM entry WHERE session <> '' GROUP BY session ORDER BY max(sequence) DESC LIMIT ?"
        names = [str(row[0]) for row in self._fetch(query, [limit])]
        return [self.session(name) for name in names]

    def session(self, session: str) -> SessionSummary:
        """One session in a line."""
        return summarise(session, (event for _, event in self.events(session=session)))

    def actions(self, session: str) -> list[str]:
        """The IDs of a session's actions, in the order in which they were asked."""
        query = "SELECT action FROM entry WHERE session = ? AND action <> '' GROUP BY action ORDER BY min(sequence)"
        return [str(row[0]) for row in self._fetch(query, [bounded_head(session)])]

    def action(self, action: str) -> ActionRecord:
        """One action whole. Raises `UsageError` where the ledger has none of that ID."""
        found = list(self.events(action=action))
        if not found:
            raise _unknown(action)
        return gather(action, found)

    def find(self, prefix: str) -> tuple[Literal["action", "session"], str]:
        """The action or session that an ID, its beginning, or what was held under it (`H7`) names.

        Raises `UsageError` where there is none, or more than one.
        """
        if not prefix:
            raise _unknown(prefix)
        whole: Literal["action", "session"]
        for whole, column in (("action", "action"), ("session", "session")):
            for spelt in dict.fromkeys((prefix, prefix.upper())):
                found = self._starting(column, spelt)
                if spelt in found:
                    return whole, spelt
                if len(found) > 1:
                    raise _ambiguous(prefix, found)
                if found:
                    return whole, found[0]
        held = self._held(prefix.upper())
        if held:
            return "action", held
        raise _unknown(prefix)

    def verify(self, anchors: Sequence[Anchor] = (), keys: KeyStore | None = None) -> Report:
        """Hold the whole ledger against its chain, its checkpoints, the key (where given) and the anchors."""
        return verify(self.path, anchors, keys)

    def _starting(self, column: str, prefix: str) -> list[str]:
        query = (
            f"SELECT DISTINCT {column} FROM entry WHERE {column} >= ? AND {column} < ? AND {column} <> '' "  # noqa: S608 - one of two names
            f"ORDER BY {column} LIMIT ?"
        )
        return [str(row[0]) for row in self._fetch(query, [prefix, prefix + _LAST_CHARACTER, MAX_CHOICES])]

    def _held(self, name: str) -> str:
        for _, event in self.last(PAGE, kinds=("held",)):
            if name in {event.data.get("id"), event.data.get("held")}:
                return event.action
        return ""

    def _fetch(self, query: str, values: list[object]) -> list[tuple[Any, ...]]:
        with explained(self.path, "read"), self._reading_lock:
            return self._reading.execute(query, values).fetchall()


def _event(entry: Entry) -> Event:
    try:
        return decode(entry.body, Event)
    except WireError as error:
        message = f"entry {entry.sequence} is {error}; run `jackline log verify`"
        raise LedgerError(message) from error


def _unknown(given: str) -> UsageError:
    return UsageError(
        f"nothing in the ledger has an ID that begins with `{given}`; `jackline sessions` and `jackline log` list them"
    )


def _ambiguous(prefix: str, found: list[str]) -> UsageError:
    shown = ", ".join(f"`{name}`" for name in found)
    more = ", …" if len(found) == MAX_CHOICES else ""
    return UsageError(f"`{prefix}` is the beginning of more than one ID: {shown}{more}; give more of it")
