"""Arguments of text tools: options as given, and operands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


class Fold(NamedTuple):
    """What is read (`-` is the standard input; none: likewise) and what becomes of it; `generates`: nothing is read."""

    apply: Callable[[str], str | None]
    files: tuple[str, ...] = ()
    generates: bool = False


if TYPE_CHECKING:
    Folder: TypeAlias = Callable[[list[str]], Fold | None]


def options(
    arguments: list[str], flags: str, valued: str = "", long: dict[str, str] | None = None
) -> tuple[dict[str, str], list[str]] | None:
    """Short options and the operands; None where an option stands that is not expected.

    `flags` have no value, `valued` have one; `long` maps a long name to its short letter.
    """
    found: dict[str, str] = {}
    operands: list[str] = []
    index = 0
    while index < len(arguments):
        argument = arguments[index]
        index += 1
        if argument == "--":
            operands.extend(arguments[index:])
            break
        if argument == "-" or not argument.startswith("-"):
            operands.append(argument)
            continue
        if argument.startswith("--"):
            name, sign, value = argument[2:].partition("=")
            letter = (long or {}).get(name)
            if letter is None or (letter in valued) is not bool(sign):
                return None
            found[letter] = value
            continue
        index = _short(argument, arguments, index, found, flags, valued)
        if index < 0:
            return None
    return found, operands


def _short(argument: str, arguments: list[str], index: int, found: dict[str, str], flags: str, valued: str) -> int:
    for position, letter in enumerate(argument[1:], 1):
        if letter in flags:
            found[letter] = ""
            continue
        if letter not in valued:
            return -1
        rest = argument[position + 1 :]
        if not rest and index >= len(arguments):
            return -1
        found[letter] = rest or arguments[index]
        return index if rest else index + 1
    return index


def number(text: str | None, default: int) -> int | None:
    """A count; None where it is none, or too large to matter."""
    if text is None:
        return default
    return int(text) if text.isdecimal() and len(text) < len("1000000") else None
