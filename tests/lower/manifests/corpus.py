"""Reads the corpora of this room: `==== title`, a file's text, then `---- words` with the lines that they run behind it.

A hole shows as `{what}`. `!unknown` as the last line: something in the file is not followed.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class Case(NamedTuple):
    title: str
    text: str
    words: list[str]
    expected: list[str]


def cases(name: str) -> list[Case]:
    found = []
    for section in (FOLDER / name).read_text(encoding="utf-8").split("==== ")[1:]:
        title, _, body = section.partition("\n")
        text, *runs = body.split("---- ")
        for run in runs:
            words, _, expected = run.partition("\n")
            found.append(Case(title, text, words.split(), expected.rstrip("\n").split("\n")))
    return found
