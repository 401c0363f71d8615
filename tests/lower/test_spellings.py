"""Metamorphic: however Python, JavaScript or SQL is spelled, wrapped, encoded or written first, no effect gets lost.

What a spelling hides may be opaque instead: that is judged no weaker than what is not known. `test_metamorphic.py` holds
that most spellings are read.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lower.metamorphic import compare
from tests.lower.spellings import javascript, python, sql


@pytest.mark.parametrize("spell", [python, javascript, sql])
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_no_spelling_is_weaker_than_the_plain_form(spell, rng):
    compare(*spell(rng), hidden=True)
