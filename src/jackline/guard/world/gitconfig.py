"""Git's configuration, read as text (git-config(1)): nothing that stands in it is run or fetched.

Keys are `section.subsection.name` in git's own spelling (section and name in lower case). Includes are followed within a
bound, conditional ones too: whether their condition holds is for git to say, and an alias that may exist counts.
"""

from __future__ import annotations

import os
import re
from typing import Final

from jackline.guard.world.disk import read_bytes

MAX_BYTES: Final = 256 * 1024
MAX_FILES: Final = 16
MAX_KEYS: Final = 2000
_SECTION: Final = re.compile(r'^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_ENTRY: Final = re.compile(r"^\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$", re.DOTALL)
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]+@")


def read_config(paths: tuple[str, ...], home: str) -> dict[str, str]:
    """The values of several files, later ones winning; passwords in addresses are left out."""
    values: dict[str, str] = {}
    pending = list(reversed(paths))
    seen: set[str] = set()
    while pending and len(seen) < MAX_FILES:
        path = pending.pop()
        content = read_bytes(path, MAX_BYTES) if path not in seen else None
        seen.add(path)
        if content is None:
            continue
        found = parse(content.decode("utf-8", "replace"))
        for key, value in found:
            if len(values) >= MAX_KEYS:
                return values
            if key == "include.path" or (key.startswith("includeif.") and key.endswith(".path")):
                pending.append(_included(value, path, home))
            values[key] = _CREDENTIALS.sub("", value)
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
