"""What commands print: JSON or text, colour only on a terminal that wants it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
import msgspec

from jackline.core.codec import encode
from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

F = TypeVar("F", bound="Callable[..., Any]")


class OutputError(JacklineError):
    """What a command says cannot be written where it was told to."""


VERDICT_COLOURS: Final = {"allow": "green", "ask": "yellow", "deny": "red"}


def json_option(function: F) -> F:
    """The option `--json`, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of text.")(function)


def print_json(value: object) -> None:
    """One JSON value on one line, keys sorted."""
    line(encode(msgspec.to_builtins(value)).decode())


def line(text: str = "") -> None:
    """One line of standard output, with colours taken out where they are not wanted.

    Raises `OutputError` where it cannot be written (a full disk); `BrokenPipeError`, where its reader has gone.
    """
    with _written():
        click.echo(text, color=wants_colour())


def print_bytes(data: bytes) -> None:
    """Bytes to standard output, at once. Raises as `line` does."""
    with _written():
        if sys.stdout is None:
            message = "standard output is closed"
            raise OutputError(message)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"standard output cannot be written: {error.strerror}"
        raise OutputError(message) from error


def note(text: str) -> None:
    """One line of standard error."""
    click.echo(text, err=True)


def style(text: str, colour: str, *, bold: bool = False) -> str:
    """Coloured text; `line` takes the colour out again where none is wanted."""
    return click.style(text, fg=colour, bold=bold)


def wants_colour() -> bool:
    """No colour with `NO_COLOR` (no-color.org), on a dumb terminal, or where standard output is not a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or sys.stdout is None:
        return False
    return sys.stdout.isatty()
