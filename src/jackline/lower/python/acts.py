"""What the table's acts do: one function each, from a bound call to effects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from jackline.core.effect import ANY, ONE, Resource
from jackline.lower import files
from jackline.lower.http import request
from jackline.lower.places import endpoint, file_resource, resolve
from jackline.lower.python.values import ANYTHING, Const, Items, Made, Unknown, Value, text_value, word_of
from jackline.lower.scope import Place
from jackline.lower.word import Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.words import Kind, Label, Undo, Verb
    from jackline.lower.scope import Scope

_WRITING_MODES: Final = frozenset("wax+")
_HOLE: Final = Word((Hole("a value"),))


class Runs(Protocol):
    """The interpreter, as far as acts need it: to run code that a call is given."""

    scope: Scope

    def run_source(self, source: str, at: tuple[int, int], *, path: str = "") -> None:
        """Interpret more Python source in this program's names."""

    def import_module(self, name: str, at: tuple[int, int]) -> Value:
        """The module of that name, opened where it is the workspace's own."""


@dataclass(frozen=True, slots=True)
class CallSite:
    """One call: its full name, the rule's argument specifications, and what it was given."""

    name: str
    specs: tuple[str, ...]
    positional: tuple[Value, ...]
    named: dict[str, Value]
    owner: Value | None
    at: tuple[int, int]
    runs: Runs

    @property
    def scope(self) -> Scope:
        """Where effects are written."""
        return self.runs.scope

    def value(self, index: int) -> Value | None:
        """The value that the rule's argument specification number `index` names."""
        if index >= len(self.specs):
            return None
        for spec in self.specs[index].split("|"):
            if spec == "self":
                return self.owner
            if spec.isdigit() and int(spec) < len(self.positional):
                return self.positional[int(spec)]
            if spec in self.named:
                return self.named[spec]
        return None

    def word(self, index: int) -> Word:
        """The same as a word; a hole where it is missing."""
        value = self.value(index)
        return _HOLE if value is None else word_of(value, self.at)

    def path(self, index: int) -> str:
        """The same as an absolute path, as far as it is known."""
        return resolve(self.word(index), self.scope.cwd or self.scope.surroundings.cwd, self.scope)

    def named_text(self, name: str) -> str | None:
        """A keyword argument that is a known text."""
        value = self.named.get(name)
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def _paths(call: CallSite, index: int) -> list[str]:
    """One path, or each path of a known list."""
    value = call.value(index)
    if isinstance(value, Items):
        cwd = call.scope.cwd or call.scope.surroundings.cwd
        return [resolve(word_of(item, call.at), cwd, call.scope) for item in value.items]
    return [call.path(index)]


# ---- files -----------------------------------------------------------------------------------------------------------


def _delete(call: CallSite) -> Value:
    for path in _paths(call, 0):
        files.emit_delete(path, call.scope, at=call.at)
    return Const(None)


def _delete_tree(call: CallSite) -> Value:
    files.emit_delete(call.path(0), call.scope, at=call.at, recursive=True)
    return Const(None)


def _move(call: CallSite) -> Value:
    files.emit_move(call.path(0), call.path(1), call.scope, at=call.at)
    return call.value(1) or ANYTHING


def _copy(call: CallSite) -> Value:
    files.emit_read(call.path(0), call.scope, at=call.at)
    files.emit_write(call.path(1), call.scope, at=call.at)
    return call.value(1) or ANYTHING


def _write(call: CallSite) -> Value:
    for path in _paths(call, 0):
        files.emit_write(path, call.scope, at=call.at)
    return ANYTHING


