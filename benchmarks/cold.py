"""What the first call costs: nothing runs, a hook starts the guard, and the guard answers; beside a bare interpreter.

Wall from the hook's start to its end, and the processor time that the guard has used by then. The files are in memory, as
they are from the second session of a day on. `jackline check` stands beside it: it too starts, decides once, and ends.
"""

from __future__ import annotations

import compileall
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import jackline
import jackline.hook_client
from benchmarks._guarded import call, guarded, processor_ms, program, stop
from benchmarks._measure import percentile, spawn, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks._guarded import Guarded

ROUNDS = 8
COMMAND = "ls"
BUDGET_FIRST_MS = 400
BUDGET_CHECK_MS = 200
STOP_SECONDS = 10.0


def first_answer(place: Guarded, number: int) -> tuple[float, float]:
    """Milliseconds until a hook that finds no guard has its answer, and of processor time in the guard until then."""
    runtime = Path(place.environment["JACKLINE_RUNTIME_DIR"])
    hook = (*jackline.hook_client.hook_program(), *place.options, "--deadline", "20000", "claude")
    seconds, exit_code, _ = spawn(hook, call(place.project, COMMAND, number), place.environment)
    if exit_code != 0:
        message = f"the first call ended with {exit_code}"
        raise RuntimeError(message)
    guard = int((runtime / "guard.lock").read_text())
    used = processor_ms(runtime)
    stop(runtime)
    wait_for_end(guard)
    return seconds * 1000, used


def wait_for_end(process: int) -> None:
    """Until a process that is no child of ours is gone. Raises `RuntimeError` where it stays."""
    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    message = f"the guard ({process}) does not end"
    raise RuntimeError(message)


def run_once(argv: tuple[str, ...], place: Guarded) -> tuple[float, float]:
    """Milliseconds of wall and of processor time of a program from its start to its end."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(argv, env=place.environment, cwd=place.project, stdout=subprocess.DEVNULL, check=False)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall * 1000, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def main() -> None:
    """Print the table. What pip installs is compiled, and so is this tree, whatever the environment says of bytecode."""
    compileall.compile_dir(Path(jackline.__file__).parent, quiet=1)
    rows: dict[str, list[tuple[float, float]]] = {}
    with guarded() as place:
        measures: dict[str, Callable[[int], tuple[float, float]]] = {
            "python -I -c pass": lambda _: run_once((sys.executable, "-I", "-c", "pass"), place),
            "a hook that starts the guard": lambda turn: first_answer(place, turn),
            f"jackline check {COMMAND}": lambda _: run_once((str(program("jackline")), "check", COMMAND), place),
        }
        for turn in range(ROUNDS + 1):
            for name, measure in measures.items():
                found = measure(turn)
                if turn:
                    rows.setdefault(name, []).append(found)
    lines = [
        (
            name,
            *(f"{percentile([wall for wall, _ in found], part):.0f}" for part in (0.5, 1.0)),
            f"{percentile([used for _, used in found], 0.5):.0f}",
        )
        for name, found in rows.items()
    ]
    print(table("A cold start (ms)", ("", "wall p50", "most", "CPU p50"), lines))
    print(f"  budget on a quiet machine: the first answer {BUDGET_FIRST_MS} wall, `check` {BUDGET_CHECK_MS} CPU")


if __name__ == "__main__":
    main()
