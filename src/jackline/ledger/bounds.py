"""The bound on one entry: a body over `MAX_BODY_BYTES` is stored with its large texts cut, each with its SHA-256.

In: the event's data as plain JSON values. Out: data whose JSON form is within the bound, whatever came in; what was
cut says how long it was and what its hash is, so that it can be compared with the text where that still exists.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

import msgspec

from jackline.core.codec import encode
from jackline.core.errors import LedgerError

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_DATA_BYTES: Final = MAX_BODY_BYTES - 4096
"""What is left for the data beside the heads of the event: the kind, and three texts of at most 200 characters."""

MAX_DEPTH: Final = 64
_KEEP: Final = (64 * 1024, 16 * 1024, 4 * 1024, 1024, 256)
"""How much of a text is kept, tried from the most to the least until the whole fits."""
_MAX_INTEGER: Final = 2**63


def plain(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """`value` as what JSON can hold and read back: dictionaries, lists, texts without lone surrogates, numbers.

    Raises `LedgerError` for what has no JSON form.
    """
    if depth > MAX_DEPTH:
        return {"cut": {"depth": depth}}
    if isinstance(value, str):
        return value if _encodes(value) else value.encode("utf-8", "backslashreplace").decode()
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if -_MAX_INTEGER <= value < _MAX_INTEGER else hex(value)
    if isinstance(value, dict):
        return {str(plain(str(key))): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain(item, depth + 1) for item in sorted(value, key=repr)]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return plain(_builtins(value), depth + 1)


def fit(data: dict[str, Any], limit: int = MAX_DATA_BYTES) -> dict[str, Any]:
    """`data` within `limit` bytes of JSON."""
    whole = encode(data)
    if len(whole) <= limit:
        return data
    for keep in _KEEP:
        cut = _cut(data, keep)
        if isinstance(cut, dict) and len(encode(cut)) <= limit:
            return cut
    return {"cut": {"bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}}


def cut_text(text: str, head: str) -> str:
    """What stands for a text of which only `head` is kept: it says how long the text was, and its SHA-256."""
    raw = text.encode("utf-8", "surrogatepass")
    return f"{head}… [cut: {len(raw)} bytes, SHA-256 {hashlib.sha256(raw).hexdigest()}]"


def _cut(value: Any, keep: int) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        if len(value) <= keep:
            return value
        return cut_text(value, value[:keep])
    if isinstance(value, dict):
        return {key: _cut(item, keep) for key, item in value.items()}
    if isinstance(value, list):
        return [_cut(item, keep) for item in value]
    return value


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _builtins(value: object) -> Any:  # noqa: ANN401 - JSON
    """A struct, date or the like as plain values; so is what is JSON already."""
    try:
        found = msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else msgspec.to_builtins(value)
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        message = f"a value of type `{type(value).__name__}` has no JSON form; the caller must give one"
        raise LedgerError(message) from error
    if type(found) is type(value):
        message = f"a value of type `{type(value).__name__}` has no JSON form; the caller must give one"
        raise LedgerError(message)
    return found
