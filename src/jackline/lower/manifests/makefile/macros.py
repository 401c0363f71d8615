"""make's macros: references to variables and calls of functions in a text, expanded as far as they are known.

A function whose arguments are not all known is a hole; so is a variable that neither the Makefile nor the host knows.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import FrozenInner, Inner
from jackline.lower.manifests.makefile.functions import TEXT_FUNCTIONS, replace_words
from jackline.lower.manifests.parts import joined, known
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jackline.lower.manifests.parts import Host, Parts

MAX_DEPTH: Final = 30
MAX_EXPANSION: Final = 64 * 1024
MAX_PARTS: Final = 256
_CALL: Final = re.compile(r"\s*([a-z-]+)[ \t]+(.*)", re.DOTALL)
_SUBSTITUTION: Final = re.compile(r"([^:]+):([^=]*)=(.*)", re.DOTALL)
_FILE: Final = re.compile(r"\s*(>>|>|<)\s*(\S+)\s*")
_CLOSE: Final = {"(": ")", "{": "}"}
_LAZY: Final = frozenset({"if", "or", "and", "foreach", "call", "eval", "shell", "value", "origin", "flavor", "file",
                          "wildcard", "info", "warning", "error", "let", "guile", "realpath"})  # fmt: skip
_BUILT_IN: Final = {"SHELL": "/bin/sh", "RM": "rm -f", "CC": "cc", "CXX": "g++", "AR": "ar", "MAKE": "make", "LD": "ld",
                    "AS": "as", "CPP": "cc -E", "FC": "f77", "LEX": "lex", "YACC": "yacc", "ARFLAGS": "-rv"}  # fmt: skip
"""Variables that make itself defines (manual, 10.3)."""


class Variable(FrozenInner, frozen=True):
    """`simple` ones are expanded already."""

    parts: Parts
    simple: bool = False


class Macros(Inner):
    """The variables, and how a text with references to them reads."""

    host: Host
    given: dict[str, Parts] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    automatic: dict[str, Parts] = field(default_factory=dict)
    arguments: list[dict[str, Parts]] = field(default_factory=list)
    evaluate: Callable[[str], None] | None = None
    unknown: bool = False
    """Set where something was met that is not followed."""
    depth: int = 0

    def expand(self, text: str) -> Parts:
        """The text with its references replaced."""
        self.host.step()
        if "$" not in text:
            return (text,) if text else ()
        if self.depth >= MAX_DEPTH:
            self.unknown = True
            return (self.hole(text),)
        self.depth += 1
        parts: list[str | Hole] = []
        position = 0
        while True:
            dollar = text.find("$", position)
            if dollar < 0 or dollar + 1 >= len(text):
                parts.append(text[position:])
                break
            parts.append(text[position:dollar])
            position = self._reference(text, dollar + 1, parts)
        self.depth -= 1
        return self._bounded(tuple(parts))

    def text(self, text: str) -> str | None:
        """The expansion, where all of it is known."""
        return known(self.expand(text))

    def hole(self, what: str) -> Hole:
        """A piece that is not known; what it may be is up to whoever wrote the Makefile."""
        return Hole(
            f"$({what[:60]})" if not what.startswith("$") else what[:60], "trusted", authorship=self.host.authorship
        )

    def _bounded(self, parts: Parts) -> Parts:
        if len(parts) > MAX_PARTS or sum(len(part) for part in parts if isinstance(part, str)) > MAX_EXPANSION:
            self.unknown = True
            return (self.hole("a long text"),)
        return joined(parts)

    def _reference(self, text: str, position: int, parts: list[str | Hole]) -> int:
        """Expand the reference behind a `$`; where the text goes on."""
        opening = text[position]
        if opening == "$":
            parts.append("$")
            return position + 1
        if opening not in _CLOSE:
            parts.extend(self.value(opening))
            return position + 1
        end = matching(text, position)
        if end < 0:
            parts.append(self.hole(text[position + 1 :]))
            return len(text)
        parts.extend(self._inside(text[position + 1 : end]))
        return end + 1

    def _inside(self, inner: str) -> Parts:
        called = _CALL.fullmatch(inner)
        if called is not None and (called[1] in TEXT_FUNCTIONS or called[1] in _LAZY):
            return self._function(called[1], split_arguments(called[2]))
        name = known(self.expand(inner))
        if name is None:
            return (self.hole(inner),)
        substitution = _SUBSTITUTION.fullmatch(name)
        if substitution is not None and name not in self.variables:
            value = known(self.value(substitution[1].strip()))
            if value is None:
                return (self.hole(inner),)
            old, new = substitution[2], substitution[3]
            if "%" not in old:
                old, new = f"%{old}", f"%{new}"
            return (replace_words(old, new, value),)
        return self.value(name)

    def value(self, name: str) -> Parts:
        """A variable's value, expanded."""
        for arguments in (self.automatic, *self.arguments[-1:]):
            if name in arguments:
                return arguments[name]
        if name in self.given:
            return self.given[name]
        found = self.variables.get(name)
        if found is not None:
            return self._expanded(found)
        part = self._part_of_automatic(name)
        if part is not None:
            return part
        from_world = self.host.variable(name)
        if from_world is not None:
            return from_world
        if name in _BUILT_IN:
            return (_BUILT_IN[name],)
        return () if name.isupper() and name.endswith("FLAGS") else (self.hole(name),)

    def _expanded(self, found: Variable) -> Parts:
        if found.simple:
            return found.parts
        parts: list[str | Hole] = []
        for part in found.parts:
            parts.extend(self.expand(part) if isinstance(part, str) else (part,))
        return joined(tuple(parts))

    def _part_of_automatic(self, name: str) -> Parts | None:
        """`$(@D)` and `$(@F)`: the directory or the file name in an automatic variable."""
        if len(name) != 2 or name[1] not in "DF" or name[0] not in self.automatic:  # noqa: PLR2004 - two characters
            return None
        value = known(self.automatic[name[0]])
        if value is None:
            return (self.hole(name),)
        split = [posixpath.split(path) for path in value.split()]
        return (" ".join(file if name[1] == "F" else directory or "." for directory, file in split),)

    # Functions.

    def _function(self, name: str, arguments: list[str]) -> Parts:
        if name in _LAZY:
            return _LAZY_FUNCTIONS[name](self, arguments)
        arity, function = TEXT_FUNCTIONS[name]
        if len(arguments) > arity:
            arguments = [*arguments[: arity - 1], ",".join(arguments[arity - 1 :])]
        values = [known(self.expand(argument)) for argument in arguments]
        if len(values) < arity or any(value is None for value in values):
            return (self.hole(f"{name} {','.join(arguments)}"),)
        return (function(*(value or "" for value in values)),)

    def _if(self, arguments: list[str]) -> Parts:
        condition = known(self.expand(arguments[0].strip()))
        if condition is None:
            return (self.hole(f"if {','.join(arguments)}"),)
        chosen = arguments[1:2] if condition else [",".join(arguments[2:])]
        return self.expand("".join(chosen))

    def _or(self, arguments: list[str]) -> Parts:
        for argument in arguments:
            value = self.expand(argument.strip())
            if value:
                return value
        return ()

    def _and(self, arguments: list[str]) -> Parts:
        value: Parts = ()
        for argument in arguments:
            value = self.expand(argument.strip())
            if not value:
                return ()
        return value

    def _foreach(self, arguments: list[str]) -> Parts:
        name, items = known(self.expand(arguments[0])), known(self.expand("".join(arguments[1:2])))
        if name is None or items is None:
            self.unknown = True
            return (self.hole(f"foreach {','.join(arguments)}"),)
        body = ",".join(arguments[2:])
        saved = self.variables.get(name.strip())
        parts: list[str | Hole] = []
        for index, item in enumerate(items.split()):
            self.variables[name.strip()] = Variable((item,), simple=True)
            parts += [*((" ",) if index else ()), *self.expand(body)]
        if saved is not None:
            self.variables[name.strip()] = saved
        else:
            self.variables.pop(name.strip(), None)
        return self._bounded(tuple(parts))

    def _call(self, arguments: list[str]) -> Parts:
        name = known(self.expand(arguments[0]))
        if name is None:
            self.unknown = True
            return (self.hole(f"call {','.join(arguments)}"),)
        values = {str(index): self.expand(argument) for index, argument in enumerate(arguments[1:], 1)}
        self.arguments.append({"0": (name.strip(),), **{str(index): () for index in range(1, 10)}, **values})
        try:
            return self.value(name.strip())
        finally:
            self.arguments.pop()

    def _eval(self, arguments: list[str]) -> Parts:
        text = known(self.expand(",".join(arguments)))
        if text is None or self.evaluate is None or self.depth > MAX_DEPTH // 2:
            self.unknown = True
        else:
            self.evaluate(text)
        return ()

    def _shell(self, arguments: list[str]) -> Parts:
        code = self.expand(",".join(arguments))
        output = self.host.shell(code)
        if output is None:
            return (self.hole(f"shell {','.join(arguments)}"),)
        return (output.rstrip("\n").replace("\n", " "),)

    def _wildcard(self, arguments: list[str]) -> Parts:
        patterns = known(self.expand(",".join(arguments)))
        found = [self.host.names(pattern) for pattern in patterns.split()] if patterns is not None else [None]
        if any(names is None for names in found):
            return (self.hole(f"wildcard {','.join(arguments)}"),)
        return (" ".join(name for names in found for name in names or ()),)

    def _value(self, arguments: list[str]) -> Parts:
        name = known(self.expand(",".join(arguments)))
        found = self.variables.get(name or "")
        return found.parts if found is not None else (self.hole(f"value {name}"),)

    def _said(self, arguments: list[str]) -> Parts:
        """`$(info …)` and `$(warning …)` only print; so does `$(error …)`, and nothing runs behind it."""
        self.expand(",".join(arguments))
        return ()

    def _file(self, arguments: list[str]) -> Parts:
        """`$(file >NAME,TEXT)`, `>>` and `<`: what the shell would do in other words (manual, 8.14)."""
        named = known(self.expand(arguments[0]))
        shape = _FILE.fullmatch(named) if named is not None else None
        text = known(self.expand(",".join(arguments[1:])))
        if shape is None or text is None:
            return self._not_followed(arguments)
        name = shlex.quote(shape[2])
        if shape[1] == "<":
            output = self.host.shell((f"cat {name}",))
            return (output.removesuffix("\n"),) if output is not None else (self.hole(f"file {named}"),)
        whole = f"{text}\n" if text and not text.endswith("\n") else text
        self.host.shell((f"printf %s {shlex.quote(whole)} {shape[1]} {name}",))
        return ()

    def _not_followed(self, arguments: list[str]) -> Parts:
        self.expand(",".join(arguments))
        self.unknown = True
        return (self.hole(",".join(arguments)),)

    def _not_known(self, arguments: list[str]) -> Parts:
        self.expand(",".join(arguments))
        return (self.hole(",".join(arguments)),)


