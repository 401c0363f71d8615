"""Entries as types: what a table of an entry's TOML file says, read once and checked whole.

A table's header is the words that lead to it (`["docker volume rm|remove"]`), so an entry file is a list of
invocations. See docs/catalogue.md for the grammar; a wrong key, role, option line or effect is a `ConfigurationError`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from msgspec import field

from jackline.core.errors import ConfigurationError
from jackline.core.inner import FrozenInner, Inner
from jackline.lower.catalogue.notation import Condition, Template, Term, parse_effect, parse_name, split_condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackline.lower.catalogue.notation import Reference

Style = Literal["", "gnu", "posix", "long", "pairs", "bundle", "words"]
"""How options are written: `gnu` clusters and mixes them with operands, `posix` stops at the first operand, `long` has
one dash before a whole name, `pairs` is dd's `key=value`, `bundle` tar's first word without a dash, `words` none.
Empty: as the table above it, in the end `gnu`; `posix` wherever an operand is a command."""

Acts = Literal["", "named", "changing"]
"""What a table takes from the words themselves (`acts.py`): nothing; what they name outright (`delete`, `deploy`); or
that too, and that all is a change which they do not call reading."""

Otherwise = Literal["opaque", "installed", "read", "external"]
"""What a sub-command without a table is: `opaque`; only the program's own `execute`; a `read` of what it manages;
the program `NAME-WORD` (`external`: git, cargo, kubectl)."""

ROLES: Final = frozenset({
    "data", "look", "read", "write", "edit", "touch", "change", "reformat", "mkdir", "delete", "delete-tree", "delete-empty", "read-tree",
    "write-tree", "tee", "chmod", "cwd",
    "host", "url", "listen", "code", "script", "command", "words", "env", "env-file", "package", "process",
    "at-file", "config", "mount", "run-file", "socket", "guards", "loads",
})  # fmt: skip
"""What the value of an option or an operand can be; docs/catalogue.md says what each one does."""

_PARAMETERED: Final = frozenset({"code", "script", "package"})
"""Roles that need a parameter; without one the word is a mere name."""

_LISTED: Final = 3
"""With so many long names on one line of plain data they are different options."""
_OPTION_LINE: Final = re.compile(r"^(?P<names>[^<\[]+?)\s*(?P<value>[<\[].*)?$")
_SLOT: Final = re.compile(
    r"(?P<open>[<\[])(?P<body>[^<>\[\]]+)[>\]](?P<many>\.\.\.)?|\[<(?P<inner>[^<>]+)>\](?P<more>\.\.\.)?"
)
KEYS: Final = frozenset({
    "also", "style", "options", "operands", "effects", "stdin", "output", "special", "otherwise", "inherit", "harmless",
    "dry_run", "place", "as_root", "manages", "fold", "acts",
})  # fmt: skip
"""What a table can say; docs/catalogue.md explains each."""


class Role(FrozenInner, frozen=True):
    """What a value is; `parameter` is a language, a kind of package, or empty."""

    kind: str
    parameter: str = ""


DATA: Final = Role("data")


class Option(FrozenInner, frozen=True):
    """One option under all its names. `values` are the roles of the words that follow it; `optional` means that its
    value is only ever attached (`--color=auto`, `-i.bak`), `last` that all words behind it are arguments of the value."""

    key: str
    names: tuple[str, ...]
    values: tuple[Role, ...] = ()
    optional: bool = False
    last: bool = False
    value_name: str = ""


class Slot(FrozenInner, frozen=True):
    """One operand, or with `many` a run of them."""

    name: str
    role: Role
    optional: bool = False
    many: bool = False


class Shape(NamedTuple):
    """A class of sub-commands, written with one star: how the words in it begin and end."""

    head: str
    tail: str


class Node(Inner):
    """One table: a program or one of its sub-commands. `path` are the words that lead here, the program's name first.

    `table` is what the entry says; it is read when the node is first used (`prepare`).
    """

    path: tuple[str, ...]
    parent: Node | None = None
    table: Mapping[str, Any] | None = None
    ready: bool = False
    defined: bool = False
    style: Style = ""
    options: dict[str, Option] = field(default_factory=dict)
    operands: tuple[tuple[Condition, tuple[Slot, ...]], ...] = ()
    effects: tuple[Template, ...] = ()
    stdin: tuple[tuple[str, Condition], ...] = ()
    output: str = ""
    output_when: Condition = ()
    special: str = ""
    fold: str = ""
    otherwise: Otherwise = "opaque"
    inherit: bool = True
    harmless: Condition = ()
    dry_run: Condition = ()
    place: tuple[str | Reference, ...] = ()
    manages: tuple[str | Reference, ...] = ()
    as_root: bool = False
    acts: Acts = ""
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)
    patterns: list[tuple[Shape, Node]] = field(default_factory=list)


def read_role(text: str) -> tuple[str, Role]:
    """The name and the role in `name`, `role`, `role:parameter`, `name:role` or `name:role:parameter`."""
    first, _, rest = text.partition(":")
    named = rest.partition(":")[0] in ROLES
    if first in ROLES and not named and (rest or first not in _PARAMETERED):
        return first, Role(first, rest)
    if not rest:
        return first, DATA
    kind, _, parameter = rest.partition(":")
    if kind not in ROLES:
        message = f"`{kind}` in `<{text}>` is no role; the roles are {', '.join(sorted(ROLES))}"
        raise ConfigurationError(message)
    return first, Role(kind, parameter)


def read_options(text: str) -> list[Option]:
    """Read a block of option lines: names, then `<role>` for each value or `[role]` for an attached one."""
    options = []
    for raw in text.splitlines():
        line = raw.split(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        match = _OPTION_LINE.match(line)
        if match is None:
            message = f"`{line}` is no option line: names, then `<role>` or `[role]`"
            raise ConfigurationError(message)
        value = match["value"] or ""
        read = [read_role(body) for body in re.findall(r"[<\[]([^<>\[\]]+)[>\]]", value)]
        roles = tuple(role for _, role in read)
        value_name = next((name for name, role in read if name != role.kind), "")
        optional, last = value.startswith("["), value.endswith("...")
        for names in _groups(match["names"].replace(",", " ").split(), plain=value in {"<data>", "[data]"}):
            key = next((name for name in names if name.startswith("--")), names[0]).lstrip("-+/") or names[0]
            options.append(Option(key, names, roles, optional, last, value_name))
    return options


def _groups(names: list[str], *, plain: bool) -> list[tuple[str, ...]]:
    """The names of one option; a long line of plain data is a list of options, each a short name with its long one."""
    longs = sum(name.startswith("--") for name in names)
    if not plain or (longs < _LISTED and len(names) < _LISTED + 1):
        return [tuple(names)]
    groups: list[tuple[str, ...]] = []
    for name in names:
        paired = groups and name.startswith("--") and len(groups[-1]) == 1 and not groups[-1][0].startswith("--")
        if paired:
            groups[-1] = (*groups[-1], name)
        else:
            groups.append((name,))
    return groups


def read_slots(text: str) -> tuple[Slot, ...]:
    """Read an operand line: `<name:role>`, `[<name:role>]` where it may be left out, `...` behind a run."""
    slots = []
    for match in _SLOT.finditer(text):
        optional = match["inner"] is not None or match["open"] == "["
        name, role = read_role(match["inner"] or match["body"])
        slots.append(Slot(name, role, optional, bool(match["many"] or match["more"])))
    if _SLOT.sub("", text).strip():
        message = f"`{text}` is no operand line: `<name:role>`, `[<optional>]`, `...` behind a run"
        raise ConfigurationError(message)
    return tuple(slots)


def prepare(node: Node) -> Node:
    """Read a node's table, once, and what it has from the tables above it. Raises `ConfigurationError`."""
    if not node.ready:
        node.ready = True
        if node.table is not None:
            _fill(node, node.table)
        if node.parent is not None:
            _inherit(node, prepare(node.parent))
        for key in ("harmless", "dry_run"):
            if key not in (node.table or {}):
                setattr(node, key, _flags_only(getattr(node, key), node))
        node.style = node.style or "gnu"
        node.named = _named(node)
    return node


