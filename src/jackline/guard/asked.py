"""What was asked of the surroundings, as a decision keeps it: a digest that approvals are bound to, and the answers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from jackline.core.codec import digest
from jackline.guard.world import store

if TYPE_CHECKING:
    from jackline.lower.surroundings import Surroundings

MAX_KEPT_TEXT: Final = 16 * 1024


class Asked:
    """The questions and answers of one decision. Read when they are first needed: a decision that is not recorded needs
    none of it."""

    def __init__(self, surroundings: Surroundings | None = None) -> None:
        """None: nothing was asked, because it did not come to that."""
        self._surroundings = surroundings

    @property
    def surroundings(self) -> Surroundings | None:
        """What was asked."""
        return self._surroundings

    @cached_property
    def _stored(self) -> list[list[Any]]:
        return store(self._surroundings.answers) if self._surroundings is not None else []

    @cached_property
    def digest(self) -> str:
        """It does not depend on the order of asking."""
        return digest(sorted(self._stored, key=lambda answer: (answer[0], answer[1])))

    @property
    def kept(self) -> list[list[Any]]:
        """For the ledger. A content over `MAX_KEPT_TEXT` is left to the evidence's digest: replayed, it is unknown."""
        return [[question, subject, None if _large(answer) else answer] for question, subject, answer in self._stored]


def _large(answer: object) -> bool:
    return isinstance(answer, dict) and len(answer.get("text", "")) > MAX_KEPT_TEXT
