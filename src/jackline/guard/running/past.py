"""What sessions in sandboxes changed in workspaces: shown, put back, accepted. The history is `contain.view`'s."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from jackline.contain.view.diff import MAX_BYTES, describe
from jackline.contain.view.disk import Disk
from jackline.contain.view.entry import Entry
from jackline.contain.view.handles import Parents, Root, open_file
from jackline.contain.view.history import History
from jackline.contain.view.recovery import recover
from jackline.contain.view.undo import undo
from jackline.core.errors import UsageError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jackline.contain.view.diff import Told
    from jackline.contain.view.node import Node
    from jackline.contain.view.record import Change


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

    def described(self, changes: Sequence[Change]) -> list[dict[str, Any]]:
        """Path by path, the risky first: what happened to it, by which actions, and the difference where it is text."""
        entries: dict[str, Entry] = {}
        actions: dict[str, list[str]] = {}
        for change in changes:
            for entry in change.done:
                first = entries.get(entry.path, entry)
                entries[entry.path] = Entry(entry.path, first.before, entry.after, entry.joins)
                actions.setdefault(entry.path, []).append(change.header.action)
        changed = [entry for entry in entries.values() if not entry.before.alike(entry.after)]
        if not changed:
            return []
        workspace = changes[0].header.root
        with History(self._path, Disk()) as history, Root(workspace) as root:
            told = describe(
                changed, lambda path, node: _kept(history, path, node), lambda path, _: _standing(root, path)
            )
        return [_description(workspace, one, actions[one.path]) for one in told]


def _kept(history: History, path: str, node: Node) -> bytes | None:
    """The content of a before-image."""
    if not node.digest or not history.store.has(node.digest):
        return None
    with contextlib.suppress(OSError, WorkspaceError), os.fdopen(history.store.open(node.digest, path), "rb") as file:
        return file.read(MAX_BYTES + 1)
    return None


def _standing(root: Root, path: str) -> bytes | None:
    """What stands there now."""
    with (
        contextlib.suppress(OSError, WorkspaceError),
        Parents(root) as parents,
        os.fdopen(open_file(*parents.of(path)), "rb") as file,
    ):
        return file.read(MAX_BYTES + 1)
    return None


def _description(workspace: str, told: Told, actions: list[str]) -> dict[str, Any]:
    kind = told.before.kind if told.after.kind == "absent" else told.after.kind
    risk = f"{told.risk.name}: {told.risk.why}" if told.risk is not None else ""
    return {
        "path": os.path.join(workspace, told.path), "change": told.what, "kind": kind, "actions": actions,
        "diff": told.diff, "was": told.was, "risk": risk,
    }  # fmt: skip


def _same_directory(entry: Entry) -> bool:
    """A directory that merely has other times, which is nobody's news."""
    before, after = entry.before, entry.after
    return before.kind == after.kind == "directory" and before.mode == after.mode


def _published(changes: Iterable[Change]) -> list[Change]:
    """Those that reached the workspace, and were not taken back; what was only noted in a staged view is none."""
    return [
        change for change in changes if not change.header.view and change.undone is None and not change.header.undoes
    ]
