"""One session's namespaces: they live as long as the holder's lifeline is open, and everything inside with them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Final, Self

from jackline.contain.launch import channel, program
from jackline.contain.launch.encoding import View, encode_views
from jackline.core.errors import ContainmentError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable
    from types import TracebackType

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 30.0


class Holder:
    """A session that is kept: `Sandbox.start` puts programs into it.

    `pidfd` is its pid 1; `views` are descriptors of the views' roots, in order: the way into them from here, by
    `openat`-like calls. Readable `fileno()`: the session has ended.
    """

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, message: channel.Message) -> None:
        self._process, self._control = process, control
        self.pidfd, *views = message.descriptors
        self.views: tuple[int, ...] = tuple(views)

    @classmethod
    def start(cls, views: Iterable[View] = ()) -> Holder:
        """Make a session with its views. Raises `ContainmentError` with what the system refused."""
        process, control = program.start("hold", encode_views(views))
        message = channel.GONE
        if channel.readable(control.fileno(), _START_SECONDS):
            message = channel.receive(control)
        if message.word == "ready" and message.descriptors:
            return cls(process, control, message)
        control.close()
        process.kill()
        process.wait()
        raise ContainmentError(
            f"the session cannot be contained: {message.text or 'its launcher ended without a word'}"
        )

    def fileno(self) -> int:
        """The lifeline: readable once the session has ended."""
        return self._control.fileno()

    @property
    def pid(self) -> int:
        """The process, of ours, on which the session hangs."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the session still is."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End everything in the session, and return when nothing of it runs any more. Stopping twice does nothing."""
        self._control.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for descriptor in (self.pidfd, *self.views):
            if descriptor >= 0:
                os.close(descriptor)
        self.pidfd, self.views = -1, ()

    def kill(self) -> None:
        """End it at once, without waiting."""
        if self.pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
