"""What is refused when a policy is loaded: with its span and a good sentence (`corpus/refused.txt`)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from jackline.core.errors import PolicyError
from jackline.policy import LayerText, load
from jackline.policy.layers import checked

CORPUS = Path(__file__).parent / "corpus" / "refused.txt"


class Case(NamedTuple):
    """A policy, the span that is marked below one of its lines, and the message."""

    name: str
    text: str
    start: int
    end: int
    message: str


def read(corpus: str) -> list[Case]:
    cases = []
    for block in corpus.split("\n# "):
        name, *lines = block.removeprefix("# ").rstrip("\n").split("\n")
        mark = next(at for at, line in enumerate(lines) if set(line) <= {" ", "^"} and "^" in line)
        before = lines[:mark]
        start = len("\n".join(before[:-1])) + (1 if before[:-1] else 0) + lines[mark].index("^")
        text = "\n".join([*before, *lines[mark + 1 : -1]])
        cases.append(Case(name, text, start, start + lines[mark].count("^"), lines[-1].removeprefix("-> ")))
    return cases


CASES = read(CORPUS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_refused_with_its_span(case: Case) -> None:
    with pytest.raises(PolicyError) as caught:
        checked(case.text)
    error = caught.value
    assert (str(error), error.start, max(error.end, error.start + 1)) == (case.message, case.start, case.end)


def test_the_corpus_is_read_whole() -> None:
    assert len(CASES) == CORPUS.read_text(encoding="utf-8").count("-> ") > 70


def test_phases_are_words_too() -> None:
    text = 'permit (principal, action, resource) when { context.phase == Phase::"apply" };'
    assert checked(text, ("plan", "apply"))
    with pytest.raises(PolicyError, match="`apply` is no Phase"):
        checked(text, ("plan", "deploy"))


def test_two_rules_of_one_layer_with_one_id_are_refused() -> None:
    rule = '@id("same") permit (principal, action, resource);'
    with pytest.raises(PolicyError, match="two rules have the id `same`") as caught:
        load([LayerText("user", rule, "a"), LayerText("user", f"// more\n{rule}", "b")])
    assert caught.value.text[caught.value.start : caught.value.end] == rule
    assert load([LayerText("user", rule), LayerText("project", rule)])
