"""What must hold between a plain form and any other spelling of it: nothing is lost, and the verdict is no weaker."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from jackline.policy import LayerText, Posture, judge, load, shipped
from tests.lower.shell.running import run

if TYPE_CHECKING:
    from jackline.core.effect import Effect

VERDICTS = ("allow", "ask", "deny")


class Reading(NamedTuple):
    """What is compared of a text: its effects without how sure they are and where they were read, and the verdict."""

    effects: frozenset[tuple]
    opaque: bool
    verdict: int


@cache
def _baseline():
    return load([LayerText("user", shipped.text("baseline"), "baseline")])


def _identity(effect: Effect) -> tuple:
    resource = effect.resource
    return effect.verb, resource.kind, resource.name, resource.labels, effect.extent, effect.reversible


def reading(text: str) -> Reading:
    """Read a shell text, and judge it by the shipped policy where no remedy can be given."""
    found = run(text)
    assert found.failure == "", text
    posture = Posture(agent="tests", available=frozenset(), approvals=3)
    return Reading(
        frozenset(_identity(effect) for effect in found.effects if effect.verb != "opaque"),
        any(effect.verb == "opaque" for effect in found.effects),
        VERDICTS.index(judge(_baseline(), found.effects, posture).verdict),
    )


plainly = cache(reading)


def compare(plain: str, variant: str, *, hidden: bool = False) -> bool:
    """Hold a variant against its plain form; whether a part of it could not be read.

    `hidden`: what the spelling hides may be `opaque` instead; what a program started is then not asked either, for the
    plain form is another program.
    """
    expected, found = plainly(plain), reading(variant)
    assert expected.effects or expected.opaque, plain
    missing = expected.effects - found.effects
    if hidden:
        anywhere = {(verb, kind) for verb, kind, name, *_ in found.effects if name == "*"}
        missing = (
            {one for one in missing if one[0] != "execute" and one[:2] not in anywhere} if not found.opaque else ()
        )
    assert not missing, (variant, missing)
    assert found.opaque or not expected.opaque, variant
    assert found.verdict >= (min(expected.verdict, 1) if hidden and found.opaque else expected.verdict), variant
    return found.opaque
