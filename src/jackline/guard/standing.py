"""Which policy is in force since when, as the ledger says it; and how long `observe` has been.

A policy that is put in force is recorded with its name, at the start and when it is read again, so that a reader of the
ledger, and the report at the end of a week under `observe`, know what was judged by what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.guard.configuration import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.core.event import Event
    from jackline.guard.policies import PolicyShelf
    from jackline.guard.record import Record

OBSERVE: Final = "observe"
OBSERVED_DAYS: Final = 7
"""How long a first look lasts; after it, `status` and `statusline` name the report."""

DAY_MICROS: Final = 24 * 3600 * 1_000_000


def note_policy(record: Record, policies: PolicyShelf) -> None:
    """Record the policy in force, where it is another than was recorded last. Raises `LedgerError`."""
    if not policies.digest:
        return  # none is, and every denial says so
    name = policies.settings.policy
    recorded = list(_policies(event for _, event in record.ledger.events(kinds=("configured",))))
    before = (
        (recorded[-1].data.get("name"), recorded[-1].data.get("digest"))
        if recorded
        else (DEFAULTS.policy, policies.digest)
    )
    if before != (name, policies.digest):
        record.note("configured", durable=True, what="policy", name=name, digest=policies.digest)


def observing_since(configured: Iterable[Event]) -> int:
    """Since when `observe` has been in force (microseconds since the epoch), by the `configured` events; 0: it is not."""
    since = 0
    for event in _policies(configured):
        since = (since or event.at) if event.data.get("name") == OBSERVE else 0
    return since


def day_of(since: int, now: int) -> int:
    """Which day of the week of observing this is, from 1; more than `OBSERVED_DAYS` where it is over."""
    return max(0, now - since) // DAY_MICROS + 1


def _policies(configured: Iterable[Event]) -> Iterator[Event]:
    return (event for event in configured if event.data.get("what") == "policy")
