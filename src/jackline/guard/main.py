"""`jackline-guard`: the resident process. One per user; a second one that is started finds the lock taken and ends.

`jackline-guard` serves until SIGTERM, then finishes the calls in hand. `jackline-guard --takeover` asks the running one
for its listening socket and follows it: calls that arrive meanwhile wait in the socket's queue, so none is lost.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import settle
from jackline.core.errors import ConfigurationError, GuardUnreachableError, JacklineError
from jackline.guard.accounts import ROOT, own_uid, uids_of
from jackline.guard.client import connect
from jackline.guard.configuration import read_settings
from jackline.guard.eyes import Eyes
from jackline.guard.paths import Homes, find_homes, private_directory
from jackline.guard.protocol import MAX_HEADER, request
from jackline.guard.server import BACKLOG, DRAIN_SECONDS, Server
from jackline.guard.service import Service
from jackline.guard.worker import Nursery

if TYPE_CHECKING:
    from jackline.guard.server import Conversation

LOCK_SECONDS: Final = DRAIN_SECONDS + 4
START_LOCK_SECONDS: Final = 2.0
"""How long a guard that was started waits for one that is ending (its socket's name is gone already)."""

ALLOCATIONS: Final = 20_000
"""How many objects are made between two searches for garbage: a call makes few cycles, and no search fits into most."""

SETTLE_SECONDS: Final = 1.0
"""How long after the start what was put off is loaded: the processor is the first call's until then."""

_LOCK_RETRY: Final = 0.02
_SOCKET_MODE: Final = 0o600
_SHARED_SOCKET_MODE: Final = 0o666
"""Anyone may connect; who is served is then decided by the peer's credentials alone."""

_PRIVATE_UMASK: Final = 0o077


def main() -> None:
    """The console entry point."""
    try:
        sys.exit(serve(find_homes(), takeover="--takeover" in sys.argv[1:]))
    except JacklineError as error:
        sys.stderr.write(f"jackline-guard: {error}\n")
        sys.exit(error.exit_code)


def serve(homes: Homes, *, takeover: bool = False) -> int:
    """Serve until told to stop; returns the exit code (0 also where another guard serves already)."""
    os.umask(_PRIVATE_UMASK)
    os.chdir("/")  # whoever started it may want to unmount or remove where it stood
    users = uids_of(_users(homes))
    private_directory(homes.runtime, shared=bool(users))
    inherited = _take_over(homes) if takeover else None
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(open(homes.lock, "a+b"))
        if not _take_lock(lock.fileno(), LOCK_SECONDS if inherited else START_LOCK_SECONDS):
            return 0
        _note_pid(lock.fileno())
        gc.freeze()  # what was imported stays: no search for garbage looks at it again, and forks share it unwritten
        nursery = Nursery()  # forked first: no thread, no lock and no database is there yet
        stack.callback(nursery.close)
        eyes = Eyes(homes)
        service = Service(homes, eyes, worker=nursery)
        eyes.warm()
        gc.set_threshold(ALLOCATIONS)
        gc.enable()  # see `start`
        listener = inherited or _listen(homes.socket, shared=bool(users))
        _serve(homes, listener, service, users | {own_uid(), ROOT})
    return 0


def _users(homes: Homes) -> tuple[str, ...]:
    """The accounts that a managed guard serves. Settings that are wrong name nobody; the policies say what is wrong."""
    try:
        return read_settings(homes).users
    except ConfigurationError:
        return ()


def _serve(homes: Homes, listener: socket.socket, service: Service, users: frozenset[int]) -> None:
    name = _identity(homes.socket)
    server = Server(listener, service.answer, users=users, reachable=lambda: _identity(homes.socket) == name)
    followed = False

    def hand_over(conversation: Conversation) -> None:
        nonlocal followed
        conversation.pass_descriptor(listener.fileno())
        followed = True
        server.stop()

    service.hand_over, service.stop = hand_over, server.stop
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: server.stop())
    later = threading.Timer(SETTLE_SECONDS, _settle)
    later.daemon = True
    later.start()
    server.serve()
    later.cancel()
    if not followed:
        if _identity(homes.socket) == name:
            _forget_socket(homes.socket)
        listener.close()
    service.desk.close()
    server.drain()
    service.close()


def _settle() -> None:
    """Load what was put off, beside the calls: from here on an upgrade that replaces our files changes nothing in here."""
    settle()
    gc.freeze()  # see `serve`


def _listen(path: str, *, shared: bool = False) -> socket.socket:
    """Bind beside the place and rename into it, so that whoever connects finds a socket that is listened to."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    temporary = f"{path}.{secrets.token_hex(4)}"
    try:
        listener.bind(temporary)
        os.chmod(temporary, _SHARED_SOCKET_MODE if shared else _SOCKET_MODE)
        listener.listen(BACKLOG)
        os.replace(temporary, path)
    except OSError as error:
        listener.close()
        message = f"`{path}` cannot be opened as a socket: {error}"
        raise GuardUnreachableError(message) from error
    return listener


def _identity(path: str) -> tuple[int, int] | None:
    """Which socket stands under a name; None where none does: somebody removed it, and every call would be refused."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _forget_socket(path: str) -> None:
    """Take the name away before the last calls are answered: who comes now starts a new guard, which waits its turn."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def _take_lock(descriptor: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOCK_RETRY)
        else:
            return True


def _note_pid(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _take_over(homes: Homes) -> socket.socket | None:
    """The listening socket of the guard that runs; None where none does."""
    try:
        connection = connect(homes, start=False)
    except GuardUnreachableError:
        return None
    with connection:
        connection.sendall(request("call", "handover", json.dumps({"pid": os.getpid()}).encode()))
        _, descriptors, _, _ = socket.recv_fds(connection, MAX_HEADER, 1)
    if not descriptors:
        message = "the running guard did not hand over its socket; run `jackline guard restart`"
        raise GuardUnreachableError(message)
    return socket.socket(fileno=descriptors[0])


if __name__ == "__main__":
    main()
