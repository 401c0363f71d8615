"""The guard's end of every keeper's lifeline: one per session that has sandboxes."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from typing import TYPE_CHECKING, Final

from jackline.contain.keeper import starting, wire
from jackline.core.deferred import Deferred
from jackline.core.errors import ContainmentError, WireError
from jackline.guard.client import isolation
from jackline.guard.paths import private_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jackline.guard.paths import Homes

OPEN_SECONDS: Final = 30.0
PATIENT_SECONDS: Final = 1.0
GRANT_SECONDS: Final = 5.0
MARK_SECONDS: Final = 30.0
END_SECONDS: Final = 60.0
DROP_SECONDS: Final = 5.0
_native_program: Final[Callable[[str], Path | None]] = Deferred("jackline.hook_client", "native_program")
_TICKET_BYTES: Final = 16
_SHORT: Final = 12
"""How much of a session's digest stands in the name of its socket, which may have 107 bytes in all (unix(7))."""


class ContainError(ContainmentError):
    """A sandbox cannot be had, or is no more. What was to run in it does not run."""

    exit_code = 125


class Keeper:
    """One session's keeper, as the guard has it. Safe to use from several threads."""

    def __init__(
        self, started: starting.Started, opening: wire.Open, heard: Callable[[Keeper, wire.FromKeeper], None]
    ) -> None:
        """`heard` is called, in the keeper's own thread, with whatever it reports that nobody here waits for."""
        self.session, self.socket = opening.session, opening.socket
        self._allowed_hosts = frozenset(opening.allowed_hosts)
        self._pid, self._lifeline, self._heard = started.pid, started.lifeline, heard
        self._sending = threading.Lock()
        self._state = threading.Condition()
        self._granted: set[str] = set()
        self._marked: set[str] = set()
        self._opened: wire.Opened | None = None
        self.closed: wire.Closed | None = None
        self._over = ""
        self._thread = threading.Thread(target=self._listen, name=f"keeper of {opening.session}", daemon=True)
        self._thread.start()
        self._say(opening)

    @property
    def alive(self) -> bool:
        """Whether it still runs and can be granted something."""
        return not self._over

    def names(self, host: str, port: int) -> bool:
        """Whether a person named this host when the session was opened, with this port or with none."""
        return not self._allowed_hosts.isdisjoint({host, f"{host}:{port}"})

    def opened(self, patient: Callable[[], bool] = lambda: True) -> wire.Opened:
        """Wait until the session stands. `patient` is asked every second: a caller is told so that we are at it, or is
        gone. Raises `ContainError`."""
        deadline = time.monotonic() + OPEN_SECONDS
        while self._opened is None and not self._over:
            with self._state:
                self._state.wait_for(lambda: self._opened is not None or bool(self._over), PATIENT_SECONDS)
            if time.monotonic() > deadline or not patient():
                message = (
                    "the session's keeper did not come up in time; nothing runs: look at `keeper.log` in its folder"
                )
                raise ContainError(message)
        if self._opened is None:
            raise ContainError(self._over)
        return self._opened

    def grant(self, grant: wire.Grant) -> None:
        """Make a ticket good. Raises `ContainError`."""
        self._say(grant)
        self._wait(lambda: grant.ticket in self._granted, GRANT_SECONDS, "does not answer")
        with self._state:
            if grant.ticket not in self._granted:
                raise ContainError(self._over)
            self._granted.discard(grant.ticket)

    def mark(self, action: str) -> None:
        """An action on the floor ended; returns when its changes are known, and published. Raises `ContainError`."""
        self._say(wire.Mark(action))
        self._wait(lambda: action in self._marked, MARK_SECONDS, "does not answer")
        self._marked.discard(action)

    def tell(self, answer: wire.Verdict | wire.Noted) -> None:
        """Answer what it said; a keeper that is gone needs no answer."""
        with contextlib.suppress(ContainError):
            self._say(answer)

    def end(self, outcome: wire.Outcome) -> wire.Closed:
        """Stop everything inside; what is still open is kept, discarded or left. Raises `ContainError`."""
        self._say(wire.End(outcome))
        self._wait(lambda: self.closed is not None, END_SECONDS, "did not end in time")
        if self.closed is None:
            raise ContainError(self._over)
        return self.closed

    def drop(self) -> None:
        """Let go of the lifeline: the keeper and all its processes end, and nothing is published."""
        with contextlib.suppress(OSError):
            self._lifeline.shutdown(2)

    def over(self, seconds: float) -> bool:
        """Wait until it has ended, with everything in it; False where it has not in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _say(self, message: wire.ToKeeper) -> None:
        try:
            with self._sending:
                wire.send(self._lifeline, message)
        except OSError as error:
            problem = f"the session's keeper is gone ({error.strerror}); nothing of it runs any more"
            raise ContainError(problem) from error

    def _wait(self, until: Callable[[], bool], seconds: float, otherwise: str) -> None:
        with self._state:
            if not self._state.wait_for(lambda: until() or bool(self._over), seconds):
                message = f"the session's keeper {otherwise}; nothing runs: look at `keeper.log` in its folder"
                raise ContainError(message)

    def _listen(self) -> None:
        over = "the session's keeper ended; nothing of it runs any more"
        try:
            for report in wire.reports(self._lifeline):
                if isinstance(report, wire.Failed):
                    over = report.sentence
                    break
                self._note(report)
        except (OSError, WireError) as error:
            over = str(error)
        with self._state:
            self._over = over
            self._state.notify_all()
        self._lifeline.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    def _note(self, report: wire.FromKeeper) -> None:
        if isinstance(report, wire.Marked):
            self._heard(self, report)  # in the ledger before whoever waits for it goes on
        with self._state:
            if isinstance(report, wire.Granted):
                self._granted.add(report.ticket)
            elif isinstance(report, wire.Marked):
                self._marked.add(report.action)
            elif isinstance(report, wire.Opened):
                self._opened = report
            elif isinstance(report, wire.Closed):
                self.closed = report
            self._state.notify_all()
        if not isinstance(report, wire.Granted | wire.Opened | wire.Marked):
            self._heard(self, report)


class Keepers:
    """All of them. `heard` gets what keepers report."""

    def __init__(self, homes: Homes, heard: Callable[[Keeper, wire.FromKeeper], None]) -> None:
        self._homes, self._heard = homes, heard
        self._lock = threading.Lock()
        self._keepers: dict[str, Keeper] = {}

    @property
    def protected(self) -> tuple[str, ...]:
        """The guard's own places, which no sandbox ever shows."""
        return self._homes.config, self._homes.state, self._homes.runtime

    @property
    def programs(self) -> dict[str, str]:
        """The programs that a client inside needs, by name. Raises `ContainError` where they were not compiled."""
        found = {f"jackline-{name}": _native_program(name) for name in ("hook", "shell")}
        missing = [name for name, path in found.items() if path is None]
        if missing:
            message = f"this installation has no compiled `{missing[0]}`: install a C compiler, then Jackline again"
            raise ContainError(message)
        return {name: str(path) for name, path in found.items()}

    def of(self, session: str) -> Keeper | None:
        """The keeper of a session that runs."""
        with self._lock:
            found = self._keepers.get(session)
            return found if found is not None and found.alive else None

    def open(self, opening: wire.Open, patient: Callable[[], bool] = lambda: True) -> Keeper:
        """Start one, and wait until its session stands; see `Keeper.opened`. Raises `ContainError`."""
        with self._lock:
            found = self._keepers.get(opening.session)
            if found is None or not found.alive:
                found = self._keepers[opening.session] = self._start(opening)
        found.opened(patient)
        return found

    def mark(self, session: str, action: str) -> None:
        """An action on a session's floor ended. Raises `ContainError` where its changes cannot be recorded."""
        found = self.of(session)
        if found is not None:
            found.mark(action)

    def folder(self, digest: str) -> str:
        """A session's own folder, in which its view lies."""
        base = private_directory(os.path.join(self._homes.state, "sessions"))
        return private_directory(os.path.join(base, digest))

    @property
    def history(self) -> str:
        """Where sessions keep what they changed."""
        return self._homes.history

    def place(self, digest: str, name: str) -> str:
        """Where one of a session's sockets stands."""
        base = private_directory(os.path.join(private_directory(self._homes.runtime), "s"))
        return os.path.join(private_directory(os.path.join(base, digest[:_SHORT])), name)

    def close(self) -> None:
        """End all of them, and publish nothing."""
        with self._lock:
            keepers = list(self._keepers.values())
            self._keepers.clear()
        for keeper in keepers:
            keeper.drop()
        for keeper in keepers:
            keeper.over(DROP_SECONDS)

    def _start(self, opening: wire.Open) -> Keeper:
        try:
            log = os.path.join(opening.folder, "keeper.log")
            started = starting.start(isolation(), os.environ, log)
        except OSError as error:
            message = f"the session's keeper cannot be started: {error.strerror}"
            raise ContainError(message) from error
        return Keeper(started, opening, self._heard)


def new_ticket() -> str:
    """A ticket that nobody can guess."""
    return secrets.token_hex(_TICKET_BYTES)
