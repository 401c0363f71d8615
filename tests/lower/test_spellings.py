"""Metamorphic: however Python, JavaScript or SQL is spelled, wrapped, encoded or written first, no effect gets lost.

What a spelling hides may be opaque instead: that is judged no weaker. But most spellings must be read.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings

from tests.lower.shell.running import run
from tests.lower.spellings import JAVASCRIPT, PYTHON, SQL

EVERYTHING = list(HealthCheck)
MANY = 600


def strength(text):
    """What an effect is, without how sure it is and where it was read."""
    found = run(text)
    assert found.failure == ""
    known = {
        (one.verb, one.resource.kind, one.resource.name, one.resource.labels, one.extent, one.reversible)
        for one in found.effects
        if one.verb not in {"execute", "opaque"}
    }
    return known, any(one.verb == "opaque" for one in found.effects)


plainly = cache(strength)


def compare(spelling):
    plain, variant = spelling
    expected, _ = plainly(plain)
    assert expected, plain
    known, opaque = strength(variant)
    anywhere = {(verb, kind) for verb, kind, name, *_ in known if name == "*"}
    missing = {one for one in expected - known if one[:2] not in anywhere}
    assert opaque or not missing, (variant, missing)
    return opaque


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spellings", "unread"), [(PYTHON, 0.15), (JAVASCRIPT, 0.15), (SQL, 0.15)], ids=["python", "javascript", "sql"]
)
def test_no_spelling_of_many_is_weaker_than_the_plain_form(spellings, unread):
    opaque = []

    @settings(max_examples=MANY, deadline=None, suppress_health_check=EVERYTHING, database=None)
    @given(spellings)
    def every(spelling):
        opaque.append(compare(spelling))

    every()
    assert sum(opaque) <= unread * len(opaque)


@settings(max_examples=30, suppress_health_check=EVERYTHING)
@given(PYTHON | JAVASCRIPT | SQL)
def test_no_spelling_is_weaker_than_the_plain_form(spelling):
    compare(spelling)
