"""The corpus: commands to run, one a line, in files that a reviewer reads without reading Python.

`@ world NAME` and `@ needs PROGRAM…` hold for the lines behind them. Before a command may stand `~` (a part of it cannot
be read: nothing is promised of it) and `≠` (it ends with another code than 0). `⏎` is a line's end.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Case:
    """One command to run. `opaque`: it must not be readable; `fails`: it must not end with 0."""

    file: str
    command: str
    world: str
    needs: tuple[str, ...] = ()
    opaque: bool = False
    fails: bool = False


def cases() -> list[Case]:
    """All commands of all files, in order."""
    return [case for file in sorted(FOLDER.glob("*.txt")) for case in read(file.stem, file.read_text(encoding="utf-8"))]


def read(name: str, text: str) -> list[Case]:
    """The commands of one file. Raises `ValueError` for a line that begins with `@` and is no directive."""
    found: list[Case] = []
    world, needs = "plain", ()
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            match line.split():
                case ["@", "world", world]:
                    pass
                case ["@", "needs", *given]:
                    needs = tuple(given)
                case _:
                    raise ValueError(f"{name}: `{line}` is no directive")
            continue
        marks, command = _marks(line)
        found.append(Case(name, command.replace("⏎", "\n"), world, needs, "~" in marks, "≠" in marks))
    return found


def _marks(line: str) -> tuple[str, str]:
    first, _, rest = line.partition(" ")
    return (first, rest) if set(first) <= {"~", "≠"} else ("", line)
