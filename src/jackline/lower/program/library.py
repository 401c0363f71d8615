"""What the interpreter knows of one language: its calls, its names, and how its source is read."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from msgspec import field

from jackline.core.inner import FrozenInner
from jackline.core.packaged import packaged

if TYPE_CHECKING:
    import ast

    from jackline.lower.program.interpreter import Interpreter
    from jackline.lower.program.values import Value

Special = Callable[["Interpreter", "list[Value]", "dict[str, Value]", tuple[int, int]], "Value"]


class Rule(NamedTuple):
    """One line of a table of calls: the act's name and its argument specifications, in order."""

    act: str
    arguments: tuple[str, ...]


class Library(FrozenInner, frozen=True, dict=True):
    """One language. `package` holds its `calls.toml`; the other fields are tables that the interpreter looks up.

    `canonical` gives the one name of a call that has several; `tails` are what a module's name may end in on the disk;
    `arguments` are the names under which a program finds its command line; `module_file` gives the path of a module of the
    program's own, relative and without its tail, or "". `assigns_outward`: an assignment binds the name where it is declared;
    `keys_are_attributes`: `{a: f}.a` is `f`. `guards` are the packages by which a program could answer for a person.
    """

    language: str
    package: str
    parse: Callable[[str], ast.Module | None]
    tails: tuple[str, ...]
    builtins: frozenset[str] = frozenset()
    arguments: frozenset[str] = frozenset()
    attributes: Mapping[str, Value] = field(default_factory=dict)
    star_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    specials: Mapping[str, Special] = field(default_factory=dict)
    folds: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    methods: frozenset[str] = frozenset()
    method: Callable[[Interpreter, Value, str, list[Value], tuple[int, int]], Value | None] | None = None
    canonical: Callable[[str], str] = str
    module_file: Callable[[str], str] = str
    assigns_outward: bool = False
    keys_are_attributes: bool = False
    guards: tuple[str, ...] = ()

    @cached_property
    def _tables(self) -> tuple[dict[str, Rule], dict[str, Rule]]:
        data = tomllib.loads(packaged(self.package, "calls.toml"))
        by_method = {name: _rule(text) for name, text in data.pop("by_method").items()}
        by_name = {name: _rule(text) for group in data.values() for name, text in group.items()}
        return by_name, by_method

    def rule(self, name: str) -> Rule | None:
        """The rule of a full name: `os.remove`, `db.execute`."""
        return self._tables[0].get(self.canonical(name))

    def names_of(self, module: str) -> list[str]:
        """The names of a module that the table knows, for `from MODULE import *`."""
        prefix = module + "."
        found = (name.removeprefix(prefix) for name in self._tables[0] if name.startswith(prefix))
        return [name for name in found if "." not in name]

    def method_rule(self, name: str) -> Rule | None:
        """The rule of a method's bare name, for an object that is not known."""
        return self._tables[1].get(name)

    def rules(self) -> dict[str, Rule]:
        """Every rule, for the test that each has an act."""
        by_name, by_method = self._tables
        return {**by_name, **{f"*.{name}": rule for name, rule in by_method.items()}}


def _rule(text: str) -> Rule:
    act, *arguments = text.split()
    return Rule(act, tuple(arguments))
