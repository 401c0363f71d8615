"""What the command line asks of the resident guard: one method per `call`, JSON in, JSON out, and who may ask it.

Answering for a person is refused to a process that an agent's client started. In hooked mode that is a fence against
agents that try, not a wall against a hostile process: one that cuts its ties to its parents is not recognised, and the
approval is recorded as unauthenticated. What changes the guard itself is for its own account (and root) alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from jackline.core.action import Action
from jackline.core.codec import decode
from jackline.core.errors import JacklineError, UsageError
from jackline.guard import totp
from jackline.guard.accounts import assurance_over, may_administer, owns
from jackline.guard.allowing import Allowing
from jackline.guard.clock import now_micros
from jackline.guard.peers import descends_from
from jackline.guard.questions import Questions
from jackline.guard.review import Review
from jackline.guard.standing import OBSERVE, OBSERVED_DAYS, day_of, note_policy, observing_since

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.guard.deciding import Guard
    from jackline.guard.desk import Desk
    from jackline.guard.eyes import Eyes
    from jackline.guard.images import Images
    from jackline.guard.paths import Homes
    from jackline.guard.peers import Peer
    from jackline.guard.record import Record
    from jackline.guard.running.runs import Runs
    from jackline.guard.server import Conversation

MICROS: Final = 1_000_000
MAX_PAUSE_MINUTES: Final = 24 * 60

Parameters = dict[str, Any]
Who = Literal["anyone", "person", "administrator"]


class NotAPersonError(JacklineError):
    """An agent tried to answer for a person, or a person to do what only the guard's own account may."""

    exit_code = 3


class Calls:
    """See the module's text."""

    def __init__(
        self, homes: Homes, guard: Guard, record: Record, images: Images, desk: Desk, eyes: Eyes, runs: Runs
    ) -> None:
        self._homes, self._guard, self._record, self._eyes = homes, guard, record, eyes
        self._since = 0
        self._note_policy()
        questions, review = Questions(homes, record, desk), Review(record, images, homes.history)
        allowing = Allowing(homes, guard, record, desk, questions)
        self._methods: dict[str, tuple[Who, Callable[[Parameters, Peer], Any]]] = {
            "status": ("anyone", self._status),
            "decide": ("anyone", self._decide),
            "run": ("anyone", runs.run),
            "run_report": ("anyone", runs.report),
            "run_end": ("person", runs.end),
            "waiting": ("anyone", questions.waiting),
            "changes": ("anyone", review.changes),
            "approve": ("person", questions.approve),
            "refuse": ("person", questions.refuse),
            "undo": ("person", review.undo),
            "keep": ("person", review.keep),
            "allow": ("administrator", allowing.allow),
            "allow_until": ("administrator", allowing.allow_until),
            "classes": ("anyone", allowing.classes),
            "end_class": ("administrator", allowing.end_class),
            "pause": ("administrator", self._pause),
            "reload": ("administrator", self._reload),
        }

    def answer(self, conversation: Conversation) -> Any:  # noqa: ANN401 - JSON
        """The answer to one call. Raises `UsageError`, `NotAPersonError`, `LedgerError`, …: one sentence each."""
        name, peer = conversation.header.name, conversation.peer
        if name not in self._methods:
            message = f"the guard has no method `{name}`; is it older than this command? run `jackline guard restart`"
            raise UsageError(message)
        who, method = self._methods[name]
        self.authorise(who, peer, name)
        return method(decode(conversation.body or b"{}", dict[str, Any]), peer)

    def authorise(self, who: Who, peer: Peer, what: str) -> None:
        """Raises `NotAPersonError`, with an alert where the caller was started by an agent's client."""
        if who == "anyone":
            return
        for family in self._record.memory.families():
            if family.processes and descends_from(peer.pid, frozenset(family.processes)):
                self._record.note(
                    "alerted", session=family.root, client=family.client, durable=True, alert="answered_itself",
                    text=f"a process below the agent's client asked the guard to {what}",
                )  # fmt: skip
                message = f"an agent cannot {what}; run this in a terminal that the agent did not start"
                raise NotAPersonError(message)
        if who == "administrator" and not may_administer(peer.uid):
            message = f"only the guard's own account and root may {what}; this guard is managed"
            raise NotAPersonError(message)

    def _status(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        del parameters
        memory, policies = self._record.memory, self._guard.policies
        families = [family for family in memory.families() if owns(peer.uid, family.root)]
        counts = {verdict: sum(family.counts[verdict] for family in families) for verdict in ("allow", "ask", "deny")}
        paused = max(0, memory.paused_until - now_micros()) // MICROS
        return {
            "policy": policies.settings.policy,
            "policyDigest": policies.digest,
            "trouble": policies.trouble or self._eyes.trouble,
            "enforcing": bool(policies.digest) and not paused and policies.settings.policy != OBSERVE,
            "pausedSeconds": paused,
            "sessions": len(families),
            "actions": sum(counts.values()),
            "allowed": counts["allow"],
            "asked": counts["ask"],
            "stopped": counts["deny"],
            "waiting": sum(len(family.waiting()) for family in families),
            "assurance": assurance_over(peer.uid),
            "approvals": self._guard.approvals,
            "classes": len(memory.classes.standing(now_micros())),
            "observing": self._observing(),
        }

    def _observing(self) -> dict[str, Any] | None:
        """How far the week under `observe` has come, None where another policy is in force."""
        if self._guard.policies.settings.policy != OBSERVE or not self._since:
            return None
        day = day_of(self._since, now_micros())
        return {"since": self._since, "day": day, "days": OBSERVED_DAYS, "over": day > OBSERVED_DAYS}

    def _note_policy(self) -> None:
        note_policy(self._record, self._guard.policies)
        self._since = observing_since(event for _, event in self._record.ledger.events(kinds=("configured",)))

    def _decide(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        del peer
        try:
            action = msgspec.convert(parameters.get("action"), Action)
        except msgspec.ValidationError as error:
            message = f"`action` is no action: {error}"
            raise UsageError(message) from error
        return msgspec.to_builtins(self._guard.decide(action, record=False))

    def _pause(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        minutes = parameters.get("minutes")
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 <= minutes <= MAX_PAUSE_MINUTES:
            message = f"a pause lasts from 1 to {MAX_PAUSE_MINUTES} minutes (0 ends it)"
            raise UsageError(message)
        if minutes:
            totp.check_if_enrolled(self._homes.totp, str(parameters.get("code", "")), now_micros() // MICROS)
        until = now_micros() + minutes * 60 * MICROS if minutes else 0
        self._record.note("paused", durable=True, minutes=minutes, until=until, by=peer.uid)
        return {"minutes": minutes, "until": until}

    def _reload(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        del parameters, peer
        policies = self._guard.policies
        done = policies.reload()
        self._eyes.reload()
        self._guard.approvals = totp.strongest(self._homes.totp)
        if not done:
            text = f"the old policy stays in force: {policies.trouble}"
            self._record.note("alerted", alert="policy_broken", text=text)
        else:
            self._note_policy()
        return {"reloaded": done, "trouble": policies.trouble or self._eyes.trouble, "policyDigest": policies.digest}
