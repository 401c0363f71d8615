"""just's expressions: texts, variables, joins, conditions, backticks and functions, evaluated as far as they are known."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.core.inner import Inner
from jackline.lower.manifests.justfile.syntax import tokens, unquoted
from jackline.lower.manifests.parts import joined, known
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.manifests.justfile.module import Module
    from jackline.lower.manifests.justfile.syntax import Token
    from jackline.lower.manifests.parts import Parts

MAX_DEPTH: Final = 24
MAX_PARTS: Final = 256
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "\n": ""}
_END: Final = ("", "")


def hole(module: Module, what: str) -> Hole:
    """A piece that is not known; what it may be is up to whoever wrote the justfile."""
    return Hole("{{" + what.strip()[:60] + "}}", "trusted", authorship=module.shared.host.authorship)


def variable(module: Module, name: str, local: dict[str, Parts]) -> Parts:
    """A parameter's or a variable's value; the command line's counts first."""
    for table in (local, module.given):
        if name in table:
            return table[name]
    if name not in module.values:
        module.values[name] = (hole(module, name),)
        if name in module.variables:
            module.values[name] = value(module, module.variables[name], {})
    return module.values[name]


def value(module: Module, text: str, local: dict[str, Parts]) -> Parts:
    """An expression's value."""
    shared = module.shared
    shared.host.step()
    shared.depth += 1
    try:
        if shared.depth > MAX_DEPTH:
            return (hole(module, text),)
        read = tokens(text)
        found = _Reader(module, read, local).all() if read is not None else None
        return found if found is not None and len(found) <= MAX_PARTS else (hole(module, text),)
    finally:
        shared.depth -= 1


def interpolated(module: Module, line: str, local: dict[str, Parts]) -> Parts:
    """A line with the values of its `{{ … }}`."""
    parts: list[str | Hole] = []
    position = 0
    while True:
        start = line.find("{{", position)
        if start < 0:
            parts.append(line[position:])
            break
        parts.append(line[position:start])
        if line.startswith("{{{{", start):
            parts.append("{{")
            position = start + 4
            continue
        end = line.find("}}", start)
        if end < 0:
            module.shared.unknown = True
            break
        parts.extend(value(module, line[start + 2 : end], local))
        position = end + 2
    return joined(parts)


def evaluated(module: Module) -> dict[str, Parts]:
    """Evaluate all assignments, as just does before it runs anything; those that recipes get in their environment."""
    values = {name: variable(module, name, {}) for name in module.variables}
    for below in module.modules.values():
        evaluated(below)
    return {name: found for name, found in values.items() if name in module.exported or "export" in module.settings}


def _shell(module: Module, code: Parts) -> str | None:
    """A command's output. Backticks run where the module's recipes do."""
    where = module.directory
    return module.shared.host.shell(code if where == module.shared.directory else joined((f"cd '{where}' && ", *code)))


