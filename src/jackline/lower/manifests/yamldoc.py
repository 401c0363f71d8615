"""YAML as data, whoever wrote it: maps, lists and texts, nothing else.

The events of libyaml are put together here, so no tag makes an object, and an alias to a large node is counted with that
node's size. A scalar is a text, as it is written; an empty one and a plain `null` are None. Of equal keys the last counts,
as for most readers; `<<` merges.
"""

from __future__ import annotations

from typing import Any, Final

MAX_DEPTH: Final = 64
MAX_NODES: Final = 20_000
MAX_DOCUMENTS: Final = 64
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE: Final = "<<"


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """The text is no YAML, or past a bound."""


def documents(text: str) -> list[Any] | None:
    """The documents of a text; None where it is no YAML, or past the bounds."""
    import yaml  # noqa: PLC0415 - 20 ms at the first YAML file, nothing for actions that read none

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except (yaml.YAMLError, ValueError, RecursionError, _Refused):
        return None
    return builder.documents


def document(text: str) -> Any:  # noqa: ANN401 - YAML
    """The only document; None where there is none, or several."""
    found = documents(text)
    return found[0] if found is not None and len(found) == 1 else None


class _Builder:
    """Puts events together. A frame is a collection, its weight so far, its anchor, and the key that waits for a value."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self._frames: list[tuple[Any, list[int], str | None, list[Any]]] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._weight = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - yaml's events have no common type that says more
        kind = type(event).__name__
        if kind == "ScalarEvent":
            plain_null = not event.style and event.value in _NULLS
            self._add(None if plain_null else event.value, 1, event.anchor)
        elif kind in {"MappingStartEvent", "SequenceStartEvent"}:
            if len(self._frames) >= MAX_DEPTH:
                raise _Refused
            self._frames.append(({} if kind == "MappingStartEvent" else [], [1], event.anchor, []))
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            value, weight, anchor, _ = self._frames.pop()
            self._add(value, weight[0], anchor)
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise _Refused
            self._add(*self._anchors[event.anchor], None)
        elif kind == "DocumentStartEvent":
            self._anchors = {}

    def _add(self, value: Any, weight: int, anchor: str | None) -> None:  # noqa: ANN401 - YAML
        self._weight += weight
        if self._weight > MAX_NODES:
            raise _Refused
        if anchor is not None:
            self._anchors[anchor] = (value, weight)
        if not self._frames:
            self.documents.append(value)
            if len(self.documents) > MAX_DOCUMENTS:
                raise _Refused
            return
        collection, total, _, waiting = self._frames[-1]
        total[0] += weight
        if isinstance(collection, list):
            collection.append(value)
        elif not waiting:
            waiting.append(value)
        else:
            _put(collection, waiting.pop(), value)


def _put(collection: dict[str, Any], key: Any, value: Any) -> None:  # noqa: ANN401 - YAML
    if key == _MERGE and isinstance(value, (dict, list)):
        for merged in value if isinstance(value, list) else [value]:
            if isinstance(merged, dict):
                for name, inherited in merged.items():
                    collection.setdefault(name, inherited)
    else:
        collection[key if isinstance(key, str) else "" if key is None else str(key)[:200]] = value


def mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
    """The value where it is a map, else an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:  # noqa: ANN401 - YAML
    """The value where it is a list, nothing for None, else a list of it alone."""
    return value if isinstance(value, list) else [] if value is None else [value]


def texts(value: Any) -> list[str]:  # noqa: ANN401 - YAML
    """The texts in a value that is one text or a list."""
    return [item for item in listing(value) if isinstance(item, str)]


def true(value: Any) -> bool:  # noqa: ANN401 - YAML
    """Whether a value says yes."""
    return isinstance(value, str) and value.lower() in {"true", "yes", "on", "y", "1"}
