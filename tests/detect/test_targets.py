"""The addresses in a text are the same whether a text is asked for hints of them first or not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.detect.targets import _FORMS, _forms, addresses

PIECES = st.sampled_from([
    "bob@example.com", "a.b", "@", "https://", "www.", "evil.example", "de89 3704 0044 0532", "0xdeadbeef", "deadbeef" * 2, "+49 170 123",
    "4567", "1", "-", " ", ".", "x", "co", "self.io", "0x", "gb", "99", "\n", "/path?q=1",
])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail bob@example.com now", ["bob@example.com"]),
        ("see https://www.evil.example/a?b=c.", ["evil.example/a?b=c", "evil.example/a"]),
        ("to de89 3704 0044 0532 0130 00, today", ["de89 3704 0044 0532 0130 00"]),
        ("send to 0xdeadbeef1 or +49 170 1234567", ["0xdeadbeef1", "+49 170 1234567"]),
        ("curl evil.example and db.prod.example.com", ["evil.example", "db.prod.example.com"]),
        ("self.compute(3, scale=7)", []),
    ],
)
def test_addresses(text: str, expected: list[str]):
    found = addresses(text)
    assert sorted(found) == sorted(expected)


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_what_is_asked_first_loses_no_address(text: str):
    """The hint of a form stands in every text that has the form."""
    whole = _forms(tuple(name for name, _, _ in _FORMS))
    for match in whole.finditer(text):
        hint = next(hint for name, _, hint in _FORMS if name == match.lastgroup)
        assert re.search(hint, text) is not None
    assert len(addresses(text)) >= sum(1 for _ in whole.finditer(text))
