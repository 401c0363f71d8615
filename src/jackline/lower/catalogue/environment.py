"""Production, staging or play: what the surroundings say of a name, else what the name itself says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.lower.places import environment_of as by_words

if TYPE_CHECKING:
    from jackline.core.words import Environment
    from jackline.lower.scope import Scope


def environment_of(scope: Scope, kind: str, name: str, manager: str = "") -> Environment:
    """The environment of `name`; `manager` is what the program is pointed at (a context, a project, an account)."""
    surroundings = scope.surroundings
    for subject_kind, subject in ((kind, name), ("infrastructure", manager)):
        if subject:
            found = surroundings.environment(subject_kind, subject)  # type: ignore[arg-type]
            if found != "unknown":
                return found
    for piece in manager.split("/")[1:] if manager else ():
        found = surroundings.environment("infrastructure", piece) if piece and piece != "*" else "unknown"
        if found != "unknown":
            return found
    if not scope.place.here and scope.place.environment != "unknown":
        return scope.place.environment
    words = "/".join([manager.partition("/")[2], name.partition("/")[2]])
    return by_words(words) if len(words) > 1 else "unknown"
