"""Code of which pieces are not known, as a text: each such piece is one private character, which the expansion knows.

A piece may hold any code itself, so whoever runs such a text says `opaque` beside what can be read of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.inner import FrozenInner
from jackline.lower.shell.words import HOLES

if TYPE_CHECKING:
    from jackline.lower.shell.state import Value
    from jackline.lower.word import Hole

MAX_HOLES: Final = 64
_PRIVATE: Final = re.compile(f"[{HOLES}]")
_FIRST: Final = ord(HOLES[0])


class Source(FrozenInner, frozen=True):
    """A text, and what stands for its private characters."""

    text: str
    holes: tuple[Hole, ...] = ()


def has_holes(text: str) -> bool:
    """Whether pieces of a text are not known."""
    return _PRIVATE.search(text) is not None


def as_source(parts: Value) -> Source | None:
    """The text of a value; None where nothing of it can be read, or it uses the private characters itself."""
    if len(parts) == 1 and isinstance(parts[0], str):
        return Source(parts[0]) if parts[0].strip() else None
    if any(isinstance(part, str) and _PRIVATE.search(part) for part in parts):
        return Source("".join(parts)) if all(isinstance(part, str) for part in parts) else None  # type: ignore[arg-type]
    pieces: list[str] = []
    holes: list[Hole] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
        else:
            pieces.append(chr(_FIRST + len(holes)))
            holes.append(part)
    text = "".join(pieces)
    if len(holes) > MAX_HOLES or not any(isinstance(part, str) and part.strip() for part in parts):
        return None
    return Source(text, tuple(holes))
