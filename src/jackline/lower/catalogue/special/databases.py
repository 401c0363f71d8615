"""Databases' own clients: which server or file, and the statements that are sent there."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.effect import ANY, Resource
from jackline.lower.catalogue.arguments import drop
from jackline.lower.catalogue.endpoints import emit_endpoint, host_and_port
from jackline.lower.catalogue.environment import declared
from jackline.lower.catalogue.roles import joined, run_file
from jackline.lower.places import file_resource
from jackline.lower.places.tables import words
from jackline.lower.scope import Place
from jackline.lower.sql.target import target_of
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.core.words import Undo
    from jackline.lower.catalogue.call import Call
    from jackline.lower.scope import Scope

_PRIVATE: Final = frozenset({"secret", "credential", "personal"})
_LOCAL: Final = frozenset({"", "localhost", "127.0.0.1", "::1", "[::1]"})
_PORTS: Final = {"postgres": 5432, "mysql": 3306, "tsql": 1433, "redis": 6379, "mongo": 27017, "sql": 0}
_DESTROYS: Final = words("drop reset down clean fresh dropDatabase delete destroy drop-all dropall wipe revert")
_FORWARD: Final = {
    "alembic": "upgrade", "knex": "migrate:latest", "typeorm": "migration:run", "mikro-orm": "migration:up",
    "sequelize": "db:migrate", "drizzle-kit": "migrate", "dbmate": "migrate", "sqlx": "migrate run",
    "diesel": "migration run", "sea-orm-cli": "migrate up", "prisma": "db push",
}  # fmt: skip
"""Migration tools of one project each, and what applies the steps that are new: it adds, and loses no more than these say."""

_ANOTHER: Final = words("--host -h --url -u --connection --config -c --env -n --name --force-reset --accept-data-loss")
"""Options that name another database than the project's own, or have what is in it go."""

_READS: Final = words(
    "status validate info history heads current show branches list ls generate check diff inspect introspect studio format "
    "version verify lint plan help prepare new create revision init get describe explain print-schema pull"
)
_LOSES: Final = words(
    "drop reset wipe truncate purge nuke destroy delete clear clean cleanup down rollback revert undo uninstall teardown restore backup "
    "dump"
)
"""Words in the name of a file of statements that say that something is lost by it, or replaced by what was saved."""
_QUERIES: Final = frozenset({"query", "sql", "shell", "db"})
_ELSEWHERE: Final = words("snowsql snow trino presto athena beeline impala-shell hive spark-sql dremio")
"""Clients of what never runs on the machine that they run on."""
_STATEMENT_FIRST: Final = words(
    "clickhouse-client clickhouse-local trino presto cqlsh vsql hive beeline impala-shell spark-sql osqueryi steampipe "
    "cypher-shell"
)


def _server(call: Call, language: str, database: Word | None, host: Word | None) -> Scope:
    """Connect, and give the scope of the statements: on that server, or on this machine's own."""
    name, port = "", call.text("port")
    if host is not None:
        name = "".join(part if isinstance(part, str) else "*" for part in host.parts)
    elif database is not None:
        name = _host_in(database)
    if name.startswith("/"):
        name = ""
    if name in _LOCAL:
        return call.inner()
    at = call.at(host or database)
    if name == "*":  # an address from the environment: it is not known where, but it is a database's
        port_of = int(port) if port.isdecimal() else _PORTS[language]
        call.scope.emit("connect", Resource("endpoint", "*", reach="remote", port=port_of), at=at)
        return replace(call.inner(), place=Place(here=False, name=name, environment="unknown", reach="remote"))
    emit_endpoint(
        "connect",
        name if ":" in name and "://" not in name else f"{name}:{port or _PORTS[language]}",
        call.scope,
        at=at,
    )
    environment = call.scope.surroundings.environment("endpoint", name)
    if environment == "unknown":
        shown = database.prefix.rpartition("/")[2] if database is not None else ""
        environment = call.environment_of("infrastructure", f"database/{name}/{shown}")
    return replace(call.inner(), place=Place(here=False, name=name, environment=environment, reach="remote"))


def _host_in(database: Word) -> str:
    text = "".join(part if isinstance(part, str) else "*" for part in database.parts)
    if "://" in text:
        return host_and_port(text)[0]
    fields = dict(part.partition("=")[::2] for part in text.split()) if "=" in text else {}
    if database.holes and not database.prefix:
        return "*"
    return fields.get("host", fields.get("hostaddr", ""))


