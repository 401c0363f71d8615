"""`$'…'`: ANSI-C quoting (bash manual §3.1.2.4), and the escapes of `echo -e` and `printf`, which are nearly the same."""

from __future__ import annotations

import re
from typing import Final

from jackline.core.deferred import late_pattern

_ESCAPE: Final = late_pattern(
    r"\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<u>[0-9A-Fa-f]{1,4})|U(?P<U>[0-9A-Fa-f]{1,8})"
    r"|c(?P<control>.)|(?P<single>[abeEfnrtv\\'\"?]))",
    re.DOTALL,
)
_PRINTED: Final = late_pattern(
    r"\\(?:0(?P<zero>[0-7]{0,3})|(?P<octal>[1-7][0-7]{0,2})|x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<u>[0-9A-Fa-f]{1,4})"
    r"|U(?P<U>[0-9A-Fa-f]{1,8})|(?P<single>[abeEfnrtv\\\"])|(?P<stop>c))"
)
_SINGLE: Final = {
    "a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63,
}  # fmt: skip
_MAX_CODE_POINT: Final = 0x10FFFF
_CONTROL_MASK: Final = 0x1F
_BYTE: Final = 0xFF


def ansi_c(text: str, start: int, end: int) -> tuple[str, int]:
    """The value of `$'…'` whose content begins at `start`, and the position behind its quote (-1: never closed)."""
    position = start
    while position < end and text[position] != "'":
        position += 2 if text[position] == "\\" else 1
    if position >= end:
        return "", -1
    raw = text[start:position]
    value = unescaped(raw, _ESCAPE) if "\\" in raw else raw
    return value.partition("\0")[0], position + 1


def printed(text: str) -> tuple[str, bool]:
    r"""The value of `echo -e` and of `printf`'s format and `%b`, and whether a `\c` ends all output there."""
    if "\\" not in text:
        return text, False
    for found in _PRINTED.finditer(text):
        if found["stop"]:
            return unescaped(text[: found.start()], _PRINTED), True
    return unescaped(text, _PRINTED), False


def unescaped(raw: str, pattern: re.Pattern[str]) -> str:
    """Bytes written as escapes join into characters where they are UTF-8."""
    pieces: list[bytes] = []
    last = 0
    for found in pattern.finditer(raw):
        pieces.extend((_bytes(raw[last : found.start()]), _value(found)))
        last = found.end()
    pieces.append(_bytes(raw[last:]))
    return b"".join(pieces).decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass") if not text.isascii() else text.encode("ascii")


def _value(found: re.Match[str]) -> bytes:
    groups = found.groupdict()
    if groups.get("single"):
        return bytes((_SINGLE[groups["single"]],))
    if groups.get("zero") is not None:
        return bytes((int(groups["zero"] or "0", 8) & _BYTE,))
    if groups.get("octal"):
        return bytes((int(groups["octal"], 8) & _BYTE,))
    if groups.get("hex"):
        return bytes((int(groups["hex"], 16),))
    if groups.get("control"):
        return bytes((ord(groups["control"]) & _CONTROL_MASK,))
    code = int(groups.get("u") or groups.get("U") or "0", 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= _MAX_CODE_POINT else b"?"
