"""The tables of the languages, and what a call in them does."""

from __future__ import annotations

import posixpath
import tomllib
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

from jackline.core.deferred import late_pattern
from jackline.core.effect import ANY, Resource
from jackline.core.inner import FrozenInner
from jackline.core.packaged import packaged
from jackline.lower import files
from jackline.lower.http import request
from jackline.lower.oneliners.reading import Token, tokens
from jackline.lower.places import endpoint, resolve
from jackline.lower.places.classify import names_secret
from jackline.lower.word import UNKNOWN, Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jackline.lower.scope import Scope

MAX_SOURCE: Final = 65_536
MAX_WORDS: Final = 64
"""Words of the source that one call's arguments may take."""
MAX_DISTANCE: Final = 6
"""How many words behind a call's name its first text may stand: `File.delete(File.join("a"))`."""


class Tongue(FrozenInner, frozen=True, dict=True):
    """One language's table: which names do what, which forms make code at run time."""

    name: str
    joins: str
    acts: dict[str, str]
    dynamic: frozenset[str]
    slash_comments: bool
    hash_comments: bool


@cache
def tongue(name: str) -> Tongue:
    """The table of a language."""
    table: dict[str, Any] = tomllib.loads(packaged("jackline.lower.oneliners", f"{name}.toml"))
    acts = {call: act for act, calls in table["acts"].items() for call in calls.split()}
    return Tongue(
        name, table["joins"], acts, frozenset(table["dynamic"].split()), table["slash_comments"], table["hash_comments"]
    )


_PRINTING: Final = frozenset({
    "print", "printf", "say", "syswrite", "write", "puts", "putc", "p", "pp", "<<", "fwrite", "fputs", "fputcsv", "fprintf",
    "vfprintf", "ftruncate", "stream_copy_to_stream", "copy_stream", "dump", "binmode", "select", "store", "print_r",
})  # fmt: skip
_FORKS: Final = frozenset({"fork", "pcntl_fork", "spawn", "Thread"})
_LOOPS: Final = frozenset({"while", "until", "loop"})
_WAITS: Final = frozenset(
    {"sleep", "usleep", "wait", "waitpid", "last", "break", "exit", "pcntl_wait", "pcntl_waitpid", "accept", "join"}
)
_VARIABLE: Final = late_pattern(
    r"""(?x) (?: \$?(?:_?ENV|_SERVER)\s*[\[{]\s*["']? | (?:getenv|ENV\.fetch|ENV\.\[\])\(\s*["'] ) (?P<name>[A-Z][A-Z0-9_]*)"""
)
"""A variable of the environment by its name: `$ENV{X}`, `ENV["X"]`, `getenv("X")`, `$_ENV["X"]`."""
_IDLE: Final = late_pattern(
    r"(?:\bwhile\s*\(?\s*(?:1|true)\s*\)?|\bloop|\bfor\s*\(\s*;\s*;\s*\))\s*(?:\{\s*;?\s*\}|;\s*(?:end)?\s*$)"
)
_MEMBERS: Final = frozenset({".", "->", "::"})
_A_VALUE: Final = Word((Hole("a value"),))
_ENDS: Final = frozenset({";", "}", "do", "if", "unless", "and", "or", "foreach"})


def _part(token: Token) -> Word | None:
    """What one word of the source gives to a call: a text, a text with a hole, a variable."""
    if token.kind == "text":
        return Word((token.value,))
    if token.kind == "holes":
        return Word((token.value, Hole("a value")))
    if token.kind == "name" and token.value.startswith(("$", "@")):
        return Word((Hole(token.value),))
    return None


def _whole(word: Word) -> Word:
    """A word of which all is known as one text."""
    return Word((word.text,), word.start, word.end) if word.text is not None else word


