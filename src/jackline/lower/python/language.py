"""Python as a language of a scope."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from jackline.lower.program.language import lower_program
from jackline.lower.python.library import PYTHON

if TYPE_CHECKING:
    from jackline.lower.scope import Language

lower_python: Final[Language] = partial(lower_program, PYTHON)
"""A Python program run with its arguments as `sys.argv[1:]`."""
