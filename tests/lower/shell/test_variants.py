"""Metamorphic: however a command is spelled or wrapped, its effects are not weaker than those of its plain form."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lower.metamorphic import compare
from tests.lower.shell.variants import spelled


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_no_spelling_is_weaker_than_the_plain_form(rng):
    compare(*spelled(rng))
