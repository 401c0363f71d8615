"""Statements that the parser hands back as text: looked up by their first words.

One table, most specific first. A statement that stands nowhere is `opaque`: never nothing.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from jackline.core.words import Kind, Label, Undo, Verb  # noqa: TC001 - NamedTuple's annotations

Special = Literal["", "harmless", "explain", "block", "call", "replace", "prepare", "export", "load", "outfile"]


class Form(NamedTuple):
    """What a statement that begins with `words` does; `special` names the function that knows more."""

    words: str
    verb: Verb = "read"
    kind: Kind = "table"
    reversible: Undo = "yes"
    labels: frozenset[Label] = frozenset()
    special: Special = ""


_SWITCH: Final[frozenset[Label]] = frozenset({"security_control"})
_LOG: Final[frozenset[Label]] = frozenset({"log"})
_ALL: Final[frozenset[Label]] = frozenset({"unbounded"})

FORMS: Final[tuple[Form, ...]] = (
    Form("explain", special="explain"),
    Form("describe", special="explain"),
    Form("desc"), Form("show"), Form("help"), Form("values"), Form("table"), Form("fetch"), Form("list"),
    *(Form(words, special="harmless") for words in (
        "analyze", "analyse", "begin", "start transaction", "commit", "end", "rollback", "savepoint", "release", "abort",
        "set names", "set search_path", "set statement_timeout", "set lock_timeout", "set client_encoding", "set transaction",
        "set local", "set session", "set timezone", "set time zone", "use", "discard", "reset", "listen", "unlisten", "notify", "close",
        "move", "declare", "deallocate", "checkpoint", "delimiter", "lock", "unlock", "set @", "print", "go", "set nocount",
        "set on", "checksum", "check table", "optimize", "reindex", "refresh", "cluster", "import foreign schema",
    )),
    Form("vacuum into", "create", "file", special="export"),
    Form("vacuum", special="harmless"),
    Form("set role", "grant", "account"),
    Form("set session authorization", "grant", "account"),
    Form("set password", "grant", "account"),
    Form("set foreign_key_checks", special="harmless"),
    Form("set sql_log_bin", "configure", "table", "yes", _LOG),
    Form("set global general_log", "configure", "table", "yes", _LOG),
    Form("set global", "configure", "table", "with_undo"),
    Form("set persist", "configure", "table", "with_undo"),
    Form("set", special="harmless"),
    Form("drop owned", "delete", "table", "no", _ALL),
    *(Form(f"drop {thing}", "delete", "account", "no") for thing in ("user", "role", "login", "group")),
    Form("drop", "delete", "table", "no"),
    *(Form(f"{verb} {thing}", "grant", "account", "with_undo")
      for verb in ("create", "alter") for thing in ("user", "role", "login", "group", "default privileges", "policy")),
    Form("alter system", "configure", "table", "with_undo", _SWITCH),
    Form("alter database", "modify", "table", "with_undo"),
    Form("alter", "modify", "table", "with_undo"),
    Form("create extension", "install", "package", "with_undo"),
    Form("create language", "install", "package", "with_undo"),
    Form("install", "install", "package", "with_undo"),
    Form("load data", special="load"), Form("load xml", special="load"), Form("load", "install", "package"),
    *(Form(f"create {words}", "persist", "table", "with_undo")
      for words in ("event", "job", "task", "trigger", "or replace trigger", "event trigger", "constraint trigger")),
    *(Form(f"create {words}", "connect", "endpoint", "with_undo")
      for words in ("server", "foreign", "subscription", "user mapping", "stage", "integration")),
    Form("create", "create", "table", "with_undo"),
    Form("rename", "modify", "table", "with_undo"),
    Form("replace", special="replace"),
    Form("grant", "grant", "account", "with_undo"), Form("revoke", "grant", "account", "with_undo"),
    Form("reassign", "grant", "account", "no"),
    Form("security label", "grant", "table"),
    Form("flush logs", "configure", "table", "yes", _LOG), Form("flush", special="harmless"),
    Form("purge", "delete", "table", "no", frozenset({"log", "backup"})),
    Form("reset master", "delete", "table", "no", frozenset({"log", "backup"})),
    Form("truncate", "delete", "table", "no", _ALL),
    Form("shutdown", "terminate", "process"), Form("kill", "terminate", "process"), Form("restart", "terminate", "process"),
    Form("backup", "create", "file", special="export"), Form("restore", "modify", "table", "no", _ALL),
    Form("detach", special="harmless"), Form("comment", "modify", "table", "with_undo"),
    Form("undrop", "create", "table"),
    Form("do", special="block"), Form("call", special="call"), Form("exec", special="call"), Form("execute", special="call"),
    Form("prepare", special="prepare"), Form("declare", special="block"), Form("begin atomic", special="block"),
    Form("handler"), Form("select", special="outfile"),
    Form("delete", "delete", "table", "no", _ALL), Form("update", "modify", "table", "no", _ALL),
    Form("insert", "create", "table", "with_undo"), Form("upsert", "modify", "table", "with_undo"),
    Form("merge", "modify", "table", "no"), Form("copy", special="load"), Form("unload", special="export"),
)  # fmt: skip

_BY_LENGTH: Final = sorted(FORMS, key=lambda form: -len(form.words))
_SPACE: Final = re.compile(r"\s+")


def form_of(statement: str) -> Form | None:
    """The form that a statement's first words match, longest first; None where no form does."""
    plain = _SPACE.sub(" ", statement.strip().lower())
    for form in _BY_LENGTH:
        words = form.words
        if plain.startswith(words) and (
            len(plain) == len(words) or not (plain[len(words)].isalnum() or plain[len(words)] == "_")
        ):
            return form
        if words.endswith("@") and plain.startswith(words):
            return form
    return None
