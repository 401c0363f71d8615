"""Jackline: the safety line for autonomous AI agents.

`Guard`, `Action`, `Effect`, `Decision` and `guard.decide(action)` are the library; all else is private until it is
documented. They are imported when they are first used, so that `import jackline` costs nothing.

    import jackline

    guard = jackline.Guard.open()
    decision = guard.decide(jackline.Action(tool="shell", arguments={"command": "rm -rf /"}, cwd="/"))
    decision.verdict  # "deny"
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jackline.core.action import Action
    from jackline.core.decision import Decision
    from jackline.core.effect import Effect
    from jackline.guard.opening import Guard

__all__ = ["Action", "Decision", "Effect", "Guard"]

_HOMES: Final = {
    "Action": "jackline.core.action",
    "Decision": "jackline.core.decision",
    "Effect": "jackline.core.effect",
    "Guard": "jackline.guard.opening",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    if name not in _HOMES:
        message = f"module `jackline` has no attribute `{name}`; it has {', '.join(__all__)}"
        raise AttributeError(message)
    return getattr(importlib.import_module(_HOMES[name]), name)
