"""A file as the place for anchors: one line is appended in one write, and synced."""

from __future__ import annotations

import os
import stat

from jackline.core.errors import LedgerError, UsageError
from jackline.ledger.anchors.interface import Exported
from jackline.ledger.checkpoint import Anchor, anchor_line

_MODE = 0o644
_SAME_ACCOUNT = (
    "`{path}` belongs to the account that writes the ledger: whoever can rewrite one can rewrite the other. Make it "
    "append-only (`chattr +a`), give it to another user, or copy it off this machine"
)


def to_file(anchor: Anchor, target: str) -> Exported:
    """Append the anchor to a file (or a pipe that someone reads), made where there is none."""
    if not target:
        message = "the anchor's file has no name; give a path"
        raise UsageError(message)
    path = os.path.abspath(target)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    line = anchor_line(anchor)
    try:
        descriptor = os.open(path, flags, _MODE)
        try:
            found = os.fstat(descriptor)
            written = os.write(descriptor, line)
            if stat.S_ISREG(found.st_mode):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        message = f"cannot append the anchor to `{path}`: {error.strerror}; name a file that this account may append to"
        raise LedgerError(message) from error
    if written != len(line):
        message = (
            f"only {written} of {len(line)} bytes of the anchor reached `{path}`; make room there, and anchor again"
        )
        raise LedgerError(message)
    own = (
        stat.S_ISREG(found.st_mode) and hasattr(os, "getuid") and found.st_uid == os.getuid() and not _append_only(path)
    )
    return Exported(f"file:{path}", anchor, _SAME_ACCOUNT.format(path=path) if own else "")


def _append_only(path: str) -> bool:
    """Whether the system refuses to open the file for anything but appending (`chattr +a`)."""
    try:
        os.close(os.open(path, os.O_WRONLY))
    except PermissionError:
        return True
    except OSError:
        return False
    return False
