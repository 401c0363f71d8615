"""The syntax of a shell text: what `parser` makes and `interpreter` runs. Spans are characters of the text."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct


class Quoted(Struct, frozen=True):
    """Characters that stand for themselves: quoted or escaped."""

    text: str


class Parameter(Struct, frozen=True):
    """`$name`, `${name…}`. `index` is the text of a subscript; `operator` one of those in `parameters`.

    `first` and `second` are what stands behind the operator (`${x/first/second}`, `${x:first:second}`).
    """

    name: str
    quoted: bool = False
    operator: str = ""
    first: WordNode | None = None
    second: WordNode | None = None
    index: WordNode | None = None
    length: bool = False
    indirect: bool = False
    start: int = 0
    end: int = 0


class Substitution(Struct, frozen=True):
    """`$(…)` and backticks. `text` is set where the code is not a literal piece of the text (escapes in backticks)."""

    body: Sequence
    quoted: bool
    start: int
    end: int
    text: str | None = None


class ProcessSubstitution(Struct, frozen=True):
    """`<(…)`, `>(…)`, and zsh's `=(…)`."""

    body: Sequence
    direction: Literal["<", ">"]
    start: int
    end: int


class Arithmetic(Struct, frozen=True):
    """`$((…))`, `$[…]`: the expression as a word to expand first."""

    expression: WordNode
    quoted: bool
    start: int
    end: int


Part: TypeAlias = str | Quoted | Parameter | Substitution | ProcessSubstitution | Arithmetic
"""A piece of a word; a plain `str` is literal text that was not quoted."""


class WordNode(Struct, frozen=True):
    """One word as written. `plain` is its value where no expansion of any kind can change it."""

    parts: tuple[Part, ...]
    start: int
    end: int
    plain: str | None = None
    quoted: bool = False


class ArrayNode(Struct, frozen=True):
    """`(a b [k]=c)` behind an assignment."""

    elements: tuple[tuple[WordNode | None, WordNode], ...]
    start: int
    end: int


class Assignment(Struct, frozen=True):
    """`name=value`, `name+=value`, `name[index]=value`, `name=(…)`."""

    name: str
    value: WordNode | ArrayNode
    start: int
    end: int
    append: bool = False
    index: WordNode | None = None


class Redirect(Struct):
    """`fd op target`; `fd` -1 is the operator's default, `variable` the name in `{name}>file`.

    A here-document has its body in `target` (`<<`), already without the tabs of `<<-`; as the body stands on lines
    to come, it is filled in when they are read, and this is the one node that is not frozen.
    """

    operator: str
    target: WordNode
    start: int
    end: int
    fd: int = -1
    variable: str = ""


class Simple(Struct, frozen=True):
    """Assignments, words and redirections: a simple command."""

    assignments: tuple[Assignment, ...]
    words: tuple[WordNode | Assignment, ...]
    redirects: tuple[Redirect, ...]
    start: int
    end: int


class Sequence(Struct, frozen=True):
    """Commands one after the other."""

    items: tuple[Node, ...]
    start: int
    end: int


class AndOr(Struct, frozen=True):
    """`a && b || c`."""

    first: Node
    rest: tuple[tuple[Literal["&&", "||"], Node], ...]
    start: int
    end: int


class Pipeline(Struct, frozen=True):
    """`a | b`; in `merged` the stages whose errors go down the pipe too (`|&`)."""

    stages: tuple[Node, ...]
    start: int
    end: int
    merged: tuple[int, ...] = ()


class Negation(Struct, frozen=True):
    """`! body`."""

    body: Node
    start: int
    end: int


class Background(Struct, frozen=True):
    """`body &`, and `coproc body`."""

    body: Node
    start: int
    end: int
    coprocess: str = ""


class Redirected(Struct, frozen=True):
    """A compound command with redirections."""

    body: Node
    redirects: tuple[Redirect, ...]
    start: int
    end: int


class Subshell(Struct, frozen=True):
    """`( body )`."""

    body: Sequence
    start: int
    end: int


class Group(Struct, frozen=True):
    """`{ body; }`."""

    body: Sequence
    start: int
    end: int


class If(Struct, frozen=True):
    """`if … elif … else … fi`."""

    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None
    start: int
    end: int


class While(Struct, frozen=True):
    """`while` and `until`."""

    condition: Sequence
    body: Sequence
    until: bool
    start: int
    end: int


class For(Struct, frozen=True):
    """`for name in words`, `select`; `words` None means `"$@"`."""

    name: str
    words: tuple[WordNode, ...] | None
    body: Sequence
    select: bool
    start: int
    end: int


class ArithmeticFor(Struct, frozen=True):
    """`for ((start; condition; step))`."""

    clauses: tuple[WordNode, WordNode, WordNode]
    body: Sequence
    start: int
    end: int


class CaseItem(Struct, frozen=True):
    """`pattern | pattern) body ;;`."""

    patterns: tuple[WordNode, ...]
    body: Sequence
    terminator: Literal[";;", ";&", ";;&"]


class Case(Struct, frozen=True):
    """`case subject in … esac`."""

    subject: WordNode
    items: tuple[CaseItem, ...]
    start: int
    end: int


class Function(Struct, frozen=True):
    """`name() body`."""

    name: str
    body: Node
    start: int
    end: int


class Condition(Struct, frozen=True):
    """`[[ … ]]`: its words and operators in order; an operator is a plain, unquoted word."""

    words: tuple[WordNode, ...]
    start: int
    end: int


class ArithmeticCommand(Struct, frozen=True):
    """`(( … ))`."""

    expression: WordNode
    start: int
    end: int


class Broken(Struct, frozen=True):
    """A piece that is not bash, and why."""

    reason: str
    start: int
    end: int


Node: TypeAlias = (
    Simple | Sequence | AndOr | Pipeline | Negation | Background | Redirected | Subshell | Group | If | While
    | For | ArithmeticFor | Case | Function | Condition | ArithmeticCommand | Broken
)  # fmt: skip

DECLARERS: Final = frozenset({"declare", "typeset", "local", "export", "readonly", "integer", "float"})
"""Builtins whose arguments may be assignments, arrays too."""
