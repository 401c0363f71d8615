"""A terminal of our own between the user's and a program that runs in a sandbox.

The program gets a pseudo-terminal, so that it has job control, sizes and keys as always, and never the user's own: what
it could do to that (TIOCSTI, CVE-2017-5226; reading what is typed later) it can do to nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import sys
import termios
import tty
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK: Final = 65536
_SIZE: Final = 8
"""sizeof(struct winsize), tty_ioctl(4)."""


class Terminal:
    """The pair, and what goes between it and the user's terminal (descriptors 0 and 1)."""

    def __init__(self) -> None:
        """Raises `OSError`."""
        self._master, self._slave = pty.openpty()
        self.resize()

    @property
    def inside(self) -> tuple[int, int, int]:
        """The program's three streams."""
        return self._slave, self._slave, self._slave

    @property
    def watched(self) -> tuple[int, int]:
        """What to wait at before `relay`."""
        return 0, self._master

    def leave_inside(self) -> None:
        """The program has its end: ours of it is closed, so that its going is seen."""
        os.close(self._slave)
        self._slave = -1

    def relay(self, descriptor: int) -> bool:
        """Pass on what is there to read; False where nothing will come from it any more."""
        try:
            data = os.read(descriptor, CHUNK)
            if data:
                _write_all(self._master if descriptor == 0 else 1, data)
        except OSError:  # EIO: every end inside is closed
            return False
        return bool(data)

    def drain(self) -> None:
        """Show what the program still said before it ended."""
        while select.select([self._master], [], [], 0)[0] and self.relay(self._master):
            continue

    def resize(self) -> None:
        """Give it the size of the user's terminal."""
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * _SIZE))

    def close(self) -> None:
        """Let go of it."""
        os.close(self._master)
        if self._slave >= 0:
            os.close(self._slave)


@contextlib.contextmanager
def own_terminal() -> Iterator[Terminal | None]:
    """One, where this process has a terminal for input and output; the user's is raw meanwhile, and as before after."""
    if not (sys.stdin and sys.stdout and os.isatty(0) and os.isatty(1)):
        yield None
        return
    before = termios.tcgetattr(0)
    terminal = Terminal()
    try:
        tty.setraw(0)
        yield terminal
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        terminal.close()


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
