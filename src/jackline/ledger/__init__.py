"""The ledger: what happened, in order, so that nobody can change it afterwards unseen.

In: events, from the guard. Out: the same events with their secrets replaced, in the order in which they were appended;
summaries of sessions and actions; signed checkpoints for a place that the agent cannot reach; and a report on what was
done to the file. Guaranteed: an append that returned survives the death of the process, a durable one the loss of power;
an append that failed left nothing; every edit, deletion, insertion, move and truncation before the last checkpoint or
anchor is found, and the report says what cannot be known. No server, no network of its own. The only room that knows a
database; `entries` gives each event's bytes with its hash, which is all that shipping to another store needs.
"""

from __future__ import annotations

from jackline.ledger.anchors import Exported, read_anchors
from jackline.ledger.chain import Entry
from jackline.ledger.checkpoint import Anchor, Checkpoint, Genesis
from jackline.ledger.keys import KeyStore
from jackline.ledger.reader import Filter, Reader
from jackline.ledger.redact import Redactor
from jackline.ledger.store import NEVER, Ledger, Pace
from jackline.ledger.summary import ActionRecord, SessionSummary
from jackline.ledger.verify import Finding, Report, time_text

__all__ = [
    "NEVER", "ActionRecord", "Anchor", "Checkpoint", "Entry", "Exported", "Filter", "Finding", "Genesis", "KeyStore", "Ledger",
    "Pace", "Reader", "Redactor", "Report", "SessionSummary", "read_anchors", "time_text",
]  # fmt: skip
