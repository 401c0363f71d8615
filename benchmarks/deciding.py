"""What deciding costs, in this process: CPU time of `Guard.weigh` for shell commands, without ledger and encoding.

"warm" keeps what each command's surroundings answered the first time, so it is lowering and judging alone; "with the disk"
asks the disk again every time, as the resident guard does. "the whole corpus" adds the commands of `tests/corpus/commands`,
most of them written to be hard, as far as they are small enough to be analysed in line. A command's figure is the median of
its rounds, so that another process on the machine does not make the last percentile. Garbage is searched for as in the
resident guard.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._guarded import make_project
from benchmarks._measure import percentile, table
from jackline.core.action import Action
from jackline.guard.deciding import CHECK, INLINE_BYTES, Guard
from jackline.guard.eyes import Eyes
from jackline.guard.main import ALLOCATIONS
from jackline.guard.paths import Homes
from jackline.guard.policies import PolicyShelf
from tests.corpus.cases import FOLDER, files, read

if TYPE_CHECKING:
    from jackline.guard.memory import Family
    from jackline.lower.surroundings import Surroundings

ROUNDS = 5
MICRO = 1000
SLOWEST = 5
SHOWN = 90


class Warm:
    """Surroundings that answer from what they answered before."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self._known: dict[str, Surroundings] = {}

    def surroundings(self, action: Action, family: Family) -> Surroundings:
        """The same object again for the same command."""
        key = action.arguments["command"]
        if key not in self._known:
            self._known[key] = self._eyes.surroundings(action, family)
        self._known[key].memo.clear()  # what was computed is to be computed again
        return self._known[key]


def measure(guard: Guard, actions: list[Action]) -> list[float]:
    """CPU microseconds of each action's decision: the median of all rounds but a first one."""
    found: list[list[float]] = [[] for _ in actions]
    for turn in range(ROUNDS + 1):
        gc.collect()
        for action, times in zip(actions, found, strict=True):
            start = time.thread_time_ns()
            guard.weigh(action, CHECK)
            if turn:
                times.append((time.thread_time_ns() - start) / MICRO)
    return [percentile(times, 0.5) for times in found]


def everyday() -> list[str]:
    """Commands as agents give them day by day."""
    lines = (FOLDER.parent / "everyday" / "commands.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["command"] for line in lines]


def corpus() -> list[str]:
    """Commands of the published corpus that are analysed in line."""
    commands = (case.command for path in files() for case in read(path)[1])
    return [command for command in commands if len(command) <= INLINE_BYTES["shell"]]


def slowest(actions: list[Action], found: list[float]) -> str:
    """The commands that took the most, a line each."""
    worst = sorted(zip(found, actions, strict=True), key=lambda pair: -pair[0])[:SLOWEST]
    return "\n".join(f"  {micros:8.0f}  {action.arguments['command'][:SHOWN]!r}" for micros, action in worst)


def main() -> int:
    """Measure, print, and say whether the budget is kept."""
    usual, all_commands = everyday(), [*everyday(), *corpus()]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        project = make_project(Path(name) / "project")
        homes = Homes(f"{name}/config", f"{name}/state", f"{name}/run")
        eyes, policies = Eyes(homes), PolicyShelf(homes)
        actions = [
            Action(tool="shell", arguments={"command": text}, cwd=str(project), client="claude")
            for text in all_commands
        ]
        gc.freeze()
        gc.set_threshold(ALLOCATIONS)
        rows = {
            f"{len(usual)} everyday, warm": measure(Guard(policies, Warm(eyes)), actions[: len(usual)]),
            f"{len(usual)} everyday, with the disk": measure(Guard(policies, eyes), actions[: len(usual)]),
            f"the whole corpus ({len(all_commands)}), warm": measure(Guard(policies, Warm(eyes)), actions),
        }
    print(table(
        "Deciding one shell command (CPU µs)", ("", "p50", "p90", "p99", "most"),
        [(row, *(f"{percentile(values, part):.0f}" for part in (0.5, 0.9, 0.99, 1.0))) for row, values in rows.items()],
    ))  # fmt: skip
    print("  budget, warm: everyday p50 ≤ 200, p99 ≤ 2000; the whole corpus p50 ≤ 250, p99 ≤ 3000; the slowest of it:")
    print(slowest(actions, [*rows.values()][-1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
