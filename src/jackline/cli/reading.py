"""Text files that a person names on the command line."""

from __future__ import annotations

from pathlib import Path

from jackline.core.errors import ConfigurationError, UsageError


def read_text(path: str | Path) -> str:
    """The file's text. Raises `UsageError` where it cannot be read, `ConfigurationError` where it is not UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        message = f"`{path}` cannot be read: {error.strerror}"
        raise UsageError(message) from error
    except UnicodeDecodeError as error:
        message = f"`{path}` is not UTF-8 text: {error.reason} at byte {error.start}"
        raise ConfigurationError(message) from error
