"""The examples that stand in the entries are tests: a command, and exactly the effects that it has."""

from __future__ import annotations

import pytest

from jackline.lower.catalogue.store import examples

from .harness import compare, run

_EXAMPLES = list(examples())


@pytest.mark.parametrize(("entry", "command", "expected"), _EXAMPLES, ids=[f"{e}: {c}"[:80] for e, c, _ in _EXAMPLES])
def test_example(entry: str, command: str, expected: list[str]) -> None:
    missing, surplus = compare(run(command), expected)
    assert [missing, surplus] == [[], []]
