"""The recipes that just would run (`justfiles.txt`)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests.justfile import Justfile

from .corpus import Case, cases
from .worlds import World, shown


def _told(text: str, words: list[str]) -> list[str]:
    given = {name: (value,) for name, equals, value in (word.partition("=") for word in words[1:]) if equals}
    file = Justfile(World(), given)
    file.read(text)
    told = [f"export {name}={shown(value)}" for name, value in file.evaluated().items()]
    for run in file.runs([(word,) for word in words[1:] if "=" not in word]):
        extra = [f"{name}={shown(value)}" for name, value in run.exported] + (
            [f"in {run.directory}"] if run.directory else []
        )
        told += [*(f"# {' '.join(extra)}" for _ in extra[:1]), *(["script:"] if run.script else []), shown(run.code)]
        told += [f"# with {' '.join(map(shown, run.arguments))}"] if run.arguments else []
    return [*told, *(["!unknown"] if file.unknown else [])]


@pytest.mark.parametrize("case", cases("justfiles.txt"), ids=lambda case: f"{case.title}: {' '.join(case.words)}")
def test_recipes(case: Case) -> None:
    assert "\n".join(_told(case.text, case.words)).split("\n") == case.expected


def test_all_assignments_are_evaluated_before_any_recipe() -> None:
    world = World()
    file = Justfile(world, {})
    file.read("unused := `rm -rf a`\nused := `pwd`\n")
    file.evaluated()
    assert world.ran == ["rm -rf a", "pwd"]


@given(
    st.lists(
        st.sampled_from(
            ["a", "b c", ":", ":=", "set shell", "alias a", "import 'known.just'", "[private]", "\n", "\n", "\n    ", "{{", "}}", "'", '"', "`pwd`",
             "(", ")", "if a == b", "{", "}", "else", "+", "/", "&&", "*x", "$x", "='d'", "#", "\\\n", "#!/bin/sh", "env('X')", ","]
        ),
        max_size=50,
    ).map("".join)
    | st.text(max_size=80)
)  # fmt: skip
def test_any_text_is_read_within_its_bounds(text: str) -> None:
    world = World(4000)
    file = Justfile(world, {})
    try:
        file.read(text)
        file.evaluated()
        assert all(run.code or file.unknown or not run.code for run in file.runs([("a",)]))
    except (StopIteration, RuntimeError):
        assert world.steps < 0


@pytest.mark.parametrize(
    "text",
    [
        "a := a + a\nt:\n  echo {{a}}\n",
        "t: t\n  echo\n",
        "x := " + "(" * 3000 + "\n",
        "x0 := 'a'\n" + "".join(f"x{i + 1} := x{i} + x{i}\n" for i in range(20)) + "t:\n  echo {{x20}}\n",
    ],
)
def test_what_turns_in_circles_or_grows_is_bounded(text: str) -> None:
    file = Justfile(World(), {})
    file.read(text)
    assert sum(len(shown(run.code)) for run in file.runs([("t",)])) < 2_000_000
