"""Where calls wait for a person. Answers come over another connection; a condition wakes who waits for them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.guard.memory import Known

KEEP_ALIVE_SECONDS: Final = 1.0
"""How often a waiting call is told that its answer is still to come; the hook client gives up after 4 s of silence."""


class Desk:
    """One for the guard."""

    def __init__(self) -> None:
        self._answers = threading.Condition()
        self._closed = False

    def wait(self, known: Known, deadline: float, keep_alive: Callable[[], bool]) -> str:
        """`approved` or `refused`; "" where the deadline (monotonic seconds) passed, nobody listens, or the guard ends."""
        while not known.answered:
            left = deadline - time.monotonic()
            if left <= 0 or not keep_alive():
                return ""
            with self._answers:
                if self._closed:
                    return ""
                if not known.answered:
                    self._answers.wait(min(left, KEEP_ALIVE_SECONDS))
        return known.answered

    def tell(self) -> None:
        """Wake all who wait: something was answered."""
        with self._answers:
            self._answers.notify_all()

    def close(self) -> None:
        """Answer all who wait, now and from now on, as if their time were over."""
        with self._answers:
            self._closed = True
            self._answers.notify_all()
