"""Metamorphic: however a command is spelled or wrapped, its effects are not weaker than those of its plain form."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings

from tests.lower.shell.running import run
from tests.lower.shell.variants import spellings

MAX_KEPT = 60


def strength(text):
    return _strength(text) if len(text) > MAX_KEPT else _kept_strength(text)


def _strength(text):
    """What an effect is, without how sure it is and where it was read."""
    found = run(text)
    assert found.failure == ""
    return {
        (
            effect.verb,
            effect.resource.kind,
            effect.resource.name,
            effect.resource.labels,
            effect.extent,
            effect.reversible,
        )
        for effect in found.effects
    }


_kept_strength = cache(_strength)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(spellings())
def test_no_spelling_is_weaker_than_the_plain_form(spelling):
    compare(spelling)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(spellings())
def test_no_spelling_of_very_many_is_weaker_than_the_plain_form(spelling):
    compare(spelling)


def compare(spelling):
    plain, variant = spelling
    missing = strength(plain) - strength(variant)
    assert not missing, variant
