"""What an edit takes out of a file and puts in, as far as the call says: by a tool for edits, `sed` or `perl`, or a redirection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.action import Action
    from jackline.core.effect import Effect
    from jackline.core.history import Judged

MAX_TEXT: Final = 100_000
_TOOLS: Final = frozenset({"edit", "write", "patch"})
_STREAM_EDITORS: Final = frozenset({"sed", "gsed", "perl"})
_MAX_EDITS: Final = 64
_REPLACED: Final = re.compile(r"\bs([/|#,@!])((?:\\.|(?!\1)[^\\\n]){1,400})\1((?:\\.|(?!\1)[^\\\n]){0,400})\1")
_DELETED: Final = re.compile(r"/((?:\\.|[^/\\\n]){1,400})/(?:,[^;'\"\s]{0,80})?d\b")


def changes(judged: Judged, effect: Effect) -> Iterator[tuple[str, str]]:
    """Pairs of what went out and what came in."""
    action = judged.turn.action
    if action is None or action.tool not in _TOOLS:
        command = _command(action)
        yield "", effect.evidence.text
        if any(one.verb == "execute" and one.resource.name in _STREAM_EDITORS for one in judged.decision.effects):
            yield from _streamed(command)
        elif _is_whole(effect):
            yield "", command
        return
    yield from _by_tool(action)


def whole(judged: Judged, effect: Effect) -> str | None:
    """All that the file holds from now on, with what stands around it in a command; None where only a part is known."""
    action = judged.turn.action
    if action is not None and action.tool == "write":
        return _text(action.arguments.get("content"))
    return _command(action) if _is_whole(effect) else None


def _is_whole(effect: Effect) -> bool:
    """Whether a redirection writes the file anew."""
    text = effect.evidence.text.lstrip("012&")
    return text.startswith(">") and not text.startswith(">>")


def _command(action: Action | None) -> str:
    return _text(action.arguments.get("command")) if action is not None else ""


def _streamed(command: str) -> Iterator[tuple[str, str]]:
    for found, _ in zip(_REPLACED.finditer(command), range(_MAX_EDITS), strict=False):
        yield found[2], found[3]
    for found, _ in zip(_DELETED.finditer(command), range(_MAX_EDITS), strict=False):
        yield found[1], ""


def _by_tool(action: Action) -> Iterator[tuple[str, str]]:
    arguments = action.arguments
    edits: list[Any] = arguments["edits"] if isinstance(arguments.get("edits"), list) else [arguments]
    for edit in edits:
        if isinstance(edit, dict) and ("old" in edit or "new" in edit or "old_string" in edit):
            yield _text(edit.get("old", edit.get("old_string"))), _text(edit.get("new", edit.get("new_string")))
    if action.tool == "write":
        yield "", _text(arguments.get("content"))
    if action.tool == "patch":
        lines = _text(arguments.get("text")).splitlines()
        yield (
            "\n".join(line[1:] for line in lines if line.startswith("-")),
            "\n".join(line[1:] for line in lines if line.startswith("+")),
        )


def _text(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""
