"""`${…}`: the operators over values that are known (bash manual §3.5.3); what is not known stays a hole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.deferred import late_pattern
from jackline.lower.shell.ansi import printed
from jackline.lower.shell.pattern import ANY, change_case, compile_pattern, cut_prefix, cut_suffix, substitute
from jackline.lower.shell.state import text_of
from jackline.lower.shell.values import assign, evaluate_text, numeric, run_subscripts, scalar, variable
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.words import Origin
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.pattern import Token
    from jackline.lower.shell.state import Value
    from jackline.lower.shell.syntax import Parameter, WordNode

    Text = Callable[[Machine, WordNode], Value]
    Pattern = Callable[[Machine, WordNode], list[tuple[str, bool]] | None]

_NAME: Final = late_pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ELEMENT: Final = late_pattern(r"([A-Za-z_][A-Za-z0-9_]*)\[(.*)\]\Z", re.DOTALL)
_DEFAULTS: Final = frozenset({":-", "-", ":=", "=", ":?", "?", ":+", "+"})


class Expanded(NamedTuple):
    """The value; for `$@` and whole arrays the `fields`; for `${x:-WORD}` outside quotes the `word`, whose own quotes count."""

    value: Value
    origin: Origin = "user"
    fields: tuple[Value, ...] | None = None
    word: WordNode | None = None


def expand_parameter(machine: Machine, node: Parameter, text: Text, pattern: Pattern) -> Expanded:
    """The expansion of one `$…`."""
    if node.operator == "zsh":
        return _unknown(node)
    if node.indirect:
        return _indirect(machine, node, text, pattern)
    fields, origin = _fields(machine, node, text)
    if fields is not None:
        return _of_fields(machine, node, fields, origin, text, pattern)
    value, origin = _value(machine, node, text)
    if node.length:
        known = text_of(value) if value is not None else ""
        return Expanded((str(len(known)) if known is not None else numeric(f"${{#{node.name}}}"),), "trusted")
    if node.operator in _DEFAULTS:
        return _default(machine, node, value, origin, text)
    return Expanded(_operated(machine, node, value, text, pattern) if value is not None else (), origin)


def _unknown(node: Parameter) -> Expanded:
    hole = Hole(f"${{{node.name}{node.operator}…}}", "unknown")
    return Expanded((hole,), "unknown", (_EVERY,) if node.name == "@" and not node.quoted else None)


_EVERY: Final[tuple[Hole, ...]] = (Hole("$@", "unknown"),)
_ITSELF: Final[tuple[Hole, ...]] = (Hole("$0", "trusted", one_word=True),)


# ------------------------------------------------------------------------------------------------- what it names


def _fields(machine: Machine, node: Parameter, text: Text) -> tuple[tuple[Value, ...] | None, Origin]:
    """The fields of `$@`, `$*`, `${a[@]}`; None for a scalar."""
    index = text_of(text(machine, node.index)) if node.index is not None else None
    if node.name in {"@", "*"} and node.index is None:
        positional = machine.state.positional
        if positional is None:
            return (_EVERY,), "unknown"
        origin: Origin = "user"
        return tuple(word.parts for word in positional), origin
    if index not in {"@", "*"} or node.index is None:
        return None, "user"
    found = machine.state.variables.get(node.name)
    if found is None:
        value, origin = variable(machine, node.name)
        return ((value,) if value is not None else ()), origin
    if found.elements is None:
        value = scalar(machine, node.name, found)
        return ((value,) if value is not None else ()), found.origin
    return tuple(value for _, value in found.elements), found.origin


def _value(machine: Machine, node: Parameter, text: Text) -> tuple[Value | None, Origin]:
    name = node.name
    if name.isdigit():
        return _positional(machine, int(name))
    if name == "#":
        positional = machine.state.positional
        return (str(len(positional)) if positional is not None else numeric("$#"),), "trusted"
    if node.index is None:
        return variable(machine, name)
    return _element(machine, name, text(machine, node.index))


def _positional(machine: Machine, number: int) -> tuple[Value | None, Origin]:
    if number == 0:
        return _ITSELF, "trusted"
    positional = machine.state.positional
    if positional is None:
        return (Hole(f"${number}", "unknown"),), "unknown"
    if number > len(positional):
        return None, "user"
    return positional[number - 1].parts, positional[number - 1].origin


def _element(machine: Machine, name: str, index: Value) -> tuple[Value | None, Origin]:
    found = machine.state.variables.get(name)
    key = text_of(index)
    if found is None or key is None:
        return (Hole(f"${{{name}[…]}}", found.origin if found is not None else "unknown"),), "unknown"
    if not found.associative:
        number = evaluate_text(machine, key)
        if number is None:
            return (Hole(f"${{{name}[{key}]}}", found.origin),), found.origin
        keys = [int(k) for k, _ in found.elements or () if k.lstrip("-").isdigit()]
        key = str(number if number >= 0 or not keys else max(keys) + 1 + number)
    if found.elements is None:
        return (scalar(machine, name, found) if key == "0" else None), found.origin
    return next((value for k, value in found.elements if k == key), None), found.origin


def _indirect(machine: Machine, node: Parameter, text: Text, pattern: Pattern) -> Expanded:
    """`${!name}`, `${!prefix*}`, `${!array[@]}`."""
    if node.operator == "*" or (node.operator == "@" and node.first is not None and not node.first.parts):
        names = sorted(name for name in machine.state.variables if name.startswith(node.name))
        return Expanded((), "trusted", tuple((name,) for name in names))
    if node.index is not None and text_of(text(machine, node.index)) in {"@", "*"}:
        found = machine.state.variables.get(node.name)
        if found is None or found.elements is None:
            return Expanded((), "trusted", (("0",),))
        return Expanded((), "trusted", tuple((key,) for key, _ in found.elements))
    value, _ = _value(machine, node, text)
    target = text_of(value) if value is not None else None
    if target is None:
        return Expanded((Hole(f"${{!{node.name}}}", "unknown"),), "unknown")
    plain = node.__class__(
        target,
        node.quoted,
        node.operator,
        node.first,
        node.second,
        None,
        node.length,
        indirect=False,
        start=node.start,
        end=node.end,
    )
    if _NAME.match(target) or target.isdigit() or target in {"@", "*", "#"}:
        return expand_parameter(machine, plain, text, pattern)
    element = _ELEMENT.match(target)
    if element is None:
        return Expanded((), "user")
    if element[2] in {"@", "*"}:
        found = machine.state.variables.get(element[1])
        fields = (
            tuple(value for _, value in found.elements)
            if found is not None and found.elements is not None
            else (_EVERY,)
        )
        return Expanded((), "trusted", fields)
    run_subscripts(machine, target)
    value, origin = _element(machine, element[1], (element[2],))
    return Expanded(_operated(machine, plain, value or (), text, pattern), origin)


# ------------------------------------------------------------------------------------------------- operators


def _of_fields(
    machine: Machine, node: Parameter, fields: tuple[Value, ...], origin: Origin, text: Text, pattern: Pattern
) -> Expanded:
    if node.length:
        unknown = any(isinstance(part, Hole) for value in fields for part in value) and len(fields) == 1
        return Expanded((numeric("${#@}") if unknown else str(len(fields)),), "trusted")
    if node.operator in _DEFAULTS:
        if fields and node.operator in {":+", "+"}:
            return _argument(machine, node, text)
        if not fields and node.operator not in {":+", "+"}:
            return _default(machine, node, None, origin, text)
    elif node.operator == ":":
        fields = _slice(machine, node, fields, text)
    elif node.operator:
        fields = tuple(_operated(machine, node, value, text, pattern) for value in fields)
    starred = node.name == "*" or (node.index is not None and text_of(text(machine, node.index)) == "*")
    if starred and node.quoted:
        return Expanded(_starred(machine, fields), origin)
    return Expanded((), origin, fields)


def _starred(machine: Machine, fields: tuple[Value, ...]) -> Value:
    """`"$*"`: one word, with the first separator between."""
    ifs, _ = variable(machine, "IFS")
    separator = " " if ifs is None else (text_of(ifs) or "")[:1]
    found: list[str | Hole] = []
    for index, value in enumerate(fields):
        for part in (separator, *value) if index else value:
            if isinstance(part, str) and found and isinstance(found[-1], str):
                found[-1] += part
            else:
                found.append(part)
    return tuple(found)


def _slice(machine: Machine, node: Parameter, fields: tuple[Value, ...], text: Text) -> tuple[Value, ...]:
    if node.name in {"@", "*"}:
        fields = (_ITSELF, *fields)
    offset = _number(machine, node.first, text)
    length = _number(machine, node.second, text) if node.second is not None else len(fields)
    if offset is None or length is None:
        return (_EVERY,)
    offset = max(offset + len(fields), 0) if offset < 0 else offset
    return fields[offset : offset + max(length, 0)]


def _number(machine: Machine, node: WordNode | None, text: Text) -> int | None:
    known = text_of(text(machine, node)) if node is not None else "0"
    return evaluate_text(machine, known) if known is not None else None


def _default(machine: Machine, node: Parameter, value: Value | None, origin: Origin, text: Text) -> Expanded:
    """`:-` and its like. Where it is not known whether the variable is set, both ways are taken."""
    operator = node.operator
    missing = _is_missing(machine, node, value, colon=operator[0] == ":")
    if missing is None:
        index = machine.choose(("default", id(node)), 2)
        if index < 0:
            return Expanded((Hole(f"${{{node.name}{operator}…}}", "unknown"),), "unknown")
        missing = index == 1
    kind = operator[-1]
    if kind == "+":
        return Expanded((), origin) if missing else _argument(machine, node, text)
    if not missing:
        return Expanded(value or (), origin)
    if kind == "?":
        return Expanded((), origin)
    if kind == "=":
        given = text(machine, node.first) if node.first is not None else ()
        assign(machine, node.name, given)
        return Expanded(given, "user")
    return _argument(machine, node, text)


def _argument(machine: Machine, node: Parameter, text: Text) -> Expanded:
    if node.first is None or not node.quoted:
        return Expanded((), "user", None, node.first)
    return Expanded(text(machine, node.first), "user")


def _is_missing(machine: Machine, node: Parameter, value: Value | None, *, colon: bool) -> bool | None:
    if value is None:
        return True
    if all(isinstance(part, str) for part in value):
        return colon and not any(value)
    if any(isinstance(part, str) and part for part in value):
        return False
    if node.name in machine.state.variables and not colon:
        return False
    return False if any(isinstance(part, Hole) and part.numeric for part in value) else None


def _operated(machine: Machine, node: Parameter, value: Value, text: Text, pattern: Pattern) -> Value:
    """Apply a pattern, substring, replacement, case or `@` operator."""
    operator = node.operator
    if not operator or operator in _DEFAULTS:
        return value
    known = text_of(value) if value else ""
    if operator == ":":
        offset = _number(machine, node.first, text)
        length = _number(machine, node.second, text) if node.second is not None else None
        if known is None or offset is None or (node.second is not None and length is None):
            return _derived(node, value)
        return (_substring(known, offset, length),)
    if operator == "@":
        return _transformed(node, value, known, text_of(text(machine, node.first)) if node.first is not None else None)
    given = pattern(machine, node.first) if node.first is not None else []
    tokens = compile_pattern(given) if given is not None else None
    if (
        tokens is not None
        and known is None
        and operator in {"%", "%%"}
        and all(isinstance(t, tuple) and t[0] != "/" for t in tokens)
    ):
        return (*_directory(value), *_derived(node, value))
    if known is None or tokens is None:
        return _derived(node, value)
    machine.scope.bounds.step(len(known) >> 5)
    result = _patterned(machine, node, known, tokens, text)
    return (result,) if result is not None else _derived(node, value)


def _patterned(machine: Machine, node: Parameter, known: str, tokens: list[Token], text: Text) -> str | None:
    operator = node.operator
    if operator in {"#", "##"}:
        return cut_prefix(tokens, known, longest=operator == "##")
    if operator in {"%", "%%"}:
        return cut_suffix(tokens, known, longest=operator == "%%")
    if operator[0] == "/":
        replacement = text_of(text(machine, node.second)) if node.second is not None else ""
        return substitute(tokens, known, replacement, operator) if replacement is not None else None
    return change_case(tokens if node.first is not None and node.first.parts else [ANY], known, operator)


def _substring(known: str, offset: int, length: int | None) -> str:
    if offset < 0:
        offset += len(known)
        if offset < 0:
            return ""
    if length is None:
        return known[offset:]
    return known[offset : len(known) + length] if length < 0 else known[offset : offset + length]


def _transformed(node: Parameter, value: Value, known: str | None, operator: str | None) -> Value:
    """`${x@U}` and its like; `@P` expands the value as a prompt, which may run code, so it stays unknown."""
    if known is None:
        return _derived(node, value)
    if operator == "Q":
        return ("'" + known.replace("'", "'\\''") + "'",)
    if operator == "U":
        return (known.upper(),)
    if operator == "L":
        return (known.lower(),)
    if operator == "u":
        return (known[:1].upper() + known[1:],)
    if operator == "E":
        return (printed(known)[0],)
    return _derived(node, value)


def _directory(value: Value) -> Value:
    """The known directory before the first hole: cutting a literal ending without `/` leaves it."""
    head = value[0]
    return (head[: head.rindex("/") + 1],) if isinstance(head, str) and "/" in head else ()


def _derived(node: Parameter, value: Value) -> Value:
    """Something made of a value that is not known: its labels and origin stay."""
    holes = [part for part in value if isinstance(part, Hole)]
    labels = frozenset().union(*(hole.labels for hole in holes)) if holes else frozenset()
    origin: Origin = holes[0].origin if holes else "unknown"
    one_word = bool(holes) and all(hole.one_word for hole in holes)
    return (Hole(f"${{{node.name}{node.operator}…}}", origin, labels, one_word=one_word),)
