"""How much one redaction may do, counted in candidates, so that no text can hold the guard up."""

from __future__ import annotations

from typing import Final

MAX_CANDIDATES: Final = 4000
"""Places that are looked at closely in all texts of one action; a large configuration file has some hundreds."""

RESERVE: Final = 1500
"""What is left for the head of the text in which they ran out: a text of `HEAD` characters cannot have more."""

WHOLE: Final = 4
HEAD: Final = 4096


class WorkSpentError(Exception):
    """The candidates have run out. A signal within this package: what was not looked at is not kept."""


class Work:
    """What is left to spend, in quarters of a candidate: a name that turns out to be no secret's costs one of them."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_CANDIDATES) -> None:
        self.left = left * WHOLE

    def step(self, quarters: int = WHOLE) -> None:
        """One candidate, or a part of one. Raises `WorkSpentError` when there are none left."""
        self.left -= quarters
        if self.left < 0:
            raise WorkSpentError
