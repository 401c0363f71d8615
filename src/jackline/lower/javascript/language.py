"""JavaScript and TypeScript as a language of a scope."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from jackline.lower.javascript.library import JAVASCRIPT
from jackline.lower.program.language import lower_program

if TYPE_CHECKING:
    from jackline.lower.scope import Language

lower_javascript: Final[Language] = partial(lower_program, JAVASCRIPT)
"""A JavaScript or TypeScript program run with its arguments as `process.argv`."""
