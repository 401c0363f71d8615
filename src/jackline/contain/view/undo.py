"""Taking changes back: exactly, or with the list of what would be lost by it.

To undo is to put in place what stood there before, as one more change: by the same transaction, with the same record, so
that it can itself be undone.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

from jackline.contain.view.entry import Entry
from jackline.contain.view.handles import Parents, Root, split, walk
from jackline.contain.view.node import ABSENT, Node, read
from jackline.contain.view.picture import take
from jackline.contain.view.record import Undone
from jackline.contain.view.recovery import recover
from jackline.contain.view.staging import folder_node
from jackline.contain.view.transaction import Transaction
from jackline.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jackline.contain.view.history import History
    from jackline.contain.view.record import Change


class LaterChangesError(WorkspaceError):
    """Undoing would lose changes that came later. `paths` lists them."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        shown = ", ".join(f"`{path}`" for path in self.paths[:20])
        more = f" and {len(self.paths) - 20} more" if len(self.paths) > 20 else ""  # noqa: PLR2004 - as many as shown
        super().__init__(
            f"undo would lose what was changed later in {shown}{more}; look at `jackline diff`, or save those changes and "
            "undo all the same with `--force`"
        )


def undo(
    root: Root, history: History, changes: Sequence[Change], *, at: int = 0, force: bool = False, action: str = ""
) -> Change | None:
    """Put back what stood before `changes`; returns the record of doing so, None where nothing stands otherwise. What
    somebody changes in that very moment is left, and is a conflict in the record.

    `force`: also over later changes, which are saved first, in that record. Raises `LaterChangesError` without it;
    `WorkspaceError` where a before-image is gone. Nothing was done then.
    """
    recover(root, history)  # settles what was published only now
    orders = [change.header.order for change in changes]
    changes = [change for change in map(history.records.read, orders) if change is not None]
    entries, lost = plan(root, [whole(change, history) for change in changes])
    if lost and not force:
        raise LaterChangesError(lost)
    if not entries:
        return None
    entries = list(_joined(root, history, entries))
    header = replace(
        history.header(root, action=action, at=at), undoes=tuple(change.header.order for change in changes)
    )  # fmt: skip
    done = Transaction(root, history).run(entries, history.store, header)
    for change in changes:
        history.records.add_mark(change.header.order, Undone(done.header.order))
    return done


def whole(change: Change, history: History) -> Change:
    """The change with the digests of large contents that it put in place, as far as a later change displaced and so read
    them: an undo of that one puts back a copy, which is then known by its content alone."""
    missing = {
        entry.path: entry.after for entry in change.entries if entry.after.kind == "file" and not entry.after.digest
    }
    found: dict[str, Node] = {}
    for later in history.records.all() if missing else ():
        displaced = later.settled.before if later.settled is not None else {}
        for path in missing.keys() & displaced.keys():
            if displaced[path].same_thing(missing[path]):
                found[path] = displaced[path]
    entries = tuple(replace(entry, after=found.get(entry.path, entry.after)) for entry in change.entries)
    return replace(change, entries=entries) if found else change


def plan(root: Root, changes: Sequence[Change]) -> tuple[list[Entry], list[str]]:
    """What would have to be put where, and which paths somebody changed later."""
    first, last, lost = _composed(changes)
    wanted: dict[str, Node] = {}
    now: dict[str, Node] = {}
    with Parents(root) as parents:
        for path in first:
            now[path] = _look(root, parents, path, last[path])
            node = _wanted(first[path], last[path], now[path])
            if node is None:
                continue
            if not _standing(now[path], last[path]):
                lost.append(path)
            wanted[path] = node
    for path, node in _unknown(root, now, wanted):
        now[path], wanted[path] = node, ABSENT
        lost.append(path)
    return [Entry(path, now[path], wanted[path]) for path in wanted], sorted(set(lost))


def _wanted(first: Node, last: Node, now: Node) -> Node | None:
    """What is to be put there; None where nothing is."""
    if first.alike(last) and _same_group(first, last):
        return None  # these changes left it as it was
    if first.kind == now.kind == "directory":
        timed = replace(first, modified=first.modified if now.modified == last.modified else now.modified)
        return None if timed.alike(now) else timed
    return None if _standing(now, first) and _same_group(now, first) else first


def _same_group(one: Node, other: Node) -> bool:
    """Whether two nodes that look alike are also names of one file, where there are several names."""
    return (one.names < 2 and other.names < 2) or one.inode == other.inode  # noqa: PLR2004 - a group has two


def _unknown(root: Root, now: dict[str, Node], wanted: dict[str, Node]) -> list[tuple[str, Node]]:
    """What is in directories that are to go, and was put there by none of the changes."""
    going = {path for path, node in wanted.items() if now[path].kind == "directory" and node.kind != "directory"}
    found: list[tuple[str, Node]] = []
    for top in going:
        if split(top)[0] in going:
            continue
        try:
            handle = root.enter(top)
        except OSError:
            continue
        with Root(".", at=handle) as tree:
            os.close(handle)
            for path, at, name, _ in walk(tree, top):
                if path not in now:
                    found.append((path, read(at, name, hashed=0)))
    return found


def _look(root: Root, parents: Parents, path: str, last: Node) -> Node:
    """What stands there now; a large content that nobody touched is not read again."""
    if not path:
        return folder_node(root, path)
    try:
        at, name = parents.of(path)
        node = read(at, name)
        if node.kind == "file" and not node.digest:
            return replace(node, digest=last.digest) if node.same_thing(last) else read(at, name, hashed=None)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except OSError as error:
        if error.errno == errno.ELOOP:
            return ABSENT  # a link stands where its directory was
        raise
    return node


def _joined(root: Root, history: History, entries: Sequence[Entry]) -> Iterator[Entry]:
    """Names that were of a file which is still there under another name are joined to that, where no anchor of it could be
    kept: on another file system."""
    going = {entry.path for entry in entries}
    live: dict[int, list[str]] | None = None
    with Parents(root) as parents:
        for entry in entries:
            node = entry.after
            if node.names < 2 or node.kind == "directory" or history.store.shared(entry, root.handle) is not None:  # noqa: PLR2004
                yield entry
                continue
            live = _names(root) if live is None else live
            beside = (path for path in live.get(node.inode, ()) if path not in going)
            join = next((path for path in beside if read(*parents.of(path), hashed=None).alike(node)), "")
            yield replace(entry, joins=join)


def _names(root: Root) -> dict[int, list[str]]:
    """The names of each file in a workspace."""
    found: dict[int, list[str]] = {}
    for path, node in take(root).nodes.items():
        if node.kind != "directory":
            found.setdefault(node.inode, []).append(path)
    return found


def _composed(changes: Sequence[Change]) -> tuple[dict[str, Node], dict[str, Node], list[str]]:
    """For each path what stood there first and what last; and the paths that somebody changed in between."""
    first: dict[str, Node] = {}
    last: dict[str, Node] = {}
    lost: list[str] = []
    for change in sorted(changes, key=lambda change: change.header.order):
        for entry in change.done:
            if entry.path in last and not _standing(entry.before, last[entry.path]):
                lost.append(entry.path)
            first.setdefault(entry.path, entry.before)
            last[entry.path] = entry.after
    return first, last, lost


def _standing(now: Node, then: Node) -> bool:
    """Whether what stands there now is what was left there."""
    if now.kind == then.kind == "directory":
        return now.same_rights(then) and now.attributes == then.attributes
    return now.kind == then.kind == "absent" or now.alike(then) or (not then.digest and now.same_thing(then))
