"""The grammar: a shell text becomes syntax (POSIX.1-2024 §2.10, bash manual §3.2, zsh's common short forms).

Bash reads a text command by command, so what stands before an error runs: a statement that is not bash becomes
`Broken`, with all that follows it, and what stands before it is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from jackline.lower.shell.syntax import (
    DECLARERS,
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    ArrayNode,
    Assignment,
    Background,
    Broken,
    Case,
    CaseItem,
    Condition,
    For,
    Function,
    Group,
    If,
    Negation,
    Pipeline,
    Quoted,
    Redirect,
    Redirected,
    Sequence,
    Simple,
    Subshell,
    While,
    WordNode,
)
from jackline.lower.shell.words import ShellSyntaxError, WordReader, finished

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.shell.syntax import Node, Part

_RESERVED: Final = re.compile(
    r"(?:if|then|elif|else|fi|while|until|for|foreach|select|do|done|case|esac|function|coproc|time|repeat|in|!|\{|\}|\[\[)"
    r"(?=[ \t\n;&|<>()]|\\\n|\Z)"
)
_REDIRECT: Final = re.compile(
    r"(?P<fd>[0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?(?P<op><<<|<<-|<<|<>|<&|>>|>&|>\||[<>](?!\())|(?P<both>&>>|&>)"
)
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?=|\[)")
_TERMINATOR: Final = re.compile(r";;&|;;|;&|;\|")
_FUNCTION_NAME: Final = re.compile(r"[^ \t\n;&|<>()$`\\\"']+")
_VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BACKGROUND: Final = re.compile(r"&[!|]?(?![&>])")
_OPENS_FUNCTION: Final = re.compile(r"[ \t]*\([ \t]*\)")
_EVERYDAY: Final = re.compile(r"[A-Za-z0-9_./:@%+,-]+(?: [A-Za-z0-9_./:@%+,=-]+)*")
"""Words that mean themselves, with one blank between: most of what agents run. Read without the grammar."""
_LEADING: Final = re.compile(r"[ \t]*(?:(?:if|then|elif|else|fi|while|until|do|done|!|time|always|coproc)[ \t]+)*")
_STOPPERS: Final = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}"})


class Parser(WordReader):
    """A recursive descent over one text. Use `parse`."""

    __slots__ = ()

    # ------------------------------------------------------------------------------------------- lists

    def program(self) -> Sequence:
        """The whole text."""
        start = self.pos
        items: list[Node] = []
        while True:
            self.lines()
            if self.pos >= self.end:
                break
            line = self.pos
            depth = self.depth
            try:
                items.extend(self._line())
            except ShellSyntaxError as error:
                self.depth, self.pending = depth, []
                items.append(Broken(error.reason, line, self.end))
                break
        self.pos = self.end
        return Sequence(tuple(items), start, self.end)

    def _line(self) -> list[Node]:
        """One complete command: lists up to the end of the line."""
        items: list[Node] = []
        while True:
            items.append(self._separated())
            self.skip_blank()
            if self.pos >= self.end:
                return items
            if self.text[self.pos] == "\n":
                self.lines()
                return items
            if self.text[self.pos] in ");}" or self._reserved() in _STOPPERS:
                raise self.fail(f"an unexpected `{self.text[self.pos]}`")

    def lines(self) -> None:
        """Pass blanks, comments and line ends, reading the here-documents begun on each line."""
        while True:
            self.skip_blank()
            if self.pos >= self.end or self.text[self.pos] != "\n":
                if self.pos >= self.end and self.pending:
                    self.bodies()
                return
            self.pos += 1
            if self.pending:
                self.bodies()

    def sequence(self, *stops: str) -> Sequence:
        """Lists up to one of the reserved words or closing signs, which is not passed."""
        self.lines()
        start = self.pos
        items: list[Node] = []
        while True:
            self.lines()
            if self.pos >= self.end:
                raise self.fail(f"a missing `{stops[0]}`")
            char = self.text[self.pos]
            if char in ");" and (char in stops or _TERMINATOR.match(self.text, self.pos, self.end)):
                break
            word = self._reserved()
            if word in stops:
                break
            if word in _STOPPERS or char == ")":
                raise self.fail(f"an unexpected `{word or char}`")
            items.append(self._separated())
        return Sequence(tuple(items), start, self.pos)

    def _separated(self) -> Node:
        """A list with the `;`, `&` or line end behind it."""
        node = self._and_or()
        self.skip_blank()
        background = _BACKGROUND.match(self.text, self.pos, self.end)
        if background is not None:
            self.pos = background.end()
            return Background(node, node.start, node.end)
        if self.peek() == ";" and not _TERMINATOR.match(self.text, self.pos, self.end):
            self.pos += 1
        return node

    def _and_or(self) -> Node:
        first = self._pipeline()
        rest: list[tuple[Literal["&&", "||"], Node]] = []
        while True:
            self.skip_blank()
            operator = self.peek(2)
            if operator == "&&":
                following: Literal["&&", "||"] = "&&"
            elif operator == "||":
                following = "||"
            else:
                break
            self.pos += 2
            self.lines()
            rest.append((following, self._pipeline()))
        return AndOr(first, tuple(rest), first.start, rest[-1][1].end) if rest else first

    def _pipeline(self) -> Node:
        self.skip_blank()
        start = self.pos
        word = self._reserved()
        if word == "!":
            self.pos += 1
            self.enter()
            body = self._pipeline()
            self.depth -= 1
            return Negation(body, start, body.end)
        if word == "time":
            return self._time(start)
        stages = [self._command()]
        merged: list[int] = []
        while True:
            self.skip_blank()
            if self.peek() != "|" or self.peek(2) == "||":
                break
            if self.peek(2) == "|&":
                merged.append(len(stages) - 1)
                self.pos += 1
            self.pos += 1
            self.lines()
            stages.append(self._command())
        if len(stages) == 1:
            return stages[0]
        return Pipeline(tuple(stages), stages[0].start, stages[-1].end, tuple(merged))

    def _time(self, start: int) -> Node:
        """`time [-p] [--] pipeline`: measured, then the same. Followed by nothing it is a no-op."""
        self.pos += len("time")
        for option in ("-p", "--"):
            self.skip_blank()
            if self.text.startswith(option + " ", self.pos, self.end):
                self.pos += len(option)
        self.skip_blank()
        if self.pos >= self.end or self.text[self.pos] in "\n;&|)":
            return Sequence((), start, self.pos)
        self.enter()
        body = self._pipeline()
        self.depth -= 1
        return body

    # ------------------------------------------------------------------------------------------- commands

    def _reserved(self) -> str:
        found = _RESERVED.match(self.text, self.pos, self.end)
        return found.group() if found is not None else ""

    def _command(self) -> Node:
        self.skip_blank()
        if self.pos >= self.end:
            raise self.fail("a missing command")
        char = self.text[self.pos]
        if char == "(":
            return self._with_redirects(self._parenthesis_command())
        reader = _COMPOUND.get(self._reserved())
        if reader is not None:
            self.enter()
            node = reader(self, self.pos)
            self.depth -= 1
            return node if isinstance(node, Function | Background) else self._with_redirects(node)
        if char in ");|" or (char == "&" and self.peek(2) != "&>"):
            raise self.fail(f"an unexpected `{char}`")
        return self._simple()

    def _with_redirects(self, node: Node) -> Node:
        redirects: list[Redirect] = []
        while (redirect := self._redirect()) is not None:
            redirects.append(redirect)
        return Redirected(node, tuple(redirects), node.start, redirects[-1].end) if redirects else node

    def _parenthesis_command(self) -> Node:
        start = self.pos
        self.enter()
        if self.text.startswith("((", start, self.end):
            depth, pending = self.depth, list(self.pending)
            self.pos = start + 2
            try:
                expression = self.expression("))")
                self.depth -= 1
                return ArithmeticCommand(expression, start, self.pos)
            except ShellSyntaxError:
                self.pos, self.depth, self.pending = start, depth, pending  # `( (…) )`
        self.pos = start + 1
        body = self.code(")")
        self.depth -= 1
        return Subshell(body, start, self.pos)

    def _simple(self) -> Node:
        start, stop = self.pos, self.pos
        assignments: list[Assignment] = []
        words: list[WordNode | Assignment] = []
        redirects: list[Redirect] = []
        declares = False
        while True:
            self.skip_blank()
            if self.pos >= self.end:
                break
            redirect = self._redirect()
            if redirect is not None:
                redirects.append(redirect)
                stop = self.pos
                continue
            assignment = self._assignment() if not words or declares else None
            if assignment is not None:
                (words if declares else assignments).append(assignment)
                stop = self.pos
                continue
            word = self.word()
            if word is None:
                break
            stop = self.pos
            if not words:
                if not assignments and not redirects and _OPENS_FUNCTION.match(self.text, stop, self.end):
                    return self._function(start)
                declares = word.plain in DECLARERS
            elif len(words) == 1 and not declares:
                declares = word.plain in DECLARERS and words[0] in _PREFIXED
            words.append(word)
        if not words and not assignments and not redirects:
            raise self.fail(f"an unexpected `{self.peek()}`")
        return Simple(tuple(assignments), tuple(words), tuple(redirects), start, stop)

    def _function(self, start: int) -> Node:
        name = self.text[start : self.pos].strip()
        self.skip_blank()
        self.pos += 1
        self.skip_blank()
        if self.peek() != ")":
            raise self.fail("an unexpected `(`")
        self.pos += 1
        return self._function_body(name, start)

    def _function_body(self, name: str, start: int) -> Node:
        self.lines()
        self.enter()
        body = self._command()
        self.depth -= 1
        return Function(name, body, start, self.pos)

    def _redirect(self) -> Redirect | None:
        self.skip_blank()
        if self.pos >= self.end or self.text[self.pos] not in "<>&{0123456789":
            return None
        found = _REDIRECT.match(self.text, self.pos, self.end)
        if found is None:
            return None
        start = self.pos
        operator = found["both"] or found["op"]
        prefix = found["fd"] or ""
        fd = int(prefix[:6]) if prefix.isdecimal() else -1
        self.pos = found.end()
        self.skip_blank()
        if operator in {"<<", "<<-"}:
            return self._here_document(operator, start, fd)
        target = self.word()
        if target is None:
            raise self.fail("a redirection without its file")
        return Redirect(operator, target, start, self.pos, fd, prefix.strip("{}") if fd < 0 else "")

    def _here_document(self, operator: str, start: int, fd: int) -> Redirect:
        ending, quoted = self.delimiter()
        redirect = Redirect("<<", WordNode((), self.pos, self.pos, "", quoted=True), start, self.pos, fd)
        self.pending.append((ending, quoted, operator == "<<-", redirect))
        return redirect

    # ------------------------------------------------------------------------------------------- assignments

    def _assignment(self) -> Assignment | None:
        found = _ASSIGNMENT.match(self.text, self.pos, self.end)
        if found is None:
            return None
        start, index = self.pos, None
        self.pos = found.end()
        sign = found[2]
        if sign == "[":
            try:
                index = self.until("]", quoted=False)
            except ShellSyntaxError:
                self.pos = start
                return None
            self.pos += 1
            sign = "+=" if self.peek(2) == "+=" else self.peek()
            if sign not in {"=", "+="}:
                self.pos = start
                return None
            self.pos += len(sign)
        value = self._array() if self.peek() == "(" else self.word() or WordNode((), self.pos, self.pos, "")
        return Assignment(found[1], value, start, self.pos, sign == "+=", index)

    def _array(self) -> ArrayNode:
        start = self.pos
        self.enter()
        self.pos += 1
        elements: list[tuple[WordNode | None, WordNode]] = []
        while True:
            self.lines()
            if self.pos >= self.end:
                raise self.fail("an array that is never closed")
            if self.text[self.pos] == ")":
                break
            index = None
            if self.text[self.pos] == "[":
                here = self.pos
                self.pos += 1
                index = self.until("]", quoted=False)
                self.pos += 1
                if self.peek() == "=":
                    self.pos += 1
                else:
                    self.pos, index = here, None
            value = self.word()
            if value is None:
                if index is None:
                    raise self.fail(f"an unexpected `{self.peek()}`")
                value = WordNode((), self.pos, self.pos, "")
            elements.append((index, value))
        self.pos += 1
        self.depth -= 1
        return ArrayNode(tuple(elements), start, self.pos)

    # ------------------------------------------------------------------------------------------- compounds

    def expect(self, word: str) -> None:
        """Pass a reserved word. Raises `ShellSyntaxError`."""
        self.lines()
        if self._reserved() != word:
            raise self.fail(f"a missing `{word}`")
        self.pos += len(word)

    def do_group(self) -> Sequence:
        """`do … done`, or `{ … }`."""
        self.lines()
        if self.peek() == ";":
            self.pos += 1
            self.lines()
        if self._reserved() == "{":
            self.pos += 1
            return self.closed("}")
        self.expect("do")
        return self.closed("done")

    def closed(self, *closing: str) -> Sequence:
        """A sequence up to a reserved word, which is passed."""
        body = self.sequence(*closing)
        self.pos += len(self._reserved())
        return body

    def code(self, closing: str) -> Sequence:
        """A sequence up to `)` or `}`, which is passed. A here-document that was begun in it ends with it, unread."""
        begun = len(self.pending)
        body = self.sequence(closing)
        del self.pending[begun:]
        if self.peek() != closing:
            raise self.fail(f"a missing `{closing}`")
        self.pos += 1
        return body

    def sub_code(self, text: str, start: int, end: int) -> Sequence:
        """Code that ends at a place which is known already: backticks. Bash reads it when it runs it."""
        return type(self)(text, start, end, self.depth).program()

    def _if(self, start: int) -> Node:
        self.pos += len("if")
        branches: list[tuple[Sequence, Sequence]] = []
        while True:
            condition = self.sequence("then", "{")
            if self._reserved() == "{":  # zsh: `if [[ … ]] { … }`
                self.pos += 1
                return self._brace_if(start, branches, condition)
            self.pos += len("then")
            body = self.sequence("elif", "else", "fi")
            branches.append((condition, body))
            word = self._reserved()
            self.pos += len(word)
            if word == "elif":
                continue
            otherwise = self.closed("fi") if word == "else" else None
            return If(tuple(branches), otherwise, start, self.pos)

    def _brace_if(self, start: int, branches: list[tuple[Sequence, Sequence]], condition: Sequence) -> Node:
        branches.append((condition, self.closed("}")))
        otherwise = None
        self.skip_blank()
        if self._reserved() == "elif":
            self.pos += len("elif")
            condition = self.sequence("{")
            self.pos += 1
            return self._brace_if(start, branches, condition)
        if self._reserved() == "else":
            self.pos += len("else")
            self.expect("{")
            otherwise = self.closed("}")
        return If(tuple(branches), otherwise, start, self.pos)

    def _while(self, start: int) -> Node:
        word = self._reserved()
        self.pos += len(word)
        condition = self.sequence("do")
        body = self.do_group()
        return While(condition, body, word == "until", start, self.pos)

    def _for(self, start: int) -> Node:
        word = self._reserved()
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
        if self._reserved() == "in":
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
        if self._reserved() in {"do", "{"}:
            return self.do_group()
        node = self._and_or()
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
            if self._reserved() == "esac":
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
        found = _TERMINATOR.match(self.text, self.pos, self.end)
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
        if _OPENS_FUNCTION.match(self.text, self.pos, self.end):
            self.pos = self.text.index(")", self.pos) + 1
        return self._function_body(name, start)

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
        word = self.word() if self._reserved() not in _COMPOUND else None
        self.skip_blank()
        if word is not None and word.plain and (self.peek() == "(" or self._reserved() in _COMPOUND):
            name = word.plain
        else:
            self.pos = here
        body = self._command()
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


_PREFIXED: Final = (WordNode(("builtin",), 0, 0, "builtin"), WordNode(("command",), 0, 0, "command"))

_COMPOUND: Final[dict[str, Callable[[Parser, int], Node]]] = {
    "if": Parser._if, "while": Parser._while, "until": Parser._while, "for": Parser._for, "foreach": Parser._for,  # noqa: SLF001 - the class's own table
    "select": Parser._for, "case": Parser._case, "function": Parser._keyword_function, "{": Parser._group,  # noqa: SLF001
    "coproc": Parser._coproc, "[[": Parser._condition, "repeat": Parser._repeat,  # noqa: SLF001
}  # fmt: skip


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
    if first in DECLARERS or first in {"builtin", "command"} or _RESERVED.match(first):
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
