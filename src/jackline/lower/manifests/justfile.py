"""just's language (just manual): recipes with parameters and dependencies, settings, assignments, expressions, imports.

What is not followed (modules, conditions on what is not known, functions that are not here) is a hole or sets `unknown`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import FrozenInner, Inner
from jackline.lower.manifests.parts import joined, known
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jackline.lower.manifests.parts import Host, Parts

MAX_RECIPES: Final = 1000
MAX_DEPTH: Final = 24
MAX_RUNS: Final = 200
MAX_PARTS: Final = 256
_SETTING: Final = re.compile(r"set\s+([\w-]+)\s*(?::=\s*(.*))?$")
_ASSIGNMENT: Final = re.compile(r"(?:export\s+|eager\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.*)$", re.DOTALL)
_ALIAS: Final = re.compile(r"alias\s+([\w-]+)\s*:=\s*([\w:-]+)")
_IMPORT: Final = re.compile(r"import(\??)\s+(?:'([^']*)'|\"([^\"]*)\")")
_HEADER: Final = re.compile(r"(@?)([A-Za-z_][\w-]*)(.*)$", re.DOTALL)
_PARAMETER: Final = re.compile(r"\s*([+*$]{0,2})([A-Za-z_][\w-]*)\s*(=?)")
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<raw>\'\'\'.*?\'\'\'|\'[^\']*\')|(?P<cooked>""".*?"""|"(?:\\.|[^"\\])*")|(?P<tick>```.*?```|`[^`]*`)'
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>==|!=|=~|!~|&&|\|\||[-+/(){},:?]))",
    re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "\n": ""}


class Parameter(FrozenInner, frozen=True):
    """`many`: it takes all words that are left. `default` is an expression, None where there is none."""

    name: str
    default: str | None = None
    many: bool = False
    exported: bool = False


class Recipe(FrozenInner, frozen=True):
    """One recipe. `needs` and `after` are recipes with their arguments, each an expression."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    after: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


class Run(FrozenInner, frozen=True):
    """One run of a program on code: a line by the shell (`interpreter` empty), or a whole script with its `#!` line."""

    code: Parts
    script: bool = False
    arguments: tuple[Parts, ...] = ()
    exported: tuple[tuple[str, Parts], ...] = ()
    directory: str = ""


