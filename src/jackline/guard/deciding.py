"""The one function that decides: `Guard.decide(action)`. Every client, the command line and the tests go through it.

The steps, in order: (1) the action in canonical names; (2) what may be known of the world; (3) lowering to effects;
(4) what the session has seen, was approved and refused; (5) the policy's verdict with the cheapest remedies that can
be given here; (6) before-images, where they were chosen or the client's own tool edits files; (7) the record, on the
disk before anything that is not known to be reversible. A step that fails is a denial that says so.
"""

from __future__ import annotations

import os
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from msgspec.structs import replace

from jackline.core.decision import Decision, Reason
from jackline.core.effect import Resource
from jackline.core.errors import JacklineError, LedgerError, UsageError
from jackline.core.inner import FrozenInner
from jackline.core.tools import canonical
from jackline.guard.accounts import assurance_over
from jackline.guard.asked import Asked
from jackline.guard.classes import APPROVED_CLASS
from jackline.guard.clock import now_micros
from jackline.guard.judging import HELD, IN_A_SANDBOX, judge_here
from jackline.guard.memory import Family, Memory
from jackline.guard.undoing import EDITORS, edited_paths, may_undo, measurable
from jackline.lower.lowering import lower
from jackline.policy.approvals import binding, same_effects
from jackline.policy.posture import Posture, seen_with
from jackline.policy.ways import Ways, ways

if TYPE_CHECKING:
    from jackline.core.action import Action
    from jackline.core.effect import Effect
    from jackline.core.words import Remedy
    from jackline.guard.images import Images
    from jackline.guard.policies import PolicyShelf
    from jackline.guard.record import Record
    from jackline.guard.undoing import Measured
    from jackline.lower.overlay import Overlay
    from jackline.lower.surroundings import Surroundings
    from jackline.policy.layers import Policies

INLINE_BYTES: Final[dict[str, int]] = {"shell": 8192, "type": 8192, "python": 8192, "sql": 512, "schedule": 8192}
"""Tool → the size of its main text up to which it is lowered in line; other tools: `INLINE_OTHER` for all arguments."""
INLINE_OTHER: Final = 256 * 1024

_PAUSED: Final = "this session was refused three times and waits for a person: `jackline approve {}` lets it go on"
_REFUSED: Final = "a person refused these effects in this session; do something else, or ask the person what they want"


class World(Protocol):
    """Where surroundings come from; on this machine `guard.world`."""

    def surroundings(self, action: Action, family: Family) -> Surroundings:
        """What this action's lowering may ask."""


class Lowerer(Protocol):
    """What lowers large inputs where it can be killed: `guard.worker.Nursery`."""

    def lower(self, action: Action, surroundings: Surroundings) -> tuple[Effect, ...]:
        """The effects of an action. Raises `WorkerError`."""


class Asking(FrozenInner, frozen=True):
    """Why a decision is asked for. `record`: it goes into the ledger, and may be followed by the act; `again`: the
    action is in the ledger already, and a person has answered since; `prompts`: an `ask` is put to the person by the
    client itself; `given`: remedies that the caller gives to whatever runs, for it runs in a sandbox."""

    record: bool = True
    again: bool = False
    prompts: bool = False
    given: frozenset[Remedy] = frozenset()


NOTHING: Final = Asked()
RECORD: Final = Asking()
CHECK: Final = Asking(record=False)
AGAIN: Final = Asking(again=True)


class Reading(FrozenInner, frozen=True):
    """What was read of an action and its place: the policies that hold there, the effects, the guard's own files."""

    policies: Policies
    effects: tuple[Effect, ...]
    protected: tuple[Resource, ...]
    asked: Asked


class Weighed(FrozenInner, frozen=True):
    """A decision with what its answer needs: the family, the key that an approval is bound to, and what was asked of
    the surroundings."""

    action: Action
    decision: Decision
    family: Family
    key: str = ""
    asked: Asked = NOTHING

    @property
    def overlay(self) -> Overlay | None:
        """The files that the action writes, as far as lowering saw it in this process."""
        surroundings = self.asked.surroundings
        return surroundings.memo.get("overlay") if surroundings is not None else None


