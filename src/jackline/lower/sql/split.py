"""A client's text into statements and client commands, each with its span.

The tokenizer is the parser's own, so quotes, dollar quotes, comments and delimiters are read as it reads them. What
cannot be tokenized is one statement.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jackline.lower.sql.parser import library

if TYPE_CHECKING:
    from collections.abc import Iterator

_DASHED: Final = {"sqlite": ".", "duckdb": ".", "postgres": "\\", "mysql": "\\", "sql": ".\\"}
_META_ANYWHERE: Final = re.compile(
    r"\\(?:!|copy|i|ir|include|o|out|g|gx|gexec|w|write|s|setenv|c|connect|lo_\w+|cd|e|edit|ef|ev)(?![a-z])",
    re.IGNORECASE,
)
_EXECUTABLE_COMMENT: Final = re.compile(r"/\*[!M]!?\d*(.*?)\*/", re.DOTALL)


class Piece(NamedTuple):
    """One statement (`meta` false) or one of the client's own commands, at `start` to `end` of the text."""

    text: str
    start: int
    end: int
    meta: bool


def split(text: str, dialect: str) -> Iterator[Piece]:
    """All statements and client commands in order. Executable comments of MySQL are opened in place."""
    offset = 0
    pending: list[tuple[int, str]] = []
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        leads = _DASHED.get(dialect, "")
        if stripped and stripped[0] in leads and not _inside_quotes("".join(part for _, part in pending)):
            yield from _statements(pending, dialect)
            pending = []
            yield Piece(
                stripped, offset + line.index(stripped), offset + line.index(stripped) + len(stripped), meta=True
            )
        elif "\\" in leads and (found := _META_ANYWHERE.search(line)) and not _inside_quotes(line[: found.start()]):
            yield from _statements([*pending, (offset, line[: found.start()])], dialect)
            pending = []
            yield Piece(line[found.start() :].strip(), offset + found.start(), offset + len(line.rstrip()), meta=True)
        else:
            pending.append((offset, line))
        offset += len(line)
    yield from _statements(pending, dialect)


def _inside_quotes(text: str) -> bool:
    """Whether a quote is still open at the end: a count is enough for strings without nested quotes."""
    return text.count("'") % 2 == 1 or text.count("$$") % 2 == 1


def _statements(parts: list[tuple[int, str]], dialect: str) -> Iterator[Piece]:
    if not parts:
        return
    base, text = parts[0][0], "".join(part for _, part in parts)
    if dialect in {"mysql", "sql"}:
        text = _EXECUTABLE_COMMENT.sub(
            lambda match: " " * (match.start(1) - match.start()) + match.group(1) + "  ", text
        )
    for start, end in _spans(text, dialect):
        body = text[start:end]
        if body.strip():
            lead = len(body) - len(body.lstrip())
            yield Piece(body.strip(), base + start + lead, base + start + lead + len(body.strip()), meta=False)


def _spans(text: str, dialect: str) -> Iterator[tuple[int, int]]:
    kinds = library().TokenType
    try:
        tokens = tokenizer(dialect).tokenize(text)
    except (library().errors.SqlglotError, ValueError, RecursionError, IndexError):
        yield 0, len(text)
        return
    start, depth = 0, 0
    for token in tokens:
        if token.token_type == kinds.L_PAREN:
            depth += 1
        elif token.token_type == kinds.R_PAREN:
            depth -= 1
        elif token.token_type == kinds.SEMICOLON and depth <= 0:
            yield start, token.start
            start, depth = token.end + 1, 0
    if tokens and start <= tokens[-1].end:  # what follows the last token is only comments
        yield start, tokens[-1].end + 1


def tokenizer(dialect: str) -> Any:  # noqa: ANN401 - the parser's own, which is loaded late
    """The tokenizer of a dialect."""
    return library().Dialect.get_or_raise(PARSER_DIALECT.get(dialect, "")).tokenizer()


PARSER_DIALECT: Final = {
    "postgres": "postgres", "mysql": "mysql", "sqlite": "sqlite", "duckdb": "duckdb", "tsql": "tsql",
    "snowflake": "snowflake", "bigquery": "bigquery", "redshift": "redshift", "clickhouse": "clickhouse", "oracle": "oracle",
}  # fmt: skip
"""Our dialect names → the parser's; anything else is read in the parser's widest dialect."""
