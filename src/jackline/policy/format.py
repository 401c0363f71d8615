"""One way to lay out a policy. White space changes and nothing else: tokens, comments and their order stay.

The author's line breaks inside a condition are kept; annotations, heads and conditions begin lines of their own, lines
are indented by the brackets that are open, and a line that is too long is broken behind `&&`, `||` or a comma.
Formatting twice changes nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.policy.lexer import Comment, Token, tokenize
from jackline.policy.parser import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 120
INDENT: Final = "  "
MAX_BLANK: Final = 2
"""Blank lines that stay between two lines."""

_Item = Token | Comment
_OPEN: Final = frozenset({"(", "[", "{"})
_CLOSE: Final = frozenset({")", "]", "}"})
_TIGHT_BEFORE: Final = frozenset({",", ";", ")", "]", ".", "::"})
_TIGHT_AFTER: Final = frozenset({"(", "[", ".", "::", "!", "@", "-"})
_BEGINS_LINE: Final = frozenset({"@", "permit", "forbid", "when", "unless"})
_BREAK_BEHIND: Final = frozenset({"&&", "||", ","})


def format_policy(text: str) -> str:
    """The text laid out. Raises `PolicyError` where it does not parse."""
    parse(text)
    found = tokenize(text)
    items: list[_Item] = sorted([*found.tokens[:-1], *found.comments], key=lambda item: item.start)
    lines: list[str] = []
    depth = 0
    end = 0
    for line in _lines(items, text):
        if lines:
            lines.extend([""] * min(max(text.count("\n", end, line[0].start) - 1, 0), MAX_BLANK))
        for piece in _fitting(line, depth):
            lines.append(INDENT * max(depth - _leading_closers(piece), 0) + _flat(piece))
            depth += _opened(piece)
        end = line[-1].end
    return "\n".join(lines) + "\n" if lines else ""


def _lines(items: Sequence[_Item], text: str) -> list[list[_Item]]:
    """The items by the lines that they come to stand on."""
    found: list[list[_Item]] = []
    depth = 0
    annotated = 0  # items of the annotation that is being read: its name may be any word
    for item in items:
        before = found[-1][-1] if found else None
        annotated = 1 if _is(item, "@") and depth == 0 else annotated + 1 if annotated else 0
        keyword = depth == 0 and _text(item) in _BEGINS_LINE and annotated != len(("@", "name"))
        if before is None or keyword or _ends_line(before, depth) or "\n" in text[before.end : item.start]:
            comment_behind = (
                isinstance(item, Comment) and before is not None and "\n" not in text[before.end : item.start]
            )
            semicolon_alone = _is(item, ";") and before is not None and not isinstance(before, Comment)
            if not (comment_behind or semicolon_alone):
                found.append([])
        found[-1].append(item)
        depth += _opened([item])
        if annotated and _is(item, ")"):
            annotated = 0
    return found


def _ends_line(item: _Item, depth: int) -> bool:
    return isinstance(item, Comment) or (depth == 0 and _is(item, ";"))


def _text(item: _Item) -> str:
    """What a mark or word is; empty for a comment or a string."""
    return "" if isinstance(item, Comment) or item.kind == "string" else item.text


def _is(item: _Item, text: str) -> bool:
    return _text(item) == text


def _opened(items: Sequence[_Item]) -> int:
    return sum((_text(item) in _OPEN) - (_text(item) in _CLOSE) for item in items)


def _leading_closers(items: Sequence[_Item]) -> int:
    count = 0
    while count < len(items) and _text(items[count]) in _CLOSE:
        count += 1
    return count


def _fitting(line: list[_Item], depth: int) -> list[list[_Item]]:
    """A line in pieces that fit. What cannot be broken stays long."""
    found: list[list[_Item]] = []
    while len(INDENT) * depth + len(_flat(line)) > WIDTH:
        at = _break(line, WIDTH - len(INDENT) * depth)
        if not at or isinstance(line[at], Comment):
            break
        found.append(line[:at])
        depth += _opened(line[:at])
        line = line[at:]
    return [*found, line]


def _break(line: list[_Item], width: int) -> int:
    """Where to break: as far out of brackets as can be, there as late as fits; 0 where nowhere."""
    inside = 0
    places: list[tuple[int, int]] = []
    for at, item in enumerate(line[:-1], start=1):
        inside += _opened([item])
        if _text(item) in _BREAK_BEHIND:
            places.append((inside, -at))
    fitting = [place for place in places if len(_flat(line[: -place[1]])) <= width]
    return -min(fitting or places, default=(0, 0))[1]


def _flat(items: Sequence[_Item]) -> str:
    parts: list[str] = []
    for at, item in enumerate(items):
        if at and _spaced(items[:at], item):
            parts.append(" ")
        parts.append(item.text.rstrip() if isinstance(item, Comment) else item.text)
    return "".join(parts)


def _spaced(before: Sequence[_Item], item: _Item) -> bool:
    last, text = before[-1], _text(item)
    if text in _TIGHT_BEFORE or _text(last) in _TIGHT_AFTER:
        return False
    if text == "(":  # a call and an annotation are tight: `.contains(x)`, `@id("x")`
        return last.kind != "name" or last.text in {"permit", "forbid", "in"} if isinstance(last, Token) else True
    if text == "[":  # so is an attribute in brackets
        return not (
            isinstance(last, Token) and ((last.kind == "name" and last.text != "in") or last.text in {"]", ")"})
        )
    return True
