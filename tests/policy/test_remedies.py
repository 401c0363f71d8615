"""Points, masks, and what covers what."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.words import KINDS, REACHES, REMEDY_COSTS, VERBS, Remedy
from jackline.policy.covers import COVERS, NOTHING_HOLDS, covers, holds
from jackline.policy.remedies import (
    ALL,
    APPROVED,
    POINTS,
    WITH,
    Choice,
    cheapest,
    choice,
    is_upward_closed,
    minimal,
    offered,
    point_of,
)


def test_a_points_number_is_its_cost() -> None:
    for point in range(POINTS):
        chosen = choice(point)
        assert sum(REMEDY_COSTS[remedy] for remedy in chosen.remedies) + 16 * chosen.approval == point
        assert point_of(*chosen) == point


@given(mask=st.integers(1, ALL))
def test_the_cheapest_point_is_the_lowest(mask: int) -> None:
    assert cheapest(mask) == min(point for point in range(POINTS) if mask >> point & 1)


@given(mask=st.integers(0, ALL))
def test_minimal_choices_generate_what_is_closed_upwards(mask: int) -> None:
    least = [point_of(*chosen) for chosen in minimal(mask)]
    assert all(mask >> point & 1 for point in least)
    closure = sum(
        1 << point for point in range(POINTS)
        if any((small & 15) & ~point == 0 and small >> 4 <= point >> 4 for small in least)
    )  # fmt: skip
    assert mask & ~closure == 0
    assert is_upward_closed(mask) == (closure == mask)


@pytest.mark.parametrize("remedies", [set(), {"contained"}, {"undoable", "held"}, set(REMEDY_COSTS)])
@pytest.mark.parametrize("approvals", [-1, 0, 1, 3, 9])
def test_only_what_can_be_given_is_offered(remedies: set[Remedy], approvals: int) -> None:
    mask = offered(frozenset(remedies), approvals)
    for point in range(POINTS):
        chosen = choice(point)
        assert bool(mask >> point & 1) == (set(chosen.remedies) <= remedies and chosen.approval <= max(approvals, 0))


def test_minimal_of_nothing_and_of_all() -> None:
    assert minimal(0) == ()
    assert minimal(ALL) == (Choice((), 0),)


@pytest.mark.parametrize(
    ("remedy", "verb", "kind", "reach", "covered"),
    [
        ("contained", "delete", "file", "workspace", True),
        ("contained", "opaque", "process", "workspace", True),
        ("contained", "opaque", "process", "remote", False),  # ssh, the docker socket, a remote API
        ("contained", "modify", "infrastructure", "remote", False),
        ("contained", "connect", "endpoint", "remote", False),
        ("contained", "grant", "account", "system", False),
        ("undoable", "delete", "file", "workspace", True),
        ("undoable", "delete", "repository", "workspace", True),
        ("undoable", "delete", "file", "home", False),  # outside the transaction's roots
        ("undoable", "publish", "repository", "remote", False),
        ("undoable", "delete", "table", "remote", False),
        ("rehearsed", "delete", "infrastructure", "remote", True),
        ("rehearsed", "delete", "file", "workspace", False),
        ("held", "publish", "package", "remote", True),
    ],
)
def test_covers(remedy: Remedy, verb: str, kind: str, reach: str, covered: bool) -> None:
    assert covers(remedy, verb, kind, reach) == covered  # type: ignore[arg-type]


def test_what_could_not_be_read_is_undoable_only_where_it_is_contained() -> None:
    held = holds("opaque", "process", "workspace")
    assert held.undoable == WITH["undoable"] & WITH["contained"]


def test_nothing_is_covered_that_no_row_names() -> None:
    for verb, kind, reach in itertools.product(VERBS, KINDS, REACHES):
        held = holds(verb, kind, reach)
        for remedy in REMEDY_COSTS:
            named = any(
                row.remedy == remedy and verb in row.verbs and kind in row.kinds and reach in row.reaches
                for row in COVERS
            )
            assert bool(getattr(held, remedy)) == named
            assert getattr(held, remedy) & ~WITH[remedy] == 0
            assert is_upward_closed(getattr(held, remedy))


def test_an_approval_that_was_given_holds_everywhere() -> None:
    assert holds("read", "file", "home", 0).approval == APPROVED
    assert holds("read", "file", "home", 2).approval == (ALL, ALL, ALL, APPROVED[3])
    assert NOTHING_HOLDS.approval == (ALL, 0, 0, 0)
