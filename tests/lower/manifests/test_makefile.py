"""The recipes that make would run, as far as its language is followed (`makefiles.txt`)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests.makefile import Plan

from .corpus import Case, cases
from .worlds import World, shown


def _told(text: str, words: list[str]) -> list[str]:
    """All choices one behind the other; `make NAME=VALUE goal`."""
    given = {name: (value,) for name, equals, value in (word.partition("=") for word in words[1:]) if equals}
    goals = [word for word in words[1:] if "=" not in word]
    told: list[str] = []
    choice, alternatives = 0, 1
    while choice < alternatives:
        plan = Plan(World(), given, choice)
        plan.read(text)
        alternatives = plan.alternatives
        told += [f"or: {choice}"] if choice else []
        told += [shown(line.code) for line in plan.lines(goals)]
        told += ["!unknown"] if plan.unknown else []
        choice += 1
    return told


@pytest.mark.parametrize("case", cases("makefiles.txt"), ids=lambda case: f"{case.title}: {' '.join(case.words)}")
def test_recipes(case: Case) -> None:
    assert "\n".join(_told(case.text, case.words)).split("\n") == case.expected


def test_a_command_for_its_output_runs_even_where_its_variable_is_not_used() -> None:
    world = World()
    Plan(world).read("X := $(shell rm -rf a)\nY != pwd\nZ = $(shell rm -rf b)\n")
    assert world.ran == ["rm -rf a", "pwd"]


@given(
    st.lists(
        st.sampled_from(
            ["all", "a b", ":", "::", "=", ":=", "+=", "?=", "!=", "define x", "endef", "ifeq (a,$(X))", "ifdef X", "else",
             "endif", "include known.mk", "\t", "$(X)", "$(call X,$(X))", "$(eval X=$(X))", "$(foreach i,a b,$(i))", "$(shell pwd)", "%.o", "\n", "\n",
             "\n\t", "\\\n", "#", ";", "$$", "$", "$(", "${X", ")", " ", ".ONESHELL:", "$(if $(X),a,b)", "$(X:a=b)", "X"]
        ),
        max_size=60,
    ).map("".join)
    | st.text(max_size=80)
)  # fmt: skip
def test_any_text_is_read_within_its_bounds(text: str) -> None:
    world = World(4000)
    plan = Plan(world)
    try:
        plan.read(text)
        assert all(line.code for line in plan.lines([]))
    except (StopIteration, RuntimeError):  # the host's own bound, which becomes a RuntimeError in a generator
        assert world.steps < 0


@pytest.mark.parametrize(
    "text",
    ["X = $(X)\nt:\n\techo $(X)\n", "X = $(call X)\nt: $(X)\n", "a: b\nb: a\n\techo\n", "$(eval $(value X))\ndefine X\n$(eval $(value X))\nendef\n$(X)\n",
     "X := a\n" + "X := $(X)$(X)\n" * 60 + "t:\n\techo $(X)\n", "ifeq (a,b)\n" * 500, "$" * 5000, "(" * 5000 + ":", "include known.mk\n" * 500],
)  # fmt: skip
def test_what_turns_in_circles_or_grows_without_end_is_bounded(text: str) -> None:
    plan = Plan(World())
    plan.read(text)
    assert sum(len(shown(line.code)) for line in plan.lines(["t"])) < 200_000
