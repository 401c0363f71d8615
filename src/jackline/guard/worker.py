"""Lowering of large inputs, in a process that can be killed.

In: an action and its surroundings. Out: its effects; or `WorkerError` when the process died or took longer than
`WALL_SECONDS`, which the guard records as a denial. The nursery is forked while the guard has one thread and holds no
lock; it forks one worker for each action, from the first one on another ahead of need. What was put off at the start it
loads before the first, so that no worker spends its time on that. A worker does no I/O: it asks the guard, over its
socket, what it would ask its surroundings, so the same door and the same bounds serve both.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec
from msgspec import Struct

from jackline.core.action import Action
from jackline.core.deferred import settle
from jackline.core.effect import Effect
from jackline.core.errors import JacklineError
from jackline.guard.world.answers import restore, store
from jackline.lower.lowering import lower
from jackline.lower.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

WALL_SECONDS: Final = 0.3
MAX_MEMORY_GROWTH: Final = 512 * 1024 * 1024
CPU_SECONDS: Final = 5
MAX_MESSAGE: Final = 32 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")
_PID: Final = struct.Struct(">i")
_FORK: Final = b"F"
_KILL: Final = b"K"
_CHUNK: Final = 65536


class WorkerError(JacklineError):
    """A large input could not be analysed within its bounds of time and memory."""


class Job(Struct, frozen=True):
    """What a worker is given."""

    action: Action
    cwd: str
    workspace: str
    home: str
    user: str


class Question(Struct, frozen=True, tag="question"):
    """What a worker wants to know."""

    question: str
    subject: str


class Done(Struct, frozen=True, tag="done"):
    """What a worker found."""

    effects: tuple[Effect, ...]


_FROM_WORKER: Final = msgspec.json.Decoder(Question | Done)
_JOB: Final = msgspec.json.Decoder(Job)


class Nursery:
    """The process that forks the workers. Make it before any thread is started; `close` it at the end."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _run_nursery(theirs)
        theirs.close()
        self._control = ours
        self._lock = threading.Lock()
        self._spare: tuple[int, socket.socket] | None = None

    def lower(self, action: Action, surroundings: Surroundings, *, seconds: float = WALL_SECONDS) -> tuple[Effect, ...]:
        """The effects of an action. The time that the surroundings take to answer does not count. Raises `WorkerError`."""
        pid, line = self._take()
        try:
            with line:
                return _converse(line, action, surroundings, seconds)
        except (OSError, msgspec.MsgspecError, EOFError) as error:
            message = "the analysis of this large input died; split it into smaller steps"
            raise WorkerError(message) from error
        finally:
            self._kill(pid)

    def close(self) -> None:
        """End the nursery and its workers."""
        self._control.close()
        if self._spare is not None:
            self._spare[1].close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _take(self) -> tuple[int, socket.socket]:
        with self._lock:
            taken, self._spare = self._spare, None
            try:
                taken = taken or self._fork()
            except OSError as error:
                message = "the process that analyses large inputs is gone; run `jackline guard restart`"
                raise WorkerError(message) from error
            with contextlib.suppress(OSError):  # the next call says so
                self._spare = self._fork()
        return taken

    def _fork(self) -> tuple[int, socket.socket]:
        self._control.sendall(_FORK + _PID.pack(0))
        data, descriptors, _, _ = socket.recv_fds(self._control, _PID.size, 1)
        if len(data) != _PID.size or len(descriptors) != 1:
            for descriptor in descriptors:
                os.close(descriptor)
            message = "no worker"
            raise OSError(message)
        return _PID.unpack(data)[0], socket.socket(fileno=descriptors[0])

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(OSError), self._lock:
            self._control.sendall(_KILL + _PID.pack(pid))


def _converse(line: socket.socket, action: Action, surroundings: Surroundings, seconds: float) -> tuple[Effect, ...]:
    job = Job(action, surroundings.cwd, surroundings.workspace, surroundings.home, surroundings.user)
    line.settimeout(WALL_SECONDS)
    _send(line, msgspec.json.encode(job))
    left = seconds
    while True:
        begun = time.monotonic()
        message = _FROM_WORKER.decode(_receive(line, lambda: left - (time.monotonic() - begun)))  # noqa: B023 - called before the next turn
        left -= time.monotonic() - begun
        if isinstance(message, Done):
            return message.effects
        answer = surroundings.ask(message.question, message.subject)
        line.settimeout(WALL_SECONDS)
        _send(line, msgspec.json.encode(store([(message.question, message.subject, answer)])))


def _send(line: socket.socket, data: bytes) -> None:
    line.sendall(_LENGTH.pack(len(data)) + data)


def _receive(line: socket.socket, left: Callable[[], float]) -> bytes:
    (size,) = _LENGTH.unpack(_exactly(line, _LENGTH.size, left))
    if size > MAX_MESSAGE:
        message = "a worker's message is too long"
        raise WorkerError(message)
    return _exactly(line, size, left)


def _exactly(line: socket.socket, size: int, left: Callable[[], float]) -> bytes:
    data = bytearray()
    while len(data) < size:
        seconds = left()
        if seconds <= 0 or not select.select([line], [], [], seconds)[0]:
            message = (
                f"the analysis of this large input took longer than {WALL_SECONDS:g} s; split it into smaller steps"
            )
            raise WorkerError(message)
        chunk = line.recv(min(_CHUNK, size - len(data)))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


# ------------------------------------------------------------------------------------------- in the other processes


def _run_nursery(control: socket.socket) -> NoReturn:
    """Fork on request, kill on request, end when the guard does. Never returns into the guard's own code."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        children: set[int] = set()
        while len(order := control.recv(1 + _PID.size, socket.MSG_WAITALL)) == 1 + _PID.size:
            _reap(children)
            if order[:1] == _FORK:
                settle()
                children.add(_fork_worker(control))
            else:
                (pid,) = _PID.unpack(order[1:])
                if pid in children:  # not yet reaped, so the number is still this worker's
                    os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        status = 0
    finally:
        os._exit(status)


def _reap(children: set[int]) -> None:
    for pid in tuple(children):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            children.discard(pid)


def _fork_worker(control: socket.socket) -> int:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    pid = os.fork()
    if pid == 0:
        control.close()
        ours.close()
        _run_worker(theirs)
    theirs.close()
    with ours:
        socket.send_fds(control, [_PID.pack(pid)], [ours.fileno()])
    return pid


def _run_worker(line: socket.socket) -> NoReturn:
    status = 1
    try:
        _limit()
        job = _JOB.decode(_receive_blocking(line))
        surroundings = Surroundings(_Asking(line), cwd=job.cwd, workspace=job.workspace, home=job.home, user=job.user)
        found = lower(job.action, surroundings)
        _send(line, msgspec.json.encode(Done(found.effects)))
        status = 0
    finally:
        os._exit(status)  # no clean-up: nothing of the guard's may run in here


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # macOS refuses an address-space limit
        with open("/proc/self/statm", "rb") as file:
            size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (size + MAX_MEMORY_GROWTH, size + MAX_MEMORY_GROWTH))


class _Asking:
    """A source that asks the guard."""

    __slots__ = ("_line",)

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def answer(self, question: str, subject: str) -> Any:  # noqa: ANN401 - the type follows from the question
        """The guard's answer."""
        _send(self._line, msgspec.json.encode(Question(question, subject)))
        return restore(msgspec.json.decode(_receive_blocking(self._line)))[0][2]


def _receive_blocking(line: socket.socket) -> bytes:
    return _receive(line, lambda: float(CPU_SECONDS * 10))
