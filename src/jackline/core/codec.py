"""The exact JSON forms: one encoding per value (sorted sets and keys), strict decoding, digests over both."""

from __future__ import annotations

import hashlib
from typing import Any, Final, TypeVar

import msgspec

from jackline.core.errors import WireError

T = TypeVar("T")

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODERS: Final[dict[Any, msgspec.json.Decoder[Any]]] = {}

MAX_JSON_BYTES: Final = 16 * 1024 * 1024


def encode(value: object) -> bytes:
    """The one JSON form of a value: equal values give equal bytes."""
    return _ENCODER.encode(value)


def decode(data: bytes | str, kind: type[T]) -> T:
    """Read a value of `kind`, strictly. Raises `WireError` with the path of what is wrong."""
    if len(data) > MAX_JSON_BYTES:
        message = f"a JSON text of {len(data)} bytes is over the limit of {MAX_JSON_BYTES}; split it"
        raise WireError(message)
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS.setdefault(kind, msgspec.json.Decoder(kind, strict=True))
    try:
        value: T = decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"not a valid {getattr(kind, '__name__', kind)}: {error}"
        raise WireError(message) from error
    return value


def digest(value: object) -> str:
    """SHA-256, in hex, of the JSON form."""
    return hashlib.sha256(encode(value)).hexdigest()
