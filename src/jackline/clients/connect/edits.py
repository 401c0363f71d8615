"""The edits that a connection makes to a settings file: each can be made twice with one result, and taken back alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from jackline.clients.connect import jsonc

Json = Any
Marks = Callable[[Json], bool]
"""Whether a value is one that a connection wrote, this version's or an earlier one's."""

Planned = Mapping[str, str]
"""The new texts, by path, of the files that come before in the same connection."""


class Edit(Protocol):
    """One edit of one file."""

    def make(self, text: str, planned: Planned) -> str:
        """The text with it. Raises `ConfigurationError` where something is in the way."""

    def unmake(self, text: str, before: str) -> str:
        """The text without it. `before` is what the file was before the connection, "" where that is not known."""


class Handler(Struct, frozen=True):
    """A hook handler in the group that `group` describes, below `path` (an array of groups, as Claude Code has them)."""

    path: tuple[str, ...]
    group: dict[str, Json]
    handler: dict[str, Json]
    ours: Marks

    def make(self, text: str, planned: Planned) -> str:
        """Add the group with the handler at the end: ours is asked beside the others, and never instead of them."""
        del planned
        return jsonc.append(text, self.path, {**self.group, "hooks": [self.handler]})

    def unmake(self, text: str, before: str) -> str:
        """Take our handlers out of every group, then the groups and arrays that nothing is left in."""
        groups = _found(text, self.path)
        for at in range(len(groups) - 1, -1, -1) if isinstance(groups, list) else ():
            handlers = groups[at].get("hooks") if isinstance(groups[at], dict) else None
            if not isinstance(handlers, list):
                continue
            mine = [index for index, handler in enumerate(handlers) if self.ours(handler)]
            if mine and len(mine) == len(handlers):
                text = jsonc.remove(text, (*self.path, at))
            else:
                for index in reversed(mine):
                    text = jsonc.remove(text, (*self.path, at, "hooks", index))
        return _pruned(text, self.path, before)


class Element(Struct, frozen=True):
    """An element of an array."""

    path: tuple[str, ...]
    value: Json
    ours: Marks

    def make(self, text: str, planned: Planned) -> str:
        """Add it at the end."""
        del planned
        return jsonc.append(text, self.path, self.value)

    def unmake(self, text: str, before: str) -> str:
        """Take it out, and the array if nothing is left in it."""
        elements = _found(text, self.path)
        for at in range(len(elements) - 1, -1, -1) if isinstance(elements, list) else ():
            if self.ours(elements[at]):
                text = jsonc.remove(text, (*self.path, at))
        return _pruned(text, self.path, before)


class Member(Struct, frozen=True):
    """A setting with one value. `yields`: a value of the user's own is left as it is."""

    path: tuple[str, ...]
    value: Json
    ours: Marks
    yields: bool = False

    def make(self, text: str, planned: Planned) -> str:
        """Set it."""
        del planned
        if self.yields and _found(text, self.path) is not None:
            return text
        return jsonc.put(text, self.path, self.value)

    def unmake(self, text: str, before: str) -> str:
        """Put back what stood there before, if the value is still ours; else leave it."""
        if not self.ours(_found(text, self.path)):
            return text
        former = _found(before, self.path)
        if former is not None:
            return jsonc.put(text, self.path, former)
        return _pruned(jsonc.remove(text, self.path), self.path[:-1], before)


def make(text: str, edits: tuple[Edit, ...], planned: Planned) -> str:
    """The file with all of them."""
    for edit in edits:
        text = edit.make(text, planned)
    return text


def unmake(text: str, edits: tuple[Edit, ...], before: str) -> str:
    """The file without them. `before` is what it was: containers that stood there then are kept though empty."""
    for edit in reversed(edits):
        text = edit.unmake(text, before)
    return text


def _found(text: str, path: tuple[str, ...]) -> Json:
    return jsonc.find(text, path) if text.strip() else None


def _pruned(text: str, path: tuple[str, ...], before: str) -> str:
    """Remove empty containers from the inside out, as far as they were not there before."""
    for depth in range(len(path), 0, -1):
        value = _found(text, path[:depth])
        if value not in ({}, []) or _found(before, path[:depth]) is not None:
            return text
        text = jsonc.remove(text, path[:depth])
    return text
