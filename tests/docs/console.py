"""Console examples of the documents: fenced blocks marked `console`, as a person would see them on a terminal.

    $ jackline check 'ls'
    allow …

A line that begins with `$ ` is typed, what follows is the answer to it. `…` stands for any text within a line, a line
`…` for any lines. The blocks of one page run in one shell session each, in the order of the page, in one throw-away
project. `$ echo $?` sees the exit code of the command before. A block that is not to be run is marked `sh` or `text`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

FENCE = re.compile(r"^( *)```console\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
ELISION = "…"


class Example(NamedTuple):
    """One typed line and what the document shows as its answer."""

    line: int
    command: str
    shown: str


def blocks(text: str) -> list[list[Example]]:
    """The console blocks of a page. Raises `ValueError` on one that does not begin with a typed line."""
    found = []
    for fence in FENCE.finditer(text):
        indent, body = fence[1], fence[2]
        first = text.count("\n", 0, fence.start(2)) + 1
        examples: list[Example] = []
        for number, raw in enumerate(body.splitlines(), first):
            line = raw.removeprefix(indent)
            if line.startswith("$ "):
                examples.append(Example(number, line[2:], ""))
            elif line.startswith("> ") and examples and not examples[-1].shown:
                examples[-1] = examples[-1]._replace(command=f"{examples[-1].command}\n{line[2:]}")
            elif not examples:
                message = f"line {number}: a console block begins with `$ `"
                raise ValueError(message)
            else:
                examples[-1] = examples[-1]._replace(shown=f"{examples[-1].shown}{line}\n")
        found.append(examples)
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether what was printed is what the document shows, elisions aside and without trailing spaces."""
    lines = [line.rstrip() for line in shown.rstrip("\n").split("\n")]
    pattern = "\n".join(
        r"(?:.*\n)*?.*" if line.strip() == ELISION else ".*".join(map(re.escape, line.split(ELISION))) for line in lines
    )
    text = "\n".join(line.rstrip() for line in printed.rstrip("\n").split("\n"))
    return re.fullmatch(pattern, text) is not None
