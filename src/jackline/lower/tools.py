"""The clients' own tools: what a `read`, `edit`, `patch`, `fetch`, … does (`jackline.core.tools` names them).

Out: effects written to a `Scope`. Guaranteed: a tool that acts writes at least one effect; an argument that is missing, of
a wrong type or given twice with different values is read in every way that it could be, else `opaque`. The clients'
own edits are undoable: the guard keeps before-images of them.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from jackline.core.effect import ANY, Resource
from jackline.lower.files import emit_append, emit_delete, emit_move, emit_read, emit_write
from jackline.lower.http import request
from jackline.lower.patches import emit_patch
from jackline.lower.places import absolute, endpoint, resolve_text
from jackline.lower.word import Data, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jackline.core.action import Action
    from jackline.lower.scope import Language, Scope

    Tool = Callable[["Given"], None]

MAX_VALUES: Final = 256
MAX_URLS: Final = 32

SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "path": (
        "path", "file_path", "filePath", "absolute_path", "absolutePath", "notebook_path", "notebookPath", "dir_path", "dirPath",
        "paths", "file", "files", "filename", "file_name", "target_file", "targetFile", "include", "directory", "uri", "source",
    ),
    "to": ("to", "destination", "new_path", "newPath", "target", "new_name"),
    "url": ("url", "urls", "uri", "href"),
    "text": ("text", "patch", "patchText", "input", "diff", "command"),
}  # fmt: skip
"""Argument → every name under which a client may give it; `core.tools` leaves the second of two under its own."""

_SEARCHED: Final = ("path", "dir_path", "dirPath", "absolute_path", "directory", "paths", "filePath", "file_path")
_URL: Final = re.compile(r"""(?i)\b(?:https?|ftp|file|wss?)://[^\s<>"'`\]})|]+""")
_GLOB: Final = re.compile(r"[*?\[{]")


class Given:
    """One call's arguments, read once: each value that is used becomes a piece of the text that evidence quotes."""

    __slots__ = ("arguments", "cwd", "scope", "text")

    def __init__(self, action: Action, scope: Scope) -> None:
        self.arguments, self.scope = action.arguments, scope
        self.cwd = scope.cwd or scope.surroundings.cwd
        self.text = scope.text

    def at(self, value: str) -> tuple[int, int]:
        """The span of a value, which is put into the scope's text where it does not stand there yet."""
        start = self.scope.text.find(value)
        if start < 0:
            start = len(self.scope.text) + bool(self.scope.text)
            self.scope.text = f"{self.scope.text}\n{value}" if self.scope.text else value
        return start, start + len(value)

    def values(self, *names: str) -> Iterator[str]:
        """The texts given under any of these names, without repetition. What is no text is `opaque`."""
        seen: set[str] = set()
        for name in names:
            value = self.arguments.get(name)
            if value is None:
                continue
            for one in value if isinstance(value, list | tuple) else (value,):
                if not isinstance(one, str):
                    self.opaque(f"`{name}` is no text")
                elif one not in seen and one:
                    seen.add(one)
                    if len(seen) > MAX_VALUES:
                        self.opaque(f"more than {MAX_VALUES} values of `{name}`")
                        return
                    yield one

    def first(self, *names: str) -> str:
        """The first text under one of these names, else ""."""
        return next(self.values(*names), "")

    def paths(
        self, names: tuple[str, ...] = SPELLINGS["path"], *, globs: bool = False
    ) -> list[tuple[str, tuple[int, int]]]:
        """Absolute path and span of every path that the call names."""
        return [(self.path(value, globs=globs), self.at(value)) for value in self.values(*names)]

    def path(self, value: str, *, globs: bool = False) -> str:
        """A path as the clients take it: `~` and `file:` URLs are understood, and globs where the tool has them."""
        if value.lower().startswith("file:"):
            value = unquote(urlsplit(value).path)
        if value.startswith("~"):
            value = absolute(value, self.cwd, self.scope.surroundings.home)
        if globs and _GLOB.search(value):
            value = "/".join(_starred(name) for name in value.split("/"))
        return resolve_text(f"./{value}" if value.startswith("*") else value, self.cwd, self.scope)

    def opaque(self, what: str) -> None:
        """Something about this call could not be read."""
        self.scope.opaque(what, authorship="unknown")


def _starred(name: str) -> str:
    """One name of a glob as our notation has it: only `*` stands for what is not known."""
    name = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\?|\*+", "*", name)
    return re.sub(r"\*[^*]*\*", "*", name) if name.count("*") > 1 else name


def lower_tool(action: Action, scope: Scope) -> bool:
    """Write the effects of one of the clients' own tools; False where `action.tool` is none of them (see `TOOLS`)."""
    tool = TOOLS.get(action.tool)
    if tool is None:
        return False
    before = len(scope.effects)
    given = Given(action, scope)
    tool(given)
    if len(scope.effects) == before and action.tool not in _SILENT:
        given.opaque(f"`{action.tool}` without the arguments that it needs")
    return True


