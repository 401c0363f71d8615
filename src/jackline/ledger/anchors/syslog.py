"""The system's log as the place for anchors: one datagram to its local socket (RFC 3164's form, facility authpriv)."""

from __future__ import annotations

import socket
from typing import Final

from jackline.core.errors import LedgerError
from jackline.ledger.anchors.interface import Exported
from jackline.ledger.checkpoint import Anchor, anchor_line

DEFAULT_SOCKET: Final = "/dev/log"
_AUTHPRIV_NOTICE: Final = 10 * 8 + 5


def to_syslog(anchor: Anchor, target: str) -> Exported:
    """Send the anchor to the socket `target`, by default the system's own."""
    path = target or DEFAULT_SOCKET
    message = b"<%d>jackline: %s" % (_AUTHPRIV_NOTICE, anchor_line(anchor).rstrip(b"\n"))
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        text = "this system has no local socket of a log; anchor to a file or a git remote"
        raise LedgerError(text)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.connect(path)
            sender.send(message)
    except OSError as error:
        text = f"the system's log does not answer at `{path}`: {error.strerror}; start it, or anchor to a file or a git remote"
        raise LedgerError(text) from error
    return Exported(f"syslog:{path}", anchor)
