"""Words as written become words as programs get them (bash manual §3.5): braces, tilde, parameters, code, splitting, files.

A piece that is not known becomes a `Hole`. An unquoted hole stands for any number of words; a known value is split
and matched exactly as bash would.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from jackline.core.inner import FrozenInner
from jackline.lower.overlay import worse
from jackline.lower.shell.braces import UnclearBraces, expand_braces
from jackline.lower.shell.globbing import file_names
from jackline.lower.shell.parameters import expand_parameter
from jackline.lower.shell.state import text_of
from jackline.lower.shell.substitution import process_substitution, substitute_command
from jackline.lower.shell.syntax import (
    Arithmetic,
    Assignment,
    Parameter,
    ProcessSubstitution,
    Quoted,
    Substitution,
    WordNode,
)
from jackline.lower.shell.values import DEFAULT_IFS, evaluated, variable
from jackline.lower.shell.words import HOLES
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.words import Origin
    from jackline.lower.shell.machine import Machine
    from jackline.lower.shell.state import Value
    from jackline.lower.shell.syntax import Part

MAX_FIELDS: Final = 512
_HOLE: Final = re.compile(f"[{HOLES}]")
_FIRST_HOLE: Final = ord(HOLES[0])
_TILDE: Final = re.compile(r"~([A-Za-z0-9_.-]*|[+-]\d*)(?=/|\Z)")
_TILDE_IN_VALUE: Final = re.compile(r"(?:^|(?<=:))~([A-Za-z0-9_.-]*|[+-])(?=[/:]|\Z)")


class Piece(FrozenInner, frozen=True):
    """A piece of an expanded word. `split` where fields are made of it; kind "break" ends a field (`"$@"`)."""

    value: str | Hole
    quoted: bool
    split: bool = False
    origin: Origin = "user"
    kind: Literal["text", "break"] = "text"


BREAK: Final = Piece("", quoted=True, kind="break")
_NO_WORD: Final = Piece("\0", quoted=True, kind="break")
"""What `"$@"` of nothing leaves."""
LOOSE_BREAK: Final = Piece("", quoted=False, kind="break")
"""Between the fields of an unquoted `$@`, where empty ones vanish."""


def expand_words(machine: Machine, nodes: Iterable[WordNode | Assignment]) -> list[Word]:
    """The words of a command's words."""
    words: list[Word] = []
    for node in nodes:
        if isinstance(node, Assignment):
            words.append(assignment_word(machine, node))
        elif node.plain is not None:
            words.append(Word((node.plain,), node.start, node.end, node.quoted))
        else:
            words.extend(_expand_word(machine, node))
            machine.scope.bounds.step(len(words) >> 4)
    return words


def assignment_word(machine: Machine, node: Assignment) -> Word:
    """`name=value` as an argument of `export` and its like: one word (arrays are the builtin's own business)."""
    if not isinstance(node.value, WordNode):
        return Word((f"{node.name}=",), node.start, node.end)
    value = expand_single(machine, node.value, assignment=True)
    return Word(
        (f"{node.name}{'+' if node.append else ''}=", *value.parts), node.start, node.end, value.quoted, value.origin
    )


def _expand_word(machine: Machine, node: WordNode) -> list[Word]:
    parts = node.parts
    if any(isinstance(part, str) and "{" in part for part in parts):
        written = machine.scope.text[node.start : node.end]
        try:
            variants = expand_braces(parts, written)
        except UnclearBraces:
            first = parts[0] if isinstance(parts[0], str) else ""
            hole = Hole(written[:80], "user")
            return [Word((first.partition("{")[0], hole), node.start, node.end)]
    else:
        variants = [parts]
    words: list[Word] = []
    for variant in variants:
        words.extend(
            _fields(machine, pieces(machine, variant, split=True), node, kept=bool(variant) or len(variants) == 1)
        )
        if len(words) > MAX_FIELDS:
            return [Word((Hole(f"{len(words)} and more words", "unknown"),), node.start, node.end)]
    return words


def expand_single(machine: Machine, node: WordNode, *, assignment: bool = False) -> Word:
    """One word, neither split nor matched against files: an assignment's value, a here-string, `case`'s word."""
    if node.plain is not None and not (assignment and "~" in node.plain):
        return Word((node.plain,), node.start, node.end, node.quoted)
    found = pieces(machine, node.parts, split=False, assignment=assignment)
    return _word([(piece.value, piece.quoted) for piece in _unbroken(found)], _origin(found), node)


def expand_target(machine: Machine, node: WordNode) -> Word:
    """A redirection's target: like an argument, where that makes exactly one word."""
    if node.plain is not None:
        return Word((node.plain,), node.start, node.end, node.quoted)
    words = _expand_word(machine, node)
    return words[0] if len(words) == 1 else Word((Hole("several words", "unknown"),), node.start, node.end)


