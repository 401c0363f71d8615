"""Patches: which files a patch adds, changes, removes and moves.

Two forms: the envelope of Codex's `apply_patch` (`*** Begin Patch`), read as its client applies it, and unified diffs as
diff(1), patch(1) and git-apply(1) write and read them. A patch that neither reader understands whole is `opaque`: what
was understood of it is written too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from jackline.core.inner import FrozenInner
from jackline.lower.files import emit_append, emit_delete, emit_move, emit_write
from jackline.lower.places import resolve_text
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from jackline.lower.scope import Scope

BEGIN: Final = "*** Begin Patch"
END: Final = "*** End Patch"
_ADD, _DELETE, _UPDATE, _MOVE = "*** Add File: ", "*** Delete File: ", "*** Update File: ", "*** Move to: "
_END_OF_FILE: Final = "*** End of File"
_ENVIRONMENT: Final = "*** Environment ID: "
_HEREDOC: Final = re.compile(r"^<<-?\s*['\"]?(\w+)['\"]?\s*$")
_CONTENT: Final = ("+", "-", " ")
MAX_LINES: Final = 200_000


class Change(FrozenInner, frozen=True):
    """One file of a patch: `to` is its new name where it is moved. `at` is the span of the line that names it."""

    act: Literal["add", "delete", "update"]
    path: str
    at: tuple[int, int]
    to: str = ""


class Patch(FrozenInner, frozen=True):
    """The changes of a patch; `whole` is false where a part of it was not understood."""

    changes: tuple[Change, ...]
    whole: bool


class _Line(FrozenInner, frozen=True):
    text: str
    start: int

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.start + len(self.text)


def lower_patch(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """The effects of applying a patch in the scope's directory, as a `Language`."""
    del arguments
    text = code.text
    if text is None:
        scope.opaque("a patch that is not known")
    else:
        emit_patch(text, scope.cwd or scope.surroundings.cwd, scope)
    return UNKNOWN


def emit_patch(text: str, cwd: str, scope: Scope, *, saved: bool = False, strip: int | None = None) -> None:
    """Write the effects of a patch applied in `cwd`; spans are offsets in `text`, which is the scope's own.

    `saved`: the guard keeps before-images of this very act. `strip`: patch(1)'s `-p`; None takes `a/` and `b/` away.
    """
    patch = read_patch(text, strip)
    scope.bounds.step(len(patch.changes))
    for change in patch.changes:
        _emit(change, cwd, scope, saved=saved)
    if not patch.whole or not patch.changes:
        scope.opaque("a patch that is not understood")


def _emit(change: Change, cwd: str, scope: Scope, *, saved: bool) -> None:
    path = resolve_text(change.path, cwd, scope)
    if change.act == "delete":
        emit_delete(path, scope, at=change.at, saved=saved)
    elif change.act == "add":
        emit_write(path, scope, at=change.at, saved=saved)
    else:
        emit_append(path, scope, at=change.at)
        if change.to:
            emit_move(path, resolve_text(change.to, cwd, scope), scope, at=change.at)


def read_patch(text: str, strip: int | None = None) -> Patch:
    """Read either form."""
    lines = _lines(text)
    if len(lines) > MAX_LINES:
        return Patch((), whole=False)
    if any(line.text.strip() == BEGIN for line in lines[:3]):
        return _read_envelope(lines)
    return _read_unified(lines, strip)


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    start = 0
    for line in text.split("\n"):
        found.append(_Line(line.removesuffix("\r"), start))
        start += len(line) + 1
    return found


# The envelope.


def _read_envelope(lines: list[_Line]) -> Patch:
    """`*** Begin Patch`, operations, `*** End Patch`, perhaps in a here-document of which the shell's part was kept."""
    while lines and not lines[0].text.strip():
        lines = lines[1:]
    while lines and not lines[-1].text.strip():
        lines = lines[:-1]
    marker = _HEREDOC.match(lines[0].text.strip()) if lines else None
    if marker is not None and lines[-1].text.strip() == marker[1]:
        lines = lines[1:-1]
    if len(lines) < 2 or lines[0].text.strip() != BEGIN or lines[-1].text.strip() != END:  # noqa: PLR2004 - both ends
        return Patch(tuple(_headers(lines)), whole=False)
    body = lines[1:-1]
    changes: list[Change] = []
    index = 0
    while index < len(body):
        line = body[index]
        header = line.text.strip()
        if not header or header.startswith(_ENVIRONMENT):
            index += 1
            continue
        change, index = _operation(body, index, header)
        if change is None:
            return Patch((*changes, *_headers(body[index:])), whole=False)
        changes.append(change)
    return Patch(tuple(changes), whole=True)


def _operation(body: list[_Line], index: int, header: str) -> tuple[Change | None, int]:
    """One operation from its header line; None where it is none that the client knows."""
    line = body[index]
    if header.startswith(_ADD):
        end = index + 1
        while end < len(body) and body[end].text.startswith("+"):
            end += 1
        return Change("add", header.removeprefix(_ADD), line.span), end
    if header.startswith(_DELETE):
        return Change("delete", header.removeprefix(_DELETE), line.span), index + 1
    if not header.startswith(_UPDATE):
        return None, index
    end, to = index + 1, ""
    if end < len(body) and body[end].text.strip().startswith(_MOVE):
        to, end = body[end].text.strip().removeprefix(_MOVE), end + 1
    while end < len(body) and _in_hunk(body[end].text):
        end += 1
    return Change("update", header.removeprefix(_UPDATE), line.span, to), end


