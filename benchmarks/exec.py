"""What a sandbox costs: the start of `/bin/true` in one, beside bubblewrap with the same namespaces and mounts, and jobs that
make many system calls, beside the same without a sandbox.

All rows are interleaved. Jackline's sandboxes are started in a session that stands, as the keeper starts them: by Python's
`subprocess`, as bubblewrap is here too, so that the difference is the launchers'. Writing goes into the view, an overlay;
bubblewrap and the bare run write into a directory of their own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from benchmarks._measure import interleaved, percentile, table
from jackline.contain.launch import Holder, Sandbox, Streams, View
from jackline.contain.planning.furnish import lay_out, prepare
from jackline.contain.planning.host import gather
from jackline.contain.planning.outfit import Command, Session
from jackline.contain.planning.planning import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jackline.contain.plan import Plan

ROUNDS, JOB_ROUNDS, WARM_UP = 100, 7, 5
TRUE: Final = ("/bin/true",)
SEARCHED: Final = "/usr/bin:/bin"
"""The PATH of every row."""
FILES = 3000
JOBS: Final = {
    f"copy {FILES} small files": "cp -r kept many",
    f"read {FILES} small files": "tar -cf - kept | wc -c; grep -r nothing kept; find kept -size +9k",
    "git clone (local, 500 files)": "git clone -q --no-hardlinks repository cloned",
    "git status": "git -C repository status --short; git -C repository diff --stat",
    "python -m compileall": "python3 -m compileall -q -f library",
    "300 processes": "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done",
}
CLEAN = "rm -rf many cloned; find library -name __pycache__ -prune -exec rm -rf {} +"
COLUMNS: Final = ("bare", "Jackline", "its walls alone", "bubblewrap")
BUDGET_START, BUDGET_JOB = 2.0, 1.15


class Place:
    """A workspace with something in it, a copy of it for those who have no view, and a session."""

    def __init__(self, folder: str) -> None:
        self.folder, self.copy = folder, os.path.join(folder, "copy")
        self.workspace, self.session = os.path.join(folder, "home", "app"), os.path.join(folder, "session")
        os.makedirs(self.workspace)
        fill(self.workspace)
        shutil.copytree(self.workspace, self.copy, symlinks=True)
        for name in ("upper", "work", "view"):
            os.makedirs(os.path.join(self.session, name))
        self.places = Session(self.workspace, os.path.join(self.session, "view"), self.session)
        self.environment = {"HOME": os.path.join(folder, "home"), "PATH": SEARCHED}
        self.host = gather(self.environment, self.workspace)
        lay_out(self.places)

    def view(self) -> View:
        """The view that a holder mounts."""
        return View(self.workspace, *(os.path.join(self.session, name) for name in ("upper", "work", "view")))

    def plan(self, argv: Sequence[str], *, floor: bool) -> Plan:
        """The plan of the agent's own sandbox, or of an action that was decided to touch nothing outside."""
        command = Command(tuple(argv), self.workspace, self.environment)
        outfit = plan(command, self.places, self.host, None if floor else ())
        prepare(outfit, self.places)
        return replace(outfit.plan, observed=False)  # without a keeper that answers, it would wait for one


def fill(workspace: str) -> None:
    """Small files, a repository and a part of Python's library."""
    os.makedirs(os.path.join(workspace, "kept"))
    for number in range(FILES):
        with open(os.path.join(workspace, "kept", str(number)), "w", encoding="ascii") as file:
            file.write(f"{number}\n")
    repository = os.path.join(workspace, "repository")
    os.makedirs(repository)
    for number in range(500):
        with open(os.path.join(repository, f"{number}.txt"), "w", encoding="ascii") as file:
            file.write(f"{number}\n" * 40)
    git = ("git", "-C", repository, "-c", "user.name=A", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "All")):
        subprocess.run([*git, *words], check=True)
    shutil.copytree(os.path.dirname(os.__file__) + "/asyncio", os.path.join(workspace, "library"))


def bubblewrap(planned: Plan, workspace: str) -> list[str]:
    """The same sandbox by bubblewrap: its namespaces, its mounts; not its Landlock, its filter, or its network."""
    words = [
        "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--die-with-parent",
        "--new-session",
        "--disable-userns",
        "--clearenv",
    ]
    for mount in planned.mounts:
        source = workspace if mount.source.endswith("/view") else mount.source
        words += {
            "read": ["--ro-bind", source, mount.target], "write": ["--bind", source, mount.target], "proc": ["--proc", mount.target],
            "dev": ["--dev", mount.target], "tmpfs": ["--tmpfs", mount.target], "hide": [],
        }[mount.kind]  # fmt: skip
    for name, value in planned.environment.items():
        words += ["--setenv", name, value]
    return [*words, "--chdir", planned.cwd, *planned.argv]


