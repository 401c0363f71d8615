"""What the shell hands over, and what it gets back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from jackline.core.inner import FrozenInner
from jackline.lower.word import NOTHING, UNKNOWN, Data, Word

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(FrozenInner, frozen=True):
    """One program to run. `words[0]` names it; `cwd` is absolute; `at` is the command's span in its scope's text. Unless it
    is `heard`, nothing reads what it prints, and nobody needs to know."""

    words: tuple[Word, ...]
    cwd: str
    environment: Mapping[str, Word] = field(default_factory=dict)
    stdin: Data = NOTHING
    at: tuple[int, int] = (0, 0)
    heard: bool = True


class Outcome(FrozenInner, frozen=True):
    """What is known after it: its standard output, its success (None: unknown), a directory that it changed to."""

    output: Data = UNKNOWN
    status: bool | None = None
    cwd: str | None = None
