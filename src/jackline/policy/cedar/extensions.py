"""Which texts are values of Cedar's extension types: `ipaddr`, `decimal`, `datetime`, `duration`.

https://docs.cedarpolicy.com/policies/syntax-datatypes.html. The subset has no operation on them, but entities and
contexts may hold them, and one that is not valid makes the request invalid.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from typing import Final

FUNCTIONS: Final = {
    "ip": "ipaddr",
    "decimal": "decimal",
    "datetime": "datetime",
    "duration": "duration",
    "offset": "datetime",
    "durationSince": "duration",
    "toDate": "datetime",
    "toTime": "duration",
}
"""Function that gives a value of an extension → the type of that value."""

_DECIMAL: Final = re.compile(r"(-?)([0-9]+)\.([0-9]{1,4})")
_DURATION: Final = re.compile(r"-?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m(?!s))?(?:([0-9]+)s)?(?:([0-9]+)ms)?")
_DATETIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{3})?(?:Z|[+-]([0-9]{2})([0-9]{2})))?"
)
_NETWORK: Final = re.compile(r"(?P<address>[0-9a-fA-F:.]+)(?:/(?P<prefix>0|[1-9][0-9]{0,2}))?")
_MAX: Final = 2**63 - 1
_MILLISECONDS: Final = (86_400_000, 3_600_000, 60_000, 1000, 1)
_MAX_TEXT: Final = 64
_DECIMAL_DIGITS: Final = 4
_HOURS: Final = 24
_MINUTES: Final = 60


def is_valid(kind: str, text: str) -> bool:
    """Whether `text` is a value of the extension type `kind`."""
    if len(text) > _MAX_TEXT or not text.isascii():
        return False
    match kind:
        case "ipaddr":
            return _is_address(text)
        case "decimal":
            return _is_decimal(text)
        case "duration":
            return _is_duration(text)
        case "datetime":
            return _is_datetime(text)
    return False


def _is_address(text: str) -> bool:
    found = _NETWORK.fullmatch(text)
    if found is None or (":" in text and "." in text):
        return False
    try:
        address = ipaddress.ip_address(found["address"])
    except ValueError:
        return False
    return found["prefix"] is None or int(found["prefix"]) <= address.max_prefixlen


def _is_decimal(text: str) -> bool:
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return False
    value = int(found[2] + found[3].ljust(_DECIMAL_DIGITS, "0"))
    return value <= _MAX + (found[1] == "-")


def _is_duration(text: str) -> bool:
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        return False
    total = sum(int(part or 0) * unit for part, unit in zip(found.groups(), _MILLISECONDS, strict=True))
    return total <= _MAX + text.startswith("-")


def _is_datetime(text: str) -> bool:
    found = _DATETIME.fullmatch(text)
    if found is None:
        return False
    year, month, day, hour, minute, second, offset_hours, offset_minutes = (int(part or 0) for part in found.groups())
    try:
        dt.datetime(max(year, 1), month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return False
    return offset_hours < _HOURS and offset_minutes < _MINUTES
