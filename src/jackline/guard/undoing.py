"""What of an action before-images can undo: which paths to save, and whether saving them makes the whole undoable."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.policy.covers import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jackline.core.action import Action
    from jackline.core.effect import Effect
    from jackline.guard.configuration import Settings

    Measured = Callable[[Iterable[str]], bool]

measurable: Final[Measured] = Deferred("jackline.guard.images", "measurable")
"""Whether before-images of these paths can be taken, by the disk as it is."""

EDITORS: Final = frozenset({"write", "edit", "patch", "delete", "move"})
"""The clients' own tools that change files: always bracketed by before-images, whatever the policy demands."""

_CHANGES: Final = frozenset({"create", "modify", "delete", "persist", "grant"})


def edited_paths(action: Action, effects: Sequence[Effect]) -> list[str]:
    """The absolute paths that an action changes, as far as its effects name them, and as the action spells them: a
    client may replace a link as well as what it points to."""
    paths = [
        effect.resource.name
        for effect in effects
        if effect.resource.kind == "file" and effect.verb in _CHANGES and effect.resource.reach != "remote"
    ]
    if action.tool in EDITORS:
        for name in ("path", "to"):
            spelled = action.arguments.get(name)
            if isinstance(spelled, str) and spelled:
                paths.append(os.path.normpath(os.path.join(action.cwd, spelled)))
    return [path for path in dict.fromkeys(paths) if os.path.isabs(path) and "*" not in path and "\0" not in path]


def may_undo(tool: str, settings: Settings) -> bool:
    """Editors change what they name. A command may change more than was read in it, so only where the user says so."""
    return tool in EDITORS or settings.undo.commands


def can_undo(effects: Sequence[Effect], measured: Measured = measurable) -> bool:
    """Whether before-images make everything that `undoable` would cover really undoable. `measured` says of paths
    whether before-images of them can be taken.

    Files that are named can be saved. What the remedy covers but files do not hold (rows, commits, packages) cannot,
    so then the remedy is not offered: it would promise more than it keeps.
    """
    paths = []
    for effect in effects:
        resource = effect.resource
        if effect.reversible == "yes" or not covers("undoable", effect.verb, resource.kind, resource.reach):
            continue
        if effect.verb in {"execute", "opaque"}:
            continue  # covered only where it is contained as well, and that is not offered here
        if resource.kind != "file":
            return False
        paths.append(resource.name)
    return bool(paths) and measured(paths)
