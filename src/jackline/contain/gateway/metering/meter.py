"""One answer of a model's endpoint: its body read along, as JSON or as a stream of events."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.contain.gateway.metering import usage
from jackline.contain.gateway.metering.usage import Counts

if TYPE_CHECKING:
    from jackline.contain.gateway.heads import Head

MAX_JSON: Final = 32 << 20
MAX_EVENT: Final = 4 << 20
BYTES_PER_TOKEN: Final = 3
"""For an estimate on the high side: English text has about four bytes a token, code about three."""
_DATA: Final = b"data:"


class Meter:
    """`feed` every piece; `so_far` at any time, `counts` at the end. `asked` is the size of the request's body."""

    def __init__(self, api: str, asked: int, answer: Head) -> None:
        self._api, self._asked = api, asked
        kind = (answer.values(b"content-type") or [b""])[0].lower()
        coding = (answer.values(b"content-encoding") or [b"identity"])[0].strip().lower()
        self.streamed = kind.startswith(b"text/event-stream")
        self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32) if coding in {b"gzip", b"deflate"} else None
        self._readable = self._inflate is not None or coding == b"identity"
        self._kept = bytearray()
        self._found: Counts | None = None
        self._bytes = 0

    def feed(self, piece: bytes) -> None:
        """The next piece of the body."""
        self._bytes += len(piece)
        if not self._readable:
            return
        if self._inflate:
            try:
                piece = self._inflate.decompress(piece, MAX_JSON)
                self._readable = not self._inflate.unconsumed_tail
            except zlib.error:
                self._readable = False
                return
        self._kept += piece
        if self.streamed:
            self._events()
        elif len(self._kept) > MAX_JSON:
            self._readable = False
            self._kept.clear()

    def _events(self) -> None:
        *lines, rest = self._kept.replace(b"\r", b"\n").split(b"\n")
        self._kept = rest
        if len(rest) > MAX_EVENT:
            self._readable = False
        for line in lines:
            if line.startswith(_DATA):
                self._learn(bytes(line[len(_DATA) :]))

    def _learn(self, text: bytes) -> None:
        try:
            value: Any = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return  # `[DONE]`, or a line that is no event of theirs
        if found := usage.read(self._api, value):
            self._found = found if self._found is None else self._found.joined(found)

    @property
    def so_far(self) -> Counts:
        """At least this, for a budget in the middle of a stream: what was said, and the size of what was not yet."""
        said = self._found or Counts(input=self._asked // BYTES_PER_TOKEN)
        # A stream wraps each token in an event of some fifty bytes: a tenth of its bytes is text.
        return said._replace(output=max(said.output, self._bytes // (10 * BYTES_PER_TOKEN) if self.streamed else 0))

    def counts(self) -> tuple[Counts, bool]:
        """What the whole answer used, and whether that is an estimate."""
        if self._readable and not self.streamed and self._kept:
            self._learn(bytes(self._kept))
        if self._found and (self._found.output or not self.streamed):
            return self._found, False
        estimate = Counts(input=self._asked // BYTES_PER_TOKEN, output=self._bytes // BYTES_PER_TOKEN)
        return (estimate if self._found is None else self._found.joined(estimate)), True
