"""How fast the ledger records: in batches, one durable entry at a time, and the bare fsync beside it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks._measure import fsync, percentile, table
from jackline.core.event import Event
from jackline.ledger import Ledger, Pace

BATCH, BATCHES, SINGLES = 1000, 20, 300
NEVER = Pace(entries=10**9, micros=10**18)


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


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="ledger-") as name:
        root = Path(name)
        ledger = Ledger.open(root / "ledger.sqlite", root / "keys", NEVER)
        batches = [[event(batch * BATCH + number) for number in range(BATCH)] for batch in range(BATCHES)]
        start = time.perf_counter()
        for batch in batches:
            ledger.append(batch)
        rate = BATCH * BATCHES / (time.perf_counter() - start)
        singles, syncs = [], []
        for number in range(SINGLES):
            begun = time.perf_counter()
            ledger.append([event(number)], durable=True)
            singles.append(time.perf_counter() - begun)
            syncs.append(fsync(str(root / "fsync")))
        verified = time.perf_counter()
        report = ledger.verify()
        verified = time.perf_counter() - verified
        ledger.close()
    rows = [
        (f"batches of {BATCH}", f"{rate:,.0f} entries/s", ""),
        ("one durable entry", f"{percentile(singles, 0.5) * 1e3:.2f} ms", f"{percentile(singles, 0.99) * 1e3:.2f} ms"),
        ("one fsync beside it", f"{percentile(syncs, 0.5) * 1e3:.2f} ms", f"{percentile(syncs, 0.99) * 1e3:.2f} ms"),
        (f"verify {BATCH * BATCHES + SINGLES:,} entries", f"{verified:.2f} s", "ok" if report.intact else "BROKEN"),
    ]
    print(table("The ledger (wall)", ("", "p50", "p99"), rows))


if __name__ == "__main__":
    main()
