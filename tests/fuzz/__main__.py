"""`python -m tests.fuzz [TARGET…] [--seconds N] [--seed N]`: fuzz, and say what was found. Exit code 1 where something was."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build" / "fuzz"
PATIENCE = 180
"""Seconds past its time after which a process hangs where no signal of Python's reaches it."""
LENGTH = 4


def fuzz(target: str, seconds: int, seed: int) -> bool:
    """Fuzz one target in a process of its own, and print a line. True where nothing was found."""
    folder = FOLDER / target
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.fuzz.engine", target, str(seconds), str(folder), str(seed)]
    start = time.monotonic()
    with (folder / "log.txt").open("wb") as log:
        try:
            code = subprocess.run(
                command, cwd=ROOT, stdout=log, stderr=log, timeout=seconds + PATIENCE, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            code = -9
    spent = time.monotonic() - start
    state = (
        json.loads((folder / "state.json").read_text())
        if (folder / "state.json").exists()
        else {"runs": 0, "slowest": 0.0, "found": {}}
    )
    found = dict(state["found"])
    if code:
        running = (folder / "running").read_bytes() if (folder / "running").exists() else b""
        (folder / "found-end").write_bytes(running[LENGTH : LENGTH + int.from_bytes(running[:LENGTH], "big")])
        found["end"] = f"the process hung or ended with {code}; see {folder / 'log.txt'}"
    print(
        f"{target:11} {spent:5.0f} s {state['runs']:>9} inputs  slowest {state['slowest'] * 1000:6.0f} ms  {len(found)} found",
        flush=True,
    )
    for sort, said in found.items():
        print(f"    {folder / f'found-{sort}'}: {said}", flush=True)
    return not found


def main() -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", choices=[*TARGETS, []], help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(
        "guided by coverage (atheris)"
        if find_spec("atheris")
        else "by mutation alone: `pip install atheris` for guidance by coverage",
        flush=True,
    )
    return 0 if sum(not fuzz(name, options.seconds, options.seed) for name in options.targets or TARGETS) == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
