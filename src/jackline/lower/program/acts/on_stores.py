"""Databases, stores and clouds; and the objects whose methods the table knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.effect import ANY, ONE, Resource
from jackline.lower.places import endpoint
from jackline.lower.places.tables import words
from jackline.lower.program.acts.site import MISSING
from jackline.lower.program.values import ANYTHING, Const, Items, Made, Pairs, Value, text_value, word_of
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.core.words import Kind, Label, Undo, Verb
    from jackline.lower.program.acts.site import Act, CallSite


def _each(call: CallSite) -> Value:
    """Something that is gone through: each item is an object whose methods the table knows."""
    return Items((Made(call.specs[0]),))


def _made(call: CallSite) -> Value:
    """An object whose methods the table knows; `temp` is a temporary file or directory."""
    kind = call.specs[0]
    if kind == "temp":
        name = text_value(Word(("/tmp/made-by-tempfile",)))  # noqa: S108 - stands for a new name that nobody else has
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


def _sql(call: CallSite) -> Value:
    owner = next(
        (value for value in (call.value(1), call.owner) if isinstance(value, Made) and value.type.startswith("db:")),
        None,
    )
    dialect = owner.type.removeprefix("db:") if owner is not None else "sql"
    statement = call.value(0)
    word = word_of(statement, call.at) if statement is not None else MISSING
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
    everything = "filter" in call.specs and bool(call.positional) and call.positional[0] == Pairs(())
    return _store(call, "modify", reversible="with_undo", unbounded=everything or "unbounded" in call.specs)


def _mongo_aggregate(call: CallSite) -> Value:
    """A pipeline that ends in `$out` or `$merge` writes a collection."""
    stages = call.positional[0].items if call.positional and isinstance(call.positional[0], Items) else ()
    written = {name for stage in stages if isinstance(stage, Pairs) for name, _ in stage.pairs}
    if written & {"$out", "$merge"}:
        return _store(call, "modify", reversible="no", unbounded="$out" in written)
    return call.owner or ANYTHING


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
    (("delete", "terminate", "destroy", "remove", "purge", "deregister", "release", "abort", "empty", "prune", "drop", "revoke",
      "schedule", "clear", "reset", "wipe", "flush"), "delete", "no"),
    (("create", "run", "start", "put", "upload", "insert", "allocate", "import", "copy", "restore"), "create", "with_undo"),
    (("update", "modify", "set", "replace", "patch", "change", "attach", "detach", "associate", "enable", "tag", "scale", "push",
      "send", "publish", "invoke", "execute", "authorize", "cancel", "rollback", "failover", "switchover", "switch"),
     "modify", "with_undo"),
    (("stop", "reboot", "disable", "kill"), "terminate", "with_undo"),
    (("get", "list", "describe", "head", "read", "search", "scan", "query", "download", "filter", "all", "exists", "wait"), "read", "yes"),
)  # fmt: skip
_ACCOUNTS: Final = words("role roles user users policy policies")
_PIECES: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
CLOUDS: Final = frozenset({
    "aws", "gcp", "kube", "docker", "azure", "gitrepo", "github", "slack", "twilio", "stripe", "service", "quiet",
})  # fmt: skip


def cloud_method(owner: Made, method: str, call: CallSite) -> Value:
    """A method of a cloud's client, by its verb class; what it returns is of the same cloud."""
    if method == "send" and call.positional and isinstance(call.positional[0], Made):
        return Made(owner.type, owner.arguments)  # the request said what it does when it was made
    pieces = tuple(piece.lower() for piece in _PIECES.findall(method)) or (method,)
    first = pieces[1] if pieces[0] == "batch" and len(pieces) > 1 else pieces[0]
    if not any(first in verbs for verbs, _, _ in _CLOUD_VERBS):
        first = pieces[-1]  # `recursiveDelete`, `queue_purge`
    for verbs, verb, reversible in _CLOUD_VERBS:
        if first in verbs and (verb == "delete" or owner.type != "quiet"):
            service = word_of(owner.arguments[0]).text if owner.arguments else ""
            whose = "service" if owner.type == "quiet" else owner.type
            name = "/".join(part for part in (whose, service or "", method) if part)
            environment = call.scope.surroundings.environment("infrastructure", name)
            kind: Kind = "account" if _ACCOUNTS & {*pieces} else "infrastructure"
            changed: Verb = "grant" if kind == "account" and verb in {"create", "modify"} else verb
            labels: frozenset[Label] = frozenset()
            if verb == "read" and "secret" in pieces:
                kind, labels = "secret", frozenset({"secret"})
            resource = Resource(kind, name, environment, "remote", labels)
            call.scope.emit(changed, resource, at=call.at, reversible=reversible)
            break
    return Made(owner.type, owner.arguments)


def _cloud_command(call: CallSite) -> Value:
    """`new DeleteBucketCommand({…})`: the request of a cloud's client, a class of its own each."""
    module, _, name = call.name.rpartition(".")
    service = module.rpartition("client-")[2]
    return cloud_method(Made("aws", (Const(service),)), name.removesuffix("Command"), call)


_MONGO_DELETES: Final = words(
    "drop dropdatabase delete dropindexes shutdown dropuser dropallusersfromdatabase droprole findandmodify"
)
_MONGO_READS: Final = words(
    "ping find count distinct aggregate explain hello ismaster buildinfo serverstatus dbstats collstats listcollections listdatabases "
    "listindexes currentop getparameter hostinfo replsetgetstatus replsetgetconfig connectionstatus top usersinfo rolesinfo validate getlog"
)


def _mongo_command(call: CallSite) -> Value:
    """`runCommand({drop: "users"})`: the first key names the command."""
    given = call.value(0)
    name = given.pairs[0][0] if isinstance(given, Pairs) and given.pairs else word_of(given or ANYTHING).text
    if name is None or name.lower() in _MONGO_DELETES or name.lower().startswith("drop"):
        return _store(call, "delete", reversible="no", unbounded=True)
    return call.owner or ANYTHING if name.lower() in _MONGO_READS else _store(call, "configure", reversible="with_undo")


ACTS: Final[dict[str, Act]] = {
    "cloud-command": _cloud_command,
    "mongo-command": _mongo_command,
    "mongo-aggregate": _mongo_aggregate,
    "made": _made,
    "each": _each,
    "sql": _sql,
    "sql-if-text": _sql_if_text,
    "through": _through,
    "store-delete": _store_delete,
    "store-modify": _store_modify,
    "store-create": _store_create,
    "store-configure": _store_configure,
    "redis-command": _redis_command,
    "spend": _spend,
    "secret": _secret,
    "pure": _pure,
}
