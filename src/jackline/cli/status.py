"""What `jackline statusline` prints: one line for a client's status bar. It starts nothing, waits for little, and
imports as little as it can, because a client runs it several times a minute.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, Final

from jackline.core.errors import JacklineError
from jackline.guard.client import call

RED: Final = "\033[31m"
GREEN: Final = "\033[32m"
YELLOW: Final = "\033[33m"
PLAIN: Final = "\033[0m"


def run(arguments: list[str]) -> int:
    """Print the line. What the client writes to standard input is not needed and not read."""
    try:
        status: dict[str, Any] | None = call("status", start=False, patience=1.0)
    except (JacklineError, OSError, ValueError):
        status = None
    return 0 if _write(_json(status) if "--json" in arguments else _line(status)) else 1


def _line(status: dict[str, Any] | None) -> str:
    text, colour = tell(status)
    plain = bool(os.environ.get("NO_COLOR"))  # a status bar is no terminal, and shows colours all the same
    return f"{text}\n" if plain else f"{colour}{text}{PLAIN}\n"


def _write(text: str) -> bool:
    """False where nobody reads it any more: a status bar is redrawn, and an error would only be drawn into it."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except (OSError, ValueError, AttributeError):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # or the interpreter fails again at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def tell(status: dict[str, Any] | None) -> tuple[str, str]:
    """The text and its colour: red where nothing is enforced, yellow where a person is waited for."""
    if status is None:
        return "⚓ jackline: no guard runs; it starts with the next call", RED
    counts = f"{status['actions']} actions · {status['stopped']} stopped"
    if status["waiting"]:
        counts += f" · {status['waiting']} waiting: jackline approve"
    if status["pausedSeconds"]:
        return f"⚓ jackline PAUSED for {-(-status['pausedSeconds'] // 60)} min · {counts}", RED
    if not status["policyDigest"]:
        return f"⚓ jackline: no policy is in force, everything is denied ({status['trouble']})", RED
    if not status["enforcing"]:
        return f"⚓ jackline {status['policy']}: NOT ENFORCING{_observing(status)} · {counts}", RED
    trouble = " · a file is wrong: jackline guard status" if status["trouble"] else ""
    return f"⚓ jackline {status['policy']} · {counts}{trouble}", YELLOW if status["waiting"] or trouble else GREEN


def _observing(status: dict[str, Any]) -> str:
    """How far the week of observing has come. A guard of an earlier version does not say."""
    observing = status.get("observing")
    if not observing:
        return ""
    if observing["over"]:
        return ", the first week is over: jackline observed"
    return f", day {observing['day']} of {observing['days']}"


def _json(status: dict[str, Any] | None) -> str:
    import json  # noqa: PLC0415 - the line itself does without

    return json.dumps(status if status is not None else {"enforcing": False, "running": False}) + "\n"
