"""Connecting and disconnecting one client in one scope, with a journal of what stood there before.

The journal is on the disk before a file is touched: after a crash at any point, `connect` again completes the
connection and `disconnect` takes it back. It holds the former bytes (`before-N`), so it is the backup as well.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from jackline.clients.connect import edits, files
from jackline.clients.connect.interface import Outcome
from jackline.core.codec import decode, encode
from jackline.core.errors import ConfigurationError, WireError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.clients.connect.interface import Connector, FileEdits, Place, Programs

ABSENT: Final = ""
"""The digest of a file that is not there."""


class Record(Struct, frozen=True):
    """One file of a connection: what it was (`before`, as a digest, and its bytes beside) and what we made of it."""

    path: str
    before: str
    after: str
    mode: int
    folders: tuple[str, ...] = ()


class Journal(Struct, frozen=True):
    """The files of a connection, in the order in which they were written."""

    client: str
    scope: str
    records: tuple[Record, ...]


Standing = Literal["connected", "changed", "none"]
"""`changed`: our entries are there, but a file is not as `connect` would leave it now."""


class Change(Struct, frozen=True):
    """What happened to one file."""

    path: str
    outcome: Outcome


def connect(connector: Connector, place: Place, programs: Programs) -> tuple[Change, ...]:
    """Write the connection. All files are read, and all new contents made, before the first is written.

    Raises `ConfigurationError` where a file cannot be read as what it should be; then nothing was changed.
    """
    wanted = connector.wanted(place, programs)
    folder = Path(place.folder(connector.name))
    journal = _load(folder)
    plans = _plans(folder, journal, wanted, place)
    if all(plan.unchanged for plan in plans) and journal is not None:
        return tuple(Change(plan.found.path, "unchanged") for plan in plans)
    made = [files.make_folders(plan.found.path, place.scope) for plan in plans]
    records = tuple(plan.record(journal, new) for plan, new in zip(plans, made, strict=True))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700 if place.scope == "user" else 0o755)
    _save(folder, Journal(connector.name, place.scope, records), [plan.base for plan in plans])
    for plan in plans:
        if not plan.unchanged:
            files.replace(plan.found, plan.content, plan.mode)
    return tuple(Change(plan.found.path, "unchanged" if plan.unchanged else "written") for plan in plans)


def disconnect(connector: Connector, place: Place, programs: Programs) -> tuple[Change, ...]:
    """Take the connection back: the former bytes where nobody changed the file since, else our entries alone."""
    folder = Path(place.folder(connector.name))
    journal = _load(folder)
    wanted = {each.path: each for each in connector.wanted(place, programs)}
    records = list(enumerate(journal.records if journal else ()))
    # In reverse: a setting goes before the program that it names.
    changes = [_undo(folder, at, record, wanted, place) for at, record in reversed(records)]
    recorded = {change.path for change in changes}
    for each in reversed(wanted.values()):  # a connection whose journal was lost, or that another installation made
        found = files.look(each.path, place.scope, place.project)
        if found.path not in recorded:
            changes.append(_strip(found, each, b"" if each.edits else None))
    shutil.rmtree(folder, ignore_errors=True)
    return tuple(changes)


def standing(connector: Connector, place: Place, programs: Programs) -> Standing:
    """Whether the client is connected, and whether anybody changed its settings since. Changes nothing."""
    folder = Path(place.folder(connector.name))
    wanted = connector.wanted(place, programs)
    plans = _plans(folder, _load(folder), wanted, place)
    if all(plan.unchanged for plan in plans):
        return "connected"
    ours = [
        _stripped(plan.found, each, None) != plan.found.content
        for plan, each in zip(plans, wanted, strict=True)
        if each.edits
    ]
    return "changed" if any(ours) else "none"


class Plan(Struct, frozen=True):
    """One file's future. `base` is what it would be without us: the bytes to go back to (None: no file)."""

    found: files.Found
    base: bytes | None
    content: bytes
    mode: int | None

    @property
    def unchanged(self) -> bool:
        """Whether the file already is as it should be."""
        return self.found.content == self.content and self.mode in {None, self.found.mode}

    def record(self, journal: Journal | None, folders: tuple[str, ...]) -> Record:
        """The journal's entry, with the folders that an earlier connection made."""
        earlier = _earlier(journal, self.found.path)
        kept = earlier.folders if earlier is not None else ()
        mode = self.found.mode if earlier is None else earlier.mode
        return Record(self.found.path, _digest(self.base), _digest(self.content), mode, kept + folders)


