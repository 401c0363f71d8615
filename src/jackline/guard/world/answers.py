"""Answers as JSON and back: what a decision was made with is stored beside it, so that it can be made again.

Each question has one type of answer (see `Surroundings`); None is "unknown" for all of them.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.core.errors import WireError
from jackline.lower.surroundings import Changes, FileFacts, FileText, GitFacts, PlanFacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMS: Final[dict[str, Any]] = {
    "file": FileFacts,
    "list": tuple[str, ...],
    "text": FileText,
    "plan": PlanFacts,
    "token": bool,
    "which": str,
    "variable": str,
    "git": GitFacts,
    "changes": Changes,
    "standing": frozenset[str],
    "wrote": bool,
    "authorship": str,
    "labels": frozenset[str],
    "environment": str,
    "context": dict[str, str],
    "registries": frozenset[str],
    "model_hosts": frozenset[str],
    "guard_paths": tuple[str, ...],
    "card": str,
    "definition": str,
    "process": str,
}
"""Question → the type of its answer."""

_PLAIN: Final = (str, bool, NoneType)
"""Answers that are JSON values as they are: most."""

QUESTIONS: Final = tuple(_FORMS)


def store(answers: Iterable[tuple[str, str, Any]]) -> list[list[Any]]:
    """Answers (`Surroundings.answers`) as JSON values; sets are sorted, so equal answers are equal text."""
    return [
        [
            question,
            subject,
            answer if isinstance(answer, _PLAIN) else msgspec.to_builtins(answer, order="deterministic"),
        ]
        for question, subject, answer in answers
    ]


def restore(stored: Sequence[Sequence[Any]]) -> list[tuple[str, str, Any]]:
    """Answers from their JSON values. Raises `WireError` for what `store` did not write."""
    restored: list[tuple[str, str, Any]] = []
    for item in stored:
        try:
            question, subject, value = item
            form = _FORMS[question]
            answer = None if value is None else msgspec.convert(value, form)
        except (ValueError, TypeError, KeyError, msgspec.ValidationError) as error:
            message = f"a stored answer cannot be read: `{str(item)[:80]}`; the ledger's entry is damaged or of a later version"
            raise WireError(message) from error
        restored.append((str(question), str(subject), answer))
    return restored


class Replayed:
    """A source that gives stored answers again; what was not asked then is unknown now."""

    __slots__ = ("_answers",)

    def __init__(self, stored: Sequence[Sequence[Any]]) -> None:
        """Raises `WireError`."""
        self._answers = {(question, subject): answer for question, subject, answer in restore(stored)}

    def answer(self, question: str, subject: str) -> Any:  # noqa: ANN401 - JSON
        """The answer that was given then."""
        return self._answers.get((question, subject))
