"""What was asked of the surroundings, as a decision keeps it: a digest that approvals are bound to, and the answers."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from jackline.core.codec import encode
from jackline.guard.world import store
from jackline.lower.surroundings import FileText

if TYPE_CHECKING:
    from jackline.lower.surroundings import Surroundings

MAX_KEPT_TEXT: Final = 16 * 1024


class _Answer(NamedTuple):
    """One question, and it with its answer as they are stored: encoded once, for the digest and for the ledger."""

    question: str
    subject: str
    form: bytes
    large: bool


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
    def _stored(self) -> list[_Answer]:
        answers = self._surroundings.answers if self._surroundings is not None else ()
        return [
            _Answer(
                question, subject, encode(stored), isinstance(answer, FileText) and len(answer.text) > MAX_KEPT_TEXT
            )
            for (question, subject, answer), stored in zip(answers, store(answers), strict=True)
        ]

    @cached_property
    def digest(self) -> str:
        """The digest of the sorted list of stored answers: it does not depend on the order of asking."""
        forms = [answer.form for answer in sorted(self._stored)]
        return hashlib.sha256(b"[" + b",".join(forms) + b"]").hexdigest()

    @property
    def kept(self) -> list[msgspec.Raw]:
        """For the ledger, in JSON already: [question, subject, answer].

        A content over `MAX_KEPT_TEXT` is left to the evidence's digest: replayed, it is unknown.
        """
        return [
            msgspec.Raw(encode([answer.question, answer.subject, None]) if answer.large else answer.form)
            for answer in self._stored
        ]
