"""Production, staging or play: what the surroundings say of a name, else what the name itself says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.places import environment_of as by_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jackline.core.words import Environment
    from jackline.lower.scope import Scope
    from jackline.lower.word import Word

_SERIOUS: Final[tuple[Environment, ...]] = ("production", "staging", "unknown", "development")
"""The worst first."""


_VARIABLES: Final = (
    "RAILS_ENV", "RACK_ENV", "NODE_ENV", "APP_ENV", "MIX_ENV", "FLASK_ENV", "DJANGO_ENV", "DJANGO_SETTINGS_MODULE", "DJANGO_CONFIGURATION",
    "ENVIRONMENT", "ENV", "STAGE", "DEPLOY_ENV", "ASPNETCORE_ENVIRONMENT",
)  # fmt: skip
"""Variables by which a framework is told in which of its environments it works."""
_ADDRESSES: Final = ("DATABASE_URL", "DB_URL", "DB_HOST", "DATABASE_HOST", "PGHOST")
"""Variables by which it is told on which database."""
_OPTIONS: Final = ("env", "environment", "e", "settings")


def declared(variables: Mapping[str, Word], options: Mapping[str, Sequence[Word]]) -> Environment | None:
    """What a command itself says of the environment that it works on (`RAILS_ENV=production`, `--env staging`); None: nothing."""
    names = [variables[name] for name in _VARIABLES if name in variables]
    names += [value for name in _OPTIONS for value in options.get(name, ())[-1:]]
    addresses = [variables[name] for name in _ADDRESSES if name in variables]
    found = [by_words(word.text or "") for word in (*names, *addresses) if word.text != ""]
    if all(word.text is not None for word in names) and not addresses:  # a name that says nothing is a name for play
        found = [one for one in found if one != "unknown"]
    return next((name for name in _SERIOUS if name in found), None)


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
