"""What one exchange with a model's endpoint costs: its meter, and the purse that pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from jackline.contain.gateway import heads
from jackline.contain.gateway.messages import Usage
from jackline.contain.gateway.metering import Meter

if TYPE_CHECKING:
    from jackline.contain.gateway.flows import Action
    from jackline.contain.gateway.heads import Head
    from jackline.contain.gateway.metering import Purse

_SUCCESS = range(200, 300)


class Bill:
    """Of one request and its answer; `close` pays, once."""

    def __init__(self, purse: Purse, api: str, action: Action, host: str) -> None:
        self._purse, self._api, self._action, self._host = purse, api, action, host
        self._asked = 0
        self._meter: Meter | None = None
        self._chunked = False
        self._paid = False
        self._asks = False

    def opened(self, request: Head) -> None:
        """The request; one without a body asks no model anything."""
        self._asks = request.has_body

    def sent(self, piece: bytes) -> None:
        """A piece of the request's body."""
        self._asked += len(piece)

    def answered(self, answer: Head) -> None:
        """The answer's head; a failure costs nothing."""
        if self._asks and answer.status in _SUCCESS:
            self._meter = Meter(self._api, self._asked, answer)
            self._chunked = answer.length is None

    def received(self, piece: bytes) -> None:
        """A piece of the answer's body."""
        if self._meter:
            self._meter.feed(piece)
            if self._meter.streamed:
                self._purse.runs(self, "", self._meter.so_far)

    def exhausted(self) -> str:
        """Words where the budget ends in the middle of a stream."""
        return self._purse.exhausted() if self._meter and self._meter.streamed and not self._paid else ""

    def last_words(self, text: str) -> bytes:
        """An event that tells the client why its stream ends here."""
        told = msgspec.json.encode(
            {"type": "error", "error": {"type": "jackline_budget", "message": f"Jackline: {text}"}}
        )
        event = b"event: error\ndata: " + told + b"\n\n"
        return heads.chunk(event) + heads.LAST_CHUNK if self._chunked else event

    def close(self) -> None:
        """Pay, and report it."""
        if self._paid or self._meter is None:
            return
        self._paid = True
        counts, estimated = self._meter.counts()
        cost = self._purse.ended(self, "", counts)
        self._action.report(
            Usage(self._action.name, self._host, counts.model, counts.input, counts.output, counts.cache_read,
                  counts.cache_write, cost, estimated)
        )  # fmt: skip
