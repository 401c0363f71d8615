"""The other end of the socket, for the command line: one request, one answer, the guard started where none runs.

Small on purpose, and without third-party imports: `jackline hook` and `jackline statusline` run through it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from jackline.core.errors import GuardUnreachableError, JacklineError, UsageError
from jackline.guard.paths import find_homes, private_directory
from jackline.guard.protocol import MAX_HEADER, Kind, read_reply, request

if TYPE_CHECKING:
    from jackline.guard.paths import Homes

PATIENCE_SECONDS: Final = 4.0
START_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.02
_ABSENT: Final = (errno.ENOENT, errno.ECONNREFUSED)
_USAGE: Final = 2


def call(
    method: str,
    parameters: dict[str, Any] | None = None,
    *,
    start: bool = True,
    homes: Homes | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Any:  # noqa: ANN401 - JSON
    """Ask the resident guard; returns its JSON.

    Raises `GuardUnreachableError` where it does not answer, and what it answers as an error: `UsageError` or
    `JacklineError`.
    """
    body = json.dumps(parameters or {}).encode()
    exit_code, out, err = ask("call", method, body, start=start, homes=homes, patience=patience)
    if exit_code:
        sentence = err.decode(errors="replace").strip().removeprefix("Jackline: ")
        raise (UsageError if exit_code == _USAGE else JacklineError)(sentence)
    return json.loads(out)


def ask(
    kind: Kind,
    name: str,
    body: bytes,
    *,
    start: bool = True,
    homes: Homes | None = None,
    patience: float = PATIENCE_SECONDS,
) -> tuple[int, bytes, bytes]:
    """One request, one (exit, out, err). Raises `GuardUnreachableError` after `patience` seconds without a word."""
    where = homes or find_homes()
    try:
        with connect(where, start=start) as connection:
            connection.settimeout(patience)
            connection.sendall(request(kind, name, body))
            return _read(connection)
    except OSError as error:
        raise _unreachable(str(error)) from error


def connect(homes: Homes, *, start: bool) -> socket.socket:
    """A connection to the guard, started where none runs and `start`. Raises `GuardUnreachableError`."""
    try:
        return _connect(homes.socket)
    except OSError as error:
        if error.errno not in _ABSENT or not start:
            raise _unreachable(error.strerror or str(error)) from error
    child = start_guard(homes)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            return _connect(homes.socket)
        except OSError as error:
            if error.errno not in _ABSENT:
                raise _unreachable(error.strerror or str(error)) from error
        if child.poll() not in (None, 0):  # 0: another guard won the race for the lock
            break
        select.select([], [], [], _RETRY_SECONDS)
    reason = "it ended as it started" if child.poll() is not None else "it did not open its socket in time"
    raise _unreachable(reason)


class Child:
    """A guard that was started from here. It lives on when this process ends."""

    __slots__ = ("_status", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status


def start_guard(homes: Homes, *arguments: str) -> Child:
    """Start the resident guard, detached from this process, its terminal and its standard streams."""
    private_directory(homes.runtime)
    environment = {
        **os.environ,
        "JACKLINE_CONFIG_HOME": homes.config, "JACKLINE_STATE_HOME": homes.state, "JACKLINE_RUNTIME_DIR": homes.runtime,
    }  # fmt: skip
    streams = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
    command = [sys.executable, *isolation(), "-m", "jackline.guard.start", *arguments]
    return Child(os.posix_spawn(sys.executable, command, environment, file_actions=streams, setsid=True))


def isolation() -> tuple[str, ...]:
    """`-I` keeps the caller's directory and PYTHON* variables out of the guard; a source tree on PYTHONPATH needs them."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return ("-P",) if package in map(os.path.abspath, filter(None, named)) else ("-I",)


def _connect(path: str) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        message = "this system's Python has no Unix sockets; the resident guard runs on Linux and macOS"
        raise GuardUnreachableError(message)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(path)
    except BaseException:
        with contextlib.suppress(OSError):
            connection.close()
        raise
    return connection


def _read(connection: socket.socket) -> tuple[int, bytes, bytes]:
    with connection.makefile("rb") as stream:
        while True:
            line = stream.readline(MAX_HEADER)
            if not line:
                raise _unreachable("it closed the connection")
            sizes = read_reply(line)
            if sizes is not None:
                break
        exit_code, out_length, err_length = sizes
        out, err = stream.read(out_length), stream.read(err_length)
    if len(out) != out_length or len(err) != err_length:
        raise _unreachable("its answer ended early")
    return exit_code, out, err


def _unreachable(reason: str) -> GuardUnreachableError:
    return GuardUnreachableError(
        f"the guard does not answer ({reason}); nothing runs until it does: run `jackline doctor`"
    )
