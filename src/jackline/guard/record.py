"""The guard's hand on the ledger: what is appended, in which words, and the memory that follows from it.

Nothing is remembered that was not appended first. IDs count up over the life of the ledger: `A12` is an action, `H3`
one that is held.
"""

from __future__ import annotations

import hmac
import threading
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.core.event import Event
from jackline.guard.clock import now_micros
from jackline.guard.memory import Family, Memory
from jackline.policy.approvals import MAX_CLASS_LIFETIME
from jackline.policy.phases import NO_PHASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.action import Action
    from jackline.core.decision import Decision
    from jackline.core.words import EventKind
    from jackline.guard.deciding import Asking
    from jackline.ledger import Ledger
    from jackline.policy.phases import Phases

RECENT: Final = 1000
"""The sessions of how many of the last entries are recalled at the start, so that open questions are known again."""

RECALLED: Final = 5000
"""How many of a session's last entries are folded in again. The labels of all before stand in its decisions."""

MAX_RESULT_TEXT: Final = 4096


class Record:
    """See the module's text. Every method that appends raises `LedgerError`: then it did not happen."""

    def __init__(self, ledger: Ledger, key: bytes, phases: Callable[[], Phases] = lambda: NO_PHASES) -> None:
        """`key` is the ledger's placeholder key: what is compared later is kept as a keyed digest, never in the clear."""
        self.ledger, self._key = ledger, key
        self.memory = Memory(phases)
        self._lock = threading.Lock()
        recent = ledger.last(RECENT)
        # An action takes an entry at least; one that could not be recorded took a number all the same.
        self._actions = max((ledger.count(), *(_number(event.action) for _, event in recent)))
        self._held = sum(1 for _ in ledger.events(kinds=("held",)))
        for session in dict.fromkeys(event.session for _, event in recent if event.session):
            self._recall(session)
        self._recall_classes()

    def next_action(self) -> str:
        """A new action's ID."""
        with self._lock:
            self._actions += 1
            return f"A{self._actions}"

    def next_held(self) -> str:
        """The ID of an action that is held."""
        with self._lock:
            self._held += 1
            return f"H{self._held}"

    def family(self, session: str, parent: str = "") -> Family:
        """The family of a session, recalled from the ledger where it was not heard of since the start."""
        if not self.memory.knows(session, parent):
            with self._lock:
                if not self.memory.knows(session, parent):
                    self._recall(self.memory.root(session, parent))
        return self.memory.family(session, parent)

    def match(self, action: Action) -> str:
        """What the two calls about one action have in common, as a keyed digest."""
        return self.keyed(msgspec.json.encode([action.session, action.tool, action.arguments], order="deterministic"))

    def keyed(self, data: bytes) -> str:
        """A digest that tells nothing to who has not the key."""
        return hmac.digest(self._key, data, "sha256").hex()

    def decided(
        self, action: Action, decision: Decision, *, key: str, answers: list[msgspec.Raw], asking: Asking
    ) -> None:
        """An action and its decision, together; on the disk first, where it is not known to be reversible."""
        now = now_micros()
        events = []
        if not asking.again:
            data = {
                "tool": action.tool, "arguments": action.arguments, "cwd": action.cwd, "call": action.call,
                "description": action.description, "parent": action.parent, "match": self.match(action),
                "uid": self.memory.family(action.session, action.parent).uid,
            }  # fmt: skip
            events.append(_event("requested", action, now, data))
        decided = {
            "decision": decision,
            "bound": key,
            "count": len(decision.effects),
            "answers": answers,
            "prompts": asking.prompts,
        }
        events.append(_event("decided", action, now, decided))
        lasting = any(effect.reversible != "yes" or effect.verb == "opaque" for effect in decision.effects)
        self._append(events, durable=lasting and decision.verdict != "deny")

    def note(
        self,
        kind: EventKind,
        *,
        session: str = "",
        action: str = "",
        client: str = "",
        durable: bool = False,
        **data: Any,  # noqa: ANN401 - JSON
    ) -> None:
        """One other event."""
        self._append(
            [Event(kind=kind, at=now_micros(), session=session, action=action, client=client, data=data)],
            durable=durable,
        )

    def _append(self, events: list[Event], *, durable: bool) -> None:
        for event in events:
            if event.session:  # recalled first, or what follows would be all that is known of it
                self.family(event.session, str(event.data.get("parent", "")))
        self.ledger.append(events, durable=durable)
        for event in events:
            self.memory.apply(event)

    def _recall(self, session: str) -> None:
        recalled = self.ledger.last(RECALLED, session=session)
        if len(recalled) == RECALLED:
            self.memory.apply(Event(kind="session_started", at=0, session=session, data={"labels": _seen(recalled)}))
        for _, event in recalled:
            self.memory.apply(event)

    def _recall_classes(self) -> None:
        """Approvals of a class belong to no session, and one that may still stand is not older than its longest life."""
        since = now_micros() - MAX_CLASS_LIFETIME
        for _, event in self.ledger.events(kinds=("approved", "configured"), since=since):
            if not event.session:
                self.memory.apply(event)


def _seen(recalled: list[tuple[int, Event]]) -> list[str]:
    """The labels that a session bore at its first remembered decision: those of all before are in them."""
    for _, event in recalled:
        decision = event.data.get("decision") if event.kind == "decided" else None
        if isinstance(decision, dict) and decision.get("verdict") == "allow":
            return list(decision.get("seen", ()))
    return []


def _number(action: str) -> int:
    return int(action[1:]) if action[:1] == "A" and action[1:].isdecimal() else 0


def _event(kind: EventKind, action: Action, at: int, data: dict[str, Any]) -> Event:
    return Event(kind=kind, at=at, session=action.session, action=action.id, client=action.client, data=data)
