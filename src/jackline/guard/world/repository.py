"""The state of a git repository, read from its files. Git itself is never started: a hostile repository's settings
(`core.fsmonitor`, filters, hooks, remote helpers) have nothing to run in.

What cannot be read is said to be so: `GitFacts.partial`, `unpushed` -1, a standing of None.
"""

from __future__ import annotations

import contextlib
import heapq
import os
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.guard.world.disk import read_bytes, read_text
from jackline.guard.world.gitconfig import Configs, read_config
from jackline.guard.world.gitignore import Ignore
from jackline.guard.world.gitindex import GITLINK, Index, read_index, unchanged
from jackline.guard.world.gitobjects import MissingError, Objects, oid_of
from jackline.lower.places.classify import holds_token
from jackline.lower.surroundings import MAX_LISTED, Changes, GitFacts

if TYPE_CHECKING:
    from jackline.guard.world.gitindex import Entry
    from jackline.lower.surroundings import Standing

MAX_POINTER: Final = 4096
MAX_REFS: Final = 4 * 1024 * 1024
MAX_CHECKED: Final = 20_000
MAX_WALKED: Final = 20_000
MAX_COMMITS: Final = 2000
MAX_COUNTS: Final = 256
MAX_KEPT: Final = 8
"""Work trees remembered at once; a parsed index can be large."""
_WIDTHS: Final = {"sha1": 20, "sha256": 32}
_SECRET: Final = late_pattern(r"extraheader$|password|passwd|token|secret|cookiefile$|oauth|apikey")
_FROM_HEAD, _FROM_BASE = 1, 2
_TREE: Final = 0o40000
_REF: Final = late_pattern(r"^refs/[^\x00-\x20\x7f~^:?*\[\\]+$")


class Unreadable(Exception):  # noqa: N818 - an answer between these modules: "unknown"
    """Something is there that this reader does not understand."""


