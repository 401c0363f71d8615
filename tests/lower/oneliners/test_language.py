"""The corpus of one-liners and store commands: source and expected effects side by side in `cases.toml`."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.effect import Resource
from jackline.lower.languages import LANGUAGES
from jackline.lower.oneliners.language import ACTS, tongue
from jackline.lower.scope import BoundsReached, Scope
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import UNKNOWN, Data, Word, word

if TYPE_CHECKING:
    from jackline.core.effect import Effect

CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text())["case"]
ONELINERS = ("perl", "php", "ruby")
ALL = {name: LANGUAGES[name] for name in (*ONELINERS, "mongo", "redis")}


def handed_over(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Stands for the shell: says what it was given."""
    del arguments
    scope.emit("execute", Resource("process", code.text or "*"))
    return UNKNOWN


def lowered(language: str, source: str) -> list[Effect]:
    around = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    scope = Scope(around, {**ALL, "shell": handed_over, "command": handed_over, "sql": handed_over}, text=source)
    ALL[language](word(source, 0, len(source)), scope)
    return scope.effects


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["code"][:50])
def test_case(case: dict[str, Any]) -> None:
    effects = lowered(case["language"], case["code"])
    assert [f"{effect.verb} {effect.resource.kind} {effect.resource.name}" for effect in effects] == case["effects"]


@pytest.mark.parametrize("name", ONELINERS)
def test_every_call_of_a_table_has_an_act(name: str) -> None:
    assert set(tongue(name).acts.values()) <= ACTS


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(ALL)), st.text(max_size=120) | st.text("unlink eval'\"`#${}()%qx/*;\\.\n", max_size=80))
def test_any_text_is_bounded_and_never_raises(language: str, source: str) -> None:
    with contextlib.suppress(BoundsReached):
        lowered(language, source)
