"""What one hook call costs a client: wall time of a new process, from its start to its end, beside the peers.

All rows are interleaved, so that each meets the same machine. `/bin/true` is the floor of any hook that is a program; what
the guard takes of a call shows in the row that asks it over its socket, with no program between.
The commands are everyday ones; every guard gets the same.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jackline.hook_client
from benchmarks._guarded import Guarded, ask, call, guarded, processor_ms, resident_megabytes
from benchmarks._measure import fsync, interleaved, percentile, spawn, table
from benchmarks._peers import Peer, peers

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 400
WARM_UP = 20
EVERY = 10
NATIVE, SYNCED = "Jackline, native hook", "Jackline, native hook, decision on the disk"
GUARD_ALONE = "the guard alone, by its socket"
QUICK = frozenset({"/bin/true", NATIVE, SYNCED, GUARD_ALONE, "one fsync beside it"})
"""All other rows are slow, and run in every tenth round only."""

READING = (
    "ls -la", "git status --short", "git diff HEAD~1 -- src", "cat src/app.py", "grep -rn 'def main' src",
    "sed -n 1,40p README.md", "find . -name '*.py' | head -20", "wc -l src/*.py | sort -n",
)  # fmt: skip
"""Nothing in them is lasting: the answer waits for no disk."""
LASTING = (
    "python -m pytest -q tests", "mkdir -p build && cd build && ls", "echo 'rm -rf /' > notes.txt",
    "git add -A && git commit -m 'Fix the parser; drop table mention'",
)  # fmt: skip
"""Not known to be reversible: the decision is on the disk before the answer."""
COMMANDS = READING + LASTING


def rows(place: Guarded, others: list[Peer]) -> dict[str, Callable[[int], float]]:
    """Each row's name and how it is measured once."""
    all_requests, reading, lasting = (
        [call(place.project, command) for command in commands] for commands in (COMMANDS, READING, LASTING)
    )
    runtime = Path(place.environment["JACKLINE_RUNTIME_DIR"])
    twin = Path(jackline.hook_client.__file__).with_name("twin.py")

    def measured(
        argv: tuple[str, ...],
        environment: dict[str, str],
        expected: tuple[int, ...] = (0,),
        requests: list[bytes] = all_requests,
    ) -> Callable[[int], float]:
        def once(turn: int) -> float:
            seconds, exit_code, _ = spawn(argv, requests[turn % len(requests)], environment)
            if exit_code not in expected:
                message = f"`{argv[0]}` ended with {exit_code}"
                raise RuntimeError(message)
            return seconds

        return once

    native = jackline.hook_client.native_program("hook")
    ours = (*place.options, "--deadline", "20000", "claude")
    known: dict[str, Callable[[int], float]] = {"/bin/true": measured(("/bin/true",), place.environment)}
    if native is not None:
        known[NATIVE] = measured((str(native), *ours), place.environment, requests=reading)
        known[SYNCED] = measured((str(native), *ours), place.environment, requests=lasting)
    known[GUARD_ALONE] = lambda turn: ask(runtime, reading[turn % len(reading)])[0]
    known["one fsync beside it"] = lambda _: fsync(str(place.state / "fsync"))
    known["Jackline, Python hook"] = measured((sys.executable, "-I", "-S", str(twin), "hook", *ours), place.environment)
    known["python -I -c pass"] = measured((sys.executable, "-I", "-c", "pass"), place.environment)
    for peer in others:
        if not peer.missing:
            known[peer.name] = measured(peer.command, peer.environment, expected=(0, 2))
    return known


def main() -> None:
    """Print the table."""
    others = peers()
    with guarded() as place:
        measures = rows(place, others)
        slow = {name: EVERY for name in measures if name not in QUICK}
        interleaved(measures, WARM_UP, slow)
        runtime = Path(place.environment["JACKLINE_RUNTIME_DIR"])
        before = processor_ms(runtime)
        found = interleaved(measures, int(os.environ.get("ROUNDS", ROUNDS)), slow)
        used = (processor_ms(runtime) - before) / sum(
            len(found[name]) for name in found if "guard" in name or "Jackline" in name
        )
        memory = resident_megabytes(runtime)
    floor = percentile(found["/bin/true"], 0.5)
    lines = [
        (
            name,
            f"{percentile(times, 0.5) * 1e3:.2f}",
            f"{percentile(times, 0.99) * 1e3:.2f}",
            f"{percentile(times, 0.5) / floor:.1f}",
            str(len(times)),
        )
        for name, times in found.items()
    ]
    lines += [(peer.name, peer.missing, "", "", "0") for peer in others if peer.missing]
    print(table("One hook call before a shell command (wall)", ("", "p50 ms", "p99 ms", "x true", "calls"), lines))
    print(f"  the guard: {used:.2f} ms of processor time a call, {memory:.0f} MB resident after it")
    print("  budget: the native hook at most 2 x /bin/true, and one fsync where the disk must be reached")


if __name__ == "__main__":
    main()
