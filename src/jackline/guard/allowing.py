"""`jackline allow`: the like of an action, from now on as a rule, or until a time as an approval of a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.core.errors import ConfigurationError, UsageError
from jackline.guard import totp
from jackline.guard.accounts import may_administer
from jackline.guard.classes import ENDED
from jackline.guard.clock import now_micros
from jackline.guard.granting import classes_for, grant_for, likeness
from jackline.policy.approvals import MAX_CLASS_LIFETIME

if TYPE_CHECKING:
    from jackline.guard.deciding import Guard
    from jackline.guard.desk import Desk
    from jackline.guard.granting import Likeness
    from jackline.guard.memory import Family, Known
    from jackline.guard.paths import Homes
    from jackline.guard.peers import Peer
    from jackline.guard.questions import Questions
    from jackline.guard.record import Record

_MICROS: Final = 1_000_000
_LONGEST_DAYS: Final = MAX_CLASS_LIFETIME // (24 * 3600 * _MICROS)

Parameters = dict[str, Any]


class Allowing:
    """The calls `allow`, `allow_until`, `classes` and `end_class`."""

    def __init__(self, homes: Homes, guard: Guard, record: Record, desk: Desk, questions: Questions) -> None:
        self._homes, self._guard, self._record, self._desk, self._questions = homes, guard, record, desk, questions

    def allow(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """Always: the effects of an action, as permits of the user's layer. Without `confirm` they are only shown."""
        family, known, like = self._like(parameters, peer)
        grant = grant_for(like)
        shown = {"id": known.id, "permits": grant.sentences, "text": grant.text}
        if not parameters.get("confirm"):
            return {**shown, "added": False}
        strength = self._check_code(parameters)
        policies = self._guard.policies
        try:
            grant.append(self._homes.grants)
        except (OSError, UnicodeDecodeError) as error:
            message = f"`{self._homes.grants}` cannot be written ({error}); nothing was allowed"
            raise ConfigurationError(message) from error
        policies.reload()
        about = {"session": family.root, "action": known.id}
        self._record.note(
            "configured", **about, durable=True, what="grant", text=grant.text, digest=policies.digest, by=peer.uid
        )
        self._release(family, known, strength, peer)
        return {**shown, "added": True}

    def allow_until(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """Until a time (`until`, microseconds since the epoch): effects like those of an action, in any session of its
        account. Without `confirm` they are only shown."""
        family, known, like = self._like(parameters, peer)
        until, code = _end(parameters.get("until")), str(parameters.get("code", ""))
        classes = classes_for(like, totp.STRENGTH if code else 1, until)
        shown = {"id": known.id, "permits": like.sentences, "until": until}
        if not parameters.get("confirm"):
            return {**shown, "added": False}
        strength = self._check_code(parameters)
        self._record.note(
            "approved", durable=True, strength=strength, means="code" if code else "terminal",
            authenticated=bool(code), by=peer.uid, until=until, uid=family.uid,
            approvals=msgspec.to_builtins(classes), **{"class": known.id},
        )  # fmt: skip
        self._release(family, known, strength, peer)
        return {**shown, "added": True}

    def classes(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """What is allowed for a while in this account's sessions, oldest first."""
        del parameters
        return [
            {"id": each.like, "until": each.until, "strength": max(one.strength for one in each.approvals),
             "patterns": [msgspec.to_builtins(one.pattern, order="deterministic") for one in each.approvals]}
            for each in self._record.memory.classes.standing(now_micros())
            if each.uid == peer.uid or may_administer(peer.uid)
        ]  # fmt: skip

    def end_class(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """End a class before its time."""
        name = str(parameters.get("id", ""))
        if all(each.like != name for each in self._record.memory.classes.standing(now_micros())):
            message = f"nothing like `{name}` is allowed for a while; `jackline allow --list` shows what is"
            raise UsageError(message)
        self._record.note("configured", durable=True, what=ENDED, by=peer.uid, **{"class": name})
        return {"id": name, "ended": True}

    def _like(self, parameters: Parameters, peer: Peer) -> tuple[Family, Known, Likeness]:
        family, known = self._questions.known(str(parameters.get("like", "")), peer)
        if known.decision is None:
            message = f"`{known.id}` was never decided whole; there is nothing to be like"
            raise UsageError(message)
        return family, known, likeness(known.decision, known.id, self._homes, self._guard.policies.settings)

    def _check_code(self, parameters: Parameters) -> int:
        """The strength of the answer. Raises where a second factor is enrolled and its code is not given or wrong."""
        code = str(parameters.get("code", ""))
        totp.check_if_enrolled(self._homes.totp, code, now_micros() // _MICROS)
        return totp.STRENGTH if code and totp.is_enrolled(self._homes.totp) else 1

    def _release(self, family: Family, known: Known, strength: int, peer: Peer) -> None:
        """An action that waits is answered with its like: judged again, it passes by the rule or the class."""
        if known in family.waiting():
            about = {"session": known.session, "action": known.id, "client": family.client}
            self._record.note("approved", **about, durable=True, strength=strength, means="like", by=peer.uid)
            self._desk.tell()


def _end(until: object) -> int:
    """Raises `UsageError` where it is no time to come, or too far away."""
    if not isinstance(until, int) or isinstance(until, bool) or not 0 < until - now_micros() <= MAX_CLASS_LIFETIME:
        message = f"an approval for a while ends within {_LONGEST_DAYS} days; leave the end out to make it a rule"
        raise UsageError(message)
    return until