class Justfile(Inner):
    """A justfile that was read."""

    host: Host
    given: dict[str, Parts] = field(default_factory=dict)
    directory: str = "."
    invoked: str = "."
    settings: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    unknown: bool = False
    _values: dict[str, Parts] = field(default_factory=dict)
    _ran: set[tuple[str, tuple[Parts, ...]]] = field(default_factory=set)
    _depth: int = 0

    def read(self, text: str) -> None:
        """Read a text; what an importing file says counts before what it imports."""
        self._depth += 1
        lines = text.split("\n")
        position, attributes = 0, []
        while position < len(lines):
            self.host.step()
            line = lines[position]
            position += 1
            if not line.strip() or line.lstrip().startswith("#") or line[0] in " \t":
                continue
            while line.endswith("\\") and position < len(lines):
                line = line[:-1] + " " + lines[position].strip()
                position += 1
            while not _balanced(line) and position < len(lines) and len(line) < 20_000:  # noqa: PLR2004 - one expression
                line += "\n" + lines[position]
                position += 1
            if line.startswith("["):
                attributes.append(line.strip())
                continue
            if not self._statement(line):
                end = position
                while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t"):
                    end += 1
                self._recipe(line, lines[position:end], attributes)
                position = end
            attributes = []
        self._depth -= 1

    def _statement(self, line: str) -> bool:
        """Settings, aliases, imports and assignments; False for what must be a recipe."""
        setting, alias, imported, assignment = (shape.match(line) for shape in (_SETTING, _ALIAS, _IMPORT, _ASSIGNMENT))
        if setting is not None:
            self.settings.setdefault(setting[1], (setting[2] or "true").strip())
        elif alias is not None:
            self.aliases.setdefault(alias[1], alias[2])
        elif imported is not None:
            self._import(imported[2] or imported[3] or "")
        elif assignment is not None:
            self.variables.setdefault(assignment[1], assignment[2])
            if line.startswith("export"):
                self.exported.add(assignment[1])
        else:  # `just module::recipe` finds no recipe here, and so is not followed
            return line.startswith(("mod ", "mod? ", "unexport "))
        return True

    def _import(self, name: str) -> None:
        texts = self.host.include(name) if self._depth <= 8 else None  # noqa: PLR2004 - imports in imports
        if texts is None or len(texts) > 1:
            self.unknown = True
        for text in texts or ():
            self.read(text)

    def _recipe(self, line: str, body: list[str], attributes: list[str]) -> None:
        header = _HEADER.match(line)
        if header is None or len(self.recipes) > MAX_RECIPES:
            self.unknown = True
            return
        colon = _outside(header[3], ":")
        if colon < 0:
            self.unknown = True
            return
        parameters = _parameters(header[3][:colon])
        before, _, after = _without_comment(header[3][colon + 1 :]).partition("&&")
        needs, subsequent = _dependencies(before), _dependencies(after)
        if parameters is None or needs is None or subsequent is None:
            self.unknown = True
            return
        recipe = Recipe(header[2], parameters, needs, subsequent, tuple(_dedented(body)), tuple(attributes))
        self.recipes.setdefault(recipe.name, recipe)

    # Running.

    def runs(self, words: Sequence[Parts]) -> Iterator[Run]:
        """What `just WORDS` runs: recipes, each with as many of the words behind it as it takes."""
        rest = list(words)
        if not rest:
            first = "default" if "default" in self.recipes else next(iter(self.recipes), "")
            rest = [(first,)] if first else []
        while rest:
            name = known(rest.pop(0))
            recipe = self.recipes.get(self.aliases.get(name or "", name or ""))
            if recipe is None:
                self.unknown = True
                return
            many = any(parameter.many for parameter in recipe.parameters)
            taken = len(rest) if many else min(len(rest), len(recipe.parameters))
            arguments, rest = tuple(rest[:taken]), rest[taken:]
            yield from self._run(recipe, arguments, 0)

    def _run(self, recipe: Recipe, arguments: tuple[Parts, ...], depth: int) -> Iterator[Run]:
        self.host.step()
        if (recipe.name, arguments) in self._ran:
            return
        self._ran.add((recipe.name, arguments))
        if depth > MAX_DEPTH or len(self._ran) > MAX_RUNS:
            self.unknown = True
            return
        local = self._bind(recipe, arguments)
        yield from self._dependencies(recipe.needs, local, depth)
        yield from self._body(recipe, arguments, local)
        yield from self._dependencies(recipe.after, local, depth)

    def _dependencies(self, needs: tuple[tuple[str, ...], ...], local: dict[str, Parts], depth: int) -> Iterator[Run]:
        for name, *expressions in needs:
            found = self.recipes.get(self.aliases.get(name, name))
            if found is None:
                self.unknown = True
                continue
            values = tuple(self.value(expression, local) for expression in expressions)
            yield from self._run(found, values, depth + 1)

    def _bind(self, recipe: Recipe, arguments: tuple[Parts, ...]) -> dict[str, Parts]:
        local: dict[str, Parts] = {}
        for index, parameter in enumerate(recipe.parameters):
            if parameter.many and index < len(arguments):
                spaced = [part for value in arguments[index:] for part in (" ", *value)]
                local[parameter.name] = joined(spaced[1:])
            elif index < len(arguments):
                local[parameter.name] = arguments[index]
            elif parameter.default is not None:
                local[parameter.name] = self.value(parameter.default, local)
            else:
                local[parameter.name] = ()
        return local

    def _body(self, recipe: Recipe, arguments: tuple[Parts, ...], local: dict[str, Parts]) -> Iterator[Run]:
        names = [parameter.name for parameter in recipe.parameters if parameter.exported or "export" in self.settings]
        exported = tuple((name, local[name]) for name in names)
        positional = (
            arguments
            if "positional-arguments" in self.settings or "positional-arguments" in str(recipe.attributes)
            else ()
        )
        directory = next((found[1] for one in recipe.attributes if (found := _DIRECTORY.search(one))), "")
        if "no-cd" in str(recipe.attributes):
            directory = "."
        lines = [line for line in recipe.lines if line.strip()]
        script = bool(lines) and lines[0].startswith("#!")
        if script or "script" in str(recipe.attributes):
            yield Run(self.interpolated("\n".join(recipe.lines), local), True, positional, exported, directory)
            self.unknown |= not script
            return
        for line in _logical(lines):
            code = self.interpolated(line, local)
            if code and isinstance(code[0], str):
                code = joined((code[0].lstrip("@-"), *code[1:]))
            if known(code) is None or (known(code) or "").strip():
                yield Run(code, False, positional, exported, directory)

    def interpolated(self, line: str, local: dict[str, Parts]) -> Parts:
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
                self.unknown = True
                break
            parts.extend(self.value(line[start + 2 : end], local))
            position = end + 2
        return joined(parts)

    # Expressions.

    def hole(self, what: str) -> Hole:
        """A piece that is not known."""
        return Hole("{{" + what.strip()[:60] + "}}", "trusted", authorship=self.host.authorship)

    def variable(self, name: str, local: dict[str, Parts]) -> Parts:
        """A parameter's or a variable's value; the command line's counts first."""
        if name in local:
            return local[name]
        if name in self.given:
            return self.given[name]
        if name not in self._values:
            expression = self.variables.get(name)
            self._values[name] = (self.hole(name),)
            if expression is not None:
                self._values[name] = self.value(expression, {})
        return self._values[name]

    def value(self, text: str, local: dict[str, Parts]) -> Parts:
        """An expression's value."""
        self.host.step()
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                return (self.hole(text),)
            tokens = _tokens(text)
            found = _Expression(self, tokens, local).all() if tokens is not None else None
            return found if found is not None and len(found) <= MAX_PARTS else (self.hole(text),)
        finally:
            self._depth -= 1

    def evaluated(self) -> dict[str, Parts]:
        """Evaluate all assignments, as just does before it runs anything; those that the recipes get in their environment."""
        values = {name: self.variable(name, {}) for name in self.variables}
        return {name: value for name, value in values.items() if name in self.exported or "export" in self.settings}


