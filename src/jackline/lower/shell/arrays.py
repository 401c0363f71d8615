"""Arrays: `a=(x y)`, `a[i]=v`, `a+=(z)` (bash manual §6.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from jackline.lower.overlay import worse
from jackline.lower.shell.expansion import expand_single, expand_words
from jackline.lower.shell.state import NO_ATTRIBUTES, Variable
from jackline.lower.shell.values import evaluate_text, scalar
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from jackline.core.words import Origin
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Value
    from jackline.lower.shell.syntax import ArrayNode, Assignment, WordNode


def assign_array(machine: Machine, name: str, node: ArrayNode, *, append: bool) -> None:
    """Set a whole array, or add to it."""
    old = machine.state.variables.get(name)
    attributes = (old.attributes if old is not None else NO_ATTRIBUTES) | {"a"}
    elements: dict[str, Value] = dict(old.elements or ()) if append and old is not None else {}
    origin: Origin = old.origin if append and old is not None else "user"
    following = _next(elements)
    for index, value in node.elements:
        if index is not None:
            key = _key(machine, index, associative="A" in attributes)
            given = expand_single(machine, value, assignment=True)
            elements[key if key is not None else str(following)] = given.parts
            origin = worse(origin, given.origin)
            following = _next(elements)
            continue
        for word in expand_words(machine, (value,)):
            elements[str(following)] = word.parts
            origin = worse(origin, word.origin)
            following += 1
    machine.state.variables[name] = Variable(((),), origin, tuple(elements.items()), attributes)


def set_array(machine: Machine, name: str, values: list[Value], origin: Origin) -> None:
    """Set an array from values that are known already: `mapfile`, `read -a`."""
    elements = tuple((str(index), value) for index, value in enumerate(values))
    machine.state.variables[name] = Variable(((),), origin, elements, frozenset({"a"}))


def assign_element(machine: Machine, node: Assignment, given: Word) -> None:
    """`a[i]=v`."""
    old = machine.state.variables.get(node.name)
    attributes = (old.attributes if old is not None else NO_ATTRIBUTES) | {"a"}
    if old is not None and old.elements is not None:
        elements = dict(old.elements)
    else:
        first = scalar(machine, node.name, old) if old is not None else None
        elements = {"0": first} if first is not None else {}
    key = _key(machine, node.index, associative="A" in attributes) if node.index is not None else "0"
    origin = worse(old.origin, given.origin) if old is not None else given.origin
    if key is None:  # some element: which one is not known, so any may be
        hole = Hole(f"${{{node.name}[…]}}", origin)
        elements = dict.fromkeys(elements, (hole,)) | {"?": given.parts}
    else:
        elements[key] = (*elements.get(key, ()), *given.parts) if node.append else given.parts
    machine.state.variables[node.name] = Variable(((),), origin, tuple(elements.items()), attributes)


def unset_element(machine: Machine, name: str, index: str) -> None:
    """`unset 'a[i]'`."""
    old = machine.state.variables.get(name)
    if old is None or old.elements is None:
        return
    number = None if old.associative else evaluate_text(machine, index)
    key = index if old.associative else str(number)
    machine.state.variables[name] = replace(old, elements=tuple(pair for pair in old.elements if pair[0] != key))


def _key(machine: Machine, index: WordNode, *, associative: bool) -> str | None:
    text = expand_single(machine, index).text
    if text is None or associative:
        return text
    number = evaluate_text(machine, text)
    return str(number) if number is not None else None


def _next(elements: dict[str, Value]) -> int:
    return max((int(key) for key in elements if key.isdecimal()), default=-1) + 1