class Repository:
    """One work tree. One object serves one action; `kept` remembers from one action to the next."""

    __slots__ = (
        "_common", "_config", "_head", "_home", "_ignore", "_index", "_kept", "_objects", "_tree", "directory", "root",
    )  # fmt: skip

    def __init__(self, root: str, directory: str, home: str, kept: Kept) -> None:
        self.root, self.directory, self._home, self._kept = root, directory, home, kept
        self._common = ""
        self._config: dict[str, str] | None = None
        self._objects: Objects | None = None
        self._ignore: Ignore | None = None
        self._index: Index | None = None
        self._head: bytes | None = None
        self._tree: bytes | None = None

    @property
    def common(self) -> str:
        """The directory that all work trees of the repository share."""
        if not self._common:
            pointer = read_text(f"{self.directory}/commondir", MAX_POINTER)
            self._common = (
                os.path.normpath(os.path.join(self.directory, pointer.strip())) if pointer else self.directory
            )
        return self._common

    @property
    def config(self) -> dict[str, str]:
        """The settings that git would go by."""
        if self._config is None:
            self._config = read_config(
                _config_files(self.common, self.directory, self._home), self._home, self._kept.configs
            )
        return self._config

    @property
    def objects(self) -> Objects:
        """The repository's objects."""
        if self._objects is None:
            self._objects = self._kept.objects(f"{self.common}/objects", _WIDTHS[self.algorithm])
        return self._objects

    @property
    def head(self) -> bytes | None:
        """The commit that is checked out."""
        if self._head is None:
            self._head = self.ref("HEAD")
        return self._head

    @property
    def tree(self) -> bytes:
        """What that commit holds. Raises `MissingError`."""
        if self._tree is None:
            if self.head is None:
                raise MissingError
            self._tree = self.objects.commit(self.head).tree
        return self._tree

    @property
    def algorithm(self) -> str:
        """The hash that names objects."""
        return "sha256" if self.config.get("extensions.objectformat") == "sha256" else "sha1"

    @property
    def hooks(self) -> str:
        """The directory of the hooks, absolute."""
        chosen = self.config.get("core.hookspath")
        if not chosen:
            return f"{self.common}/hooks"
        if chosen.startswith("~/"):
            chosen = f"{self._home}/{chosen[2:]}"
        return os.path.normpath(os.path.join(self.root, chosen))

    # References.

    def ref(self, name: str, depth: int = 0) -> bytes | None:
        """The object that a reference names, through symbolic ones; None where there is none."""
        for directory in (self.directory, self.common) if not name.startswith("refs/") else (self.common,):
            text = read_text(f"{directory}/{name}", MAX_POINTER)
            if text is None:
                continue
            text = text.strip()
            if text.startswith("ref: ") and depth < 5 and _REF.match(text[5:]):  # noqa: PLR2004 - git's own bound
                return self.ref(text[5:], depth + 1)
            return oid_of(text)
        return self._packed_refs().get(name)

    def _packed_refs(self) -> dict[str, bytes]:
        text = read_bytes(f"{self.common}/packed-refs", MAX_REFS) or b""
        found: dict[str, bytes] = {}
        for line in text.decode("utf-8", "replace").splitlines():
            oid, _, name = line.partition(" ")
            value = oid_of(oid) if name else None
            if value is not None:
                found[name] = value
        return found

    def branch(self) -> str:
        """The branch that is checked out, "" where HEAD is detached or cannot be read."""
        return self._symbolic("HEAD").removeprefix("refs/heads/")

    def _symbolic(self, name: str) -> str:
        text = (
            read_text(f"{self.directory}/{name}", MAX_POINTER) or read_text(f"{self.common}/{name}", MAX_POINTER) or ""
        ).strip()
        return text[5:] if text.startswith("ref: ") and _REF.match(text[5:]) else ""

    def remotes(self) -> dict[str, str]:
        """Name → address of each remote, without passwords."""
        return {
            key[len("remote.") : -len(".url")]: value
            for key, value in self.config.items()
            if key.startswith("remote.") and key.endswith(".url")
        }

    def default_branch(self, remote: str) -> str:
        """The branch that a remote's HEAD names, as of the last fetch; else the usual name, if the remote has it."""
        known = self._symbolic(f"refs/remotes/{remote}/HEAD").removeprefix(f"refs/remotes/{remote}/")
        if known:
            return known
        usual = (self.config.get("init.defaultbranch", ""), "main", "master", "trunk", "develop")
        return next((name for name in usual if name and self.ref(f"refs/remotes/{remote}/{name}") is not None), "")

    # The work tree.

    @property
    def index(self) -> Index:
        """Raises `Unreadable`."""
        if self._index is None:
            self._index = self._kept.index(f"{self.directory}/index", self.algorithm)
        if self._index is None:
            raise Unreadable
        return self._index

    def _bounded_index(self) -> Index:
        if len(self.index.names) > MAX_CHECKED:
            raise Unreadable
        return self.index

    @property
    def ignore(self) -> Ignore:
        """The rules of what git ignores."""
        if self._ignore is None:
            chosen = self.config.get("core.excludesfile", f"{self._home}/.config/git/ignore")
            common = chosen.replace("~", self._home, 1) if chosen.startswith("~/") else chosen
            self._ignore = Ignore(self.root, (common, f"{self.common}/info/exclude"))
        return self._ignore

    def standing(self, name: str, *, directory: bool) -> frozenset[Standing]:
        """How git stands to a path relative to the root. Raises `Unreadable`."""
        index = self.index
        entry = index.find(name)
        if entry is not None and (not directory or entry.mode == GITLINK):
            return frozenset({self._of_entry(name, entry)})
        positions = index.below(name)
        found: set[Standing] = set()
        if len(positions) > MAX_CHECKED:
            raise Unreadable
        for position in positions:
            found.add(self._of_entry(index.names[position], index.entries[position]))
        if not directory:
            return frozenset(found or {"ignored" if self.ignore.ignored(name) else "untracked"})
        if name and self.ignore.ignored(name, directory=True) and not found:
            return frozenset({"ignored"})
        untracked, ignored = self._walk(name, 1)
        if untracked:
            found.add("untracked")
        if ignored:
            found.add("ignored")
        return frozenset(found)

    def _of_entry(self, name: str, entry: Entry) -> Standing:
        """How one entry of a tree stands; a submodule that is checked out may hold anything: nobody has asked it."""
        if entry.mode == GITLINK and os.path.lexists(f"{self.root}/{name}/.git"):
            return "modified"
        return "clean" if self._is_clean(name, entry) else "modified"

    def _is_clean(self, name: str, entry: Entry) -> bool:
        """Whether the work tree, the index and a commit agree about a file."""
        return unchanged(self.root, name, entry, self.index) and self._committed(name, entry)

    def _committed(self, name: str, entry: Entry) -> bool:
        """Whether HEAD holds a file as the index has it; by the index's cached trees where they agree."""
        try:
            tree = self.tree
            place = ""
            parts = name.split("/")
            for part in parts[:-1]:
                if self.index.trees.get(place) == tree:
                    return True
                tree = self.objects.tree(tree)[part][1]
                place = f"{place}/{part}" if place else part
            if self.index.trees.get(place) == tree:
                return True
            return self.objects.tree(tree)[parts[-1]] == (entry.mode, entry.oid)
        except (MissingError, KeyError):
            return False

    def _walk(self, place: str, limit: int) -> tuple[list[str], bool]:
        """Untracked names below a directory, at most `limit`, and whether anything there is ignored. Raises `Unreadable`."""
        tracked = self.index
        untracked: list[str] = []
        ignored = False
        pending = [place]
        walked = 0
        while pending:
            directory = pending.pop()
            for name, is_directory in _entries(f"{self.root}/{directory}" if directory else self.root):
                walked += 1
                if walked > MAX_WALKED:
                    raise Unreadable
                path = f"{directory}/{name}" if directory else name
                if name == ".git" or (not is_directory and tracked.find(path) is not None):
                    continue
                if is_directory and (len(tracked.below(path)) or tracked.find(path) is not None):
                    pending.append(path) if tracked.find(path) is None else None  # a submodule is its own repository
                elif self.ignore.ignored(path, directory=is_directory):
                    ignored = True
                elif is_directory and not os.path.lexists(f"{self.root}/{path}/.git"):
                    pending.append(path)
                else:
                    untracked.append(path + "/" if is_directory else path)
                    if len(untracked) >= limit:
                        return untracked, ignored
        return untracked, ignored

    # The whole state.

    def facts(self) -> GitFacts:
        """What `Surroundings.git` tells: all but the changes of the work tree, which cost a look at every file."""
        branch = self.branch()
        remote = self.config.get(f"branch.{branch}.remote", "")
        merge = self.config.get(f"branch.{branch}.merge", "").removeprefix("refs/heads/")
        upstream = f"{remote}/{merge}" if remote and merge and remote != "." else ""
        default = self.default_branch(remote or "origin")
        unpushed, own = self._ahead(branch, upstream, remote or "origin", default)
        return GitFacts(
            root=self.root,
            branch=branch,
            upstream=upstream,
            default_branch=default,
            remotes=self.remotes(),
            unpushed=unpushed,
            stashes=self._stashes(),
            own_branch=own,
            partial=True,
            aliases={key[len("alias.") :]: value for key, value in self.config.items() if key.startswith("alias.")},
            config={key: _shown(key, value) for key, value in self.config.items() if not key.startswith("alias.")},
        )

    def changes(self) -> Changes:
        """What `Surroundings.changes` tells."""
        dirty, untracked, partial = self._changes()
        return Changes(tuple(dirty), tuple(untracked), partial)

    def _changes(self) -> tuple[list[str], list[str], bool]:
        dirty: list[str] = []
        try:
            index = self._bounded_index()
            for name, entry in zip(index.names, index.entries, strict=True):
                if not self._is_clean(name, entry):
                    dirty.append(name)
            dirty.extend(self._removed(index))
            untracked, _ = self._walk("", MAX_LISTED + 1)
        except Unreadable:
            return dirty[:MAX_LISTED], [], True
        partial = len(dirty) > MAX_LISTED or len(untracked) > MAX_LISTED
        return sorted(dirty)[:MAX_LISTED], sorted(untracked)[:MAX_LISTED], partial

    def _removed(self, index: Index) -> list[str]:
        """Files that HEAD holds and the index does not any more, as far as they lie in directories that changed."""
        found: list[str] = []
        try:
            pending = [("", self.tree)] if self.head is not None else []
            while pending and len(found) <= MAX_LISTED:
                place, tree = pending.pop()
                if index.trees.get(place) == tree:
                    continue
                for name, (mode, oid) in self.objects.tree(tree).items():
                    path = f"{place}/{name}" if place else name
                    if mode == _TREE:
                        pending.append((path, oid))
                    elif index.find(path) is None:
                        found.append(path)
        except MissingError as error:
            raise Unreadable from error
        return found

    def _stashes(self) -> int:
        log = read_bytes(f"{self.common}/logs/refs/stash", MAX_REFS)
        return log.count(b"\n") if log is not None else int(self.ref("refs/stash") is not None)

    def _ahead(self, branch: str, upstream: str, remote: str, default: str) -> tuple[int, bool]:
        """How many commits the branch has that its upstream does not (-1: unknown), and whether the branch is one's own."""
        head = self.head
        if head is None:
            return -1, False
        base = self.ref(f"refs/remotes/{upstream}") if upstream else None
        unpushed = -1 if base is None else self._count(head, base)[0]
        if not branch or branch == default:
            return unpushed, False
        trunk = self.ref(f"refs/remotes/{remote}/{default}") if default else None
        if trunk is None:
            return unpushed, False
        count, authors = self._count(head, trunk)
        email = self.config.get("user.email", "")
        return unpushed, count >= 0 and (not authors or (bool(email) and authors == {email.lower()}))

    def _count(self, head: bytes, base: bytes) -> tuple[int, frozenset[str]]:
        """Commits that `head` has and `base` has not, and their authors; -1 where not all of them can be read."""
        counts = self._kept.counts
        found = counts.get((head, base))
        if found is None:
            if len(counts) >= MAX_COUNTS:
                counts.clear()
            try:
                found = counts[head, base] = self._painted(head, base)
            except MissingError:
                return -1, frozenset()
        return found

    def _painted(self, head: bytes, base: bytes) -> tuple[int, frozenset[str]]:
        """Both histories walked together, the newest commit first, until all that is left to walk is `base`'s too.

        Where clocks were wrong more commits may count as ahead, never fewer. Raises `MissingError`.
        """
        reached = {head: _FROM_HEAD}
        reached[base] = reached.get(base, 0) | _FROM_BASE
        commits = {oid: self.objects.commit(oid) for oid in reached}
        heap = [(-commit.time, oid) for oid, commit in commits.items()]
        heapq.heapify(heap)
        while any(reached[oid] == _FROM_HEAD for _, oid in heap):
            if len(commits) > MAX_COMMITS:
                raise MissingError
            _, oid = heapq.heappop(heap)
            for parent in commits[oid].parents:
                before = reached.get(parent, 0)
                reached[parent] = before | reached[oid]
                if parent not in commits:
                    commits[parent] = self.objects.commit(parent)
                if reached[parent] != before:
                    heapq.heappush(heap, (-commits[parent].time, parent))
        ahead = [commits[oid] for oid, sides in reached.items() if sides == _FROM_HEAD]
        return len(ahead), frozenset(commit.author for commit in ahead)