_DIRECTORY: Final = re.compile(r"working-directory\s*[:(]\s*['\"]([^'\"]*)")


def _outside(text: str, sign: str) -> int:
    """Where a sign stands in no quotes and no parentheses; -1 where it does not."""
    depth, quote = 0, ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character == sign and depth == 0:
            return index
        depth += (character in "({[") - (character in ")}]") if not quote else 0
    return -1


def _without_comment(text: str) -> str:
    position = _outside(text, "#")
    return text if position < 0 else text[:position]


def _balanced(line: str) -> bool:
    """Whether a statement's parentheses and triple quotes are closed, so that it ends with its line."""
    return line.count("'''") % 2 == 0 and line.count('"""') % 2 == 0 and line.count("```") % 2 == 0 and (
        ":=" not in line or (line.count("(") <= line.count(")") and line.count("{") <= line.count("}"))
    )  # fmt: skip


def _parameters(text: str) -> tuple[Parameter, ...] | None:
    found: list[Parameter] = []
    position = 0
    while text[position:].strip():
        match = _PARAMETER.match(text, position)
        if match is None:
            return None
        position = match.end()
        default = None
        if match[3]:
            end = _value_end(text, position)
            default = text[position:end].strip()
            position = end
        found.append(Parameter(match[2], default, many=bool(set("+*") & set(match[1])), exported="$" in match[1]))
        if found[-1].many and default is None and "*" in match[1]:
            found[-1] = Parameter(match[2], "''", many=True, exported=found[-1].exported)
    return tuple(found)


