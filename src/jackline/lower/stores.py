"""Commands of key-value and document stores: Redis by its command words, MongoDB's shell as JavaScript on `db`.

Sources: redis.io/commands; mongosh's reference of methods.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from jackline.core.effect import ANY, ONE, Resource
from jackline.lower.javascript.library import JAVASCRIPT
from jackline.lower.places.tables import words
from jackline.lower.program.interpreter import Interpreter, line_starts
from jackline.lower.program.values import Const, Made
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from jackline.core.words import Label, Undo, Verb
    from jackline.lower.scope import Scope

_REDIS: Final[dict[tuple[Verb, Undo], str]] = {
    ("delete", "no"): """
        flushall flushdb del unlink hdel lrem ltrim lpop rpop blpop brpop spop srem zrem zremrangebyrank zremrangebyscore zpopmin zpopmax
        xdel xtrim getdel rename expire pexpire expireat pexpireat move migrate restore json.del ft.dropindex
    """,
    ("terminate", "with_undo"): "shutdown failover replicaof slaveof",
    ("configure", "with_undo"): """
        config acl debug client cluster module save bgsave bgrewriteaof latency swapdb monitor script function
    """,
    ("modify", "no"): "eval evalsha eval_ro fcall",
    ("modify", "with_undo"): """
        set setex psetex setnx mset msetnx append incr incrby decr decrby hset hmset hincrby lpush rpush lset linsert sadd smove zadd
        zincrby xadd setrange getset persist sort copy pfadd geoadd json.set publish setbit hsetnx lpushx rpushx rpoplpush lmove
        sinterstore zunionstore
    """,
}
_REDIS_CALL: Final = re.compile(
    r"(?:redis|server)\.p?call\s*\(\s*(?:['\"\[=]+([A-Za-z.]+)|(?=[^'\"\[=\s]))", re.IGNORECASE
)
"""A call in a Lua script; without a name where the command is worked out."""
_SCRIPTS: Final = words("eval eval_ro")
_REDIS_GUARDS: Final = words(
    "dir dbfilename requirepass protected-mode bind masterauth aclfile enable-protected-configs rename-command"
)
"""Settings that say who may enter, and where on the disk the server writes (redis.conf)."""
_REDIS_VERBS: Final = {word: known for known, names in _REDIS.items() for word in names.split()}
_LOOKING: Final = frozenset(
    {
        "get",
        "list",
        "info",
        "rewrite",
        "resetstat",
        "help",
        "whoami",
        "cat",
        "users",
        "nodes",
        "slots",
        "doctor",
        "history",
    }
)
_LOSING: Final = {
    "cluster": frozenset({"reset", "flushslots", "forget", "delslots"}), "function": frozenset({"flush", "delete"}),
    "script": frozenset({"flush"}), "xgroup": frozenset({"destroy"}), "module": frozenset({"unload"}),
}  # fmt: skip
"""Commands of which one sub-command loses something."""
_UNBOUNDED: Final[frozenset[Label]] = frozenset({"unbounded"})


def lower_redis(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Redis commands, one a line; `arguments[0]` names the server or database."""
    at = (code.start, code.end) if isinstance(code, Word) else (0, len(scope.text))
    if code.text is None:
        prefix = code.prefix if isinstance(code, Word) else ""
        if not prefix.strip() or " " not in prefix.strip():
            scope.opaque("Redis commands that are not known", at=at, authorship="session")
            return UNKNOWN
    text = code.text if code.text is not None else code.prefix if isinstance(code, Word) else ""
    for line in text.splitlines():
        _redis_command(line, at, scope, arguments)
    return Data(origin="untrusted")


def _redis_command(line: str, at: tuple[int, int], scope: Scope, arguments: tuple[Word, ...]) -> None:
    try:
        given = shlex.split(line)
    except ValueError:
        given = line.split()
    if not given:
        return
    name = given[0].lower()
    verb, undo = _REDIS_VERBS.get(name, ("read", "yes"))
    if verb == "configure" and len(given) > 1 and given[1].lower() in _LOOKING:
        verb, undo = "read", "yes"
    if name in _SCRIPTS:
        for called in _REDIS_CALL.findall(line):
            _redis_command(called or "del", at, scope, arguments)
    if name == "config" and len(given) > 2 and given[1].lower() == "set" and given[2].lower() in _REDIS_GUARDS:  # noqa: PLR2004 - CONFIG SET NAME
        server = Resource("process", f"redis/{given[2].lower()}", labels=frozenset({"security_control"}))
        scope.emit("configure", server, at=at, reversible="with_undo")
    second = given[1].lower() if len(given) > 1 else ""
    if (name == "shutdown" and "nosave" in line.lower()) or (name in _LOSING and second in _LOSING[name]):
        verb, undo = "delete", "no"
    if name in {"replicaof", "slaveof"} and second not in {"", "no"}:  # it takes the other's data for its own
        verb, undo = "delete", "no"
    if name == "acl" and second in {"setuser", "deluser", "load", "save"}:
        scope.emit("grant", Resource("account", f"redis/{given[-1]}", reach="remote"), at=at, reversible="with_undo")
    whole = name.startswith("flush") or (verb == "delete" and name == "shutdown")
    key = "*" if whole or len(given) < 2 else given[1]  # noqa: PLR2004 - a command and its key
    _emit(scope, at, verb, undo, f"{_named(arguments, scope)}/{key}", whole=whole)


def lower_mongo(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """A script of MongoDB's shell: JavaScript in which `db` is the database."""
    at = (code.start, code.end) if isinstance(code, Word) else (0, len(scope.text))
    tree = JAVASCRIPT.parse(code.text) if code.text is not None else None
    if tree is None or code.text is None:
        scope.opaque("a MongoDB script that is not known", at=at, authorship="session")
        return UNKNOWN
    run = Interpreter(scope, JAVASCRIPT)
    run.starts, run.literal = line_starts(code.text), scope.text == code.text
    for name in ("db", "rs", "sh"):
        run.env.names[name] = Made("mongo", (Const(_named(arguments, scope)),))
    run.body(tree.body)
    if not scope.effects or scope.effects[-1].resource.kind != "table":
        _emit(scope, at, "read", "yes", _named(arguments, scope), whole=False)
    return UNKNOWN


def _named(arguments: tuple[Word, ...], scope: Scope) -> str:
    """The server, as far as it is known; no password that stands in its address."""
    given = arguments[0].shown if arguments else ""
    host = given.partition("://")[2].rpartition("@")[2].partition("/")[0] if "://" in given else given
    return host or scope.place.name or "localhost"


def _emit(scope: Scope, at: tuple[int, int], verb: Verb, undo: Undo, name: str, *, whole: bool) -> None:
    environment = scope.place.environment
    if environment == "unknown":
        environment = scope.surroundings.environment("table", name)
    if environment == "unknown" and name.startswith(("localhost", "127.0.0.1")):
        environment = "development"
    resource = Resource("table", name, environment, "remote", _UNBOUNDED if whole else frozenset())
    scope.emit(verb, resource, at=at, reversible=undo, extent=ANY if whole else ONE)