class Reader:
    """One source, read from left to right."""

    def __init__(self, table: Tongue, source: str, scope: Scope, shift: int) -> None:
        """`shift` is where the source stands in the scope's text."""
        self.table, self.scope, self.shift = table, scope, shift
        self.source = source
        self.words = list(tokens(source, slash_comments=table.slash_comments, hash_comments=table.hash_comments))

    def read(self) -> None:
        """Write the effects of every call in the table."""
        for index, token in enumerate(self.words):
            self.scope.bounds.step()
            if token.kind == "shell":
                self._shell(token)
            elif token.kind == "name":
                self._name(index, token)
        self._loop()
        self._printed()

    def _printed(self) -> None:
        """A variable that holds a secret, where the source prints something."""
        if not (self.prints or "echo" in {token.value for token in self.words}):
            return
        for found in _VARIABLE.finditer(self.source):
            if names_secret(found["name"]):
                at = (found.start() + self.shift, found.end() + self.shift)
                resource = Resource("secret", f"environment/{found['name']}", labels=frozenset({"secret"}))
                self.scope.emit("read", resource, at=at, certainty="possible")

    def _loop(self) -> None:
        """Processes that are started in a loop without end, and a loop that does nothing for ever."""
        names = {token.value for token in self.words if token.kind == "name"}
        forks = bool(names & _FORKS) and bool(names & _LOOPS) and not names & _WAITS
        if forks or _IDLE.search(self.source) is not None:
            at = (self.shift, self.shift + len(self.source))
            self.scope.opaque("a loop without end that only takes", at=at, authorship="session")

    @cached_property
    def prints(self) -> bool:
        """Whether the source writes anything: what is opened for writing, and not written to, is emptied."""
        return any(token.value in _PRINTING for token in self.words if token.kind in {"name", "mark"})

    def _name(self, index: int, token: Token) -> None:
        before = self.words[index - 1] if index else None
        if before is not None and before.value in {
            "def",
            "sub",
            "function",
            "class",
            "module",
            "package",
            "use",
            "require",
        }:
            return
        name = token.value
        behind = self.words[index + 1].value if index + 1 < len(self.words) else ""
        if self.table.name == "php" and name.startswith("$") and behind == "(":
            self.scope.opaque("a function that a variable names", at=self.at(token), authorship="session")
            return
        if before is not None and before.value in _MEMBERS - {self.table.joins} and index > 1:
            owned = f"{self.words[index - 2].value}.{name}"
            act = self.table.acts.get(owned) or self.table.acts.get(f"*.{name}")
        else:
            act = self.table.acts.get(name)
        if act is not None:
            _ACTS[act](self, index)
        elif name in self.table.dynamic:
            self.scope.opaque(f"{self.table.name} that is built at run time", at=self.at(token), authorship="session")

    def at(self, token: Token) -> tuple[int, int]:
        """The span of a word in the scope's text."""
        return token.start + self.shift, token.end + self.shift

    def arguments(self, index: int) -> list[Word]:
        """The texts that stand in the call behind a name, as far as they are plain; texts that are joined are one."""
        found: list[Word] = []
        for position in self._call(index):
            token, joined = self.words[position], self._is_joined(position)
            part = _part(token)
            if joined and part is None and token.kind == "name":
                part = _A_VALUE
            if part is None:
                continue
            if joined and found and self.words[position - 2].kind != "mark":
                found[-1] = Word((*found[-1].parts, *part.parts), found[-1].start, self.at(token)[1])
            else:
                found.append(Word((*(_A_VALUE.parts if joined else ()), *part.parts), *self.at(token)))
        return [_whole(word) for word in found]

    def _call(self, index: int) -> Iterator[int]:
        """Where the words of a call's arguments stand: in its brackets, else up to the end of the statement."""
        bracketed = index + 1 < len(self.words) and self.words[index + 1].value == "("
        depth, seen = 0, False
        for position in range(index + 1, min(len(self.words), index + 1 + MAX_WORDS)):
            token = self.words[position]
            depth += (token.kind == "mark") * ((token.value == "(") - (token.value == ")"))
            if depth < 0 or (bracketed and depth == 0) or (not bracketed and token.value in _ENDS):
                return
            seen = seen or _part(token) is not None
            if not seen and position - index > MAX_DISTANCE:
                return
            yield position

    def _is_joined(self, position: int) -> bool:
        """Whether the word at a position is joined to what stands before it: `"rm -rf ".getcwd()`."""
        sign, before = self.words[position - 1], self.words[position - 2]
        return sign.kind == "mark" and sign.value == self.table.joins and (before.kind != "mark" or before.value == ")")

    def path(self, word: Word) -> str:
        """A text as an absolute path."""
        return resolve(word, self.scope.cwd or self.scope.surroundings.cwd, self.scope)

    def _shell(self, token: Token) -> None:
        filled = "#{" in token.value or "$" in token.value or "@" in token.value
        self.run(Word((token.value,), *self.at(token)) if not filled else Word((Hole("a command"),), *self.at(token)))

    def run(self, word: Word) -> None:
        """Hand a command to the shell."""
        self.scope.languages["shell"](word, self.scope.inner(word.text or "", (word.start, word.end)))


