"""The one way into lowering: `lower(action, surroundings)`. Chooses the interpreter by the action's tool.

Never raises, on any input: what passes a bound is one `opaque` for the rest, and so is what the code here fails on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jackline.core.deferred import Deferred
from jackline.core.effect import ANY, Effect, Evidence, Resource
from jackline.core.tools import canonical, main_text
from jackline.lower.approving import emit_approving
from jackline.lower.languages import LANGUAGES
from jackline.lower.overlay import worse
from jackline.lower.scope import MAX_EVIDENCE, BoundsReached, Scope
from jackline.lower.word import NOTHING, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.action import Action
    from jackline.core.words import Origin
    from jackline.lower.surroundings import Surroundings

MAX_SQL_DATABASE: Final = 4096
_TOOLS: Final[tuple[Callable[[Action, Scope], bool], ...]] = (
    Deferred("jackline.lower.tools", "lower_tool"),
    Deferred("jackline.lower.mcp", "lower_call"),
)
"""What knows tools by their names, in the order of asking: the clients' own, and those of servers."""


class Lowered(Struct, frozen=True):
    """The effects of an action, and the steps that finding them took.

    `failure` says what went wrong in our own code, where that made the action opaque: it is for the log.
    """

    effects: tuple[Effect, ...]
    steps: int = 0
    failure: str = ""


def lower(action: Action, surroundings: Surroundings) -> Lowered:
    """The effects of an action in its surroundings."""
    scope = Scope(surroundings, LANGUAGES)
    surroundings.memo["overlay"] = scope.overlay  # what the action writes, for who replays it
    failure = ""
    try:
        tool, arguments = canonical(action.tool, action.arguments)
        scope.text = main_text(arguments)
        scope.cwd = _directory(action, arguments, surroundings)
        scope.origin = _chosen_by(action)
        if tool != action.tool or arguments is not action.arguments:
            action = replace(action, tool=tool, arguments=arguments)
        _dispatch(action, scope)
        emit_approving(scope)
    except BoundsReached:
        _rest(scope, "the rest of the action, which is past the bounds of analysis")
    except RecursionError:
        _rest(scope, "the rest of the action, which is nested too deep")
    except Exception as error:  # noqa: BLE001 - fail closed: whatever went wrong here, the action is opaque
        failure = f"{type(error).__name__}: {error}"
        _rest(scope, "the rest of the action, which could not be analysed")
    return Lowered(tuple(scope.effects), scope.bounds.steps, failure)


def _directory(action: Action, arguments: dict[str, Any], surroundings: Surroundings) -> str:
    given = arguments.get("cwd")
    cwd = action.cwd or surroundings.cwd
    if not isinstance(given, str) or not given:
        return cwd
    return given if given.startswith("/") else f"{cwd.rstrip('/')}/{given}"


def _chosen_by(action: Action) -> Origin:
    """Who chose the code: the client's user, unless an argument came from somewhere less trusted."""
    origin: Origin = "user"
    for provenance in action.provenance:
        origin = worse(origin, provenance.origin)
    return origin


def _dispatch(action: Action, scope: Scope) -> None:
    code = _CODE.get(action.tool)
    if code is not None:
        code(action.arguments, scope)
    elif not any(known(action, scope) for known in _TOOLS):
        scope.opaque(f"the tool {action.tool}")


def _rest(scope: Scope, what: str) -> None:
    """The one effect for all that was not analysed; it goes past the bound on effects."""
    quoted = scope.text if len(scope.text) <= MAX_EVIDENCE else scope.text[: MAX_EVIDENCE - 1] + "…"
    evidence = Evidence(0, len(scope.text), quoted)
    resource = Resource("process", what)
    scope.effects.append(Effect("opaque", resource, ANY, "no", "possible", "unknown", "unknown", evidence))


def _code(language: str, argument: str, *, subject: str = "") -> Callable[[dict[str, Any], Scope], None]:
    """A tool whose argument is code in a language; `subject` names the argument that says what it is run on."""

    def run(arguments: dict[str, Any], scope: Scope) -> None:
        text = arguments.get(argument)
        if not isinstance(text, str):
            scope.opaque(f"{language} code that is not text")
            return
        scope.text, scope.authorship, scope.stdin = text, "session", NOTHING
        given = arguments.get(subject) if subject else None
        words = (Word((given[:MAX_SQL_DATABASE],)),) if isinstance(given, str) and given else ()
        scope.languages[language](Word((text,), 0, len(text), origin=scope.origin), scope, words)

    return run


_CODE: Final[dict[str, Callable[[dict[str, Any], Scope], None]]] = {
    "shell": _code("shell", "command"),
    "sql": _code("sql", "statement", subject="database"),
    "python": _code("python", "code"),
}
"""Canonical tools that run code."""
