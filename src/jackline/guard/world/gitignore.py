"""What git is told to ignore (gitignore(5)): patterns of a repository, compiled once per file that holds them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from jackline.core.inner import FrozenInner
from jackline.guard.world.disk import read_text

MAX_BYTES: Final = 64 * 1024
MAX_PATTERNS: Final = 1000
MAX_PATTERN: Final = 256


class Rule(FrozenInner, frozen=True):
    """One pattern: `ignore` is false behind `!`; `only_directories` behind a trailing slash."""

    pattern: re.Pattern[str]
    ignore: bool
    only_directories: bool


@lru_cache(maxsize=256)
def compile_rules(text: str) -> tuple[Rule, ...]:
    """The rules of one file, in order; the last one that matches decides."""
    rules: list[Rule] = []
    for line in text.splitlines()[:MAX_PATTERNS]:
        stripped = re.sub(r"(?<!\\)\s+$", "", line)
        if not stripped or stripped.startswith("#") or len(stripped) > MAX_PATTERN:
            continue
        ignore = not stripped.startswith("!")
        glob = stripped[1:] if not ignore else stripped
        only_directories = glob.endswith("/")
        glob = glob.rstrip("/")
        if glob:
            rules.append(Rule(_compile(glob), ignore, only_directories))
    return tuple(rules)


def _compile(glob: str) -> re.Pattern[str]:
    """A pattern over a path relative to its file's directory; one without a slash inside matches at any depth."""
    anchored = "/" in glob
    glob = glob.lstrip("/")
    out: list[str] = [] if anchored else ["(?:.*/)?"]
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at) and (at == 0 or glob[at - 1] == "/"):
            out.append("(?:.*/)?")
            at += 3
        elif glob.startswith("/**", at) and at + 3 == len(glob):
            out.append("/.*")
            at += 3
        elif glob[at] == "*":
            while at + 1 < len(glob) and glob[at + 1] == "*":
                at += 1
            out.append("[^/]*")
            at += 1
        elif glob[at] == "?":
            out.append("[^/]")
            at += 1
        elif glob[at] == "[" and "]" in glob[at + 2 :]:
            end = glob.index("]", at + 2)
            inside = glob[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out.append(f"[^{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]")
            at = end + 1
        else:
            if glob[at] == "\\" and at + 1 < len(glob):
                at += 1
            out.append(re.escape(glob[at]))
            at += 1
    try:
        return re.compile("".join(out) + r"\Z", re.DOTALL)
    except re.error:
        return re.compile(r"(?!)")


class Ignore:
    """The rules that hold in one work tree. One object serves one action: the files are read again for the next."""

    __slots__ = ("_common", "_local", "_root")

    def __init__(self, root: str, common: tuple[str, ...]) -> None:
        """`common` are the files that hold for the whole tree: `info/exclude` and `core.excludesFile`, weakest first."""
        self._root = root
        self._common = tuple(rule for path in common for rule in _read(path))
        self._local: dict[str, tuple[Rule, ...]] = {}

    def ignored(self, name: str, *, directory: bool = False) -> bool:
        """Whether git ignores a path relative to the root: itself, or a directory above it."""
        names = name.split("/")
        return any(
            self._decided("/".join(names[:depth]), directory=directory or depth < len(names))
            for depth in range(1, len(names) + 1)
        )

    def _decided(self, name: str, *, directory: bool) -> bool:
        above = name.split("/")[:-1]
        for depth in range(len(above), -1, -1):
            place = "/".join(above[:depth])
            rest = name[len(place) + 1 :] if place else name
            verdict = _last(self._rules(place), rest, directory=directory)
            if verdict is not None:
                return verdict
        return _last(self._common, name, directory=directory) or False

    def _rules(self, place: str) -> tuple[Rule, ...]:
        rules = self._local.get(place)
        if rules is None:
            path = f"{self._root}/{place}/.gitignore" if place else f"{self._root}/.gitignore"
            rules = self._local[place] = _read(path)
        return rules


def _read(path: str) -> tuple[Rule, ...]:
    text = read_text(path, MAX_BYTES) if path else None
    return compile_rules(text) if text else ()


def _last(rules: tuple[Rule, ...], name: str, *, directory: bool) -> bool | None:
    for rule in reversed(rules):
        if (directory or not rule.only_directories) and rule.pattern.match(name) is not None:
            return rule.ignore
    return None
