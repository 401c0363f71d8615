"""Variables by name: those that the shell makes by itself, those of this action, those of the session's environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.lower.files import emit_append
from jackline.lower.overlay import worse
from jackline.lower.places.classify import names_secret
from jackline.lower.shell.arithmetic import ArithmeticFailure, evaluate
from jackline.lower.shell.parser import parse_quoted
from jackline.lower.shell.source import has_holes
from jackline.lower.shell.state import MAX_PARTS, MAX_VALUE, NO_ATTRIBUTES, Variable, text_of
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from jackline.core.words import Label, Origin
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Value

MAX_NAMEREF: Final = 8
DEFAULT_IFS: Final = " \t\n"
EXPORTED_FUNCTION: Final = "BASH_FUNC_{}%%"
"""The variable by which bash hands a function to the shells that it starts."""
_NUMERIC: Final = frozenset(
    {"$", "?", "!", "RANDOM", "SRANDOM", "SECONDS", "PPID", "BASHPID", "LINENO", "EPOCHSECONDS", "UID", "EUID", "SHLVL",
     "OPTIND", "COLUMNS", "LINES", "BASH_SUBSHELL", "HISTCMD"}
)  # fmt: skip
_MADE: Final = frozenset(
    {"-", "_", "BASH", "BASH_VERSION", "BASH_VERSINFO", "BASH_REMATCH", "BASH_COMMAND", "BASH_SOURCE", "FUNCNAME", "PIPESTATUS",
     "DIRSTACK", "GROUPS", "HOSTNAME", "HOSTTYPE", "MACHTYPE", "OSTYPE", "EPOCHREALTIME", "BASHOPTS", "SHELLOPTS", "MAPFILE",
     "REPLY", "COPROC", "BASH_ARGV", "BASH_ARGC", "BASH_LINENO", "BASH_EXECUTION_STRING", "pipestatus", "ZSH_VERSION"}
)  # fmt: skip
_HISTORY: Final = {"HISTFILE": {"", "/dev/null"}, "HISTSIZE": {"0"}, "HISTFILESIZE": {"0"}, "SAVEHIST": {"0"}}
"""Values with which a shell remembers nothing."""
_OS_TYPE: Final = {"OSTYPE": "linux-gnu"}


_NO_LABELS: Final[frozenset[Label]] = frozenset()
_SECRET: Final[frozenset[Label]] = frozenset({"secret"})


def variable(machine: Machine, name: str) -> tuple[Value | None, Origin]:
    """The value of a scalar (or of an array's element 0) in this run, and its origin; None: unset."""
    found = machine.state.variables.get(name)
    if found is None:
        return _outside(machine, name)
    if "n" in found.attributes:
        return _referenced(machine, found, 0)
    return scalar(machine, name, found), found.origin


def scalar(machine: Machine, name: str, found: Variable) -> Value | None:
    """The value of a variable in this run; of an array, its first element."""
    if found.elements is not None:
        return next((value for key, value in found.elements if key == "0"), None)
    index = machine.choose(("variable", name), len(found.values))
    return found.values[index] if index >= 0 else (Hole(f"${name}", found.origin),)


def _referenced(machine: Machine, found: Variable, depth: int) -> tuple[Value | None, Origin]:
    target = text_of(found.values[0] or ()) if found.values else None
    if not target or depth > MAX_NAMEREF:
        return (Hole("a reference", "unknown"),), "unknown"
    following = machine.state.variables.get(target)
    if following is not None and "n" in following.attributes:
        return _referenced(machine, following, depth + 1)
    return variable(machine, target)


def _outside(machine: Machine, name: str) -> tuple[Value | None, Origin]:
    """A variable that this action has not set."""
    if name == "IFS":  # the shell sets it itself when it starts
        return (DEFAULT_IFS,), "user"
    if name == "HOME":
        return (machine.scope.surroundings.home,), "user"
    if name == "PWD":
        return (machine.cwd,), "user"
    if name == "OLDPWD":
        previous = machine.state.previous
        index = machine.choose("previous", len(previous)) if previous else -1
        return ((previous[index],) if index >= 0 else (Hole("$OLDPWD", "trusted", one_word=True),)), "trusted"
    if name in {"USER", "LOGNAME"} and machine.scope.surroundings.user:
        return (machine.scope.surroundings.user,), "trusted"
    if name in _NUMERIC:
        return (Hole(f"${name}", "trusted", numeric=True, one_word=True),), "trusted"
    if name in _OS_TYPE:
        return (_OS_TYPE[name],), "trusted"
    known = machine.scope.surroundings.variable(name) if machine.scope.place.here and name not in _MADE else None
    if known is not None:
        return (known,), "trusted"
    labels = _SECRET if names_secret(name) else _NO_LABELS
    return (Hole(f"${name}", "unknown" if name not in _MADE else "trusted", labels),), "unknown"


def is_unset(machine: Machine, name: str) -> bool | None:
    """Whether a variable has no value; None where that is not known."""
    value, _ = variable(machine, name)
    if value is None:
        return True
    return None if name not in machine.state.variables and any(isinstance(part, Hole) for part in value) else False


def assign(
    machine: Machine,
    name: str,
    value: Value | None,
    origin: Origin = "user",
    *,
    append: bool = False,
    local: bool = False,
) -> None:
    """Set a variable, obeying its attributes (integer, upper or lower case, name reference, read-only)."""
    variables = machine.state.variables
    old = variables.get(name)
    attributes = old.attributes if old is not None else NO_ATTRIBUTES
    if "n" in attributes and old is not None and not local:
        target = text_of(old.values[0] or ())
        if target and target != name:
            assign(machine, target, value, origin, append=append)
            return
    if append and value is not None:
        before, old_origin = variable(machine, name)
        value, origin = _appended(machine, before, value, attributes), worse(origin, old_origin)
    elif value is not None and attributes:
        value = _shaped(machine, value, attributes)
    if value is not None and is_large(value):
        value = (Hole(f"${name}", origin),)
    if old is not None and old.elements is not None and value is not None:
        elements = dict(old.elements)
        elements["0"] = value
        variables[name] = replace(old, elements=tuple(elements.items()), origin=worse(old.origin, origin))
    else:
        variables[name] = Variable((value,), origin, None, attributes)
    if (
        "x" in attributes
        or name in machine.state.exported
        or "allexport" in machine.state.options
        or _is_inherited(machine, name)
    ):
        export(machine, name)
    if name in _HISTORY and value is not None and text_of(value) in _HISTORY[name]:
        forget_history(machine)


def forget_history(machine: Machine) -> None:
    """The user's shell stops writing down what is typed (bash manual §9.1)."""
    if machine.scope.place.here:
        emit_append(f"{machine.scope.surroundings.home}/.bash_history", machine.scope)


def _is_inherited(machine: Machine, name: str) -> bool:
    """Whether programs see the variable already, so that a plain assignment changes what they see."""
    return name == "PATH" or (
        name.isupper() and machine.scope.place.here and machine.scope.surroundings.variable(name) is not None
    )


def is_large(value: Value) -> bool:
    """Whether a value has grown past what is followed."""
    return len(value) > MAX_PARTS or sum(len(part) for part in value if isinstance(part, str)) > MAX_VALUE


def export(machine: Machine, name: str, at: tuple[int, int] = (0, 0)) -> None:
    """Let programs see a variable; `at` is where it gets its value."""
    value, origin = variable(machine, name)
    if value is not None:
        machine.state.exported[name] = Word(value, *at, origin=origin)


def _appended(machine: Machine, before: Value | None, added: Value, attributes: frozenset[str]) -> Value:
    if "i" in attributes:
        text = f"({text_of(before or ('0',)) or 0})+({text_of(added) or 0})"
        return (evaluated(machine, text),)
    joined = [*(before or ()), *added]
    merged: list[str | Hole] = []
    for part in joined:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


def _shaped(machine: Machine, value: Value, attributes: frozenset[str]) -> Value:
    text = text_of(value)
    if text is None:
        return value
    if "i" in attributes:
        return (evaluated(machine, text),)
    if "u" in attributes:
        return (text.upper(),)
    return (text.lower(),) if "l" in attributes else value


class _Variables:
    """The shell's variables as an expression sees them: a value is an expression again, code in it is run."""

    __slots__ = ("depth", "machine")

    def __init__(self, machine: Machine, depth: int) -> None:
        self.machine, self.depth = machine, depth

    def get(self, name: str) -> int | None:
        value, _ = variable(self.machine, name)
        text = "0" if value is None else text_of(value)
        if text is None:
            return None
        run_subscripts(self.machine, text)
        try:
            return evaluate(text, _Variables(self.machine, self.depth + 1), self.depth + 1)
        except ArithmeticFailure:
            return None

    def set(self, name: str, value: int | None) -> None:
        assign(self.machine, name, (str(value) if value is not None else numeric(f"${name}"),))


def numeric(what: str) -> Hole:
    """A number that is not known."""
    return Hole(what, "trusted", numeric=True, one_word=True)


def evaluate_text(machine: Machine, text: str) -> int | None:
    """The value of an arithmetic expression in this state; None where it is not known or is none."""
    machine.scope.bounds.step(len(text) >> 6)
    run_subscripts(machine, text)
    try:
        return evaluate(text, _Variables(machine, 0))
    except ArithmeticFailure:
        return None


class _Nothing:
    """Variables that are all unknown."""

    def get(self, _name: str) -> None:
        return None

    def set(self, _name: str, _value: int | None) -> None:
        return None


def is_expression(text: str) -> bool:
    """Whether a text is arithmetic at all."""
    try:
        evaluate(text, _Nothing())
    except ArithmeticFailure:
        return False
    return True


def evaluated(machine: Machine, text: str) -> str | Hole:
    """An expression's value as text."""
    value = evaluate_text(machine, text)
    return str(value) if value is not None else numeric(f"$(({text[:40]}))")


def run_subscripts(machine: Machine, text: str) -> None:
    """Bash expands what stands in a subscript when it evaluates a value as arithmetic: `x='a[$(code)]'`."""
    if "[" not in text or ("$(" not in text and "`" not in text):
        return
    scope = machine.scope.inner(text, (0, len(machine.scope.text)), base=None)
    saved, machine.scope = machine.scope, scope
    machine.deeper()
    try:
        machine.hooks.expand_text(machine, parse_quoted(text))
    finally:
        machine.nested -= 1
        machine.scope = saved


def export_function(machine: Machine, name: str) -> None:
    """Let other shells have a function: what stands in it, where one text is all that it may be."""
    texts = {f"() {function.text}" for function in machine.state.functions.get(name, ())}
    text = texts.pop() if len(texts) == 1 else ""
    part = text if text and not has_holes(text) else Hole(f"the function {name}", authorship="session")
    machine.state.exported[EXPORTED_FUNCTION.format(name)] = Word((part,))
