"""Doors: for each contained session a socket of its own, shown inside, on which the guard answers that session alone.

The listener is the identity: whoever comes in by a door is of its session, whatever it says. What is answered there is
what a client inside needs: its hooks, its shell prefix. Nothing that a person does (approve, allow, pause, undo,
stop) can be asked at a door, so nobody inside can answer for a person.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING, Final

from jackline.contain.keeper.sockets import address
from jackline.guard.accounts import ROOT, own_uid
from jackline.guard.server import BACKLOG, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.guard.server import Conversation

    Answer = Callable[[Conversation], tuple[int, bytes, bytes]]

KINDS: Final = frozenset({"hook", "shell"})
_REFUSED: Final = 2
_NOT_HERE: Final = "Jackline: that is not answered from inside a session; a person asks it outside\n"
_MODE: Final = 0o600


class Doors:
    """All that are open."""

    def __init__(self, answer: Answer) -> None:
        """`answer` is what the guard's own socket is answered by."""
        self._answer = answer
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Server, threading.Thread, str]] = {}

    def open(self, session: str, place: str) -> None:
        """Open a session's door at a path. Raises `OSError`."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)
        with address(place) as name:
            listener.bind(name)
        os.chmod(place, _MODE)
        listener.listen(BACKLOG)
        server = Server(listener, self._at_the_door, users={own_uid(), ROOT}, within=session)
        thread = threading.Thread(target=server.serve, name=f"door of {session}", daemon=True)
        with self._lock:
            self._open[session] = server, thread, place
        thread.start()

    def close(self, session: str) -> None:
        """Close it: whoever is inside finds nobody, and fails closed."""
        with self._lock:
            found = self._open.pop(session, None)
        if found is not None:
            server, thread, place = found
            with contextlib.suppress(OSError):
                os.unlink(place)
            server.stop()
            thread.join()
            server.listener.close()

    def close_all(self) -> None:
        """Close every door."""
        for session in list(self._open):
            self.close(session)

    def _at_the_door(self, conversation: Conversation) -> tuple[int, bytes, bytes]:
        if conversation.header.kind not in KINDS:
            return _REFUSED, b"", _NOT_HERE.encode()
        return self._answer(conversation)