def _in_hunk(text: str) -> bool:
    return not text or text.startswith((*_CONTENT, "@@")) or text.strip() == _END_OF_FILE


def _headers(lines: list[_Line]) -> list[Change]:
    """What a broken patch says of files, for a client that is more lenient than this reader."""
    found: list[Change] = []
    for line in lines:
        text = line.text.strip()
        if text.startswith(_ADD):
            found.append(Change("add", text.removeprefix(_ADD), line.span))
        elif text.startswith(_DELETE):
            found.append(Change("delete", text.removeprefix(_DELETE), line.span))
        elif text.startswith(_UPDATE):
            found.append(Change("update", text.removeprefix(_UPDATE), line.span))
        elif text.startswith(_MOVE):
            found.append(Change("add", text.removeprefix(_MOVE), line.span))
    return found


# Unified diffs.

_HUNK: Final = re.compile(r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_NOWHERE: Final = "/dev/null"


def _read_unified(lines: list[_Line], strip: int | None) -> Patch:
    changes: list[Change] = []
    renamed_from = ""
    index = 0
    while index < len(lines):
        line = lines[index]
        following = lines[index + 1].text if index + 1 < len(lines) else ""
        if line.text.startswith("--- ") and following.startswith("+++ "):
            change = _pair(line, lines[index + 1], strip)
            if change is None:
                return Patch(tuple(changes), whole=False)
            changes.append(change)
            index = _skip_hunks(lines, index + 2)
            continue
        if line.text.startswith("rename from "):
            renamed_from = _name(line.text.removeprefix("rename from "), 0)
        elif line.text.startswith("rename to ") and renamed_from:
            changes.append(Change("update", renamed_from, line.span, _name(line.text.removeprefix("rename to "), 0)))
            renamed_from = ""
        elif line.text.startswith("copy to "):
            changes.append(Change("add", _name(line.text.removeprefix("copy to "), 0), line.span))
        elif line.text.startswith("diff --git "):
            changes.extend(_bare(lines, index, strip))
        index += 1
    return Patch(tuple(changes), whole=bool(changes))


def _pair(old: _Line, new: _Line, strip: int | None) -> Change | None:
    """A file by its `---` and `+++` lines."""
    before, after = _name(old.text[4:], strip), _name(new.text[4:], strip)
    if before == _NOWHERE and after == _NOWHERE:
        return None
    if after == _NOWHERE:
        return Change("delete", before, old.span)
    if before == _NOWHERE:
        return Change("add", after, new.span)
    return Change("update", after, new.span)


def _bare(lines: list[_Line], index: int, strip: int | None) -> list[Change]:
    """A file of which git says only that it comes, goes, changes its mode or is binary: no `---` line names it."""
    head = lines[index]
    found = re.match(r'^diff --git (?:"?a/(.*?)"?) "?b/(.*?)"?$', head.text)
    if found is None:
        return []
    for line in lines[index + 1 : index + 8]:
        if line.text.startswith(("diff --git ", "--- ")):
            return []
        name = found[2] if not strip or strip == 1 else _name(f"b/{found[2]}", strip)
        if line.text.startswith("deleted file mode"):
            return [Change("delete", name, head.span)]
        if line.text.startswith("new file mode"):
            return [Change("add", name, head.span)]
        if line.text.startswith(("new mode", "GIT binary patch", "Binary files")):
            return [Change("update", name, head.span)]
    return []


def _skip_hunks(lines: list[_Line], index: int) -> int:
    """Behind the hunks of one file, whose lines are counted: a `--- ` inside a hunk is content."""
    while index < len(lines):
        found = _HUNK.match(lines[index].text)
        if found is None:
            return index
        old, new = int(found[1] or 1), int(found[2] or 1)
        index += 1
        while index < len(lines) and (old > 0 or new > 0):
            mark = lines[index].text[:1]
            if mark not in {"+", "-", " ", "", "\\"}:
                return index
            old -= mark in {"-", " ", ""}
            new -= mark in {"+", " ", ""}
            index += 1
        while index < len(lines) and lines[index].text.startswith("\\"):
            index += 1
    return index


def _name(text: str, strip: int | None) -> str:
    """A file's name on a header line: without time, quotes and the leading directories that `strip` counts."""
    name = text.split("\t", 1)[0].strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = _unquote(name[1:-1])
    if name == _NOWHERE:
        return name
    if strip is None:
        return name[2:] if name.startswith(("a/", "b/")) else name
    return "/".join(name.split("/")[strip:]) or name


_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def _unquote(text: str) -> str:
    """Git's C-style quotes (git-config(1), core.quotePath)."""
    out = bytearray()
    index = 0
    while index < len(text):
        octal = re.match(r"\\([0-7]{1,3})", text[index:])
        if octal is not None:
            out.append(int(octal[1], 8) & 0xFF)
            index += len(octal[0])
        elif text[index] == "\\" and index + 1 < len(text):
            out += _ESCAPES.get(text[index + 1], text[index + 1]).encode()
            index += 2
        else:
            out += text[index].encode("utf-8", "surrogateescape")
            index += 1
    return out.decode("utf-8", "surrogateescape")
