"""Checkpoints: signed statements that the ledger reached an entry, by a key that is destroyed once it has signed.

Epoch *n* has one Ed25519 key (RFC 8032). It signs exactly one checkpoint, which also names the public key of epoch
*n + 1*, and is then destroyed. So the checkpoints are the certificates of the keys too: they lead from the genesis
key, which is part of the ledger's ID, to the key that is on the disk now. Whoever steals that key can sign what comes
next; no one can sign again what was signed before (forward security, Bellare and Miner 1999, in its simplest form).
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from jackline.core.codec import decode, encode
from jackline.core.errors import WireError
from jackline.ledger.chain import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

GENESIS_DOMAIN: Final = b"jackline/ledger/genesis/v1\x00"
CHECKPOINT_DOMAIN: Final = b"jackline/ledger/checkpoint/v1\x00"
ANCHOR_FORMAT: Final = 1
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
NONCE_BYTES: Final = 16

MAX_NUMBER: Final = 2**63 - 1
"""Numbers must fit SQLite's integers; an anchor from outside is held to that before it is used."""

_GENESIS: Final = struct.Struct(">q")
_NUMBERS: Final = struct.Struct(">QQq")  # epoch, sequence, microseconds since the epoch


class Genesis(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a ledger begins with. Its hash is the ledger's ID, and stands before the first entry's hash."""

    public_key: bytes
    nonce: bytes
    at: int

    @property
    def ledger(self) -> bytes:
        """The ledger's ID."""
        return hashlib.sha256(GENESIS_DOMAIN + _GENESIS.pack(self.at) + self.nonce + self.public_key).digest()


class Checkpoint(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Entry `sequence` had `hash` when epoch `epoch`'s key signed this; `at` is the guard's clock, in microseconds."""

    epoch: int
    sequence: int
    at: int
    hash: bytes
    public_key: bytes
    next_key: bytes
    signature: bytes


class Anchor(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, tag_field="jackline", tag="anchor"):
    """A checkpoint with all that is needed to hold a ledger against it, to be kept where the agent cannot reach."""

    version: int
    genesis: Genesis
    checkpoint: Checkpoint


def public_key(private: Ed25519PrivateKey) -> bytes:
    """The raw public key that belongs to a private one."""
    return private.public_key().public_bytes_raw()


def signed_bytes(ledger: bytes, checkpoint: Checkpoint) -> bytes:
    """What a checkpoint's signature is made over: every field, each of a fixed length."""
    numbers = _NUMBERS.pack(checkpoint.epoch, checkpoint.sequence, checkpoint.at)
    return CHECKPOINT_DOMAIN + ledger + numbers + checkpoint.hash + checkpoint.public_key + checkpoint.next_key


def sign(ledger: bytes, unsigned: Checkpoint, signer: Callable[[bytes], bytes]) -> Checkpoint:
    """The checkpoint with its signature."""
    signature = signer(signed_bytes(ledger, unsigned))
    return Checkpoint(
        unsigned.epoch, unsigned.sequence, unsigned.at, unsigned.hash,
        unsigned.public_key, unsigned.next_key, signature,
    )  # fmt: skip


def well_formed(checkpoint: Checkpoint) -> bool:
    """Whether every field has the length and range that its bytes under the signature assume."""
    lengths = (len(checkpoint.hash), len(checkpoint.public_key), len(checkpoint.next_key), len(checkpoint.signature))
    numbers = (checkpoint.epoch, checkpoint.sequence)
    return (
        lengths == (HASH_BYTES, KEY_BYTES, KEY_BYTES, SIGNATURE_BYTES)
        and all(0 <= number <= MAX_NUMBER for number in numbers)
        and abs(checkpoint.at) <= MAX_NUMBER
    )


def signature_holds(ledger: bytes, checkpoint: Checkpoint) -> bool:
    """Whether the checkpoint was signed by the key that it names. Says nothing of whether that key is the right one."""
    if not well_formed(checkpoint):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(checkpoint.public_key)
        key.verify(checkpoint.signature, signed_bytes(ledger, checkpoint))
    except (InvalidSignature, ValueError):
        return False
    return True


def anchor_line(anchor: Anchor) -> bytes:
    """The anchor as one line of JSON, newline at its end."""
    return encode(anchor) + b"\n"


def read_anchor(line: bytes | str) -> Anchor:
    """An anchor from one line. Raises `WireError` where it is not one, or its signature does not hold."""
    anchor = decode(line, Anchor)
    genesis = anchor.genesis
    if anchor.version != ANCHOR_FORMAT:
        message = (
            f"the anchor has format `{anchor.version}`, this version of Jackline reads {ANCHOR_FORMAT}; upgrade it"
        )
        raise WireError(message)
    if (len(genesis.public_key), len(genesis.nonce)) != (KEY_BYTES, NONCE_BYTES) or abs(genesis.at) > MAX_NUMBER:
        message = "the anchor's genesis has fields of the wrong length"
        raise WireError(message)
    if not signature_holds(genesis.ledger, anchor.checkpoint):
        message = f"the signature of the anchor at entry {anchor.checkpoint.sequence} does not hold"
        raise WireError(message)
    return anchor