class Guard:
    """Decides. `record` None means that nothing is written and nothing can be approved: `jackline check` by itself."""

    def __init__(
        self,
        policies: PolicyShelf,
        world: World,
        *,
        record: Record | None = None,
        images: Images | None = None,
        worker: Lowerer | None = None,
        approvals: int = 1,
        measured: Measured = measurable,
    ) -> None:
        """`approvals` is the highest strength of approval that can be asked for here; `measured` says of which paths
        before-images can be taken."""
        self._measured = measured
        self.policies, self._world, self.record, self.images = policies, world, record, images
        self._worker, self.approvals = worker, approvals
        self.memory = record.memory if record is not None else Memory()

    def decide(self, action: Action, *, record: bool = True) -> Decision:
        """The decision on an action; with `record` it is in the ledger when this returns.

        What cannot be analysed or recorded is a denial that says so. Raises `UsageError` only where the action's
        directory is not an absolute path.
        """
        return self.weigh(action, RECORD if record else CHECK).decision

    def weigh(self, action: Action, asking: Asking = RECORD) -> Weighed:
        """`decide`, with what the answer to a client needs."""
        begun = time.perf_counter_ns()
        action = canonical_action(action)
        record = self.record if asking.record else None
        if record is not None and not action.id:
            action = replace(action, id=record.next_action())
        try:
            family = (self.record or self.memory).family(action.session, action.parent)
            reading = self._read(action, family)
            # One action of a family at a time from here on: what one of them reads counts for the next that sends.
            with family.lock:
                given = IN_A_SANDBOX if family.contained else asking.given
                decision, key = self._judge(action, family, reading, given)
                weighed = Weighed(action, decision, family, key, reading.asked)
                return self._finish(weighed, record, asking, begun)
        except JacklineError as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - a defect of ours neither lets an action pass nor takes the guard down
            why = f"Jackline failed on it ({error!r}); please report this"
        denied = denial("guard", f"this could not be judged: {why}")
        unread = Weighed(action, denied, self.memory.family(action.session, action.parent))
        return self._finish(unread, record, asking, begun)

    def rejudge(self, weighed: Weighed) -> Decision:
        """What the policies here say to an action that another guard has read already: the effects are those of its
        decision. For comparing policies; nothing is recorded."""
        surroundings = weighed.asked.surroundings
        if surroundings is None:
            return weighed.decision
        policies = self.policies.at(surroundings.workspace)
        protected = _protected(surroundings.guard_paths())
        return self._judge(
            weighed.action, weighed.family, Reading(policies, weighed.decision.effects, protected, weighed.asked)
        )[0]

    def ways(self, weighed: Weighed) -> Ways:
        """All least ways to have an action allowed that was weighed here: for an explanation."""
        surroundings = weighed.asked.surroundings
        if surroundings is None:
            return Ways((), (), None, None)
        effects = weighed.decision.effects
        posture = self._posture(weighed.action, weighed.family, weighed.key)
        protected = _protected(surroundings.guard_paths())
        return ways(self.policies.at(surroundings.workspace), effects, replace(posture, available=HELD), protected)

    def _read(self, action: Action, family: Family) -> Reading:
        """Steps 2 and 3. Raises `ConfigurationError`, `WorkerError`."""
        surroundings = self._world.surroundings(action, family)
        policies = self.policies.at(surroundings.workspace)
        effects = self._lower(action, surroundings)
        protected = _protected(surroundings.guard_paths())
        return Reading(policies, effects, protected, Asked(surroundings))

    def _lower(self, action: Action, surroundings: Surroundings) -> tuple[Effect, ...]:
        """In line where the input is small, else where it can be killed. Raises `WorkerError`."""
        if self._worker is not None and _size(action) > INLINE_BYTES.get(action.tool, INLINE_OTHER):
            return self._worker.lower(action, surroundings)
        return lower(action, surroundings).effects

    def _judge(
        self, action: Action, family: Family, reading: Reading, given: frozenset[Remedy] = frozenset()
    ) -> tuple[Decision, str]:
        """Steps 4 and 5: the decision, and the key that an approval of it is or was bound to ("" where it needs none)."""
        state, effects = family.state, reading.effects
        if state.waits_for_a_person:
            return denial("session-paused", _PAUSED.format(family.root), effects), ""
        key = self._key(action, reading) if state.approved else ""
        posture = self._posture(action, family, key)
        undo = may_undo(action.tool, self.policies.settings)
        decision = judge_here(
            reading.policies, effects, posture, reading.protected, may_undo=undo, measured=self._measured, given=given
        )
        if decision.verdict == "allow":
            return decision, key
        classes = self.memory.classes.for_account(family.uid, seen_with(state.labels, effects), now_micros())
        if classes:
            posture = replace(posture, classes=classes)
            covered = judge_here(
                reading.policies,
                effects,
                posture,
                reading.protected,
                may_undo=undo,
                measured=self._measured,
                given=given,
            )
            if covered.verdict == "allow":
                return replace(covered, reasons=(APPROVED_CLASS, *covered.reasons)), key
        return self._answered(decision, family, posture), key or self._key(action, reading)

    def _posture(self, action: Action, family: Family, key: str) -> Posture:
        """Who asks, what the session has seen, and what was approved of this very action."""
        state = family.state
        return Posture(
            agent=action.client or "unknown",
            teams=self.policies.settings.teams,
            seen=state.labels,
            phase=state.phase,
            assurance="contained" if family.contained else assurance_over(family.uid),
            approvals=self.approvals,
            approved=state.strength(key, now_micros()) if key else 0,
        )

    def _key(self, action: Action, reading: Reading) -> str:
        """Only a guard that records can be answered, so only there a key is worth its hashing."""
        if self.record is None:
            return ""
        bound = binding(action, reading.effects, surroundings=reading.asked.digest, policy=reading.policies.digest)
        return self.record.keyed(bound.encode())

    def _answered(self, decision: Decision, family: Family, posture: Posture) -> Decision:
        """What people said about this before: a refusal, the release of what was held, a pause."""
        effects = decision.effects
        refused = family.state.refused
        if decision.verdict == "ask" and refused and same_effects(effects) in refused:
            return denial("refused", _REFUSED, effects)
        if posture.approved and "held" in decision.remedies and decision.approval <= posture.approved:
            return replace(decision, verdict="allow", remedies=_without_held(decision.remedies), approval=0)
        if self.memory.paused_until > now_micros() and not _touches_guard(effects):
            reason = Reason(
                rule="paused", text="a person paused Jackline: this runs although the policy says otherwise"
            )
            return replace(decision, verdict="allow", remedies=(), approval=0, reasons=(reason, *decision.reasons))
        return decision

    def _finish(self, weighed: Weighed, record: Record | None, asking: Asking, begun: int) -> Weighed:
        """Steps 6 and 7."""
        action, asked, decision = weighed.action, weighed.asked, weighed.decision
        if record is None:
            decision = replace(decision, id=action.id, micros=_micros_since(begun))
            return Weighed(action, decision, weighed.family, weighed.key, asked)
        decision = replace(decision, id=action.id, surroundings=asked.digest)
        if not (weighed.family.contained or asking.given):  # there the view keeps what it changes
            decision = self._save_images(action, decision)
        decision = replace(decision, micros=_micros_since(begun))
        try:
            record.decided(action, decision, key=weighed.key, answers=asked.kept, asking=asking)
        except LedgerError as error:
            decision = replace(denial("ledger", f"nothing runs that cannot be recorded: {error}"), id=action.id)
        return Weighed(action, decision, weighed.family, weighed.key, asked)

    def _save_images(self, action: Action, decision: Decision) -> Decision:
        """Step 6: what the policy demanded must be saved, or the action is denied; the editors' files are saved too
        where they can be."""
        demanded = "undoable" in decision.remedies
        if self.images is None or decision.verdict == "deny" or not (demanded or action.tool in EDITORS):
            return decision
        paths = edited_paths(action, decision.effects)
        if not demanded and not measurable(paths):
            return decision
        try:
            self.images.save(action.id, action.session, paths)
        except LedgerError as error:
            return replace(denial("before-image", str(error), decision.effects), id=action.id)
        return decision


