"""Metamorphic: over very many spellings, none is read or judged weaker than its plain form.

They are drawn from a fixed seed, so that a commit's answer is always the same; the tests that hypothesis draws for look
further with every run. Each test has its own share of the seeds, so no variant of one is a variant of another.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.lower.metamorphic import compare
from tests.lower.shell.variants import SEEDS, spelled
from tests.lower.spellings import javascript, python, sql

SHARES = 8
OF_COMMANDS = 2_000
OF_PROGRAMS = 1_500
ASKED = 20_000
"""How many distinct variants a whole run holds, at least."""
MAX_DRAWN = 3
"""Times as many may be drawn as are wanted: some spellings come twice."""
PROGRAMS = {"python": python, "javascript": javascript, "sql": sql}
MAX_UNREAD = 0.15


def distinct(spell, count):
    """So many variants, no two the same, with their plain forms."""
    rng, seen = Random(count), set()
    for _ in range(MAX_DRAWN * count):
        plain, variant = spell(rng)
        if variant not in seen:
            seen.add(variant)
            yield plain, variant
        if len(seen) == count:
            return
    pytest.fail(f"only {len(seen)} distinct variants")


def test_a_run_holds_enough():
    assert SHARES * OF_COMMANDS + len(PROGRAMS) * OF_PROGRAMS >= ASKED


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_no_spelling_of_a_command_is_weaker(share):
    seeds = SEEDS[share::SHARES]
    for plain, variant in distinct(lambda rng: spelled(rng, seeds), OF_COMMANDS):
        compare(plain, variant)


@pytest.mark.slow
@pytest.mark.parametrize("language", PROGRAMS)
def test_no_spelling_of_a_program_is_weaker(language):
    unread = sum(compare(plain, variant, hidden=True) for plain, variant in distinct(PROGRAMS[language], OF_PROGRAMS))
    assert unread <= MAX_UNREAD * OF_PROGRAMS
