"""Anchors: checkpoints handed to a place that the agent cannot reach, so that a rolled-back ledger is found.

In: a signed checkpoint and a destination: a path or `file:PATH` (best: append-only, or another user's), `git:REMOTE` (a
commit on a ref of its own, pushed without force), `syslog:` or `syslog:SOCKET` (the system's log). Out: what was
written, and a warning where the place is within the ledger's own reach. Guaranteed: an anchor is one line, added and
never replaced; `read_anchors` accepts that line inside any other text (a log's prefix), and refuses what was not signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.core.errors import UsageError
from jackline.ledger.anchors.file import to_file
from jackline.ledger.anchors.interface import Exported, Place
from jackline.ledger.anchors.read import read_anchors

if TYPE_CHECKING:
    from jackline.ledger.checkpoint import Anchor

PLACES: Final[dict[str, Place]] = {
    "file": to_file,
    "git": Deferred("jackline.ledger.anchors.git", "to_git"),
    "syslog": Deferred("jackline.ledger.anchors.syslog", "to_syslog"),
}
"""The word before the first `:` of a destination → what hands the anchor over."""

__all__ = ["PLACES", "Exported", "export", "read_anchors"]


def export(anchor: Anchor, destination: str) -> Exported:
    """Hand over an anchor. Raises `UsageError` for a destination that names no place, `LedgerError` if it failed."""
    kind, colon, target = destination.partition(":")
    place = PLACES.get(kind) if colon else None
    if place is None:
        if "/" not in kind and colon and not target.startswith("/"):
            known = ", ".join(f"`{name}:`" for name in PLACES)
            message = f"`{destination}` names no place for an anchor; give a path, or one of {known}"
            raise UsageError(message)
        return to_file(anchor, destination)
    return place(anchor, target)
