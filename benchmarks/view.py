"""What a view costs: publishing a change beside `cp -a` of the changed files, looking for changes, undoing.

Each row is made anew for every round, all rows in turn. An upper layer is filled as an overlay would fill it; no overlay is
mounted, for publishing does not read through one. The disk is the one that holds the temporary directory.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from benchmarks._measure import percentile, table
from jackline.contain.view.disk import Disk
from jackline.contain.view.handles import Root
from jackline.contain.view.history import History
from jackline.contain.view.undo import undo
from jackline.contain.view.upper import scan
from jackline.contain.view.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SIZES = {
    "3,000 files of 2 KiB": (3000, 2048),
    "300 files of 100 KiB": (300, 100 * 1024),
    "4 files of 32 MiB": (4, 32 << 20),
}
PER_FOLDER = 100


def fill(place: str, count: int, size: int, salt: bytes) -> None:
    """Files in folders, no two alike."""
    block = os.urandom(size)
    for number in range(count):
        folder = os.path.join(place, f"d{number // PER_FOLDER:04}")
        if number % PER_FOLDER == 0:
            os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"f{number:06}"), "wb") as file:
            file.write(salt + number.to_bytes(4, "big") + block)


def measured(count: int, size: int, *, replaced: bool) -> dict[str, float]:
    """Seconds of each step, once: everything new, or every file replaced."""
    place = tempfile.mkdtemp(prefix="view-")
    try:
        folders = {name: os.path.join(place, name) for name in ("workspace", "upper", "history")}
        for folder in folders.values():
            os.mkdir(folder)
        if replaced:
            fill(folders["workspace"], count, size, b"old")
        found: dict[str, float] = {}
        workspace, upper = Root(folders["workspace"]), Root(folders["upper"])
        with workspace, upper, History(folders["history"], Disk()) as history:
            view = View(workspace, upper, history, session="s", live=True)
            found["start"] = timed(view.start)
            fill(folders["upper"], count, size, b"new")
            os.sync()
            plain = timed(lambda: subprocess.run(["cp", "-a", folders["upper"], place + "/copied"], check=True))
            found["cp -a"] = plain
            found["cp -a; sync"] = plain + timed(lambda: subprocess.run(["sync", "-f", place + "/copied"], check=True))
            found["publish"] = timed(lambda: view.savepoint("a"))
            found["nothing new"] = timed(lambda: view.savepoint("b"))
            found["settle"] = timed(view.settle)
            found["undo"] = timed(lambda: undo(workspace, history, history.changes(action="a")))
    finally:
        shutil.rmtree(place)
    return found


def timed(work: object) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    if callable(work):
        work()
    return time.perf_counter() - start


def rows() -> Iterator[list[str]]:
    """The table of publishing."""
    for name, (count, size) in SIZES.items():
        for replaced in (False, True):
            rounds = [measured(count, size, replaced=replaced) for _ in range(ROUNDS)]
            middle = {step: percentile([one[step] for one in rounds], 0.5) for step in rounds[0]}
            title = f"{name}, {'replaced' if replaced else 'new'}"
            yield [title, *(f"{middle[step] * 1000:.0f}" for step in middle), f"{middle['publish'] / middle['cp -a']:.2f}",
                   f"{middle['publish'] / middle['cp -a; sync']:.2f}"]  # fmt: skip


def scans() -> Iterator[list[str]]:
    """The table of looking for changes."""
    for count in (3000, 50_000):
        place = tempfile.mkdtemp(prefix="view-")
        try:
            fill(place, count, 0, b"")
            with Root(place) as root:
                first = timed(lambda root=root: scan(root))
                known = scan(root)
                again = percentile(
                    [timed(lambda root=root, known=known: scan(root, known)) for _ in range(ROUNDS)], 0.5
                )
            yield [f"{count:,} files", f"{first * 1000:.0f}", f"{again * 1000:.0f}"]
        finally:
            shutil.rmtree(place)


def main() -> None:
    """Print both tables."""
    columns = [
        "milliseconds, median",
        "start",
        "cp -a",
        "cp -a; sync",
        "publish",
        "nothing new",
        "settle",
        "undo",
        "÷ cp",
        "÷ synced",
    ]
    print(table("publishing a change, live", columns, list(rows())))
    print()
    print(table("looking for changes", ["milliseconds", "first", "again"], list(scans())))


if __name__ == "__main__":
    main()
