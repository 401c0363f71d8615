"""What a decision costs the guard's processor, in process: everyday commands lowered and judged under the baseline.

Without the ledger and without encoding; surroundings warm, as they are in a session. Processor time of this thread, so that
another process on the machine does not count. Then the policy alone, and what loading many rules takes.
"""

from __future__ import annotations

import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import jackline.policy
from benchmarks._guarded import make_project
from benchmarks._measure import percentile, table
from benchmarks.peers import everyday
from jackline.core.action import Action
from jackline.core.effect import Effect, Resource
from jackline.guard.opening import open_guard
from jackline.guard.paths import Homes
from jackline.policy.judge import judge
from jackline.policy.layers import LayerText, load
from jackline.policy.posture import Posture

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
POLICY_CALLS = 2000
RULES = 500

EFFECTS = (
    Effect("read", Resource("file", "/home/a/work/src/app.py", reach="workspace")),
    Effect("modify", Resource("file", "/home/a/work/src/app.py", reach="workspace"), reversible="with_undo"),
    Effect("execute", Resource("process", "pytest", reach="workspace"), authorship="installed"),
    Effect("connect", Resource("endpoint", "docs.example.org", reach="remote", port=443)),
)


def thread_micros(work: Callable[[], object], count: int = 1) -> float:
    """Microseconds of this thread's processor time per call."""
    start = time.thread_time_ns()
    for _ in range(count):
        work()
    return (time.thread_time_ns() - start) / 1000 / count


def commands(root: Path) -> list[float]:
    """Microseconds for each everyday command, each after a first time that warms the surroundings."""
    project = make_project(root / "work" / "project")
    guard = open_guard(Homes(str(root / "config"), str(root / "state"), str(root / "runtime")))
    actions = [
        Action(tool="shell", arguments={"command": command}, cwd=str(project), client="claude")
        for command in everyday()
    ]
    for action in actions:
        guard.decide(action, record=False)
    return [
        min(thread_micros(partial(guard.decide, action, record=False)) for _ in range(ROUNDS)) for action in actions
    ]


def baseline() -> str:
    """The text of the shipped baseline."""
    return (Path(jackline.policy.__file__).with_name("shipped") / "baseline.cedar").read_text()


def policy() -> list[float]:
    """Microseconds for one everyday effect under the baseline, judged by itself."""
    policies = load([LayerText("user", baseline(), "baseline")])
    posture = Posture(agent="claude")
    works = [partial(judge, policies, (effect,), posture) for effect in EFFECTS]
    return [min(thread_micros(work, POLICY_CALLS) for _ in range(ROUNDS)) for work in works]


def loading() -> float:
    """Seconds to read, check and compile many rules."""
    condition = 'resource.name like "/srv/p{0}/*" && context.effect.atMost <= {0}'
    rule = f'permit (principal, action == Action::"read", resource is File) when {{{{ {condition} }}}};'
    text = "\n".join(rule.format(number) for number in range(RULES))
    start = time.process_time()
    load([LayerText("user", text, "many rules")])
    return time.process_time() - start


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="decide-") as name:
        os.environ["HOME"] = name
        decided = commands(Path(name))
    judged = policy()
    rows = [
        (
            "an everyday command, decided",
            f"{percentile(decided, 0.5):.0f} us",
            f"{percentile(decided, 0.99):.0f} us",
            str(len(decided)),
        ),
        (
            "the policy alone, one effect",
            f"{percentile(judged, 0.5):.1f} us",
            f"{max(judged):.1f} us",
            str(len(judged)),
        ),
        (f"{RULES} rules, loaded", f"{loading() * 1000:.0f} ms", "", "1"),
    ]
    print(table("Deciding, in process (CPU)", ("", "p50", "p99", "of"), rows))


if __name__ == "__main__":
    main()
