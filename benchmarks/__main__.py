"""`python -m benchmarks [NAME…]`: every benchmark of this folder, each in a process of its own, one after the other."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import timeit
from pathlib import Path

HERE = Path(__file__).resolve().parent


CALIBRATION = "`sum` of a list of 1,000 numbers"


def calibrated() -> float:
    """Microseconds of a fixed piece of work, the best of some: by it figures of different days and machines compare."""
    numbers = list(range(1000))
    return min(timeit.repeat(lambda: sum(numbers), number=1000, repeat=5)) * 1000


def main(names: list[str]) -> int:
    """Run them all, whatever one of them does. Returns 1 if one failed."""
    known = [path.stem for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("_")]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark `{unknown[0]}`; there are {', '.join(known)}", file=sys.stderr)
        return 2
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; {CALIBRATION} takes {calibrated():.1f} µs here now\n",
        flush=True,
    )
    failed = []
    for name in names or known:
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=HERE.parent, check=False)
        if done.returncode:
            failed.append(name)
        print(flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
