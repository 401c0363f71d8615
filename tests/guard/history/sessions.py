"""Sessions written down as steps, for tests: (tool, arguments, result, outcome)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jackline.core.action import Action
from jackline.core.history import Judged, Turn, fate_of
from jackline.guard.deciding import Guard
from jackline.guard.history.replay import Replay
from jackline.guard.history.shelf import PastShelf
from jackline.guard.history.world import PastWorld
from jackline.guard.paths import Homes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.core.history import Fate, Outcome

HERE = "/home/dev/app"
NOWHERE = Homes("/nonexistent/config", "/nonexistent/state", "/nonexistent/run")


class Step(NamedTuple):
    """One call and what came of it."""

    tool: str
    arguments: dict[str, Any]
    result: str = ""
    outcome: Outcome = "succeeded"
    exit_code: int | None = None


def sh(command: str, result: str = "", outcome: Outcome = "succeeded", exit_code: int | None = None) -> Step:
    """A shell command."""
    return Step("Bash", {"command": command}, result, outcome, exit_code)


@cache
def shelf(policy: str) -> PastShelf:
    """Policies are compiled once."""
    return PastShelf(NOWHERE, policy)


def replay(policy: str = "baseline") -> Replay:
    """A replay in a world of which nothing is known."""
    world = PastWorld()
    return Replay(Guard(shelf(policy), world), world)


def turns(steps: Iterable[Step], session: str = "s", parent: str = "", cwd: str = HERE) -> Iterator[Turn]:
    """Each call with its result right after it."""
    for number, step in enumerate(steps, 1):
        action = Action(tool=step.tool, arguments=step.arguments, cwd=cwd, client="claude")
        name = f"{session}-{number}"
        yield Turn(kind="call", session=session, parent=parent, call=name, action=action, at=number, line=2 * number)
        yield Turn(
            kind="result", session=session, parent=parent, call=name, text=step.result, outcome=step.outcome,
            exit_code=step.exit_code, at=number, line=2 * number + 1,
        )  # fmt: skip


def judged(steps: Iterable[Step], policy: str = "baseline", cwd: str = HERE) -> list[Judged]:
    """What one session's calls would have got."""
    running = replay(policy)
    found = [moment for turn in turns(steps, cwd=cwd) for moment in running.take(turn)]
    return [moment for moment in (*found, *running.finish()) if isinstance(moment, Judged)]


def fates(*steps: Step, policy: str = "baseline") -> list[Fate]:
    """The fate of each call."""
    return [fate_of(each.decision) for each in judged(steps, policy)]
