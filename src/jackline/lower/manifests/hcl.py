"""HCL's blocks (HCL native syntax specification), as Terraform, OpenTofu, Terragrunt and Packer use them.

Only structure is read: blocks with their labels, and of the attributes those that are texts, lists of texts or words.
An interpolation in a text is a hole; every other expression is None. A text that is no HCL gives None.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.manifests.parts import joined
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.lower.manifests.parts import Parts

MAX_DEPTH: Final = 32
MAX_TOKENS: Final = 100_000
_TOKEN: Final = re.compile(
    r"""[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/
    |(?P<heredoc><<-?(?P<mark>[\w-]+)[ \t]*\r?\n)
    |(?P<quote>")
    |(?P<word>[A-Za-z_][\w-]*)
    |(?P<number>\d[\d.eE]*)
    |(?P<line>\n)
    |(?P<sign>==|!=|<=|>=|=>|&&|\|\||\.\.\.|[][{}()=:,.?!<>+*/%;-])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}

_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_TELLING: Final = re.compile(r'external|provisioner|_hook|run_cmd|\\[uU]|source"?\s*[=:]\s*"\.')

Value: TypeAlias = "Parts | list[Parts | None] | None"


class Block(Inner):
    """`resource "aws_db" "main" { … }`. `calls` are the functions that its attributes call."""

    kind: str
    labels: tuple[str, ...] = ()
    attributes: dict[str, Value] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)

    def walk(self) -> Iterator[Block]:
        """The block and all in it."""
        yield self
        for block in self.blocks:
            yield from block.walk()

    def text(self, name: str) -> Parts | None:
        """An attribute that is a text."""
        value = self.attributes.get(name)
        return value if isinstance(value, tuple) else None

    def texts(self, name: str) -> list[Parts | None] | None:
        """An attribute that is a list."""
        value = self.attributes.get(name)
        return value if isinstance(value, list) else None


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """No HCL, or past a bound."""


def telling(text: str) -> bool:
    """Whether a file may hold what runs code here, or a module that lies here: a look that costs next to nothing."""
    return _TELLING.search(text) is not None


def blocks(text: str) -> Block | None:
    """The file as one block without a kind; None where it cannot be read."""
    try:
        reader = _Reader(list(_tokens(text)))
        file = Block("")
        reader.body(file, 0, end="")
    except _Refused:
        return None
    return file


def json_blocks(text: str) -> Block | None:
    """The same of HCL's JSON syntax (`*.tf.json`)."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    file = Block("")
    if isinstance(document, dict):
        for kind, value in document.items():
            _from_json(file, str(kind), value, 0)
    return file


_LABELS: Final = {
    "resource": 2,
    "data": 2,
    "module": 1,
    "variable": 1,
    "output": 1,
    "provider": 1,
    "provisioner": 1,
    "backend": 1,
}


def _from_json(parent: Block, kind: str, value: Any, depth: int, labels: tuple[str, ...] = ()) -> None:  # noqa: ANN401 - JSON
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for item in value:
            _from_json(parent, kind, item, depth + 1, labels)
    elif isinstance(value, dict) and len(labels) < _LABELS.get(kind, 0):
        for label, inner in value.items():
            _from_json(parent, kind, inner, depth + 1, (*labels, str(label)))
    elif isinstance(value, dict):
        block = Block(kind, labels)
        parent.blocks.append(block)
        for name, inner in value.items():
            _from_json(block, str(name), inner, depth + 1)
    else:
        parent.attributes[kind] = (
            _template(value) if isinstance(value, str)
            else [_template(item) if isinstance(item, str) else None for item in value] if isinstance(value, list)
            else (json.dumps(value),) if isinstance(value, (bool, int)) else None
        )  # fmt: skip


# Tokens: (kind, text, parts of a template).


def _tokens(text: str) -> Iterator[tuple[str, str, Parts]]:
    position, count = 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        count += 1
        if match is None or count > MAX_TOKENS:
            raise _Refused
        position = match.end()
        if match["quote"] is not None:
            end = _string_end(text, position)
            yield "text", "", _template(text[position:end])
            position = end + 1
        elif match["heredoc"] is not None:
            closing = re.compile(rf"^[ \t]*{re.escape(match['mark'])}[ \t]*\r?$", re.MULTILINE).search(text, position)
            if closing is None:
                raise _Refused
            yield "text", "", _template(text[position : closing.start()], escapes=False)
            position = closing.end()
        elif match.lastgroup is not None:
            yield match.lastgroup, match[0], ()


def _string_end(text: str, position: int) -> int:
    """The closing quote of a text; quotes in an interpolation do not close it."""
    depth = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif text.startswith(("${", "%{"), position) and not text.startswith(("$${", "%%{"), position - 1):
            depth += 1
            position += 1
        elif character == "{" and depth:
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif character == '"' and not depth:
            return position
        elif character == "\n" and not depth:
            break
        position += 1
    raise _Refused


def _template(text: str, *, escapes: bool = True) -> Parts:
    parts: list[str | Hole] = []
    position = 0
    for match in re.finditer(r"\$\$\{|%%\{|[$%]\{", text):
        if match.start() < position:
            continue
        parts.append(_unescaped(text[position : match.start()], escapes=escapes))
        if len(match[0]) == 3:  # noqa: PLR2004 - `$${` stands for `${`
            parts.append(match[0][1:])
            position = match.end()
            continue
        end = _interpolation_end(text, match.end())
        parts.append(hole(text[match.start() : end]))
        position = end
    parts.append(_unescaped(text[position:], escapes=escapes))
    return joined(parts)


def hole(what: str) -> Hole:
    """An expression. Whose it is says whoever knows the file's author."""
    return Hole(what[:60], "trusted", authorship="unknown")


