"""Phases that a user declares: red → green → refactor, plan → apply. Observed facts move a session from one to the next.

    start = "plan"
    phases = ["plan", "apply"]

    [[transition]]
    from = "plan"
    to = "apply"
    when = { verb = "read", kind = "infrastructure", labels = ["dry_run"], exit = 0 }

A transition is taken when an action has ended as `exit` says, and one of the effects that it was decided for fits all
the rest. Nothing that an agent says moves a session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct

from jackline.core.errors import ConfigurationError
from jackline.core.words import Environment, Kind, Label, Verb
from jackline.policy.names import like
from jackline.policy.vocabulary import NO_PHASE

if TYPE_CHECKING:
    from jackline.core.effect import Effect

MAX_PHASES: Final = 64
MAX_TRANSITIONS: Final = 256


class When(Struct, frozen=True, forbid_unknown_fields=True):
    """What must have happened. `exit` is the action's exit status (`"failed"`: any but 0); `name` a pattern with `*`."""

    exit: int | Literal["failed"] = 0
    verb: Verb | None = None
    kind: Kind | None = None
    name: str = "*"
    environment: Environment | None = None
    labels: frozenset[Label] = frozenset()

    def fits(self, effects: tuple[Effect, ...], status: int) -> bool:
        """Whether an action with these effects that ended with this status is what was meant."""
        ended = status != 0 if self.exit == "failed" else status == self.exit
        return ended and any(self._fits(effect) for effect in effects)

    def _fits(self, effect: Effect) -> bool:
        resource = effect.resource
        return (
            self.verb in {None, effect.verb}
            and self.kind in {None, resource.kind}
            and self.environment in {None, resource.environment}
            and self.labels <= resource.labels
            and like(resource.name, tuple(self.name.split("*")))
        )


class Transition(Struct, frozen=True, forbid_unknown_fields=True, rename={"origin": "from"}):
    """From one phase to another, when something has happened."""

    origin: str
    to: str
    when: When


class Phases(Struct, frozen=True, forbid_unknown_fields=True, rename={"words": "phases", "transitions": "transition"}):
    """The phases of a session: the words, the first one, and the ways between them."""

    words: tuple[str, ...] = (NO_PHASE,)
    start: str = NO_PHASE
    transitions: tuple[Transition, ...] = ()

    def after(self, phase: str, effects: tuple[Effect, ...], status: int) -> str:
        """The phase in which a session is when an action with these effects has ended."""
        for transition in self.transitions:
            if transition.origin == phase and transition.when.fits(effects, status):
                return transition.to
        return phase


NO_PHASES: Final = Phases()


def read_phases(text: str) -> Phases:
    """The phases that a TOML text declares. Raises `ConfigurationError` with what is wrong."""
    try:
        phases = msgspec.toml.decode(text, type=Phases)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        message = f"the phases are not valid: {error}"
        raise ConfigurationError(message) from error
    if not 0 < len(phases.words) <= MAX_PHASES or len(phases.transitions) > MAX_TRANSITIONS:
        message = f"phases are 1 to {MAX_PHASES} words with at most {MAX_TRANSITIONS} transitions"
        raise ConfigurationError(message)
    used = [phases.start, *(end for each in phases.transitions for end in (each.origin, each.to))]
    for word in used:
        if word not in phases.words:
            message = f"the phase `{word}` is used but not listed; add it to `phases` or correct it"
            raise ConfigurationError(message)
    return phases
