"""A change in terms that people read: what happened to each path, and a unified diff where both sides are text.

Renames are found by their content. Nothing in what is told can steer a terminal: control characters are spelled out.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from jackline.contain.view.node import Node
from jackline.contain.view.risk import Risk, risk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jackline.contain.view.entry import Entry

    Content = Callable[[str, Node], bytes | None]

What = Literal["created", "deleted", "modified", "renamed", "mode", "attributes", "retyped", "linked"]

MAX_BYTES: Final = 512 * 1024
MAX_LINES: Final = 4000
"""Up to so many lines on one side a diff is made: the search for one is quadratic."""
_PLAIN: Final = frozenset("\n\t")


class Told(Struct, frozen=True, omit_defaults=True):
    """One line of a review. `was`: the path before a rename. `binary`: one side is no text, so there is no `diff`;
    `too_large`: there is none because it would be too long to make."""

    path: str
    what: What
    before: Node
    after: Node
    was: str = ""
    diff: str = ""
    binary: bool = False
    too_large: bool = False
    risk: Risk | None = None

    @property
    def mode_changed(self) -> bool:
        """Whether the mode differs, too."""
        return self.before.kind == self.after.kind and self.before.mode != self.after.mode


def describe(entries: Iterable[Entry], before: Content, after: Content) -> list[Told]:
    """Tell every entry; the risky first, then by path. `before` and `after` give the content of a path's node, None
    where it is not to be had. Directories of which only the time changed are left out."""
    shown = [entry for entry in entries if not _only_time(entry)]
    renamed = _renames(shown)
    moved = set(renamed.values())
    told = [
        _tell(entry, renamed.get(entry.path), before, after)
        for entry in shown
        if entry.path not in moved
    ]  # fmt: skip
    return sorted(told, key=lambda one: (one.risk is None, one.path))


def visible(text: str) -> str:
    """Text without anything that steers a terminal or hides what is there: such characters are spelled out."""
    return "".join(char if char in _PLAIN or char.isprintable() else ascii(char)[1:-1] for char in text)


def _only_time(entry: Entry) -> bool:
    one, other = entry.before, entry.after
    return one.kind == other.kind == "directory" and one.same_rights(other) and one.attributes == other.attributes


def _renames(entries: Sequence[Entry]) -> dict[str, str]:
    """New path → old path, where one file went and one with the very same content came."""
    gone: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        if entry.after.kind == "absent" and (entry.before.digest or entry.before.target) and entry.before.size:
            gone.setdefault((entry.before.digest, entry.before.target), []).append(entry.path)
    found: dict[str, str] = {}
    for entry in entries:
        if entry.before.kind == "absent":
            paths = gone.get((entry.after.digest, entry.after.target))
            if paths:
                best = next((path for path in paths if _name(path) == _name(entry.path)), paths[0])
                paths.remove(best)
                found[entry.path] = best
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _tell(entry: Entry, was: str | None, before: Content, after: Content) -> Told:
    told = Told(
        entry.path, "renamed" if was else _what(entry), entry.before, entry.after, was or "",
        risk=risk(entry.path, entry.after),
    )  # fmt: skip
    if was or told.what not in {"created", "deleted", "modified", "retyped"}:
        return told
    if max(entry.before.size, entry.after.size) > MAX_BYTES:
        return _with(told, too_large=True)
    old, new = _text(entry.path, entry.before, before), _text(entry.path, entry.after, after)
    if old is None or new is None:
        return _with(told, binary=True)
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if max(len(old_lines), len(new_lines)) > MAX_LINES:
        return _with(told, too_large=True)
    return _with(told, diff=_unified(entry, old_lines, new_lines))


def _with(told: Told, *, diff: str = "", binary: bool = False, too_large: bool = False) -> Told:
    return Told(
        told.path, told.what, told.before, told.after, told.was, diff, binary=binary, too_large=too_large, risk=told.risk
    )  # fmt: skip


def _what(entry: Entry) -> What:
    one, other = entry.before, entry.after
    if one.kind == "absent":
        return "linked" if entry.joins else "created"
    if other.kind == "absent":
        return "deleted"
    if one.kind != other.kind:
        return "retyped"
    if (one.digest, one.target, one.size) != (other.digest, other.target, other.size) or not _known(entry):
        return "modified"
    return "mode" if one.mode != other.mode else "attributes"


def _known(entry: Entry) -> bool:
    return entry.after.kind != "file" or bool(entry.before.digest and entry.after.digest)


def _text(path: str, node: Node, content: Content) -> str | None:
    """The text on one side: "" where nothing stands, None where it is no text."""
    if node.kind in {"absent", "directory"}:
        return ""
    if node.kind == "link":
        return f"{node.target}\n"
    if node.kind != "file":
        return None
    data = content(path, node)
    if data is None or b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _unified(entry: Entry, old: Sequence[str], new: Sequence[str]) -> str:
    lines = difflib.unified_diff(
        old, new,
        f"a/{entry.path}" if entry.before.kind not in {"absent", "directory"} else "/dev/null",
        f"b/{entry.path}" if entry.after.kind not in {"absent", "directory"} else "/dev/null",
    )  # fmt: skip
    return visible(
        "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    )
