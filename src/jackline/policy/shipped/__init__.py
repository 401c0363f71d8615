"""The shipped policies and their examples, as text: `baseline`, `strict`, `observe`."""

from __future__ import annotations

from typing import Final

from jackline.core.errors import UsageError
from jackline.core.packaged import packaged

NAMES: Final = ("baseline", "strict", "observe")


def text(name: str) -> str:
    """The text of a shipped policy. Raises `UsageError` for a name that is not shipped."""
    return _read(name, "cedar")


def examples(name: str) -> str:
    """The examples beside a shipped policy. Raises `UsageError` for a name that is not shipped."""
    return _read(name, "examples")


def _read(name: str, suffix: str) -> str:
    if name not in NAMES:
        message = f"there is no shipped policy `{name}`; there are {', '.join(NAMES)}"
        raise UsageError(message)
    return packaged(__name__, f"{name}.{suffix}")
