"""One statement → its effects, from the parser's tree where it has one, else from its first words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from jackline.core.effect import ANY, ONE, Extent, Resource
from jackline.lower.files import emit_append, emit_delete, emit_read
from jackline.lower.places import resolve_text
from jackline.lower.sql import reaching
from jackline.lower.sql.parser import library, nodes
from jackline.lower.sql.split import PARSER_DIALECT, split
from jackline.lower.sql.unparsed import Form, form_of
from jackline.lower.word import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.words import Label, Reach, Undo, Verb
    from jackline.lower.scope import Scope
    from jackline.lower.sql.target import Target

MAX_STATEMENT: Final = 16_384
MAX_NESTING: Final = 200
_UNBOUNDED: Final[frozenset[Label]] = frozenset({"unbounded"})
_SCHEMA_KINDS: Final = frozenset({"DATABASE", "SCHEMA", "CATALOG"})
_ACCOUNT_KINDS: Final = frozenset({"USER", "ROLE"})


class Statement:
    """The lowering of one statement; `at` is its span in the scope's text."""

    def __init__(self, text: str, at: tuple[int, int], dialect: str, target: Target, scope: Scope) -> None:
        """Bind the statement to the database it is sent to and the scope its effects are written to."""
        self.text, self.at, self.dialect, self.target, self.scope = text, at, dialect, target, scope

    def lower(self) -> None:
        """Write the statement's effects: at least one."""
        self.scope.bounds.step(2 + len(self.text) // 64)
        tree = self._parse()
        handler = _HANDLERS.get(type(tree).__name__) if tree is not None else None
        if tree is None or handler is None:
            self._by_words()
            return
        try:
            handler(self, tree)
            self._nested(tree)
            self._outside(tree)
        except (AttributeError, TypeError, ValueError, KeyError, IndexError):
            # The shapes of the parser's trees are no contract, least of all for text that is barely SQL.
            self.scope.opaque("SQL of an unexpected shape", at=self.at, authorship="session")

    def emit(self, verb: Verb, resource: Resource, *, reversible: Undo = "yes", extent: Extent = ONE) -> None:
        """One effect at this statement's span."""
        self.scope.emit(verb, resource, at=self.at, reversible=reversible, extent=extent)

    def _parse(self) -> Any:  # noqa: ANN401 - a sqlglot tree, imported lazily
        if len(self.text) > MAX_STATEMENT or self.text.count("(") > MAX_NESTING:
            return None
        try:
            return library().parse_one(self.text, read=PARSER_DIALECT.get(self.dialect))
        except (library().errors.SqlglotError, ValueError, RecursionError, IndexError, AttributeError, TypeError):
            return None

    # ---- statements that the parser reads ----------------------------------------------------------------------------

    def select(self, tree: Any) -> None:  # noqa: ANN401
        """SELECT and its set operations: what is read; `SELECT … INTO t` makes a table."""
        names = set(_tables(tree))
        for name in sorted(names) or [""]:
            self.emit("read", self.target.table(name), extent=ANY)
        into = tree.args.get("into")
        if into is not None:
            self.emit("create", self.target.table(_name(into.this)), reversible="with_undo")

    def insert(self, tree: Any) -> None:  # noqa: ANN401
        """INSERT adds rows; OVERWRITE and OR REPLACE lose what was there."""
        table = tree.this.this if type(tree.this).__name__ == "Schema" else tree.this
        rows = len(tree.expression.expressions) if type(tree.expression).__name__ == "Values" else None
        loses = bool(tree.args.get("overwrite"))
        replaces = str(tree.args.get("alternative") or "").upper() == "REPLACE" or tree.args.get("conflict") is not None
        verb: Verb = "delete" if loses else "modify" if replaces else "create"
        if type(table).__name__ == "Directory":
            self.emit("modify", Resource("file", table.this.name, reach="system"), reversible="no", extent=ANY)
            return
        self.emit(verb, self.target.table(_name(table)), reversible="no" if loses else "with_undo",
                  extent=Extent(rows) if rows is not None else ANY)  # fmt: skip

    def delete(self, tree: Any) -> None:  # noqa: ANN401
        """DELETE: bounded by its WHERE, or all rows."""
        self._rows("delete", tree, [_name(table) for table in tree.args.get("tables") or [tree.this]])

    def update(self, tree: Any) -> None:  # noqa: ANN401
        """UPDATE: bounded by its WHERE, or all rows."""
        self._rows("modify", tree, [_name(tree.this)])

    def _rows(self, verb: Verb, tree: Any, names: list[str]) -> None:  # noqa: ANN401
        where = tree.args.get("where")
        limit = tree.args.get("limit")
        extent = _extent(where.this if where is not None else None)
        if limit is not None and getattr(limit.expression, "is_int", False):
            extent = Extent(int(limit.expression.this), exact=False)
        whole = extent.at_most is None and (where is None or _always_true(where.this))
        labels = _UNBOUNDED if whole else frozenset()
        undo: Undo = "yes" if self.target.memory else "no" if verb == "delete" or whole else "with_undo"
        for name in names:
            self.emit(verb, self.target.table(name, labels), reversible=undo, extent=extent)

    def merge(self, tree: Any) -> None:  # noqa: ANN401
        """MERGE: deletes where one of its branches does."""
        deletes = any(type(node).__name__ == "Var" and str(node.this).upper() == "DELETE" for node in tree.walk())
        self.emit("delete" if deletes else "modify", self.target.table(_name(tree.this)), reversible="no", extent=ANY)

    def truncate(self, tree: Any) -> None:  # noqa: ANN401
        """TRUNCATE."""
        for table in tree.expressions or [tree.this]:
            self.emit("delete", self.target.table(_name(table), _UNBOUNDED), reversible=self._lost(), extent=ANY)

    def drop(self, tree: Any) -> None:  # noqa: ANN401
        """DROP of anything; of a database or schema: a tree."""
        kind = str(tree.args.get("kind") or "").upper()
        things = tree.args.get("tables") or ([tree.this] if tree.this is not None else [])
        for thing in things or [None]:
            name = _name(thing) if thing is not None else "*"
            labels: frozenset[Label] = frozenset({"tree", "unbounded"}) if kind in _SCHEMA_KINDS else _UNBOUNDED
            if kind in {"VIEW", "INDEX", "SEQUENCE", "FUNCTION", "PROCEDURE", "TRIGGER"}:
                labels = frozenset()
            resource = self.target.table(name, labels, "account" if kind in _ACCOUNT_KINDS else "table")
            if tree.args.get("temporary"):
                self.emit("delete", resource, reversible="yes")
            else:
                self.emit("delete", resource, reversible=self._lost(), extent=ANY if labels else ONE)

    def create(self, tree: Any) -> None:  # noqa: ANN401
        """CREATE of tables, views, indexes; OR REPLACE of a table loses it; triggers and events persist."""
        kind = str(tree.args.get("kind") or "").upper()
        thing = tree.this.this if type(tree.this).__name__ in {"Schema", "UserDefinedFunction"} else tree.this
        resource = self.target.table(_name(thing))
        if kind in {"TRIGGER", "EVENT", "TASK"}:
            self.emit("persist", resource, reversible="with_undo")
        elif kind in {"FUNCTION", "PROCEDURE"}:
            self.emit("create", resource, reversible="with_undo")
            self._body(tree)
        elif tree.args.get("replace") and kind in {"TABLE", "DATABASE", "SCHEMA"}:
            self.emit("delete", resource, reversible=self._lost(), extent=ANY)
            self.emit("create", resource)
        else:
            self.emit("create", resource, reversible="with_undo")

    def alter(self, tree: Any) -> None:  # noqa: ANN401
        """ALTER: dropping a column or partition is a delete, row security off a security control."""
        lowered = self.text.lower()
        resource = self.target.table(_name(tree.this))
        drops = [
            action for action in tree.args.get("actions") or [] if type(action).__name__ in {"Drop", "DropPartition"}
        ]
        losing = [
            action for action in drops if str(action.args.get("kind") or "COLUMN").upper() in {"COLUMN", "PARTITION"}
        ]
        if losing:
            self.emit("delete", resource, reversible=self._lost(), extent=ANY)
        elif "disable row level security" in lowered or "disable trigger" in lowered:
            switch: frozenset[Label] = frozenset({"security_control"})
            self.emit("configure", self.target.table(_name(tree.this), switch), reversible="with_undo")
        elif " owner to " in lowered:
            self.emit("grant", resource, reversible="with_undo")
        else:
            self.emit("modify", resource, reversible="with_undo")

    def grant(self, tree: Any) -> None:  # noqa: ANN401
        """GRANT and REVOKE."""
        self.emit("grant", self.target.table(_name(tree.args.get("securable")), kind="account"), reversible="with_undo")

    def copy(self, tree: Any) -> None:  # noqa: ANN401
        """COPY: a program is run on the server; a server file is read or written; standard streams are data."""
        table = tree.this
        name = _name(table) if type(table).__name__ in {"Table", "Schema"} else ""
        incoming = bool(tree.args.get("kind"))
        sources = [getattr(file, "name", "") or str(file) for file in tree.args.get("files") or []]
        if any(source.upper() == "PROGRAM" for source in sources):
            program = " ".join(str(parameter.this) for parameter in tree.args.get("params") or [])
            self.outside("run", program.strip("'"))
        elif sources and sources[0].upper() not in {"STDIN", "STDOUT"}:
            self.outside("read" if incoming else "write", sources[0])
        self.emit("create" if incoming else "read", self.target.table(name), extent=ANY,
                  reversible="with_undo" if incoming else "yes")  # fmt: skip

    def execute(self, tree: Any) -> None:  # noqa: ANN401
        """A stored procedure: one that reaches out is known by name, any other is opaque."""
        name = _name(tree.this).rpartition(".")[2].lower()
        outside = reaching.PROCEDURES.get(name)
        if outside is None:
            self.scope.opaque(f"stored procedure {name}", at=self.at, authorship="unknown")
            return
        self.outside(
            outside, next((str(part.this) for part in tree.expressions if getattr(part, "is_string", False)), "")
        )

    def harmless(self, _tree: Any) -> None:  # noqa: ANN401
        """Transactions, session settings: they touch nothing by themselves."""
        self.emit("read", self.target.table(""))

    def settings(self, tree: Any) -> None:  # noqa: ANN401
        """SET: by its first words, since what is set decides."""
        del tree
        self._by_words()

    def pragma(self, tree: Any) -> None:  # noqa: ANN401
        """PRAGMA: reading one is a read; setting one changes the database's settings."""
        assigned = "=" in self.text or ("(" in self.text and not self.text.lower().startswith(_READING_PRAGMAS))
        del tree
        self.emit(
            "configure" if assigned else "read", self.target.table(""), reversible="with_undo" if assigned else "yes"
        )

    def attach(self, tree: Any) -> None:  # noqa: ANN401
        """ATTACH opens another database file (and creates it), and its own before that."""
        if self.target.path:
            self.emit("read", self.target.table(""))
        source = tree.this.this if type(tree.this).__name__ == "Alias" else tree.this
        self.outside("read", str(source.this))
        if self.target.path:
            saved, self.scope = self.scope, self.scope.possible()
            self.outside("write", str(source.this))
            self.scope = saved

    def kill(self, _tree: Any) -> None:  # noqa: ANN401
        """KILL of a connection."""
        self.emit("terminate", Resource("process", "database session", self.target.environment, self.target.reach))

    def _lost(self) -> Undo:
        return "yes" if self.target.memory else "no"

    # ---- what leaves the database, what is nested ----------------------------------------------------------------------

    def outside(self, kind: reaching.Outside, subject: str) -> None:
        """An effect outside the database, on the machine that the server (or the file's program) runs on."""
        reach: Reach = "remote" if self.target.reach == "remote" else "system"
        environment = self.target.environment
        name = subject or "*"
        if kind == "run":
            if subject and reach != "remote" and (shell := self.scope.languages.get("shell")):
                shell(Word((subject,), *self.at), self.scope.inner(subject, self.at))
                return
            self.emit("execute", Resource("process", name, environment, reach), reversible="no")
            self.scope.opaque(f"program run by the database: {name}", at=self.at, authorship="session")
        elif kind == "load":
            self.emit("install", Resource("package", name, environment, reach))
            self.scope.opaque(f"library loaded by the database: {name}", at=self.at, authorship="unknown")
        elif kind == "connect":
            self.emit("connect", Resource("endpoint", name, reach="remote"))
        elif kind in {"terminate", "configure"}:
            verb: Verb = "terminate" if kind == "terminate" else "configure"
            self.emit(verb, Resource("process", f"database {name}", environment, reach), reversible="with_undo")
        elif self._here(subject):
            self._file(kind, subject)
        else:
            verbs: dict[str, Verb] = {"read": "read", "write": "modify", "delete": "delete"}
            self.emit(
                verbs[kind], Resource("file", name, environment, reach), reversible="yes" if kind == "read" else "no"
            )

    def _here(self, subject: str) -> bool:
        """Whether what holds the database runs here, so that this is a file of this machine."""
        rows = self.target.memory and _of_data(subject)
        return bool(self.target.path) or rows or (self.target.local and subject.startswith("/"))

    def _file(self, kind: reaching.Outside, subject: str) -> None:
        """A file of this machine, named from the directory that the database's program runs in."""
        path = resolve_text(subject, self.scope.cwd or self.scope.surroundings.cwd, self.scope) if subject else "*"
        act = {"read": emit_read, "delete": emit_delete}.get(kind, emit_append)
        act(path, self.scope, at=self.at)

    def _nested(self, tree: Any) -> None:  # noqa: ANN401
        """Data-changing statements inside others: `WITH d AS (DELETE …) SELECT …`, `INSERT … SELECT`."""
        for node in tree.find_all(*_nested_kinds()):
            if node is not tree:
                _HANDLERS[type(node).__name__](self, node)
        if type(tree).__name__ in {"Insert", "Update", "Delete", "Create", "Merge", "Copy"}:
            changed = _name(tree.this)
            for name in sorted(set(_tables(tree)) - {changed}):
                self.emit("read", self.target.table(name), extent=ANY)

    def _outside(self, tree: Any) -> None:  # noqa: ANN401
        exp = nodes()
        for call in tree.find_all(exp.Func):
            name = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
            parent = call.parent
            qualified = f"{parent.this.name}.{name}".lower() if isinstance(parent, exp.Dot) else name
            kind = reaching.FUNCTIONS.get(qualified) or reaching.FUNCTIONS.get(name)
            texts = [literal.this for literal in call.find_all(exp.Literal) if literal.is_string]
            if name in reaching.REMOTE_STATEMENTS:
                self._elsewhere(texts)
            if kind is not None:
                self.outside(kind, texts[0] if texts else "")
            elif name in reaching.CHANGING_FUNCTIONS:
                self.emit("modify", self.target.table(name), reversible="no")
            elif qualified in reaching.DELETING_FUNCTIONS:
                self.emit("delete", self.target.table(name), reversible="no")
            elif qualified in reaching.PERSISTING_FUNCTIONS:
                self.emit("persist", self.target.table(name), reversible="with_undo")
        if type(tree).__name__ == "Insert" and "function" in self.text.lower().split("(")[0]:
            upload: frozenset[Label] = frozenset({"upload"})
            self.emit(
                "send",
                Resource("endpoint", _first_text(self.text) or "*", reach="remote", labels=upload),
                reversible="no",
            )
        for table in tree.find_all(exp.Table):
            if isinstance(table.this, exp.Literal) or (self.dialect == "duckdb" and "/" in table.name):
                self.outside("read", table.name)

    def _elsewhere(self, texts: list[str]) -> None:
        """Statements among the texts that a function sends to another database."""
        there = replace(
            self.target, environment="unknown", name="", path="", reach="remote", memory=False, scratch=False
        )
        for text in texts:
            if text.split(None, 1)[:1] and text.split(None, 1)[0].lower() in _DATA_WORDS:
                Statement(text, self.at, self.dialect, there, self.scope.possible()).lower()

    # ---- statements that the parser keeps as text ----------------------------------------------------------------------

    def _by_words(self) -> None:
        form = form_of(self.text)
        if form is None:
            self.scope.opaque("SQL that could not be read", at=self.at, authorship="session")
            return
        special = getattr(self, f"_special_{form.special}", None) if form.special else None
        if special is not None:
            special(form)
            return
        name = form.words.split()[-1] if form.verb == "configure" else _object_name(self.text, form.words)
        resource = self.target.table(name, form.labels, form.kind)
        if form.kind in {"endpoint", "package", "process", "file"}:
            resource = Resource(form.kind, name or "*", self.target.environment, self.target.reach, form.labels)
        self.emit(form.verb, resource, reversible=form.reversible, extent=ONE if form.verb == "read" else ANY)

    def _special_harmless(self, form: Form) -> None:
        if form.words == "vacuum" and " retain " in self.text.lower():  # Delta Lake: versions older than that are gone
            self.emit("delete", self.target.table(_object_name(self.text, form.words)), reversible="no", extent=ANY)
        else:
            self.harmless(None)

    def _special_explain(self, form: Form) -> None:
        """EXPLAIN reads a plan; EXPLAIN ANALYZE runs the statement."""
        rest = self.text[len(form.words) :].strip()
        head, options = rest.lower(), ""
        if head.startswith("("):
            options, _, rest = rest.partition(")")
        words = (options + " " + rest).lower()
        if "analyze" in words or "analyse" in words:
            inner = rest.lstrip()
            for skip in ("analyze", "analyse", "verbose"):
                inner = inner[len(skip) :].lstrip() if inner.lower().startswith(skip) else inner
            Statement(inner, self.at, self.dialect, self.target, self.scope).lower()
            return
        self.emit("read", self.target.table("", frozenset({"dry_run"})))

    def _special_block(self, form: Form) -> None:
        """An anonymous block: the statements that stand in it literally, and what it builds is opaque."""
        del form
        self._body(None)

    def _body(self, tree: Any) -> None:  # noqa: ANN401
        del tree
        body = _block_text(self.text)
        dynamic = "execute" in body.lower() or "exec(" in body.lower() or "dblink" in body.lower()
        self.scope.bounds.step(len(body) // 32)
        for piece in split(body, self.dialect):
            words = piece.text.lower().lstrip("begin ").split(None, 1)
            if piece.text != self.text and words and words[0] in _DATA_WORDS:
                inner = piece.text[piece.text.lower().index(words[0]) :]
                Statement(inner, self.at, self.dialect, self.target, self.scope.possible()).lower()
        if dynamic or not body:
            self.scope.opaque("statements built at run time", at=self.at, authorship="session")

    def _special_call(self, form: Form) -> None:
        name = _object_name(self.text, form.words).partition("(")[0].lower()
        outside = reaching.PROCEDURES.get(name.rpartition(".")[2])
        if outside is not None:
            self.outside(outside, _first_text(self.text))
        else:
            self.scope.opaque(f"stored procedure {name}", at=self.at, authorship="unknown")

    def _special_prepare(self, form: Form) -> None:
        """PREPARE name AS statement (PostgreSQL) or FROM 'statement' (MySQL): what it will run."""
        del form
        lowered = self.text.lower()
        for mark in (" as ", " from "):
            if mark in lowered:
                inner = self.text[lowered.index(mark) + len(mark) :].strip().strip("'\"")
                Statement(inner, self.at, self.dialect, self.target, self.scope.possible()).lower()
                return
        self.scope.opaque("a prepared statement", at=self.at, authorship="session")

    def _special_replace(self, form: Form) -> None:
        """MySQL's REPLACE INTO deletes the rows that it replaces."""
        name = _object_name(self.text, form.words + " into") or _object_name(self.text, form.words)
        self.emit("modify", self.target.table(name), reversible="with_undo", extent=ANY)

    def _special_load(self, form: Form) -> None:
        """LOAD DATA and unread forms of COPY: a file on either side, or a program."""
        del form
        if " program " in self.text.lower():
            self.outside("run", _first_text(self.text))
        else:
            self.outside("read", _first_text(self.text))
        replaces = " replace " in self.text.lower()
        self.emit(
            "modify" if replaces else "create",
            self.target.table(""),
            reversible="no" if replaces else "with_undo",
            extent=ANY,
        )

    def _special_outfile(self, form: Form) -> None:
        """SELECT … INTO OUTFILE (MySQL), which the parser does not read; any other unread SELECT is a read."""
        del form
        lowered = self.text.lower()
        if " outfile " in lowered or " dumpfile " in lowered:
            self.outside("write", _first_text(self.text[lowered.index("file ") :]))
        elif any(name + "(" in lowered.replace(" (", "(") for name in reaching.FUNCTIONS):
            self.scope.opaque("a query that calls out and could not be read", at=self.at, authorship="session")
        elif any(f"{word} " in lowered for word in ("delete", "update", "insert", "drop", "truncate")):
            self.scope.opaque("SQL that could not be read", at=self.at, authorship="session")
        self.emit("read", self.target.table(""), extent=ANY)

    def _special_export(self, form: Form) -> None:
        """BACKUP, UNLOAD, VACUUM INTO: the data goes to a file or address."""
        del form
        self.outside("write", _first_text(self.text))
        self.emit("read", self.target.table(""), extent=ANY)


_NOISE: Final = frozenset({
    "if", "exists", "not", "only", "table", "on", "for", "into", "database", "schema", "view", "or", "concurrently", "to", "user", "role",
})  # fmt: skip
_DATA_WORDS: Final = frozenset(
    {"delete", "update", "insert", "drop", "truncate", "alter", "create", "grant", "copy", "perform", "merge"}
)
_READING_PRAGMAS: Final = ("pragma table_info", "pragma index", "pragma foreign_key_list", "pragma table_xinfo", "pragma quick_check",
                           "pragma integrity_check", "pragma table_list")  # fmt: skip

_HANDLERS: Final[dict[str, Any]] = {
    "Select": Statement.select, "Union": Statement.select, "Except": Statement.select, "Intersect": Statement.select,
    "Subquery": Statement.select, "Values": Statement.select, "Insert": Statement.insert, "Delete": Statement.delete,
    "Update": Statement.update, "Merge": Statement.merge, "TruncateTable": Statement.truncate, "Drop": Statement.drop,
    "Create": Statement.create, "Alter": Statement.alter, "Grant": Statement.grant, "Revoke": Statement.grant,
    "Copy": Statement.copy, "Execute": Statement.execute, "Transaction": Statement.harmless, "Commit": Statement.harmless,
    "Rollback": Statement.harmless, "Use": Statement.harmless, "Describe": Statement.harmless, "Show": Statement.harmless,
    "Set": Statement.settings, "Pragma": Statement.pragma, "Attach": Statement.attach, "Detach": Statement.harmless,
    "Kill": Statement.kill, "Comment": Statement.harmless, "Analyze": Statement.harmless, "Cache": Statement.harmless,
    "Uncache": Statement.harmless, "Refresh": Statement.harmless, "Declare": Statement.harmless,
}  # fmt: skip
"""Statement classes of the parser; any other class is looked up by its first words."""


def _of_data(subject: str) -> bool:
    """Whether a name is that of a file of rows here, which a database in memory reads or writes: no address, no program."""
    return subject.lower().endswith(_ROWS) and not set(subject) & set(":=*")


_ROWS: Final = (".parquet", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".arrow", ".xlsx")


def _nested_kinds() -> tuple[Any, ...]:
    exp = nodes()
    return (exp.Delete, exp.Update, exp.Insert)


def _tables(tree: Any) -> Iterator[str]:  # noqa: ANN401
    """Names of the tables that a tree mentions, without those that it defines itself (CTEs)."""
    exp = nodes()
    defined = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        name = _name(table)
        if name and name not in defined:
            yield name


def _name(thing: Any) -> str:  # noqa: ANN401
    """The dotted name of a table, identifier or schema in lower case."""
    if thing is None:
        return ""
    if type(thing).__name__ in {"Schema", "Alias"}:
        return _name(thing.this)
    parts = [
        getattr(part, "name", "") or str(part) for key in ("catalog", "db", "this") if (part := thing.args.get(key))
    ]
    return ".".join(parts).lower() or str(getattr(thing, "name", "")).lower()


def _extent(where: Any) -> Extent:  # noqa: ANN401
    """How many rows a condition can match: equality with constants on one column named like a key bounds it."""
    exp = nodes()
    if where is None or _always_true(where):
        return ANY
    for condition in where.flatten() if isinstance(where, exp.And) else [where]:
        column = condition.this if isinstance(condition, exp.EQ | exp.In) else None
        if isinstance(column, exp.Column) and _is_key(column.name):
            if isinstance(condition, exp.EQ) and isinstance(
                condition.expression, exp.Literal | exp.Placeholder | exp.Parameter
            ):
                return Extent(1, exact=False)
            values = condition.args.get("expressions") if isinstance(condition, exp.In) else None
            if values and all(isinstance(value, exp.Literal) for value in values):
                return Extent(len(values), exact=False)
    return Extent(None, exact=False)


def _is_key(column: str) -> bool:
    lowered = column.lower()
    return lowered in {"id", "uuid", "key", "pk", "email", "slug", "rowid"} or lowered.endswith(
        ("_id", "_uuid", "_key")
    )


def _always_true(where: Any) -> bool:  # noqa: ANN401
    """Whether a condition holds for every row: `true`, `1`, `1=1`, `x=x`, `a OR true`, `id IS NOT NULL` of a key."""
    exp = nodes()
    where = where.unnest() if isinstance(where, exp.Paren) else where
    if isinstance(where, exp.Boolean):
        return bool(where.this)
    if isinstance(where, exp.Literal):
        return str(where.this) not in {"0", ""}
    if isinstance(where, exp.Or):
        return any(_always_true(side) for side in where.flatten())
    if isinstance(where, exp.And):
        return all(_always_true(side) for side in where.flatten())
    if isinstance(where, exp.Not):
        inner = where.this
        return isinstance(inner, exp.Is) or (isinstance(inner, exp.Boolean) and not inner.this)
    if isinstance(where, exp.EQ | exp.GTE | exp.LTE | exp.Is):
        return bool(where.this == where.expression)
    if isinstance(where, exp.NEQ | exp.GT | exp.LT):
        sides = (where.this, where.expression)
        return all(isinstance(side, exp.Literal) for side in sides) and sides[0] != sides[1]
    if isinstance(where, exp.Like):
        return str(where.expression.this) == "%"
    return False


def _object_name(text: str, words: str) -> str:
    """The name that follows a statement's first words, without noise words."""
    rest = text.split()[len(words.split()) :]
    names = (word.strip("\"`';,()").lower() for word in rest if word.lower() not in _NOISE)
    return next((name for name in names if name[:1].isalnum() or name[:1] == "_"), "")


def _first_text(text: str) -> str:
    """The first quoted text of a statement."""
    for quote in ("'", '"'):
        before, found, rest = text.partition(quote)
        del before
        if found:
            return rest.partition(quote)[0]
    return ""


def _block_text(text: str) -> str:
    """What stands inside a block: between dollar quotes, quotes after AS or DO, or BEGIN and END."""
    if "$" in text:
        start = text.index("$")
        tag_end = text.find("$", start + 1)
        if tag_end > 0:
            tag = text[start : tag_end + 1]
            return text[tag_end + 1 :].partition(tag)[0]
    lowered = text.lower()
    if "begin" in lowered:
        return text[lowered.index("begin") + 5 :]
    return _first_text(text)
