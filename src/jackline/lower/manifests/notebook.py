"""Jupyter notebooks (nbformat 4): the code of their cells, in order, with what IPython takes for the shell."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.lower.manifests.yamldoc import listing, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CELLS: Final = 500
_SHELL_CELL: Final = re.compile(
    r"%%(?:bash|sh|script[ \t]+(?:ba|z|da|k)?sh|system|sx|!)(?:[ \t]+--\w+(?:[ \t]+\w+)?)*[ \t]*(?:\n|\Z)"
)
_SHELL_LINE: Final = re.compile(r"[ \t]*(?:[\w., ]+=[ \t]*)?(?:!!?|%(?:sx|system|sc)\s)(.*)")
_HARMLESS: Final = re.compile(
    r"[ \t]*%(?:matplotlib|load_ext|autoreload|config|env|pwd|who|whos|pylab|precision|reset)\b.*"
)
_TIMED: Final = re.compile(r"([ \t]*)%(?:time|timeit|prun|memit)\b(?:[ \t]+-\w+(?:[ \t]+\d+)?)*[ \t]*(.+)")
_MAGIC: Final = re.compile(r"[ \t]*%|.*\?\s*$")


class Piece(NamedTuple):
    """Code of a cell. An empty language: it is in none that is read here."""

    language: str
    code: str


def cells(text: str) -> list[Piece] | None:
    """The pieces of code of a notebook; None where the text is none."""
    try:
        whole = mapping(json.loads(text))
    except (ValueError, RecursionError):
        return None
    found = [cell for cell in listing(whole.get("cells")) if mapping(cell).get("cell_type") == "code"]
    if not isinstance(whole.get("cells"), list) or len(found) > MAX_CELLS:
        return None
    metadata = mapping(whole.get("metadata"))
    told = {
        mapping(metadata.get(key)).get(name) for key, name in (("kernelspec", "language"), ("language_info", "name"))
    }
    plain = told <= {None, "python"}
    return [piece for cell in found for piece in _pieces(_source(cell), python=plain)]


def _source(cell: object) -> str:
    source = mapping(cell).get("source")
    return source if isinstance(source, str) else "".join(line for line in listing(source) if isinstance(line, str))


def _pieces(source: str, *, python: bool) -> Iterator[Piece]:
    shell = _SHELL_CELL.match(source.lstrip())
    if shell is not None:
        yield Piece("shell", source.lstrip()[shell.end() :])
    elif not python or source.lstrip().startswith("%%"):
        yield Piece("", source)
    else:
        yield from _lines(source)


def _lines(source: str) -> Iterator[Piece]:
    """Python, with the lines that are IPython's own taken out: commands of the shell, and magics."""
    kept = []
    for whole in source.split("\n"):
        timed = _TIMED.fullmatch(whole)
        line = timed[1] + timed[2] if timed is not None else whole
        command = _SHELL_LINE.fullmatch(line)
        if command is not None:
            yield Piece("shell", command[1])
        elif _MAGIC.match(line) is not None:
            if _HARMLESS.fullmatch(line) is None:
                yield Piece("", line)
        else:
            kept.append(line)
            continue
        kept.append(line[: len(line) - len(line.lstrip())] + "pass")
    yield Piece("python", "\n".join(kept))
