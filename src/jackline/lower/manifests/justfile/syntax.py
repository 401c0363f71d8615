"""The shapes of a justfile's text: parameters, dependencies, attributes, tokens. Text in, plain values out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from jackline.core.inner import FrozenInner

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_STATEMENT: Final = 20_000
"""Characters of one statement that goes on over lines."""
_PARAMETER: Final = re.compile(r"\s*([+*$]{0,2})([A-Za-z_][\w-]*)\s*(=?)")
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<raw>\'\'\'.*?\'\'\'|\'[^\']*\')|(?P<cooked>""".*?"""|"(?:\\.|[^"\\])*")|(?P<tick>```.*?```|`[^`]*`)'
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>==|!=|=~|!~|&&|\|\||[-+/(){},:?]))",
    re.DOTALL,
)
_NAME: Final = re.compile(r"[\w:-]+")
_ATTRIBUTE: Final = re.compile(r"\s*([a-z-]+)\s*(.*)", re.DOTALL)
_TEXT: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")

Dependency: TypeAlias = tuple[str, ...]
"""A recipe's name, and its arguments as expressions."""
Token: TypeAlias = tuple[str, str]
"""A kind (`raw`, `cooked`, `tick`, `name`, `sign`) and the text."""


class Parameter(FrozenInner, frozen=True):
    """`many`: it takes all words that are left. `default` is an expression, None where there is none."""

    name: str
    default: str | None = None
    many: bool = False
    exported: bool = False


class Recipe(FrozenInner, frozen=True):
    """One recipe. `needs` run before it and `after` behind it; attributes have their texts."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    needs: tuple[Dependency, ...] = ()
    after: tuple[Dependency, ...] = ()
    lines: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def attribute(self, name: str) -> tuple[str, ...] | None:
        """The texts that an attribute has; None where it is not there."""
        return next((texts for found, texts in self.attributes if found == name), None)


def statements(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each statement, with the indented lines below it."""
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if not line.strip() or line.lstrip().startswith("#") or line[0] in " \t":
            continue
        while line.endswith("\\") and position < len(lines):
            line = line[:-1] + " " + lines[position].strip()
            position += 1
        while not _closed(line) and position < len(lines) and len(line) < MAX_STATEMENT:
            line += "\n" + lines[position]
            position += 1
        end = position
        while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t"):
            end += 1
        yield line, lines[position:end]
        position = end


def _closed(line: str) -> bool:
    """Whether a statement's parentheses and triple quotes are closed, so that it ends with its line."""
    return line.count("'''") % 2 == 0 and line.count('"""') % 2 == 0 and line.count("```") % 2 == 0 and (
        ":=" not in line or (line.count("(") <= line.count(")") and line.count("{") <= line.count("}"))
    )  # fmt: skip


def attributes(line: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """`[private, group('x'), working-directory: 'd']`."""
    rest = line.strip().removeprefix("[").removesuffix("]")
    while rest:
        comma = _outside(rest, ",")
        one, rest = (rest[:comma], rest[comma + 1 :]) if comma >= 0 else (rest, "")
        found = _ATTRIBUTE.fullmatch(one)
        if found is not None:
            yield found[1], tuple(single or double for single, double in _TEXT.findall(found[2]))


def recipe(line: str, body: list[str], marked: tuple[tuple[str, tuple[str, ...]], ...]) -> Recipe | None:
    """A recipe from its first line; None where that is none."""
    header = re.match(r"@?([A-Za-z_][\w-]*)(.*)$", line, re.DOTALL)
    colon = _outside(header[2], ":") if header is not None else -1
    if header is None or colon < 0:
        return None
    taken = _parameters(header[2][:colon])
    before, _, after = _without_comment(header[2][colon + 1 :]).partition("&&")
    needs, subsequent = _dependencies(before), _dependencies(after)
    if taken is None or needs is None or subsequent is None:
        return None
    return Recipe(header[1], taken, needs, subsequent, tuple(_dedented(body)), marked)


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
        elif "*" in match[1]:
            default = "''"
        found.append(Parameter(match[2], default, many=bool(set("+*") & set(match[1])), exported="$" in match[1]))
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


def _dependencies(text: str) -> tuple[Dependency, ...] | None:
    found: list[Dependency] = []
    rest = text.strip()
    while rest:
        end = _value_end(rest, 0) if rest.startswith("(") else 0
        inside = rest[1 : end - 1].strip() if end else rest
        name = _NAME.match(inside)
        if name is None:
            return None
        found.append((name[0], *_arguments(inside[name.end() :])) if end else (name[0],))
        rest = rest[end or name.end() :].strip()
    return tuple(found)


def _arguments(text: str) -> Iterator[str]:
    position = 0
    while text[position:].strip():
        stop = _expression_end(text, position)
        yield text[position:stop]
        position = stop


def _dedented(body: list[str]) -> list[str]:
    """A recipe's lines without what all of them begin with."""
    filled = [line for line in body if line.strip()]
    if not filled:
        return []
    margin = min(len(line) - len(line.lstrip(" \t")) for line in filled)
    last = max(index for index, line in enumerate(body) if line.strip())
    return [line[margin:] for line in body[: last + 1]]


def logical(lines: list[str]) -> Iterator[str]:
    """Lines that a backslash holds together are one."""
    waiting = ""
    for line in lines:
        if line.endswith("\\"):
            waiting += line[:-1]
            continue
        yield (waiting + line.strip()) if waiting else line
        waiting = ""
    if waiting:
        yield waiting


def tokens(text: str) -> list[Token] | None:
    """An expression's tokens; None where one is none of the language's."""
    found: list[Token] = []
    position, text = 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return found if text[position:].lstrip().startswith("#") else None
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        position = match.end()
    return found


def unquoted(text: str) -> str:
    """A quoted text without its marks; where they are three, without the line end behind them."""
    for marks in ("'''", '"""', "```"):
        if text.startswith(marks):
            return text[3:-3].removeprefix("\n")
    return text[1:-1]