def _value_end(text: str, start: int) -> int:
    """Where a default value ends: one token, or a parenthesis."""
    token = _TOKEN.match(text, start)
    if token is None:
        return len(text)
    if token["sign"] != "(":
        return token.end()
    depth = 0
    for index in range(token.end() - 1, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index + 1
    return len(text)


def _expression_end(text: str, start: int) -> int:
    """Where an expression ends: values and calls joined by `+` or `/`."""
    end = _value_end(text, start)
    while True:
        if text.startswith("(", end):
            end = _value_end(text, end)
        sign = re.match(r"\s*[+/]", text[end:])
        if sign is None or end >= len(text):
            return end
        end = _value_end(text, end + sign.end())


def _dependencies(text: str) -> tuple[tuple[str, ...], ...] | None:
    found: list[tuple[str, ...]] = []
    rest = text.strip()
    while rest:
        if rest.startswith("("):
            end = _value_end(rest, 0)
            inside = rest[1 : end - 1].strip()
            name = re.match(r"[\w:-]+", inside)
            if name is None:
                return None
            arguments, position = [], name.end()
            while inside[position:].strip():
                stop = _expression_end(inside, position)
                arguments.append(inside[position:stop])
                position = stop
            found.append((name[0], *arguments))
        else:
            name = re.match(r"[\w:-]+", rest)
            if name is None:
                return None
            end = name.end()
            found.append((name[0],))
        rest = rest[end:].strip()
    return tuple(found)


def _dedented(body: list[str]) -> list[str]:
    """A recipe's lines without what all of them begin with."""
    filled = [line for line in body if line.strip()]
    if not filled:
        return []
    margin = min(len(line) - len(line.lstrip(" \t")) for line in filled)
    last = max(index for index, line in enumerate(body) if line.strip())
    return [line[margin:] for line in body[: last + 1]]


def _logical(lines: list[str]) -> Iterator[str]:
    waiting = ""
    for line in lines:
        if line.endswith("\\"):
            waiting += line[:-1]
            continue
        yield (waiting + line.strip()) if waiting else line
        waiting = ""
    if waiting:
        yield waiting


def _tokens(text: str) -> list[tuple[str, str]] | None:
    found: list[tuple[str, str]] = []
    position, text = 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return found if text[position:].lstrip().startswith("#") else None
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        position = match.end()
    return found


def _unquoted(text: str) -> str:
    for marks in ("'''", '"""', "```"):
        if text.startswith(marks):
            return text[3:-3].removeprefix("\n")
    return text[1:-1]


class _Expression(Inner):
    """Reads tokens from the left: values joined by `+` and `/`, conditionals, calls. None: it is not followed."""

    file: Justfile
    tokens: list[tuple[str, str]]
    local: dict[str, Parts]
    position: int = 0

    def all(self) -> Parts | None:
        found = self.joined()
        return found if self.position >= len(self.tokens) else None

    def _next(self) -> tuple[str, str]:
        token = self.tokens[self.position] if self.position < len(self.tokens) else ("", "")
        self.position += 1
        return token

    def _sees(self, *signs: str) -> str:
        token = self.tokens[self.position] if self.position < len(self.tokens) else ("", "")
        return token[1] if token[0] == "sign" and token[1] in signs else ""

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
            return (_unquoted(text),)
        if kind == "cooked":
            return (re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), _unquoted(text), flags=re.DOTALL),)
        if kind == "tick":
            output = self.file.host.shell(self.file.interpolated(_unquoted(text), self.local))
            return (output.rstrip("\n"),) if output is not None else (self.file.hole(text),)
        if kind == "name":
            return (
                self._if()
                if text == "if"
                else self._call(text)
                if self._sees("(")
                else self.file.variable(text, self.local)
            )
        if text == "(":
            inner = self.joined()
            return inner if self._next()[1] == ")" else None
        return None

    def _if(self) -> Parts | None:
        left, (_, sign), right = self.joined(), self._next(), self.joined()
        if self._next()[1] != "{":
            return None
        then = self.joined()
        if self._next()[1] != "}" or self._next()[1] != "else":
            return None
        if self._sees("{"):
            self.position += 1
            otherwise = self.joined()
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
            value = self.joined()
            if value is None or self.position > len(self.tokens):
                return None
            arguments.append(value)
            if self._sees(","):
                self.position += 1
            elif not self._sees(")"):
                return None
        self.position += 1
        return self._function(name, arguments)

    def _function(self, name: str, arguments: list[Parts]) -> Parts | None:
        texts = [known(argument) for argument in arguments]
        first = texts[0] if texts else None
        if name in {"env_var", "env", "env_var_or_default"} and first is not None:
            value = self.file.host.variable(first)
            return value if value is not None else (self.file.hole(f"env {first}"),)
        if name in {"justfile_directory", "source_directory", "invocation_directory"}:
            return (self.file.invoked if name.startswith("invocation") else self.file.directory,)
        if name == "shell" and first is not None:
            output = self.file.host.shell((first,)) if len(arguments) == 1 else None
            return (output.rstrip("\n"),) if output is not None else (self.file.hole(f"shell {first}"),)
        if name in _TEXT and first is not None:
            return (_TEXT[name](first),)
        if name == "quote" and first is not None:
            return ("'" + first.replace("'", "'\\''") + "'",)
        return (self.file.hole(name),)


_TEXT: Final[dict[str, Callable[[str], str]]] = {
    "uppercase": str.upper, "lowercase": str.lower, "trim": str.strip, "trim_end": str.rstrip, "trim_start": str.lstrip,
}  # fmt: skip
