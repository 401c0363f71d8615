"""The interpreters by the name of their language, as the catalogue and the shell ask for them.

This is the only module that knows them all; they find each other through `Scope.languages`, so none imports another.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from jackline.lower import awk, sed, stores
from jackline.lower.javascript.language import lower_javascript
from jackline.lower.oneliners import language as oneliners
from jackline.lower.patches import lower_patch
from jackline.lower.python.language import lower_python
from jackline.lower.shell.language import lower_command, lower_script, lower_shell, opaque_language
from jackline.lower.sql import language as sql_language

if TYPE_CHECKING:
    from jackline.lower.scope import Language


class Languages(dict[str, "Language"]):
    """A language that is not there has an answer too: `opaque`."""

    def __missing__(self, name: str) -> Language:
        return partial(opaque_language, name)


LANGUAGES: Final = Languages(
    {
        "shell": lower_shell,
        "command": lower_command,
        "script": lower_script,
        "python": lower_python,
        "javascript": lower_javascript,
        "awk": awk.lower_awk,
        "sed": sed.lower_sed,
        "patch": lower_patch,
        **sql_language.LANGUAGES,
        **oneliners.LANGUAGES,
        **stores.LANGUAGES,
    }
)

__all__ = ["LANGUAGES", "Languages"]
