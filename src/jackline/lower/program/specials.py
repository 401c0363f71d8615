"""Calls whose results matter, without effects of their own: paths put together, variables, names looked up.

Each takes (interpreter, positional arguments, keyword arguments, span) and gives the call's value.
"""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING

from jackline.core.effect import Resource
from jackline.lower.program.expressions import MAX_ITEMS, attribute, either, environment
from jackline.lower.program.values import (
    ANYTHING,
    Bound,
    Class,
    Const,
    Items,
    Pairs,
    Ref,
    Unknown,
    Value,
    constant,
    joined,
    text_value,
    word_of,
)
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from jackline.lower.program.interpreter import Interpreter


def mapped(run: Interpreter, flat: list[Value], _named: dict[str, Value], at: tuple[int, int]) -> Value:
    """A function applied to each item."""
    if len(flat) < 2:  # noqa: PLR2004 - a function and what it is applied to
        return ANYTHING
    items = flat[1].items if isinstance(flat[1], Items) else (Unknown("an item"),)
    return Items(tuple(run.apply(flat[0], [item], {}, at) for item in items[:MAX_ITEMS]))


def names(run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """The program's own names, as a dictionary; `vars(module)` are that module's."""
    if flat and isinstance(flat[0], Ref):
        return Ref(f"{flat[0].name}.__dict__")
    return Pairs(tuple(run.env.names.items()))


def chosen_attribute(run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """`getattr(owner, name)`: a name that is not known may be any."""
    if len(flat) > 1 and isinstance(flat[1], Const) and isinstance(flat[1].value, str):
        return attribute(run, flat[0], flat[1].value)
    dynamic = bool(flat) and isinstance(flat[0], Ref | Unknown | Class)
    return Unknown("a name chosen at run time", dynamic=dynamic)


def join(_run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """Paths put together; an absolute one starts anew."""
    for index in range(len(flat) - 1, 0, -1):
        if word_of(flat[index]).prefix.startswith("/"):
            return joined(flat[index:], "/")
    return joined(flat, "/")


def expanded(run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """A path with its leading `~` replaced."""
    word = word_of(flat[0]) if flat else Word((Hole("a path"),))
    if word.prefix.startswith("~/") or word.text == "~":
        first = word.parts[0]
        head = run.scope.surroundings.home + (first[1:] if isinstance(first, str) else "")
        return text_value(Word((head, *word.parts[1:])))
    return text_value(word)


def same(_run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """A call whose result is its first argument, as far as effects go."""
    return flat[0] if flat else ANYTHING


def cwd(run: Interpreter, _flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """The working directory."""
    return Const(run.scope.cwd or run.scope.surroundings.cwd)


def variable(run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """An environment variable, or its default."""
    value = environment(run, flat[0]) if flat else ANYTHING
    return either(value, flat[1]) if len(flat) > 1 and not isinstance(value, Const) else value


def printed(run: Interpreter, flat: list[Value], _named: dict[str, Value], at: tuple[int, int]) -> Value:
    """What is printed is known to whoever reads it: a variable that holds a secret, whole."""
    for value in flat:
        for hole in word_of(value).holes:
            if "secret" in hole.labels and hole.what.startswith("$"):
                name = f"environment/{hole.what.removeprefix('$')}"
                run.scope.emit("read", Resource("secret", name, labels=hole.labels), at=at)
    return Const(None)


def directory(run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """From here on another working directory."""
    word = word_of(flat[0]) if flat else Word((Hole("a directory"),))
    base = run.scope.cwd or run.scope.surroundings.cwd
    if word.text is not None:
        run.scope.cwd = posixpath.normpath(posixpath.join(base, word.text))
    return Const(None)


def dirname(_run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """The directory of a path."""
    text = word_of(flat[0]).text if flat else None
    return Const(posixpath.dirname(text)) if text is not None else ANYTHING


def partial(_run: Interpreter, flat: list[Value], named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """A function with some arguments given already."""
    return Bound(flat[0], tuple(flat[1:]), tuple(named.items())) if flat else ANYTHING


def enumerated(_run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """Items with their numbers."""
    if flat and isinstance(flat[0], Items):
        return Items(tuple(Items((Const(index), item)) for index, item in enumerate(flat[0].items[:MAX_ITEMS])))
    return Items((Items((ANYTHING, ANYTHING)),))


def split_words(_run: Interpreter, flat: list[Value], _named: dict[str, Value], _at: tuple[int, int]) -> Value:
    """A command line as words."""
    text = word_of(flat[0]).text if flat else None
    try:
        return constant(shlex.split(text)) if text is not None else ANYTHING
    except ValueError:
        return ANYTHING
