"""The interpreters by the name of their language, as the catalogue and the shell ask for them.

This is the only module that knows them all; they find each other through `Scope.languages`, so none imports another.
The shell is here from the start, since nearly everything is one of its commands; each of the others is imported when code
in it is met for the first time: together they are a third of what a start would import (measured).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.lower.shell.language import lower_command, lower_script, lower_shell, opaque_language
from jackline.lower.sql.dialects import DIALECTS

if TYPE_CHECKING:
    from jackline.lower.scope import Language


class Languages(dict[str, "Language"]):
    """A language that is not there has an answer too: `opaque`."""

    def __missing__(self, name: str) -> Language:
        return partial(opaque_language, name)


_SQL: Final = Deferred("jackline.lower.sql.language", "lower_sql")
_CLOSED: Final = Deferred("jackline.lower.closed.language", "lower_closed")
_ONELINER: Final = Deferred("jackline.lower.oneliners.language", "lower_oneliner")

LANGUAGES: Final = Languages(
    {
        "shell": lower_shell,
        "command": lower_command,
        "script": lower_script,
        "python": Deferred("jackline.lower.python.language", "lower_python"),
        "javascript": Deferred("jackline.lower.javascript.language", "lower_javascript"),
        "awk": Deferred("jackline.lower.awk", "lower_awk"),
        "sed": Deferred("jackline.lower.sed", "lower_sed"),
        "patch": Deferred("jackline.lower.patches", "lower_patch"),
        "redis": Deferred("jackline.lower.stores", "lower_redis"),
        "mongo": Deferred("jackline.lower.stores", "lower_mongo"),
        **{dialect: partial(_SQL, dialect) for dialect in DIALECTS},
        **{name: partial(_ONELINER, name) for name in ("perl", "ruby", "php")},
        **{name: partial(_CLOSED, name) for name in ("r", "julia", "lua", "gdb", "other")},
    }
)

__all__ = ["LANGUAGES", "Languages"]
