"""Git's configuration, read as text (git-config(1)): nothing that stands in it is run or fetched.

Keys are `section.subsection.name` in git's own spelling (section and name in lower case). Includes are followed within a
bound, conditional ones too: whether their condition holds is for git to say, and an alias that may exist counts.
"""

from __future__ import annotations

import os
import re
from typing import Final

from jackline.core.deferred import late_pattern
from jackline.guard.world.disk import read_bytes

MAX_BYTES: Final = 256 * 1024
MAX_FILES: Final = 16
MAX_KEYS: Final = 2000
MAX_KEPT: Final = 64
_SECTION: Final = late_pattern(r'^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_ENTRY: Final = late_pattern(r"^\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$", re.DOTALL)
_CREDENTIALS: Final = late_pattern(r"(?<=://)[^/@\s]+@")


Entries = list[tuple[str, str]]


class Configs:
    """Parsed files, kept while the file says that nothing has changed."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[int, ...], Entries]] = {}

    def entries(self, path: str) -> Entries:
        """The entries of a file; none where there is no such file, or it cannot be read."""
        try:
            found = os.lstat(path)
        except OSError:
            return []
        stamp = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        kept = self._kept.get(path)
        if kept is None or kept[0] != stamp:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            content = read_bytes(os.path.realpath(path), MAX_BYTES) or b""
            kept = self._kept[path] = (stamp, parse(content.decode("utf-8", "replace")))
        return kept[1]


def read_config(paths: tuple[str, ...], home: str, configs: Configs) -> dict[str, str]:
    """The values of several files, later ones winning; passwords in addresses are left out."""
    values: dict[str, str] = {}
    pending = list(reversed(paths))
    seen: set[str] = set()
    while pending and len(seen) < MAX_FILES:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        for key, value in configs.entries(path):
            if len(values) >= MAX_KEYS:
                return values
            if key == "include.path" or (key.startswith("includeif.") and key.endswith(".path")):
                pending.append(_included(value, path, home))
            values[key] = _CREDENTIALS.sub("", value) if "://" in value else value
    return values


def parse(text: str) -> list[tuple[str, str]]:
    """The entries of one file in order; a line that is none is passed over."""
    found: list[tuple[str, str]] = []
    section = ""
    for line in _logical_lines(text):
        head = _SECTION.match(line)
        if head is not None:
            name, sub = head[1].lower(), head[2]
            section = f"{name}.{_unescaped(sub)}" if sub is not None else name
            line = line[head.end() :]  # noqa: PLW2901 - an entry may follow on the section's line
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        entry = _ENTRY.match(line)
        if entry is not None and section:
            found.append((f"{section}.{entry[1].lower()}", _value(entry[2]) if entry[2] is not None else "true"))
    return found


def _logical_lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\\\n", "").split("\n")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


_ESCAPES: Final = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}


def _value(text: str) -> str:
    """A value without its quotes, escapes and trailing comment."""
    out: list[str] = []
    quoted = False
    index = 0
    while index < len(text):
        mark = text[index]
        if mark == "\\" and index + 1 < len(text):
            out.append(_ESCAPES.get(text[index + 1], text[index + 1]))
            index += 2
            continue
        if mark == '"':
            quoted = not quoted
        elif mark in "#;" and not quoted:
            break
        else:
            out.append(mark)
        index += 1
    return "".join(out).strip()


def _included(value: str, path: str, home: str) -> str:
    if value.startswith("~/"):
        return os.path.join(home, value[2:])
    return os.path.join(os.path.dirname(path), value)
