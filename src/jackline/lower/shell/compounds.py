"""The grammar of compound commands: `if`, loops, `case`, functions, groups, `[[`, and zsh's common short forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.lower.shell.commands import COMPOUND_WORDS, OPENS_FUNCTION, TERMINATOR, CommandReader
from jackline.lower.shell.syntax import (
    ArithmeticFor,
    Background,
    Case,
    CaseItem,
    Condition,
    For,
    Group,
    If,
    Sequence,
    While,
    WordNode,
)
from jackline.lower.shell.words import finished

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.shell.syntax import Node, Part

_FUNCTION_NAME: Final = re.compile(r"[^ \t\n;&|<>()$`\\\"']+")
_VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Parser(CommandReader):
    """A recursive descent over one text. Use `parser.parse`."""

    __slots__ = ()

    def compound(self, word: str, start: int) -> Node:
        """See `CommandReader`."""
        return _COMPOUND[word](self, start)

    def _if(self, start: int) -> Node:
        self.pos += len("if")
        branches: list[tuple[Sequence, Sequence]] = []
        while True:
            condition = self.sequence("then", "{")
            if self.reserved() == "{":  # zsh: `if [[ … ]] { … }`
                self.pos += 1
                return self._brace_if(start, branches, condition)
            self.pos += len("then")
            body = self.sequence("elif", "else", "fi")
            branches.append((condition, body))
            word = self.reserved()
            self.pos += len(word)
            if word == "elif":
                continue
            otherwise = self.closed("fi") if word == "else" else None
            return If(tuple(branches), otherwise, start, self.pos)

    def _brace_if(self, start: int, branches: list[tuple[Sequence, Sequence]], condition: Sequence) -> Node:
        branches.append((condition, self.closed("}")))
        otherwise = None
        self.skip_blank()
        if self.reserved() == "elif":
            self.pos += len("elif")
            condition = self.sequence("{")
            self.pos += 1
            return self._brace_if(start, branches, condition)
        if self.reserved() == "else":
            self.pos += len("else")
            self.expect("{")
            otherwise = self.closed("}")
        return If(tuple(branches), otherwise, start, self.pos)

    def _while(self, start: int) -> Node:
        word = self.reserved()
        self.pos += len(word)
        condition = self.sequence("do")
        body = self.do_group()
        return While(condition, body, word == "until", start, self.pos)

    def _for(self, start: int) -> Node:
        word = self.reserved()
        self.pos += len(word)
        self.skip_blank()
        if word == "for" and self.peek(2) == "((":
            return self._arithmetic_for(start)
        name = _VARIABLE_NAME.match(self.text, self.pos, self.end)
        if name is None:
            raise self.fail("a loop without its variable")
        self.pos = name.end()
        self.lines()
        words: tuple[WordNode, ...] | None = None
        if self.reserved() == "in":
            self.pos += len("in")
            words = tuple(self._words())
        elif self.peek() == "(":  # zsh: `for x (a b) …`
            self.pos += 1
            words = tuple(self._words())
            if self.peek() != ")":
                raise self.fail("a missing `)`")
            self.pos += 1
            return For(name.group(), words, self._short_body(), select=False, start=start, end=self.pos)
        body = self.do_group()
        return For(name.group(), words, body, word == "select", start, self.pos)

    def _short_body(self) -> Sequence:
        """zsh: `do … done`, `{ … }`, or one command, behind a loop's list in parentheses."""
        self.lines()
        if self.peek() == ";":
            self.pos += 1
            self.lines()
        if self.reserved() in {"do", "{"}:
            return self.do_group()
        node = self.and_or()
        return Sequence((node,), node.start, node.end)

    def _words(self) -> list[WordNode]:
        words: list[WordNode] = []
        while True:
            self.skip_blank()
            word = self.word()
            if word is None:
                return words
            words.append(word)

    def _arithmetic_for(self, start: int) -> Node:
        self.pos += 2
        clauses = (self.expression(";"), self.expression(";"), self.expression("))"))
        self.skip_blank()
        return ArithmeticFor(clauses, self.do_group(), start, self.pos)

    def _repeat(self, start: int) -> Node:
        """zsh: `repeat N command`."""
        self.pos += len("repeat")
        self.skip_blank()
        count = self.word()
        if count is None:
            raise self.fail("a loop without its count")
        body = self._short_body()  # the rounds are all alike: one stands for them
        return For("REPLY", (count,), body, select=False, start=start, end=self.pos)

    def _case(self, start: int) -> Node:
        self.pos += len("case")
        self.skip_blank()
        subject = self.word()
        if subject is None:
            raise self.fail("a `case` without its word")
        self.expect("in")
        items: list[CaseItem] = []
        while True:
            self.lines()
            if self.reserved() == "esac":
                self.pos += len("esac")
                return Case(subject, tuple(items), start, self.pos)
            items.append(self._case_item())

    def _case_item(self) -> CaseItem:
        if self.peek() == "(":
            self.pos += 1
        patterns: list[WordNode] = []
        while True:
            self.skip_blank()
            pattern = self.word()
            if pattern is None:
                raise self.fail("a missing pattern")
            patterns.append(pattern)
            self.skip_blank()
            sign = self.peek()
            self.pos += 1
            if sign == ")":
                break
            if sign != "|":
                raise self.fail("a missing `)`")
        body = self.sequence(";", "esac")
        found = TERMINATOR.match(self.text, self.pos, self.end)
        if found is None:
            return CaseItem(tuple(patterns), body, ";;")
        self.pos = found.end()
        sign = found.group()
        return CaseItem(tuple(patterns), body, ";&" if sign == ";&" else ";;" if sign == ";;" else ";;&")

    def _keyword_function(self, start: int) -> Node:
        self.pos += len("function")
        self.skip_blank()
        found = _FUNCTION_NAME.match(self.text, self.pos, self.end)
        name = found.group() if found is not None else ""
        self.pos += len(name)
        self.skip_blank()
        if OPENS_FUNCTION.match(self.text, self.pos, self.end):
            self.pos = self.text.index(")", self.pos) + 1
        return self.function_body(name, start)

    def _group(self, start: int) -> Node:
        self.pos += 1
        body = self.closed("}")
        self.skip_blank()
        if self.text.startswith("always", self.pos, self.end):  # zsh: `{ … } always { … }`
            self.pos += len("always")
            self.expect("{")
            rest = self.closed("}")
            body = Sequence((*body.items, *rest.items), body.start, rest.end)
        return Group(body, start, self.pos)

    def _coproc(self, start: int) -> Node:
        self.pos += len("coproc")
        self.skip_blank()
        name = "COPROC"
        here = self.pos
        word = self.word() if self.reserved() not in COMPOUND_WORDS else None
        self.skip_blank()
        if word is not None and word.plain and (self.peek() == "(" or self.reserved() in COMPOUND_WORDS):
            name = word.plain
        else:
            self.pos = here
        body = self.command()
        return Background(body, start, self.pos, name)

    def _condition(self, start: int) -> Node:
        self.pos += 2
        words: list[WordNode] = []
        while True:
            self.lines()
            if self.pos >= self.end:
                raise self.fail("a missing `]]`")
            here = self.pos
            if self.text.startswith("]]", here, self.end):
                self.pos += 2
                return Condition(tuple(words), start, self.pos)
            words.append(self._condition_word(words))
            if self.pos == here:
                raise self.fail(f"an unexpected `{self.peek()}`")

    def _condition_word(self, words: list[WordNode]) -> WordNode:
        """A word or an operator; behind `=~`, an expression in which brackets and bars are part of the word."""
        here = self.pos
        if words and words[-1].plain == "=~" and not words[-1].quoted:
            return self._regular_expression()
        for operator in ("&&", "||", "(", ")", "<", ">"):
            if self.text.startswith(operator, here, self.end) and self.text[here + 1 : here + 2] != "(":
                self.pos += len(operator)
                return WordNode((operator,), here, self.pos, operator)
        return self.word() or WordNode((), here, here, "")

    def _regular_expression(self) -> WordNode:
        start, nested = self.pos, 0
        parts: list[Part] = []
        while self.pos < self.end:
            char = self.text[self.pos]
            if char in " \t\n" and nested <= 0:
                break
            if char in "([":
                nested += 1
            elif char in ")]":
                nested -= 1
            if char in "\\'\"$`":
                self.piece(parts)
            else:
                parts.append(char)
                self.pos += 1
        return finished(parts, start, self.pos)


_COMPOUND: Final[dict[str, Callable[[Parser, int], Node]]] = {
    "if": Parser._if, "while": Parser._while, "until": Parser._while, "for": Parser._for, "foreach": Parser._for,  # noqa: SLF001 - the class's own table
    "select": Parser._for, "case": Parser._case, "function": Parser._keyword_function, "{": Parser._group,  # noqa: SLF001
    "coproc": Parser._coproc, "[[": Parser._condition, "repeat": Parser._repeat,  # noqa: SLF001
}  # fmt: skip
