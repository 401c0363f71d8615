"""Decisions: the verdict on an action, what must be made true first, and why."""

from __future__ import annotations

from msgspec import Struct

from jackline.core.effect import Effect
from jackline.core.words import Label, Remedy, Verdict


class Reason(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Why: the rule's id, in `effect` the index of the effect (-1: the whole action), and a sentence for a reader.

    `way_out` says what would make it allowed; it never names something that another rule denies.
    """

    rule: str
    text: str
    effect: int = -1
    way_out: str = ""


class Decision(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The verdict on one action.

    `remedies` are what the guard must make true before the action runs (in order of cost), `approval` the strength
    of the approval that it needs: 0 none, 1 someone in this account, 2 with a second factor, 3 two people.
    `seen` are the labels that the session bears once the action has run. `policy` is the digest of the policies
    that decided, `surroundings` that of the answers that lowering and deciding were given.
    """

    verdict: Verdict
    remedies: tuple[Remedy, ...] = ()
    approval: int = 0
    effects: tuple[Effect, ...] = ()
    reasons: tuple[Reason, ...] = ()
    seen: frozenset[Label] = frozenset()
    policy: str = ""
    surroundings: str = ""
    id: str = ""
    micros: int = 0
