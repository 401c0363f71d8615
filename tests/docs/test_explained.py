"""The page of explained examples says what the command says, and each example has the verdict that it is there for."""

from __future__ import annotations

import pytest

from tests.docs.explained import TARGET, examples, explained, page


def test_the_page_is_what_the_command_says():
    assert TARGET.read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize("example", examples(), ids=lambda example: example["title"])
def test_each_example_has_its_verdict(example):
    found = explained(example["command"])
    assert found.decision.verdict == example["verdict"], found.way


def test_there_are_twenty():
    assert len(examples()) == 20
