"""Shell patterns over known text: `*`, `?`, `[…]` (bash manual §3.5.8.1). Extended patterns are not decided.

Matching goes back to the last star only, so it costs at most the product of the lengths, whatever the pattern.
"""

from __future__ import annotations

from typing import Final, TypeAlias

MAX_SUBJECT: Final = 4096
MAX_WORK: Final = 64 * 1024
MAX_SCANNED: Final = 50_000
_EXTENDED: Final = "?*+@!"
_CLASSES: Final = {
    "alpha": str.isalpha, "digit": str.isdigit, "alnum": str.isalnum, "upper": str.isupper, "lower": str.islower,
    "space": str.isspace, "blank": lambda c: c in " \t", "punct": lambda c: c.isprintable() and not c.isalnum() and c != " ",
    "xdigit": lambda c: c in "0123456789abcdefABCDEF", "print": str.isprintable,
    "cntrl": lambda c: not c.isprintable(), "graph": lambda c: c.isprintable() and c != " ", "word": str.isidentifier,
}  # fmt: skip

STAR: Final = "*"
ANY: Final = "?"


class CharacterClass:
    """`[…]`."""

    __slots__ = ("classes", "negated", "ranges")

    def __init__(self) -> None:
        self.negated = False
        self.ranges: list[tuple[str, str]] = []
        self.classes: list[str] = []

    def holds(self, char: str) -> bool:
        """Whether a character is in it."""
        found = any(low <= char <= high for low, high in self.ranges) or any(
            _CLASSES[name](char) for name in self.classes if name in _CLASSES
        )
        return found is not self.negated


Token: TypeAlias = tuple[str] | str | CharacterClass
"""A literal character in a tuple, `STAR`, `ANY`, or a class."""


def compile_pattern(pieces: list[tuple[str, bool]]) -> list[Token] | None:
    """The tokens of a pattern given as (text, quoted) pieces; None where it is an extended pattern, or has more brackets
    that never close than `MAX_SCANNED` characters of looking for their ends."""
    flat = [(char, quoted) for text, quoted in pieces for char in text]
    tokens: list[Token] = []
    position = scanned = 0
    while position < len(flat):
        char, quoted = flat[position]
        following = flat[position + 1] if position + 1 < len(flat) else ("", False)
        if quoted:
            tokens.append((char,))
        elif char in _EXTENDED and following == ("(", False):
            return None
        elif char == "*":
            if not tokens or tokens[-1] != STAR:
                tokens.append(STAR)
        elif char == "?":
            tokens.append(ANY)
        elif char == "[":
            found, end = _character_class(flat, position)
            scanned += end - position
            if scanned > MAX_SCANNED:
                return None
            tokens.append(found or (char,))
            position = end if found is not None else position + 1
            continue
        elif char == "\\" and following[0]:
            tokens.append((following[0],))
            position += 1
        else:
            tokens.append((char,))
        position += 1
    return tokens


def _character_class(flat: list[tuple[str, bool]], start: int) -> tuple[CharacterClass | None, int]:
    """The class that begins at `start`, None where nothing ends it; and the place up to which it was looked for."""
    found = CharacterClass()
    position = start + 1
    if position < len(flat) and flat[position] in {("!", False), ("^", False)}:
        found.negated = True
        position += 1
    first = position
    while position < len(flat):
        char, quoted = flat[position]
        if char == "]" and not quoted and position > first:
            return found, position + 1
        if char == "/":
            break
        name = _class_name(flat, position) if char == "[" and not quoted else None
        if name is not None:
            found.classes.append(name)
            position += len(name) + len("[::]")
            continue
        if position + 2 < len(flat) and flat[position + 1] == ("-", False) and flat[position + 2][0] != "]":
            found.ranges.append((char, flat[position + 2][0]))
            position += 3
            continue
        found.ranges.append((char, char))
        position += 1
    return None, position


def _class_name(flat: list[tuple[str, bool]], position: int) -> str | None:
    if flat[position + 1 : position + 2] not in ([(":", False)], [(":", True)]):
        return None
    text = "".join(char for char, _ in flat[position : position + len("[:xdigit:]")])
    if not text.startswith("[:") or ":]" not in text:
        return None
    return text[2 : text.index(":]")]


