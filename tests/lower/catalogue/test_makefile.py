"""The recipes that make would run, as far as its language is followed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.catalogue.special.makefile import recipes
from jackline.lower.word import Hole


def _shown(text: str, *goals: str, **given: str) -> list[str] | None:
    found = recipes(text, list(goals), given)
    if found is None:
        return None
    return ["".join("{" + part.what + "}" if isinstance(part, Hole) else part for part in line) for line in found]


@pytest.mark.parametrize(
    ("text", "goals", "expected"),
    [
        ("all:\n\techo a\n", (), ["echo a"]),
        ("a: b\n\techo a\nb:\n\techo b\nc:\n\trm -rf /\n", (), ["echo b", "echo a"]),
        ("X = out\nclean:\n\t-@rm -rf $(X) ${X}/*\n", ("clean",), ["rm -rf out out/*"]),
        ("X := a\nX += b\nt:\n\techo $(X) $@ $$HOME\n", ("t",), ["echo a b t $HOME"]),
        ("t: ; echo inline\n", ("t",), ["echo inline"]),
        (".PHONY: t\nt:\n\techo $(shell date)\n", ("t",), ["echo {$(shell date)}"]),
        ("X != date\nt:\n\techo $(X)\n", ("t",), ["echo {$(X)}"]),
        ("a: a\n\techo once\n", ("a", "a"), ["echo once"]),
        ("t:\n\techo a \\\n\t  b\n", ("t",), ["echo a  \t  b"]),
        ("t:\n\techo $(CFLAGS)x\n", ("t",), ["echo x"]),
        ("include other.mk\nt:\n\techo a\n", ("t",), None),
        ("ifeq ($(X),1)\nt:\n\techo a\nendif\n", ("t",), None),
        ("%.o: %.c\n\tcc $<\n", ("a.o",), None),
        ("t:\n\techo a\n", ("missing",), []),
    ],
)
def test_recipes(text: str, goals: tuple[str, ...], expected: list[str] | None) -> None:
    assert _shown(text, *goals) == expected


def test_variables_of_the_command_line_win() -> None:
    assert _shown("X = a\nt:\n\techo $(X)\n", "t", X="b") == ["echo b"]


@given(st.text(alphabet="ab:=\t\n$(){} %;#\\?+!@", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = recipes(text, [], {})
    assert found is None or all(isinstance(line, tuple) for line in found)