def _interpolation_end(text: str, position: int) -> int:
    depth = 1
    while position < len(text):
        depth += (text[position] == "{") - (text[position] == "}")
        position += 1
        if not depth:
            return position
    return position


def _unescaped(text: str, *, escapes: bool) -> str:
    return _ESCAPE.sub(_meant, text) if escapes and "\\" in text else text


def _meant(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16)) if int(code, 16) <= sys.maxunicode else match[0]
    return _ESCAPES.get(match[3], match[0])


class _Reader(Inner):
    tokens: list[tuple[str, str, Parts]]
    position: int = 0

    def _peek(self) -> tuple[str, str, Parts]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "", ())

    def _next(self) -> tuple[str, str, Parts]:
        token = self._peek()
        self.position += 1
        return token

    def body(self, block: Block, depth: int, end: str) -> None:
        """Attributes and blocks up to the closing brace, or the end of the file."""
        if depth > MAX_DEPTH:
            raise _Refused
        while True:
            kind, text, parts = self._next()
            if kind == "line" or text == ",":
                continue
            if (kind == "end" and not end) or (text == end and kind == "sign"):
                return
            if kind in {"word", "text"}:
                self._item(block, text or "".join(part for part in parts if isinstance(part, str)), depth)
            else:
                raise _Refused

    def _item(self, parent: Block, name: str, depth: int) -> None:
        if self._peek()[:2] in {("sign", "="), ("sign", ":")}:
            self.position += 1
            parent.attributes[name] = self._value(parent, depth)
            return
        labels: list[str] = []
        while self._peek()[0] in {"word", "text"}:
            _, text, parts = self._next()
            labels.append(text or "".join(part if isinstance(part, str) else "*" for part in parts))
        if self._next()[:2] != ("sign", "{"):
            raise _Refused
        block = Block(name, tuple(labels))
        parent.blocks.append(block)
        self.body(block, depth + 1, "}")

    def _value(self, parent: Block, depth: int) -> Value:
        """One expression, up to its line's end outside of brackets."""
        start = self.position
        values: list[tuple[str, str, Parts]] = []
        nesting = 0
        while True:
            kind, text, parts = self._peek()
            if kind == "end" or (not nesting and (kind == "line" or text in {",", "}"})):
                break
            if kind == "sign":
                nesting += (text in "([{") - (text in ")]}")
                if nesting < 0:
                    break
                if nesting > MAX_DEPTH:
                    raise _Refused
            self.position += 1
            if kind == "sign" and text == "(" and values and values[-1][0] == "word":
                parent.calls.add(values[-1][1])
            if kind != "line":
                values.append((kind, text, parts))
        if self.position == start:
            raise _Refused
        return self._simple(values, parent, depth)

    def _simple(self, values: list[tuple[str, str, Parts]], parent: Block, depth: int) -> Value:
        first, last = values[0], values[-1]
        if len(values) == 1:
            return (first[2] or ("",)) if first[0] == "text" else (first[1],)
        if first[1] == "[" and last[1] == "]":
            inner = [value for value in values[1:-1] if value[1] != "," or value[0] == "text"]
            commas = len(values) - 2 - len(inner)
            if len(inner) > commas + 1:  # something stands in it that is more than one value
                return [None]
            return [
                (parts or ("",)) if kind == "text" else (text,) if kind == "number" else None
                for kind, text, parts in inner
            ]
        if first[1] == "{" and last[1] == "}":
            inside = Block("=")
            parent.blocks.append(inside)
            _Reader(values[1:-1]).map(inside, depth + 1)
        return None

    def map(self, block: Block, depth: int) -> None:
        """`{ NAME = text, … }` whose line ends are gone: only texts and words are kept."""
        while self._peek()[0] != "end" and depth <= MAX_DEPTH:
            kind, text, parts = self._next()
            if kind in {"word", "text"} and self._peek()[1] in {"=", ":"}:
                self.position += 1
                value = self._next()
                block.attributes[text or "".join(map(str, parts))] = value[2] if value[0] == "text" else None
