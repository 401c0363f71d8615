"""The one way into lowering: `lower(action, surroundings)`. Chooses the interpreter by the action's tool.

Never raises, on any input: what passes a bound is one `opaque` for the rest, and so is what the code here fails on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from jackline.core.effect import ANY, Effect, Evidence, Resource
from jackline.core.tools import canonical
from jackline.lower.scope import BoundsReached, Scope
from jackline.lower.shell.language import lower_command, lower_script, lower_shell, opaque_language, run_program_text
from jackline.lower.shell.machine import MAX_TEXT
from jackline.lower.word import NOTHING

if TYPE_CHECKING:
    from jackline.core.action import Action
    from jackline.lower.scope import Language
    from jackline.lower.surroundings import Surroundings


class Lowered(Struct, frozen=True):
    """The effects of an action, and the work that finding them took. `failure` is for our own tests and log."""

    effects: tuple[Effect, ...]
    steps: int = 0
    failure: str = ""


class Languages(dict[str, "Language"]):
    """The interpreters by name; one that is not there is opaque."""

    def __missing__(self, name: str) -> Language:
        return lambda code, scope, _arguments=(): opaque_language(name, code, scope)


LANGUAGES: Final = Languages(shell=lower_shell, command=lower_command, script=lower_script)

Tool = Callable[[dict[str, Any], Scope], None]


def lower(action: Action, surroundings: Surroundings) -> Lowered:
    """The effects of an action in its surroundings."""
    tool, arguments = canonical(action.tool, action.arguments)
    scope = Scope(surroundings, LANGUAGES, cwd=_directory(action, arguments, surroundings))
    failure = ""
    try:
        _tool(tool)(arguments, scope)
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
    if isinstance(given, str) and given:
        return given if given.startswith("/") else f"{cwd.rstrip('/')}/{given}"
    return cwd


def _rest(scope: Scope, what: str) -> None:
    """The one effect for all that was not analysed; it goes past the bound on effects."""
    evidence = Evidence(0, len(scope.text), scope.text[:160])
    scope.effects.append(
        Effect("opaque", Resource("process", what), ANY, "no", "possible", "unknown", "unknown", evidence)
    )


def _shell(arguments: dict[str, Any], scope: Scope) -> None:
    text = arguments.get("command")
    if not isinstance(text, str):
        scope.opaque("a shell command that is not text")
        return
    scope.text = text
    if len(text) > MAX_TEXT or "\0" in text:
        scope.opaque(f"{len(text)} characters of shell code", at=(0, len(text)), authorship="session")
        return
    scope.authorship = "session"
    run_program_text(text, scope, (), NOTHING)


def _opaque_tool(arguments: dict[str, Any], scope: Scope, name: str) -> None:
    del arguments
    scope.opaque(f"tool {name}")


TOOLS: Final[dict[str, Tool]] = {"shell": _shell, "note": lambda _arguments, _scope: None}


def _tool(name: str) -> Tool:
    return TOOLS.get(name) or partial(_opaque_tool, name=name)
