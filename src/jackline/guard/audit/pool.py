"""Units in parallel: each in one process, so that the order within a session is kept and a death takes one unit only."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Final

from jackline.clients.transcripts import Damage
from jackline.core.deferred import settle
from jackline.guard.audit.parts import Result
from jackline.guard.audit.unit import Bench, StoppedError, audit_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext
    from multiprocessing.synchronize import Event

    from jackline.guard.audit.parts import Job, Wanted

SMALL: Final = 4 * 1024 * 1024
"""Bytes of transcripts below which other processes are not worth their start."""

MAX_PROCESSES: Final = 32
_ALLOCATIONS: Final = 50_000
_AHEAD: Final = 2
"""Jobs that wait for each process, so that none is idle and an interruption is quick."""

_DIED: Final = "the process that read it died (out of memory, or killed)"


def run(jobs: Sequence[Job], wanted: Wanted, processes: int = 0) -> Iterator[tuple[int, Result]]:
    """(Index of the job, result), as they come. When the iterator is closed, work in other processes ends at once.

    `processes` 0: as many as there are processors, or none where there is little to do.
    """
    size = sum(job.found.size for job in jobs)
    count = processes or (
        1 if size < SMALL else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    count = min(count, len(jobs), MAX_PROCESSES)
    if count <= 1:
        bench = Bench(wanted)
        for index, job in enumerate(jobs):
            yield index, audit_unit(job, bench)
        return
    yield from _Pool(jobs, wanted, count).results()


class _Pool:
    """The processes of one audit."""

    def __init__(self, jobs: Sequence[Job], wanted: Wanted, count: int) -> None:
        self._jobs, self._wanted, self._count = jobs, wanted, count
        settle()  # so that each process need not load what all of them will use
        self._context = _context()
        self._stop = self._context.Event()

    def results(self) -> Iterator[tuple[int, Result]]:
        """See `run`."""
        left = list(range(len(self._jobs)))
        try:
            while left:
                done: set[int] = set()
                for index, result in self._round(left, self._count):
                    done.add(index)
                    yield index, result
                left = [index for index in left if index not in done]
                if left:  # one of those that were running kills its process: each alone, to find out which
                    yield from self._alone(left[: self._count * (_AHEAD + 1)])
                    left = left[self._count * (_AHEAD + 1) :]
        finally:
            self._stop.set()

    def _alone(self, indexes: list[int]) -> Iterator[tuple[int, Result]]:
        for index in indexes:
            yield from list(self._round([index], 1)) or [(index, _lost(self._jobs[index]))]

    def _round(self, indexes: list[int], count: int) -> Iterator[tuple[int, Result]]:
        """Results until all are there, or a process has died."""
        executor = ProcessPoolExecutor(count, self._context, initializer=_start, initargs=(self._wanted, self._stop))
        try:
            waiting = iter(indexes)
            running: dict[Future[Result], int] = {}
            while True:
                for index in waiting:
                    running[executor.submit(_work, self._jobs[index])] = index
                    if len(running) >= count * _AHEAD:
                        break
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        except BrokenProcessPool:
            return
        except BaseException:
            self._stop.set()
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _context() -> BaseContext:
    """Copies of this process where that is safe (on Linux, while it has one thread), for in them everything is loaded: half
    of the time to the first finding. Else a server that forks, so that the program is loaded once more; else fresh
    processes."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["jackline.guard.audit.unit"])
    return context


_bench: list[Bench] = []
_stopped: list[Callable[[], bool]] = []


def _start(wanted: Wanted, stop: Event) -> None:
    """In a new process: an interruption is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bench[:] = [Bench(wanted)]
    # What is loaded by now lives as long as the process: looking through it again and again is a tenth of the work.
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
    _stopped[:] = [stop.is_set]


def _work(job: Job) -> Result:
    try:
        return audit_unit(job, _bench[0], stopped=_stopped[0])
    except StoppedError:
        return Result()


def _lost(job: Job) -> Result:
    damage = Damage()
    damage.unread(_DIED, job.found.paths[0], job.found.size)
    return Result(damage=damage)
