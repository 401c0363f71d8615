"""Methods of known objects that no table names: paths that make paths, files that give their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.program.specials import expanded
from jackline.lower.program.values import ANYTHING, FILE_CONTENT, Const, Made, Unknown, Value, constant, joined, word_of

if TYPE_CHECKING:
    from jackline.lower.program.interpreter import Interpreter


def made_method(
    run: Interpreter, owner: Made, name: str, flat: list[Value], named: dict[str, Value], at: tuple[int, int]
) -> Value:
    """Methods of known objects that the table does not name: paths that make paths, files that give their content."""
    if owner.type == "pathlib.Path":
        if name in {"joinpath", "with_name"}:
            return Made("pathlib.Path", (joined([*owner.arguments, *flat], "/"),))
        if name == "expanduser":
            return Made("pathlib.Path", (expanded(run, list(owner.arguments), named, at),))
        return (
            owner
            if name in {"resolve", "absolute", "with_suffix", "as_posix", "__str__"}
            else Unknown(f"the result of {name}")
        )
    if owner.type == "file" and name in {"read", "readlines", "readline"}:
        text = word_of(owner.arguments[0]).text
        known = run.scope.surroundings.text(text) if text is not None else None
        mode = owner.arguments[1] if len(owner.arguments) > 1 else None
        if known is not None and isinstance(mode, Const) and "b" in str(mode.value):
            return Const(known.text.encode()) if name == "read" else Unknown(f"{FILE_CONTENT}a file")
        if known is not None and name != "readline":
            return Const(known.text) if name == "read" else constant(known.text.splitlines())
        return Unknown(f"{FILE_CONTENT}a file")
    if owner.type == "response":
        return Unknown("what was fetched")
    if owner.type == "requests" and name in {"get", "post", "put", "patch", "delete", "head", "options", "request"}:
        return run.call_name(f"requests.{name}", flat, named, at)
    if owner.type == "program":
        from_words = [word_of(value) for value in (*owner.arguments, *flat)]
        command = run.scope.languages.get("command")
        if command is not None and from_words:
            command(from_words[0], run.scope, tuple(from_words[1:]))
    return owner if owner.type.startswith("db:") or owner.type in PASSED_ON else ANYTHING


PASSED_ON: Final = frozenset({"mongo", "redis", "elastic", "requests", "orm"})
"""Objects whose other methods give more of the same: a collection of a database, a pipeline of a client."""
