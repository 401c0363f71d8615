"""The shell's own commands, one file per concern; `BUILTINS` maps each name to what it does.

In: the machine and a `Call` (expanded words, span). Out: changes of the machine's state, effects, what is printed,
and the command's success where it is known. A builtin without an entry here is looked for in the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.shell.builtins import code, directories, flow, printing, reading, variables
from jackline.lower.shell.builtins.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.shell.machine import Machine

BUILTINS: Final[dict[str, Callable[[Machine, Call], bool | None]]] = {
    **code.TABLE, **directories.TABLE, **flow.TABLE, **printing.TABLE, **reading.TABLE, **variables.TABLE,
}  # fmt: skip

PROGRAMS: Final = frozenset({"echo", "printf", "test", "[", "true", "false", "pwd"})
"""Builtins that are programs too, for what starts programs only (`env`, `xargs`)."""

__all__ = ["BUILTINS", "PROGRAMS", "Call"]
