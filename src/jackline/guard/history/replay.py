"""Replay: the turns of a transcript in, the same turns out, each call with the decision that it would have got.

A call is judged when its result is known, in the order in which the calls of its session were made: then it is known
too whether it ran, and what it found. A call without a result is judged when it is clear that none will come: at the next
prompt of a person, when many later calls wait behind it, or at the end.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, Final

from msgspec import field
from msgspec.structs import replace

from jackline.core.event import Event
from jackline.core.history import Judged, Turn
from jackline.core.inner import Inner
from jackline.guard.deciding import CHECK, canonical_action
from jackline.guard.history.acts import after, before
from jackline.guard.history.outputs import MAX_TOLD, told
from jackline.guard.history.world import NOWHERE, place_of, posix
from jackline.guard.memory import note_writes
from jackline.policy.session import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.action import Action
    from jackline.core.decision import Decision
    from jackline.core.history import Outcome
    from jackline.core.words import EventKind
    from jackline.guard.deciding import Guard, Weighed
    from jackline.guard.history.world import PastWorld

MAX_WAITING: Final = 64
"""Calls of a session that wait for a result; the oldest is judged without one beyond that."""

RESULT_HEAD: Final = 48 * 1024
RESULT_TAIL: Final = 16 * 1024
"""Of a result longer than both, detectors see the head and the tail."""


class _Call(Inner):
    """A call, the number of calls that had their results when it was made, and its own once that has come."""

    turn: Turn
    knew: int = 0
    result: Turn | None = None


class _Session(Inner):
    """One session's calls that wait, the number of those that were judged, and the directory that it works in: as the
    transcript says (`project`), or where it says nothing as it was seen in what was done (`seen_in`). `told` is what
    the client told the agent of the repository."""

    parent: str = ""
    project: str = ""
    seen_in: str = ""
    told: str = ""
    index: int = 0
    waiting: deque[_Call] = field(default_factory=deque)


class Replay:
    """Replays sessions; one object serves one transcript with all the sessions in it."""

    def __init__(self, guard: Guard, world: PastWorld, second: Guard | None = None) -> None:
        """`guard` decides in `world`, and records nothing. `second` is asked as well, about the same effects in the same
        state: `other` is then what it said of the call that was judged last."""
        self._guard, self._world, self._second = guard, world, second
        self.other: Decision | None = None
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def begin(self, session: str, project: str = "", parent: str = "") -> None:
        """Something is known of a session: where it works, which session it works for."""
        known = self._session(session)
        known.parent, known.project = parent or known.parent, project or known.project

    def take(self, turn: Turn) -> Iterator[Turn | Judged]:
        """The next turn; gives what is settled by it."""
        session = self._session(turn.session)
        session.parent = session.parent or turn.parent
        if turn.kind == "call":
            session.waiting.append(_Call(turn, _known(session)))
            if len(session.waiting) > MAX_WAITING:
                yield self._judge(session)
            yield from self._answered(session)
        elif turn.kind == "result":
            _pair(session, turn)
            yield from self._answered(session)
        else:
            if turn.kind == "prompt":
                yield from self._rest(session)
            elif turn.kind == "system" and "gitStatus" in turn.text[:MAX_TOLD]:
                session.told = turn.text[:MAX_TOLD]
            yield turn

    def end(self, session: str) -> Iterator[Judged]:
        """No more turns of a session will come."""
        found = self._sessions.pop(session, None)
        if found is not None:
            yield from self._rest(found)

    def finish(self) -> Iterator[Judged]:
        """No more turns will come."""
        for session in list(self._sessions):
            yield from self.end(session)

    def _session(self, name: str) -> _Session:
        found = self._sessions.get(name)
        if found is None:
            found = self._sessions[name] = _Session()
        self._sessions.move_to_end(name)
        return found

    def _answered(self, session: _Session) -> Iterator[Judged]:
        """The calls at the head that have their results."""
        while session.waiting and session.waiting[0].result is not None:
            yield self._judge(session)

    def _rest(self, session: _Session) -> Iterator[Judged]:
        while session.waiting:
            yield self._judge(session)

    def _judge(self, session: _Session) -> Judged:
        """The oldest call that waits, with the decision that it would have got, and what became of it."""
        call = session.waiting.popleft()
        session.index += 1
        turn, result = call.turn, call.result
        outcome: Outcome = result.outcome if result is not None else "unknown"
        text = result.text if result is not None else ""
        action = self._action(turn, session)
        family = self._guard.memory.family(action.session, action.parent)
        known = turn.action is not None and bool(turn.action.cwd or session.project)
        if not known:
            self._world.settle(family, action.cwd)
        learned = self._world.learned(action, family)
        if session.told:
            told(session.told, learned)
            session.told = ""
        before(action, text, learned, outcome)
        weighed = self._guard.weigh(action, CHECK)
        if self._second is not None:
            self.other = self._second.rejudge(weighed)
        exit_code = result.exit_code if result is not None else None
        if outcome != "refused":
            self._ran(weighed, turn.at, outcome, exit_code)
            after(action, weighed.decision, weighed.overlay, text, outcome, learned)
        shown = replace(action, id="", cwd=action.cwd if known else "")
        return Judged(
            turn=replace(turn, action=shown),
            decision=weighed.decision,
            index=session.index,
            outcome=outcome,
            exit_code=exit_code,
            result=_shortened(text),
            knew=call.knew,
        )

    def _action(self, turn: Turn, session: _Session) -> Action:
        action = turn.action
        if action is None:
            message = "a turn of kind `call` has no action"
            raise ValueError(message)
        if not (action.cwd or session.project or session.seen_in):
            session.seen_in = place_of(canonical_action(replace(action, cwd=NOWHERE)))
        cwd = posix(action.cwd or session.project or session.seen_in or NOWHERE)
        named = replace(
            action,
            cwd=cwd,
            session=turn.session,
            parent=session.parent,
            call=turn.call,
            id=f"{turn.session}#{session.index}",
        )
        return canonical_action(named)

    def _ran(self, weighed: Weighed, at: int, outcome: Outcome, exit_code: int | None) -> None:
        """It ran, whatever Jackline would have said: the session has seen what it read, and wrote what it wrote."""
        action, family = weighed.action, weighed.family
        status = exit_code if exit_code is not None else {"succeeded": 0, "failed": 1}.get(outcome)
        data: dict[EventKind, dict[str, Any]] = {
            "decided": {"decision": weighed.decision},
            "finished": {"exitCode": status},
        }
        for kind, said in data.items():
            event = Event(kind=kind, at=at, session=action.session, action=action.id, client=action.client, data=said)
            family.state = fold(family.state, event)
        if outcome != "failed" or action.tool == "shell":
            note_writes(family, _own_writes(weighed.decision))


def _own_writes(decision: Decision) -> Decision:
    """The decision without what a package manager changes in files that were there. On a disk it would be read before
    it runs; a transcript does not show it, and its author is not the session."""
    if not any(effect.verb == "install" for effect in decision.effects):
        return decision
    kept = (effect for effect in decision.effects if effect.verb != "modify" or effect.resource.kind != "file")
    return replace(decision, effects=tuple(kept))


def _known(session: _Session) -> int:
    """The index of the last call that has its result. One before it that has none will get none, most likely."""
    answered = (at for at, call in enumerate(session.waiting, 1) if call.result is not None)
    return session.index + max(answered, default=0)


def _pair(session: _Session, result: Turn) -> None:
    """A result goes to the call with its ID, else to the oldest that has none; one that nobody waits for is left."""
    for call in session.waiting:
        if call.result is None and (call.turn.call == result.call or not result.call):
            call.result = result
            return


def _shortened(text: str) -> str:
    if len(text) <= RESULT_HEAD + RESULT_TAIL:
        return text
    left_out = len(text) - RESULT_HEAD - RESULT_TAIL
    return f"{text[:RESULT_HEAD]}\n[… {left_out} characters left out …]\n{text[-RESULT_TAIL:]}"
