"""Reading words: quotes, escapes, `$` in all its forms, here-document bodies (bash manual §3.1.2, §3.5, §3.6.6).

`WordReader` knows characters and where they stand; `parser` adds the grammar, which is called back for the code inside
`$(…)`. A text is read once, from left to right, without backtracking except at `$((`, which may turn out to be `$( (`.
"""

from __future__ import annotations

import re
from typing import Final

from jackline.lower.shell.ansi import ansi_c
from jackline.lower.shell.syntax import (
    Arithmetic,
    Parameter,
    Part,
    ProcessSubstitution,
    Quoted,
    Redirect,
    Sequence,
    Substitution,
    WordNode,
)

MAX_NESTING: Final = 36
"""How deep constructs may nest in one text; each takes up to a dozen of Python's frames here and when it is run."""

HOLES: Final = "\U000f0000-\U000ffffd"
"""Private characters that stand for pieces of code that are not known (see `source`)."""

PLAIN: Final = re.compile(rf"[^ \t\n;&|<>()$`\\\"'*?\[{{~#{HOLES}]+(?=[ \t\n;&|<>()]|\Z)")
_BLANK: Final = re.compile(r"(?:[ \t]|\\\n)*")
_COMMENT: Final = re.compile(r"[^\n]*")
_LITERAL: Final = re.compile(r"[^ \t\n;&|<>()$`\\\"']+")
_IN_DOUBLE: Final = re.compile(r"[^\"$`\\]+")
_IN_BODY: Final = re.compile(r"[^$`\\]+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL_NAME: Final = re.compile(r"[0-9@*#?$!_-]")
_BRACED_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!_-]")
_OPERATOR: Final = re.compile(r":[-=?+]|##|%%|//|/#|/%|\^\^|,,|[-=?+#%/^,@:]")
_ACTIVE: Final = re.compile(rf"[*?{HOLES}]|\[.*\]|\{{.*[,.].*\}}|[@!+]\(", re.DOTALL)
_ZSH_FLAGS: Final = re.compile(r"\([^)]*\)|[=~^]+(?=[A-Za-z_{$])")
_PATTERN_OPERATORS: Final = frozenset({"#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,"})


class ShellSyntaxError(Exception):
    """The text is not bash at `position`. Never leaves this package: the statement becomes `Broken`."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason, self.position = reason, position


class WordReader:
    """The characters of `text` from `pos` to `end`, read as words."""

    __slots__ = ("depth", "end", "no_arithmetic", "pending", "pos", "text")

    def __init__(self, text: str, start: int = 0, end: int | None = None, depth: int = 0) -> None:
        self.text, self.pos, self.depth = text, start, depth
        self.end = len(text) if end is None else end
        self.pending: list[tuple[str, bool, bool, Redirect]] = []
        self.no_arithmetic: set[tuple[int, int]] = set()
        """Where `((` was tried as arithmetic in vain, and up to where: tried again at each level, it would take 2ⁿ steps."""

    # ------------------------------------------------------------------------------------------- characters

    def peek(self, width: int = 1) -> str:
        """The next characters."""
        return self.text[self.pos : min(self.pos + width, self.end)]

    def fail(self, reason: str) -> ShellSyntaxError:
        """The error for a text that is not bash here."""
        return ShellSyntaxError(reason, self.pos)

    def enter(self) -> None:
        """Go one construct deeper. Raises `ShellSyntaxError` past `MAX_NESTING`."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.fail("nested too deep")

    def skip_blank(self) -> None:
        """Pass blanks, joined lines and a comment."""
        position = self.pos
        if position >= self.end:
            return
        char = self.text[position]
        if char == " ":
            if position + 1 < self.end and self.text[position + 1] not in " \t\\#":
                self.pos = position + 1
                return
        elif char not in "\t\\#":
            return
        found = _BLANK.match(self.text, self.pos, self.end)
        before = self.pos
        if found is not None:
            self.pos = found.end()
        if self.pos < self.end and self.text[self.pos] == "#" and (
            self.pos > before or self.pos == 0 or self.text[self.pos - 1] in " \t\n;&|()<>"
        ):  # fmt: skip
            comment = _COMMENT.match(self.text, self.pos, self.end)
            self.pos = comment.end() if comment is not None else self.end

    # ------------------------------------------------------------------------------------------- words

    def word(self) -> WordNode | None:
        """The word that begins here, or None where an operator or the end stands."""
        found = PLAIN.match(self.text, self.pos, self.end)
        start = self.pos
        if found is not None:
            stop = found.end()
            if not (stop < self.end and self.text[stop] in "(<>" and self._continues(stop)):
                self.pos = stop
                text = found.group()
                return WordNode((text,), start, stop, text)
        parts = self._parts()
        return None if self.pos == start else finished(parts, start, self.pos)

    def _continues(self, stop: int) -> bool:
        """Whether the word goes on behind plain characters: an extended pattern or a process substitution."""
        if self.text[stop] == "(":
            return self.text[stop - 1] in "@!+?*"
        return self.text[stop + 1 : stop + 2] == "("

    def _parts(self) -> list[Part]:
        parts: list[Part] = []
        while self.pos < self.end:
            char = self.text[self.pos]
            if char in "<>":
                if self.text[self.pos + 1 : self.pos + 2] != "(":
                    break
                parts.append(self._process(char))
            elif char == "(":
                last = parts[-1] if parts else ""
                if not (isinstance(last, str) and last[-1:] in {"?", "*", "+", "@", "!"}):
                    break
                self._extended_pattern(parts)
            elif char in " \t\n;&|)":
                break
            else:
                self.piece(parts)
        return parts

    def piece(self, parts: list[Part]) -> None:
        """Read one piece outside double quotes and append it."""
        char = self.text[self.pos]
        if char == "\\":
            self._escape(parts)
        elif char == "'":
            close = self.text.find("'", self.pos + 1, self.end)
            if close < 0:
                raise self.fail("a quote that is never closed")
            parts.append(Quoted(self.text[self.pos + 1 : close]))
            self.pos = close + 1
        elif char == '"':
            self.double(parts)
        elif char == "$":
            self.dollar(parts, quoted=False)
        elif char == "`":
            parts.append(self._backticks(quoted=False))
        else:
            found = _LITERAL.match(self.text, self.pos, self.end)
            self.pos = found.end() if found is not None else self.pos + 1
            parts.append(found.group() if found is not None else char)

    def _escape(self, parts: list[Part]) -> None:
        following = self.text[self.pos + 1 : self.pos + 2] if self.pos + 1 < self.end else ""
        if following == "":
            parts.append(Quoted("\\"))
        elif following != "\n":
            parts.append(Quoted(following))
        self.pos += 1 + len(following)

    def _extended_pattern(self, parts: list[Part]) -> None:
        """`@(a|b)`: the parentheses and bars are part of the word."""
        self.enter()
        parts.append("(")
        self.pos += 1
        while True:
            if self.pos >= self.end:
                raise self.fail("a pattern that is never closed")
            char = self.text[self.pos]
            if char == ")":
                break
            if char == "(":
                self._extended_pattern(parts)
            elif char in " \t\n;&|<>":
                parts.append(char)
                self.pos += 1
            else:
                self.piece(parts)
        parts.append(")")
        self.pos += 1
        self.depth -= 1

    def double(self, parts: list[Part]) -> None:
        """`"…"`."""
        opened = self.pos
        self.pos += 1
        parts.append(Quoted(""))
        while True:
            found = _IN_DOUBLE.match(self.text, self.pos, self.end)
            if found is not None:
                parts.append(Quoted(found.group()))
                self.pos = found.end()
            if self.pos >= self.end:
                self.pos = opened
                raise self.fail("a quote that is never closed")
            char = self.text[self.pos]
            if char == '"':
                self.pos += 1
                return
            self._in_double(char, parts, '$`"\\')

    def _in_double(self, char: str, parts: list[Part], escapable: str) -> None:
        """A `$`, a backtick or a backslash where double quotes reign."""
        if char == "$":
            self.dollar(parts, quoted=True)
        elif char == "`":
            parts.append(self._backticks(quoted=True))
        else:
            following = self.text[self.pos + 1 : self.pos + 2] if self.pos + 1 < self.end else ""
            if following == "\n":
                self.pos += 2
            elif following and following in escapable:
                parts.append(Quoted(following))
                self.pos += 2
            else:
                parts.append(Quoted("\\"))
                self.pos += 1

    # ------------------------------------------------------------------------------------------- dollars

    def dollar(self, parts: list[Part], *, quoted: bool) -> None:
        """Everything that begins with `$`."""
        start = self.pos
        following = self.text[start + 1 : start + 2] if start + 1 < self.end else ""
        if following == "{":
            parts.append(self._braced(quoted=quoted))
        elif following == "(":
            parts.append(self._parenthesis(quoted=quoted))
        elif following == "[":
            self.pos += 2
            parts.append(self._arithmetic(start, "]", quoted=quoted))
        elif following == "'" and not quoted:
            value, self.pos = ansi_c(self.text, start + 2, self.end)
            if self.pos < 0:
                self.pos = start
                raise self.fail("a quote that is never closed")
            parts.append(Quoted(value))
        elif following == '"' and not quoted:
            self.pos += 1
            self.double(parts)
        else:
            self._bare(parts, quoted=quoted)

    def _bare(self, parts: list[Part], *, quoted: bool) -> None:
        """`$name`, `$1`, `$?`, or a `$` that means itself."""
        start = self.pos
        found = _NAME.match(self.text, start + 1, self.end) or _SPECIAL_NAME.match(self.text, start + 1, self.end)
        if found is None:
            parts.append(Quoted("$"))
            self.pos += 1
            return
        self.pos = found.end()
        parts.append(Parameter(found.group(), quoted, start=start, end=self.pos))

    def _parenthesis(self, *, quoted: bool) -> Substitution | Arithmetic:
        """`$(…)` or `$((…))`."""
        start = self.pos
        if self.text.startswith("((", start + 1, self.end) and (start, self.end) not in self.no_arithmetic:
            depth, pending = self.depth, list(self.pending)
            self.pos = start + 3
            try:
                return self._arithmetic(start, "))", quoted=quoted)
            except ShellSyntaxError:
                self.no_arithmetic.add((start, self.end))
                self.pos, self.depth, self.pending = start, depth, pending  # `$( (…) …)`
        self.pos = start + 2
        self.enter()
        body = self.code(")")
        self.depth -= 1
        return Substitution(body, quoted, start, self.pos)

    def _arithmetic(self, start: int, closing: str, *, quoted: bool) -> Arithmetic:
        self.enter()
        expression = self.expression(closing)
        self.depth -= 1
        return Arithmetic(expression, quoted, start, self.pos)

    def expression(self, closing: str) -> WordNode:
        """An arithmetic expression up to `closing` (`))`, `]`, `;`), which is passed."""
        start, nested = self.pos, 0
        parts: list[Part] = []
        while self.pos < self.end:
            char = self.text[self.pos]
            if nested == 0 and self.text.startswith(closing, self.pos, self.end):
                node = WordNode(tuple(parts), start, self.pos)
                self.pos += len(closing)
                return node
            if char in "([":
                nested += 1
            elif char in ")]":
                nested -= 1
                if nested < 0:
                    break
            if char in '\\"$`':
                self.piece(parts)
            else:
                parts.append(char)
                self.pos += 1
        raise self.fail("an expression that is never closed")

    def code(self, closing: str) -> Sequence:
        """The code up to `closing`, which is passed. The grammar gives this."""
        raise NotImplementedError

    def sub_code(self, text: str, start: int, end: int) -> Sequence:
        """Code that ends at a place which is known already. The grammar gives this."""
        raise NotImplementedError

    def _backticks(self, *, quoted: bool) -> Substitution:
        start = self.pos
        position, escaped = start + 1, False
        while position < self.end and self.text[position] != "`":
            escaped = escaped or self.text[position] == "\\"
            position += 2 if self.text[position] == "\\" else 1
        if position >= self.end:
            raise self.fail("a backtick that is never closed")
        self.pos = position + 1
        self.enter()
        if escaped:
            special = r'\\([$`\\"])' if quoted else r"\\([$`\\])"
            text = re.sub(special, r"\1", self.text[start + 1 : position])
            result = Substitution(self.sub_code(text, 0, len(text)), quoted, start, self.pos, text)
        else:
            result = Substitution(self.sub_code(self.text, start + 1, position), quoted, start, self.pos)
        self.depth -= 1
        return result

    def _process(self, direction: str) -> ProcessSubstitution:
        start = self.pos
        self.pos += 2
        self.enter()
        body = self.code(")")
        self.depth -= 1
        return ProcessSubstitution(body, "<" if direction == "<" else ">", start, self.pos)

    # ------------------------------------------------------------------------------------------- ${…}

    def _braced(self, *, quoted: bool) -> Parameter | Substitution:
        start = self.pos
        self.enter()
        self.pos += 2
        following = self.peek()
        if following in {" ", "\t", "\n", "|"}:  # bash 5.3: `${ code; }`
            self.pos += 1
            body = self.code("}")
            self.depth -= 1
            return Substitution(body, quoted, start, self.pos)
        flags = _ZSH_FLAGS.match(self.text, self.pos, self.end)
        if flags is not None:  # zsh: what the flags do to the value is not followed, so it is not known
            self.pos = flags.end()
        node = self._braced_body(start, quoted=quoted, foreign=flags is not None)
        self.depth -= 1
        return node

    def _braced_body(self, start: int, *, quoted: bool, foreign: bool) -> Parameter:
        length = indirect = False
        if self.peek() == "#" and self.peek(2) not in {"#}", "#:", "#-", "#="} and _BRACED_NAME.match(
            self.text, self.pos + 1, self.end
        ):  # fmt: skip
            length, self.pos = True, self.pos + 1
        elif self.peek() == "!" and _BRACED_NAME.match(self.text, self.pos + 1, self.end):
            indirect, self.pos = True, self.pos + 1
        name = _BRACED_NAME.match(self.text, self.pos, self.end)
        if name is None:
            if not foreign:
                raise self.fail("a bad substitution")
            self.until("}", quoted=quoted)
            self.pos += 1
            return Parameter("", quoted, "zsh", start=start, end=self.pos)
        self.pos = name.end()
        index = None
        if self.peek() == "[":
            self.pos += 1
            index = self.until("]", quoted=quoted)
            self.pos += 1
        if indirect and self.peek(2) == "*}":  # `${!prefix*}`
            self.pos += 1
            operator, first, second = "*", None, None
        else:
            operator, first, second = self._operation(quoted=quoted)
        if self.peek() != "}":
            raise self.fail("a bad substitution")
        self.pos += 1
        return Parameter(
            name.group(),
            quoted,
            "zsh" if foreign else operator,
            first,
            second,
            index,
            length,
            indirect,
            start,
            self.pos,
        )

    def _operation(self, *, quoted: bool) -> tuple[str, WordNode | None, WordNode | None]:
        found = _OPERATOR.match(self.text, self.pos, self.end)
        if found is None:
            return "", None, None
        operator = found.group()
        self.pos = found.end()
        literal = quoted and operator not in _PATTERN_OPERATORS
        if operator in {"/", "//", "/#", "/%"}:
            lead = (
                "/" if operator == "//" and self.peek() == "/" else ""
            )  # `${z///x}`: the third belongs to the pattern
            self.pos += len(lead)
            first = self.until("/}", quoted=quoted, literal=literal, lead=lead)
        elif operator == ":":
            first = self.until(":}", quoted=quoted, literal=literal)
        else:
            return operator, self.until("}", quoted=quoted, literal=literal), None
        if self.peek() == "}":
            return operator, first, None
        self.pos += 1
        return operator, first, self.until("}", quoted=quoted, literal=literal)

    def until(self, stops: str, *, quoted: bool, literal: bool = False, lead: str = "") -> WordNode:
        """The word up to one of `stops`, which is not passed. `literal`: single quotes mean themselves. `lead` is what of
        the word was passed already."""
        start = self.pos - len(lead)
        parts: list[Part] = [lead] if lead else []
        nested = 0
        while self.pos < self.end:
            char = self.text[self.pos]
            if char in stops and nested == 0:
                return WordNode(tuple(parts), start, self.pos)
            if stops == "]" and char in "[]":
                nested += 1 if char == "[" else -1
            if literal and self.peek(2) == "\\'":
                raise self.fail("quotes that shells read differently")
            if quoted and (char in "$`" or (char == "\\" and literal)):
                self._in_double(char, parts, '$`"\\}')
            elif char == "'" and literal:
                self._single_in_double(parts)
            elif char in "$`\\\"'":
                self.piece(parts)
            else:
                parts.append(Quoted(char) if quoted and literal else char)
                self.pos += 1
        raise self.fail("a bad substitution")

    def _single_in_double(self, parts: list[Part]) -> None:
        """`"${x:-'}'}"`: single quotes stand for themselves, but what is between them closes nothing.

        Another quote or a backslash between them means one thing to one version of bash and another to the next.
        """
        close = self.text.find("'", self.pos + 1, self.end)
        if close < 0:
            raise self.fail("a quote that is never closed")
        if any(char in '"\\' for char in self.text[self.pos : close]):
            raise self.fail("quotes that shells read differently")
        while self.pos <= close:
            char = self.text[self.pos]
            if char == "$" or (char == "`" and self.text.find("`", self.pos + 1, close) >= 0):
                self._in_double(char, parts, '$`"\\}')
                continue
            parts.append(Quoted(char))
            self.pos += 1

    # ------------------------------------------------------------------------------------------- here-documents

    def delimiter(self) -> tuple[str, bool]:
        """The word behind `<<` with its quotes removed, and whether it had any."""
        start = self.pos
        while self.pos < self.end and self.text[self.pos] not in " \t\n;&|<>()":
            char = self.text[self.pos]
            if char in "'\"":
                close = self.text.find(char, self.pos + 1, self.end)
                if close < 0:
                    raise self.fail("a quote that is never closed")
                self.pos = close
            elif char == "\\":
                self.pos += 1
            self.pos = min(self.pos + 1, self.end)
        raw = self.text[start : self.pos]
        if not raw:
            raise self.fail("a here-document without its end")
        bare = re.sub(r"\$?'([^']*)'|\$?\"([^\"]*)\"|\\(.)", lambda m: m[1] or m[2] or m[3] or "", raw, flags=re.DOTALL)
        return bare, bare != raw

    def bodies(self) -> None:
        """Read the here-documents that were begun on the line just passed."""
        pending, self.pending = self.pending, []
        for ending, quoted, stripped, redirect in pending:
            start = self.pos
            lines: list[str] = []
            stop = self.end
            while self.pos < self.end:
                newline = self.text.find("\n", self.pos, self.end)
                stop = self.end if newline < 0 else newline
                line = self.text[self.pos : stop]
                bare = line.lstrip("\t") if stripped else line
                following = min(stop + 1, self.end)
                if bare == ending:
                    stop, self.pos = self.pos, following
                    break
                lines.append(bare if newline < 0 else bare + "\n")
                stop = self.pos = following
            redirect.target = self._body(lines, start, stop, quoted=quoted, stripped=stripped)

    def _body(self, lines: list[str], start: int, stop: int, *, quoted: bool, stripped: bool) -> WordNode:
        text = "".join(lines)
        if quoted or not any(char in text for char in "$`\\"):
            return WordNode((Quoted(text),), start, stop, text, quoted=True)
        if stripped and text != self.text[start:stop]:
            reader = type(self)(text, 0, len(text), self.depth)
        else:
            reader = type(self)(self.text, start, stop, self.depth)
        return WordNode(reader.heredoc_text().parts, start, stop, quoted=True)

    def heredoc_text(self) -> WordNode:
        """The rest of the text as in a here-document: `$`, backticks and some backslashes mean something, quotes do not."""
        start = self.pos
        parts: list[Part] = []
        while self.pos < self.end:
            found = _IN_BODY.match(self.text, self.pos, self.end)
            if found is not None:
                parts.append(Quoted(found.group()))
                self.pos = found.end()
            else:
                self._in_double(self.text[self.pos], parts, "$`\\")
        return WordNode(tuple(parts), start, self.end, quoted=True)


def finished(parts: list[Part], start: int, end: int) -> WordNode:
    """The word of these parts, with its `plain` value where nothing in it can be expanded."""
    quoted = False
    plain: list[str] = []
    for part in parts:
        if isinstance(part, str):
            if any(sign in part for sign in "[{*?(") or _ACTIVE.search(part):  # `(`: an extended pattern
                plain_here = False
                break
            plain.append(part)
        elif isinstance(part, Quoted):
            quoted = True
            plain.append(part.text)
        else:
            plain_here = False
            break
    else:
        first = parts[0] if parts else ""
        plain_here = not (isinstance(first, str) and first.startswith("~"))
    value = "".join(plain) if plain_here else None
    if value is None and len(parts) == 1 and isinstance(parts[0], str) and parts[0] in _MEANS_ITSELF:
        value = parts[0]
    if value is not None and _ACTIVE_HOLE.search(value):
        value = None
    return WordNode(tuple(parts), start, end, value, quoted)


_MEANS_ITSELF: Final = frozenset({"[", "[[", "{}", "{"})
_ACTIVE_HOLE: Final = re.compile(f"[{HOLES}]")
