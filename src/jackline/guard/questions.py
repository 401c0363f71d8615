"""Questions to a person: what waits, and what it means to say yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.core.errors import LedgerError, UsageError
from jackline.guard import totp
from jackline.guard.accounts import owns
from jackline.guard.clock import now_micros
from jackline.policy.approvals import APPROVAL_LIFETIME

if TYPE_CHECKING:
    from jackline.guard.desk import Desk
    from jackline.guard.memory import Family, Known
    from jackline.guard.paths import Homes
    from jackline.guard.peers import Peer
    from jackline.guard.record import Record

_MICROS: Final = 1_000_000
_TWO_PEOPLE: Final = 3

Parameters = dict[str, Any]


class Questions:
    """The calls `waiting`, `approve` and `refuse`."""

    def __init__(self, homes: Homes, record: Record, desk: Desk) -> None:
        self._homes, self._record, self._desk = homes, record, desk

    def waiting(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """All that waits for this account, oldest first."""
        del parameters
        return [_shown(family, known) for family, known in self._waiting(peer)]

    def approve(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """Yes, to one action, once, for ten minutes; or to a session that was refused three times, to go on."""
        name = str(parameters.get("id", ""))
        stopped = self._stopped_family(name, peer)
        if stopped is not None:
            self._record.note(
                "approved",
                session=stopped.root,
                client=stopped.client,
                durable=True,
                strength=1,
                means="terminal",
                by=peer.uid,
            )
            return {"resumed": stopped.root}
        family, known = self._one(name, peer)
        strength = self._strength(known, str(parameters.get("code", "")))
        coded = strength >= totp.STRENGTH
        about = {"session": known.session, "action": known.id, "client": family.client}
        until = now_micros() + APPROVAL_LIFETIME
        self._record.note(
            "approved", **about, durable=True, strength=strength, means="code" if coded else "terminal",
            authenticated=coded, bound=known.key, until=until, by=peer.uid,
        )  # fmt: skip
        if known.held:
            self._record.note("released", session=known.session, action=known.id, client=family.client, id=known.held)
        self._desk.tell()
        return {**_shown(family, known), "strength": strength, "until": until}

    def refuse(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """No, to one action and to its effects in other words."""
        family, known = self._one(str(parameters.get("id", "")), peer)
        about = {"session": known.session, "action": known.id, "client": family.client}
        self._record.note("refused", **about, durable=True, means="terminal", bound=known.key, by=peer.uid)
        self._desk.tell()
        state = family.state
        return {**_shown(family, known), "refusals": state.refusals, "paused": state.waits_for_a_person}

    # Finding what is meant

    def _waiting(self, peer: Peer) -> list[tuple[Family, Known]]:
        return [(family, known) for family, known in self._record.memory.waiting() if owns(peer.uid, family.root)]

    def _stopped_family(self, name: str, peer: Peer) -> Family | None:
        for family in self._record.memory.families() if name else ():
            if family.state.waits_for_a_person and family.root.startswith(name) and owns(peer.uid, family.root):
                return family
        return None

    def _one(self, name: str, peer: Peer) -> tuple[Family, Known]:
        """The one that is named, else the only one that waits. Raises `UsageError`."""
        if name:
            family, known = self.known(name, peer)
            if known not in family.waiting():
                message = f"`{name}` does not wait for an answer; `jackline approve --list` shows what does"
                raise UsageError(message)
            return family, known
        waiting = self._waiting(peer)
        if len(waiting) != 1:
            names = ", ".join(known.held or known.id for _, known in waiting)
            message = f"{len(waiting)} actions wait: name one of {names}" if waiting else "nothing waits for an answer"
            raise UsageError(message)
        return waiting[0]

    def known(self, name: str, peer: Peer) -> tuple[Family, Known]:
        """An action of this account's, recalled from the ledger if need be. Raises `UsageError`."""
        found = self._record.memory.find(name) if name else None
        if found is None and name:
            for _, event in self._record.ledger.events(action=name, limit=1):
                self._record.family(event.session, str(event.data.get("parent", "")))
                found = self._record.memory.find(name)
        if found is None or not owns(peer.uid, found[0].root):
            message = f"no action `{name}` is known; `jackline log` lists them"
            raise UsageError(message)
        return found

    def _strength(self, known: Known, code: str) -> int:
        """The strength that this answer has. Raises where it is less than the question needs."""
        needed = known.decision.approval if known.decision is not None else _TWO_PEOPLE
        if needed >= _TWO_PEOPLE:
            message = f"`{known.id}` needs two different people, whom this guard cannot tell apart; change the policy"
            raise UsageError(message)
        if not code:
            if needed >= totp.STRENGTH:
                message = f"`{known.id}` needs a code of the second factor: `jackline approve {known.id} --code 123456`"
                raise UsageError(message)
            return 1
        totp.check(self._homes.totp, code, now_micros() // _MICROS)
        return totp.STRENGTH


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
