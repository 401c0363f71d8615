"""DNS (RFC 1035, EDNS of RFC 6891, reasons of RFC 8914), bytes only: one question in, one answer out.

Nothing is ever forwarded: an allowed name is answered with an address of ours, which stands for the name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.contain.gateway import names
from jackline.core.errors import WireError

if TYPE_CHECKING:
    from ipaddress import IPv4Address

A, AAAA, SVCB, HTTPS, _OPT = 1, 28, 64, 65, 41
NODATA_KINDS: Final = frozenset({AAAA, SVCB, HTTPS})
"""Kinds that an allowed name has none of: no IPv6, and no keys for an encrypted ClientHello."""
IN: Final = 1

NO_ERROR, FORMAT_ERROR, NO_SUCH_NAME, NOT_IMPLEMENTED, REFUSED = 0, 1, 3, 4, 5

_HEAD: Final = 12
_RESPONSE: Final = 0x8000
_OPCODE: Final = 0x7800
_RECURSION: Final = 0x0180  # desired, available
_TRUNCATED: Final = 0x0200
_TTL: Final = 30
_EDNS_SIZE: Final = 1232
_EXTENDED_ERROR: Final = 15
_BLOCKED: Final = 15
_MAX_REASON: Final = 200
_POINTER: Final = 0xC0
_RECORD_REST: Final = 10


class Question(NamedTuple):
    """What was asked; `raw` is the question's section, for the answer repeats it; `edns`: the client takes reasons."""

    number: int
    flags: int
    name: str
    kind: int
    raw: bytes
    edns: bool


def read_question(data: bytes) -> Question:
    """Read a query. Raises `WireError` for what is none, and for what could hide data: answers, several questions."""
    if len(data) < _HEAD:
        raise _broken("too short")
    number, flags, questions, answers, authorities, additions = (
        int.from_bytes(data[at : at + 2], "big") for at in range(0, _HEAD, 2)
    )
    if flags & (_RESPONSE | _TRUNCATED | _OPCODE):
        raise _broken("no standard query")
    if questions != 1 or answers or authorities or additions > 1:
        raise _broken("not one question alone")
    labels, at = _labels(data, _HEAD)
    if len(data) < at + 4:
        raise _broken("it ends within its question")
    kind, family = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
    if family != IN:
        raise _broken("its class")
    edns = _edns(data, at + 4) if additions else False
    return Question(number, flags, names.host(".".join(labels)), kind, data[_HEAD : at + 4], edns)


def _labels(data: bytes, at: int) -> tuple[list[str], int]:
    """A name that stands for itself: a question has nothing to point to."""
    labels = []
    while at < len(data) and (length := data[at]):
        if length & _POINTER or at + 1 + length > len(data) or at - _HEAD > names.MAX_NAME:
            raise _broken("its name")
        label = data[at + 1 : at + 1 + length].decode("ascii", "backslashreplace")
        if "." in label:
            raise _broken("a dot within a label")
        labels.append(label)
        at += 1 + length
    if at >= len(data) or not labels:
        raise _broken("its name")
    return labels, at + 1


def _edns(data: bytes, at: int) -> bool:
    head = data[at : at + 1 + _RECORD_REST]
    if len(head) < 1 + _RECORD_REST or head[0] or int.from_bytes(head[1:3], "big") != _OPT:
        raise _broken("its additional record")
    return True


def answer(question: Question, code: int = NO_ERROR, address: IPv4Address | None = None, reason: str = "") -> bytes:
    """The answer to a question, with an address where there is one and words where the client takes them."""
    flags = _RESPONSE | (question.flags & 0x0100) | (_RECURSION & 0x0080) | code
    counts = (1, int(address is not None), 0, int(question.edns))
    head = b"".join(number.to_bytes(2, "big") for number in (question.number, flags, *counts))
    found = b"" if address is None else _record(address)
    return head + question.raw + found + (_options(reason) if question.edns else b"")


def failure(data: bytes, code: int = FORMAT_ERROR) -> bytes:
    """What is answered to what could not be read: its number and a code; nothing where it has no number."""
    if len(data) < _HEAD or data[2] & 0x80:
        return b""
    return data[:2] + (_RESPONSE | code).to_bytes(2, "big") + bytes(8)


def _record(address: IPv4Address) -> bytes:
    owner = (_POINTER << 8 | _HEAD).to_bytes(2, "big")
    return owner + A.to_bytes(2, "big") + IN.to_bytes(2, "big") + _TTL.to_bytes(4, "big") + b"\x00\x04" + address.packed


def _options(reason: str) -> bytes:
    words = reason.encode("ascii", "replace")[:_MAX_REASON]
    body = _BLOCKED.to_bytes(2, "big") + words
    option = _EXTENDED_ERROR.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body if reason else b""
    return (
        b"\0"
        + _OPT.to_bytes(2, "big")
        + _EDNS_SIZE.to_bytes(2, "big")
        + bytes(4)
        + len(option).to_bytes(2, "big")
        + option
    )


def _broken(what: str) -> WireError:
    return WireError(f"this is no DNS query that is answered here: {what}")
