"""What a command did: the touches of its trace, held against the file system before and after.

The trace says who did what; the two states say what came of it. What was opened for writing and is the same afterwards was not
changed; what came and went is `transient`; a rename over a file is a change of it. What the room refused counts as done.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.truth.touches import Touch

MAX_FILES = 20_000


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One thing that happened. `verb` is one of `read create modify mode delete transient execute connect listen kill mount`;
    `program` is who did it, with its ancestors (`bash/make/sh/rm`); `real` is the name with links resolved as they stood
    before."""

    verb: str
    name: str
    program: str = ""
    real: str = ""


class State(NamedTuple):
    """One entry of the file system. `content` is the hash of a file, the target of a link."""

    kind: str
    inode: int
    mode: int
    mtime: int
    content: str


Snapshot = dict[str, State]


def snapshot(*roots: str, but: tuple[str, ...] = ()) -> Snapshot:
    """All that is below some directories, links not followed; of `but` and what is below it, nothing."""
    found: Snapshot = {}
    for root in roots:
        for folder, directories, files in os.walk(root):
            directories[:] = [name for name in directories if os.path.join(folder, name) not in but]
            for name in (*directories, *files):
                path = os.path.join(folder, name)
                state = _state(path)
                if state is not None:
                    found[path] = state
            if len(found) > MAX_FILES:
                raise OverflowError(f"more than {MAX_FILES} files in {root}")
    return found


def _state(path: str) -> State | None:
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return State("link", status.st_ino, 0, 0, os.readlink(path))
        if stat.S_ISDIR(status.st_mode):
            return State("directory", 0, stat.S_IMODE(status.st_mode), 0, "")
        if not stat.S_ISREG(status.st_mode):
            return State("other", status.st_ino, stat.S_IMODE(status.st_mode), 0, "")
        with open(path, "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return State("other", 0, 0, 0, "")
    return State("file", status.st_ino, stat.S_IMODE(status.st_mode), status.st_mtime_ns, content)


class Told:
    """The facts of one run."""

    def __init__(self, before: Mapping[str, State], after: Mapping[str, State], roots: tuple[str, ...]) -> None:
        self._before, self._after = before, after
        self._roots = tuple(f"{root}/" for root in roots)
        self._who: dict[str, str] = {}
        self._written: set[str] = set()
        self._moved: list[tuple[str, str]] = []
        self._found: list[Fact] = []

    def facts(self, touches: Iterable[Touch]) -> list[Fact]:
        """Each fact once, in order of its kind."""
        for touch in touches:
            self._take(touch)
        touched = {self._before[path].inode for path in self._who if path in self._before} - {0}
        for path in {*self._who, *self._before, *self._after}:
            other_name = path not in self._who and self._before.get(path, _NONE).inode in touched  # of a file with two
            if path.startswith(self._roots) and not other_name:
                self._found.extend(self._came_of(path))
        return sorted({Fact(one.verb, one.name, one.program, self._real(one.name)) for one in self._found})

    def _take(self, touch: Touch) -> None:
        path = self._real(touch.path)
        if touch.act in {"execute", "connect", "listen", "kill", "mount"}:
            self._found.append(Fact(touch.act, touch.path if touch.act != "execute" else path, touch.program))
        elif touch.refused or not path.startswith(self._roots):
            self._outside(touch, path)
        elif touch.act == "read":
            if self._before.get(path, _NONE).kind == "file":
                self._found.append(Fact("read", path, touch.program))
        else:
            self._inside(touch, path)

    def _inside(self, touch: Touch, path: str) -> None:
        name = touch.path if touch.act in {"remove", "rename"} else path
        for each in (name, touch.to):
            if each.startswith(self._roots):
                self._who[each] = touch.program
                if touch.act != "mode":
                    self._written.add(each)
        if touch.act == "rename":
            self._moved.append((name, touch.to))
        if touch.act == "time":
            self._found.extend([Fact("modify", path, touch.program)] if path in self._before else [])
            self._written.discard(path)

    def _outside(self, touch: Touch, path: str) -> None:
        """What the room refused, or what lies in no place that it gives."""
        verbs = {
            "write": "modify",
            "mode": "mode",
            "time": "modify",
            "remove": "delete",
            "rename": "delete",
            "link": "read",
        }
        if touch.act in verbs:
            self._found.append(Fact(verbs[touch.act], path, touch.program))
        if touch.to:
            self._found.append(Fact("modify", touch.to, touch.program))

    def _real(self, path: str) -> str:
        """The path with the links of its directories and its own resolved as they stood before."""
        for _ in range(40):
            for cut in (*(at for at, char in enumerate(path) if char == "/" and at), len(path)):
                state = self._before.get(path[:cut])
                if state is not None and state.kind == "link":
                    path = os.path.normpath(os.path.join(os.path.dirname(path[:cut]), state.content) + path[cut:])
                    break
            else:
                break
        return path

    def _came_of(self, path: str) -> Iterator[Fact]:
        before, after, who = self._before.get(path), self._after.get(path), self._who.get(path, "")
        if before is None and after is None:
            yield Fact("transient", path, who)
        elif before is None:
            if not self._came_with_its_directory(path):
                yield Fact("create", path, who)
        elif after is None:
            if not self._went_with_its_directory(path):
                yield Fact("delete", path, who)
        elif before.kind != "directory" and self._differs(path, before, after):
            yield Fact("modify", path, who)
        elif before.mode != after.mode:
            yield Fact("mode", path, who)

    def _differs(self, path: str, before: State, after: State) -> bool:
        if (before.kind, before.content) != (after.kind, after.content):
            return True
        return path in self._written and (before.inode, before.mtime) != (after.inode, after.mtime)

    def _came_with_its_directory(self, path: str) -> bool:
        return any(path.startswith(f"{to}/") and path not in self._who for _, to in self._moved)

    def _went_with_its_directory(self, path: str) -> bool:
        return any(path.startswith(f"{gone}/") and path not in self._who for gone, _ in self._moved)


_NONE = State("", 0, 0, 0, "")
