"""Values as far as they are known, and the folding of pure operations on them. No value is ever executed."""

from __future__ import annotations

import binascii
import contextlib
import zlib
from typing import TYPE_CHECKING, Any, Final

from msgspec import field

from jackline.core.inner import FrozenInner, Inner
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable

    from jackline.core.words import Label

MAX_FOLDED: Final = 65_536
"""Characters, bytes or items that a folded value may have; past it the value is unknown."""

MAX_PARTS: Final = 512
FILE_CONTENT: Final = "the content of "
"""How a hole begins that stands for what a file says."""
_SECRET: Final[frozenset[Label]] = frozenset({"secret"})


class Const(FrozenInner, frozen=True):
    """A known Python constant: text, bytes, number, bool, None."""

    value: Any


class Items(FrozenInner, frozen=True):
    """A list, tuple or set whose items are known one by one."""

    items: tuple[Value, ...]


class Pairs(FrozenInner, frozen=True):
    """A dictionary with known text keys."""

    pairs: tuple[tuple[str, Value], ...]

    def get(self, key: str) -> Value | None:
        """The value under a key, where it is there."""
        return next((value for name, value in self.pairs if name == key), None)


class Partly(FrozenInner, frozen=True):
    """A text that is known in part."""

    word: Word


class Ref(FrozenInner, frozen=True):
    """A name in a module, by its full name: `os.path.join`, `subprocess`."""

    name: str


class Made(FrozenInner, frozen=True):
    """An object that a known call made: its type's name in the table, and the arguments that matter."""

    type: str
    arguments: tuple[Value, ...] = ()


class Env(Inner):
    """Names of a module or a function's body; `outer` is where else to look."""

    names: dict[str, Value] = field(default_factory=dict)
    outer: Env | None = None
    package: str = ""
    outward: set[str] = field(default_factory=set)

    def get(self, name: str) -> Value | None:
        """The value of a name, from the inside out."""
        here: Env | None = self
        while here is not None:
            if name in here.names:
                return here.names[name]
            here = here.outer
        return None

    def put(self, name: str, value: Value, *, outward: bool = False) -> None:
        """Bind a name: here, or where it is bound already if it was declared so (`global`) or the language assigns so."""
        here: Env | None = self
        if outward or name in self.outward:
            while here is not None and name not in here.names:
                here = here.outer
        (here or self).names[name] = value


class Function(FrozenInner, frozen=True, eq=False):
    """A function or lambda of the program's own, with the names around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    env: Env
    bound: Value | None = None


class Bound(FrozenInner, frozen=True):
    """A function with some of its arguments given already."""

    function: Value
    arguments: tuple[Value, ...]
    named: tuple[tuple[str, Value], ...] = ()


class Class(FrozenInner, frozen=True, eq=False):
    """A class of the program's own, or an object of one."""

    env: Env
    name: str


class Unknown(FrozenInner, frozen=True):
    """Anything. `dynamic`: it may be code that was found at run time, so calling it is opaque."""

    what: str = "a value"
    dynamic: bool = False


Value = Const | Items | Pairs | Partly | Ref | Made | Function | Bound | Class | Unknown

ANYTHING: Final = Unknown()


def word_of(value: Value, at: tuple[int, int] = (0, 0)) -> Word:
    """A value as a word: text as it is, paths as their text, everything else a hole."""
    if isinstance(value, Const):
        if isinstance(value.value, str | int | float):
            return Word((str(value.value),), *at)
        if isinstance(value.value, bytes):
            return Word((value.value.decode("utf-8", "replace"),), *at)
    if isinstance(value, Partly):
        return Word(value.word.parts, *at)
    if isinstance(value, Made) and value.type in {"pathlib.Path", "file"} and value.arguments:
        return word_of(value.arguments[0], at)
    if is_environment(value):
        return Word((Hole("the environment", labels=_SECRET),), *at)
    what = value.what if isinstance(value, Unknown) else "a value"
    return Word((Hole(what),), *at)


def is_environment(value: Value) -> bool:
    """Whether a value is all variables of the environment, with the secrets among them."""
    return (isinstance(value, Made) and value.type == "environment") or (
        isinstance(value, Ref) and value.name == "os.environ"
    )