def is_active(pieces: list[tuple[str, bool]]) -> bool:
    """Whether a word is a pattern at all. An open parenthesis stands in a word only where extended patterns are read."""
    return any(not quoted and any(sign in text for sign in "*?[(") for text, quoted in pieces)


def matches(tokens: list[Token], text: str) -> bool:
    """Whether a pattern matches a whole text."""
    position = token = 0
    star, resume = -1, 0
    while position < len(text):
        current = tokens[token] if token < len(tokens) else None
        if current == STAR:
            star, resume = token, position
            token += 1
        elif current is not None and _one(current, text[position]):
            token += 1
            position += 1
        elif star >= 0:
            resume += 1
            token, position = star + 1, resume
        else:
            return False
    return all(rest == STAR for rest in tokens[token:])


def _one(token: Token, char: str) -> bool:
    if isinstance(token, tuple):
        return token[0] == char
    return token == ANY if isinstance(token, str) else token.holds(char)


def ends(tokens: list[Token], text: str) -> list[int]:
    """All lengths of text from its beginning that a pattern matches, in one pass: the product of the lengths at most."""
    final = 1 << len(tokens)
    stars = sum(1 << index for index, token in enumerate(tokens) if token == STAR)
    states = _closed(1, stars)
    found = [0] if states & final else []
    masks: dict[str, int] = {}
    for length, char in enumerate(text, 1):
        mask = masks.get(char)
        if mask is None:
            mask = sum(1 << index for index, token in enumerate(tokens) if token != STAR and _one(token, char))
            masks[char] = mask
        states = _closed((states & mask) << 1 | (states & stars), stars)
        if not states:
            break
        if states & final:
            found.append(length)
    return found


def _closed(states: int, stars: int) -> int:
    """A star matches nothing, too."""
    while True:
        more = states | (states & stars) << 1
        if more == states:
            return states
        states = more


def cut_prefix(tokens: list[Token], text: str, *, longest: bool) -> str | None:
    """`${x#pattern}`, `${x##pattern}`; None where the text is too long to decide."""
    if len(text) > MAX_SUBJECT:
        return None
    found = ends(tokens, text)
    return text[found[-1 if longest else 0] :] if found else text


def cut_suffix(tokens: list[Token], text: str, *, longest: bool) -> str | None:
    """`${x%pattern}`, `${x%%pattern}`; None where the text is too long to decide."""
    if len(text) > MAX_SUBJECT:
        return None
    found = ends(tokens[::-1], text[::-1])
    return text[: len(text) - found[-1 if longest else 0]] if found else text


def substitute(tokens: list[Token], text: str, replacement: str, kind: str) -> str | None:
    """`${x/p/r}` (`kind` is the operator): each match is the longest at its place; None where that is too much work."""
    if not tokens and kind in {"/", "//"}:
        return text
    if len(text) > MAX_SUBJECT:
        return None
    if kind == "/#":
        found = ends(tokens, text)
        return replacement + text[found[-1] :] if found else text
    if kind == "/%":
        found = ends(tokens[::-1], text[::-1])
        return text[: len(text) - found[-1]] + replacement if found else text
    if not text:
        return replacement if matches(tokens, text) else text
    return _substitute_within(tokens, text, replacement, every=kind == "//")


def _substitute_within(tokens: list[Token], text: str, replacement: str, *, every: bool) -> str | None:
    pieces: list[str] = []
    position = work = 0
    while position < len(text):
        work += len(text) - position
        if work > MAX_WORK:
            return None
        length = max(ends(tokens, text[position:]), default=0)
        if length == 0:
            pieces.append(text[position])
            position += 1
            continue
        pieces.append(replacement)
        position += length
        if not every:
            break
    return "".join(pieces) + text[position:]


def change_case(tokens: list[Token], text: str, operator: str) -> str:
    """`${x^p}`, `${x^^p}`, `${x,p}`, `${x,,p}`."""
    change = str.upper if operator[0] == "^" else str.lower
    limit = len(text) if len(operator) > 1 else 1
    return "".join(change(char) if index < limit and matches(tokens, char) else char for index, char in enumerate(text))