def _shown(key: str, value: str) -> str:
    """A setting without a secret in it: answers are stored."""
    return "***" if _SECRET.search(key) or holds_token(value) else value


class Kept:
    """What outlives an action: parsed files, kept while the file says that nothing has changed, and objects, which never
    change."""

    __slots__ = ("_indexes", "_objects", "configs", "counts")

    def __init__(self) -> None:
        self.configs = Configs()
        self.counts: dict[tuple[bytes, bytes], tuple[int, frozenset[str]]] = {}
        self._indexes: dict[str, tuple[tuple[int, ...], Index | None]] = {}
        self._objects: dict[str, Objects] = {}

    def index(self, path: str, algorithm: str) -> Index | None:
        """The index at a path; see `read_index`."""
        stamp: tuple[int, ...] = ()
        with contextlib.suppress(OSError):  # `read_index` says what that means
            found = os.lstat(path)
            stamp = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        kept = self._indexes.get(path)
        if kept is None or kept[0] != stamp or not stamp:
            if len(self._indexes) >= MAX_KEPT:
                self._indexes.clear()
            kept = self._indexes[path] = (stamp, read_index(path, algorithm))
        return kept[1]

    def objects(self, directory: str, width: int) -> Objects:
        """The objects of a repository."""
        found = self._objects.get(directory)
        if found is None:
            if len(self._objects) >= MAX_KEPT:
                self._objects.clear()
            found = self._objects[directory] = Objects(directory, width)
        return found