def _flags_only(condition: Condition, node: Node) -> Condition:
    """A condition of the tables above, without what is an option with a value here (`helm install --version 1.2`)."""
    terms = []
    for term in condition:
        kept = tuple(
            (name, shape)
            for name, shape in term.alternatives
            if (option := node.options.get(name)) is None or not option.values or option.optional or shape is not None
        )
        terms.append(Term(kept, term.denied))
    return tuple(terms)


def _fill(node: Node, table: Mapping[str, Any]) -> None:
    where = " ".join(node.path)
    strange = set(table) - KEYS
    if strange:
        message = f"`{min(strange)}` in the table `{where}` is no key; the keys are {', '.join(sorted(KEYS))}"
        raise ConfigurationError(message)
    for key in ("style", "special", "fold", "otherwise", "inherit", "as_root", "acts"):
        if key in table:
            setattr(node, key, table[key])
    if "output" in table:
        node.output, node.output_when = split_condition(table["output"])
    for option in read_options(table.get("options", "")):
        for name in option.names:
            node.options[name] = option
    node.operands = tuple(_operand_case(line) for line in _lines(table.get("operands", ())))
    if not node.style and any(slot.role.kind in {"command", "words"} for _, slots in node.operands for slot in slots):
        node.style = "posix"
    node.effects = tuple(parse_effect(line) for line in _lines(table.get("effects", ())))
    node.stdin = tuple(split_condition(line) for line in _lines(table.get("stdin", ())))
    for key in ("place", "manages"):
        if key in table:
            setattr(node, key, parse_name(table[key]))
    for key in ("harmless", "dry_run"):
        if key in table:
            setattr(node, key, split_condition(f"_ when {table[key]}")[1] if table[key] else ())


def _operand_case(line: str) -> tuple[Condition, tuple[Slot, ...]]:
    body, condition = split_condition(line)
    return condition, read_slots(body)


def _lines(value: str | list[str] | tuple[str, ...]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _named(node: Node) -> dict[str, tuple[str, ...]]:
    """The names that options give to their values, with the keys of those options."""
    found: dict[str, tuple[str, ...]] = {}
    for option in node.options.values():
        if option.value_name and option.key not in found.get(option.value_name, ()):
            found[option.value_name] = (*found.get(option.value_name, ()), option.key)
    return found


def _inherit(node: Node, parent: Node) -> None:
    """Take over a parent's options, style and defaults."""
    if parent.inherit:
        node.options = {**parent.options, **node.options}
    if not node.defined or node.otherwise == "opaque":
        node.otherwise = parent.otherwise
    if not node.defined:
        node.acts = parent.acts
    node.style = node.style or ("" if parent.style == "posix" else parent.style)
    node.harmless = node.harmless or parent.harmless
    node.dry_run = node.dry_run or parent.dry_run
    node.manages = node.manages or parent.manages
    node.place = node.place or parent.place
    if not node.output:
        node.output, node.output_when = parent.output, parent.output_when


def takes_operands(node: Node) -> bool:
    """Whether a table describes operands; a program's own function beside sub-commands is about its options."""
    return bool(node.operands or node.effects or (node.special and len(node.path) > 1))


def closed(node: Node) -> bool:
    """Whether words after this node can only be sub-commands."""
    return bool(node.children or node.patterns) and not takes_operands(node)
