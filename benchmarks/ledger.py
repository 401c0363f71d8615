"""How fast the ledger records: in batches, one durable entry at a time, and the bare fsync beside it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks._measure import fsync, percentile, table
from jackline.core.event import Event
from jackline.ledger import NEVER, Ledger

BATCH, BATCHES, SINGLES = 1000, 20, 300


def event(number: int) -> Event:
    """An everyday request."""
    action = {
        "tool": "shell",
        "arguments": {"command": f"git diff HEAD~{number % 9} -- src/module_{number % 97}.py"},
        "cwd": "/home/a/work",
    }
    return Event(
        kind="requested",
        at=1_790_000_000_000_000 + number,
        session="s",
        action=f"A{number}",
        client="claude",
        data={"action": action},
    )


def one(ledger: Ledger, number: int, *, durable: bool) -> float:
    """The seconds that one entry takes."""
    begun = time.perf_counter()
    ledger.append([event(number)], durable=durable)
    return time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="ledger-") as name:
        root = Path(name)
        ledger = Ledger.open(root / "ledger.sqlite", root / "keys", NEVER)
        batches = [[event(batch * BATCH + number) for number in range(BATCH)] for batch in range(BATCHES)]
        wall, processor = time.perf_counter(), time.process_time()
        for batch in batches:
            ledger.append(batch)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        singles, quick, syncs = [], [], []
        for number in range(SINGLES):
            singles.append(one(ledger, number, durable=True))
            syncs.append(fsync(str(root / "fsync")))
            quick.append(one(ledger, number, durable=False))
        verified = time.perf_counter()
        report = ledger.verify()
        verified = time.perf_counter() - verified
        ledger.close()
    rows = [
        (f"batches of {BATCH}, wall", f"{BATCH * BATCHES / wall:,.0f} entries/s", ""),
        (f"batches of {BATCH}, processor", f"{BATCH * BATCHES / processor:,.0f} entries/s", ""),
        (
            "one entry, handed to the system",
            f"{percentile(quick, 0.5) * 1e3:.2f} ms",
            f"{percentile(quick, 0.99) * 1e3:.2f} ms",
        ),
        (
            "one entry, on the disk",
            f"{percentile(singles, 0.5) * 1e3:.2f} ms",
            f"{percentile(singles, 0.99) * 1e3:.2f} ms",
        ),
        ("one fsync beside it", f"{percentile(syncs, 0.5) * 1e3:.2f} ms", f"{percentile(syncs, 0.99) * 1e3:.2f} ms"),
        (f"verify {BATCH * BATCHES + 2 * SINGLES:,} entries", f"{verified:.2f} s", "ok" if report.intact else "BROKEN"),
    ]
    print(table("The ledger (wall)", ("", "p50", "p99"), rows))


if __name__ == "__main__":
    main()
