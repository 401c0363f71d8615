"""One cgroup that we made: its limits, its processes, what they used. A value that the kernel did not take is an error."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.contain.limits.hierarchies import Version
from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.contain.limits.hierarchies import Hierarchy

WAIT_SECONDS: Final = 5.0
_STEP_MS: Final = 5


class CageError(JacklineError):
    """A limit cannot be set, or processes cannot be frozen or stopped as promised."""

    exit_code = 125


class Group(Struct, frozen=True):
    """One directory of a hierarchy."""

    version: Version
    path: str
    controllers: frozenset[str]

    @property
    def unified(self) -> bool:
        """Whether it is one of version 2."""
        return self.version != 1

    def set_limit(self, name: str, value: int) -> None:
        """Write a limit and read it back. Raises `CageError`."""
        try:
            self._write(name, str(value))
            told = self._read(name).strip()
        except OSError as error:
            message = f"`{self.path}/{name}` does not take {value}: {error.strerror}"
            raise CageError(message) from error
        # The kernel rounds bytes down to whole pages.
        if not told.isdigit() or not value - os.sysconf("SC_PAGE_SIZE") < int(told) <= value:
            message = f"`{self.path}/{name}` was set to {value} and says {told}"
            raise CageError(message)

    def add(self, process: int) -> None:
        """Take in a process, and whatever it starts from now on. Raises `CageError`."""
        try:
            self._write("cgroup.procs", str(process))
        except OSError as error:
            message = f"process {process} cannot be put into `{self.path}`: {error.strerror}"
            raise CageError(message) from error

    def processes(self) -> list[int]:
        """Who is in it now."""
        with contextlib.suppress(OSError):
            return [int(line) for line in self._read("cgroup.procs").split()]
        return []

    def number(self, name: str) -> int:
        """A figure of the kernel's, 0 where it has none."""
        with contextlib.suppress(OSError, ValueError):
            return int(self._read(name))
        return 0

    def table(self, name: str) -> dict[str, int]:
        """A file of names and figures, such as `cpu.stat`."""
        with contextlib.suppress(OSError, ValueError):
            return {key: int(value) for key, value in (line.split() for line in self._read(name).splitlines())}
        return {}

    def freeze(self, *, frozen: bool) -> None:
        """Stop or continue all, and wait until they are. Raises `CageError`."""
        name, word = ("cgroup.freeze", "1" if frozen else "0") if self.unified else (
            "freezer.state", "FROZEN" if frozen else "THAWED")  # fmt: skip
        try:
            self._write(name, word)
        except OSError as error:
            message = f"`{self.path}/{name}` does not take {word}: {error.strerror}"
            raise CageError(message) from error
        self._wait(
            lambda: self._is_frozen() is frozen, f"`{self.path}` does not become {'frozen' if frozen else 'free'}"
        )

    def kill(self) -> None:
        """End all that is in it, whatever it starts meanwhile, and wait until it is empty. Raises `CageError`."""
        try:
            self._write("cgroup.kill", "1")
        except OSError:
            self._kill_each()
        self._wait(lambda: not self.processes(), f"`{self.path}` does not become empty")

    def remove(self) -> None:
        """Take the empty directory away; one that is not empty stays, and nothing in it is hurt."""
        with contextlib.suppress(OSError):
            os.rmdir(self.path)

    def _kill_each(self) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while (found := self.processes()) and time.monotonic() < until:
            for process in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)
            select.poll().poll(_STEP_MS)

    def _is_frozen(self) -> bool:
        if self.version == 1:
            return self._read("freezer.state").strip() == "FROZEN"
        return self.table("cgroup.events").get("frozen") == 1

    def _wait(self, reached: Callable[[], bool], message: str) -> None:
        """Until the kernel has done what it was told: seen by looking, for version 1 notifies nobody."""
        until = time.monotonic() + WAIT_SECONDS
        while not reached():
            if time.monotonic() > until:
                raise CageError(f"{message} within {WAIT_SECONDS:.0f} s")
            select.poll().poll(_STEP_MS)

    def _read(self, name: str) -> str:
        with open(os.path.join(self.path, name), encoding="ascii") as file:
            return file.read()

    def _write(self, name: str, text: str) -> None:
        writing = os.open(os.path.join(self.path, name), os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(writing, text.encode())
        finally:
            os.close(writing)


def make(hierarchy: Hierarchy, name: str) -> Group | None:
    """A new cgroup in a hierarchy, where we may make one; None where not.

    Version 1: below our own. Version 2: in the nearest directory above that hands memory and processes down to its
    children, for one that has processes of its own cannot (cgroups(7), "no internal processes"); else below our own, where
    it can freeze and kill.
    """
    places = hierarchy.above()
    if hierarchy.version == 1:
        return _made(hierarchy.version, places[0], name, hierarchy.controllers)
    for place in places:
        handed_down = _handed_down(place)
        if {"memory", "pids"} <= handed_down and (group := _made(2, place, name, handed_down)):
            return group
    return _made(2, places[0], name, frozenset())


def _handed_down(place: str) -> frozenset[str]:
    try:
        with open(os.path.join(place, "cgroup.subtree_control"), encoding="ascii") as file:
            return frozenset(file.read().split())
    except OSError:
        return frozenset()


def _made(version: Version, place: str, name: str, controllers: frozenset[str]) -> Group | None:
    """A directory in which we may put processes, or none."""
    path = os.path.join(place, name)
    try:
        os.mkdir(path, 0o755)
    except OSError:
        return None
    group = Group(version, path, controllers)
    # Who may move a process into it must be able to write above, too: tried, since a delegation can end anywhere.
    if not os.access(os.path.join(path, "cgroup.procs"), os.W_OK):
        group.remove()
        return None
    return group
