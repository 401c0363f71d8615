"""Events: the entries of the ledger. One type for all kinds; what a kind carries stands in `data`.

The ledger must hold events of kinds that later versions add, so an event's body is open, while its head
(what is indexed and chained) is closed.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from jackline.core.words import EventKind


class Event(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Something that happened. `at` is microseconds since the epoch (UTC), as the guard's clock had it."""

    kind: EventKind
    at: int
    session: str = ""
    action: str = ""
    client: str = ""
    data: dict[str, Any] = {}
