"""`test`, `[` and `[[`: decided where their words are known. What a file is when the command runs is not decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.shell.expansion import expand_pattern, expand_single
from jackline.lower.shell.pattern import compile_pattern, matches
from jackline.lower.shell.values import evaluate_text, is_unset, run_subscripts

if TYPE_CHECKING:
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.syntax import Condition, WordNode
    from jackline.lower.word import Word

_COMPARE: Final = {
    "-eq": lambda a, b: a == b, "-ne": lambda a, b: a != b, "-lt": lambda a, b: a < b, "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b, "-ge": lambda a, b: a >= b,
}  # fmt: skip
_UNARY: Final = frozenset("abcdefghknoprstuvwxzGLNORS")
_MAX_DEPTH: Final = 24
_BINARY: Final = frozenset({"=", "==", "!=", "<", ">", "=~", "-nt", "-ot", "-ef", *_COMPARE})


def test(machine: Machine, words: list[Word]) -> bool | None:
    """`test EXPRESSION`."""
    if not words:
        return False
    if len(words) == 1:
        return _non_empty(words[0])
    if words[0].text == "!" and len(words) in {2, 3, 4}:
        inner = test(machine, words[1:])
        return None if inner is None else not inner
    if len(words) == len(["-x", "f"]):
        return _unary(machine, words[0].text, words[1])
    if len(words) == len(["a", "=", "b"]):
        return _binary(machine, words[0], words[1].text, words[2])
    for operator in ("-o", "-a"):
        for index, word in enumerate(words):
            if word.text == operator and 0 < index < len(words) - 1:
                return _joined(operator, test(machine, words[:index]), test(machine, words[index + 1 :]))
    return None


def _joined(operator: str, first: bool | None, second: bool | None) -> bool | None:  # noqa: FBT001 - truth values
    wins = operator in {"-o", "||"}
    if first is wins or second is wins:
        return wins
    return None if first is None or second is None else not wins


def _non_empty(word: Word) -> bool | None:
    if any(isinstance(part, str) and part for part in word.parts):
        return True
    if not word.holes:
        return False
    return True if any(hole.numeric for hole in word.holes) else None


def _unary(machine: Machine, operator: str | None, word: Word) -> bool | None:
    if operator == "-n":
        return _non_empty(word)
    if operator == "-z":
        found = _non_empty(word)
        return None if found is None else not found
    if operator == "-v" and word.text is not None:
        run_subscripts(machine, word.text)
        unset = is_unset(machine, word.text)
        return None if unset is None else not unset
    return None


def _binary(machine: Machine, left: Word, operator: str | None, right: Word) -> bool | None:
    first, second = left.text, right.text
    if operator in _COMPARE:
        if first is None or second is None:
            return None
        numbers = evaluate_text(machine, first), evaluate_text(machine, second)
        return None if None in numbers else bool(_COMPARE[operator](*numbers))
    if first is None or second is None:
        return None
    if operator in {"=", "=="}:
        return first == second
    if operator == "!=":
        return first != second
    return None


def run_condition(machine: Machine, node: Condition) -> bool | None:
    """`[[ … ]]`."""
    return machine.alternatives(lambda: _Expression(machine, node.words).whole())


class _Expression:
    """A recursive descent over the words of `[[`. All of it is expanded, decided or not: expanding may run code."""

    def __init__(self, machine: Machine, words: tuple[WordNode, ...]) -> None:
        self.machine, self.words = machine, words
        self.position = self.depth = 0

    def whole(self) -> bool | None:
        value = self.alternative()
        return value if self.position >= len(self.words) else None

    def operator(self) -> str | None:
        if self.position >= len(self.words):
            return None
        node = self.words[self.position]
        return node.plain if not node.quoted else None

    def alternative(self) -> bool | None:
        value = self.conjunction()
        while self.operator() == "||":
            self.position += 1
            value = _joined("||", value, self.conjunction())
        return value

    def conjunction(self) -> bool | None:
        value = self.primary()
        while self.operator() == "&&":
            self.position += 1
            value = _joined("&&", value, self.primary())
        return value

    def primary(self) -> bool | None:
        operator = self.operator()
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.position = len(self.words)
            return None
        try:
            if operator == "!":
                self.position += 1
                value = self.primary()
                return None if value is None else not value
            if operator == "(":
                self.position += 1
                value = self.alternative()
                self.position += 1
                return value
            return self._test(operator)
        finally:
            self.depth -= 1

    def _test(self, operator: str | None) -> bool | None:
        if operator is not None and len(operator) == len("-x") and operator[0] == "-" and operator[1] in _UNARY:
            following = self.words[self.position + 1] if self.position + 1 < len(self.words) else None
            if following is not None and (following.plain not in _BINARY or following.quoted):
                self.position += 2
                return _unary(self.machine, operator, expand_single(self.machine, following))
        if self.position >= len(self.words):
            return None
        left = expand_single(self.machine, self.words[self.position])
        self.position += 1
        operator = self.operator()
        if operator not in _BINARY or self.position + 1 >= len(self.words):
            return _non_empty(left)
        right = self.words[self.position + 1]
        self.position += 2
        if operator in {"=", "==", "!="}:
            found = self._matches(left, right)
            return found if operator != "!=" or found is None else not found
        return _binary(self.machine, left, operator, expand_single(self.machine, right))

    def _matches(self, left: Word, right: WordNode) -> bool | None:
        pieces = expand_pattern(self.machine, right)
        tokens = compile_pattern(pieces) if pieces is not None else None
        text = left.text
        return matches(tokens, text) if tokens is not None and text is not None else None
