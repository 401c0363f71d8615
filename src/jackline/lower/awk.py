"""awk's language: which files a program reads and writes, and what it executes (POSIX awk, gawk manual).

In: the program as far as it is known. Out: effects for `system`, pipes, `getline` and redirected output; a target that is
computed is a name that is not known. Guaranteed: what runs a command that is not constant, loads an extension or calls
a function by a computed name is `opaque`, as is a program that is not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from jackline.lower.files import emit_read, emit_write
from jackline.lower.places import endpoint, resolve
from jackline.lower.word import UNKNOWN, Data, Hole, Word

if TYPE_CHECKING:
    from jackline.lower.scope import Scope

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r]+|\\\n|\#[^\n]*)|(?P<end>[;\n{}])|(?P<string>"(?:[^"\\]|\\.)*")|(?P<name>@?[A-Za-z_]\w*)"""
    r"""|(?P<number>\d[\w.]*)|(?P<operator>\|\||\|&|>>|>=|<=|==|!=|!~|&&|\+\+|--|.)""",
    re.DOTALL,
)
_REGEX_AFTER: Final = re.compile(r"[(,{};\n~!&|?:=]$|^(?:return|print|in|case)$")
_REGEX: Final = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])*/")
_OUTPUT: Final = frozenset({"print", "printf"})
_STANDARD: Final = frozenset({"/dev/stdout", "/dev/stderr", "/dev/stdin", "-", ""})
_INET: Final = re.compile(r"^/inet[46]?/(?:tcp|udp)/[^/]*/([^/]+)/(\w+)$")
_ESCAPE: Final = re.compile(r"\\(.)")
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r"}


class _Token(NamedTuple):
    kind: str
    text: str


def lower_awk(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Lower one program; `arguments` are awk's files, which its own entry describes."""
    del arguments
    at = (code.start, code.end) if isinstance(code, Word) else code.at
    text = code.text if isinstance(code, Data) else code.text or _with_unknowns(code)
    if text is None:
        scope.opaque("awk program", at=at)
        return UNKNOWN
    tokens = _tokens(text)
    scope.bounds.step(1 + len(tokens) // 50)
    _Reader(tokens, scope, at).program()
    return UNKNOWN


def _with_unknowns(code: Word) -> str | None:
    """A program with unknown pieces is read only where each stands inside a string: there it is data or a target."""
    pieces = "".join(part if isinstance(part, str) else "\0" for part in code.parts)
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', pieces)
    return pieces if "\0" not in outside else None


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        if text[position] == "/" and (not tokens or _REGEX_AFTER.search(tokens[-1].text)):
            regex = _REGEX.match(text, position)
            if regex is not None:
                tokens.append(_Token("regex", regex[0]))
                position = regex.end()
                continue
        match = _TOKEN.match(text, position)
        if match is None:
            break
        if match.lastgroup not in {None, "space"}:
            tokens.append(_Token(str(match.lastgroup), match[0]))
        position = match.end()
    return tokens


class _Reader:
    """One pass over the tokens: a command or file is constant where one string stands alone in its place."""

    def __init__(self, tokens: list[_Token], scope: Scope, at: tuple[int, int]) -> None:
        self.tokens, self.scope, self.at = tokens, scope, at

    def program(self) -> None:
        """Read every token."""
        depth = printing = 0
        output = False
        for index, token in enumerate(self.tokens):
            if token.text in {"(", "["}:
                depth += 1
            elif token.text in {")", "]"}:
                depth -= 1
            elif token.kind == "end":
                output = False
            elif token.text in _OUTPUT and token.kind == "name":
                output, printing = True, depth
            elif token.text == "system":
                self._run(index + 2)
            elif token.text.startswith("@"):
                self.scope.opaque(f"awk {token.text}", at=self.at)
            elif token.text in {"|", "|&"}:
                self._pipe(index)
            elif token.text in {">", ">>"} and output and depth <= printing:
                self._target(index + 1, appended=token.text == ">>")
            elif token.text == "getline":
                self._getline(index)

    def _constant(self, index: int) -> str | None:
        """The string at a position, if nothing is joined to it."""
        if index >= len(self.tokens) or self.tokens[index].kind != "string":
            return None
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else _Token("end", ";")
        joined = following.kind in {"string", "name", "number"} and following.text != "getline"
        if joined or following.text in {"$", "("}:
            return None
        return _ESCAPE.sub(lambda match: _LETTERS.get(match[1], match[1]), self.tokens[index].text[1:-1])

    def _run(self, index: int, *, fed: bool = False) -> None:
        """The command at a position; `fed`: what the program prints is its input."""
        text = self._constant(index)
        shell = self.scope.languages.get("shell")
        if text is None or shell is None or "\0" in text:
            self.scope.opaque("command made by awk", at=self.at)
            return
        inner = replace(self.scope, base=None, frame=self.scope.evidence(self.at))
        if fed:
            inner.stdin = Data(source="what an awk program prints")
        shell(Word((text,), *self.at, quoted=True), inner, ())

    def _pipe(self, index: int) -> None:
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if following is not None and following.text == "getline":
            alone = index < 2 or self.tokens[index - 2].kind not in {"string", "name", "number"}  # noqa: PLR2004
            before = self._constant(index - 1) if alone else None
            self._socket_or_run(index - 1 if before is not None else len(self.tokens))
        else:
            self._socket_or_run(index + 1, fed=True)

    def _socket_or_run(self, index: int, *, fed: bool = False) -> None:
        text = self._constant(index)
        found = _INET.match(text or "")
        if found is None:
            self._run(index, fed=fed)
            return
        resource = endpoint(found[1], int(found[2]) if found[2].isdecimal() else 0, self.scope)
        self.scope.emit("connect", resource, at=self.at)
        self.scope.emit("send", resource, at=self.at, reversible="no")

    def _target(self, index: int, *, appended: bool) -> None:
        path = self._path(index)
        if path is not None:
            emit_write(path, self.scope, at=self.at, appended=appended)
            if "*" not in path and self.scope.place.here:
                self.scope.overlay.unknown(path, "session")

    def _getline(self, index: int) -> None:
        for offset in (1, 2):
            if index + offset < len(self.tokens) and self.tokens[index + offset].text == "<":
                path = self._path(index + offset + 1)
                if path is not None:
                    emit_read(path, self.scope, at=self.at)

    def _path(self, index: int) -> str | None:
        text = self._constant(index)
        if text in _STANDARD:
            return None
        parts: tuple[str | Hole, ...] = (Hole("name made by awk", "unknown"),) if text is None else tuple(_parts(text))
        return resolve(Word(parts), self.scope.cwd or self.scope.surroundings.cwd, self.scope)


def _parts(text: str) -> list[str | Hole]:
    parts: list[str | Hole] = []
    for index, piece in enumerate(text.split("\0")):
        if index:
            parts.append(Hole("value in an awk program"))
        if piece:
            parts.append(piece)
    return parts or [""]
