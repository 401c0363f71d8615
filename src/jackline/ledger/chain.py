"""The chain: each entry's hash covers its number, its time, its body, and the hash before it.

Every hash and signature begins with a text of its own (`…_DOMAIN`), so that bytes made for one purpose can never
stand for another, and every field has a fixed length or is preceded by its length, so that no two different entries
have the same bytes.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Final

from msgspec import Struct

ENTRY_DOMAIN: Final = b"jackline/ledger/entry/v1\x00"
HASH_BYTES: Final = 32

_HEAD: Final = struct.Struct(">QqQ")  # sequence, microseconds since the epoch, length of the body


class Entry(Struct, frozen=True):
    """One row of the ledger as it stands: `body` is the event's canonical JSON, `hash` what the chain says of it."""

    sequence: int
    at: int
    kind: str
    session: str
    action: str
    client: str
    body: str
    hash: bytes


def entry_hash(sequence: int, at: int, body: bytes, previous: bytes) -> bytes:
    """SHA-256 over the entry and the hash of the entry before it (for the first: the ledger's ID)."""
    return hashlib.sha256(ENTRY_DOMAIN + _HEAD.pack(sequence, at, len(body)) + previous + body).digest()
