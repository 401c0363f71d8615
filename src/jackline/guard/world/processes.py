"""Whose a process is, by /proc (proc(5)): this session's own, the guard's, or somebody else's."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, Literal

from jackline.core.deferred import late_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PROCESSES: Final = 20_000
MAX_ANCESTORS: Final = 64
Whose = Literal["own", "other", "guard", "unknown"]
_OWN_PROGRAMS: Final = late_pattern(r"^jackline(?:-\w+)?$")


class Processes:
    """The question `process` for one action. `started` tells whether the session started a process itself."""

    __slots__ = ("_client", "_started")

    def __init__(self, client: int, started: Callable[[int], bool]) -> None:
        """`client` is the PID of the agent's client, 0 where it is not known."""
        self._client, self._started = client, started

    def answer(self, subject: str) -> Whose:
        """Whose a PID (`123`, `pid:123`) or all processes of a name are; the most foreign of several wins, the guard first."""
        text = subject.removeprefix("pid:")
        if text.lstrip("-").isdecimal() and len(text) < 12:  # noqa: PLR2004 - longer than any PID
            return self._whose(abs(int(text)))
        answers = {self._whose(pid) for pid in _named(text)}
        order: tuple[Whose, ...] = ("guard", "other", "unknown", "own")
        if _OWN_PROGRAMS.match(text):
            return "guard"
        return next((one for one in order if one in answers), "unknown")

    def _whose(self, pid: int) -> Whose:
        name = _name(pid)
        if pid == os.getpid() or (name is not None and _OWN_PROGRAMS.match(name)):
            return "guard"
        if name is None:
            return "unknown"
        if self._started(pid):
            return "own"
        above = pid
        for _ in range(MAX_ANCESTORS):
            above = _parent(above)
            if above <= 1:
                break
            if above == self._client or self._started(above):
                return "own"
        return "other"


def _named(name: str) -> list[int]:
    try:
        pids = [int(entry) for entry in os.listdir("/proc") if entry.isdecimal()]
    except OSError:
        return []
    short = name[:15]  # TASK_COMM_LEN
    return [pid for pid in pids[:MAX_PROCESSES] if _name(pid) == short]


def _status(pid: int) -> str | None:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return file.read(4096)
    except (OSError, ValueError):
        return None


def _name(pid: int) -> str | None:
    text = _status(pid)
    return text.partition("\n")[0].partition("\t")[2] if text is not None else None


def _parent(pid: int) -> int:
    found = re.search(r"(?m)^PPid:\s*(\d+)", _status(pid) or "")
    return int(found[1]) if found is not None else 0