def expand_pattern(machine: Machine, node: WordNode) -> list[tuple[str, bool]] | None:
    """A pattern as (text, quoted) pieces; None where it is not known."""
    if node.plain is not None and not node.quoted:
        return [(node.plain, False)]
    found: list[tuple[str, bool]] = []
    for piece in _unbroken(pieces(machine, node.parts, split=False)):
        if isinstance(piece.value, Hole):
            return None
        found.append((piece.value, piece.quoted))
    return found


def expand_text(machine: Machine, node: WordNode) -> Value:
    """What stands in double quotes or a here-document, as a value."""
    if node.plain is not None:
        return (node.plain,)
    return tuple(piece.value for piece in _unbroken(pieces(machine, node.parts, split=False)))


def _unbroken(found: list[Piece]) -> list[Piece]:
    """Fields side by side where only one word is wanted: bash puts a blank between them."""
    return [Piece(" ", quoted=True) if piece.kind == "break" else piece for piece in found]


# ------------------------------------------------------------------------------------------------- pieces


def pieces(machine: Machine, parts: tuple[Part, ...], *, split: bool, assignment: bool = False) -> list[Piece]:
    """Expand the parts of a word one after the other."""
    found: list[Piece] = []
    for index, part in enumerate(parts):
        if isinstance(part, str):
            text = _tilde(machine, part, assignment=assignment) if "~" in part and (index == 0 or assignment) else None
            if text is not None:
                found.extend(text)
            else:
                _literal(machine, part, found, quoted=False)
        elif isinstance(part, Quoted):
            _literal(machine, part.text, found, quoted=True)
        elif isinstance(part, Parameter):
            _parameter(machine, part, found, split=split)
        elif isinstance(part, Substitution):
            value, origin = substitute_command(machine, part)
            _value(value, origin, found, quoted=part.quoted, split=split)
        elif isinstance(part, Arithmetic):
            number = evaluated(machine, "".join(_spelled(expand_text(machine, part.expression))))
            found.append(Piece(number, part.quoted, split))
        else:
            found.append(Piece(process_substitution(machine, part), quoted=True))
    return found


def _spelled(value: Value) -> Iterable[str]:
    return (part if isinstance(part, str) else HOLES[0] for part in value)


def _literal(machine: Machine, text: str, found: list[Piece], *, quoted: bool) -> None:
    """Literal text; a private character in it stands for a piece of code that is not known."""
    if not machine.pieces or _HOLE.search(text) is None:
        found.append(Piece(text, quoted))
        return
    last = 0
    for match in _HOLE.finditer(text):
        index = ord(match.group()) - _FIRST_HOLE
        if index >= len(machine.pieces):
            continue
        if match.start() > last:
            found.append(Piece(text[last : match.start()], quoted))
        hole = machine.pieces[index]
        found.append(Piece(hole, quoted, split=not quoted, origin=hole.origin))
        last = match.end()
    if last < len(text):
        found.append(Piece(text[last:], quoted))


def _parameter(machine: Machine, part: Parameter, found: list[Piece], *, split: bool) -> None:
    expanded = expand_parameter(machine, part, expand_text, expand_pattern)
    if expanded.word is not None:
        inner = pieces(machine, expanded.word.parts, split=split)
        found.extend(replace(piece, split=split) if not piece.quoted else piece for piece in inner)
        return
    if expanded.fields is None:
        _value(expanded.value, expanded.origin, found, quoted=part.quoted, split=split)
        return
    if not expanded.fields and not part.quoted:
        return
    if not expanded.fields:  # `"$@"` of nothing is no word at all, unless something else stands in the word
        found.append(_NO_WORD)
        return
    for index, value in enumerate(expanded.fields):
        if index:
            found.append(BREAK if part.quoted else LOOSE_BREAK)
        _value(value, expanded.origin, found, quoted=part.quoted, split=split)


def _value(value: Value, origin: Origin, found: list[Piece], *, quoted: bool, split: bool) -> None:
    if not value and quoted:
        found.append(Piece("", quoted=True))
    for part in value:
        piece_origin = worse(origin, part.origin) if isinstance(part, Hole) else origin
        found.append(Piece(part, quoted, split and not quoted, piece_origin))


def _tilde(machine: Machine, text: str, *, assignment: bool) -> list[Piece] | None:
    """`~`, `~user`, `~+`, `~-` at the beginning, and in assignments behind each colon; None where there is none."""
    if not assignment:
        found = _TILDE.match(text)
        if found is None:
            return None
        return [Piece(_home(machine, found[1]), quoted=True, origin="user"), Piece(text[found.end() :], quoted=False)]
    result: list[Piece] = []
    last = 0
    for found in _TILDE_IN_VALUE.finditer(text):
        result.extend((Piece(text[last : found.start()], quoted=False), Piece(_home(machine, found[1]), quoted=True)))
        last = found.end()
    return [*result, Piece(text[last:], quoted=False)] if result else None


