"""JavaScript corpus: source and expected effects side by side in `cases.toml`."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.effect import Effect, Resource
from jackline.lower.javascript.language import lower_javascript
from jackline.lower.javascript.library import JAVASCRIPT
from jackline.lower.languages import LANGUAGES
from jackline.lower.program.acts import ACTS
from jackline.lower.scope import BoundsReached, Scope
from jackline.lower.sql.dialects import DIALECTS
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import UNKNOWN, Data, Word, word

CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text())["case"]


def handed_over(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Stands for the shell: says what it was given."""
    del arguments
    scope.emit("execute", Resource("process", code.text or "*"))
    return UNKNOWN


def lowered(source: str, answers: dict[tuple[str, str], Any] | None = None) -> list[Effect]:
    around = Surroundings(Table(answers), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    scope = Scope(
        around,
        {**{name: LANGUAGES[name] for name in DIALECTS}, "shell": handed_over, "command": handed_over},
        text=source,
    )
    lower_javascript(word(source, 0, len(source)), scope)
    return scope.effects


def compact(effects: list[Effect]) -> list[str]:
    return [f"{effect.verb} {effect.resource.kind} {effect.resource.name}" for effect in effects]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["code"][:60])
def test_case(case: dict[str, Any]) -> None:
    assert compact(lowered(case["code"])) == case["effects"]


def test_every_rule_has_an_act() -> None:
    assert {rule.act for rule in JAVASCRIPT.rules().values()} <= ACTS.keys()


def test_evidence_is_the_call_itself() -> None:
    source = "const é = 'é'; require('fs').rmSync('a.db')"
    (effect,) = lowered(source)
    assert source[effect.evidence.start : effect.evidence.end] == "require('fs').rmSync('a.db')" == effect.evidence.text


WRAPPERS = [
    "{}", "if (true) {{ {} }}", "try {{ {} }} finally {{ }}", "(function () {{ {} }})()", "(() => {{ {} }})()", "(async () => {{ {} }})()",
    "eval({!r})", "new Function({!r})()", "do {{ {} }} while (0)", "for (let i = 0; i < 1; i++) {{ {} }}", "switch (x) {{ case 1: {} }}",
    "[1].map(() => {{ {} }})", "Promise.resolve().then(() => {{ {} }})", "process.on('exit', () => {{ {} }})", "label: {{ {} }}",
    "const o = {{ go() {{ {} }} }}; o.go()", "class C {{ static {{ {} }} }}", "unknown(() => {{ {} }})", "if (unknown) {{ {} }}",
]  # fmt: skip


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_no_wrapping_hides_a_delete(wrapper: str) -> None:
    inner = 'require("fs").unlinkSync("a.db")'
    assert "delete file /ws/a.db" in compact(lowered(wrapper.format(inner)))


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=150)
    | st.lists(
        st.sampled_from(
            [
                "os",
                ".",
                "remove",
                "(",
                ")",
                "'a'",
                "+",
                "%",
                "[",
                "]",
                "exec",
                "lambda",
                ":",
                "\n",
                "    ",
                "for x in",
                "if",
                "import",
                "def f()",
                "*",
                "=",
                "x",
                "getattr",
                ",",
                "1",
            ]
        ),
        max_size=30,
    ).map(" ".join)
)
def test_any_text_is_bounded_and_never_raises(source: str) -> None:
    with contextlib.suppress(BoundsReached):
        lowered(source)


@pytest.mark.parametrize(
    "source",
    [
        "let x = 'a';" + "x = x + x;" * 60, "'a'.repeat(1e12)", "(" * 5000 + ")" * 5000, "[" * 5000 + "]" * 5000, "const f = n => f(n); f(1)",
        "function f() { f(); f() } f()", "'a'.padStart(1e12)", "eval(" * 300 + ")" * 300, "a?" * 3000 + "b", "`${" * 300 + "1" + "}`" * 300,
        "x=>" * 3000 + "1", "new Array(1e12)", "'aaaa'.replaceAll('a', 'b'.repeat(60000))", "{" * 3000 + "}" * 3000,
    ],
    ids=lambda source: source[:30],
)  # fmt: skip
def test_killers_end(source: str) -> None:
    with contextlib.suppress(BoundsReached):
        lowered(source)
