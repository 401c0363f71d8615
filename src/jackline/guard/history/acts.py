"""What a call itself shows once it is known how it ended: the files that it read, wrote, moved and removed.

Tools of the clients name what they write; for shell commands it is what lowering saw them write (`Overlay`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.guard.history.learned import MODIFIED, UNTRACKED
from jackline.guard.history.outputs import content_of, learn, numbered
from jackline.lower.places.classify import build_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from jackline.core.action import Action
    from jackline.core.decision import Decision
    from jackline.core.effect import Effect
    from jackline.core.history import Outcome
    from jackline.guard.history.learned import Learned
    from jackline.lower.overlay import Overlay

MAX_READ: Final = 64 * 1024
MAX_SECTIONS: Final = 500
MAX_NAMED: Final = 200
_MAKES: Final = re.compile(
    r"(?<![>\d&])(?:>(?![>&(])\|?[ \t]{0,8}|\btee[ \t]{1,8}(?!-)|\btouch[ \t]{1,8}"
    r"|\bmkdir[ \t]{1,8}(?:-p[ \t]{1,8})?|\s-o[ \t]{1,8}|--output[= ])"
    r"([\"']?)([^\s\"'<>|;&()$`*]{1,1024})\1"
)
_PARTIAL: Final = ("offset", "limit", "start_line", "end_line", "view_range", "line_start", "line_end")
_CUT: Final = re.compile(r"truncated|\[\.\.\.|… \+?\d+|characters omitted|more lines", re.IGNORECASE)
_ADDED: Final = re.compile(r"^\*\*\* Add File: (.+)$", re.MULTILINE)


def made_by(action: Action, learned: Learned) -> frozenset[str]:
    """The paths that an action is seen to make where nothing was heard of them before: they are taken to be new."""
    if action.tool == "write":
        named = [str(action.arguments.get("path", ""))]
    elif action.tool == "patch":
        named = _ADDED.findall(str(action.arguments.get("text", "")))[:MAX_NAMED]
    elif action.tool == "shell":
        named = [
            found[1] for found in _MAKES.findall(str(action.arguments.get("command", ""))[: 64 * 1024])[:MAX_NAMED]
        ]
    else:
        return frozenset()
    paths = (learned.absolute(name, action.cwd) for name in named if name)
    return frozenset(
        path for path in paths if learned.kinds.get(path, "absent") == "absent" and not path.startswith("/dev/")
    )


def before(action: Action, result: str, learned: Learned, outcome: Outcome) -> None:
    """What a call found: a file that it read stood there, with that content, when it began."""
    if outcome in {"failed", "refused"} or len(result) > MAX_READ:
        return
    if action.tool == "shell":
        content_of(str(action.arguments.get("command", "")), result, action.cwd, learned)
        return
    path = action.arguments.get("path")
    if action.tool != "read" or not isinstance(path, str) or not path:
        return
    place = learned.absolute(path, action.cwd)
    learned.stands(place)
    if any(action.arguments.get(name) is not None for name in _PARTIAL) or _CUT.search(result[-400:]):
        return
    text = numbered(result)
    learned.contents.put(place, result if text is None else text)


def after(
    action: Action, decision: Decision, overlay: Overlay | None, result: str, outcome: Outcome, learned: Learned
) -> None:
    """What a call that ran has changed, and what its output shows."""
    failed = outcome == "failed"
    written = {} if failed else _WRITTEN.get(action.tool, _nothing)(action.arguments, action.cwd, learned)
    if not failed or action.tool == "shell":
        for effect in decision.effects:
            _follow(effect, learned, failed=failed)
    if failed:
        if action.tool == "shell":
            learn(str(action.arguments.get("command", "")), result, action.cwd, learned, succeeded=False)
        return
    for path, text in written.items():
        learned.contents.put(path, text)
    if overlay is not None:
        _overlaid(overlay, learned)
    if action.tool == "shell":
        learn(str(action.arguments.get("command", "")), result, action.cwd, learned, succeeded=True)


def _follow(effect: Effect, learned: Learned, *, failed: bool) -> None:
    resource = effect.resource
    if resource.kind != "file" or "*" in resource.name or resource.reach == "remote":
        return
    path = resource.name
    if effect.verb == "delete":
        if not failed and effect.certainty == "certain":
            learned.removed(path)
        else:
            learned.contents.forget(path)
    elif effect.verb in {"create", "modify"}:
        known = learned.kinds.get(path)
        learned.contents.forget(path)
        learned.stands(
            path, "directory" if "tree" in resource.labels else known if known not in {None, "absent"} else "file"
        )
        if learned.inside(path) and build_directory(path[len(learned.workspace) + 1 :]) is None:
            learned.tree.mark(path, UNTRACKED if effect.verb == "create" else MODIFIED)


def _overlaid(overlay: Overlay, learned: Learned) -> None:
    """Contents that the command wrote by itself: a here-document, an `echo`, a copy of what is known."""
    for path, written in list(overlay.files.items())[:MAX_NAMED]:
        if len(written.versions) != 1 or written.versions[0] is None or not path.startswith("/"):
            continue
        data = written.versions[0]
        text = data.text if data.text is not None else learned.contents.get(data.source) if data.source else None
        if text is not None:
            learned.contents.put(path, text)


def _write(arguments: Mapping[str, Any], cwd: str, learned: Learned) -> dict[str, str]:
    path, content = arguments.get("path"), arguments.get("content")
    return {learned.absolute(path, cwd): content} if isinstance(path, str) and isinstance(content, str) else {}


def _edit(arguments: Mapping[str, Any], cwd: str, learned: Learned) -> dict[str, str]:
    """Old texts replaced by new ones, where the whole content is known."""
    path, edits = arguments.get("path"), arguments.get("edits")
    if not isinstance(path, str):
        return {}
    place = learned.absolute(path, cwd)
    text = learned.contents.get(place)
    for edit in edits if isinstance(edits, list) else [arguments]:
        old, new = _texts(edit)
        if text is None or old is None or new is None or old not in text:
            return {}
        everywhere = edit.get("all") or edit.get("replace_all")
        text = text.replace(old, new) if everywhere else text.replace(old, new, 1)
    return {place: text} if text is not None else {}


def _texts(edit: Any) -> tuple[str | None, str | None]:  # noqa: ANN401 - JSON
    if not isinstance(edit, dict):
        return None, None
    old, new = edit.get("old", edit.get("old_string")), edit.get("new", edit.get("new_string"))
    return (old if isinstance(old, str) else None), (new if isinstance(new, str) else None)


def _patch(arguments: Mapping[str, Any], cwd: str, learned: Learned) -> dict[str, str]:
    """The files that a patch of Codex's form adds."""
    text = arguments.get("text")
    if not isinstance(text, str):
        return {}
    added: dict[str, str] = {}
    for section in re.split(r"(?m)^(?=\*\*\* )", text)[:MAX_SECTIONS]:
        found = _ADDED.match(section)
        if found is not None:
            lines = [line[1:] for line in section.splitlines()[1:] if line.startswith("+")]
            added[learned.absolute(found[1].strip(), cwd)] = "".join(f"{line}\n" for line in lines)
    return added


def _nothing(_arguments: Mapping[str, Any], _cwd: str, _learned: Learned) -> dict[str, str]:
    return {}


_WRITTEN: Final[dict[str, Callable[[Mapping[str, Any], str, Learned], dict[str, str]]]] = {
    "write": _write,
    "edit": _edit,
    "patch": _patch,
}
"""Tool of a client → the contents that it leaves, as far as they are known."""