def _append(call: CallSite) -> Value:
    files.emit_append(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _read(call: CallSite) -> Value:
    path = call.path(0)
    files.emit_read(path, call.scope, at=call.at)
    known = call.scope.surroundings.text(path)
    return Const(known.text) if known is not None else Unknown(f"the content of {path}")


def _empty(call: CallSite) -> Value:
    files.emit_delete(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _mkdir(call: CallSite) -> Value:
    files.emit_mkdir(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _list(call: CallSite) -> Value:
    files.emit_read(
        call.path(0) if call.value(0) else call.scope.cwd or call.scope.surroundings.cwd, call.scope, at=call.at
    )
    return ANYTHING


def _entries(call: CallSite) -> Value:
    """`os.walk`, `Path.iterdir`: something below the root comes out, in whatever shape it is unpacked."""
    path = call.path(0)
    files.emit_read(path, call.scope, at=call.at)
    return Items((Made("pathlib.Path", (text_value(Word((path.rstrip("*") + "/", Hole("an entry")))),)),))


def _glob(call: CallSite) -> Value:
    """The paths that a pattern matches: each below the pattern's fixed beginning."""
    pattern = call.word(len(call.specs) - 1)
    fixed = pattern.prefix
    for mark in "*?[":
        fixed = fixed.partition(mark)[0]
    base = call.path(0).rstrip("*").rstrip("/") + "/" if len(call.specs) > 1 else ""
    suffix = (pattern.text or "").rpartition("*")[2]
    entry = text_value(Word((base + fixed, Hole("a match", one_word=True), *((suffix,) if suffix else ()))))
    return Items((Made("pathlib.Path", (entry,)),))


def _open(call: CallSite) -> Value:
    mode_value = call.value(1) or call.named.get("mode")
    mode = mode_value.value if isinstance(mode_value, Const) and isinstance(mode_value.value, str) else "r"
    if mode_value is not None and not (isinstance(mode_value, Const) and isinstance(mode_value.value, str)):
        mode = "r+" if not isinstance(mode_value, Const) else "r"
    path = call.path(0)
    if "w" in mode:
        files.emit_write(path, call.scope, at=call.at)
    elif "a" in mode or "+" in mode:
        files.emit_append(path, call.scope, at=call.at)
    elif "x" in mode:
        files.emit_write(path, call.scope, at=call.at)
    else:
        files.emit_read(path, call.scope, at=call.at)
    return Made("file", (text_value(Word((path,))), Const(mode)))


def _os_open(call: CallSite) -> Value:
    files.emit_write(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _chmod(call: CallSite) -> Value:
    mode = call.value(1)
    text = f"{mode.value:o}" if isinstance(mode, Const) and isinstance(mode.value, int) else "777"
    files.emit_chmod(call.path(0), text, call.scope, at=call.at)
    return ANYTHING


def _chown(call: CallSite) -> Value:
    call.scope.emit("grant", file_resource(call.path(0), call.scope), at=call.at, reversible="with_undo")
    return ANYTHING


def _link(call: CallSite) -> Value:
    files.emit_write(call.path(1), call.scope, at=call.at)
    return ANYTHING


def _made(call: CallSite) -> Value:
    """An object whose methods the table knows; `temp` is a temporary file or directory."""
    kind = call.specs[0]
    if kind == "temp":
        name = text_value(Word(("/tmp/", Hole("a temporary name", one_word=True))))  # noqa: S108 - a model of the name
        return Made("file", (name, Const("w")))
    values: list[Value] = []
    for index, spec in enumerate(call.specs[1:], start=1):
        del spec
        value = call.value(index)
        if value is not None:
            values.append(value)
    made = Made(kind, tuple(values))
    server = kind.startswith("db:") and kind.removeprefix("db:") not in {"sqlite", "duckdb"}
    if server or kind in {"redis", "mongo", "elastic", "ftp", "ssh"}:
        _reach(call, made)
    return made


def _reach(call: CallSite, made: Made) -> None:
    url = word_of(made.arguments[0]).text if made.arguments else "localhost"
    host = (
        (url or "*").partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
        if url and "://" in url
        else url or "*"
    )
    if "=" in host:
        host = dict(part.partition("=")[::2] for part in host.split()).get("host", "localhost")
    call.scope.emit("connect", endpoint(host or "localhost", 0, call.scope), at=call.at)


# ---- processes and code ----------------------------------------------------------------------------------------------


def _shell(call: CallSite) -> Value:
    word = call.word(0)
    return _run_shell(call, word)


def _run_shell(call: CallSite, word: Word) -> Value:
    shell = call.scope.languages.get("shell")
    if shell is None:
        call.scope.opaque("a shell command", at=call.at, authorship="session")
        return ANYTHING
    out = shell(word, call.scope.inner(word.text or "", call.at))
    return Const(out.text) if out.text is not None else ANYTHING


def _run_argv(call: CallSite, words: tuple[Word, ...]) -> Value:
    command = call.scope.languages.get("command")
    if command is None or not words:
        call.scope.opaque("a program", at=call.at, authorship="session")
        return ANYTHING
    command(words[0], call.scope, words[1:])
    return ANYTHING


def _run(call: CallSite) -> Value:
    value = call.value(0)
    in_shell = call.named.get("shell")
    if isinstance(value, Items) and not (isinstance(in_shell, Const) and in_shell.value):
        return _run_argv(call, tuple(word_of(item, call.at) for item in value.items))
    if isinstance(value, Items):
        return _run_shell(call, word_of(value.items[0], call.at)) if value.items else ANYTHING
    if (isinstance(in_shell, Const) and not in_shell.value) or in_shell is None:
        word = call.word(0)
        if word.text is not None and " " not in word.text:
            return _run_argv(call, (word,))
    return _run_shell(call, call.word(0))


def _argv(call: CallSite) -> Value:
    return _run_argv(call, tuple(word_of(value, call.at) for value in call.positional))


def _argv_after_path(call: CallSite) -> Value:
    rest = call.positional[1:] or call.positional
    return _run_argv(
        call,
        (*(word_of(value, call.at) for value in call.positional[:1]), *(word_of(value, call.at) for value in rest[1:])),
    )


def _argv_after_mode(call: CallSite) -> Value:
    return _run_argv(call, tuple(word_of(value, call.at) for value in call.positional[2:]))


def _program(call: CallSite) -> Value:
    return Made("program", (call.value(0) or ANYTHING,))


def _script(call: CallSite) -> Value:
    path = call.path(0)
    known = call.scope.surroundings.text(path)
    if known is None:
        call.scope.opaque(f"the script {path}", at=call.at, authorship=call.scope.surroundings.authorship(path))
    else:
        call.runs.run_source(known.text, call.at, path=path)
    return ANYTHING


def _code(call: CallSite) -> Value:
    """`exec` and `eval`: constant text is interpreted, anything else is opaque."""
    value = call.value(0)
    if isinstance(value, Made) and value.type == "code":
        value = value.arguments[0]
    if isinstance(value, Const) and isinstance(value.value, str | bytes):
        text = value.value if isinstance(value.value, str) else value.value.decode("utf-8", "replace")
        call.runs.run_source(text, call.at)
        return Unknown("the result of eval")
    call.scope.opaque("Python that is built at run time", at=call.at, authorship="session")
    return Unknown("the result of eval", dynamic=True)


def _compiled(call: CallSite) -> Value:
    return Made("code", (call.value(0) or ANYTHING,))


def _import(call: CallSite) -> Value:
    value = call.value(0)
    if isinstance(value, Const) and isinstance(value.value, str):
        return call.runs.import_module(value.value, call.at)
    call.scope.opaque("a module chosen at run time", at=call.at, authorship="session")
    return Unknown("a module", dynamic=True)


def _opaque(call: CallSite) -> Value:
    call.scope.opaque(f"what {call.name} runs", at=call.at, authorship="session")
    return Unknown(call.name, dynamic=True)


def _unpickle(call: CallSite) -> Value:
    """Unpickling runs whatever the data says (Python's documentation of `pickle`); own files are taken as data."""
    value = call.positional[0] if call.positional else None
    if isinstance(value, Made) and value.type == "file":
        return ANYTHING
    call.scope.opaque("code in pickled data", at=call.at, authorship="unknown")
    return ANYTHING


def _foreign(call: CallSite) -> Value:
    """A C library: its functions are not Python's. `None` is the process itself."""
    return Unknown(f"a C library ({call.word(0).shown})", dynamic=True)


def _kill(call: CallSite) -> Value:
    word = call.word(0)
    call.scope.emit("terminate", Resource("process", f"pid:{word.text or '*'}", reach="system"), at=call.at)
    return ANYTHING


def _privilege(call: CallSite) -> Value:
    call.scope.emit("grant", Resource("account", "root", reach="system"), at=call.at)
    return ANYTHING


def _pip(call: CallSite) -> Value:
    value = call.value(0)
    items = value.items if isinstance(value, Items) else ()
    return _run_argv(call, (Word(("pip",), *call.at), *(word_of(item, call.at) for item in items)))


def _persist(call: CallSite) -> Value:
    label: frozenset[Label] = frozenset({"persistence"})
    call.scope.emit(
        "persist", Resource("process", "cron", reach="system", labels=label), at=call.at, reversible="with_undo"
    )
    return ANYTHING


# ---- network ---------------------------------------------------------------------------------------------------------


def _body(call: CallSite) -> tuple[Data | None, bool]:
    for name in ("data", "json", "content", "files", "body"):
        if name in call.named:
            value = call.named[name]
            if isinstance(value, Const) and value.value is None:
                continue
            return Data(text=None), name == "files" or (isinstance(value, Made) and value.type == "file")
    return None, False


def _http(call: CallSite, method: str | None, url: Word) -> Value:
    body, upload = _body(call)
    back = request(call.scope, method, url, at=call.at, body=body, upload=upload)
    return Made("response", (text_value(Word((back.fetched or "*",))),))


def _http_fixed(call: CallSite) -> Value:
    """`http GET 0|url`: the method stands in the table."""
    return _http(replace(call, specs=call.specs[1:]), call.specs[0], replace(call, specs=call.specs[1:]).word(0))


def _http_method(call: CallSite) -> Value:
    return _http(call, call.word(0).text, call.word(1))


def _http_host(call: CallSite) -> Value:
    host = word_of(call.owner.arguments[0]) if isinstance(call.owner, Made) and call.owner.arguments else _HOLE
    return _http(call, call.word(0).text, Word(("https://", *host.parts, *call.word(1).parts)))


def _urlopen(call: CallSite) -> Value:
    target = call.value(0)
    if isinstance(target, Made) and target.type == "request":
        method = word_of(target.arguments[1]).text if len(target.arguments) > 1 else "GET"
        return _http(call, method, word_of(target.arguments[0], call.at))
    body = call.value(1) or (call.positional[1] if len(call.positional) > 1 else call.named.get("data"))
    sends = body is not None and not (isinstance(body, Const) and body.value is None)
    return _http(
        replace(call, named={**call.named, **({"data": ANYTHING} if sends else {})}),
        "POST" if sends else "GET",
        call.word(0),
    )


def _request_object(call: CallSite) -> Value:
    """`urllib.request.Request`: POST where there is data and no method."""
    method = call.named_text("method") or ("POST" if "data" in call.named or len(call.positional) > 1 else "GET")
    return Made("request", (call.value(1) or (call.positional[0] if call.positional else ANYTHING), Const(method)))


def _download(call: CallSite) -> Value:
    request(call.scope, "GET", call.word(0), at=call.at)
    if call.value(1) is not None:
        files.emit_write(call.path(1), call.scope, at=call.at)
    return ANYTHING


def _fetch_or_read(call: CallSite) -> Value:
    word = call.word(0)
    if "://" in word.prefix:
        request(call.scope, "GET", word, at=call.at)
    elif not isinstance(call.value(0), Made):
        files.emit_read(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _address(value: Value | None) -> tuple[str, int]:
    if isinstance(value, Items) and value.items:
        host = word_of(value.items[0]).text or "*"
        port = value.items[1] if len(value.items) > 1 else None
        return host, port.value if isinstance(port, Const) and isinstance(port.value, int) else 0
    text = word_of(value).text if value is not None else None
    return text or "*", 0


def _connect(call: CallSite) -> Value:
    host, port = _address(call.value(0))
    _to(call, host, port)
    return Made("socket")


def _connect_pair(call: CallSite) -> Value:
    port = call.value(1)
    _to(call, call.word(0).text or "*", port.value if isinstance(port, Const) and isinstance(port.value, int) else 0)
    return Made("socket")


def _to(call: CallSite, host: str, port: int) -> None:
    """A raw connection: what is sent over it is not seen, so it counts as sending."""
    resource = endpoint(host, port, call.scope)
    call.scope.emit("connect", resource, at=call.at)
    if "loopback" not in resource.labels:
        call.scope.emit("send", resource, at=call.at, reversible="no")


def _send_to(call: CallSite) -> Value:
    host, port = _address(call.value(0))
    _to(call, host, port)
    return ANYTHING


def _resolve_name(call: CallSite) -> Value:
    call.scope.emit("connect", endpoint(call.word(0).text or "*", 53, call.scope), at=call.at)
    return ANYTHING


def _listen(call: CallSite) -> Value:
    host, port = _address(call.value(0))
    return _listening(call, host, port)


def _listen_pair(call: CallSite) -> Value:
    port = call.value(1)
    return _listening(
        call, call.word(0).text or "", port.value if isinstance(port, Const) and isinstance(port.value, int) else 0
    )


def _listening(call: CallSite, host: str, port: int) -> Value:
    local = host in {"localhost", "127.0.0.1", "::1"}
    labels: frozenset[Label] = frozenset({"loopback"}) if local else frozenset()
    call.scope.emit("listen", Resource("endpoint", host or "0.0.0.0", labels=labels, port=port), at=call.at)  # noqa: S104
    return Made("socket")


def _mail(call: CallSite) -> Value:
    call.scope.emit("send", Resource("message", call.word(0).text or "*", reach="remote"), at=call.at, reversible="no")
    return ANYTHING


def _remote_host(call: CallSite) -> str:
    return (
        word_of(call.owner.arguments[0]).text or "*" if isinstance(call.owner, Made) and call.owner.arguments else "*"
    )


def _ftp_upload(call: CallSite) -> Value:
    labels: frozenset[Label] = frozenset({"upload"})
    call.scope.emit(
        "send",
        Resource("endpoint", _remote_host(call), reach="remote", labels=labels, port=21),
        at=call.at,
        reversible="no",
    )
    return ANYTHING


def _remote_delete(call: CallSite) -> Value:
    name = f"{_remote_host(call)}:{call.word(0).shown}"
    call.scope.emit("delete", Resource("file", name, reach="remote"), at=call.at, reversible="no")
    return ANYTHING


def _ssh_connect(call: CallSite) -> Value:
    call.scope.emit("connect", endpoint(call.word(0).text or "*", 22, call.scope), at=call.at)
    return ANYTHING


def _ssh_run(call: CallSite) -> Value:
    host = _remote_host(call)
    environment = call.scope.surroundings.environment("endpoint", host)
    place = Place(here=False, name=host, environment=environment)
    shell = call.scope.languages.get("shell")
    call.scope.emit("execute", Resource("process", f"shell at {host}", environment, "remote"), at=call.at)
    word = call.word(0)
    if shell is None or word.text is None:
        call.scope.opaque("a command on another machine", at=call.at, authorship="session")
    else:
        shell(word, call.scope.inner(word.text, call.at, place=place))
    return ANYTHING


# ---- databases, stores, clouds ---------------------------------------------------------------------------------------


def _sql(call: CallSite) -> Value:
    owner = next(
        (value for value in (call.value(1), call.owner) if isinstance(value, Made) and value.type.startswith("db:")),
        None,
    )
    dialect = owner.type.removeprefix("db:") if owner is not None else "sql"
    statement = call.value(0)
    word = word_of(statement, call.at) if statement is not None else _HOLE
    language = call.scope.languages.get(dialect) or call.scope.languages.get("sql")
    if language is None:
        call.scope.opaque("SQL", at=call.at, authorship="session")
        return ANYTHING
    text = (
        word.text if word.text is not None else "".join(part if isinstance(part, str) else "x" for part in word.parts)
    )
    arguments = tuple(word_of(value) for value in (owner.arguments[:1] if owner is not None else ()))
    if word.text is None and not any(isinstance(part, str) and part.strip() for part in word.parts):
        language(word, call.scope, arguments)
    else:
        language(Word((text,), *call.at), call.scope.inner(text, call.at), arguments)
    return call.owner or ANYTHING


def _sql_if_text(call: CallSite) -> Value:
    """`x.execute(…)` of an unknown object: SQL only if the text begins like a statement."""
    word = call.word(0)
    first = word.prefix.strip().partition(" ")[0].upper()
    if first in _STATEMENTS:
        return _sql(call)
    return ANYTHING


def _through(call: CallSite) -> Value:
    return call.value(0) or ANYTHING


_STATEMENTS: Final = frozenset({
    "DELETE", "DROP", "TRUNCATE", "UPDATE", "INSERT", "ALTER", "CREATE", "GRANT", "SELECT", "WITH", "COPY", "DO", "CALL", "REPLACE",
})  # fmt: skip

_STORES: Final[dict[str, Kind]] = {"redis": "table", "mongo": "table", "elastic": "table"}


def _store(call: CallSite, verb: Verb, *, reversible: Undo, unbounded: bool = False) -> Value:
    owner = call.owner if isinstance(call.owner, Made) else Made("store")
    host = word_of(owner.arguments[0]).text if owner.arguments else None
    name = f"{owner.type}:{host or 'localhost'}/{call.word(0).text or '*'}"
    local = host is None or "localhost" in host or "127.0.0.1" in host
    environment = call.scope.surroundings.environment("table", name)
    if environment == "unknown" and local:
        environment = "development"
    labels: frozenset[Label] = frozenset({"unbounded"}) if unbounded else frozenset()
    resource = Resource(_STORES.get(owner.type, "table"), name, environment, "remote", labels)
    call.scope.emit(verb, resource, at=call.at, reversible=reversible, extent=ANY if unbounded else ONE)
    return ANYTHING


def _store_delete(call: CallSite) -> Value:
    return _store(call, "delete", reversible="no", unbounded="unbounded" in call.specs)


def _store_modify(call: CallSite) -> Value:
    return _store(call, "modify", reversible="with_undo")


def _store_create(call: CallSite) -> Value:
    return _store(call, "create", reversible="with_undo")


def _store_configure(call: CallSite) -> Value:
    return _store(call, "configure", reversible="with_undo")


def _redis_command(call: CallSite) -> Value:
    first = word_of(call.positional[0]).text if call.positional else None
    if first is None or first.upper() in {
        "FLUSHALL",
        "FLUSHDB",
        "DEL",
        "UNLINK",
        "SHUTDOWN",
        "EVAL",
        "SCRIPT",
        "RENAME",
    }:
        return _store(call, "delete", reversible="no", unbounded=first is None or first.upper().startswith("FLUSH"))
    return ANYTHING


def _spend(call: CallSite) -> Value:
    call.scope.emit("spend", Resource("money", call.name, reach="remote"), at=call.at, reversible="no")
    return ANYTHING


def _secret(call: CallSite) -> Value:
    labels: frozenset[Label] = frozenset({"secret"})
    call.scope.emit("read", Resource("secret", call.word(0).text or "*", labels=labels), at=call.at)
    return ANYTHING


def _pure(_call: CallSite) -> Value:
    return ANYTHING


_CLOUD_VERBS: Final[tuple[tuple[tuple[str, ...], Verb, Undo], ...]] = (
    (("delete", "terminate", "destroy", "remove", "purge", "deregister", "release", "abort", "empty", "prune", "drop"), "delete", "no"),
    (("create", "run", "start", "put", "upload", "insert", "allocate", "import", "copy", "restore"), "create", "with_undo"),
    (("update", "modify", "set", "replace", "patch", "change", "attach", "detach", "associate", "enable", "tag", "scale", "push"),
     "modify", "with_undo"),
    (("stop", "reboot", "disable", "kill"), "terminate", "with_undo"),
    (("get", "list", "describe", "head", "read", "search", "scan", "query", "download", "filter", "all", "exists", "wait"), "read", "yes"),
)  # fmt: skip
CLOUDS: Final = frozenset({"aws", "gcp", "kube", "docker", "azure", "gitrepo", "github", "slack", "twilio"})


def cloud_method(owner: Made, method: str, call: CallSite) -> Value:
    """A method of a cloud's client, by its verb class; what it returns is of the same cloud."""
    words = tuple(method.lower().split("_"))
    first = words[1] if words[0] == "batch" and len(words) > 1 else words[0]
    for verbs, verb, reversible in _CLOUD_VERBS:
        if first in verbs:
            service = word_of(owner.arguments[0]).text if owner.arguments else ""
            name = "/".join(part for part in (owner.type, service or "", method) if part)
            environment = call.scope.surroundings.environment("infrastructure", name)
            kind: Kind = "account" if "role" in method or "user" in method or "policy" in method else "infrastructure"
            changed: Verb = "grant" if kind == "account" and verb in {"create", "modify"} else verb
            call.scope.emit(changed, Resource(kind, name, environment, "remote"), at=call.at, reversible=reversible)
            break
    return Made(owner.type, owner.arguments)


ACTS: Final[dict[str, Callable[[CallSite], Value]]] = {
    "delete": _delete, "delete-tree": _delete_tree, "move": _move, "copy": _copy, "write": _write, "append": _append, "read": _read,
    "empty": _empty, "mkdir": _mkdir, "list": _list, "walk": _entries, "glob": _glob, "open": _open, "os-open": _os_open, "chmod": _chmod,
    "chown": _chown, "link": _link, "made": _made, "shell": _shell, "run": _run, "argv": _argv, "argv-after-path": _argv_after_path,
    "argv-after-mode": _argv_after_mode, "program": _program, "script": _script, "code": _code, "compiled": _compiled, "import": _import,
    "opaque": _opaque, "unpickle": _unpickle, "foreign": _foreign, "kill": _kill, "privilege": _privilege, "pip": _pip,
    "persist": _persist, "http": _http_fixed, "http-method": _http_method, "http-host": _http_host, "request": _urlopen,
    "download": _download, "fetch-or-read": _fetch_or_read, "connect": _connect, "connect-pair": _connect_pair, "send-to": _send_to,
    "resolve": _resolve_name, "listen": _listen, "listen-pair": _listen_pair, "mail": _mail, "ftp-upload": _ftp_upload,
    "remote-delete": _remote_delete, "ssh-connect": _ssh_connect, "ssh-run": _ssh_run, "sql": _sql, "sql-if-text": _sql_if_text,
    "through": _through, "store-delete": _store_delete, "store-modify": _store_modify, "store-create": _store_create,
    "store-configure": _store_configure, "redis-command": _redis_command, "spend": _spend, "secret": _secret, "pure": _pure,
}  # fmt: skip
"""Every act that `calls.toml` may name."""

_MAKERS: Final[dict[str, Callable[[CallSite], Value]]] = {"request": _request_object}


def perform(act: str, call: CallSite) -> Value:
    """Do what the table says of one call."""
    if act == "made" and call.specs[0] in _MAKERS:
        return _MAKERS[call.specs[0]](call)
    return ACTS[act](call)
