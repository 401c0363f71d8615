"""From events to rows: plain values, within bounds, without secrets, in their one JSON form."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from jackline.core.codec import encode
from jackline.core.errors import LedgerError
from jackline.core.event import Event
from jackline.ledger.bounds import MAX_BODY_BYTES, MAX_DEPTH, fit, plain
from jackline.ledger.redact import Redactor, may_hold_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_HEAD: Final = 200
_MAX_TIME: Final = 2**62
_AT_ONCE: Final = 64


class Row(NamedTuple):
    """An entry before it has its place in the chain."""

    at: int
    kind: str
    session: str
    action: str
    client: str
    body: bytes


def prepare(events: Sequence[Event], redactor: Redactor) -> list[Row]:
    """The rows of events that are appended together. Raises `LedgerError` for data that has no JSON form.

    Events of one action are redacted together: the effects of its decision say which values are needed in its request.
    """
    pairs = [_clean(event) for event in events]
    cleaned, bodies = [event for event, _ in pairs], [body for _, body in pairs]
    subjects = [(event.session, event.action) for event in cleaned]
    suspects = {subjects[index] for index in _suspicious(bodies)}
    together: dict[tuple[str, str], list[int]] = {}
    for index, subject in enumerate(subjects):
        if subject in suspects:
            together.setdefault(subject, []).append(index)
    for indices in together.values():
        trees = [msgspec.json.decode(bodies[index]).get("data", {}) for index in indices]
        for index, tree, redacted in zip(indices, trees, redactor.batch(trees), strict=True):
            if redacted != tree:
                bodies[index] = encode(msgspec.structs.replace(cleaned[index], data=fit(redacted)))
    return [
        Row(event.at, event.kind, event.session, event.action, event.client, body)
        for event, body in zip(cleaned, bodies, strict=True)
    ]


def _suspicious(bodies: Sequence[bytes]) -> Iterator[int]:
    """Which of the bodies may hold secrets. Many are looked at as one: nearly always none of them does."""
    for start in range(0, len(bodies), _AT_ONCE):
        some = bodies[start : start + _AT_ONCE]
        if may_hold_secrets(b" ".join(some)):
            yield from (start + index for index, body in enumerate(some) if len(some) == 1 or may_hold_secrets(body))


def bounded_head(text: str) -> str:
    """A session, action or client as it is stored: what is too long keeps its beginning and a hash of the whole."""
    if len(text) <= MAX_HEAD and text.isascii():
        return text
    safe = str(plain(text))
    if len(safe) <= MAX_HEAD:
        return safe
    return f"{safe[: MAX_HEAD - 17]}…{hashlib.sha256(safe.encode()).hexdigest()[:16]}"


def _clean(event: Event) -> tuple[Event, bytes]:
    """The event with data that has a JSON form within the bounds, and that form. Most events have one as they come."""
    if not -_MAX_TIME < event.at < _MAX_TIME:
        message = f"an event of kind `{event.kind}` has the time {event.at}, which is no time in microseconds"
        raise LedgerError(message)
    heads = (bounded_head(event.session), bounded_head(event.action), bounded_head(event.client))
    if heads == (event.session, event.action, event.client):
        body = _as_it_is(event)
        if body is not None:
            return event, body
    try:
        data: dict[str, Any] = fit(plain(event.data))
    except RecursionError as error:
        message = f"an event of kind `{event.kind}` has data that is nested too deeply to be recorded"
        raise LedgerError(message) from error
    clean = Event(kind=event.kind, at=event.at, session=heads[0], action=heads[1], client=heads[2], data=data)
    return clean, encode(clean)


def _as_it_is(event: Event) -> bytes | None:
    """The event's JSON form; None where it has none, is too large, or may be nested too deeply to be read back."""
    try:
        body = encode(event)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return None
    few = body.count(b"{") + body.count(b"[") <= MAX_DEPTH
    return body if few and len(body) <= MAX_BODY_BYTES else None
