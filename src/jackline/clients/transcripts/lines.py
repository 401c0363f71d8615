"""Lines and documents of hostile files, read within bounds.

A file is read up to the size that it had when it was opened, however it grows. A line over `MAX_LINE` bytes is skipped
without ever being held in memory, and counted; so is a line that is no JSON of the wanted type.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jackline.clients.transcripts.interface import Damage

T = TypeVar("T")

MAX_LINE: Final = 32 * 1024 * 1024
MAX_DOCUMENT: Final = 128 * 1024 * 1024
"""The largest file that is read as one JSON document (it needs some five times its size while it is decoded)."""
MAX_DIGITS: Final = 19
"""A number of more digits fits in no integer of 64 bits, and is of no use here."""

_CHUNK: Final = 1024 * 1024


def size_of(file: BinaryIO) -> int:
    """How many bytes the file has now, from its start."""
    try:
        return os.fstat(file.fileno()).st_size
    except OSError:  # no file of the system's: a member of an archive, a buffer in a test
        at = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(at)
        return end


def lines(file: BinaryIO, path: Path, damage: Damage, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, of which the first's is given, without its end; empty ones are left out."""
    left = size_of(file)
    number, held, skipped = first, b"", 0
    while left > 0 and (chunk := read_some(file, min(_CHUNK, left), path, damage)):
        left -= len(chunk)
        start, *rest = chunk.split(b"\n")
        held = b"" if skipped else held + start
        skipped += len(start) if skipped else 0
        for piece in rest:
            yield from _whole(number, held, skipped, path, damage)
            number, held, skipped = number + 1, piece, 0
        if len(held) > MAX_LINE:
            held, skipped = b"", len(held)
    yield from _whole(number, held, skipped, path, damage)


def _whole(number: int, line: bytes, skipped: int, path: Path, damage: Damage) -> Iterator[tuple[int, bytes]]:
    if skipped or len(line) > MAX_LINE:
        damage.lost(f"a line over {MAX_LINE >> 20} MiB", path, number, skipped or len(line))
    elif line and not line.isspace():
        yield number, line


def read_some(file: BinaryIO, size: int, path: Path, damage: Damage) -> bytes:
    """Up to so many bytes; none, counted, where the file cannot be read."""
    try:
        return file.read(size)
    except OSError as error:
        damage.unread(f"it cannot be read: {error.strerror}", path)
        return b""


def decoded(
    file: BinaryIO,
    path: Path,
    damage: Damage,
    decoder: msgspec.json.Decoder[T],
    skipped: tuple[bytes, ...] = (),
    first: int = 1,
) -> Iterator[tuple[int, T]]:
    """Each line's number and value, without lines that begin as `skipped`. A line that cannot be decoded is counted."""
    for number, line in lines(file, path, damage, first):
        if line.startswith(skipped):
            continue
        try:
            value = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            mended = mend(line, decoder)
            if mended is None:
                damage.lost(why(error), path, number, len(line))
                continue
            value = mended
        yield number, value


def stacked(file: BinaryIO, path: Path, damage: Damage, decoder: msgspec.json.Decoder[T]) -> Iterator[tuple[int, T]]:
    """Values of many lines, one below the other, as exporters for the console write them: each ends with a brace that
    stands alone at the head of a line. Each comes with its first line's number; what cannot be decoded is counted."""
    held: list[bytes] = []
    begin = size = 0
    for number, line in lines(file, path, damage):
        begin, size = begin if held else number, size + len(line)
        held.append(line if size <= MAX_DOCUMENT else b"")
        if line.rstrip() != b"}":
            continue
        text = b"\n".join(held)
        try:
            yield begin, decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            mended = mend(text, decoder)
            if mended is None:
                damage.lost(why(error), path, begin, size)
            else:
                yield begin, mended
        held, size = [], 0
    if held:
        damage.lost("a value that ends too early", path, begin, size)


_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_NO_NUMBER: Final = re.compile(rb'((?:[^"NI-]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"|-(?!I))*+)(?:NaN|-?Infinity)', re.DOTALL)
_NUL: Final = "\ufffd".encode()


def mend(text: bytes, decoder: msgspec.json.Decoder[T]) -> T | None:
    """The value of a text that is not quite JSON, as other programs write it: bytes that are not UTF-8, halves of
    surrogate pairs, `NaN`, control characters in texts; and of one with `null` where the format has a text. An agent must
    not hide a call by a broken character beside it.

    Characters and numbers that are none are mended in a text of any size; the rest, which takes ten times the memory, up
    to `MAX_LINE`.
    """
    text = _with_null(_with_whole_characters(text))
    with contextlib.suppress(msgspec.MsgspecError, RecursionError):
        return decoder.decode(text)
    if len(text) > MAX_LINE:
        return None
    try:
        value = json.loads(
            text, strict=False, parse_constant=lambda _: None, parse_int=_number, object_pairs_hook=_without_null
        )
        return msgspec.convert(value, decoder.type, strict=False)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None


def _with_null(text: bytes) -> bytes:
    """The text with `null` where Python and JavaScript write what JSON has no number for."""
    if b"NaN" not in text and b"Infinity" not in text:
        return text
    pieces, at = [], 0
    while (found := _NO_NUMBER.match(text, at)) is not None:
        pieces += [found[1], b"null"]
        at = found.end()
    return b"".join([*pieces, text[at:]])


def _with_whole_characters(text: bytes) -> bytes:
    """The text in UTF-8, with the sign for what cannot be read where a character is broken: piece by piece, for a text
    may be large, and one wide character doubles a whole one."""
    reader = codecs.getincrementaldecoder("utf-8-sig")("replace")
    pieces = [reader.decode(text[at : at + _CHUNK]).encode() for at in range(0, len(text), _CHUNK)]
    text = b"".join([*pieces, reader.decode(b"", final=True).encode()]).replace(b"\0", _NUL)
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], text) if _HALF.search(text) else text


def _without_null(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if value is not None}


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < MAX_DIGITS else float(digits)


def why(error: Exception) -> str:
    """A short reason of few kinds, so that reasons can be counted."""
    if isinstance(error, RecursionError):
        return "JSON that is nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    if isinstance(error, msgspec.ValidationError):
        return "an entry of another shape"
    return "a line that ends too early" if "truncated" in str(error) else "text that is not JSON"


def document(file: BinaryIO, path: Path, damage: Damage, decoder: msgspec.json.Decoder[T]) -> T | None:
    """The whole file as one value; None, counted, where it is none or too large."""
    size = size_of(file)
    if size > MAX_DOCUMENT:
        damage.unread(f"one JSON document over {MAX_DOCUMENT >> 20} MiB", path, size)
        return None
    text = read_some(file, size, path, damage)
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        mended = mend(text, decoder)
        if mended is None:
            damage.unread(why(error), path, size)
        return mended
