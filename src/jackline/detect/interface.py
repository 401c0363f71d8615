"""What a detector is: a fold over one session's moments, in the order in which they happened.

A moment is either a `Turn` that is text (a person's prompt, the agent's own words, the client's own text) or a `Judged`
call with its decision, its outcome and the text that came back. A call is shown once, when its result is known; of those
that the agent made in one breath none followed another's result (`Judged.knew`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from jackline.core.history import Judged, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.history import Finding

Moment: TypeAlias = Turn | Judged


@runtime_checkable
class Detector(Protocol):
    """One kind of finding. It is made fresh for each session, and what it remembers is bounded."""

    @property
    def name(self) -> str:
        """The kind of its findings; the word under which they are documented and filtered."""

    def see(self, moment: Moment) -> Iterable[Finding]:
        """Take in the next moment; give the findings that it completes."""

    def end(self) -> Iterable[Finding]:
        """The findings that only the end of the session settles."""
