"""`echo`, `printf`, `print`: what they print is known as far as their words are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.core.effect import Resource
from jackline.lower.overlay import worse
from jackline.lower.shell.ansi import printed
from jackline.lower.shell.builtins.call import options
from jackline.lower.shell.state import data_of
from jackline.lower.shell.values import assign, numeric, run_subscripts
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.words import Origin
    from jackline.lower.shell.builtins.call import Call
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Value

_FORMAT: Final = late_pattern(r"%([-+ #0']*)(\*|\d{0,4})(?:\.(\*|\d{0,4}))?(\([^)]*\)T|[hlLjzt]*[bcdeEfFgGiosquxXQ%])")
_ECHO_OPTIONS: Final = late_pattern(r"-[neE]+\Z")
_MAX_ROUNDS: Final = 256


def _echo(machine: Machine, call: Call) -> bool:
    arguments = call.arguments
    newline, escapes = True, "xpgecho" in machine.state.options
    while arguments and (text := arguments[0].text) is not None and _ECHO_OPTIONS.match(text):
        newline = newline and "n" not in text
        escapes = "e" in text if {"e", "E"} & set(text) else escapes
        arguments = arguments[1:]
    out = machine.state.fds.get(1)
    if out is None or out.kind != "null":
        show_secrets(machine, arguments)
    if out is not None and out.kind in {"terminal", "null"}:
        return True
    parts: list[str | Hole] = []
    origin: Origin = "user"
    stopped = False
    for index, word in enumerate(arguments):
        origin = worse(origin, word.origin)
        for part in (" ", *word.parts) if index else word.parts:
            if isinstance(part, str) and escapes and not stopped:
                part, stopped = printed(part)  # noqa: PLW2901 - the part as it is printed
            if not stopped or isinstance(part, str):
                parts.append(part)
        if stopped:
            break
    if newline and not stopped:
        parts.append("\n")
    machine.write(data_of(merged(parts), origin, _literal_span(arguments)))
    return True


def show_secrets(machine: Machine, arguments: list[Word]) -> None:
    """A variable that holds a secret is printed: whoever reads the output knows it."""
    for word in arguments:
        for hole in word.holes:
            if "secret" in hole.labels:
                resource = Resource("secret", f"environment/{hole.what.strip('${}')}", labels=hole.labels)
                machine.scope.emit("read", resource, at=(word.start, word.end))


def _literal_span(arguments: list[Word]) -> tuple[int, int]:
    return (arguments[0].start, arguments[-1].end) if arguments else (0, 0)


def merged(parts: list[str | Hole]) -> Value:
    """Adjacent texts joined."""
    found: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def _printf(machine: Machine, call: Call) -> bool:
    arguments = call.arguments
    target = ""
    if arguments and arguments[0].text == "-v" and len(arguments) > 1:
        target = arguments[1].text or ""
        run_subscripts(machine, target)
        arguments = arguments[2:]
    if arguments and arguments[0].text == "--":
        arguments = arguments[1:]
    if not arguments:
        return True
    value, origin = _formatted(arguments[0], arguments[1:])
    if target:
        assign(machine, target.partition("[")[0], value, origin)
    else:
        machine.write(data_of(value, origin, _literal_span(call.arguments)))
    return True


def _formatted(shape: Word, arguments: list[Word]) -> tuple[Value, Origin]:
    origin = shape.origin
    for word in arguments:
        origin = worse(origin, word.origin)
    text = shape.text
    if text is None:
        return (*shape.parts, *(part for word in arguments for part in (" ", *word.parts))), origin
    parts: list[str | Hole] = []
    left = list(arguments)
    for _ in range(_MAX_ROUNDS):
        before = len(left)
        stopped = _round(text, left, parts)
        if stopped or not left or len(left) == before:
            break
    return merged(parts), origin


def _round(text: str, left: list[Word], parts: list[str | Hole]) -> bool:
    """Use the format once."""
    last = 0
    for found in _FORMAT.finditer(text):
        literal, stopped = printed(text[last : found.start()])
        parts.append(literal)
        if stopped:
            return True
        last = found.end()
        kind = found[4][-1]
        if kind == "%":
            parts.append("%")
            continue
        if found[2] == "*" or found[3] == "*":
            left[:1] = []
        word = left.pop(0) if left else Word(("",))
        stopped = _conversion(found, kind, word, parts)
        if stopped:
            return True
    literal, stopped = printed(text[last:])
    parts.append(literal)
    return stopped


def _conversion(found: re.Match[str], kind: str, word: Word, parts: list[str | Hole]) -> bool:
    text = word.text
    if text is None:
        parts.extend(word.parts if kind in "sbqQ" else (numeric("a number"),))
        return False
    stopped = False
    if kind == "b":
        text, stopped = printed(text)
    elif kind in "qQ":
        if not text.isprintable():
            parts.append(Hole("a quoted text", word.origin))
            return False
        text = re.sub(r"[^A-Za-z0-9_./:@%+,=-]", r"\\\g<0>", text) if text else "''"
    elif kind == "c":
        text = text[:1]
    elif kind in "diouxX":
        parts.append(_number(found, kind, text))
        return False
    elif kind != "s":
        parts.append(numeric("a number"))
        return False
    precision = found[3]
    if precision and precision.isdecimal():
        text = text[: int(precision)]
    if found[2] and found[2].isdecimal():
        width = int(found[2])
        text = text.ljust(width) if "-" in found[1] else text.rjust(width)
    parts.append(text)
    return stopped


def _number(found: re.Match[str], kind: str, text: str) -> str | Hole:
    try:
        if text[:1] in {"'", '"'}:
            value = ord(text[1])
        else:
            value = int(
                text[:20] or "0", 0 if text[:2].lower() == "0x" else 8 if text[:1] == "0" and len(text) > 1 else 10
            )
    except (ValueError, IndexError):
        return numeric("a number")
    shape = {"i": "d", "u": "d"}.get(kind, kind)
    flags = "0" if "0" in found[1] and "-" not in found[1] else ""
    width = found[2] if found[2].isdecimal() else ""
    done = format(value, f"{flags}{width}{shape}")
    return done.strip().ljust(int(width)) if "-" in found[1] and width else done


def _print(machine: Machine, call: Call) -> bool:
    """Zsh's `print`: like `echo -e`, with more options; `-P`, `-z`, `-s` print nothing that is run here."""
    given, operands = options(call, "fuRC")
    if "f" in given and given["f"] is not None:
        value, origin = _formatted(given["f"], operands)
    else:
        parts: list[str | Hole] = []
        for index, word in enumerate(operands):
            parts.extend((" ", *word.parts) if index else word.parts)
        if "n" not in given:
            parts.append("\n")
        raw = "r" in given or "R" in given
        value = merged([printed(part)[0] if isinstance(part, str) and not raw else part for part in parts])
        origin = "user"
    machine.write(data_of(value, origin))
    return True


TABLE: Final[dict[str, Callable[[Machine, Call], bool | None]]] = {"echo": _echo, "printf": _printf, "print": _print}
