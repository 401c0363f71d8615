"""Reviewing what was changed in files: shown, put back, accepted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from jackline.core.deferred import Deferred
from jackline.core.errors import UsageError
from jackline.guard.accounts import may_administer, owns
from jackline.guard.clock import now_micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.contain.view.record import Change as Contained
    from jackline.guard.images import Change, Images
    from jackline.guard.peers import Peer
    from jackline.guard.record import Record
    from jackline.guard.running.past import Past

Parameters = dict[str, Any]

_past: Final[Callable[[str], Past]] = Deferred("jackline.guard.running.past", "Past")
_describe: Final[Callable[..., list[dict[str, Any]]]] = Deferred("jackline.guard.diffs", "describe")


class Review:
    """The calls `changes`, `undo` and `keep`: `id` is an action, a session (or its beginning), "" for the last session."""

    def __init__(self, record: Record, images: Images, history: str) -> None:
        """`history` is where sessions in sandboxes keep what they changed; it need not be there yet."""
        self._record, self._images, self._history = record, images, history

    def changes(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """What stands otherwise than before, file by file."""
        contained = self._contained(parameters, peer)
        if contained:
            return {"session": contained[0].header.session, "files": _past(self._history).described(contained)}
        changes = self._named(parameters, peer)
        return {"session": _session(changes), "files": _describe(changes, self._images.blobs)}

    def undo(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """Put back what stood before. Raises `ConflictError`, `LaterChangesError` where a later change would be lost."""
        contained = self._contained(parameters, peer)
        if contained:
            return self._undo(contained, peer, force=parameters.get("force") is True)
        changes = self._named(parameters, peer)
        if not changes:
            return {"session": "", "paths": []}
        name = self._record.next_action()
        paths = self._images.undo(changes, name)
        undid = [change.action for change in changes]
        self._record.note(
            "undone", session=_session(changes), action=name, durable=True, undid=undid, paths=paths, by=peer.uid
        )
        return {"session": _session(changes), "action": name, "paths": paths}

    def keep(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """Accept: the before-images are dropped."""
        contained = self._contained(parameters, peer)
        if contained:
            return {"session": contained[0].header.session, "kept": _past(self._history).keep(contained)}
        changes = self._named(parameters, peer)
        return {"session": _session(changes), "kept": self._images.keep(changes)}

    def _undo(self, changes: list[Contained], peer: Peer, *, force: bool) -> Any:  # noqa: ANN401 - JSON
        name, session = self._record.next_action(), changes[0].header.session
        paths = _past(self._history).undo(changes, at=now_micros(), action=name, force=force)
        undid = list(dict.fromkeys(change.header.action for change in changes))
        self._record.note("undone", session=session, action=name, durable=True, undid=undid, paths=paths, by=peer.uid)
        return {"session": session, "action": name, "paths": paths}

    def _contained(self, parameters: Parameters, peer: Peer) -> list[Contained]:
        """The changes of a session in sandboxes that the name fits; for "" where that is later than all others'."""
        name = str(parameters.get("id", ""))
        if not may_administer(peer.uid) or not os.path.isdir(self._history):
            return []
        found = _past(self._history).named(name)
        if name or not found:
            return found
        others = max((change.at for change in self._images.changes() if change.session), default=0)
        return found if found[-1].header.at > others else []

    def _named(self, parameters: Parameters, peer: Peer) -> list[Change]:
        """Raises `UsageError` where the name fits nothing of this account's, or several sessions."""
        name = str(parameters.get("id", ""))
        mine = [change for change in self._images.changes() if owns(peer.uid, change.session)]
        if not name:
            last = next((change.session for change in reversed(mine) if change.session), "")
            return [change for change in mine if change.session == last] if last else []
        found = [change for change in mine if change.action == name]
        if found:
            return found
        sessions = {change.session for change in mine if change.session.startswith(name)}
        if len(sessions) != 1:
            wrong = "no change to a file is known of" if not sessions else "several sessions begin with"
            message = f"{wrong} `{name}`; `jackline sessions` lists them"
            raise UsageError(message)
        return [change for change in mine if change.session in sessions]


def _session(changes: list[Change]) -> str:
    return changes[0].session if changes else ""