_LAZY_FUNCTIONS: Final[Mapping[str, Callable[[Macros, list[str]], Parts]]] = {
    "if": Macros._if, "or": Macros._or, "and": Macros._and, "foreach": Macros._foreach, "call": Macros._call,  # noqa: SLF001 - the class's own table
    "eval": Macros._eval, "shell": Macros._shell, "wildcard": Macros._wildcard, "value": Macros._value,  # noqa: SLF001
    "info": Macros._said, "warning": Macros._said, "error": Macros._said, "origin": Macros._not_known,  # noqa: SLF001
    "flavor": Macros._not_known, "realpath": Macros._not_known, "file": Macros._file,  # noqa: SLF001
    "guile": Macros._not_followed, "let": Macros._not_followed,  # noqa: SLF001
}  # fmt: skip


def matching(text: str, position: int) -> int:
    """Where the parenthesis or brace at `position` is closed; -1 where it is not."""
    opening, closing, depth = text[position], _CLOSE[text[position]], 0
    for index in range(position, len(text)):
        if text[index] == opening:
            depth += 1
        elif text[index] == closing:
            depth -= 1
            if depth == 0:
                return index
    return -1


def split_arguments(text: str) -> list[str]:
    """A function's arguments: split at commas that are in no parentheses or braces."""
    found, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character in "({":
            depth += 1
        elif character in ")}":
            depth -= 1
        elif character == "," and depth == 0:
            found.append(text[start:index])
            start = index + 1
    return [*found, text[start:]]
