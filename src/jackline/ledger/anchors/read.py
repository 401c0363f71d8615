"""Read anchors back: from a file, a log in which they stand among other lines, or a git remote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.core.errors import LedgerError, WireError
from jackline.ledger.anchors.interface import MAX_FETCHED
from jackline.ledger.checkpoint import Anchor, read_anchor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MARK: Final = b'"jackline":"anchor"'
_MAX_LINE: Final = 8192
_from_git: Final[Callable[[str], bytes]] = Deferred("jackline.ledger.anchors.git", "from_git")


def read_anchors(source: str) -> list[Anchor]:
    """The anchors of a file or of `git:REMOTE`, in their order.

    Raises `LedgerError` where there are none, or one of them was not signed by the key that it names: a place that
    holds a forged anchor proves nothing.
    """
    if source.startswith("git:"):
        return _parsed(source, _from_git(source.removeprefix("git:")))
    path = Path(source.removeprefix("file:"))
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FETCHED + 1)
    except OSError as error:
        message = (
            f"cannot read the anchors of `{path}`: {error.strerror}; name the file that `jackline log anchor` wrote"
        )
        raise LedgerError(message) from error
    if len(raw) > MAX_FETCHED:
        message = f"`{path}` is over {MAX_FETCHED} bytes; give only the lines with anchors (`grep jackline`)"
        raise LedgerError(message)
    return _parsed(source, raw)


def _parsed(source: str, raw: bytes) -> list[Anchor]:
    found = []
    for number, text in _marked(raw):
        try:
            found.append(read_anchor(text))
        except WireError as error:
            message = f"line {number} of `{source}` is no sound anchor: {error}; it was changed, or cut off"
            raise LedgerError(message) from error
    if not found:
        message = f"`{source}` holds no anchor; name what `jackline log anchor` wrote"
        raise LedgerError(message)
    return found


def _marked(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The part of each line that may be an anchor: from its brace to its end, without what a log puts around it."""
    for number, line in enumerate(raw.splitlines(), 1):
        if MARK in line:
            start, end = line.find(b"{"), line.rfind(b"}")
            yield number, line[start : end + 1][:_MAX_LINE]
