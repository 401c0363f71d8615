"""What it costs to be observed: a shell that starts `/bin/true` 500 times in a sandbox, with and without an observer,
interleaved; and of that, the observer's own processor time. Look at the least as well as the middle: others' work on the
machine counts twice, for each exec waits for another thread to be scheduled.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from benchmarks._measure import interleaved, percentile, table
from benchmarks.exec import session
from jackline.contain.launch import Sandbox, Streams
from jackline.contain.observe.binaries import Digests
from jackline.contain.observe.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.contain.launch import Holder
    from jackline.contain.plan import Plan

ROUNDS, WARM_UP, EXECS = 15, 2, 500
SCRIPT: Final = ("/bin/sh", "-c", f"i=0; while [ $i -lt {EXECS} ]; do /bin/true; i=$((i+1)); done")
BUDGET_MICROS: Final = 150
_MICROS: Final = 1e6
_SECONDS: Final = 60.0


def ran(plan: Plan, holder: Holder, null: int, own: list[float]) -> Callable[[int], float]:
    """Seconds from start to end. `own` gets the observer's processor seconds, where there is one."""
    digests = Digests()

    def once(_: int) -> float:
        begun, used = time.perf_counter(), _used()
        sandbox = Sandbox.start(plan, holder, Streams(null, null, null))
        observer = None
        if plan.observed:
            notifier, sandbox.notifier = sandbox.notifier, -1
            observer = Supervisor(notifier, plan.argv, digests)
        sandbox.wait(_SECONDS)
        taken = time.perf_counter() - begun
        sandbox.close()
        if observer is not None:
            observer.over(_SECONDS)
            own.append(_used() - used)
            seen = sum(each.times for each in observer.take().processes)
            if seen != EXECS + 1:
                message = f"{seen} executions were seen, not {EXECS + 1}"
                raise RuntimeError(message)
        return taken

    return once


def _used() -> float:
    """Processor seconds of this process so far: while a sandbox runs, hardly anything but the observer."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    """Print the table."""
    if sys.platform != "linux":
        print("sandboxes are made on Linux alone")
        return
    own: list[float] = []
    with session() as (place, holder, null):
        plan = place.plan(SCRIPT, floor=False)
        measures = {
            "not observed": ran(plan, holder, null, own),
            "observed": ran(replace(plan, observed=True), holder, null, own),
        }
        interleaved(measures, WARM_UP, {})
        own.clear()
        found = interleaved(measures, int(os.environ.get("ROUNDS", ROUNDS)), {})
    rows = [(name, *(f"{pick / EXECS * _MICROS:.0f}" for pick in _picks(times))) for name, times in found.items()]
    bare, observed = (_picks(times) for times in found.values())
    rows.append(("added", *(f"{(b - a) / EXECS * _MICROS:.0f}" for a, b in zip(bare, observed, strict=True))))
    rows.append(("the observer's processor time", *(f"{pick / EXECS * _MICROS:.0f}" for pick in _picks(own))))
    print(table(f"One of {EXECS} executions (µs)", ("", "least", "p50"), rows))
    print(f"  goal: {BUDGET_MICROS} µs added")


def _picks(times: list[float]) -> tuple[float, float]:
    return min(times), percentile(times, 0.5)


if __name__ == "__main__":
    main()
