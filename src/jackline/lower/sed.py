"""sed's language: which files a script reads and writes, and what it executes (GNU sed manual, POSIX sed).

In: the script as far as it is known. Out: effects for `r`, `R`, `w`, `W`, `e` and the flags `w` and `e` of `s`.
Guaranteed: a script that is not understood to its end, or not known, is `opaque`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.lower.files import emit_read, emit_write
from jackline.lower.places import resolve
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from jackline.lower.scope import Scope

_ADDRESS: Final = re.compile(r"\s*(?:\d+(?:~\d+)?|\$|[+~]\d+)")
_PLAIN: Final = frozenset("=dDgGhHnNpPxzF")
_WITH_NUMBER: Final = frozenset("lLqQ")
_TO_LABEL: Final = frozenset("btT:v")
_STANDARD: Final = frozenset({"/dev/stdout", "/dev/stderr", "/dev/stdin"})


class _NotReadError(Exception):
    """The script is not understood from here on."""


def lower_sed(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Lower one script; `arguments` are not used (they are sed's files, which its own entry describes)."""
    del arguments
    text = (
        code.text if isinstance(code, Data) else "".join(part if isinstance(part, str) else "\0" for part in code.parts)
    )
    at = (code.start, code.end) if isinstance(code, Word) else code.at
    if text is None:
        scope.opaque("sed script", at=at)
        return UNKNOWN
    reader = _Reader(text, scope, at)
    try:
        reader.script()
    except (_NotReadError, IndexError):
        scope.opaque("sed script", at=at)
    return UNKNOWN


class _Reader:
    r"""One pass over a script. `\0` stands for a piece that is not known: only inside a pattern or text is it harmless."""

    def __init__(self, text: str, scope: Scope, at: tuple[int, int]) -> None:
        self.text, self.scope, self.at = text, scope, at
        self.position = 0

    def script(self) -> None:
        """Read all commands."""
        while True:
            self._skip(" \t\n;}")
            if self.position >= len(self.text):
                return
            self.scope.bounds.step()
            self._addresses()
            self._command()

    def _skip(self, letters: str) -> None:
        while self.position < len(self.text) and self.text[self.position] in letters:
            self.position += 1

    def _addresses(self) -> None:
        for _ in range(2):
            self._skip(" \t")
            match = _ADDRESS.match(self.text, self.position)
            letter = self.text[self.position]
            if match is not None:
                self.position = match.end()
            elif letter in "/\\":
                self.position += 1 if letter == "/" else 2
                self._until("/" if letter == "/" else self.text[self.position - 1])
                self._skip("IM")
            else:
                break
            self._skip(" \t")
            if self.text[self.position : self.position + 1] != ",":
                break
            self.position += 1
        self._skip(" \t!")

    def _until(self, delimiter: str) -> str:
        """The text up to a delimiter that is not escaped nor in brackets."""
        start, bracket = self.position, False
        while True:
            letter = self.text[self.position]
            if letter == "\\":
                self.position += 2
                continue
            if letter == "[" and not bracket:
                bracket = True
                if self.text[self.position + 1 : self.position + 2] in {"^", "]"}:
                    self.position += 1
                if self.text[self.position + 1 : self.position + 2] == "]":
                    self.position += 1
            elif letter == "]":
                bracket = False
            elif letter == delimiter and not bracket:
                self.position += 1
                return self.text[start : self.position - 1]
            self.position += 1

    def _plain_until(self, delimiter: str) -> None:
        while self.text[self.position] != delimiter:
            self.position += 2 if self.text[self.position] == "\\" else 1
        self.position += 1

    def _line(self) -> str:
        end = self.text.find("\n", self.position)
        end = len(self.text) if end < 0 else end
        found = self.text[self.position : end]
        self.position = end
        return found.strip()

    def _command(self) -> None:
        letter = self.text[self.position]
        self.position += 1
        if letter in _PLAIN or letter == "{":
            return
        if letter in _WITH_NUMBER:
            self._skip(" \t0123456789")
        elif letter in _TO_LABEL:
            self._label()
        elif letter == "#":
            self._line()
        elif letter in "aic":
            self._inserted()
        elif letter in "rRwW":
            self._file(self._line(), write=letter in "wW")
        elif letter == "e":
            self._execute(self._line())
        elif letter == "s":
            self._substitute()
        elif letter == "y":
            delimiter = self.text[self.position]
            self.position += 1
            self._plain_until(delimiter)
            self._plain_until(delimiter)
        else:
            raise _NotReadError

    def _label(self) -> None:
        while self.position < len(self.text) and self.text[self.position] not in ";\n}":
            self.position += 1

    def _inserted(self) -> None:
        while self.position < len(self.text) and self.text[self.position] != "\n":
            self.position += 2 if self.text[self.position] == "\\" else 1

    def _substitute(self) -> None:
        delimiter = self.text[self.position]
        self.position += 1
        self._until(delimiter)
        self._plain_until(delimiter)
        while self.position < len(self.text):
            flag = self.text[self.position]
            if flag == "w":
                self.position += 1
                self._file(self._line(), write=True)
                return
            if flag == "e":
                self.scope.opaque("lines of the input, executed", at=self.at, authorship="unknown")
            elif flag == "\0" or flag not in "gpiImM0123456789":
                if flag in " \t\n;}":
                    return
                raise _NotReadError
            self.position += 1

    def _file(self, name: str, *, write: bool) -> None:
        if name in _STANDARD:
            return
        if not name:
            raise _NotReadError
        path = resolve(Word((name.replace("\0", "*"),)), self.scope.cwd or self.scope.surroundings.cwd, self.scope)
        if write:
            emit_write(path, self.scope, at=self.at)
            if "*" not in path and self.scope.place.here:
                self.scope.overlay.unknown(path, "session")
        else:
            emit_read(path, self.scope, at=self.at)

    def _execute(self, command: str) -> None:
        shell = self.scope.languages.get("shell")
        if not command or "\0" in command or shell is None:
            self.scope.opaque(command.replace("\0", "*") or "lines of the input, executed", at=self.at)
            return
        shell(
            Word((command,), *self.at, quoted=True),
            replace(self.scope, base=None, frame=self.scope.evidence(self.at)),
            (),
        )
