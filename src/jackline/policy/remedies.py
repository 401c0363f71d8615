"""Sets of remedies as numbers, and sets of such sets as masks.

A *point* is one choice of remedies and a strength of approval. Its number is its cost: `contained` 1, `undoable` 2,
`rehearsed` 4, `held` 8, and 16 for each level of approval, so that there are 64 points and the cheaper of two is the
smaller. A *mask* is a set of points: bit p stands for point p. A rule is evaluated once, for all points together: what
does not depend on remedies is all points or none, `context.contained` is the points that have it, `&&` is `&`. The
search for the cheapest remedies is then the lowest bit of a mask.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.words import APPROVAL_COST, MAX_APPROVAL, REMEDY_COSTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.core.words import Remedy

POINTS: Final = APPROVAL_COST * (MAX_APPROVAL + 1)
ALL: Final = (1 << POINTS) - 1
NONE: Final = 0
BARE: Final = 1
"""The mask of the one point that has no remedy and no approval."""


def _points(cost: int) -> int:
    return sum(1 << point for point in range(POINTS) if point & cost)


WITH: Final[dict[Remedy, int]] = {remedy: _points(cost) for remedy, cost in REMEDY_COSTS.items()}
"""Remedy → the points that have it."""

APPROVED: Final = tuple(
    sum(1 << point for point in range(POINTS) if point // APPROVAL_COST >= level) for level in range(MAX_APPROVAL + 1)
)
"""Strength → the points whose approval is at least that strong."""


class Choice(NamedTuple):
    """One point, spelt out. `remedies` are in order of cost."""

    remedies: tuple[Remedy, ...]
    approval: int


@lru_cache(maxsize=POINTS)
def choice(point: int) -> Choice:
    """What a point stands for."""
    return Choice(tuple(remedy for remedy, cost in REMEDY_COSTS.items() if point & cost), point // APPROVAL_COST)


def point_of(remedies: Iterable[Remedy], approval: int = 0) -> int:
    """The point of a choice."""
    return sum(REMEDY_COSTS[remedy] for remedy in set(remedies)) + APPROVAL_COST * approval


def cheapest(mask: int) -> int:
    """The cheapest point of a mask that is not empty."""
    return (mask & -mask).bit_length() - 1


@lru_cache(maxsize=128)
def offered(available: frozenset[Remedy], approvals: int) -> int:
    """The points that an installation can give: these remedies, and approval up to this strength."""
    lacking = sum(cost for remedy, cost in REMEDY_COSTS.items() if remedy not in available)
    strongest = min(max(approvals, 0), MAX_APPROVAL)
    return sum(1 << point for point in range(POINTS) if not point & lacking and point // APPROVAL_COST <= strongest)


@lru_cache(maxsize=1024)
def minimal(mask: int) -> tuple[Choice, ...]:
    """The choices of a mask that contain no other of it: all ways to satisfy it, none with more than it needs."""
    points = [point for point in range(POINTS) if mask >> point & 1]
    return tuple(
        choice(point) for point in points if not any(_within(other, point) for other in points if other != point)
    )


def _within(small: int, large: int) -> bool:
    remedies = APPROVAL_COST - 1
    return (small & remedies) & ~large == 0 and small // APPROVAL_COST <= large // APPROVAL_COST


def is_upward_closed(mask: int) -> bool:
    """Whether adding a remedy or strengthening the approval never leaves the mask."""
    return all(mask >> above & 1 for point in range(POINTS) if mask >> point & 1 for above in _above(point))


def _above(point: int) -> Iterator[int]:
    yield from (point | cost for cost in REMEDY_COSTS.values())
    if point // APPROVAL_COST < MAX_APPROVAL:
        yield point + APPROVAL_COST
