"""The clients' calls: hook messages and texts of the shell prefix in, the clients' own bytes out.

A call before a tool is decided and answered by what the client can do: its own prompt where that works, else a wait for
`jackline approve`, else a denial that says how. A call after a tool is held against what was decided. Nothing in here
decides; `Guard.weigh` does.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from jackline.clients import CLIENTS
from jackline.clients.interface import Answer
from jackline.core.errors import JacklineError, WireError
from jackline.guard import wording
from jackline.guard.accounts import assurance_over, session_of
from jackline.guard.deciding import AGAIN, Asking, canonical_action
from jackline.guard.eyes import environment_of
from jackline.guard.memory import signatures, stopped_effects
from jackline.guard.peers import client_processes
from jackline.guard.record import MAX_RESULT_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.clients.interface import Call, Client, Reply
    from jackline.guard.deciding import Guard, Weighed
    from jackline.guard.desk import Desk
    from jackline.guard.memory import Family, Known
    from jackline.guard.record import Record
    from jackline.guard.server import Conversation

MAX_HASHED: Final = 8 * 1024 * 1024
MARGIN_MS: Final = 2000
"""How much earlier than the client's own time-out a waiting call is answered."""

ALLOW: Final = Answer("allow")
STOPPABLE: Final = frozenset({"before", "permission"})
"""The events that a client's own denial stops."""


class Handler:
    """Answers clients. One object serves all connections."""

    def __init__(
        self,
        guard: Guard,
        record: Record,
        desk: Desk,
        mark: Callable[[str, str], None] = lambda _session, _action: None,
    ) -> None:
        """`mark` takes a savepoint in a contained session's view: what changed is the action's that just ended."""
        self._guard, self._record, self._desk, self._mark = guard, record, desk, mark

    def hook(self, name: str, conversation: Conversation) -> tuple[int, bytes, bytes]:
        """One hook message. What cannot be read or recorded is refused in the client's own way."""
        client = CLIENTS.get(name)
        if client is None:
            message = f"`{name}` is not a client that Jackline knows ({', '.join(CLIENTS)})"
            raise WireError(message)
        call: Call | None = None
        try:
            call = _owned(client.read(conversation.body), conversation)
            self._meet(call, conversation)
            reply = client.answer(call, self.answer(call, conversation))
        except JacklineError as error:
            reply = refusal(client, call, f"Jackline: {error}")
        except Exception as error:  # noqa: BLE001 - a defect of ours stops this call, and the guard lives on
            reply = refusal(client, call, f"Jackline: the guard failed on this call: {error!r}; please report this")
        return reply.exit, reply.out, reply.err

    def answer(self, call: Call, conversation: Conversation) -> Answer:
        """What to say to a call. Raises `LedgerError` where it cannot be recorded."""
        if call.event == "before":
            return self._before(call, conversation)
        if call.event == "permission":
            return self._permission(call)
        if call.event == "after":
            return self._after(call)
        self._note(call)
        return ALLOW

    # Before a tool

    def _before(self, call: Call, conversation: Conversation) -> Answer:
        if call.action is None:
            message = f"the client's `{call.raw_event}` names no tool"
            raise WireError(message)
        weighed = self._guard.weigh(call.action, Asking(prompts=call.can_ask and not conversation.within))
        decision = weighed.decision
        self._compare_spelling(weighed)
        if decision.verdict == "allow":
            return ALLOW
        if decision.verdict == "deny":
            return Answer("deny", wording.denied(decision))
        if "held" in decision.remedies:
            return Answer("deny", wording.held(decision, self._hold(weighed)))
        if decision.approval <= 1 and call.can_ask and not conversation.within:
            return Answer("ask", wording.question(decision))
        return self._wait(weighed, call, conversation)

    def _meet(self, call: Call, conversation: Conversation) -> None:
        """Learn, once, whose the client is, which process, and in which environment it runs."""
        family = self._record.family(call.session, call.parent)
        if family.contained and not conversation.within:
            message = f"session `{call.session}` runs in sandboxes, and is heard at its own door alone"
            raise WireError(message)
        if not family.actions:
            family.uid = conversation.peer.uid
        if not family.processes:
            family.processes = client_processes(conversation.peer.pid)
            family.environment = environment_of(conversation.peer.pid)

    def _hold(self, weighed: Weighed) -> str:
        name = self._record.next_held()
        action = weighed.action
        self._record.note(
            "held",
            session=action.session,
            action=action.id,
            client=action.client,
            durable=True,
            id=name,
            bound=weighed.key,
        )
        return name

    def _wait(self, weighed: Weighed, call: Call, conversation: Conversation) -> Answer:
        """Keep the call until a person answers, nobody listens any more, or the client is about to go on without us."""
        seconds = float(self._guard.policies.settings.approvals.wait_seconds)
        if call.time_limit_ms:
            seconds = min(seconds, (call.time_limit_ms - MARGIN_MS) / 1000)
        known = weighed.family.actions.get(weighed.action.id)
        answered = (
            self._desk.wait(known, time.monotonic() + seconds, conversation.keep_alive) if known is not None else ""
        )
        if answered == "approved":
            # Judged again: the approval holds only if what it would touch is still the same.
            again = self._guard.weigh(weighed.action, AGAIN)
            if again.decision.verdict == "allow":
                return ALLOW
            return Answer("deny", wording.unanswered(again.decision))
        if answered == "refused":
            return Answer("deny", wording.refused(weighed.decision))
        return Answer("deny", wording.unanswered(weighed.decision))

    def _permission(self, call: Call) -> Answer:
        """The client is about to ask a person: judged with the same function, not recorded a second time."""
        if call.action is None:
            return ALLOW
        decision = self._guard.decide(call.action, record=False)
        return Answer("deny", wording.denied(decision)) if decision.verdict == "deny" else ALLOW

    def _compare_spelling(self, weighed: Weighed) -> None:
        """An effect that was denied, asked for again in other words."""
        action, decision, family = weighed.action, weighed.decision, weighed.family
        known = family.actions.get(action.id)
        if known is None or known.answered == "approved":
            return
        effects = stopped_effects(decision) if decision.verdict == "deny" else decision.effects
        for signature in sorted(
            signatures(effect for effect in effects if effect.verb not in {"read", "execute", "opaque"})
        ):
            earlier, match = family.denied.get(signature, ("", ""))
            if earlier and earlier != action.id and match != known.match:
                verb, kind, name = signature
                self._alert(
                    "respelled", action.session, action.id, action.client,
                    f"`{verb}` on {kind} `{name}` was denied as {earlier} and is tried again in other words",
                )  # fmt: skip
                return

    # After a tool

    def _after(self, call: Call) -> Answer:
        action = call.action
        if action is None:
            return ALLOW
        family = self._record.family(call.session, call.parent)
        canonical = canonical_action(action)
        with family.lock:
            known = family.find(action.call, self._record.match(canonical))
            if known is None:
                self._alert(
                    "undecided_result", call.session, "", call.client,
                    f"`{canonical.tool}` has a result, and was never decided: the client ran it without asking",
                )  # fmt: skip
                return ALLOW
            self._reconcile(call, family, known)
            self._check_prefix(call, family, known)
        if (
            family.contained
        ):  # without the lock: the keeper that is waited for may be asking about a connection meanwhile
            self._mark(family.root, known.id)
        with family.lock:
            self._finish(call, known)
        return ALLOW

    def _reconcile(self, call: Call, family: Family, known: Known) -> None:
        decision = known.decision
        if decision is None or known.allowed:
            return
        if known.prompted:
            self._record.note(
                "approved", session=known.session, action=known.id, client=family.client,
                strength=1, means="client prompt", authenticated=False, bound=known.key, until=0,
            )  # fmt: skip
            return
        self._alert(
            "denied_but_ran", known.session, known.id, call.client,
            f"{known.id} was not allowed, and the client reports a result for it: run `jackline doctor {call.client}`",
        )  # fmt: skip

    def _check_prefix(self, call: Call, family: Family, known: Known) -> None:
        """A shell command that ran beside the prefix which all others go through: somebody switched it off."""
        if known.tool == "shell" and family.prefixed and not known.started and known.allowed:
            self._alert(
                "never_arrived",
                known.session,
                known.id,
                call.client,
                f"{known.id} ran without the shell prefix: look at the client's settings, and run `jackline doctor {call.client}`",
            )

    def _finish(self, call: Call, known: Known) -> None:
        result = call.result
        data: dict[str, Any] = {"ok": None, "exitCode": None, "text": ""}
        if result is not None:
            data = {"ok": result.ok, "exitCode": result.exit_code, "text": result.text[:MAX_RESULT_TEXT]}
        if self._guard.images is not None:
            data["changed"] = sorted(self._guard.images.settle(known.id))
        data["written"] = _written(known)
        self._record.note("finished", session=known.session, action=known.id, client=call.client, **data)

    # The rest of a session's life

    def _note(self, call: Call) -> None:
        about: dict[str, Any] = {"session": call.session, "client": call.client}
        if call.event == "session_start":
            family = self._record.family(call.session, call.parent)
            assurance = "contained" if family.contained else assurance_over(family.uid)
            self._record.note("session_started", **about, parent=call.parent, assurance=assurance)
        elif call.event == "session_end":
            self._record.note("session_ended", **about, parent=call.parent)
        elif call.event == "stop" and call.prompt:
            self._record.note("claimed", **about, parent=call.parent, text=call.prompt[:MAX_RESULT_TEXT])

    def _alert(self, alert: str, session: str, action: str, client: str, text: str) -> None:
        self._record.note(
            "alerted", session=session, action=action, client=client, durable=True, alert=alert, text=text
        )


