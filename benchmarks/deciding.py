"""What deciding costs, in this process: CPU time of `Guard.decide` for everyday shell commands, without ledger and encoding.

"warm" keeps what each command's surroundings answered the first time, so it is lowering and judging alone; "with the disk"
asks the disk again every time, as the resident guard does.
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
from jackline.guard.deciding import CHECK, Guard
from jackline.guard.eyes import Eyes
from jackline.guard.paths import Homes
from jackline.guard.policies import PolicyShelf

if TYPE_CHECKING:
    from jackline.guard.memory import Family
    from jackline.lower.surroundings import Surroundings

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "everyday" / "commands.jsonl"
ROUNDS = 5
MICRO = 1000


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
    """CPU microseconds of each decision, over all rounds but a first one."""
    found = []
    for turn in range(ROUNDS + 1):
        gc.collect()
        for action in actions:
            start = time.process_time_ns()
            guard.weigh(action, CHECK)
            if turn:
                found.append((time.process_time_ns() - start) / MICRO)
    return found


def main() -> int:
    """Measure, print, and say whether the budget is kept."""
    commands = [json.loads(line)["command"] for line in CORPUS.read_text().splitlines()]
    with tempfile.TemporaryDirectory(prefix="jackline-bench-") as name:
        project = make_project(Path(name) / "project")
        homes = Homes(f"{name}/config", f"{name}/state", f"{name}/run")
        eyes, policies = Eyes(homes), PolicyShelf(homes)
        actions = [
            Action(tool="shell", arguments={"command": text}, cwd=str(project), client="claude") for text in commands
        ]
        rows = {
            "warm": measure(Guard(policies, Warm(eyes)), actions),
            "with the disk": measure(Guard(policies, eyes), actions),
        }
    print(table(
        f"Deciding one everyday command ({len(commands)} commands, CPU µs)",
        ("surroundings", "p50", "p90", "p99", "most"),
        [(row, *(f"{percentile(values, part):.0f}" for part in (0.5, 0.9, 0.99, 1.0))) for row, values in rows.items()],
    ))  # fmt: skip
    print("  budget: warm p50 ≤ 200, p99 ≤ 2000")
    return 0


if __name__ == "__main__":
    sys.exit(main())