def find_repository(path: str, home: str, kept: Kept) -> Repository | None:
    """The repository whose work tree holds an absolute, resolved path. Raises `Unreadable` where there seems to be one."""
    place = path
    while True:
        marker = f"{place}/.git" if place != "/" else "/.git"
        if os.path.isdir(marker):
            if os.path.lexists(f"{marker}/HEAD"):
                return Repository(place, marker, home, kept)
        elif os.path.lexists(marker):
            return Repository(place, _pointed(marker, place), home, kept)
        above = os.path.dirname(place)
        if above == place:
            return None
        place = above


def _pointed(marker: str, place: str) -> str:
    """The repository that a `.git` file names (gitrepository-layout(5)). Raises `Unreadable`."""
    text = read_text(marker, MAX_POINTER) or ""
    if not text.startswith("gitdir: "):
        raise Unreadable
    directory = os.path.normpath(os.path.join(place, text[len("gitdir: ") :].strip()))
    if not os.path.isdir(directory) or not os.path.lexists(f"{directory}/HEAD"):
        raise Unreadable
    return directory


def _config_files(common: str, directory: str, home: str) -> tuple[str, ...]:
    """The files that git reads for a repository, the strongest last (git-config(1), FILES)."""
    return (
        "/etc/gitconfig",
        f"{home}/.config/git/config",
        f"{home}/.gitconfig",
        f"{common}/config",
        f"{directory}/config.worktree",
    )


def _entries(path: str) -> list[tuple[str, bool]]:
    """Names in a directory, and whether each is one itself (a link never is)."""
    try:
        with os.scandir(path) as entries:
            return sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        return []
