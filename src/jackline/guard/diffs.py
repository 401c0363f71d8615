"""Changes to files as a person reviews them: what happened to each, and a unified diff where both sides are text."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

from jackline.core.errors import LedgerError
from jackline.guard.snapshots import ABSENT, look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.guard.images import Change
    from jackline.guard.snapshots import Blobs, Snapshot

MAX_DIFFED: Final = 512 * 1024


def describe(changes: Sequence[Change], blobs: Blobs) -> list[dict[str, Any]]:
    """For each path that stands otherwise than before `changes`: the path, what happened, by whom, and the diff."""
    before: dict[str, Snapshot] = {}
    actions: dict[str, list[str]] = {}
    for change in changes:
        for place in dict.fromkeys((*change.before, *change.after)):
            before.setdefault(place, change.before.get(place, ABSENT))
            actions.setdefault(place, []).append(change.action)
    described = []
    for place in sorted(before):
        try:
            now = look(place)
        except (OSError, LedgerError):
            now = ABSENT
        if not now.same(before[place]):
            described.append(_describe(place, before[place], now, actions[place], blobs))
    return described


def _describe(place: str, before: Snapshot, now: Snapshot, actions: list[str], blobs: Blobs) -> dict[str, Any]:
    if before.kind == "absent":
        what = "created"
    elif now.kind == "absent":
        what = "deleted"
    else:
        what = "modified" if before.digest != now.digest else "changed in kind, mode or target"
    return {"path": place, "change": what, "kind": now.kind if now.kind != "absent" else before.kind,
            "actions": actions, "diff": _diff(place, before, now, blobs)}  # fmt: skip


def _diff(place: str, before: Snapshot, now: Snapshot, blobs: Blobs) -> str:
    old, new = _stored(before, blobs), _standing(place, now)
    if old is None or new is None:
        return ""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True),
        f"a{place}" if before.kind == "file" else "/dev/null", f"b{place}" if now.kind == "file" else "/dev/null",
    )  # fmt: skip
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _stored(before: Snapshot, blobs: Blobs) -> str | None:
    if before.kind != "file":
        return "" if before.kind == "absent" else None
    return _text(blobs.read(before.digest)) if before.size <= MAX_DIFFED else None


def _standing(place: str, now: Snapshot) -> str | None:
    if now.kind != "file":
        return "" if now.kind == "absent" else None
    if now.size > MAX_DIFFED:
        return None
    try:
        with open(place, "rb") as file:
            return _text(file.read())
    except OSError:
        return None


def _text(content: bytes) -> str | None:
    """None for what is not UTF-8 text."""
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None
