"""An audit of 100,000 calls and one of a gigabyte, each beside its target.

What is measured: the whole of it from a cold start, in two processes; the time to the first finding; a second audit over
the same history; the memory of all processes together; the processors' time a call, which is the figure to compare on a
machine that does other work, too. The history is made (see `_history`): `JACKLINE_BENCH_CALLS` and `JACKLINE_BENCH_MIB`
make it smaller or larger; the second history has few calls and results of 150 KB, so that it is about bytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._history import PER_SESSION, history
from benchmarks._measure import table
from jackline.guard.audit.auditing import Auditing, Request
from jackline.guard.paths import find_homes

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = int(os.environ.get("JACKLINE_BENCH_CALLS", "100000"))
MEBIBYTES = int(os.environ.get("JACKLINE_BENCH_MIB", "1024"))
LONG = 150_000
"""Characters of a result in the history that is about bytes; a call of it takes some three times that in a file."""
CORES = 2
MAX_SECONDS, MAX_MEBIBYTES, MAX_FIRST, MAX_SECOND = 60, 1024, 2, 2
"""The targets: for 100,000 calls, in all, to the first finding, for a second audit."""
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def audit(folder: str, begun: float) -> None:
    """In a process of its own: audit, and print when what was there."""
    auditing = Auditing(Request(paths=(folder,), processes=CORES), find_homes(), os.environ)
    first = 0.0
    for step in auditing.steps():
        if step.findings and not first:
            first = time.time() - begun
    report = auditing.report()
    print(
        json.dumps(
            {"first": first, "seconds": time.time() - begun, "calls": report.calls, "findings": len(report.findings)}
        )
    )


def measured(folder: Path, homes: Path) -> dict[str, float]:
    """Run an audit, and watch the memory and the processors' time of its whole family."""
    environment = {
        **os.environ,
        "HOME": str(homes),
        **{f"JACKLINE_{name}": str(homes / name) for name in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR")},
    }
    words = [sys.executable, "-m", "benchmarks.audit", str(folder), repr(time.time())]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, start_new_session=True)
    peak, done, used = 0.0, threading.Event(), dict[int, float]()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.25):
            family = [number for number in _processes() if _session(number) == process.pid]
            peak = max(peak, sum(_mebibytes(number) for number in family))
            used.update({number: _seconds(number) for number in family})

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    done.set()
    watcher.join()
    return {**json.loads(output), "peak": peak, "used": sum(used.values())}


def _processes() -> list[int]:
    """The processes of this machine (Linux; else none)."""
    return [int(name) for name in (os.listdir("/proc") if os.path.isdir("/proc") else ()) if name.isdecimal()]


def _session(number: int) -> int:
    try:
        return os.getsid(number)
    except OSError:
        return 0


def _mebibytes(number: int) -> float:
    """What a process holds, its part of what it shares."""
    try:
        held = Path(f"/proc/{number}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) for line in held if line.startswith("Pss:")) / 1024
    except OSError:
        return 0.0


def _seconds(number: int) -> float:
    """The processors' time that a process has used (proc_pid_stat(5), fields 14 and 15)."""
    try:
        words = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / _TICKS


def main() -> None:
    """Make the histories, measure, print."""
    rows, found = [], dict[tuple[str, str], dict[str, float]]()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        root = Path(name)
        for title, calls, result in (
            ("calls", CALLS, 0),
            ("bytes", max(PER_SESSION, MEBIBYTES * 1024 * 1024 // LONG), LONG),
        ):
            size = history(root / title, calls, result)
            for run in ("first", "second"):
                one = found[title, run] = measured(root / title, root / "home")
                rows.append((
                    f"{title}, {run} audit", f"{one['calls']:,.0f}", f"{size / 2**20:,.0f}", f"{one['seconds']:.1f}",
                    f"{1000 * one['used'] / one['calls']:.2f}", f"{one['first']:.1f}", f"{one['findings']:,.0f}",
                    f"{one['peak']:,.0f}",
                ))  # fmt: skip
    columns = ("history", "calls", "MiB", "seconds", "CPU ms a call", "first finding s", "findings", "peak MiB")
    print(table(f"An audit with {CORES} processes.", columns, rows), end="\n\n")
    print(table("Beside the targets.", ("", "target", "measured", ""), list(targets(found))))


def targets(found: dict[tuple[str, str], dict[str, float]]) -> Iterator[tuple[str, str, str, str]]:
    """Each target, what was measured, and whether that holds it."""
    first = found["calls", "first"]
    whole = 100_000 * first["seconds"] / first["calls"]
    for what, most, value, unit in (
        ("100,000 calls", MAX_SECONDS, whole, "s"),
        (f"{MEBIBYTES} MiB of transcripts", MAX_MEBIBYTES, found["bytes", "first"]["peak"], "MiB"),
        ("first finding", MAX_FIRST, max(one["first"] for (_, run), one in found.items() if run == "first"), "s"),
        ("second audit, nothing changed", MAX_SECOND, max(one["seconds"] for (_, run), one in found.items() if run == "second"), "s"),
    ):  # fmt: skip
        yield what, f"≤ {most:,} {unit}", f"{value:,.1f} {unit}", "holds" if value <= most else "missed"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        audit(sys.argv[1], float(sys.argv[2]))
    else:
        main()
