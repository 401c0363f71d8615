"""The verdict corpus: every command gets the verdict that stands before it, under the shipped baseline."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jackline.core.action import Action
from jackline.lower.lowering import lower
from jackline.policy import shipped
from jackline.policy.judge import judge
from jackline.policy.layers import LayerText, load
from jackline.policy.posture import Posture
from tests.corpus.worlds import World

if TYPE_CHECKING:
    from jackline.core.decision import Decision
    from jackline.policy.layers import Policies

FOLDER = Path(__file__).parent / "verdicts"
STOPPED = frozenset({"ask", "deny"})


def lines() -> list[tuple[str, str, str]]:
    """(file, verdict, command) of every line."""
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                verdict, _, command = line.partition(" ")
                found.append((file.stem, verdict, command.strip().replace("⏎", "\n")))
    return found


@cache
def policies() -> Policies:
    return load([LayerText("user", shipped.text("baseline"), "baseline")])


@cache
def world() -> World:
    return World(FOLDER.parent / "surroundings" / "project.toml")


def decided(command: str) -> Decision:
    surroundings = world().surroundings()
    lowered = lower(Action(tool="shell", arguments={"command": command}, cwd=surroundings.cwd), surroundings)
    posture = Posture(agent="test", assurance="hooked", available=frozenset(), approvals=3)
    return judge(policies(), lowered.effects, posture)


@pytest.mark.parametrize(("file", "verdict", "command"), lines(), ids=lambda part: part[:70])
def test_verdict(file: str, verdict: str, command: str) -> None:
    decision = decided(command)
    wanted = STOPPED if verdict == "stop" else {verdict}
    told = [
        f"{effect.verb} {effect.resource.kind} {effect.resource.name} {sorted(effect.resource.labels)}"
        for effect in decision.effects
    ]
    assert decision.verdict in wanted, f"{file}: {told} {[reason.rule for reason in decision.reasons]}"