def kept_secret(values: Iterable[Value]) -> Value | None:
    """What is made of a secret or of a file in a way that is not followed: it is not known, but a secret, or a file, still."""
    holes = [hole for value in values for hole in word_of(value).holes]
    if any("secret" in hole.labels for hole in holes):
        return Partly(Word((Hole("made of a secret", labels=_SECRET),)))
    if any(hole.what.startswith(FILE_CONTENT) for hole in holes):
        return Partly(Word((Hole(f"{FILE_CONTENT}a file"),)))
    return None


def text_value(word: Word) -> Value:
    """A word as a value."""
    return Const(word.text) if word.text is not None else Partly(word)


def joined(values: list[Value], separator: str = "") -> Value:
    """Texts put together, keeping what is known."""
    parts: list[str | Hole] = []
    size = 0
    for index, value in enumerate(values):
        if index and separator:
            parts.append(separator)
        parts.extend(word_of(value).parts)
        size += sum(len(part) if isinstance(part, str) else 1 for part in parts[-2:])
        if size > MAX_FOLDED or len(parts) > MAX_PARTS:
            return ANYTHING
    return text_value(Word(_merged(parts)))


def _merged(parts: list[str | Hole]) -> tuple[str | Hole, ...]:
    merged: list[str | Hole] = []
    for part in parts:
        if merged and isinstance(part, str) and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


def literal(value: Value) -> Any:  # noqa: ANN401 - any Python constant
    """The plain Python constant that a value is, for folding. Raises `LookupError` where it is not known."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Items):
        return [literal(item) for item in value.items]
    if isinstance(value, Pairs):
        return {key: literal(item) for key, item in value.pairs}
    raise LookupError


def constant(plain: Any) -> Value:  # noqa: ANN401 - any Python constant
    """A plain constant as a value; unknown past the bound."""
    if isinstance(plain, str | bytes | bytearray):
        return Const(bytes(plain) if isinstance(plain, bytearray) else plain) if len(plain) <= MAX_FOLDED else ANYTHING
    if isinstance(plain, list | tuple | set | frozenset | range):
        return Items(tuple(constant(item) for item in plain)) if len(plain) <= MAX_FOLDED // 64 else ANYTHING
    if isinstance(plain, dict):
        return Pairs(tuple((str(key), constant(item)) for key, item in plain.items()))
    if isinstance(plain, int) and not isinstance(plain, bool) and plain.bit_length() > MAX_FOLDED:
        return ANYTHING
    return Const(plain)


def fold_method(methods: frozenset[str], owner: Value, name: str, arguments: list[Value]) -> Value | None:
    """A pure method of a known text or bytes; None where it does not fold."""
    if name not in methods or not isinstance(owner, Const) or not isinstance(owner.value, str | bytes):
        return None
    if name == "join" and isinstance(owner.value, str) and arguments and isinstance(arguments[0], Items):
        return joined(list(arguments[0].items), owner.value)
    with contextlib.suppress(LookupError, ValueError, TypeError, IndexError, AttributeError, KeyError):
        plain = [literal(argument) for argument in arguments]
        if name == "format" and any(mark in owner.value for mark in ".[:!"):
            return None  # a width could ask for gigabytes; a field could look at attributes
        if name in {"replace", "translate"} and len(owner.value) * max(1, len(repr(plain[-1]))) > MAX_FOLDED:
            return None
        return constant(getattr(owner.value, name)(*plain))
    return None


def fold_call(function: Callable[..., Any] | None, name: str, arguments: list[Value]) -> Value | None:
    """A pure function over known constants; None where it does not fold."""
    if function is None:
        return None
    with contextlib.suppress(
        LookupError, ValueError, TypeError, IndexError, OverflowError, zlib.error, binascii.Error, AttributeError
    ):
        plain = [literal(argument) for argument in arguments]
        if name in {"bytes", "bytearray", "range"} and any(
            isinstance(item, int) and abs(item) > MAX_FOLDED // 64 for item in plain
        ):
            return None
        return constant(function(*plain))
    return None