def refusal(client: Client, call: Call | None, sentence: str) -> Reply:
    """Stop a call for a reason of our own, by the strongest means that the client has for it.

    Where it is known that a tool is about to run, or a person to be asked, that is the client's own denial: it holds
    wherever exit 2 does, Claude Code heeds it where it ignores exit 2 (PermissionRequest), and the model reads the
    reason alone, without the hook's command line. Where that is not known, exit 2 stops whatever it was.
    """
    if call is None or call.event not in STOPPABLE:
        return client.fail(sentence)
    return client.answer(call, Answer("deny", sentence))


def _owned(call: Call, conversation: Conversation) -> Call:
    """The call with its sessions named as this guard names them: those of a client in a sandbox belong to that session."""
    uid, within = conversation.peer.uid, conversation.within
    session, parent = session_of(uid, call.session), session_of(uid, call.parent)
    if within:
        session, parent = f"{within}/{call.session}", f"{within}/{call.parent}" if call.parent else within
    action = call.action
    if action is not None:
        action = replace(action, session=session, parent=parent)
    return replace(call, session=session, parent=parent, action=action)


def _written(known: Known) -> dict[str, str]:
    """The digests of the files that the action's effects say it wrote, as they stand when it ends."""
    found: dict[str, str] = {}
    for effect in known.decision.effects if known.decision is not None else ():
        if effect.resource.kind == "file" and effect.verb in {"create", "modify"} and "*" not in effect.resource.name:
            content = _digest(effect.resource.name)
            if content:
                found[effect.resource.name] = content
    return found


def _digest(path: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(MAX_HASHED + 1)
    except OSError:
        return ""
    return hashlib.sha256(data).hexdigest() if len(data) <= MAX_HASHED else ""
