"""A source of known names alone, and what the calls in it do."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files as resources
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from jackline.core.effect import Resource
from jackline.core.inner import FrozenInner
from jackline.lower import files
from jackline.lower.places import endpoint, resolve
from jackline.lower.shell.scripts import versions_of
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.words import Authorship
    from jackline.lower.scope import Scope

Kind = Literal["name", "text", "mark", "bad"]
MAX_SOURCE: Final = 65_536
_URL: Final = re.compile(r"(?:https?|ftps?)://([^/:\s]+)")
_ACTS: Final = ("read", "write", "print", "run", "install")
_TO: Final = frozenset({"file", "con"})


class Token(NamedTuple):
    """One word of the source; `bad` is a quote that does not end, or a text with code in it."""

    kind: Kind
    value: str


class Table(FrozenInner, frozen=True, dict=True):
    """One language: its spelling, and what is known of its names. A name that ends in `*` stands for all that begin so."""

    pattern: re.Pattern[str]
    filled: re.Pattern[str] | None
    harmless: frozenset[str]
    families: tuple[str, ...]
    dangerous: frozenset[str]
    acts: dict[str, str]
    kind: str
    commands: bool


@cache
def table_of(name: str) -> Table:
    """The table of a language."""
    table = tomllib.loads(resources("jackline.lower.closed").joinpath(f"{name}.toml").read_text("utf-8"))
    harmless = frozenset(table["harmless"].split())
    pieces = [
        f"(?P<comment>{table['comment']})" if table["comment"] else "",
        f"(?P<text>{'|'.join(table['texts'])})" if table["texts"] else "",
        f"(?P<name>{table['name']})",
        r"(?P<number>\d[\w.]*)",
        r"(?P<bad>[\"'`])",
        r"(?P<mark>\S)",
    ]
    return Table(
        re.compile("|".join(filter(None, pieces)), re.DOTALL),
        re.compile(table["filled"]) if table.get("filled") else None,
        harmless,
        tuple(one[:-1] for one in harmless if one.endswith("*")),
        frozenset(table["dangerous"].split()),
        {call: act for act in _ACTS for call in table.get(act, "").split()},
        table.get("packages", ""),
        table.get("commands", False),
    )


def _tokens(table: Table, source: str) -> Iterator[Token]:
    for found in table.pattern.finditer(source):
        text = found.group()
        if found.lastgroup == "name":
            yield Token("name", text)
        elif found.lastgroup == "text":
            filled = table.filled is not None and table.filled.search(text) is not None
            yield Token("bad", text) if filled else Token("text", text)
        elif found.lastgroup == "bad":
            yield Token("bad", text)
        elif found.lastgroup == "mark":
            yield Token("mark", text)


def lower_closed(name: str, code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Lower a source; what it prints is not known."""
    del arguments
    at = (code.start, code.end) if isinstance(code, Word) else (0, len(scope.text))
    fetched = isinstance(code, Data) and bool(code.fetched)
    authorship = "fetched" if fetched else scope.authorship if scope.authorship != "none" else "session"
    if code.text is None or len(code.text) > MAX_SOURCE:
        scope.opaque(f"{name} code that is not known", at=at, authorship=authorship)
        return UNKNOWN
    table = table_of(name)
    reading = _Reading(name, table, list(_tokens(table, code.text)), scope, at, authorship)
    strange = reading.commands(code.text) if table.commands else reading.names()
    if strange:
        scope.opaque(f"{name} code: {strange}", at=at, authorship=authorship)
    return UNKNOWN


