"""Builtins that say yes or no, end something, or do nothing that matters here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.shell.conditions import test
from jackline.lower.word import Data, Hole

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.shell.builtins.call import Call
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Signal


def _true(_machine: Machine, _call: Call) -> bool:
    return True


def _false(_machine: Machine, _call: Call) -> bool:
    return False


def _unknown(_machine: Machine, _call: Call) -> None:
    return None


def _jobs(machine: Machine, call: Call) -> bool:
    if call.texts() == ["-p"]:
        machine.write(Data(None, origin="trusted", parts=(Hole("$(jobs -p)", "trusted", pids_of="%"), "\n")))
    return True


def _test(machine: Machine, call: Call) -> bool | None:
    arguments = call.arguments
    if call.name == "[":
        if not arguments or arguments[-1].text != "]":
            return None
        arguments = arguments[:-1]
    return test(machine, arguments)


def _end(signal: Signal) -> Callable[[Machine, Call], bool | None]:
    def run(machine: Machine, call: Call) -> bool | None:
        texts = call.texts()
        text = texts[0] if texts else None
        state = machine.state
        state.signal = signal
        if signal in {"break", "continue"}:
            state.levels = int(text) if text and text.isdecimal() and len(text) < len("9999") else 1
            return True
        if not texts:
            return state.status
        state.status = None if text is None or not text.lstrip("-").isdecimal() else int(text[:9]) == 0
        return state.status

    return run


def _set_options(machine: Machine, call: Call) -> bool:
    """`shopt`, `setopt`, `unsetopt`."""
    texts = [text for text in call.texts() if text is not None]
    names = {text.lower().replace("_", "") for text in texts if not text.startswith("-")}
    if "-u" in texts or call.name == "unsetopt":
        machine.state.options -= names
    elif "-s" in texts or call.name == "setopt":
        machine.state.options |= names
    return True


TABLE: Final[dict[str, Callable[[Machine, Call], bool | None]]] = {
    ":": _true, "true": _true, "false": _false, "test": _test, "[": _test,
    "exit": _end("exit"), "logout": _end("exit"), "return": _end("return"), "break": _end("break"), "continue": _end("continue"),
    "shopt": _set_options, "setopt": _set_options, "unsetopt": _set_options,
    "wait": _unknown, "jobs": _jobs, "fg": _unknown, "bg": _true, "disown": _true, "times": _true, "ulimit": _true,
    "umask": _true, "help": _true, "type": _unknown, "whence": _unknown, "caller": _unknown, "suspend": _true,
    "emulate": _true, "autoload": _true, "zstyle": _true, "compdef": _true, "compinit": _true, "complete": _true,
    "compgen": _unknown, "compopt": _true, "bindkey": _true, "unfunction": _true, "rehash": _true, "zmodload": _true,
}  # fmt: skip
