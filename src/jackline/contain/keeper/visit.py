r"""What a program that shows a ticket says, and is told: `JX1`, on the session's own socket.

    visitor: JX1 TICKET TERMINAL LENGTH\n   with its descriptors 0, 1, 2 beside the first byte, then LENGTH bytes of
                                             environment (NAME=VALUE, each ended by NUL)
    keeper:  JX1 started\n                  the program runs on those descriptors
    visitor: JX1 signal NUMBER\n            any number of times; a visitor that goes away is a hang-up (SIGHUP)
    keeper:  JX1 exit CODE\n                it ended; or, if it never started,
             JX1 failed LENGTH\n            and LENGTH bytes of sentence

TERMINAL is 1 where descriptor 0 is a terminal of the visitor's own making, which becomes the program's.
"""

from __future__ import annotations

import os
import re
import socket
from typing import Final, NamedTuple

from jackline.core.errors import WireError

STANDARD_STREAMS: Final = 3
MAX_HEADER: Final = 128
MAX_ENVIRONMENT: Final = 1 << 20
STARTED: Final = b"JX1 started\n"

_STREAMS: Final = "a visitor brings its three standard streams, no fewer and no more"
_HELLO: Final = re.compile(rb"JX1 ([0-9a-f]{32}) ([01]) (0|[1-9][0-9]{0,6})\n")
_SIGNAL: Final = re.compile(rb"JX1 signal ([1-9][0-9]?)\n")


class Hello(NamedTuple):
    """Who comes in: a ticket, the three descriptors (the caller's to close), the environment as it was sent."""

    ticket: str
    terminal: bool
    streams: tuple[int, ...]
    environment: dict[str, str]


def receive(connection: socket.socket) -> Hello:
    """Read a visitor's first words. Raises `WireError`, `OSError`; descriptors that came are closed then."""
    data, streams, flags, _ = socket.recv_fds(connection, MAX_HEADER + MAX_ENVIRONMENT, STANDARD_STREAMS)
    try:
        if flags & socket.MSG_CTRUNC or len(streams) != STANDARD_STREAMS:
            raise WireError(_STREAMS)  # noqa: TRY301 - what follows closes them
        found, block = _words(connection, data)
    except BaseException:
        for stream in streams:
            os.close(stream)
        raise
    return Hello(found[1].decode(), found[2] == b"1", tuple(streams), _environment(block))


def _words(connection: socket.socket, data: bytes) -> tuple[re.Match[bytes], bytes]:
    """The first line and the environment behind it. Raises `WireError`, `OSError`."""
    while b"\n" not in data and len(data) < MAX_HEADER:
        data += _more(connection)
    head, newline, rest = data.partition(b"\n")
    found = _HELLO.fullmatch(head + newline)
    length = int(found[3]) if found is not None else MAX_ENVIRONMENT + 1
    if found is None or length > MAX_ENVIRONMENT:
        message = f"`{head[:40]!r}` is not how a visitor begins; it must be of Jackline's own version"
        raise WireError(message)
    while len(rest) < length:
        rest += _more(connection)
    if len(rest) != length:
        message = "a visitor said more than it announced"
        raise WireError(message)
    return found, rest


def hello(ticket: str, *, terminal: bool, environment: bytes) -> bytes:
    """What a visitor begins with; the three descriptors go with it."""
    return b"JX1 %s %d %d\n%s" % (ticket.encode(), terminal, len(environment), environment)


def signal_in(line: bytes) -> int:
    """The number in a visitor's later line. Raises `WireError`."""
    found = _SIGNAL.fullmatch(line)
    if found is None:
        message = f"`{line[:40]!r}` is nothing that a visitor says"
        raise WireError(message)
    return int(found[1])


def exited(code: int) -> bytes:
    """The end of a program that ran."""
    return b"JX1 exit %d\n" % code


def failed(sentence: str) -> bytes:
    """A program that did not start."""
    text = sentence.encode("utf-8", "backslashreplace")
    return b"JX1 failed %d\n%s" % (len(text), text)


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(MAX_ENVIRONMENT)
    if not data:
        message = "a visitor left before it had said what it wanted"
        raise WireError(message)
    return data


def _environment(block: bytes) -> dict[str, str]:
    """The first of equal names counts, as getenv(3) has it."""
    found: dict[str, str] = {}
    for entry in block.split(b"\0"):
        name, equals, value = entry.partition(b"=")
        if name and equals:
            found.setdefault(os.fsdecode(name), os.fsdecode(value))
    return found
