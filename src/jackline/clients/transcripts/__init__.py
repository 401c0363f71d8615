"""What agent clients left on disk, read as turns: one adapter a file.

In: files of any age, form and state, by the folders in which clients keep them or as they are named. Out: `Header`s and
`Turn`s (`core.history`) in the order of events. Guaranteed: nothing in a file raises or runs; whatever cannot be read is
counted in a `Damage`; no link is followed, and no pipe or device opened; memory is bounded by one line or one document,
not by the file; nothing is written. Judging what was read is the guard's.
"""

from __future__ import annotations

import io
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from jackline.clients.transcripts.claude import ClaudeSource
from jackline.clients.transcripts.codex import CodexSource
from jackline.clients.transcripts.gemini import GeminiSource
from jackline.clients.transcripts.inspect_logs import InspectSource
from jackline.clients.transcripts.interface import Damage, Database, Entry, Found, Header, Rows, Source
from jackline.clients.transcripts.messages import MessagesSource
from jackline.clients.transcripts.opencode import OpencodeSource
from jackline.clients.transcripts.opening import opened
from jackline.clients.transcripts.qwen import QwenSource
from jackline.clients.transcripts.spans import SpansSource
from jackline.clients.transcripts.splitting import Window, parts
from jackline.clients.transcripts.walking import units, walk
from jackline.core.errors import JacklineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_FORMATS: Final[tuple[type[Source], ...]] = (
    QwenSource,
    ClaudeSource,
    CodexSource,
    GeminiSource,
    OpencodeSource,
    InspectSource,
    SpansSource,
    MessagesSource,
)

SOURCES: Final[dict[str, type[Source]]] = {source.name: source for source in _FORMATS}
"""Name → format, in the order in which they are tried on a file: the narrower ones first."""

_SQLITE: Final = ".db"


def open_transcripts(
    paths: Sequence[Path],
    home: Path,
    environment: Mapping[str, str],
    clients: Sequence[str] = (),
    damage: Damage | None = None,
) -> Iterator[Found]:
    """The transcripts beneath `paths`, or those in every client's usual places; only of `clients`, where given.

    Files that must be read together are one `Found`. What could not be looked at is counted in `damage`. Raises
    `UsageError` for a client or a path that there is not.
    """
    damage = Damage() if damage is None else damage
    sources = [_source(name) for name in clients or SOURCES]
    if not paths:
        for source in sources:
            files = chain.from_iterable(walk(place, damage) for place in dict.fromkeys(source.find(home, environment)))
            yield from units(dict.fromkeys(files), [source], damage, named=False)
        return
    for path in paths:
        if not path.exists():
            message = f"there is no `{path}`; name a transcript, or a folder that holds some"
            raise UsageError(message)
        for found in units(walk(path, damage), sources, damage, named=not path.is_dir()):
            yield from parts(found, Path(found.paths[0]))


def read(found: Found, damage: Damage, rows: Rows | None = None) -> Iterator[Entry]:
    """What the files of one unit say, in order. `rows` reads databases: without it they are counted as unread."""
    source = _source(found.source)
    for name in found.paths:
        path = Path(name)
        if path.suffix == _SQLITE:
            yield from _read_rows(source, rows, path, damage)
            continue
        try:
            with opened(path) as file:
                if found.end:
                    cast("MessagesSource", source).first = found.line
                    part = io.BufferedReader(Window(file.fileno(), found.start, found.end))
                    yield from source.read(part, path, damage)
                else:
                    yield from source.read(file, path, damage)
        except OSError as error:
            damage.unread(f"it cannot be opened: {error.strerror}", path)


def _read_rows(source: Source, rows: Rows | None, path: Path, damage: Damage) -> Iterator[Entry]:
    if rows is None:
        damage.unread("a database, which is not read here", path)
        return
    try:
        yield from cast("Database", source).read_rows(rows, path, damage)
    except JacklineError as error:
        damage.unread(str(error), path)


def _source(name: str) -> Source:
    if name not in SOURCES:
        message = f"there is no `{name}` transcript; there are {', '.join(f'`{known}`' for known in SOURCES)}"
        raise UsageError(message)
    return SOURCES[name]()


__all__ = ["SOURCES", "Damage", "Entry", "Found", "Header", "Rows", "Source", "open_transcripts", "read"]
