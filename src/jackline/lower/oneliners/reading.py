"""Source → words: names, plain texts, texts with holes, code in backticks, and the marks between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["name", "text", "holes", "shell", "mark"]


class Token(NamedTuple):
    """One word of the source: `holes` is a text in which a value is filled in, `shell` a command in backticks."""

    kind: Kind
    value: str
    start: int
    end: int


_TOKEN: Final = re.compile(
    r"""
    (?P<comment>(?:^|(?<=\s))\#[^\n]*|/\*.*?\*/|//[^\n]*(?=\n|$))
  | (?P<single>'(?:[^'\\]|\\.)*')
  | (?P<double>"(?:[^"\\]|\\.)*")
  | (?P<back>`(?:[^`\\]|\\.)*`)
  | (?P<percent>%[qQxwWiI]?(?:\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|<[^>]*>|\|[^|]*\||![^!]*!))
  | (?P<quotelike>\b(?:qx|qq|q)\s*(?:\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|<[^>]*>|/[^/]*/|\|[^|]*\||![^!]*!))
  | (?P<name>\$?[A-Za-z_][\w:]*[?!]?|\$\w+|\$\{)
  | (?P<mark>->|=>|<<<|<<|>>|&&|\|\||[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)
_HOLES: Final = re.compile(r"[#$@]\{|[$@]\w|\$\(")
_ESCAPES: Final = re.compile(r"\\(x[0-9a-fA-F]{1,2}|x\{[0-9a-fA-F]+\}|[0-7]{1,3}|.)", re.DOTALL)
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "0": "\0"}


def tokens(source: str, *, slash_comments: bool, hash_comments: bool) -> Iterator[Token]:
    """The words of a source in order."""
    for found in _TOKEN.finditer(source):
        kind, text = found.lastgroup or "mark", found.group()
        if kind == "comment":
            if (text.startswith("#") and hash_comments) or (not text.startswith("#") and slash_comments):
                continue
            kind, text = "mark", text[0]
        yield _token(kind, text, found.start(), found.end())


def _token(kind: str, text: str, start: int, end: int) -> Token:
    if kind == "single":
        return Token("text", text[1:-1].replace("\\'", "'").replace("\\\\", "\\"), start, end)
    if kind == "double":
        return _filled(text[1:-1], start, end)
    if kind == "back":
        return Token("shell", text[1:-1], start, end)
    if kind == "percent":
        body = text[3:-1] if text[1].isalpha() else text[2:-1]
        return Token("shell", body, start, end) if text[1] == "x" else _filled(body, start, end)
    if kind == "quotelike":
        inner = re.sub(r"^q[xq]?\s*.", "", text, count=1, flags=re.DOTALL)[:-1]
        if text.startswith("qx"):
            return Token("shell", inner, start, end)
        return _filled(inner, start, end) if text.startswith("qq") else Token("text", inner, start, end)
    return Token("name" if kind == "name" else "mark", text, start, end)


def _filled(text: str, start: int, end: int) -> Token:
    if _HOLES.search(text):
        return Token("holes", _HOLES.split(text, maxsplit=1)[0], start, end)
    return Token("text", _ESCAPES.sub(_escape, text), start, end)


def _escape(found: re.Match[str]) -> str:
    body = found.group(1)
    if body[0] == "x" and len(body) > 1:
        return chr(int(body[1:].strip("{}"), 16) % 0x110000)
    if body[0] in "01234567" and body != "0":
        return chr(int(body, 8))
    return _NAMED.get(body, body)
