"""What the policies say of effects, with the remedies that this guard can give: for an action that is asked now, and for
one that is judged once more from the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.decision import Reason
from jackline.guard.totp import STRENGTH
from jackline.guard.undoing import can_undo, measurable
from jackline.policy.judge import weighing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.decision import Decision
    from jackline.core.effect import Effect, Resource
    from jackline.core.words import Remedy
    from jackline.guard.undoing import Measured
    from jackline.policy.layers import Policies
    from jackline.policy.posture import Posture

HELD: Final[frozenset[Remedy]] = frozenset({"held"})
"""What can always be given: not to run it now."""

IN_A_SANDBOX: Final[frozenset[Remedy]] = frozenset({"contained", "undoable"})
"""What a sandbox over a view gives to whatever runs in it."""

_HELD_OR_UNDOABLE: Final[frozenset[Remedy]] = frozenset({"held", "undoable"})
_SECOND_FACTOR: Final = Reason(
    rule="second-factor",
    text="a person could approve it with a second factor, and none is enrolled: `jackline enrol totp`",
)


def judge_here(
    policies: Policies,
    effects: tuple[Effect, ...],
    posture: Posture,
    protected: Sequence[Resource] = (),
    *,
    may_undo: bool,
    measured: Measured = measurable,
    given: frozenset[Remedy] = frozenset(),
) -> Decision:
    """The decision with the cheapest remedies of `held`, those that are `given` (by a sandbox that the action will run in)
    and, where `may_undo` and before-images can do it, `undoable`.

    They are `measured` only where the decision is not a bare allow. What `posture` says of remedies does not count here.
    """
    weighed = weighing(policies, effects, posture, protected)
    undoable = not given and not weighed.bare and may_undo and can_undo(effects, measured)
    available, approvals = _HELD_OR_UNDOABLE if undoable else HELD | given, posture.approvals
    decision = weighed.settle(available, approvals)
    stronger = decision.verdict == "deny" and approvals < STRENGTH and weighed.point(available, STRENGTH) is not None
    return replace(decision, reasons=(*decision.reasons, _SECOND_FACTOR)) if stronger else decision
