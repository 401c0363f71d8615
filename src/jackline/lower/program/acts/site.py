"""One call, as acts see it: what the table says of it and what it was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from jackline.core.inner import FrozenInner
from jackline.lower.places import resolve
from jackline.lower.program.values import Const, Items, Made, Value, word_of
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from jackline.lower.program.library import Library
    from jackline.lower.scope import Scope

MISSING: Final = Word((Hole("a value"),))
"""What stands for an argument that was not given, or could not be found."""


class Runs(Protocol):
    """The interpreter, as far as acts need it: to run code that a call is given."""

    scope: Scope
    library: Library

    def run_source(self, source: str, at: tuple[int, int], *, path: str = "") -> None:
        """Interpret more Python source in this program's names."""

    def import_module(self, name: str, at: tuple[int, int]) -> Value:
        """The module of that name, opened where it is the workspace's own."""


class CallSite(FrozenInner, frozen=True):
    """One call: its full name, the rule's argument specifications, and what it was given."""

    name: str
    specs: tuple[str, ...]
    positional: tuple[Value, ...]
    named: dict[str, Value]
    owner: Value | None
    at: tuple[int, int]
    runs: Runs

    @property
    def scope(self) -> Scope:
        """Where effects are written."""
        return self.runs.scope

    def value(self, index: int) -> Value | None:
        """The value that the rule's argument specification number `index` names."""
        if index >= len(self.specs):
            return None
        for spec in self.specs[index].split("|"):
            if spec == "self":
                return self.owner
            if spec.isdigit() and int(spec) < len(self.positional):
                return self.positional[int(spec)]
            if spec in self.named:
                return self.named[spec]
        return None

    def word(self, index: int) -> Word:
        """The same as a word; a hole where it is missing."""
        value = self.value(index)
        return MISSING if value is None else word_of(value, self.at)

    def path(self, index: int) -> str:
        """The same as an absolute path, as far as it is known."""
        return resolve(self.word(index), self.scope.cwd or self.scope.surroundings.cwd, self.scope)

    def named_text(self, name: str) -> str | None:
        """A keyword argument that is a known text."""
        value = self.named.get(name)
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else None

    def paths(self, index: int) -> list[str]:
        """One path, or each path of a known list."""
        value = self.value(index)
        if isinstance(value, Items):
            cwd = self.scope.cwd or self.scope.surroundings.cwd
            return [resolve(word_of(item, self.at), cwd, self.scope) for item in value.items]
        return [self.path(index)]

    @property
    def owner_name(self) -> str:
        """What the object that the method belongs to was made with: a host, a pid; `*` where it is not known."""
        return (
            word_of(self.owner.arguments[0]).text or "*"
            if isinstance(self.owner, Made) and self.owner.arguments
            else "*"
        )


Act = Callable[[CallSite], Value]
"""What a call does: writes effects, returns the call's value."""
