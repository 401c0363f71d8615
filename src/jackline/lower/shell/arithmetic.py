"""Shell arithmetic over 64-bit integers, where a value that is not known is None (bash manual §6.5).

Own evaluator, no `eval`: precedence climbing over tokens, with a bound on tokens. Assignments go through `Names`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from jackline.core.deferred import late_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TOKENS: Final = 500
MAX_DEPTH: Final = 30
_TOKEN: Final = late_pattern(
    r"\s*(?:(?P<number>0[xX][0-9A-Fa-f]+|[0-9]+#[0-9A-Za-z@_]+|[0-9]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<hole>[\U000f0000-\U000ffffd])"
    r"|(?P<op><<=|>>=|\*\*|\+\+|--|&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&|^]=|[-+*/%<>=!~&|^?:,()\[\]]))"
)
_BINARY: Final = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7, "<<": 8, ">>": 8,
    "+": 9, "-": 9, "*": 10, "/": 10, "%": 10, "**": 11,
}  # fmt: skip
_ASSIGN: Final = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="})
_WORD: Final = 64
_MAX_POWER: Final = 64


class Names(Protocol):
    """The variables of an expression."""

    def get(self, name: str) -> int | None:
        """A variable's value as a number; None where it is not known."""

    def set(self, name: str, value: int | None) -> None:
        """Assign."""


class ArithmeticFailure(Exception):  # noqa: N818 - a signal: bash would print an error, the command fails
    """The expression is not one, or too large to be evaluated."""


def evaluate(text: str, names: Names, depth: int = 0) -> int | None:
    """The value of an expression; None where it is not known. Raises `ArithmeticFailure`."""
    tokens: list[tuple[str, str]] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        found = _TOKEN.match(stripped, position)
        if found is None or len(tokens) > MAX_TOKENS or depth > MAX_DEPTH:
            raise ArithmeticFailure
        kind = found.lastgroup or "op"
        tokens.append((kind, found[kind]))
        position = found.end()
    if not tokens:
        return 0
    evaluator = _Evaluator(tokens, names)
    value = evaluator.comma()
    if evaluator.position < len(tokens):
        raise ArithmeticFailure
    return value


class _Evaluator:
    def __init__(self, tokens: list[tuple[str, str]], names: Names) -> None:
        self.tokens, self.names = tokens, names
        self.position = self.nested = 0
        self.live = True

    def peek(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def take(self) -> tuple[str, str]:
        if self.position >= len(self.tokens):
            raise ArithmeticFailure
        self.position += 1
        return self.tokens[self.position - 1]

    def comma(self) -> int | None:
        value = self.ternary()
        while self.peek() == ",":
            self.position += 1
            value = self.ternary()
        return value

    def ternary(self) -> int | None:
        self.nested += 1
        if self.nested > MAX_DEPTH:
            raise ArithmeticFailure
        condition = self.binary(1)
        if self.peek() == "?":
            self.position += 1
            yes = self._guarded(condition is None or condition != 0, self.ternary)
            if self.take()[1] != ":":
                raise ArithmeticFailure
            no = self._guarded(condition is None or condition == 0, self.ternary)
            condition = None if condition is None else yes if condition else no
        self.nested -= 1
        return condition

    def _guarded(self, live: bool, part: Callable[[], int | None]) -> int | None:  # noqa: FBT001 - a state, passed by position on purpose
        saved, self.live = self.live, self.live and live
        try:
            return part()
        finally:
            self.live = saved

    def binary(self, level: int) -> int | None:
        left = self.unary()
        while (precedence := _BINARY.get(self.peek(), 0)) >= level:
            operator = self.take()[1]
            decided = (operator == "&&" and left == 0) or (operator == "||" and left not in {0, None})
            following = precedence if operator == "**" else precedence + 1
            right = self._guarded(not decided, partial(self.binary, following))
            left = _combine(operator, left, right)
        return left

    def unary(self) -> int | None:
        kind, text = self.take()
        self.nested += 1
        if self.nested > MAX_DEPTH:
            raise ArithmeticFailure
        value = self._unary(kind, text)
        self.nested -= 1
        return value

    def _unary(self, kind: str, text: str) -> int | None:
        if kind == "number":
            return _number(text)
        if kind == "hole":
            return None
        if kind == "name":
            return self._name(text)
        if text == "(":
            value = self.comma()
            if self.take()[1] != ")":
                raise ArithmeticFailure
            return value
        if text in {"++", "--"} and self.position < len(self.tokens) and self.tokens[self.position][0] == "name":
            name = self.take()[1]
            return self._assign(name, "+=" if text == "++" else "-=", 1)
        if text in {"+", "-", "!", "~", "++", "--"}:
            value = self.unary()
            if value is None:
                return None
            return {"-": -value, "!": int(value == 0), "~": ~value}.get(text, value)
        raise ArithmeticFailure

    def _name(self, name: str) -> int | None:
        if self.peek() == "[":  # an array's element: which one is not followed
            self.position += 1
            self.comma()
            if self.take()[1] != "]":
                raise ArithmeticFailure
            if self.peek() in _ASSIGN:
                self.position += 1
                self.ternary()
            elif self.peek() in {"++", "--"}:
                self.position += 1
            return None
        operator = self.peek()
        if operator in _ASSIGN:
            self.position += 1
            return self._assign(name, operator, self.ternary())
        value = self.names.get(name) if self.live else None
        if operator in {"++", "--"}:
            self.position += 1
            self._assign(name, "+=" if operator == "++" else "-=", 1)
        return value

    def _assign(self, name: str, operator: str, value: int | None) -> int | None:
        if operator != "=":
            value = _combine(operator[:-1], self.names.get(name), value)
        if self.live:
            self.names.set(name, value)
        return value


def _number(text: str) -> int:
    try:
        if "#" in text:
            base, _, digits = text.partition("#")
            return _wrap(int(digits, int(base)))
        if text[:2] in {"0x", "0X"}:
            return _wrap(int(text[:20], 16))
        return _wrap(int(text[:25], 8 if text[0] == "0" and len(text) > 1 else 10))
    except ValueError as error:
        raise ArithmeticFailure from error


def _wrap(value: int) -> int:
    value &= (1 << _WORD) - 1
    return value - (1 << _WORD) if value >> (_WORD - 1) else value


def _combine(operator: str, left: int | None, right: int | None) -> int | None:
    if operator == "&&" and 0 in {left, right}:
        return 0
    if operator == "||" and ((left or 0) != 0 or (right or 0) != 0):
        return 1
    if left is None or right is None:
        return None
    if operator in {"/", "%"}:
        if right == 0:
            raise ArithmeticFailure
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return _wrap(quotient if operator == "/" else left - quotient * right)
    if operator == "**":
        if right < 0 or right > _MAX_POWER:
            raise ArithmeticFailure
        return _wrap(left**right)
    return _wrap(int(_SIMPLE[operator](left, right)))


_SIMPLE: Final = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "&": lambda a, b: a & b,
    "|": lambda a, b: a | b, "^": lambda a, b: a ^ b, "<<": lambda a, b: a << (b & 63), ">>": lambda a, b: a >> (b & 63),
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "&&": lambda a, b: a != 0 and b != 0, "||": lambda a, b: a != 0 or b != 0,
}  # fmt: skip
