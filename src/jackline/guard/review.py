"""Reviewing what was changed in files: shown, put back, accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jackline.core.deferred import Deferred
from jackline.core.errors import UsageError
from jackline.guard.accounts import owns

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.guard.images import Change, Images
    from jackline.guard.peers import Peer
    from jackline.guard.record import Record

Parameters = dict[str, Any]

_describe: Final[Callable[..., list[dict[str, Any]]]] = Deferred("jackline.guard.diffs", "describe")


class Review:
    """The calls `changes`, `undo` and `keep`: `id` is an action, a session (or its beginning), "" for the last session."""

    def __init__(self, record: Record, images: Images) -> None:
        self._record, self._images = record, images

    def changes(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """What stands otherwise than before, file by file."""
        changes = self._named(parameters, peer)
        return {"session": _session(changes), "files": _describe(changes, self._images.blobs)}

    def undo(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """Put back what stood before. Raises `ConflictError` where a later change would be lost."""
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
        changes = self._named(parameters, peer)
        return {"session": _session(changes), "kept": self._images.keep(changes)}

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
