"""A `Cage`: what holds the processes of one session together, limits them, and ends them all."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from jackline.contain.limits import tree
from jackline.contain.limits.groups import Group, make
from jackline.contain.limits.hierarchies import Hierarchy, here

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jackline.contain.limits.budgets import Budgets

Budget = Literal["wall_seconds", "cpu_seconds", "memory_bytes", "processes", "open_files", "file_bytes", "disk_bytes"]
Holder = Literal["cgroup v2", "cgroup v1", "watched", "each process"]
MAX_FILES: Final = 200_000

_LIMITS: Final[dict[str, tuple[str, str, str]]] = {
    "memory_bytes": ("memory", "memory.max", "memory.limit_in_bytes"),
    "processes": ("pids", "pids.max", "pids.max"),
}
"""Budget → the controller that holds it, and its file in version 2 and 1."""


class Usage(Struct, frozen=True):
    """What a session has used. `denied` counts how often the kernel refused or killed at a limit."""

    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    processes: int = 0
    denied: int = 0


class Cage:
    """Made empty; `add` takes processes in, with all that they start. Not safe to use from several threads.

    `held` says what holds each budget that was asked for: a cgroup (the kernel refuses), each process's own limit
    (setrlimit(2), set by the launcher; what many processes use together is only watched), or `watched`: `reached` tells.
    """

    def __init__(self, name: str, budgets: Budgets, hierarchies: Sequence[Hierarchy] | None = None) -> None:
        """Make what this machine allows. Raises `CageError` where a limit that could be had is not taken."""
        self.budgets = budgets
        self._groups: list[Group] = []
        self._began: dict[int, str] = {}
        self._ended = 0.0
        self._last: dict[int, float] = {}
        for hierarchy in here() if hierarchies is None else hierarchies:
            wanted = hierarchy.unified or hierarchy.controllers & {"memory", "pids", "cpuacct", "freezer"}
            if wanted and (group := make(hierarchy, name)) is not None:
                self._groups.append(group)
        self.held: Mapping[Budget, Holder] = self._hold()

    def _hold(self) -> dict[Budget, Holder]:
        held: dict[Budget, Holder] = {}
        for budget in (
            "wall_seconds",
            "cpu_seconds",
            "memory_bytes",
            "processes",
            "open_files",
            "file_bytes",
            "disk_bytes",
        ):
            value = getattr(self.budgets, budget)
            if value is None:
                continue
            controller, *files = _LIMITS.get(budget, ("", "", ""))
            group = self._with(controller)
            if group is not None:
                group.set_limit(files[0] if group.unified else files[1], value)
                held[budget] = "cgroup v2" if group.unified else "cgroup v1"
            else:
                held[budget] = "each process" if budget in {"open_files", "file_bytes"} else "watched"
        return held

    def _with(self, controller: str) -> Group | None:
        return next((group for group in self._groups if controller in group.controllers), None)

    def _roots(self) -> list[int]:
        """The processes that were taken in. A number that was given to another process since is nobody of ours."""
        self._began = {process: when for process, when in self._began.items() if when and tree.began(process) == when}
        return list(self._began)

    @property
    def freezer(self) -> Literal["cgroup v2", "cgroup v1", "signals"]:
        """What freezes and ends the processes here."""
        group = self._freezing()
        return "signals" if group is None else "cgroup v2" if group.unified else "cgroup v1"

    def _freezing(self) -> Group | None:
        second = (group for group in self._groups if group.unified)
        return next(second, self._with("freezer"))

    def add(self, process: int) -> None:
        """Take in a process before it starts another. Raises `CageError`; then it must not go on."""
        for group in self._groups:
            group.add(process)
        self._began[process] = tree.began(process)

    def entrances(self) -> list[int]:
        """Open `cgroup.procs` of each cgroup, the caller's to close: a launcher goes in by them before it starts anything.
        Its process is to be told to `watch` all the same. Raises `OSError`."""
        return [os.open(os.path.join(group.path, "cgroup.procs"), os.O_WRONLY | os.O_CLOEXEC) for group in self._groups]

    def watch(self, process: int) -> None:
        """Count a process, and what it starts, that has gone in by itself."""
        self._began[process] = tree.began(process)

    def freeze(self) -> None:
        """Stop everything where it is, so that a person can look. Raises `CageError`."""
        group = self._freezing()
        if group is not None:
            group.freeze(frozen=True)
        else:
            tree.signal_all(self._roots(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let everything go on. Raises `CageError`."""
        group = self._freezing()
        if group is not None:
            group.freeze(frozen=False)
        else:
            tree.signal_all(self._roots(), signal.SIGCONT)

    def kill(self) -> None:
        """End everything: frozen first, so that nothing is started meanwhile. Raises `CageError`."""
        group = self._freezing()
        if group is None:
            tree.signal_all(self._roots(), signal.SIGSTOP)
            tree.signal_all(self._roots(), signal.SIGKILL)
            return
        if group.version == 1:
            group.freeze(frozen=True)
            for process in group.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            group.freeze(frozen=False)
        group.kill()

    def usage(self) -> Usage:
        """What has been used so far: by the kernel's own count where it keeps one, else by looking."""
        living = tree.descendants(self._roots())
        cpu, memory = self._cpu(living), self._memory()
        group = self._with("pids")
        count = len(living) if group is None else group.number("pids.current")
        return Usage(cpu, tree.used(living)[1] if memory is None else memory, count, self._denied())

    def _cpu(self, living: dict[int, list[str]]) -> float:
        for group in self._groups:
            told = group.table("cpu.stat").get("usage_usec", 0) / 1e6
            if group.version == 1:
                told = group.number("cpuacct.usage") / 1e9 if "cpuacct" in group.controllers else 0.0
            if told:
                return told
        now = {process: tree.used({process: words})[0] for process, words in living.items()}
        self._ended += sum(seconds for process, seconds in self._last.items() if process not in now)
        self._last = now
        return self._ended + sum(now.values())

    def _memory(self) -> int | None:
        group = self._with("memory")
        if group is None:
            return None
        return group.number("memory.current" if group.unified else "memory.usage_in_bytes")

    def _denied(self) -> int:
        pids, memory = self._with("pids"), self._with("memory")
        count = 0 if pids is None else pids.table("pids.events").get("max", 0)
        if memory is not None:
            events = memory.table("memory.events" if memory.unified else "memory.oom_control")
            count += events.get("oom_kill", 0)
        return count

    def reached(self, wall_seconds: float = 0.0, disk_bytes: int = 0) -> tuple[Budget, ...]:
        """The budgets of the whole session that are used up. What only the caller can measure, it says."""
        usage = self.usage()
        used: dict[Budget, float] = {
            "wall_seconds": wall_seconds, "cpu_seconds": usage.cpu_seconds, "memory_bytes": usage.memory_bytes,
            "processes": usage.processes, "disk_bytes": disk_bytes,
        }  # fmt: skip
        limits = {budget: getattr(self.budgets, budget) for budget in used}
        return tuple(
            budget
            for budget, amount in used.items()
            if limits[budget] is not None
            and (amount >= limits[budget] or (budget in _LIMITS and self._refused(budget)))
        )

    def _refused(self, budget: Budget) -> bool:
        """Whether the kernel had to refuse or kill for this budget."""
        group = self._with(_LIMITS[budget][0])
        if group is None:
            return False
        if budget == "processes":
            return group.table("pids.events").get("max", 0) > 0
        return group.table("memory.events" if group.unified else "memory.oom_control").get("oom_kill", 0) > 0

    def remove(self) -> None:
        """Take away what was made. Whatever still runs is ended first. Raises `CageError`."""
        if any(group.processes() for group in self._groups) or tree.descendants(self._roots()):
            self.kill()
        for group in self._groups:
            group.remove()
        self._groups.clear()


def disk_bytes(folders: Iterable[str]) -> int:
    """What lies on the disk below these folders, each hard link once. Stops counting at `MAX_FILES` entries: what is not
    counted is then more than any budget, for the figure is `2**62`."""
    seen: set[tuple[int, int]] = set()
    total, left, waiting = 0, MAX_FILES, list(folders)
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                left -= 1
                if left < 0:
                    return 2**62
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if (status.st_dev, status.st_ino) not in seen:
                        seen.add((status.st_dev, status.st_ino))
                        total += status.st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total