# Files.


def _read(given: Given) -> None:
    for path, at in given.paths(globs=True):
        emit_read(path, given.scope, at=at)


def _write(given: Given) -> None:
    content = given.arguments.get("content", given.arguments.get("contents", given.arguments.get("text")))
    for path, at in given.paths():
        emit_write(path, given.scope, emptied=content == "", saved=True, at=at)


def _edit(given: Given) -> None:
    for path, at in given.paths():
        emit_append(path, given.scope, at=at)
    edits = given.arguments.get("edits")
    for edit in edits if isinstance(edits, list) else ():
        if isinstance(edit, dict):
            inner = Given.__new__(Given)
            inner.arguments, inner.scope, inner.cwd, inner.text = edit, given.scope, given.cwd, given.text
            for path, at in inner.paths():
                emit_append(path, given.scope, at=at)


def _patch(given: Given) -> None:
    for text in given.values(*SPELLINGS["text"]):
        given.scope.text = text
        emit_patch(text, given.cwd, given.scope, saved=True)
    for path, at in given.paths(("path", "file_path", "filePath")):  # a patch of one named file, in some clients
        emit_append(path, given.scope, at=at)


def _delete(given: Given) -> None:
    for path, at in given.paths():
        emit_delete(path, given.scope, recursive=True, saved=True, at=at)


def _move(given: Given) -> None:
    sources = given.paths(("path", "source", "from", "old_path", "oldPath", "file_path", "filePath"))
    targets = given.paths(SPELLINGS["to"])
    if not sources or not targets:
        given.opaque("`move` without a name to move from or to")
    for path, at in sources:
        for to, _ in targets:
            emit_move(path, to, given.scope, at=at)


def _list(given: Given) -> None:
    paths = given.paths((*_SEARCHED, "uri"), globs=True)
    for path, at in paths or [(given.path("."), (0, 0))]:
        emit_read(path, given.scope, at=at)


def _search(given: Given) -> None:
    """A search reads all below its directory; a glob, or a pattern that is an absolute path, leads it elsewhere."""
    directories = given.paths(_SEARCHED) or [(given.path("."), (0, 0))]
    for path, at in directories:
        emit_read(path, given.scope, recursive=True, at=at)
        for glob in given.values("glob", "include", "include_pattern", "file_pattern"):
            pattern = "/".join(_starred(name) for name in glob.split("/") if name)
            emit_read(
                resolve_text(f"{path}/{pattern}", path, given.scope),
                given.scope,
                at=given.at(glob),
                certainty="possible",
            )
    for pattern in given.values("pattern", "patterns"):
        if pattern.startswith(("/", "~", "../")) and re.fullmatch(r"[\w./~*?\[\]{},@+ -]+", pattern):
            path = given.path(pattern, globs=True)
            emit_read(path, given.scope, at=given.at(pattern), certainty="possible")


# The web.


def _fetch(given: Given) -> None:
    urls = list(given.values(*SPELLINGS["url"]))
    for prompt in given.values("prompt", "query") if not urls else ():
        urls.extend(_URL.findall(prompt)[:MAX_URLS])
    method = given.arguments.get("method", "GET")
    body = given.arguments.get("body", given.arguments.get("data"))
    headers = given.arguments.get("headers")
    secret = isinstance(headers, dict) and any(_carries(str(key)) for key in headers)
    data = (
        Data(text=body, origin="user")
        if isinstance(body, str)
        else Data(origin="unknown")
        if body is not None or secret
        else None
    )
    for url in urls:
        start, end = given.at(url)
        request(
            given.scope, method if isinstance(method, str) else None, Word((url,), start, end),
            at=(start, end), body=data,
        )  # fmt: skip


def _reach(given: Given) -> None:
    """A connection that a program in a sandbox opens, as the gateway sees it. Where it cannot be seen what is said there
    (TLS, a raw connection), data may leave with it; to a registry or the model API it is opened to read. A look-up alone
    leaves nothing: its answer is the gateway's own."""
    host, port, method = (given.arguments.get(name) for name in ("host", "port", "method"))
    if not isinstance(host, str) or not isinstance(port, int):
        given.opaque("a connection to nowhere")
        return
    at = given.at(host)
    if isinstance(method, str) and method:
        url = f"http://{host}:{port}{given.arguments.get('path') or '/'}"
        body = Data(origin="unknown") if given.arguments.get("body") is True else None
        request(given.scope, method, Word((url,), *at), at=at, body=body)
        return
    resource = endpoint(host, port, given.scope)
    given.scope.emit("connect", resource, at=at)
    if given.arguments.get("lookup") is not True and resource.labels.isdisjoint({"registry", "model_api"}):
        unseen = resource.labelled(frozenset({"body"}))
        given.scope.emit("send", unseen, at=at, reversible="no", certainty="possible")


