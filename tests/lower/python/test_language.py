"""Python corpus: source and expected effects side by side in `cases.toml`."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.effect import Effect, Resource
from jackline.lower.languages import LANGUAGES
from jackline.lower.program.acts import ACTS
from jackline.lower.python.language import lower_python
from jackline.lower.python.library import PYTHON
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
    lower_python(word(source, 0, len(source)), scope)
    return scope.effects


def compact(effects: list[Effect]) -> list[str]:
    return [f"{effect.verb} {effect.resource.kind} {effect.resource.name}" for effect in effects]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["code"][:60])
def test_case(case: dict[str, Any]) -> None:
    assert compact(lowered(case["code"])) == case["effects"]


def test_every_rule_has_an_act() -> None:
    assert {rule.act for rule in PYTHON.rules().values()} <= ACTS.keys()


def test_evidence_is_the_call_itself() -> None:
    source = "import os\nos.remove('a.db')"
    (effect,) = lowered(source)
    assert source[effect.evidence.start : effect.evidence.end] == "os.remove('a.db')" == effect.evidence.text


WRAPPERS = [
    "{}", "if True:\n    {}", "try:\n    {}\nfinally:\n    pass", "for _ in range(1):\n    {}", "def f():\n    {}\nf()",
    "exec({!r})", "with open('x') as h:\n    {}", "class C:\n    {}", "(lambda: exec({!r}))()", "import threading\ndef g():\n    {}\nthreading.Thread(target=g).start()",
    "while True:\n    {}\n    break", "if unknown():\n    {}", "[exec({!r}) for _ in 'x']", "eval(compile({!r}, 'f', 'exec'))",
]  # fmt: skip


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_no_wrapping_hides_a_delete(wrapper: str) -> None:
    inner = "import os; os.remove('a.db')"
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
        "x = 'a'\n" + "x = x + x\n" * 60,
        "'%099999999d' % 1",
        "'{:>999999999}'.format(1)",
        "'a' * 10**12",
        "10 ** 10 ** 10",
        "1 << 10**9",
        "(" * 500 + ")" * 500,
        "f = lambda n: f(n)\nf(1)",
        "def f(): f(); f()\nf()",
        "range(10**12)",
        "bytes(10**12)",
        "[0] * 10**12",
        "exec('exec(' * 200)",
        "a = []\nfor i in range(60):\n  for j in range(60):\n    for k in range(60):\n      a",
    ],
    ids=lambda source: source[:30],
)
def test_killers_end(source: str) -> None:
    with contextlib.suppress(BoundsReached):
        lowered(source)
