"""The page of explained examples, made from `explained.toml` by the command itself."""

from __future__ import annotations

import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from jackline.cli.explaining import draw_explanation
from jackline.core.action import Action
from jackline.guard.deciding import Guard
from jackline.guard.explaining import Explanation, explain
from jackline.guard.paths import Homes
from jackline.guard.policies import PolicyShelf
from tests.corpus.worlds import World

if TYPE_CHECKING:
    from jackline.guard.memory import Family
    from jackline.lower.surroundings import Surroundings

HERE: Final = Path(__file__).resolve().parent
TARGET: Final = HERE.parents[1] / "docs" / "explained.md"
PROJECT: Final = HERE.parent / "corpus" / "surroundings" / "project.toml"
OPENING: Final = """\
# Twenty commands, explained

What `jackline check --explain COMMAND` says, in a project that is in git: on the branch `feature/cart`, with `notes.txt`
changed and `draft.md` new since the last commit, and no word from the user about any host or cluster. Under each word stand
the effects that were read from it; an effect that needs something says what. `--json` gives the same as values.

Made by `make docs` from `tests/docs/explained.toml`; a test fails where the two differ.
"""


class Written:
    """The written-down world, as a guard asks for it."""

    def __init__(self) -> None:
        self._world = World(PROJECT)
        self.cwd = self._world.cwd

    def surroundings(self, action: Action, family: Family) -> Surroundings:
        del action, family
        return self._world.surroundings()


def examples() -> list[dict[str, Any]]:
    """The examples, in the order of the page."""
    found: list[dict[str, Any]] = tomllib.loads((HERE / "explained.toml").read_text(encoding="utf-8"))["example"]
    return found


@cache
def _guard() -> tuple[Guard, str]:
    """With the shipped baseline and nothing of this machine's."""
    with tempfile.TemporaryDirectory() as place:
        shelf = PolicyShelf(Homes(place, place, place))
    world = Written()
    return Guard(shelf, world), world.cwd


def explained(command: str) -> Explanation:
    """One command, in the written-down world."""
    guard, cwd = _guard()
    return explain(guard, Action(tool="shell", arguments={"command": command}, cwd=cwd))


def page() -> str:
    """The whole page."""
    return OPENING + "".join(_section(number, example) for number, example in enumerate(examples(), 1))


def _section(number: int, example: dict[str, Any]) -> str:
    drawn = click.unstyle(draw_explanation(explained(example["command"])))
    return f"\n## {number}. {example['title']}\n\n```text\n{drawn}\n```\n\n{example['lesson']}\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