def _send(call: Call, language: str, scope: Scope, database: Word | None) -> None:
    """The statements: options, files, else the input."""
    arguments = (database,) if database is not None else ()
    for statement in call.values("statement"):
        call.output = call.code(language, statement, arguments, scope)
    for file in call.values("file"):
        _run(call, file, language, arguments, scope)
    if not call.values("statement") and not call.values("file"):
        _feed(call, language, arguments, scope)


def _feed(call: Call, language: str, arguments: tuple[Word, ...], scope: Scope) -> None:
    """Statements from the input."""
    given = call.command.stdin
    if given.missing:
        _missing(call, language, Word((posixpath.basename(given.source),), *call.command.at), arguments, scope)
    elif not given.empty:
        call.output = call.code(language, given, arguments, scope)


def _run(call: Call, file: Word, language: str, arguments: tuple[Word, ...], scope: Scope) -> None:
    """Statements in a file."""
    if not run_file(call, file, language, arguments, place=scope.place):
        _missing(call, language, file, arguments, scope)


def _missing(call: Call, language: str, file: Word, arguments: tuple[Word, ...], scope: Scope) -> None:
    """A file of statements that is not there: here, where all is for play, what its name says; elsewhere it may be anything."""
    target = target_of(language, arguments[0] if arguments else None, scope)
    at = call.at(file)
    name = posixpath.basename(file.text or "*")
    if target.environment != "development":
        call.scope.opaque(f"{language} code in {name}", at=at, authorship="unknown")
    elif set(re.split(r"[^a-z]+", name.lower())) & _LOSES:
        resource = target.table("*", frozenset({"unbounded"}))
        call.scope.possible().emit("delete", resource, at=at, extent=ANY, reversible="no")


def postgres(call: Call) -> None:
    """psql: `-c`, `-f`, else the input; `-o |COMMAND` pipes the output."""
    if call.has("-l"):
        return
    for out in call.values("out"):
        if out.prefix.startswith("|"):
            call.code("shell", drop(out, 1))
        else:
            call.write(out)
    database = call.value("database") or call.value("name")
    scope = _server(call, "postgres", database, call.value("host") or call.command.environment.get("PGHOST"))
    _send(call, "postgres", scope, database or call.command.environment.get("PGDATABASE"))


def postgres_admin(call: Call) -> None:
    """dropdb, createdb, dropuser, createuser: statements with names of their own."""
    name = call.value("name")
    host = call.value("host") or call.command.environment.get("PGHOST")
    scope = _server(call, "postgres", None, host)
    text = name.text if name is not None and name.text is not None else "*"
    environment = scope.place.environment if not scope.place.here else call.environment_of("table", f"postgres/{text}")
    at = call.at(name)
    if call.program == "dropdb":
        call.emit("delete", "table", text, at=at, reversible="no", extent_all=True, environment=environment)
    elif call.program == "createdb":
        call.emit("create", "table", text, at=at, reversible="with_undo", environment=environment)
    elif call.program == "dropuser":
        call.emit(
            "delete", "account", f"postgres/{text}", at=at, reversible="no", reach="remote", environment=environment
        )
    else:
        call.emit(
            "grant",
            "account",
            f"postgres/{text}",
            at=at,
            reversible="with_undo",
            reach="remote",
            environment=environment,
        )


def mysql(call: Call) -> None:
    """mysql: `-e`, else the input."""
    database = call.value("database") or call.value("name")
    scope = _server(call, "mysql", None, call.value("host"))
    _send(call, "mysql", scope, database)


def tsql(call: Call) -> None:
    """sqlcmd: `-Q`, `-i`, else the input."""
    _send(call, "tsql", _server(call, "tsql", None, call.value("host-name")), call.value("database"))