def _each_path(reader: Reader, index: int) -> list[tuple[str, tuple[int, int]]]:
    words = reader.arguments(index)
    if not words:
        return [("*", reader.at(reader.words[index]))]
    return [(reader.path(word), (word.start, word.end)) for word in words]


def _delete(reader: Reader, index: int) -> None:
    for path, at in _each_path(reader, index):
        files.emit_delete(path, reader.scope, at=at)


def _delete_tree(reader: Reader, index: int) -> None:
    for path, at in _each_path(reader, index):
        files.emit_delete(path, reader.scope, at=at, recursive=True)


def _write(reader: Reader, index: int) -> None:
    path, at = _each_path(reader, index)[0]
    words = reader.arguments(index)
    files.emit_write(path, reader.scope, at=at, emptied=len(words) > 1 and words[1].text == "")
    _keep(reader, path, words[1] if len(words) == 2 else None)  # noqa: PLR2004 - a path and what is written there


def _keep(reader: Reader, path: str, content: Word | None = None) -> None:
    """Remember what was written, for what is run later in the same action."""
    if "*" in path or not reader.scope.place.here:
        return
    if content is not None and content.text is not None:
        reader.scope.overlay.write(path, Data(content.text, origin="user", empty=not content.text), certain=False)
    else:
        reader.scope.overlay.unknown(path, "session")


def _empty(reader: Reader, index: int) -> None:
    path, at = _each_path(reader, index)[0]
    files.emit_write(path, reader.scope, at=at, emptied=True)


def _read(reader: Reader, index: int) -> None:
    path, at = _each_path(reader, index)[0]
    words = reader.arguments(index)
    if words and "://" in words[0].prefix:
        _fetch(reader, index)
    else:
        files.emit_read(path, reader.scope, at=at)


def _move(reader: Reader, index: int) -> None:
    found = _each_path(reader, index)
    target = found[1][0] if len(found) > 1 else "*"
    files.emit_move(found[0][0], target, reader.scope, at=found[0][1])


def _copy(reader: Reader, index: int) -> None:
    """The first path's content, or a link to it, under the second."""
    words = reader.arguments(index)
    if words and "://" in words[0].prefix:
        _fetch(reader, index)
        if len(words) > 1:
            target = reader.path(words[1])
            files.emit_write(target, reader.scope, at=reader.at(reader.words[index]))
            if "*" not in target and reader.scope.place.here:
                reader.scope.overlay.unknown(target, "fetched")
        return
    found = _each_path(reader, index)
    files.emit_copy(found[0][0], found[1][0] if len(found) > 1 else "*", reader.scope, at=found[0][1])


