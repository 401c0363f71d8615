"""What was asked of the surroundings, as a decision keeps it: a digest that approvals are bound to, and the answers."""

from __future__ import annotations

from typing import Any, Final

from jackline.core.codec import digest
from jackline.guard.world import store
from jackline.lower.surroundings import FileText

MAX_KEPT_TEXT: Final = 16 * 1024

Answered = tuple[tuple[str, str, Any], ...]


def digest_of(answers: Answered) -> str:
    """The digest of the answers; it does not depend on the order of asking."""
    return digest(sorted(store(answers), key=lambda answer: (answer[0], answer[1])))


def kept(answers: Answered) -> list[list[Any]]:
    """The answers for the ledger. Contents over `MAX_KEPT_TEXT` are left to their digest: replayed, they are unknown."""
    return store(
        (question, subject, None if isinstance(answer, FileText) and len(answer.text) > MAX_KEPT_TEXT else answer)
        for question, subject, answer in answers
    )