def sqlite(call: Call) -> None:
    """sqlite3 and duckdb: a file, statements behind it or from the input."""
    language = "duckdb" if call.program == "duckdb" else "sqlite"
    file = call.value("file")
    database: tuple[Word, ...] = ()
    if file is not None:
        text = file.text
        database = (file if text in {":memory:", ""} else replace(file, parts=(call.path(file),)),)
    if file is not None and file_resource(call.path(file), call.scope).labels & _PRIVATE:
        call.read(file)  # a browser's cookies, somebody's messages
    for statement in [
        *call.arguments.options.get("cmd", ()),
        *call.arguments.options.get("c", ()),
        *call.values("statement"),
    ]:
        call.output = call.code(language, statement, database)
    if call.program == "duckdb":
        for given in call.values("f"):
            _run(call, given, language, database, call.inner())
    if not call.values("statement") and not call.has("-c"):
        _feed(call, language, database, call.inner())


def redis(call: Call) -> None:
    """redis-cli: the words are one command, else each line of the input is one."""
    url = call.value("url")
    host = call.value("host-name")
    database = url or Word((f"redis://{host.text if host is not None and host.text else 'localhost'}",))
    scope = _server(call, "redis", url, host)
    given = call.values("word")
    for script in call.values("eval"):
        call.scope.opaque("redis script", at=call.at(script), authorship="session")
    if call.has("--cluster"):
        call.emit("modify", "infrastructure", f"redis/{call.text('cluster')}", reversible="no")
    elif given:
        call.output = call.code("redis", joined(given), (database,), scope)
    else:
        _feed(call, "redis", (database,), scope)


def mongo(call: Call) -> None:
    """mongosh: `--eval`, script files, else the input."""
    name = call.value("name")
    scripts = call.values("script")
    if name is not None and (name.text or "").endswith(".js"):
        scripts, name = [name, *scripts], None
    scope = _server(call, "mongo", name if name is not None and "://" in name.prefix else None, call.value("host-name"))
    if name is not None and name.holes and not name.prefix:
        scope = _server(call, "mongo", name, None)
    for script in [*scripts, *call.values("f")]:
        _run(call, script, "mongo", (name,) if name is not None else (), scope)
    call.arguments.options.pop("file", None)
    if not scripts:
        _send(call, "mongo", scope, name)


def sql_tool(call: Call) -> None:
    """Warehouses' clients and migration tools: statements where they stand, else what the sub-command's name says."""
    statements = call.values("statement")
    what = call.values("what")
    act = call.value("act")
    acts = [word.text or "*" for word in ([act] if act is not None else []) + what]
    if acts[:1] and acts[0] in _QUERIES and what and " " in acts[-1]:
        statements = [*statements, what[-1]]
    elif acts and " " in acts[0] and call.program in _STATEMENT_FIRST:
        statements = [*statements, *([act] if act is not None else [])]
    scope = _server(call, "sql", None, call.value("host-name")) if call.value("host-name") is not None else call.inner()
    if call.program in _ELSEWHERE and call.value("host-name") is None and scope.place.here:
        scope = replace(scope, place=Place(here=False, name=call.program, environment="unknown", reach="remote"))
    for statement in statements:
        call.output = call.code("sql", statement, (), scope)
    for file in call.values("file"):
        _run(call, file, "sql", (), scope)
    if statements or not acts:
        if not statements and not call.values("file"):
            _feed(call, "sql", (), scope)
        return
    plain = [text for text in acts if not text.startswith("-")]
    name = f"{call.program}/{call.text('database') or '*'}"
    if any(text.replace(":", "-").split("-")[0] in _DESTROYS or text in _DESTROYS for text in plain):
        call.emit("delete", "table", name, reversible="no", extent_all=True)
    elif call.program in {"alembic", "flask"} and call.has("--sql"):  # the statements are printed
        call.emit("read", "table", name, labels=frozenset({"dry_run"}))
    elif not {text.rpartition(":")[2] for text in plain} & _READS:
        _migrate(call, name, plain)


def _migrate(call: Call, name: str, acts: list[str]) -> None:
    """A change of the schema: the next steps of a project's own, on the database that its settings name, or any other."""
    if "dev" in acts:  # `migrate dev`: the tool itself refuses a production database
        call.emit("modify", "table", name, reversible="no", environment="development")
    elif f"{' '.join(acts)} ".startswith(f"{_FORWARD.get(call.program, '?')} "):
        elsewhere = any(call.has(option) for option in _ANOTHER)
        environment = declared(call.environment, call.arguments.options) or (None if elsewhere else "development")
        undo: Undo = "with_undo" if environment == "development" else "no"
        call.emit("modify", "table", name, reversible=undo, environment=environment)
    else:
        call.emit("modify", "table", name, reversible="no")
