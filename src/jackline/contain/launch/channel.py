"""What a launcher says on its lifeline: a word, a text, and descriptors."""

from __future__ import annotations

import array
import os
import select
import socket
from typing import Final, NamedTuple

_TEXT_BYTES: Final = 4096
_DESCRIPTORS: Final = 128
_INT: Final = array.array("i").itemsize


class Message(NamedTuple):
    """`word` says what happened; an empty one means that the launcher has gone. `text` may be shown as it is: what a
    terminal would obey, or could not show, is written as in Python."""

    word: str
    text: str
    descriptors: tuple[int, ...]


GONE: Final = Message("", "", ())


def receive(control: socket.socket) -> Message:
    """The next message. Descriptors are ours, and inherited by nobody. Raises `BlockingIOError` as the socket does."""
    try:
        body, ancillary, _, _ = control.recvmsg(
            _TEXT_BYTES, socket.CMSG_SPACE(_DESCRIPTORS * _INT), socket.MSG_CMSG_CLOEXEC
        )
    except ConnectionResetError:
        return GONE
    got = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            got.frombytes(data[: len(data) - len(data) % _INT])
    if not body:
        for descriptor in got:
            os.close(descriptor)
        return GONE
    word, _, text = body.decode("utf-8", "surrogateescape").partition(" ")
    return Message(word, "".join(map(_printable, text)), tuple(got))


def _printable(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]


def readable(descriptor: int, seconds: float) -> bool:
    """Whether something can be read, or the other end is gone, within `seconds`."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