def _home(machine: Machine, name: str) -> str | Hole:
    home = variable(machine, "HOME")[0] if name == "" else None
    if home is not None:
        return text_of(home) or Hole("$HOME", "unknown", one_word=True)
    if name == "+":
        return machine.cwd
    if name == "-":
        previous = machine.state.previous
        index = machine.choose("previous", len(previous)) if previous else -1
        return previous[index] if index >= 0 else Hole("$OLDPWD", "trusted", one_word=True)
    if name == machine.scope.surroundings.user:
        return machine.scope.surroundings.home
    if name == "root":
        return "/root"
    if name[:1].isdigit() or name[:1] in "+-":
        return Hole(f"~{name}", "unknown", one_word=True)
    return machine.scope.surroundings.home.rpartition("/")[0] + "/" + name


# ------------------------------------------------------------------------------------------------- fields


def _fields(machine: Machine, found: list[Piece], node: WordNode, *, kept: bool) -> list[Word]:
    """Split, then match against files."""
    fields: list[list[tuple[str | Hole, bool]]] = []
    current: list[tuple[str | Hole, bool]] | None = None
    separators: str | None = None
    nothing = False
    for piece in found:
        value = piece.value
        if piece.kind == "break":
            if value == "\0":
                nothing = True
                continue
            if piece.quoted or current:
                fields.append(current or [])
            current = [] if piece.quoted else None
        elif piece.split and isinstance(value, str):
            if separators is None:
                separators = _separators(machine)
            if separators == "":
                current = [*(current or []), (value, False)] if value else current
                continue
            current = _split(value, separators, fields, current)
        elif value != "" or piece.quoted:
            current = [*(current or []), (value, piece.quoted)]
    if current is not None:
        if nothing and all(value == "" for value, _ in current):
            current = None
        else:
            fields.append(current)
    del kept
    origin = _origin(found)
    words: list[Word] = []
    for field in fields:
        words.extend(_matched(machine, field, origin, node))
    return words


def _separators(machine: Machine) -> str:
    value, _ = variable(machine, "IFS")
    if value is None:
        return DEFAULT_IFS
    text = text_of(value)
    return DEFAULT_IFS if text is None else text


def _split(
    text: str,
    separators: str,
    fields: list[list[tuple[str | Hole, bool]]],
    current: list[tuple[str | Hole, bool]] | None,
) -> list[tuple[str | Hole, bool]] | None:
    """Split one value; the last field stays open, as what follows is joined to it."""
    blanks = "".join(char for char in separators if char in DEFAULT_IFS)
    pattern = (
        f"[{re.escape(blanks)}]*[{re.escape(separators)}][{re.escape(blanks)}]*"
        if blanks
        else f"[{re.escape(separators)}]"
    )
    lead = len(text) - len(text.lstrip(blanks)) if blanks else 0
    if lead and current is not None:
        fields.append(current)
        current = None
    rest = text[lead:]
    pieces_found = re.split(pattern, rest)
    for index, piece in enumerate(pieces_found):
        last = index == len(pieces_found) - 1
        if piece or (not last and (current is None or not current) and index > 0) or (not last and index == 0 and rest):
            current = [*(current or []), (piece, False)]
        if not last and current is not None:
            fields.append(current)
            current = None
    return current


def _matched(machine: Machine, field: list[tuple[str | Hole, bool]], origin: Origin, node: WordNode) -> list[Word]:
    """Match a field that is a pattern against the files there are."""
    if not any(
        not quoted and isinstance(value, str) and ("*" in value or "?" in value or "[" in value or "(" in value)
        for value, quoted in field
    ):
        return [_word(field, origin, node)]
    if "noglob" in machine.state.options:
        return [_word(field, origin, node)]
    names = file_names(machine, field)
    if names is None:
        return [_word(field, origin, node)]
    return [Word(parts, node.start, node.end, quoted=True, origin=origin) for parts in names]


def _word(field: list[tuple[str | Hole, bool]], origin: Origin, node: WordNode) -> Word:
    if len(field) == 1:
        return Word((field[0][0],), node.start, node.end, field[0][1], origin)
    parts: list[str | Hole] = []
    for value, _ in field:
        if isinstance(value, str) and parts and isinstance(parts[-1], str):
            parts[-1] += value
        elif value != "":
            parts.append(value)
    return Word(tuple(parts) or ("",), node.start, node.end, any(quoted for _, quoted in field), origin)


def _origin(found: list[Piece]) -> Origin:
    origin: Origin = "user"
    for piece in found:
        if piece.origin != "user":
            origin = worse(origin, piece.origin)
    return origin


__all__ = [
    "ProcessSubstitution",
    "expand_pattern",
    "expand_single",
    "expand_target",
    "expand_text",
    "expand_words",
    "pieces",
]
