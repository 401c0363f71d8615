"""The guard's clock, in one place, so that a test can stand in front of it."""

from __future__ import annotations

import time


def now_micros() -> int:
    """Microseconds since the epoch (UTC)."""
    return time.time_ns() // 1000
