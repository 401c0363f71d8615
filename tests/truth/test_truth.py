"""No command does what was not predicted of it: several hundred of them, run and watched."""

from __future__ import annotations

import pytest

from tests.truth.corpus import cases
from tests.truth.running import CannotRunError, figures, gaps, outcomes, summary

ENOUGH = 300
PRECISE = 0.88


@pytest.fixture(scope="module")
def found():
    try:
        return outcomes(cases())
    except CannotRunError as error:
        pytest.skip(f"commands cannot be run and watched here: {error}")


@pytest.mark.slow
def test_everything_that_happened_was_predicted(found):
    wrong = {one.case.command: one.problems for one in found if one.problems}
    assert wrong == {}, summary(found)


@pytest.mark.slow
def test_enough_was_run_and_most_of_what_was_predicted_happened(found):
    sums = figures(found)
    if sums.absent == 0:
        assert sums.commands >= ENOUGH
    assert sums.precise >= PRECISE, summary(found)


def test_every_known_gap_is_a_command_of_the_corpus():
    assert set(gaps()) <= {case.command for case in cases()}


def test_no_command_stands_twice_in_a_world():
    given = [(case.world, case.command) for case in cases()]
    assert [one for one in given if given.count(one) > 1] == []