class _Reading:
    """One source."""

    def __init__(
        self, language: str, table: Table, words: list[Token], scope: Scope, at: tuple[int, int], authorship: Authorship
    ) -> None:
        self.language, self.table, self.words = language, table, words
        self.scope, self.at, self.authorship = scope, at, authorship

    def commands(self, source: str) -> str:
        """The first word of a line that is not known, of a language of commands; empty where all are."""
        for line in source.splitlines():
            first = line.split(maxsplit=1)[:1]
            if first and (first[0] not in self.table.harmless or "(" in line or "`" in line):
                return first[0]
        return ""

    def names(self) -> str:
        """The first name that is called and not known, or is known for what it can do; empty where there is none."""
        self.scope.bounds.step(len(self.words))
        bound = self._functions()
        for index, word in enumerate(self.words):
            if word.kind == "bad" or (word.kind == "text" and self._means(word.value.strip("\"'"))):
                return word.value[:20]
            if word.kind != "name":
                continue
            act = self.table.acts.get(word.value)
            if act is not None:
                self._act(act, index)
            elif self._means(word.value) or (self._called(index) and not self._known(word.value, bound)):
                return word.value
        return ""

    def _means(self, name: str) -> bool:
        """Whether a name, or a text that a language would take for one, stands for what can do harm."""
        return name in self.table.dangerous or re.split(r"[.:]", name)[-1] in self.table.dangerous

    def _functions(self) -> set[str]:
        """Functions that the source itself defines: what they do is read where it stands."""
        values = [word.value for word in self.words]
        found = {after for before, after in pairwise(values) if before in {"function", "fn", "defn"}}
        for index, value in enumerate(values):
            if value == "function" and index > 1:
                found.update(values[max(0, index - 3) : index - 1])
        return found

    def _called(self, index: int) -> bool:
        """Whether a name is called, as far as its place tells: `f(…)`, `f "…"`, `(f …)`; everything is, in a language of
        applications."""
        after = self.words[index + 1] if index + 1 < len(self.words) else None
        before = self.words[index - 1] if index else None
        juxtaposed = self.language == "other" or (after is not None and after.kind == "text")
        return (
            juxtaposed
            or "::" in self.words[index].value
            or (after is not None and after.value in {"(", "{", "!"})
            or (before is not None and before.value in {"|", ">"})
        )

    def _known(self, name: str, bound: set[str]) -> bool:
        return (
            name in self.table.harmless
            or name in bound
            or (bool(self.table.families) and name.startswith(self.table.families))
        )

    def _texts(self, index: int) -> list[str]:
        """The plain texts that stand among a call's own arguments."""
        found, depth = [], 0
        for word in self.words[index + 1 :]:
            if word.value in {"(", "[", "{"} and word.kind == "mark":
                depth += 1
            elif word.value in {")", "]", "}"} and word.kind == "mark":
                depth -= 1
            if depth <= 0 and word.kind == "mark":
                break
            if word.kind == "text" and depth <= 1:
                found.append(word.value.strip("\"'"))
            if depth == 0:
                break
        return found

    def _act(self, act: str, index: int) -> None:
        texts = self._texts(index)
        if act == "print":
            behind = self.words[index + 1 : index + 3]
            first = len(behind) > 1 and behind[1].kind == "text"
            named = any(word.value in _TO for word in self.words[index + 1 :])
            if not named and (len(texts) < 1 + first or (self.words[index].value == "cat")):
                return
            act = "write"
        if act == "install":
            for text in texts or ["*"]:
                package = Resource("package", f"{self.table.kind}:{text}", labels=frozenset({"registry"}))
                self.scope.emit("install", package, at=self.at, reversible="with_undo", authorship="installed")
            return
        if not texts and act in {"write", "run"}:
            self.scope.opaque(
                f"{self.language} code: {self.words[index].value} of what is not known",
                at=self.at,
                authorship=self.authorship,
            )
        for text in texts[-1:] if act == "write" else texts[:1]:
            url = _URL.match(text)
            path = resolve(Word((text,)), self.scope.cwd or self.scope.surroundings.cwd, self.scope)
            if url is not None:
                self.scope.emit("connect", endpoint(url[1], 0, self.scope), at=self.at)
                if act == "run":
                    self.scope.opaque(text, at=self.at, authorship="fetched")
            elif act == "read":
                files.emit_read(path, self.scope, at=self.at)
            elif act == "write":
                files.emit_write(path, self.scope, at=self.at)
            else:
                self._run(path)

    def _run(self, path: str) -> None:
        """A file of the same language, run where it is included."""
        if not self.scope.place.here:
            self.scope.opaque(path, at=self.at, authorship="unknown")
            return
        for version in versions_of(self.scope, path) or ():
            if version.data.text is None:
                self.scope.opaque(path, at=self.at, authorship=version.authorship)
            else:
                inner = self.scope.file(version.data.text, path, version.digest, version.authorship)
                lower_closed(self.language, Word((version.data.text,), 0, len(version.data.text)), inner)
