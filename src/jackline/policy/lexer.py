"""Policy and schema text → tokens with spans. Comments are kept apart, for the formatter."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from jackline.core.errors import PolicyError

MAX_TEXT: Final = 2 * 1024 * 1024
"""The longest policy or schema text, in characters."""

TokenKind = Literal["name", "number", "string", "mark", "end"]


class Token(NamedTuple):
    """One token; `text` is as it stands, quotes included. The last token of a text is of kind `end`."""

    kind: TokenKind
    text: str
    start: int
    end: int


class Comment(NamedTuple):
    """A `// …` comment without its line end."""

    text: str
    start: int
    end: int


class Tokens(NamedTuple):
    """The tokens of a text, and its comments."""

    tokens: list[Token]
    comments: list[Comment]


_LEXEME: Final = re.compile(
    r"""\s*+(?:
        (?P<comment>//[^\n\r]*)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>[0-9]+)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<mark>::|==|!=|<=|>=|&&|\|\||[][@(){},;.:<>!?+\-*/%=&|])
    )""",
    re.VERBOSE | re.DOTALL,
)

_ESCAPE: Final = re.compile(
    r"\\(?:u\{(?P<code>[0-9A-Fa-f]{1,6})\}|x(?P<byte>[0-7][0-9A-Fa-f])|(?P<plain>.))", re.DOTALL
)
_PLAIN: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "0": "\0", "'": "'", '"': '"'}
_SURROGATES: Final = range(0xD800, 0xE000)
_MAX_CODE: Final = 0x10FFFF


def tokenize(text: str) -> Tokens:
    """All tokens of `text`. Raises `PolicyError` at a character or an unclosed string that no token can begin with."""
    if len(text) > MAX_TEXT:
        message = f"the text has {len(text)} characters, over the limit of {MAX_TEXT}; split it"
        raise PolicyError(message, text=text)
    tokens: list[Token] = []
    comments: list[Comment] = []
    at = 0
    while (found := _LEXEME.match(text, at)) is not None:
        kind = found.lastgroup or ""
        start, at = found.span(kind)
        if kind == "comment":
            comments.append(Comment(text[start:at], start, at))
        else:
            tokens.append(Token(kind, text[start:at], start, at))  # type: ignore[arg-type]  # the groups' names are the kinds
    left = text[at:].lstrip()
    if left:
        at = len(text) - len(left)
        what = "this string is not closed" if text[at] == '"' else f"`{text[at]}` cannot stand here"
        raise PolicyError(what, text=text, start=at, end=at + 1)
    tokens.append(Token("end", "", len(text), len(text)))
    return Tokens(tokens, comments)


def unescape(token: Token, text: str) -> str:
    """The value of a string token. Raises `PolicyError` at an escape that Cedar does not have."""
    return "".join(_pieces(token, text, pattern=False))


def unescape_pattern(token: Token, text: str) -> tuple[str, ...]:
    r"""The literal pieces between the wildcards of a `like` pattern; `\*` is a literal asterisk."""
    return tuple(_pieces(token, text, pattern=True))


def _pieces(token: Token, text: str, *, pattern: bool) -> list[str]:
    body = token.text[1:-1]
    if "\\" not in body:
        return body.split("*") if pattern else [body]
    pieces: list[list[str]] = [[]]
    at = 0
    while at < len(body):
        if body[at] == "*" and pattern:
            pieces.append([])
            at += 1
        elif body[at] != "\\":
            pieces[-1].append(body[at])
            at += 1
        else:
            value, at = _escape(body, at, token, text, pattern=pattern)
            pieces[-1].append(value)
    return ["".join(piece) for piece in pieces]


def _escape(body: str, at: int, token: Token, text: str, *, pattern: bool) -> tuple[str, int]:
    found = _ESCAPE.match(body, at)
    value: str | None = None
    if found is not None:
        if (digits := found["code"] or found["byte"]) is not None:
            code = int(digits, 16)
            value = chr(code) if code <= _MAX_CODE and code not in _SURROGATES else None
        else:
            value = "*" if pattern and found["plain"] == "*" else _PLAIN.get(found["plain"])
    if found is None or value is None:
        start = token.start + 1 + at
        shown = body[at : found.end() if found else at + 2]
        message = f"`{shown}` is not an escape; use one of \\n \\r \\t \\\\ \\0 \\' \\\" \\x41 \\u{{1F6A2}}"
        raise PolicyError(message, text=text, start=start, end=start + len(shown))
    return value, found.end()


def quote(value: str) -> str:
    """The string literal of a value."""
    return '"' + "".join(map(_quoted_character, value)) + '"'


def quote_pattern(pieces: tuple[str, ...]) -> str:
    """The literal of a `like` pattern."""
    return '"' + "*".join("".join(map(_quoted_character, piece)).replace("*", "\\*") for piece in pieces) + '"'


_QUOTED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "\0": "\\0", '"': '\\"'}


def _quoted_character(character: str) -> str:
    known = _QUOTED.get(character)
    if known is not None:
        return known
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"
