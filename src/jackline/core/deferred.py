"""Functions whose module is imported when they are first called, and expressions that are compiled when first used.

A start imports what the first decision needs and no more: most of what can be read (languages, the formats of projects)
is not in most sessions, and importing all of it took half of a start (measured). Tables of such functions say where each
one stands as text; a test loads every entry of every table, so that a wrong one cannot be shipped.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

_METHODS: Final = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub")
"""What is used of an expression."""

_ALL: Final[list[Callable[[], object]]] = []
"""What imports or compiles each thing that was put off, until that is done. Modules make them, so there is an end to it."""


class Deferred:
    """Calls the function `name` of `module`, imported at the first call: of the same room, of one below it, or Python's."""

    __slots__ = ("_found", "module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name
        self._found: Any = None
        _ALL.append(self.load)

    def __call__(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the types are those of the function
        """What the function gives."""
        found = self._found
        return (found if found is not None else self.load())(*arguments, **named)

    def load(self) -> Any:  # noqa: ANN401 - see `__call__`
        """The function itself, imported now if it was not. Threads may do so at once: it is one and the same."""
        self._found = getattr(importlib.import_module(self.module), self.name)
        return self._found


class _Late:
    """Stands for a compiled expression: has its methods from the first use on, at no cost for the later ones."""

    __slots__ = ("_flags", "_text", *_METHODS)

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags
        _ALL.append(self.load)

    def load(self) -> re.Pattern[str]:
        """The expression, compiled now."""
        pattern = re.compile(self._text, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(pattern, method))
        return pattern

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever an expression has; called for what is not set yet
        return getattr(self.load(), name)


def late_pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile` at the first use: for an expression that few calls need; compiling all of ours took 50 ms (measured).

    One that is wrong raises `re.error` only then, so a test uses every one of them.
    """
    return cast("re.Pattern[str]", _Late(text, flags))


def settle() -> None:
    """Import and compile now all that was put off in the modules that are imported, and in those that are by this."""
    while _ALL:
        _ALL.pop()()
