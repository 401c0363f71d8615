"""What a sign needs stands in whatever its pattern matches: so it can be asked for first."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jackline.detect.addressed import _NEAR, _ROWS, _words, agents_in, signs
from jackline.detect.plain import plain

ROWS = [pytest.param(row, id=f"{number}-{row.kind}-{row.needs[0].strip()}") for number, row in enumerate(_ROWS)]
LETTERS = st.characters(categories=["Ll", "Nd", "Po", "Pd"], max_codepoint=0x17F)


@pytest.mark.parametrize("row", ROWS)
@given(st.data())
@settings(
    max_examples=6, derandomize=True, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
)
def test_what_matches_has_what_is_needed(row, data):
    matched = data.draw(st.from_regex(row.pattern, alphabet=LETTERS | st.sampled_from(" <>|[]{}()#*=@_-:,'\"!.?/")))
    text = plain(matched)
    found = row.pattern.search(text)
    if found is None:
        return  # white space or case that plain text does not have
    words = _words(text)
    assert any(need in text for need in row.needs)
    assert row.may_be_in(text, words)
    assert row.kind != "agent" or agents_in(text, words) != []
    if found.end() - found.start() <= _NEAR:  # a pattern is tried near what it needs, and no further
        assert any(sign.kind == row.kind for sign in signs(text))
