"""What every place for anchors does: take one line, and say what it is worth."""

from __future__ import annotations

from typing import Final, Protocol

from msgspec import Struct

from jackline.ledger.checkpoint import Anchor

MAX_FETCHED: Final = 64 * 1024 * 1024
"""How many bytes of a place are read when its anchors are wanted back."""


class Exported(Struct, frozen=True, rename="camel"):
    """An anchor that was handed over. `warning` says what this place does not protect against, "" if nothing."""

    destination: str
    anchor: Anchor
    warning: str = ""


class Place(Protocol):
    """One kind of destination. Raises `LedgerError` where the anchor could not be handed over."""

    def __call__(self, anchor: Anchor, target: str) -> Exported:
        """Hand over one anchor."""
        ...