def _plans(folder: Path, journal: Journal | None, wanted: tuple[FileEdits, ...], place: Place) -> list[Plan]:
    """Every file's future, each made in the knowledge of those before it."""
    planned: dict[str, str] = {}
    plans = []
    for each in wanted:
        found = files.look(each.path, place.scope, place.project)
        base = _base(folder, journal, found, each)
        content = each.content.encode() if each.content is not None else _made(found, base, each, planned)
        planned[each.path] = content.decode()
        plans.append(Plan(found, base, content, each.mode))
    return plans


def _made(found: files.Found, base: bytes | None, wanted: FileEdits, planned: dict[str, str]) -> bytes:
    return _edited(found, base, lambda text: edits.make(text, wanted.edits, planned))


def _base(folder: Path, journal: Journal | None, found: files.Found, wanted: FileEdits) -> bytes | None:
    """The file without us: what the journal kept if the file is as we left it, else the file less our entries."""
    for at, record in enumerate(journal.records if journal else ()):
        if record.path == found.path:
            before = _before(folder, at, record)
            if _digest(found.content) == record.after:
                return before
            return _stripped(found, wanted, before)
    return _stripped(found, wanted, found.content)


def _stripped(found: files.Found, wanted: FileEdits, before: bytes | None) -> bytes | None:
    """The file without our entries. A whole file of ours lies in our own folder: without us there is none."""
    if found.content is None or wanted.content is not None:
        return None
    return _edited(found, found.content, lambda text: edits.unmake(text, wanted.edits, _text(found.path, before)))


def _undo(folder: Path, at: int, record: Record, wanted: dict[str, FileEdits], place: Place) -> Change:
    found = files.look(record.path, place.scope, place.project)
    before = _before(folder, at, record)
    now = _digest(found.content)
    if now == record.before:
        return Change(record.path, "unchanged" if found.content is not None else "absent")
    if now == record.after:
        _put_back(found, before, record)
        return Change(record.path, "restored")
    each = next((each for each in wanted.values() if os.path.realpath(each.path) == record.path), None)
    return Change(record.path, "absent") if each is None else _strip(found, each, before)


def _put_back(found: files.Found, before: bytes | None, record: Record) -> None:
    if before is None:
        files.delete(found.path, record.folders)
    else:
        files.replace(found, before, record.mode)


def _strip(found: files.Found, wanted: FileEdits, before: bytes | None) -> Change:
    if found.content is None:
        return Change(found.path, "absent")
    if wanted.content is not None:
        files.delete(found.path, ())
        return Change(found.path, "removed")
    without = _stripped(found, wanted, before)
    if without is None or without == found.content:
        return Change(found.path, "unchanged")
    files.replace(found, without)
    return Change(found.path, "removed")


# ---- the journal on the disk ----------------------------------------------------------------------------------------


def _load(folder: Path) -> Journal | None:
    try:
        return decode((folder / "journal.json").read_bytes(), Journal)
    except FileNotFoundError:
        return None
    except (OSError, WireError) as error:
        message = f"the journal `{folder}` cannot be read ({error}); restore the settings from its `before-*` files and remove it"
        raise ConfigurationError(message) from error


def _save(folder: Path, journal: Journal, before: list[bytes | None]) -> None:
    """The former bytes first, the journal that names them last."""
    for at, content in enumerate(before):
        if content is not None:
            files.replace(files.Found(str(folder / f"before-{at}"), None, files.PRIVATE), content)
    files.replace(files.Found(str(folder / "journal.json"), None, files.PRIVATE), encode(journal))


def _before(folder: Path, at: int, record: Record) -> bytes | None:
    if record.before == ABSENT:
        return None
    try:
        content = (folder / f"before-{at}").read_bytes()
    except OSError as error:
        message = f"the backup `{folder}/before-{at}` cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error
    if _digest(content) != record.before:
        message = (
            f"the backup `{folder}/before-{at}` was changed; compare it with `{record.path}` by hand and remove it"
        )
        raise ConfigurationError(message)
    return content


def _earlier(journal: Journal | None, path: str) -> Record | None:
    return next((record for record in (journal.records if journal else ()) if record.path == path), None)


def _digest(content: bytes | None) -> str:
    return ABSENT if content is None else hashlib.sha256(content).hexdigest()


def _edited(found: files.Found, content: bytes | None, edit: Callable[[str], str]) -> bytes:
    """The content after an edit of its text; an error names the file."""
    text = _text(found.path, content)
    try:
        return edit(text).encode()
    except ConfigurationError as error:
        message = f"`{found.path}` cannot be edited: {error}; nothing was changed"
        raise ConfigurationError(message) from error


def _text(path: str, content: bytes | None) -> str:
    try:
        return (content or b"").decode()
    except UnicodeDecodeError as error:
        message = f"`{path}` is not UTF-8 text; nothing was changed"
        raise ConfigurationError(message) from error
