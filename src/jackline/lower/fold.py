"""What text tools print for an input that is known: `echo cm0gLXJmIC8K | base64 -d | sh` runs what it says.

Each folder gets the arguments behind the program's name and the input, and returns the output; None where it does not
know. Only forms that are sure are folded: a wrong fold would be worse than none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.word import Data

FOLDERS: Final[dict[str, object]] = {}


def fold(name: str, arguments: list[str], stdin: Data, read: Callable[[str], Data]) -> Data | None:
    """The output of a text tool."""
    del name, arguments, stdin, read
    return None
