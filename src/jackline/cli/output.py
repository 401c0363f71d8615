"""What commands print: JSON or text, colour only on a terminal that wants it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
import msgspec

from jackline.core.codec import encode

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

VERDICT_COLOURS: Final = {"allow": "green", "ask": "yellow", "deny": "red"}


def json_option(function: F) -> F:
    """The option `--json`, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of text.")(function)


def print_json(value: object) -> None:
    """One JSON value on one line, keys sorted."""
    line(encode(msgspec.to_builtins(value)).decode())


def line(text: str = "") -> None:
    """One line of standard output, with colours taken out where they are not wanted."""
    click.echo(text, color=wants_colour())


def note(text: str) -> None:
    """One line of standard error."""
    click.echo(text, err=True)


def style(text: str, colour: str, *, bold: bool = False) -> str:
    """Coloured text; `line` takes the colour out again where none is wanted."""
    return click.style(text, fg=colour, bold=bold)


def wants_colour() -> bool:
    """No colour with `NO_COLOR` (no-color.org), on a dumb terminal, or where standard output is not a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()
