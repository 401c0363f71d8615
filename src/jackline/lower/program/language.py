"""A program of any language as a `Language` of a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.lower.program.interpreter import Interpreter, line_starts
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from jackline.lower.program.library import Library
    from jackline.lower.scope import Scope


def lower_program(library: Library, code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """Lower a program run with `arguments`. What it prints is not known."""
    at = (code.start, code.end) if isinstance(code, Word) else (0, len(scope.text))
    if code.text is None:
        fetched = isinstance(code, Data) and bool(code.fetched)
        scope.opaque(f"{library.language} that is not known", at=at, authorship="fetched" if fetched else "unknown")
        return UNKNOWN
    tree = library.parse(code.text)
    if tree is None:
        scope.opaque(f"{library.language} that could not be read", at=at, authorship="session")
        return UNKNOWN
    own_file = scope.frame is not None and scope.frame.source != "" and scope.text == code.text
    path = scope.frame.source if own_file and scope.frame is not None else ""
    run = Interpreter(scope, library, arguments=arguments, path=path)
    run.starts, run.literal = line_starts(code.text), scope.text == code.text
    if not run.literal:
        found = scope.text.find(code.text, at[0], at[1]) if isinstance(code, Word) else -1
        run.literal, run.starts = found >= 0, [start + max(found, 0) for start in run.starts]
    run.body(tree.body)
    return UNKNOWN
