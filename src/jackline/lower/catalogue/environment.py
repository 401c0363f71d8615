"""Production, staging or play: what the surroundings say of a name, else what the name itself says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jackline.core.words import Environment
    from jackline.lower.scope import Scope

_PIECE: Final = re.compile(r"[^A-Za-z0-9]+")
_WORDS: Final[tuple[tuple[Environment, frozenset[str]], ...]] = (
    ("production", frozenset({"prod", "production", "prd", "live", "main-prod", "produktion"})),
    ("staging", frozenset({"staging", "stage", "stg", "uat", "preprod", "preproduction"})),
    ("development", frozenset({
        "dev", "devel", "development", "localhost", "local", "minikube", "kind", "k3d", "localstack", "docker",
        "sandbox", "playground", "scratch", "test", "tests", "testing",
    })),
)  # fmt: skip
"""Words in names, judged in this order, so that `prod-test` is production. They are a last resort: what the user's
resources say of a name comes before them."""


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
    return by_words(manager, *name.split("/")[1:]) if manager or "/" in name else "unknown"


def by_words(*names: str) -> Environment:
    """What the words of some names say together."""
    pieces = {piece for name in names for piece in _PIECE.split(name.lower())}
    return next((environment for environment, words in _WORDS if pieces & words), "unknown")