def _carries(header: str) -> bool:
    """A header of the agent's choice that carries data: cookies and credentials of its own are the usual ones."""
    return header.lower() in {"authorization", "cookie", "proxy-authorization", "x-api-key"}


def _web_search(given: Given) -> None:
    """A search is made by the model's provider: which engine answers is not known, and what it answers is untrusted."""
    query = given.first("query", "q", "queries", "search_term", "prompt")
    if query:
        engine = Resource("endpoint", "*", reach="remote", labels=frozenset({"untrusted"}))
        given.scope.emit("connect", engine, at=given.at(query))


# Agents.


def _delegate(given: Given) -> None:
    name = given.first("agent", "subagent_type", "agent_name", "agent_type", "name") or "agent"
    given.scope.emit("execute", Resource("agent", name), at=given.at(name), authorship="none")


def _message(given: Given) -> None:
    """A message to an agent of this session gives it work; one to an address, a number or a channel goes outside."""
    recipients = list(given.values("to", "recipient", "recipients", "channel", "cc", "bcc"))
    for to in recipients or ["*"]:
        at = given.at(to) if recipients else (0, 0)
        if re.search(r"[@#+/:]|^\*$|\d{5}", to):
            given.scope.emit(
                "send",
                Resource("message", to.lower(), reach="remote", labels=frozenset({"message"})),
                at=at,
                reversible="no",
            )
        else:
            given.scope.emit("execute", Resource("agent", to), at=at, authorship="none")


def _schedule(given: Given) -> None:
    """Work is arranged for later: the agent's own, and a command where there is one."""
    when = given.first("when", "cron", "schedule", "time") or str(given.arguments.get("when", ""))
    resource = Resource("agent", "schedule", labels=frozenset({"persistence"}))
    given.scope.emit("persist", resource, at=given.at(when) if when else (0, 0), extent=ANY, reversible="with_undo")
    for command in given.values("command"):
        _run(given, command, given.scope.languages.get("shell"))


def _type(given: Given) -> None:
    """Text typed into a running process is code of that process: a shell's, unless the process is known to be another."""
    process = given.arguments.get("process", given.arguments.get("session_id", given.arguments.get("pid")))
    name = f"session:{process}" if isinstance(process, str | int) else "*"
    texts = list(given.values("text", "chars", "input", "data"))
    resource = Resource("process", name, reach=given.scope.reach(), labels=frozenset({"process_input"}))
    if not texts:
        given.scope.emit("read", Resource("process", name, reach=given.scope.reach()))  # a look at what it has printed
    for text in texts:
        given.scope.emit("execute", resource, at=given.at(text), authorship="session", reversible="no")
        if text.strip("\x03\x04\x1a\x1b\r\n \t"):
            language = _language_of(given, name)
            _run(given, text, given.scope.languages.get(language or "shell"))
            if language is None:
                given.opaque(f"text typed into {name}")


_INTERPRETERS: Final[dict[str, str]] = {
    "sh": "shell", "bash": "shell", "zsh": "shell", "dash": "shell", "ksh": "shell", "ash": "shell", "python": "python",
    "python3": "python", "ipython": "python", "psql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite3": "sqlite",
}  # fmt: skip


def _language_of(given: Given, name: str) -> str | None:
    """The language that a process of this session reads, by the command that started it; None where that is not known."""
    command = given.scope.surroundings.definition(f"process:{name.removeprefix('session:')}")
    if command is None:
        return None
    words = command.split()
    if len(words) == 1 or (words and all(word.startswith("-") for word in words[1:])):
        return _INTERPRETERS.get(posixpath.basename(words[0]))
    return None


def _run(given: Given, text: str, language: Language | None) -> None:
    """Lower a text of this call as code."""
    if language is None:
        given.opaque("code in a language that is not read here")
        return
    start, end = given.at(text)
    language(Word((text,), start, end), given.scope.inner(text, (start, end), base=start))


def _note(given: Given) -> None:
    """Nothing outside the agent's own head."""
    del given


TOOLS: Final[dict[str, Tool]] = {
    "read": _read,
    "write": _write,
    "edit": _edit,
    "patch": _patch,
    "delete": _delete,
    "move": _move,
    "list": _list,
    "search": _search,
    "fetch": _fetch,
    "reach": _reach,
    "web_search": _web_search,
    "delegate": _delegate,
    "message": _message,
    "schedule": _schedule,
    "type": _type,
    "note": _note,
}
"""Canonical tool → what it does. `shell`, `sql` and `python` are languages, not tools."""

_SILENT: Final = frozenset({"note"})
