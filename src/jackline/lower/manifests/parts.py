"""What a project's file says as far as it is known: text with holes; and what reading it may ask of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.words import Authorship

Parts: TypeAlias = "tuple[str | Hole, ...]"


class Host(Protocol):
    """What a file asks of the world."""

    authorship: Authorship
    """Who wrote the text that is read: holes in what it says are its author's."""

    def step(self) -> None:
        """Count work; raises where a bound is passed."""

    def include(self, name: str) -> list[str] | None:
        """The contents that an included file may have: none where it is absent, None where that is not known."""

    def shell(self, code: Parts) -> str | None:
        """Run a command for its output; None where that is not known."""

    def variable(self, name: str) -> Parts | None:
        """A variable of the environment; None where it is not known."""

    def exists(self, name: str) -> bool:
        """Whether a file stands there, or may."""

    def names(self, pattern: str) -> list[str] | None:
        """The files that a pattern matches; None where that is not known."""


def known(parts: Parts) -> str | None:
    """The text, where all of it is known."""
    return (
        None
        if any(isinstance(part, Hole) for part in parts)
        else "".join(part for part in parts if isinstance(part, str))
    )


def joined(parts: Sequence[str | Hole]) -> Parts:
    """Neighbouring texts as one, empty ones gone."""
    found: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found)
