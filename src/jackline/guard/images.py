"""Before-images: what an action's files were, saved before it runs, so that `undo` puts them back exactly.

One record per action, on the disk before the action is answered; what stood there afterwards is added when the client
reports the end. `undo` refuses, with the list, where putting back would lose a change that came later, and is itself
a recorded change that can be undone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from jackline.core.codec import decode, encode
from jackline.core.errors import LedgerError, WireError
from jackline.guard.clock import now_micros
from jackline.guard.paths import private_directory
from jackline.guard.restoring import Means, put_back
from jackline.guard.snapshots import ABSENT, Blobs, Budget, Snapshot, look, measure, real_place, take

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAY_MICROS: Final = 24 * 60 * 60 * 1_000_000
_SUFFIX: Final = ".json"


class ConflictError(LedgerError):
    """Putting back would lose changes that came later. `places` lists them."""

    def __init__(self, places: Sequence[str]) -> None:
        self.places = tuple(places)
        listed = ", ".join(f"`{place}`" for place in places)
        super().__init__(
            f"undo would lose what was changed later in {listed}; look at `jackline diff`, nothing was done"
        )


class Change(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One action's files: `before` and, once the action ended, `after`; `roots` are the paths that it named.

    `order` counts changes over all sessions; `at` is when, in microseconds since the epoch.
    """

    action: str
    session: str
    order: int
    roots: tuple[str, ...]
    before: dict[str, Snapshot]
    after: dict[str, Snapshot] = {}
    settled: bool = False
    at: int = 0


def nameable(paths: Iterable[str]) -> bool:
    """Whether each of these is the whole path of one place: what can be said of them without the disk."""
    return all("*" not in path and os.path.isabs(path) for path in paths)


def measurable(paths: Iterable[str]) -> bool:
    """Whether before-images of all these paths can be taken: named, of a kind that can be put back, not too much."""
    paths = list(paths)
    budget = Budget()
    if not nameable(paths):
        return False
    try:
        for path in paths:
            measure(real_place(path), budget)
    except (LedgerError, OSError):
        return False
    return True