def canonical_action(action: Action) -> Action:
    """Step 1. Raises `UsageError` where the directory is not absolute: every path would mean something else."""
    tool, arguments = canonical(action.tool, action.arguments)
    if not os.path.isabs(action.cwd) or "\0" in action.cwd:
        message = f"the action's directory `{action.cwd}` is not an absolute path"
        raise UsageError(message)
    cwd = os.path.normpath(action.cwd)
    if (tool, cwd) == (action.tool, action.cwd) and arguments is action.arguments:
        return action
    return replace(action, tool=tool, arguments=arguments, cwd=cwd)


def _micros_since(begun: int) -> int:
    return (time.perf_counter_ns() - begun) // 1000


def denial(rule: str, text: str, effects: tuple[Effect, ...] = ()) -> Decision:
    """A denial that no policy made: by the guard's own rule, with its reason."""
    return Decision(verdict="deny", effects=effects, reasons=(Reason(rule=rule, text=text),))


def _size(action: Action) -> int:
    """An upper bound, within a small factor, of what lowering has to read of the action itself."""
    return sum(_weight(value) for value in action.arguments.values())


def _weight(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int | float | bool) or value is None:
        return 0
    return len(msgspec.json.encode(value))


@lru_cache(maxsize=64)
def _protected(paths: tuple[str, ...]) -> tuple[Resource, ...]:
    """The guard's own files: an effect on a tree above one of them is an effect on it."""
    return tuple(Resource("guard", path, reach="home") for path in paths)


def _without_held(remedies: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    return tuple(remedy for remedy in remedies if remedy != "held")


def _touches_guard(effects: tuple[Effect, ...]) -> bool:
    return any(effect.resource.kind == "guard" for effect in effects)
