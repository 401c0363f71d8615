"""A shell text becomes syntax: the entries to the grammar (`words` < `commands` < `compounds`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from jackline.lower.shell.commands import RESERVED
from jackline.lower.shell.compounds import Parser
from jackline.lower.shell.syntax import (
    DECLARERS,
    Quoted,
    Sequence,
    Simple,
    WordNode,
)
from jackline.lower.shell.words import ShellSyntaxError

_EVERYDAY: Final = re.compile(r"[A-Za-z0-9_./:@%+,-]+(?: [A-Za-z0-9_./:@%+,=-]+)*")
"""Words that mean themselves, with one blank between: most of what agents run. Read without the grammar."""
_LEADING: Final = re.compile(r"[ \t]*(?:(?:if|then|elif|else|fi|while|until|do|done|!|time|always|coproc)[ \t]+)*")


@lru_cache(maxsize=256)
def parse(text: str) -> Sequence:
    """The syntax of a whole text. Never raises: what is not bash is in `Broken`."""
    if _EVERYDAY.fullmatch(text):
        simple = everyday(text)
        if simple is not None:
            return Sequence((simple,), 0, len(text))
    return Parser(text).program()


def everyday(text: str) -> Simple | None:
    """The syntax of plain words with one blank between; None where the first has a meaning in the grammar."""
    words: list[WordNode] = []
    start = 0
    for word in text.split(" "):
        end = start + len(word)
        words.append(WordNode((word,), start, end, word))
        start = end + 1
    first = words[0].plain or ""
    if first in DECLARERS or first in {"builtin", "command"} or RESERVED.match(first):
        return None
    return Simple((), tuple(words), (), 0, len(text))


def parse_between(text: str, start: int, end: int) -> Sequence:
    """The syntax of what stands between two places, its spans those of the text."""
    return Parser(text, start, end).program()


def parse_piece(text: str, start: int, end: int) -> Simple | None:
    """The one simple command between two places, its spans those of the text; None where none stands there alone."""
    found = _LEADING.match(text, start, end)
    items = Parser(text, start if found is None else found.end(), end).program().items
    return items[0] if len(items) == 1 and isinstance(items[0], Simple) and items[0].words else None


@lru_cache(maxsize=64)
def parse_quoted(text: str) -> WordNode:
    """A text as if it stood in double quotes (a prompt, a subscript). What is not bash stands for itself."""
    reader = Parser(text)
    try:
        return reader.heredoc_text()
    except ShellSyntaxError:
        return WordNode((Quoted(text),), 0, len(text), text, quoted=True)
