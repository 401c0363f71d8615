"""`JL1`, the words on the guard's socket, and nothing else: no sockets here, only bytes.

A request is one header line `JL1 KIND NAME LENGTH` and LENGTH bytes. A reply is any number of `JL1 wait` lines (each
says "still deciding" and resets the other side's patience), then `JL1 reply EXIT OUT ERR` and the two texts.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, cast

from jackline.core.errors import WireError

MAX_BODY: Final = 16 * 1024 * 1024
MAX_HEADER: Final = 128
WAIT: Final = b"JL1 wait\n"

Kind = Literal["hook", "shell", "call", "exec"]

_REQUEST: Final = re.compile(rb"JL1 (hook|shell|call|exec) ([a-z][a-z0-9_-]{0,31}) (0|[1-9][0-9]{0,8})\n")
_REPLY: Final = re.compile(rb"JL1 reply (0|[1-9][0-9]{0,2}) (0|[1-9][0-9]{0,8}) (0|[1-9][0-9]{0,8})\n")


class Header(NamedTuple):
    """The header of a request."""

    kind: Kind
    name: str
    length: int


def read_header(line: bytes) -> Header:
    """Read a request's header line with its newline. Raises `WireError`."""
    found = _REQUEST.fullmatch(line)
    if found is None:
        message = f"`{line[:40]!r}` is not a request of protocol JL1; the caller must be of Jackline's own version"
        raise WireError(message)
    length = int(found[3])
    if length > MAX_BODY:
        message = f"a request of {length} bytes is over the limit of {MAX_BODY}"
        raise WireError(message)
    return Header(cast("Kind", found[1].decode()), found[2].decode(), length)


def request(kind: Kind, name: str, body: bytes) -> bytes:
    """A whole request."""
    return f"JL1 {kind} {name} {len(body)}\n".encode() + body


def reply(exit_code: int, out: bytes, err: bytes) -> bytes:
    """A whole reply."""
    return f"JL1 reply {exit_code} {len(out)} {len(err)}\n".encode() + out + err


def read_reply(line: bytes) -> tuple[int, int, int] | None:
    """Exit code, length of out, length of err; None for a `wait` line. Raises `WireError`."""
    if line == WAIT:
        return None
    found = _REPLY.fullmatch(line)
    if found is None:
        message = f"`{line[:40]!r}` is not an answer of protocol JL1; run `jackline doctor`"
        raise WireError(message)
    return int(found[1]), int(found[2]), int(found[3])
