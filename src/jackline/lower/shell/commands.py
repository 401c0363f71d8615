"""The grammar of commands: lists, pipelines, simple commands, redirections, assignments (POSIX.1-2024 §2.10, bash manual §3.2).

Bash reads a text command by command, so what stands before an error runs: a statement that is not bash becomes
`Broken`, with all that follows it, and what stands before it is kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from jackline.lower.shell.syntax import (
    DECLARERS,
    AndOr,
    ArithmeticCommand,
    ArrayNode,
    Assignment,
    Background,
    Broken,
    Function,
    Negation,
    Pipeline,
    Redirect,
    Redirected,
    Sequence,
    Simple,
    Subshell,
    WordNode,
)
from jackline.lower.shell.words import ShellSyntaxError, WordReader

if TYPE_CHECKING:
    from jackline.lower.shell.syntax import Node

RESERVED: Final = re.compile(
    r"(?:if|then|elif|else|fi|while|until|for|foreach|select|do|done|case|esac|function|coproc|time|repeat|in|!|\{|\}|\[\[)"
    r"(?=[ \t\n;&|<>()]|\\\n|\Z)"
)
_REDIRECT: Final = re.compile(
    r"(?P<fd>[0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?(?P<op><<<|<<-|<<|<>|<&|>>|>&|>\||[<>](?!\())|(?P<both>&>>|&>)"
)
_REDIRECTING: Final = frozenset("<>&{0123456789")
"""Characters that a redirection may begin with."""
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?=|\[)")
TERMINATOR: Final = re.compile(r";;&|;;|;&|;\|")
_BACKGROUND: Final = re.compile(r"&[!|]?(?![&>])")
OPENS_FUNCTION: Final = re.compile(r"[ \t]*\([ \t]*\)")
_STOPPERS: Final = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}"})
COMPOUND_WORDS: Final = frozenset(
    {"if", "while", "until", "for", "foreach", "select", "case", "function", "{", "coproc", "[[", "repeat"}
)
"""Reserved words that begin a compound command."""
_PREFIXED: Final = (WordNode(("builtin",), 0, 0, "builtin"), WordNode(("command",), 0, 0, "command"))


class CommandReader(WordReader):
    """Lists, pipelines, simple commands, redirections, assignments. `compounds` adds the rest."""

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
            if self.text[self.pos] in ");}" or self.reserved() in _STOPPERS:
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
            if char in ");" and (char in stops or TERMINATOR.match(self.text, self.pos, self.end)):
                break
            word = self.reserved()
            if word in stops:
                break
            if word in _STOPPERS or char == ")":
                raise self.fail(f"an unexpected `{word or char}`")
            items.append(self._separated())
        return Sequence(tuple(items), start, self.pos)

    def _separated(self) -> Node:
        """A list with the `;`, `&` or line end behind it."""
        node = self.and_or()
        self.skip_blank()
        background = _BACKGROUND.match(self.text, self.pos, self.end)
        if background is not None:
            self.pos = background.end()
            return Background(node, node.start, node.end)
        if self.peek() == ";" and not TERMINATOR.match(self.text, self.pos, self.end):
            self.pos += 1
        return node

    def and_or(self) -> Node:
        """Pipelines joined by `&&` and `||`."""
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
        word = self.reserved()
        if word == "!":
            self.pos += 1
            self.enter()
            body = self._pipeline()
            self.depth -= 1
            return Negation(body, start, body.end)
        if word == "time":
            return self._time(start)
        stages = [self.command()]
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
            stages.append(self.command())
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

    def reserved(self) -> str:
        """The reserved word that stands here, else nothing."""
        found = RESERVED.match(self.text, self.pos, self.end)
        return found.group() if found is not None else ""

    def command(self) -> Node:
        """One command of any kind."""
        self.skip_blank()
        if self.pos >= self.end:
            raise self.fail("a missing command")
        char = self.text[self.pos]
        if char == "(":
            return self._with_redirects(self._parenthesis_command())
        word = self.reserved()
        if word in COMPOUND_WORDS:
            self.enter()
            node = self.compound(word, self.pos)
            self.depth -= 1
            return node if isinstance(node, Function | Background) else self._with_redirects(node)
        if char in ");|" or (char == "&" and self.peek(2) != "&>"):
            raise self.fail(f"an unexpected `{char}`")
        return self._simple()

    def compound(self, word: str, start: int) -> Node:
        """The compound command that begins with this reserved word. `compounds` gives this."""
        raise NotImplementedError

    def _with_redirects(self, node: Node) -> Node:
        redirects: list[Redirect] = []
        while (redirect := self._redirect()) is not None:
            redirects.append(redirect)
        return Redirected(node, tuple(redirects), node.start, redirects[-1].end) if redirects else node

    def _parenthesis_command(self) -> Node:
        start = self.pos
        self.enter()
        if self.text.startswith("((", start, self.end) and (start, self.end) not in self.no_arithmetic:
            depth, pending = self.depth, list(self.pending)
            self.pos = start + 2
            try:
                expression = self.expression("))")
                self.depth -= 1
                return ArithmeticCommand(expression, start, self.pos)
            except ShellSyntaxError:
                self.no_arithmetic.add((start, self.end))
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
            redirect = self._redirect() if self.text[self.pos] in _REDIRECTING else None
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
                if not assignments and not redirects and OPENS_FUNCTION.match(self.text, stop, self.end):
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
        return self.function_body(name, start)

    def function_body(self, name: str, start: int) -> Node:
        """What stands behind `name()`."""
        self.lines()
        self.enter()
        body = self.command()
        self.depth -= 1
        return Function(name, body, start, self.pos)

    def _redirect(self) -> Redirect | None:
        self.skip_blank()
        if self.pos >= self.end or self.text[self.pos] not in _REDIRECTING:
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

    # ------------------------------------------------------------------------------------------- bodies

    def expect(self, word: str) -> None:
        """Pass a reserved word. Raises `ShellSyntaxError`."""
        self.lines()
        if self.reserved() != word:
            raise self.fail(f"a missing `{word}`")
        self.pos += len(word)

    def do_group(self) -> Sequence:
        """`do … done`, or `{ … }`."""
        self.lines()
        if self.peek() == ";":
            self.pos += 1
            self.lines()
        if self.reserved() == "{":
            self.pos += 1
            return self.closed("}")
        self.expect("do")
        return self.closed("done")

    def closed(self, *closing: str) -> Sequence:
        """A sequence up to a reserved word, which is passed."""
        body = self.sequence(*closing)
        self.pos += len(self.reserved())
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
