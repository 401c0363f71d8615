"""Times and lengths of time, as they are typed."""

from __future__ import annotations

import datetime as dt
import re
import time
from typing import Final

from jackline.core.errors import UsageError

MICROS: Final = 1_000_000
_LENGTH: Final = re.compile(r"(\d{1,6})\s*([smhdw])")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def length(text: str) -> int:
    """A length of time (`30m`, `2h`, `3d`) in microseconds. Raises `UsageError`."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        message = f"`{text}` is no length of time; give `30m`, `2h`, `3d`"
        raise UsageError(message)
    return int(found[1]) * _SECONDS[found[2]] * MICROS


def past(text: str) -> int:
    """A time that was, in microseconds since the epoch: a date, or how long ago. Raises `UsageError`."""
    if _LENGTH.fullmatch(text.strip()):
        return max(1, now() - length(text))
    try:
        return _date(text)
    except (ValueError, OverflowError, OSError) as error:
        message = f"`{text}` is no time; give `30m`, `2h`, `3d`, or `2026-11-22 14:00`"
        raise UsageError(message) from error


def coming(text: str) -> int:
    """A time to come, in microseconds since the epoch: a date, or the next time that a clock shows it (`18:00`).

    Raises `UsageError`.
    """
    clock = _CLOCK.fullmatch(text.strip())
    try:
        found = _next(int(clock[1]), int(clock[2])) if clock else _date(text)
    except (ValueError, OverflowError, OSError) as error:
        message = f"`{text}` is no time; give `18:00` or `2026-11-22 14:00`"
        raise UsageError(message) from error
    if found <= now():
        message = f"`{text}` is over already"
        raise UsageError(message)
    return found


def _date(text: str) -> int:
    return int(dt.datetime.fromisoformat(text.strip()).timestamp() * MICROS)


def _next(hour: int, minute: int) -> int:
    here = dt.datetime.now(tz=dt.UTC).astimezone()
    at = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return int((at if at > here else at + dt.timedelta(days=1)).timestamp() * MICROS)
