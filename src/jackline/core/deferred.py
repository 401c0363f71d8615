"""Functions whose module is imported when they are first called.

A start imports what the first decision needs and no more: most of what can be read (languages, the formats of projects)
is not in most sessions, and importing all of it took half of a start (measured). Tables of such functions say where each
one stands as text; a test loads every entry of every table, so that a wrong one cannot be shipped.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, cast


class Deferred:
    """Calls the function `name` of `module`, imported at the first call. A module of the same room, or one below it."""

    __slots__ = ("_found", "module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name
        self._found: Any = None

    def __call__(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the types are those of the function
        """What the function gives."""
        found = self._found
        return (found if found is not None else self.load())(*arguments, **named)

    def load(self) -> Any:  # noqa: ANN401 - see `__call__`
        """The function itself, imported now if it was not. Threads may do so at once: it is one and the same."""
        self._found = getattr(importlib.import_module(self.module), self.name)
        return self._found


class _Late:
    """Stands for a compiled expression until the first use, then has its methods."""

    __slots__ = ("_flags", "_text", "findall", "finditer", "fullmatch", "match", "search", "split", "sub")

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method of the expression; called while it has no value
        pattern = re.compile(self._text, self._flags)
        for method in ("findall", "finditer", "fullmatch", "match", "search", "split", "sub"):
            setattr(self, method, getattr(pattern, method))
        return getattr(pattern, name)


def late_pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile` at the first use: for an expression that few calls need. One that is wrong raises `re.error` then, so a
    test compiles all of them."""
    return cast("re.Pattern[str]", _Late(text, flags))
