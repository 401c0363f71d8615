"""One program in a sandbox of a session, from its plan to its exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Final

from jackline.contain.launch import channel, program
from jackline.contain.launch.encoding import encode
from jackline.contain.launch.program import Streams
from jackline.contain.launch.sweeping import sweep
from jackline.core.errors import ContainmentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.contain.launch.holder import Holder
    from jackline.contain.plan import Plan

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 30.0

__all__ = ["Sandbox", "Streams"]


class Sandbox:
    """A program that was started in its sandbox.

    `listeners` are the plan's, in order, open inside the sandbox's network; `network` is that network's namespace;
    `notifier` announces execs and connects where the plan is observed; `program` is the program's pidfd. All of them,
    and `exited`, which is readable once the program has ended, are descriptors that a loop can wait for; `close` closes
    them. `landlock` is the version of the wall that is up, 0 for none.
    """

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, plan: Plan) -> None:
        self._process, self._control = process, control
        self._listening = len(plan.listeners)
        self.exited = os.pidfd_open(process.pid)
        self.program = self.network = self.notifier = -1
        self.listeners: tuple[int, ...] = ()
        self.landlock = 0
        self.problem = ""

    @classmethod
    def start(cls, plan: Plan, holder: Holder, streams: Streams, groups: Sequence[int] = ()) -> Sandbox:
        """Start `plan` in the session of `holder`, and return when all its walls are up.

        `groups` are open `cgroup.procs` files, which the program joins first. Where the plan is observed the program
        has not begun: it waits for whoever reads `notifier`. Raises `ContainmentError`: then nothing has run.
        """
        sandbox = cls.begin(plan, holder, streams, groups)
        if not channel.readable(sandbox.fileno(), _START_SECONDS):
            sandbox.close()
            raise ContainmentError("the sandbox was not ready in time")
        sandbox.advance()
        return sandbox

    @classmethod
    def begin(cls, plan: Plan, holder: Holder, streams: Streams, groups: Sequence[int] = ()) -> Sandbox:
        """As `start`, without waiting: when `fileno()` is readable, call `advance`."""
        process, control = program.start("enter", encode(plan), (holder.pidfd, *groups), streams)
        return cls(process, control, plan)

    def advance(self) -> None:
        """Take what the launcher says first. Raises `ContainmentError` if it is that nothing was started."""
        message = channel.receive(self._control)
        expected = 2 + self._listening
        if message.word == "started" and len(message.descriptors) in {expected, expected + 1}:
            self.program, self.network, *rest = message.descriptors
            self.listeners = tuple(rest[: self._listening])
            self.notifier = rest[self._listening] if len(rest) > self._listening else -1
            self.landlock = int(message.text)
            return
        for descriptor in message.descriptors:
            os.close(descriptor)
        self.close()
        raise ContainmentError(f"the sandbox cannot be made: {message.text or 'its launcher ended without a word'}")

    def fileno(self) -> int:
        """The lifeline: closing it ends the program."""
        return self._control.fileno()

    @property
    def pid(self) -> int:
        """The launcher's process, of ours, whose exit code is the program's."""
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, once the program has ended: its own, or 128 and the number of the signal that ended it."""
        code = self._process.poll()
        if code is None:
            return None
        if not self.problem:
            self._hear()
        return _exit_code(code)

    def wait(self, seconds: float | None = None) -> int:
        """The same, waited for. Raises `TimeoutError`."""
        if not channel.readable(self.exited, -1 if seconds is None else seconds):
            raise TimeoutError
        code = self._process.wait()
        self._hear()
        return _exit_code(code)

    def _hear(self) -> None:
        """If the program could not be executed (exit code 126 or 127), why."""
        if self._control.fileno() >= 0 and channel.readable(self._control.fileno(), 0):
            message = channel.receive(self._control)
            self.problem = message.text if message.word == "failed" else ""

    def sockets(self, holder: Holder, count: int) -> tuple[int, ...]:
        """New TCP sockets (IPv4) of the sandbox's network, not connected: who connects with one does so from inside.

        Possible as long as `network` is open, whether the program still runs or left something running. Raises
        `ContainmentError`.
        """
        process, control = program.start("dial", None, (holder.pidfd, self.network), words=(str(count),))
        with control:
            message = channel.GONE
            if channel.readable(control.fileno(), _START_SECONDS):
                message = channel.receive(control)
        process.kill()
        process.wait()
        if message.word != "sockets":
            raise ContainmentError(f"the sandbox's network cannot be reached: {message.text or 'its launcher is gone'}")
        return message.descriptors

    def signal(self, number: int) -> None:
        """Pass a signal on, to the program or, as a terminal would, to its group. Nothing happens if it has ended.

        SIGKILL is not one to pass on: it ends the launcher, and the program with it; `kill` ends all.
        """
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.exited, number)

    def kill(self) -> None:
        """End the program and all that it started, whatever became of their parents.

        They are found by their network namespace, which nothing inside can leave. Raises `ContainmentError` where there
        is always one more: then the session must be stopped.
        """
        self._control.shutdown(socket.SHUT_RDWR)
        if self.network >= 0:
            sweep(os.fstat(self.network))

    def close(self) -> None:
        """End the program if it still runs, and close what is still ours. What it left running in the session stays."""
        self._control.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:  # it waits for a program that the kernel cannot end yet
            self._process.kill()
            self._process.wait()
        for descriptor in (self.exited, self.program, self.network, self.notifier, *self.listeners):
            if descriptor >= 0:
                os.close(descriptor)
        self.exited = self.program = self.network = self.notifier = -1
        self.listeners = ()


def _exit_code(code: int) -> int:
    """That of a launcher which was killed itself is told as its program's would be: they end together."""
    return code if code >= 0 else 128 - code