def timed(argv: Sequence[str], cwd: str | None = None) -> Callable[[int], float]:
    """How long a program takes from its start to its end."""

    def once(_: int) -> float:
        begun = time.perf_counter()
        subprocess.run(
            argv, cwd=cwd, env={"PATH": SEARCHED}, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        return time.perf_counter() - begun

    return once


def contained(planned: Plan, holder: Holder, null: int) -> Callable[[int], float]:
    """The same in a sandbox of a session that stands."""

    def once(_: int) -> float:
        begun = time.perf_counter()
        sandbox = Sandbox.start(planned, holder, Streams(null, null, 2))
        try:
            sandbox.wait()
        finally:
            sandbox.close()
        return time.perf_counter() - begun

    return once


def starts(place: Place, holder: Holder, null: int) -> None:
    """Print what a start costs."""
    floor, action = place.plan(TRUE, floor=True), place.plan(TRUE, floor=False)
    measures = {"/bin/true": timed(TRUE), "Jackline, the floor": contained(floor, holder, null)}
    measures["Jackline, an action"] = contained(action, holder, null)
    if shutil.which("bwrap"):
        measures["bubblewrap"] = timed(bubblewrap(action, place.workspace))
        measures["bubblewrap, bare: --ro-bind / /"] = timed(
            ["bwrap", "--ro-bind", "/", "/", "--unshare-all", "--proc", "/proc", "--dev", "/dev", *TRUE]
        )
    interleaved(measures, WARM_UP, {})
    found = interleaved(measures, int(os.environ.get("ROUNDS", ROUNDS)), {})
    peer = percentile(found.get("bubblewrap", [0.0]), 0.5)
    rows = [
        (
            name,
            f"{percentile(times, 0.5) * 1e3:.1f}",
            f"{percentile(times, 0.99) * 1e3:.1f}",
            ratio(percentile(times, 0.5), peer),
        )
        for name, times in found.items()
    ]
    print(table("One start of /bin/true (wall)", ("", "p50 ms", "p99 ms", "x bubblewrap"), rows))
    print(
        f"  budget: an action at most {BUDGET_START:.0f} x bubblewrap; {len(action.mounts)} mounts in each of the two"
    )


def ratio(value: float, peer: float) -> str:
    """How many times the peer, where there is one."""
    return f"{value / peer:.2f}" if peer else "no bwrap"


def without_view(planned: Plan, place: Place) -> Plan:
    """The same sandbox on a directory of the host: what is left are the walls."""
    view = place.places.view
    shown = (replace(mount, source=place.copy) if mount.source == view else mount for mount in planned.mounts)
    return replace(planned, mounts=tuple(shown))


def jobs(place: Place, holder: Holder, null: int) -> None:
    """Print what jobs cost that make many system calls."""
    clean = ("/bin/sh", "-c", CLEAN)
    clean_copy, clean_view = timed(clean, place.copy), contained(place.plan(clean, floor=False), holder, null)
    lines = []
    for name, job in JOBS.items():
        script = ("/bin/sh", "-c", job)
        action = place.plan(script, floor=False)
        measures = {
            "bare": timed(script, place.copy),
            "Jackline": contained(action, holder, null),
            "its walls alone": contained(without_view(action, place), holder, null),
        }
        if shutil.which("bwrap"):
            measures["bubblewrap"] = timed(bubblewrap(action, place.copy))
        found: dict[str, list[float]] = {}
        for turn in range(int(os.environ.get("JOB_ROUNDS", JOB_ROUNDS)) + 1):
            for which, measure in measures.items():
                seconds = measure(turn)
                (clean_view if which == "Jackline" else clean_copy)(turn)
                if turn:
                    found.setdefault(which, []).append(seconds)
        medians = {which: percentile(times, 0.5) for which, times in found.items()}
        cells = (f"{medians[which] * 1e3:.0f}" if which in medians else "-" for which in COLUMNS)
        lines.append((name, *cells, *(f"{medians[which] / medians['bare']:.2f}" for which in COLUMNS[1:3])))
    columns = ("", *COLUMNS, "Jackline / bare", "walls / bare")
    print(table("Jobs (wall, p50 ms)", columns, lines))
    print(f"  budget: at most {BUDGET_JOB} x bare. The start of a shell and of a sandbox is in every row")


@contextlib.contextmanager
def session() -> Iterator[tuple[Place, Holder, int]]:
    """A session that stands, and a descriptor of /dev/null. A disk's own doings differ from run to run: `BENCH_DIR` may
    name a directory in memory."""
    with tempfile.TemporaryDirectory(prefix="jl-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        place = Place(folder)
        null = os.open(os.devnull, os.O_RDWR)
        with Holder.start([place.view()]) as holder:
            yield place, holder, null
        os.close(null)


def main() -> None:
    """Print both tables."""
    if sys.platform != "linux":
        print("sandboxes are made on Linux alone")
        return
    with session() as (place, holder, null):
        starts(place, holder, null)
        print()
        jobs(place, holder, null)


if __name__ == "__main__":
    main()
