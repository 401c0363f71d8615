"""jq's paths over known JSON: `.a.b`, `.[0].c`, `.[]`, `.items[].name`, with `-r`, `-c`, `-j`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from jackline.core.deferred import late_pattern
from jackline.lower.fold.options import Fold, options

if TYPE_CHECKING:
    from jackline.lower.fold.options import Folder

_STEP: Final = late_pattern(
    r'\.?(?:(?P<name>[A-Za-z_]\w*)|"(?P<quoted>[^"\\]*)"|\["(?P<key>[^"\\]*)"\]|\[(?P<index>-?\d{1,6})\]|(?P<every>\[\]))'
)
_MAX_VALUES: Final = 1000


def _jq(arguments: list[str]) -> Fold | None:
    read = options(
        arguments, "rcjM", "", {"raw-output": "r", "compact-output": "c", "join-output": "j", "monochrome-output": "M"}
    )
    if read is None or not read[1]:
        return None
    given, (query, *files) = read
    steps = _steps(query.strip())
    if steps is None:
        return None

    def apply(text: str) -> str | None:
        try:
            values = [json.loads(text)]
        except (ValueError, RecursionError):
            return None
        for kind, key in steps:
            following = _step(values, kind, key)
            if following is None or len(following) > _MAX_VALUES:
                return None
            values = following
        return "".join(_written(value, given) for value in values)

    return Fold(apply, tuple(files))


def _steps(query: str) -> list[tuple[str, str]] | None:
    found: list[tuple[str, str]] = []
    if query == ".":
        return found
    position = 0
    while position < len(query):
        match = _STEP.match(query, position)
        if match is None or (position == 0 and query[0] != "."):
            return None
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        position = match.end()
    return found


def _step(values: list[Any], kind: str, key: str) -> list[Any] | None:
    found: list[Any] = []
    for value in values:
        if kind == "every":
            if not isinstance(value, list | dict):
                return None
            found.extend(value.values() if isinstance(value, dict) else value)
        elif kind == "index":
            if not isinstance(value, list):
                return None
            index = int(key)
            found.append(value[index] if -len(value) <= index < len(value) else None)
        elif isinstance(value, dict):
            found.append(value.get(key))
        else:
            return None
    return found


def _written(value: Any, given: dict[str, str]) -> str:  # noqa: ANN401 - JSON
    raw = isinstance(value, str) and ("r" in given or "j" in given)
    text = value if raw else json.dumps(value, ensure_ascii=False, indent=None if "c" in given else 2)
    if "c" in given and not raw:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if "j" in given else f"{text}\n"


TABLE: Final[dict[str, Folder]] = {"jq": _jq}