class _Reader(Inner):
    """Reads tokens from the left. None: it is not followed."""

    module: Module
    tokens: list[Token]
    local: dict[str, Parts]
    position: int = 0

    def all(self) -> Parts | None:
        found = self.either()
        return found if self.position >= len(self.tokens) else None

    def _next(self) -> Token:
        token = self.tokens[self.position] if self.position < len(self.tokens) else _END
        self.position += 1
        return token

    def _sees(self, *signs: str) -> str:
        token = self.tokens[self.position] if self.position < len(self.tokens) else _END
        return token[1] if token[0] == "sign" and token[1] in signs else ""

    def either(self) -> Parts | None:
        """`a || b`: the first that is not empty; `a && b`: the second, if the first is not empty."""
        left = self.joined()
        while left is not None and (sign := self._sees("||", "&&")):
            self.position += 1
            right = self.joined()
            text = known(left)
            if right is None or text is None:
                return None
            left = (left if text else right) if sign == "||" else (right if text else ())
        return left

    def joined(self) -> Parts | None:
        left = self.one()
        while left is not None and (sign := self._sees("+", "/")):
            self.position += 1
            right = self.one()
            if right is None:
                return None
            left = joined((*left, *(("/",) if sign == "/" else ()), *right))
        return left

    def one(self) -> Parts | None:
        kind, text = self._next()
        if kind == "raw":
            return (unquoted(text),)
        if kind == "cooked":
            return (re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), unquoted(text), flags=re.DOTALL),)
        if kind == "tick":
            output = _shell(self.module, interpolated(self.module, unquoted(text), self.local))
            return (output.rstrip("\n"),) if output is not None else (hole(self.module, text),)
        if kind == "name":
            return self._named(text)
        if text == "/":
            below = self.one()
            return joined(("/", *below)) if below is not None else None
        if text == "(":
            inner = self.either()
            return inner if self._next()[1] == ")" else None
        return None

    def _named(self, text: str) -> Parts | None:
        if text == "if":
            return self._if()
        return self._call(text) if self._sees("(") else variable(self.module, text, self.local)

    def _if(self) -> Parts | None:
        left, (_, sign), right = self.joined(), self._next(), self.joined()
        if self._next()[1] != "{":
            return None
        then = self.either()
        if self._next()[1] != "}" or self._next()[1] != "else":
            return None
        if self._sees("{"):
            self.position += 1
            otherwise = self.either()
            self.position += 1
        else:
            otherwise = self.one()
        if left is None or right is None or known(left) is None or known(right) is None or sign not in {"==", "!="}:
            return None
        return then if (known(left) == known(right)) is (sign == "==") else otherwise

    def _call(self, name: str) -> Parts | None:
        self.position += 1
        arguments: list[Parts] = []
        while not self._sees(")"):
            given = self.either()
            if given is None or self.position > len(self.tokens):
                return None
            arguments.append(given)
            if self._sees(","):
                self.position += 1
            elif not self._sees(")"):
                return None
        self.position += 1
        return self._function(name, arguments)

    def _function(self, name: str, arguments: list[Parts]) -> Parts:
        texts = [text for argument in arguments if (text := known(argument)) is not None]
        module, host = self.module, self.module.shared.host
        whole = len(texts) == len(arguments)
        if name in {"env_var", "env", "env_var_or_default"} and texts:
            found = host.variable(texts[0])
            return found if found is not None else (hole(module, f"env {texts[0]}"),)
        if name in _DIRECTORIES and not arguments:
            return (_DIRECTORIES[name](module),)
        if name == "shell" and texts:
            output = _shell(module, (texts[0],)) if len(arguments) == 1 else None
            return (output.rstrip("\n"),) if output is not None else (hole(module, f"shell {texts[0]}"),)
        arity, function = _FUNCTIONS.get(name, (-1, _nothing))
        if whole and (len(texts) == arity or (arity == _ANY and texts)):
            return (function(*texts),)
        return (hole(module, name),)


def _nothing(*_texts: str) -> str:
    return ""


_ANY: Final = 99
_DIRECTORIES: Final[dict[str, Callable[[Module], str]]] = {
    "justfile_directory": lambda module: module.shared.directory, "invocation_directory": lambda module: module.shared.invoked,
    "source_directory": lambda module: module.directory, "module_directory": lambda module: module.directory,
}  # fmt: skip
_FUNCTIONS: Final[dict[str, tuple[int, Callable[..., str]]]] = {
    "uppercase": (1, str.upper), "lowercase": (1, str.lower), "trim": (1, str.strip),
    "trim_end": (1, str.rstrip), "trim_start": (1, str.lstrip),
    "trim_start_match": (2, str.removeprefix), "trim_end_match": (2, str.removesuffix),
    "replace": (3, lambda text, old, new: text.replace(old, new) if old else text),
    "quote": (1, lambda text: "'" + text.replace("'", "'\\''") + "'"),
    "file_name": (1, posixpath.basename), "parent_directory": (1, posixpath.dirname),
    "file_stem": (1, lambda path: posixpath.splitext(posixpath.basename(path))[0]),
    "without_extension": (1, lambda path: posixpath.splitext(path)[0]),
    "clean": (1, posixpath.normpath), "join": (_ANY, posixpath.join),
    "append": (2, lambda end, text: " ".join(word + end for word in text.split())),
    "prepend": (2, lambda start, text: " ".join(start + word for word in text.split())),
}  # fmt: skip
"""Name → how many texts it takes (`_ANY`: one or more), and what it makes of them."""