class Images:
    """The store of before-images in one private directory. One process writes it: the resident guard."""

    def __init__(self, directory: str) -> None:
        """Creates the directory where it is not there. Raises `ConfigurationError`."""
        self._records = os.path.join(private_directory(directory), "changes")
        os.makedirs(self._records, 0o700, exist_ok=True)
        self.blobs = Blobs(directory)
        self._changes = {change.action: change for change in self._load()}

    def save(self, action: str, session: str, paths: Iterable[str]) -> None:
        """Take before-images, on the disk when this returns. Raises `LedgerError`: then the action must not run."""
        roots = tuple(dict.fromkeys(real_place(path) for path in paths))
        budget, before = Budget(), dict[str, Snapshot]()
        try:
            for root in roots:
                before.update(take(root, self.blobs, budget))
            order = max((change.order for change in self._changes.values()), default=0) + 1
            self._write(Change(action, session, order, roots, before, at=now_micros()))
        except OSError as error:
            message = f"no before-image of `{error.filename or 'a file'}` could be saved: {error.strerror}"
            raise LedgerError(message) from error

    def settle(self, action: str) -> dict[str, Snapshot]:
        """Note what stands there after the action; returns what it changed."""
        change = self._changes.get(action)
        if change is None:
            return {}
        if not change.settled:
            change = replace(change, after=_after(change), settled=True)
            self._write(change)
        return {
            place: after for place, after in change.after.items() if not after.same(change.before.get(place, ABSENT))
        }

    def changes(self, *, session: str = "", action: str = "") -> list[Change]:
        """The changes of a session, of an action, or all, in their order."""
        found = (
            change for change in self._changes.values()
            if session in {"", change.session} and action in {"", change.action}
        )  # fmt: skip
        return sorted(found, key=lambda change: change.order)

    def last_session(self) -> str:
        """The session of the last change; "" where there is none."""
        return next((change.session for change in reversed(self.changes()) if change.session), "")

    def undo(self, changes: Sequence[Change], action: str) -> list[str]:
        """Put back what stood before `changes`, as the change `action`; returns the paths that were altered.

        That change belongs to no session, so to undo a session twice does not bring its changes back. Raises
        `ConflictError` where something later would be lost, `LedgerError` where it cannot be done.
        """
        changes = [self._settled(change) for change in changes]
        wanted = self._wanted(changes)
        altered = [place for place, snapshot in wanted.items() if look(place) != snapshot]
        if not altered:
            return []
        self.save(action, "", [place for place in altered if not _covered(place, altered)])
        put_back(wanted, Means(self.blobs, _given(changes)))
        self.settle(action)
        for change in changes:
            self._forget(change.action)
        return sorted(altered)

    def keep(self, changes: Sequence[Change]) -> int:
        """Accept changes: their before-images are dropped. Returns how many there were."""
        for change in changes:
            self._forget(change.action)
        used = frozenset(snapshot.digest for change in self._changes.values() for snapshot in change.before.values())
        inodes = frozenset(snapshot.inode for change in self._changes.values() for snapshot in change.before.values())
        self.blobs.drop(used, inodes)
        return len(changes)

    def prune(self, days: int) -> int:
        """Drop the before-images that are older than so many days; returns how many changes can no longer be undone."""
        oldest = now_micros() - days * DAY_MICROS
        return self.keep([change for change in self.changes() if change.at < oldest])

    def _settled(self, change: Change) -> Change:
        """A change whose end was never reported has changed what differs now."""
        self.settle(change.action)
        return self._changes[change.action]

    def _wanted(self, changes: Sequence[Change]) -> dict[str, Snapshot]:
        """For each path the first state before, if each later state is one that these changes made."""
        wanted: dict[str, Snapshot] = {}
        last: dict[str, Snapshot] = {}
        lost: dict[str, None] = {}
        for change in changes:
            for place in {**change.before, **change.after}:
                before, after = change.before.get(place, ABSENT), change.after.get(place, ABSENT)
                if place in last and not last[place].same(before):
                    lost[place] = None
                wanted.setdefault(place, before)
                last[place] = after
        for place, after in last.items():
            found = look(place)
            if wanted[place].same(after):
                if not found.same(after):
                    del wanted[place]  # these changes left it as it was: what came later is not theirs
            elif not found.same(wanted[place]) and (not found.same(after) or _grown(place, after, last)):
                lost[place] = None
        if lost:
            raise ConflictError(sorted(lost))
        return wanted

    def _load(self) -> Iterable[Change]:
        for folder, _, names in os.walk(self._records):
            for name in names:
                if name.endswith(_SUFFIX):
                    with contextlib.suppress(OSError, WireError), open(os.path.join(folder, name), "rb") as file:
                        yield decode(file.read(), Change)

    def _path(self, action: str) -> str:
        return os.path.join(self._records, hashlib.sha256(action.encode()).hexdigest()[:32] + _SUFFIX)

    def _write(self, change: Change) -> None:
        path = self._path(change.action)
        temporary = f"{path}.{secrets.token_hex(4)}"
        with open(temporary, "xb") as file:
            file.write(encode(change))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        self._changes[change.action] = change

    def _forget(self, action: str) -> None:
        self._changes.pop(action, None)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(action))


def _after(change: Change) -> dict[str, Snapshot]:
    budget, after = Budget(), dict[str, Snapshot]()
    for root in change.roots:
        with contextlib.suppress(LedgerError, OSError):  # what cannot be read afterwards is compared at the undo
            after.update(take(root, None, budget))
    for place in change.before:
        if place not in after:
            after[place] = look(place)
    return after


def _given(changes: Sequence[Change]) -> dict[str, frozenset[str]]:
    """For each inode with several names, the contents that it had in the course of these changes."""
    found: dict[str, set[str]] = {}
    for change in changes:
        for snapshot in (*change.before.values(), *change.after.values()):
            if snapshot.inode:
                found.setdefault(snapshot.inode, set()).add(snapshot.digest)
    return {inode: frozenset(contents) for inode, contents in found.items()}


def _covered(place: str, altered: Sequence[str]) -> bool:
    """Whether a parent of `place` is to be altered too: its before-image holds everything below."""
    parent = os.path.dirname(place)
    return parent in altered or (parent not in {place, "/"} and _covered(parent, altered))


def _grown(place: str, after: Snapshot, known: dict[str, Snapshot]) -> bool:
    """Whether a directory that is to go holds something that no change made."""
    if after.kind != "directory":
        return False
    with contextlib.suppress(OSError):
        return any(os.path.join(place, name) not in known for name in os.listdir(place))
    return False
