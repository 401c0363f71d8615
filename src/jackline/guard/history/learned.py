"""What a transcript has shown of the world so far: files and their contents, the repository, contexts, programs.

Everything in it is bounded; what falls out is unknown again.
"""

from __future__ import annotations

import posixpath
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.places import within
from jackline.lower.surroundings import MAX_TEXT_BYTES

if TYPE_CHECKING:
    from jackline.lower.surroundings import FileKind, Standing

MAX_PATHS: Final = 20_000
MAX_CONTENTS: Final = 16 * 1024 * 1024
"""Characters of contents that are remembered of one family; the one that was asked for longest ago is forgotten first."""

CLEAN: Final[Standing] = "clean"
MODIFIED: Final[Standing] = "modified"
UNTRACKED: Final[Standing] = "untracked"


class Contents:
    """Path → content, as the transcript last showed it whole."""

    __slots__ = ("_size", "_texts")

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._size = 0

    def put(self, path: str, text: str) -> None:
        """A file's whole content is known."""
        self.forget(path)
        if len(text) > MAX_TEXT_BYTES:
            return
        self._texts[path] = text
        self._size += len(text)
        while self._size > MAX_CONTENTS:
            _, oldest = self._texts.popitem(last=False)
            self._size -= len(oldest)

    def get(self, path: str) -> str | None:
        """The content, None where it is not known."""
        found = self._texts.get(path)
        if found is not None:
            self._texts.move_to_end(path)
        return found

    def forget(self, path: str) -> None:
        """A file was changed in a way that the transcript does not show."""
        self._size -= len(self._texts.pop(path, ""))


class Tree(Inner):
    """The repository of the workspace. `known` None: the transcript does not say whether there is one, and one is taken
    to be there. `marks` are the paths with changes that no commit holds, absolute; all others are clean.
    `looked`: git was asked for all changes."""

    known: bool | None = None
    looked: bool = False
    branch: str = ""
    default_branch: str = ""
    made_branches: set[str] = field(default_factory=set)
    remotes: dict[str, str] = field(default_factory=dict)
    marks: dict[str, Standing] = field(default_factory=dict)
    staged: set[str] = field(default_factory=set)

    def mark(self, path: str, standing: Standing) -> None:
        """A path has changes from now on; a file that git does not know stays unknown to it when it is changed."""
        if len(self.marks) < MAX_PATHS and self.marks.get(path) != UNTRACKED:
            self.marks[path] = standing

    def below(self, path: str) -> frozenset[Standing]:
        """How git stands to what is marked at or below a path, or above it."""
        exact = self.marks.get(path)
        if exact is not None:
            return frozenset({exact})
        return frozenset(
            standing for name, standing in self.marks.items()
            if name.startswith(path + "/") or (standing == UNTRACKED and path.startswith(name + "/"))
        )  # fmt: skip

    def commit(self, *, everything: bool) -> None:
        """What was added, or all that git knew, is in a commit."""
        if everything:
            self.marks = {name: standing for name, standing in self.marks.items() if standing == UNTRACKED}
        for place in self.staged:
            self.marks = {name: standing for name, standing in self.marks.items() if not within(name, place)}
        self.staged.clear()

    def reset(self) -> None:
        """Changes to tracked files were put aside or thrown away."""
        self.commit(everything=True)


class Learned(Inner):
    """See the module's text. `home` and `workspace` are of the machine on which the session ran."""

    home: str
    workspace: str
    contents: Contents = field(default_factory=Contents)
    kinds: dict[str, FileKind] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)
    contexts: dict[str, dict[str, str]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    started: set[str] = field(default_factory=set)

    def inside(self, path: str) -> bool:
        """Whether a path lies in the workspace."""
        root = self.workspace
        return path.startswith(root) and (len(path) == len(root) or path[len(root)] == "/" or root == "/")

    def stands(self, path: str, kind: FileKind = "file") -> None:
        """The transcript shows that something stands at a path; so do the directories above it."""
        if len(self.kinds) >= MAX_PATHS:
            return
        self.kinds[path] = kind
        above = posixpath.dirname(path)
        while len(above) > 1 and self.kinds.get(above) != "directory":
            self.kinds[above] = "directory"
            above = posixpath.dirname(above)

    def removed(self, path: str) -> None:
        """A path, and all below it, is gone."""
        for name in [name for name in self.kinds if within(name, path)]:
            self.kinds[name] = "absent"
            self.contents.forget(name)
        self.kinds[path] = "absent"
        self.contents.forget(path)
        for name in [name for name in self.tree.marks if within(name, path)]:
            del self.tree.marks[name]

    def absolute(self, path: str, cwd: str) -> str:
        """A path as a tool was given it, in one spelling."""
        if path.startswith("~/"):
            path = self.home + path[1:]
        return posixpath.normpath(posixpath.join(cwd, path))