def _open(reader: Reader, index: int) -> None:
    """`open` reads, unless its mode writes; a `|` in Perl or Ruby starts a program."""
    words = reader.arguments(index)
    texts = [word.text or "" for word in words]
    if any(text.lstrip().startswith((">&", "<&", "+<&")) for text in texts):  # another name of what is open
        return
    piped = next((word for word in words if (word.text or "").startswith("|") or (word.text or "").endswith("|")), None)
    if piped is not None:
        command = next((word for word in words if word is not piped and word.text), piped)
        reader.run(Word(((command.text or "").strip("|- "),), command.start, command.end))
        return
    mode = next((text.strip() for text in texts if text.strip() in _WRITING), None)
    joined = next((word for word in words if (word.text or "").lstrip().startswith(">")), None)
    named = [word for word in words if word.text is None or word.text.strip() not in _WRITING | _READING]
    if joined is not None and joined.text is not None and joined.text.strip() not in _WRITING:
        target = reader.path(Word((joined.text.lstrip("> "),)))
        emptied = not joined.text.lstrip().startswith(">>") and not reader.prints
        files.emit_write(target, reader.scope, at=(joined.start, joined.end), emptied=emptied)
        _keep(reader, target)
    elif mode is not None:
        path = reader.path(named[0]) if named else "*"
        appended, emptied = mode in _APPENDING, mode in _EMPTYING and not reader.prints
        files.emit_write(path, reader.scope, at=reader.at(reader.words[index]), appended=appended, emptied=emptied)
        _keep(reader, path)
    elif named:
        files.emit_read(reader.path(named[0]), reader.scope, at=reader.at(reader.words[index]))


_WRITING: Final = frozenset(
    {">", ">>", "+<", "+>", "w", "wb", "w+", "a", "a+", "ab", "r+", "x", "c", "wt", "at", ">:utf8", ">>:utf8"}
)
_APPENDING: Final = frozenset({">>", "a", "a+", "ab", "at", ">>:utf8"})
_EMPTYING: Final = frozenset({">", "+>", "w", "wb", "w+", "wt", ">:utf8"})
_READING: Final = frozenset({"<", "r", "rb", "rt", "<:utf8", "<:encoding(UTF-8)"})


def _shell(reader: Reader, index: int) -> None:
    words = reader.arguments(index)
    if len(words) > 1 and all(word.text is not None and " " not in word.text for word in words[:1]):
        reader.scope.languages["command"](words[0], reader.scope, tuple(words[1:]))
    else:
        reader.run(words[0] if words else Word((Hole("a command"),), *reader.at(reader.words[index])))


def _code(reader: Reader, index: int) -> None:
    """`eval`: a plain text is read as the same language, a block is read where it stands, anything else is opaque."""
    following = reader.words[index + 1 : index + 3]
    if following and following[0].value == "{":
        return
    words = reader.arguments(index)
    inside = following[1:] if following and following[0].value == "(" else following
    direct = not inside or inside[0].kind != "name"  # not what another call makes of the text
    if words and words[0].text is not None and len(words) == 1 and direct:
        lower_oneliner(reader.table.name, words[0], reader.scope)
    else:
        reader.scope.opaque(
            f"{reader.table.name} that is built at run time", at=reader.at(reader.words[index]), authorship="session"
        )


def _include(reader: Reader, index: int) -> None:
    """`require './x'`, `do 'x.pl'`, `include 'x.php'`: the file is run; a name without a path is a library's."""
    following = reader.words[index + 1 : index + 3]
    words = reader.arguments(index)
    inside = following[1:] if following and following[0].value == "(" else following
    if not inside or inside[0].value == "{" or (not words and inside[0].kind == "name"):
        return
    word = words[0] if words else Word((Hole("a file"),))
    text = word.text
    beside = inside[0].value in {"__DIR__", "__dir__", "dirname", "File"}  # the directory of the file that says so
    if text is None or (inside[0].kind == "name" and not beside):
        reader.scope.opaque(
            f"{reader.table.name} of another file", at=reader.at(reader.words[index]), authorship="session"
        )
        return
    if "://" in text:
        _fetch(reader, index)
        reader.scope.opaque(text, at=reader.at(reader.words[index]), authorship="fetched")
        return
    name = text.lstrip("/") if beside else text
    relative = reader.words[index].value == "require_relative"
    if "vendor/" in name:  # what is installed there is a library
        return
    if beside or relative or name.startswith(("./", "../", "/")) or (reader.table.name != "ruby" and "." in name):
        spelled = name if posixpath.splitext(name)[1] else f"{name}.rb"
        given = Word((spelled if spelled.startswith(("/", ".")) else f"./{spelled}",), word.start, word.end)
        reader.scope.languages["script"](given, reader.scope, ())


