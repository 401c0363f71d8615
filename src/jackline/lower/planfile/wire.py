"""Messages of Protocol Buffers as bytes (protobuf.dev/programming-guides/encoding), read by a table of their fields.

Stricter than the format: a field that the table does not have, one that stands twice and may stand once, a number that is
written longer than it must be, a group, or a wire type other than the field's is refused, for another reader could make
something else of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from jackline.core.inner import Inner

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_FIELDS: Final = 100_000
"""Fields of one message and all that are read of those in it: a large state makes about twelve for each resource."""
_NUMBER: Final = 0
_BYTES: Final = 2
_CONTINUES: Final = 0x80
_LARGEST: Final = 2**64
_LONGEST: Final = 70
"""Bits of the ten digits that a number may have."""


class WireError(Exception):
    """Bytes that are no message of the expected kind, or too many."""


class Field(NamedTuple):
    """`many`: it may stand any number of times; `kept`: its value is wanted."""

    name: str
    kind: Literal["number", "bytes"]
    many: bool = False
    kept: bool = True


class Message(NamedTuple):
    """The fields that were there, by name; numbers and bytes apart, and each kind's default for the ones that were not."""

    numbers: dict[str, int]
    pieces: dict[str, list[bytes]]

    def number(self, name: str) -> int:
        """A number, 0 where it is not there."""
        return self.numbers.get(name, 0)

    def all(self, name: str) -> list[bytes]:
        """All values of a field of bytes."""
        return self.pieces.get(name, [])

    def one(self, name: str) -> bytes:
        """A field's bytes, empty where it is not there."""
        found = self.pieces.get(name)
        return found[0] if found else b""

    def text(self, name: str) -> str:
        """A field's text. Raises `WireError` where it is no UTF-8."""
        return as_text(self.one(name))


class Decoder(Inner):
    """Reads messages; one object for one file, so that `MAX_FIELDS` bounds all of it."""

    left: int = MAX_FIELDS

    def message(self, data: bytes, table: Mapping[int, Field]) -> Message:
        """One message. Raises `WireError`."""
        found = Message({}, {})
        at, end = 0, len(data)
        while at < end:
            self.left -= 1
            if self.left < 0:
                raise WireError
            tag, at = _number(data, at)
            field = table.get(tag >> 3)
            if field is None or tag & 7 != (_BYTES if field.kind == "bytes" else _NUMBER):
                raise WireError
            number, at = _number(data, at)
            if field.kind == "number":
                if field.name in found.numbers:
                    raise WireError
                found.numbers[field.name] = number
                continue
            if number > end - at:
                raise WireError
            values = found.pieces.setdefault(field.name, [])
            if values and not field.many:
                raise WireError
            if field.kept or not values:
                values.append(data[at : at + number] if field.kept else b"")
            at += number
        return found


def as_text(data: bytes) -> str:
    """UTF-8. Raises `WireError`."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WireError from error


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number in base 128, the least significant digits first, and where it ends."""
    number = shift = 0
    while at < len(data) and shift < _LONGEST:
        digit = data[at]
        at += 1
        number |= (digit & ~_CONTINUES) << shift
        if digit < _CONTINUES:
            if number >= _LARGEST or (digit == 0 and shift):
                break
            return number, at
        shift += 7
    raise WireError
