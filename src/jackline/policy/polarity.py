"""One more remedy never takes away what was permitted: checked by the place where each remedy stands.

In a permit a remedy may only stand positively (`when { context.contained }`, never below `!`), in a forbid only
negatively (`unless { context.contained }`). Then the points at which a rule permits are closed upwards, the search can
stop at the first, and a remedy that the guard adds on its own account never changes the verdict.
"""

from __future__ import annotations

from typing import Final

from jackline.core.errors import PolicyError
from jackline.policy.syntax import (
    And,
    Compare,
    Constant,
    Expression,
    Not,
    Or,
    Policy,
    is_constant,
    path_of,
    walk,
)
from jackline.policy.vocabulary import REMEDIES

APPROVAL: Final = "context.approval"
_FLAGS: Final = frozenset(f"context.{remedy}" for remedy in REMEDIES)
_RISING: Final = {">=": True, ">": True, "<=": False, "<": False}


def check_polarity(policy: Policy, text: str) -> None:
    """Raises `PolicyError` at a remedy whose presence could take a permission away."""
    for condition in policy.conditions:
        widens = (policy.effect == "permit") == (condition.kind == "when")
        _check(condition.body, text, widens=widens)


def _check(node: Expression, text: str, *, widens: bool) -> None:
    """`widens`: whether this becoming true can only widen what is permitted."""
    match node:
        case And() | Or():
            for operand in node.operands:
                _check(operand, text, widens=widens)
        case Not():
            _check(node.operand, text, widens=not widens)
        case Compare():
            _compare(node, text, widens=widens)
        case _:
            path = path_of(node)
            if path in _FLAGS:
                if not widens:
                    raise _narrowing(node, path, text)
                return
            for inner in walk(node):
                if path_of(inner) in _FLAGS or path_of(inner) == APPROVAL:
                    message = f"`{path_of(inner)}` is a remedy; use it as a test by itself, or `context.approval >= 1`"
                    raise PolicyError(message, text=text, start=node.start, end=node.end)


def _compare(node: Compare, text: str, *, widens: bool) -> None:
    flipped = is_constant(node.left)
    path = path_of(node.right if flipped else node.left)
    constant = node.left if flipped else node.right
    if path == APPROVAL:
        if node.operator not in _RISING:
            message = f"`context.approval {node.operator} …` says nothing of stronger approvals; use `>=`"
            raise PolicyError(message, text=text, start=node.start, end=node.end)
        if (_RISING[node.operator] != flipped) != widens:
            raise _narrowing(node, path, text)
    elif path in _FLAGS:
        asserted = isinstance(constant, Constant) and constant.value is True
        if (asserted == (node.operator == "==")) != widens:
            raise _narrowing(node, path, text)


def _narrowing(node: Expression, path: str, text: str) -> PolicyError:
    message = (
        f"here `{path}` could take a permission away; in a permit it stands in `when` without `!`, "
        "in a forbid in `unless` or behind `!`"
    )
    return PolicyError(message, text=text, start=node.start, end=node.end)
