"""make's functions on text and file names (GNU make manual, 8.2 and 8.3): known text in, known text out."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@lru_cache(maxsize=256)
def shape(pattern: str) -> re.Pattern[str]:
    """A pattern of make: its first `%` stands for any text."""
    before, percent, after = pattern.partition("%")
    return re.compile(re.escape(before) + ("(.*)" if percent else "()") + re.escape(after), re.DOTALL)


def replace_words(pattern: str, replacement: str, text: str) -> str:
    """`$(patsubst …)`: each word that has the shape gets the other."""
    found = []
    for word in text.split():
        match = shape(pattern).fullmatch(word)
        stem = match[1] if match is not None else ""
        found.append(replacement.replace("%", stem, 1) if match is not None else word)
    return " ".join(found)


def _filter(patterns: str, text: str, *, wanted: bool) -> str:
    shapes = [shape(pattern) for pattern in patterns.split()]
    return " ".join(word for word in text.split() if any(one.fullmatch(word) for one in shapes) is wanted)


def _word(number: str, text: str) -> str:
    words = text.split()
    index = _number(number)
    return words[index - 1] if 0 < index <= len(words) else ""


def _number(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text) < 8 else 0  # noqa: PLR2004 - more words there cannot be


def _word_list(first: str, last: str, text: str) -> str:
    return " ".join(text.split()[max(_number(first) - 1, 0) : _number(last)])


def _each(function: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: " ".join(function(word) for word in text.split())


def _directory(path: str) -> str:
    head, slash, _ = path.rpartition("/")
    return head + slash if slash else "./"


def _join(first: str, second: str) -> str:
    left, right = first.split(), second.split()
    count = max(len(left), len(right))
    left += [""] * (count - len(left))
    right += [""] * (count - len(right))
    return " ".join(one + other for one, other in zip(left, right, strict=True))


TEXT_FUNCTIONS: Final[Mapping[str, tuple[int, Callable[..., str]]]] = {
    "subst": (3, lambda old, new, text: text.replace(old, new) if old else text + new),
    "patsubst": (3, lambda old, new, text: replace_words(old.strip(), new, text)),
    "strip": (1, lambda text: " ".join(text.split())),
    "findstring": (2, lambda wanted, text: wanted if wanted in text else ""),
    "filter": (2, lambda patterns, text: _filter(patterns, text, wanted=True)),
    "filter-out": (2, lambda patterns, text: _filter(patterns, text, wanted=False)),
    "sort": (1, lambda text: " ".join(sorted(set(text.split())))),
    "word": (2, _word),
    "words": (1, lambda text: str(len(text.split()))),
    "wordlist": (3, _word_list),
    "firstword": (1, lambda text: _word("1", text)),
    "lastword": (1, lambda text: (text.split() or [""])[-1]),
    "dir": (1, _each(_directory)),
    "notdir": (1, _each(posixpath.basename)),
    "suffix": (1, _each(lambda path: posixpath.splitext(path)[1])),
    "basename": (1, _each(lambda path: posixpath.splitext(path)[0])),
    "addsuffix": (2, lambda suffix, text: " ".join(word + suffix for word in text.split())),
    "addprefix": (2, lambda prefix, text: " ".join(prefix + word for word in text.split())),
    "join": (2, _join),
    "abspath": (1, _each(posixpath.normpath)),
}
"""Name → number of arguments (the last takes the commas that are left) and the function."""
