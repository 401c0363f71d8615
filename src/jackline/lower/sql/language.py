"""SQL as languages of a scope: one entry per dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.sql.attached import Attached
from jackline.lower.sql.client_commands import lower_client_command
from jackline.lower.sql.split import split
from jackline.lower.sql.statements import Statement
from jackline.lower.sql.target import target_of
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from jackline.lower.scope import Scope

MAX_SQL: Final = 262_144


def lower_sql(dialect: str, code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Lower SQL text sent to the database that `arguments[0]` names. What it prints is never known."""
    target = target_of(dialect, arguments[0] if arguments else None, scope)
    at = (code.start, code.end) if isinstance(code, Word) else (0, 0)
    text = code.text
    if text is None or len(text) > MAX_SQL:
        fetched = isinstance(code, Data) and bool(code.fetched)
        scope.opaque("SQL that is not known", at=at, authorship="fetched" if fetched else "unknown")
        return UNKNOWN
    literal = isinstance(code, Word) and scope.text[code.start : code.end].strip("'\"") == text
    shift = (
        code.start + scope.text[code.start : code.end].index(text) if literal and isinstance(code, Word) and text else 0
    )
    attached = Attached(dialect, target, scope)
    for piece in split(text, dialect):
        span = (piece.start + shift, piece.end + shift) if literal or scope.text == text else at
        if piece.meta:
            lower_client_command(piece.text, span, target, scope)
        else:
            Statement(piece.text, span, dialect, attached.target(piece.text), scope).lower()
    return Data(labels=frozenset(), origin="untrusted")
