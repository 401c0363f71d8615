"""Which remedy holds for which effect: one declared table.

A remedy is chosen for an action and holds for an effect only where it covers it. What no row names is not covered, so
a new kind of effect begins without remedies.

- `contained` covers what happens on this machine without a helper outside the sandbox: never another machine, a remote
  API, the docker socket (their effects have reach `remote`), never privilege.
- `undoable` covers what the transaction can put back: files, repositories and file databases of the workspace; code
  that could not be read only where it is contained as well, for only then all that it changes is in the transaction.
- `rehearsed` covers what has a rehearsal adapter; the guard offers it only where one really showed the effect.
- `held` covers everything, for nothing is done; so does an approval, for the question names every effect.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.words import KINDS, MAX_APPROVAL, REACHES, VERBS
from jackline.policy.remedies import ALL, APPROVED, NONE, WITH

if TYPE_CHECKING:
    from jackline.core.words import Kind, Reach, Remedy, Verb


class Row(NamedTuple):
    """`remedy` covers these verbs on these kinds within these reaches, if `beside` (where given) is chosen as well."""

    remedy: Remedy
    verbs: frozenset[Verb]
    kinds: frozenset[Kind]
    reaches: frozenset[Reach]
    beside: Remedy | None = None


_LOCAL: Final[frozenset[Reach]] = frozenset({"workspace", "home", "system"})
_WORKSPACE: Final[frozenset[Reach]] = frozenset({"workspace"})
_EVERYWHERE: Final = frozenset(REACHES)

COVERS: Final[tuple[Row, ...]] = (
    Row(
        "contained",
        frozenset({"read", "create", "modify", "delete", "install", "execute", "opaque"}),
        frozenset({"file", "table", "process", "package", "repository", "memory"}),
        _LOCAL,
    ),
    Row(
        "undoable",
        frozenset({"create", "modify", "delete", "install"}),
        frozenset({"file", "table", "repository", "package", "memory"}),
        _WORKSPACE,
    ),
    Row("undoable", frozenset({"execute", "opaque"}), frozenset({"process"}), _WORKSPACE, beside="contained"),
    Row(
        "rehearsed",
        frozenset({"create", "modify", "delete", "install", "configure", "publish"}),
        frozenset({"table", "infrastructure", "repository", "package"}),
        _EVERYWHERE,
    ),
    Row("held", frozenset(VERBS), frozenset(KINDS), _EVERYWHERE),
)


class Holds(NamedTuple):
    """For one effect, the points at which each remedy holds and at which the approval is strong enough."""

    contained: int
    undoable: int
    rehearsed: int
    held: int
    approval: tuple[int, ...]


NOTHING_HOLDS: Final = Holds(NONE, NONE, NONE, NONE, (ALL, *([NONE] * MAX_APPROVAL)))
"""What holds where no remedy is chosen; enough to see that an effect needs none."""


@lru_cache(maxsize=4096)
def holds(verb: Verb, kind: Kind, reach: Reach, approved: int = 0) -> Holds:
    """Where each remedy holds. `approved` is the strength of approval that the effect already has."""
    masks: dict[Remedy, int] = dict.fromkeys(WITH, NONE)
    for row in COVERS:
        if verb in row.verbs and kind in row.kinds and reach in row.reaches:
            masks[row.remedy] |= WITH[row.remedy] & (WITH[row.beside] if row.beside else ALL)
    approval = tuple(ALL if level <= approved else APPROVED[level] for level in range(MAX_APPROVAL + 1))
    return Holds(masks["contained"], masks["undoable"], masks["rehearsed"], masks["held"], approval)


def covers(remedy: Remedy, verb: Verb, kind: Kind, reach: Reach) -> bool:
    """Whether a remedy can hold for such an effect at all."""
    held: int = getattr(holds(verb, kind, reach), remedy)
    return held != NONE
