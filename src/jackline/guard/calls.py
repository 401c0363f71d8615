"""What the command line asks of the resident guard: one method per `call`, JSON in, JSON out.

Answering for a person (approve, refuse, allow, pause, stop, undo, reload) is refused to a process that an agent's
client started. In hooked mode that is a fence against agents that try, not a wall against a hostile process: one that
cuts its ties to its parents is not recognised, and the approval is recorded as unauthenticated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.core.action import Action
from jackline.core.codec import decode
from jackline.core.errors import JacklineError, LedgerError, UsageError
from jackline.guard import totp
from jackline.guard.clock import now_micros
from jackline.guard.diffs import describe
from jackline.guard.granting import grant_for
from jackline.guard.peers import descends_from
from jackline.policy.approvals import APPROVAL_LIFETIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.guard.deciding import Guard
    from jackline.guard.desk import Desk
    from jackline.guard.eyes import Eyes
    from jackline.guard.images import Change, Images
    from jackline.guard.memory import Family, Known
    from jackline.guard.paths import Homes
    from jackline.guard.peers import Peer
    from jackline.guard.record import Record
    from jackline.guard.server import Conversation

MICROS: Final = 1_000_000
MAX_PAUSE_MINUTES: Final = 24 * 60
_SECOND_FACTOR: Final = 2
_TWO_PEOPLE: Final = 3

Parameters = dict[str, Any]


class NotAPersonError(JacklineError):
    """An agent tried to answer for a person."""

    exit_code = 3


class Calls:
    """See the module's text."""

    def __init__(self, homes: Homes, guard: Guard, record: Record, images: Images, desk: Desk, eyes: Eyes) -> None:
        self._homes, self._guard, self._record, self._images = homes, guard, record, images
        self._desk, self._eyes = desk, eyes
        self._free: dict[str, Callable[[Parameters], Any]] = {
            "status": self._status, "decide": self._decide, "waiting": self._waiting, "changes": self._changes,
        }  # fmt: skip
        self._personal: dict[str, Callable[[Parameters], Any]] = {
            "approve": self._approve, "refuse": self._refuse, "allow": self._allow, "pause": self._pause,
            "reload": self._reload, "undo": self._undo, "keep": self._keep,
        }  # fmt: skip

    def answer(self, conversation: Conversation) -> Any:  # noqa: ANN401 - JSON
        """The answer to one call. Raises `UsageError`, `NotAPersonError`, `LedgerError`, …: one sentence each."""
        name = conversation.header.name
        method = self._free.get(name) or self._personal.get(name)
        if method is None:
            message = f"the guard has no method `{name}`; is it older than this command? run `jackline guard restart`"
            raise UsageError(message)
        if name in self._personal:
            self.only_a_person(conversation.peer, name)
        return method(decode(conversation.body or b"{}", dict[str, Any]))

    def only_a_person(self, peer: Peer, what: str) -> None:
        """Raises `NotAPersonError`, with an alert, where the caller was started by an agent's client."""
        for family in self._record.memory.families():
            if family.processes and descends_from(peer.pid, frozenset(family.processes)):
                text = f"a process below the agent's client asked the guard to {what}"
                self._record.note(
                    "alerted",
                    session=family.root,
                    client=family.client,
                    durable=True,
                    alert="answered_itself",
                    text=text,
                )
                message = f"an agent cannot {what}; run this in a terminal that the agent did not start"
                raise NotAPersonError(message)

    # What anyone may ask

    def _status(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        del parameters
        memory = self._record.memory
        counts = {"allow": 0, "ask": 0, "deny": 0}
        for family in memory.families():
            for verdict, count in family.counts.items():
                counts[verdict] += count
        policies = self._guard.policies
        paused = max(0, memory.paused_until - now_micros()) // MICROS
        return {
            "policy": policies.settings.policy,
            "policyDigest": policies.digest,
            "trouble": policies.trouble or self._eyes.trouble,
            "enforcing": bool(policies.digest) and not paused and policies.settings.policy != "observe",
            "pausedSeconds": paused,
            "sessions": len(memory.families()),
            "actions": sum(counts.values()),
            "allowed": counts["allow"],
            "asked": counts["ask"],
            "stopped": counts["deny"],
            "waiting": len(memory.waiting()),
            "assurance": "hooked",
            "approvals": self._guard.approvals,
        }

    def _decide(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        action = msgspec.convert(parameters["action"], Action)
        return msgspec.to_builtins(self._guard.decide(action, record=False))

    def _waiting(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        del parameters
        return [_shown(family, known) for family, known in self._record.memory.waiting()]

    def _changes(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        changes = self._named_changes(parameters)
        return {"session": changes[0].session if changes else "", "files": describe(changes, self._images.blobs)}

    # What only a person may ask

    def _approve(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        name = str(parameters.get("id", ""))
        paused = self._paused_family(name)
        if paused is not None:
            self._record.note(
                "approved", session=paused.root, client=paused.client, durable=True, strength=1, means="terminal"
            )
            return {"resumed": paused.root}
        family, known = self._question(name)
        strength = self._strength(known, str(parameters.get("code", "")))
        until = now_micros() + APPROVAL_LIFETIME
        self._record.note(
            "approved", session=known.session, action=known.id, client=family.client, durable=True, strength=strength,
            means="code" if strength >= _SECOND_FACTOR else "terminal", authenticated=strength >= _SECOND_FACTOR,
            bound=known.key, until=until,
        )  # fmt: skip
        if known.held:
            self._record.note("released", session=known.session, action=known.id, client=family.client, id=known.held)
        self._desk.tell()
        return {**_shown(family, known), "strength": strength, "until": until}

    def _refuse(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        family, known = self._question(str(parameters.get("id", "")))
        self._record.note(
            "refused",
            session=known.session,
            action=known.id,
            client=family.client,
            durable=True,
            means="terminal",
            bound=known.key,
        )
        self._desk.tell()
        return {**_shown(family, known), "refusals": family.state.refusals, "paused": family.state.waits_for_a_person}

    def _allow(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        family, known = self._known(str(parameters.get("like", "")))
        if known.decision is None:
            message = f"`{known.id}` was never decided whole; there is nothing to be like"
            raise UsageError(message)
        grant = grant_for(known.decision, known.id, self._homes, self._guard.policies.settings)
        if not parameters.get("confirm"):
            return {"id": known.id, "permits": grant.sentences, "text": grant.text, "added": False}
        self._second_factor_if_enrolled(str(parameters.get("code", "")))
        grant.append(self._homes.grants)
        self._guard.policies.reload()
        digest = self._guard.policies.digest
        self._record.note(
            "configured",
            session=family.root,
            action=known.id,
            durable=True,
            what="grant",
            text=grant.text,
            digest=digest,
        )
        return {"id": known.id, "permits": grant.sentences, "text": grant.text, "added": True}

    def _pause(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        minutes = parameters.get("minutes")
        if not isinstance(minutes, int) or not 0 <= minutes <= MAX_PAUSE_MINUTES:
            message = f"a pause lasts from 1 to {MAX_PAUSE_MINUTES} minutes (0 ends it)"
            raise UsageError(message)
        if minutes:
            self._second_factor_if_enrolled(str(parameters.get("code", "")))
        until = now_micros() + minutes * 60 * MICROS if minutes else 0
        self._record.note("paused", durable=True, minutes=minutes, until=until)
        return {"minutes": minutes, "until": until}

    def _reload(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        del parameters
        policies = self._guard.policies
        before, done = policies.digest, policies.reload()
        self._eyes.reload()
        self._guard.approvals = _SECOND_FACTOR if totp.is_enrolled(self._homes.totp) else 1
        if not done:
            self._record.note(
                "alerted", alert="policy_broken", text=f"the old policy stays in force: {policies.trouble}"
            )
        elif policies.digest != before:
            self._record.note("configured", durable=True, what="policy", digest=policies.digest)
        return {"reloaded": done, "trouble": policies.trouble or self._eyes.trouble, "policyDigest": policies.digest}

    def _undo(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        changes = self._named_changes(parameters)
        if not changes:
            return {"session": "", "paths": []}
        session, name = changes[0].session, self._record.next_action()
        paths = self._images.undo(changes, name)
        self._record.note(
            "undone",
            session=session,
            action=name,
            durable=True,
            undid=[change.action for change in changes],
            paths=paths,
        )
        return {"session": session, "action": name, "paths": paths}

    def _keep(self, parameters: Parameters) -> Any:  # noqa: ANN401 - JSON
        changes = self._named_changes(parameters)
        count = self._images.keep(changes)
        return {"session": changes[0].session if changes else "", "kept": count}

    # Finding what is meant

    def _named_changes(self, parameters: Parameters) -> list[Change]:
        """The changes of an action or a session (by a unique beginning), of the last session without a name."""
        name = str(parameters.get("id", ""))
        if not name:
            last = self._images.last_session()
            return self._images.changes(session=last) if last else []
        found = self._images.changes(action=name)
        if found:
            return found
        sessions = {change.session for change in self._images.changes() if change.session.startswith(name)}
        if len(sessions) != 1:
            wrong = "no change to a file is known of" if not sessions else "several sessions begin with"
            message = f"{wrong} `{name}`; `jackline sessions` lists them"
            raise UsageError(message)
        return self._images.changes(session=sessions.pop())

    def _paused_family(self, name: str) -> Family | None:
        return next(
            (
                f
                for f in self._record.memory.families()
                if f.state.waits_for_a_person and name and f.root.startswith(name)
            ),
            None,
        )

    def _question(self, name: str) -> tuple[Family, Known]:
        """The one that is named, else the only one that waits."""
        if name:
            family, known = self._known(name)
            if known not in family.waiting():
                message = f"`{name}` does not wait for an answer; `jackline approve` lists what does"
                raise UsageError(message)
            return family, known
        waiting = self._record.memory.waiting()
        if len(waiting) != 1:
            names = ", ".join(known.held or known.id for _, known in waiting)
            message = f"{len(waiting)} actions wait: name one of {names}" if waiting else "nothing waits for an answer"
            raise UsageError(message)
        return waiting[0]

    def _known(self, name: str) -> tuple[Family, Known]:
        found = self._record.memory.find(name)
        if found is None:
            for _, event in self._record.ledger.events(action=name, limit=1):
                self._record.family(event.session, str(event.data.get("parent", "")))
                found = self._record.memory.find(name)
        if found is None:
            message = f"no action `{name}` is known; `jackline log` lists them"
            raise UsageError(message)
        return found

    def _strength(self, known: Known, code: str) -> int:
        """The strength that this answer has. Raises where it is less than the question needs."""
        needed = known.decision.approval if known.decision is not None else _TWO_PEOPLE
        if needed >= _TWO_PEOPLE:
            message = (
                f"`{known.id}` needs two different people, which this installation cannot tell apart; change the policy"
            )
            raise UsageError(message)
        if not code:
            if needed >= _SECOND_FACTOR:
                message = f"`{known.id}` needs a code of the second factor: `jackline approve {known.id} --code 123456`"
                raise UsageError(message)
            return 1
        totp.check(self._homes.totp, code, now_micros() // MICROS)
        return _SECOND_FACTOR

    def _second_factor_if_enrolled(self, code: str) -> None:
        if totp.is_enrolled(self._homes.totp):
            if not code:
                message = "a second factor is enrolled, so this needs its code: add `--code 123456`"
                raise UsageError(message)
            totp.check(self._homes.totp, code, now_micros() // MICROS)


def _shown(family: Family, known: Known) -> dict[str, Any]:
    """A question as a person reads it."""
    decision = known.decision
    if decision is None:
        message = f"`{known.id}` has no decision"
        raise LedgerError(message)
    return {
        "id": known.held or known.id, "action": known.id, "session": known.session, "client": family.client,
        "tool": known.tool, "arguments": known.arguments, "cwd": known.cwd, "held": bool(known.held),
        "approval": decision.approval, "reasons": msgspec.to_builtins(decision.reasons),
        "effects": msgspec.to_builtins(decision.effects),
    }  # fmt: skip
