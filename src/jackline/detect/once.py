"""What several detectors ask of the same call is computed once.

They look at one call after the other, so it is enough to remember the answer about the latest one. It is known by its
identity, and held as long as it is remembered, so that no other call can be taken for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.history import Judged

T = TypeVar("T")


def once(question: Callable[[Judged], T]) -> Callable[[Judged], T]:
    """The same question, not asked twice in a row of one call. The answer is shared: nobody may change it."""
    latest: tuple[Judged, T] | None = None

    def answer(judged: Judged) -> T:
        nonlocal latest
        known = latest
        if known is None or known[0] is not judged:
            known = latest = (judged, question(judged))
        return known[1]

    answer.__doc__, answer.__name__ = question.__doc__, question.__name__
    return answer
