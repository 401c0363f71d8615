"""`export`, `declare`, `local`, `readonly`, `unset`, `set`, `shift`, `let` (bash manual §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.lower.shell.arrays import assign_array, unset_element
from jackline.lower.shell.state import NO_ATTRIBUTES, Variable
from jackline.lower.shell.syntax import ArrayNode, Assignment
from jackline.lower.shell.values import assign, evaluate_text, export, export_function, forget_history, run_subscripts
from jackline.lower.word import Data, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.words import Label
    from jackline.lower.shell.builtins.call import Call
    from jackline.lower.shell.machine import Machine

_NAME: Final = late_pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_ATTRIBUTES: Final = frozenset("xraAiuln")
_FUNCTION_OPTIONS: Final = frozenset("fF")
_GIVEN: Final[dict[str, set[str]]] = {"export": {"x"}, "readonly": {"r"}}
_SECRET: Final[frozenset[Label]] = frozenset({"secret"})
"""All variables are printed, those that hold a secret among them."""


def _declare(machine: Machine, call: Call) -> bool:
    """`declare` and its like. Inside a function they make a local variable, except `export` and `readonly`."""
    set_, unset, operands = _options(call)
    local = bool(machine.state.locals) and call.name not in {"export", "readonly"} and "g" not in set_
    if _FUNCTION_OPTIONS & set_:
        return _declare_functions(
            machine, operands, exported=(call.name == "export" or "x" in set_) and "n" not in set_
        )
    if not operands:
        machine.write(Data(None, _SECRET, origin="trusted"))
    set_ |= _GIVEN.get(call.name, set()) if "n" not in set_ else set()
    arrays = _arrays(call)
    for word in operands:
        name, value, append = _split(word)
        if name is None:
            machine.scope.opaque(f"the declaration of {word.shown}", at=call.at, authorship="session")
            continue
        run_subscripts(machine, word.text or "")
        if local:
            machine.state.locals[-1].setdefault(name, machine.state.variables.get(name))
            if value is None and name not in arrays:
                machine.state.variables[name] = Variable((None,))
        _mark(machine, name, set_, unset)
        array = arrays.get(name)
        if array is not None and isinstance(array.value, ArrayNode):
            assign_array(machine, name, array.value, append=array.append)
        elif value is not None:
            assign(machine, name, value.parts if value.parts != ("",) else (), value.origin, append=append)
        if "x" in set_:
            if call.name == "export" and "n" in set_:
                machine.state.exported.pop(name, None)
            else:
                export(machine, name, (word.start, word.end))
    return True


def _declare_functions(machine: Machine, operands: list[Word], *, exported: bool) -> bool:
    for word in operands if exported else ():
        export_function(machine, word.text or "")
    return True


def _options(call: Call) -> tuple[set[str], set[str], list[Word]]:
    given: set[str] = set()
    taken: set[str] = set()
    operands: list[Word] = []
    for word in call.arguments:
        text = word.text
        if text is not None and not operands and len(text) > 1 and text[0] in "-+" and text != "--":
            (given if text[0] == "-" else taken).update(text[1:])
        elif text != "--":
            operands.append(word)
    return given, taken, operands


def _arrays(call: Call) -> dict[str, Assignment]:
    if call.node is None:
        return {}
    return {
        word.name: word
        for word in call.node.words
        if isinstance(word, Assignment) and isinstance(word.value, ArrayNode)
    }


def _split(word: Word) -> tuple[str | None, Word | None, bool]:
    """`name`, `name=value`, `name+=value`."""
    head = word.parts[0] if word.parts else ""
    if not isinstance(head, str):
        return None, None, False
    name, sign, rest = head.partition("=")
    append = name.endswith("+")
    found = _NAME.match(name)
    if found is None:
        return None, None, False
    if not sign:
        return (found.group() if len(word.parts) == 1 else None), None, False
    parts = (rest, *word.parts[1:]) if rest or len(word.parts) == 1 else word.parts[1:]
    return found.group(), Word(parts, word.start, word.end, word.quoted, word.origin), append


def _mark(machine: Machine, name: str, given: set[str], taken: set[str]) -> None:
    marks = frozenset(given & _ATTRIBUTES)
    old = machine.state.variables.get(name)
    if old is None:
        if marks - {"x"}:
            machine.state.variables[name] = Variable((None,), attributes=marks)
        return
    machine.state.variables[name] = replace(old, attributes=(old.attributes | marks) - (taken & _ATTRIBUTES))


def _unset(machine: Machine, call: Call) -> bool:
    for text in call.texts():
        if text is None:
            for name in list(machine.state.variables):
                machine.state.variables[name] = replace(
                    machine.state.variables[name], values=(*machine.state.variables[name].values[:4], None)
                )
            continue
        if text in {"-f", "-v", "-n"}:
            continue
        if text == "HISTFILE":
            forget_history(machine)
        name, bracket, index = text.partition("[")
        if bracket:
            run_subscripts(machine, text)
            unset_element(machine, name, index.removesuffix("]"))
            continue
        if "-f" in call.texts() or name not in machine.state.variables:
            machine.state.functions.pop(name, None)
        if "-f" not in call.texts():
            machine.state.variables[name] = Variable((None,), attributes=NO_ATTRIBUTES)
            machine.state.exported.pop(name, None)
    return True


def _set(machine: Machine, call: Call) -> bool:
    """`set -o`, `set -- a b`."""
    arguments = call.arguments
    if not arguments:
        machine.write(Data(None, _SECRET, origin="trusted"))
    index = 0
    while index < len(arguments):
        text = arguments[index].text
        if text is None or text[:1] not in {"-", "+"} or text in {"-", "+"}:
            break
        index += 1
        if text == "--":
            machine.state.positional = tuple(arguments[index:])
            return True
        if "o" in text and index < len(arguments):
            name = arguments[index].text or ""
            index += 1
            _option(machine, name, on=text[0] == "-")
        for letter, name in (("f", "noglob"), ("a", "allexport"), ("x", "xtrace"), ("e", "errexit"), ("u", "nounset")):
            if letter in text[1:]:
                _option(machine, name, on=text[0] == "-")
    if index < len(arguments):
        machine.state.positional = tuple(arguments[index:])
    return True


def _option(machine: Machine, name: str, *, on: bool) -> None:
    if name == "history" and not on:
        forget_history(machine)
    if on:
        machine.state.options |= {name}
    else:
        machine.state.options -= {name}


def _shift(machine: Machine, call: Call) -> bool | None:
    texts = call.texts()
    count = (
        1 if not texts else int(texts[0]) if texts[0] is not None and texts[0].isdecimal() and len(texts[0]) < 9 else -1  # noqa: PLR2004 - digits of an int
    )
    positional = machine.state.positional
    if positional is None or count < 0:
        machine.state.positional = None
        return None
    if count > len(positional):
        return False
    machine.state.positional = positional[count:]
    return True


def _let(machine: Machine, call: Call) -> bool | None:
    value: int | None = 0
    for text in call.texts():
        value = evaluate_text(machine, text) if text is not None else None
    return None if value is None else value != 0


TABLE: Final[dict[str, Callable[[Machine, Call], bool | None]]] = {
    "export": _declare, "declare": _declare, "typeset": _declare, "local": _declare, "readonly": _declare,
    "integer": _declare, "float": _declare, "unset": _unset, "set": _set, "shift": _shift, "let": _let,
}  # fmt: skip
