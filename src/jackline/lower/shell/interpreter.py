"""Which part runs which kind of syntax: the one table, and the machine that is made with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jackline.lower.shell import control, syntax
from jackline.lower.shell.conditions import run_condition
from jackline.lower.shell.expansion import expand_text
from jackline.lower.shell.machine import Hooks, Machine
from jackline.lower.shell.simple import run_simple

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.scope import Scope
    from jackline.lower.shell.state import State

_RUN: Final[dict[type, Callable[[Machine, Any], bool | None]]] = {
    syntax.Simple: run_simple,
    syntax.Sequence: control.run_sequence,
    syntax.AndOr: control.run_and_or,
    syntax.Pipeline: control.run_pipeline,
    syntax.Negation: control.run_negation,
    syntax.Background: control.run_background,
    syntax.Redirected: control.run_redirected,
    syntax.Subshell: control.run_subshell,
    syntax.Group: control.run_group,
    syntax.If: control.run_if,
    syntax.While: control.run_while,
    syntax.For: control.run_for,
    syntax.ArithmeticFor: control.run_arithmetic_for,
    syntax.Case: control.run_case,
    syntax.Function: control.run_function,
    syntax.Condition: run_condition,
    syntax.ArithmeticCommand: control.run_arithmetic,
    syntax.Broken: control.run_broken,
}
_HOOKS: Final = Hooks(_RUN, expand_text)


def new_machine(scope: Scope, state: State) -> Machine:
    """A shell that begins in this state."""
    return Machine(scope, state, _HOOKS)
