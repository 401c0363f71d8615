"""What sessions in sandboxes changed in workspaces: shown, put back, accepted. The history is `contain.view`'s."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from jackline.contain.view.disk import Disk
from jackline.contain.view.entry import Entry
from jackline.contain.view.handles import Root
from jackline.contain.view.history import History
from jackline.contain.view.recovery import recover
from jackline.contain.view.undo import undo
from jackline.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jackline.contain.view.record import Change

_WORDS: Final = {"create": "created", "modify": "modified", "delete": "deleted"}


class Past:
    """The history in one directory, opened for each question: keepers write it meanwhile."""

    def __init__(self, path: str) -> None:
        self._path = path

    def named(self, name: str) -> list[Change]:
        """The changes of an action, or of the session that begins so, in their order; of the last session for "".

        Raises `UsageError` where several sessions begin so.
        """
        if not os.path.isdir(self._path):
            return []
        with History(self._path, Disk()) as history:
            if not name:
                last = history.last_session()
                return _published(history.changes(session=last)) if last else []
            of_action = [each for each in history.changes(action=name) if not each.header.view and each.undone is None]
            if of_action:
                return of_action
            found = [change for change in history.changes() if change.header.session.startswith(name)]
        sessions = {change.header.session for change in found}
        if len(sessions) > 1:
            message = f"several sessions begin with `{name}`: {', '.join(f'`{each}`' for each in sorted(sessions))}"
            raise UsageError(message)
        return _published(found)

    def undo(self, changes: Sequence[Change], *, at: int, action: str, force: bool = False) -> list[str]:
        """Put back what stood before; returns the paths. Raises `WorkspaceError` where a later change would be lost."""
        (workspace,) = {change.header.root for change in changes}
        with History(self._path, Disk()) as history, Root(workspace) as root:
            recover(root, history)
            done = undo(root, history, changes, at=at, force=force, action=action)
        entries = done.done if done is not None else ()
        return [os.path.join(workspace, entry.path) for entry in entries if not _same_directory(entry)]

    def keep(self, changes: Iterable[Change]) -> int:
        """Accept changes: they can no longer be undone. Returns how many there were."""
        with History(self._path, Disk()) as history:
            return history.keep(change.header.order for change in changes)


def described(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Path by path, what happened to it and by which actions."""
    found: dict[str, tuple[Entry, Entry, list[str]]] = {}
    for change in changes:
        for entry in change.done:
            path = os.path.join(change.header.root, entry.path)
            first, _, actions = found.get(path, (entry, entry, []))
            found[path] = first, entry, [*actions, change.header.action]
    return list(_descriptions(found))


def _descriptions(found: dict[str, tuple[Entry, Entry, list[str]]]) -> Iterator[dict[str, Any]]:
    for path, (first, last, actions) in sorted(found.items()):
        before, after = first.before, last.after
        if before.alike(after) or _same_directory(Entry(path, before, after)):
            continue
        verb = "create" if before.kind == "absent" else "delete" if after.kind == "absent" else "modify"
        kind = before.kind if after.kind == "absent" else after.kind
        yield {"path": path, "change": _WORDS[verb], "kind": kind, "actions": actions, "diff": ""}


def _same_directory(entry: Entry) -> bool:
    """A directory that merely has other times, which is nobody's news."""
    before, after = entry.before, entry.after
    return before.kind == after.kind == "directory" and before.mode == after.mode


def _published(changes: Iterable[Change]) -> list[Change]:
    """Those that reached the workspace, and were not taken back; what was only noted in a staged view is none."""
    return [
        change for change in changes if not change.header.view and change.undone is None and not change.header.undoes
    ]
