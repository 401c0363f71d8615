"""The processes below some of ours, where no cgroup holds them together: found in /proc, one look after the other."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

from jackline.contain.limits.groups import CageError

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterable

MAX_LOOKS: Final = 64
_STATE, _PARENT, _USER_TIME, _SYSTEM_TIME, _BEGAN, _RESIDENT = 0, 1, 11, 12, 19, 21
_DEAD: Final = frozenset("ZX")


def _stat(process: int | str) -> list[str] | None:
    """The words of /proc/PID/stat behind the program's name, which may hold anything (proc(5))."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(") ")[2].split()
    except OSError:
        return None


def began(process: int) -> str:
    """When a process began, in clock ticks since the boot: with its number, who it is. "" where there is none."""
    words = _stat(process)
    return words[_BEGAN] if words is not None else ""


def descendants(roots: Iterable[int]) -> dict[int, list[str]]:
    """The living processes among the roots and below them, with what /proc says of each."""
    seen = {int(name): words for name in os.listdir("/proc") if name.isdigit() and (words := _stat(name)) is not None}
    children: dict[int, list[int]] = {}
    for process, words in seen.items():
        children.setdefault(int(words[_PARENT]), []).append(process)
    found: dict[int, list[str]] = {}
    waiting = [root for root in roots if root in seen]
    while waiting:
        process = waiting.pop()
        if process not in found:
            found[process] = seen[process]
            waiting += children.get(process, ())
    return {process: words for process, words in found.items() if words[_STATE] not in _DEAD}


def signal_all(roots: Iterable[int], number: signal.Signals) -> None:
    """Signal them all, and look again until a look finds nobody new. Raises `CageError` where there is always one more."""
    told: set[int] = set()
    for _ in range(MAX_LOOKS):
        new = descendants(roots).keys() - told
        if not new:
            return
        for process in sorted(new):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)
        told |= new
    message = "the processes multiply faster than they can be signalled"
    raise CageError(message)


def used(found: dict[int, list[str]]) -> tuple[float, int]:
    """Seconds of processor time and bytes of memory that these processes have now. What ended is not in it."""
    ticks = sum(int(words[_USER_TIME]) + int(words[_SYSTEM_TIME]) for words in found.values())
    pages = sum(int(words[_RESIDENT]) for words in found.values())
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE")