def _fetch(reader: Reader, index: int) -> None:
    words = reader.arguments(index)
    request(reader.scope, "GET", words[0] if words else Word((Hole("an address"),)), at=reader.at(reader.words[index]))


def _send(reader: Reader, index: int) -> None:
    words = reader.arguments(index)
    url = words[0] if words else Word((Hole("an address"),))
    request(reader.scope, "POST", url, at=reader.at(reader.words[index]), body=UNKNOWN)


def _upload(reader: Reader, index: int) -> None:
    """An option that gives a request a body; where it goes stands elsewhere."""
    request(reader.scope, "POST", Word((Hole("an address"),)), at=reader.at(reader.words[index]), body=UNKNOWN)


def _remove_remote(reader: Reader, index: int) -> None:
    words = reader.arguments(index)
    request(
        reader.scope, "DELETE", words[0] if words else Word((Hole("an address"),)), at=reader.at(reader.words[index])
    )


def _connect(reader: Reader, index: int) -> None:
    words = reader.arguments(index)
    host = words[0].text if words else None
    resource = endpoint((host or "*").partition(":")[0] or "*", 0, reader.scope)
    reader.scope.emit("connect", resource, at=reader.at(reader.words[index]))
    if "loopback" not in resource.labels:
        reader.scope.emit("send", resource, at=reader.at(reader.words[index]), reversible="no")


def _kill(reader: Reader, index: int) -> None:
    reader.scope.emit(
        "terminate", Resource("process", "pid:*", reach="system"), at=reader.at(reader.words[index]), reversible="no"
    )


def _sql(reader: Reader, index: int) -> None:
    for given in reader.arguments(index):
        first = given.prefix.strip().partition(" ")[0].upper()
        if first in {"DELETE", "DROP", "TRUNCATE", "UPDATE", "INSERT", "ALTER", "CREATE", "GRANT", "SELECT", "WITH"}:
            reader.scope.languages["sql"](given, reader.scope.inner(given.text or "", (given.start, given.end)))


def _lose_rows(reader: Reader, index: int) -> None:
    """Rows of a database that the code itself opens: which one is not known."""
    resource = Resource("table", "*", reach="remote", labels=frozenset({"unbounded"}))
    reader.scope.emit("delete", resource, at=reader.at(reader.words[index]), extent=ANY, reversible="no")


def _lose_it(reader: Reader, index: int) -> None:
    """A thing of a service that is told to delete itself, without anything to delete in it: `bucket.delete!`."""
    if not reader.arguments(index):
        resource = Resource("infrastructure", "*", reach="remote")
        reader.scope.emit("delete", resource, at=reader.at(reader.words[index]), extent=ANY, reversible="no")


def _chmod(reader: Reader, index: int) -> None:
    for path, at in _each_path(reader, index):
        files.emit_chmod(path, "777", reader.scope, at=at)


_ACTS: Final[dict[str, Callable[[Reader, int], None]]] = {
    "delete": _delete, "delete_tree": _delete_tree, "write": _write, "empty": _empty, "read": _read, "move": _move, "copy": _copy,
    "open": _open, "shell": _shell, "include": _include,
    "code": _code, "fetch": _fetch, "send": _send,
    "upload": _upload, "remove_remote": _remove_remote, "connect": _connect, "kill": _kill, "sql": _sql,
    "chmod": _chmod, "lose_rows": _lose_rows, "lose_it": _lose_it,
}  # fmt: skip
ACTS: Final = frozenset(_ACTS)
"""What a table may say that a call does."""


def lower_oneliner(name: str, code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Lower a source in one of the languages here. What it prints is not known."""
    del arguments
    at = (code.start, code.end) if isinstance(code, Word) else (0, len(scope.text))
    if code.text is None or len(code.text) > MAX_SOURCE:
        fetched = isinstance(code, Data) and bool(code.fetched)
        scope.opaque(f"{name} that is not known", at=at, authorship="fetched" if fetched else "session")
        return UNKNOWN
    found = scope.text.find(code.text, at[0]) if code.text else -1
    Reader(tongue(name), code.text, scope, max(found, 0)).read()
    return UNKNOWN
