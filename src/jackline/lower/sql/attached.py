"""Databases that a session opens beside its own: `ATTACH 'shop.db' AS s` (SQLite, DuckDB), `ATTACH 'dbname=shop' AS p (TYPE postgres)`."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.lower.sql.target import target_of
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.lower.scope import Scope
    from jackline.lower.sql.target import Target

_ATTACH: Final = re.compile(
    r"""\s*ATTACH\s+(?:OR\s+REPLACE\s+)?(?:DATABASE\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(['"])(?P<source>.*?)\1(?:\s+AS\s+["'\[]?(?P<name>\w+))?"""
    r"""(?P<options>.*)""",
    re.IGNORECASE | re.DOTALL,
)
_USE: Final = re.compile(r"""\s*USE\s+["'\[]?(\w+)""", re.IGNORECASE)
_SERVER: Final = re.compile(
    r"^(postgres(?:ql)?|mysql):|\b(?:TYPE\s+|(?=dbname=))(postgres|mysql|dbname)", re.IGNORECASE
)
_WORD: Final = re.compile(r"""["`\[]?(\w+)["`\]]?\s*\.""")


class Attached:
    """Which database each statement of a text is about."""

    def __init__(self, dialect: str, own: Target, scope: Scope) -> None:
        """Begin with the session's own database."""
        self.dialect, self.own, self.scope = dialect, own, scope
        self.others: dict[str, Target] = {}

    def target(self, statement: str) -> Target:
        """The database of the next statement; ATTACH and USE are remembered for those behind it."""
        attach = _ATTACH.match(statement)
        if attach is not None:
            source = attach["source"]
            name = attach["name"] or posixpath.basename(source).partition(".")[0]
            self.others[name.lower()] = self._of(source, attach["options"])
            return self.own
        use = _USE.match(statement)
        if use is not None and use[1].lower() in self.others:
            self.own = self.others[use[1].lower()]
        if self.others:
            for qualifier in _WORD.findall(statement):
                if qualifier.lower() in self.others:
                    return self.others[qualifier.lower()]
        return self.own

    def _of(self, source: str, options: str) -> Target:
        server = _SERVER.search(source) or _SERVER.search(options)
        if server is None:
            return target_of(self.dialect, Word((source,)), self.scope)
        kind = "mysql" if "mysql" in server[0].lower() else "postgres"
        plain = source if "://" in source else source.partition(":")[2] or source
        return target_of(kind, Word((plain,)), self.scope)
