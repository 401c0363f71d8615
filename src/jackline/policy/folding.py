"""Tests as closures, and how they are joined: constants folded, tests of one attribute merged, cheap ones first.

A *plain* test gives a truth value; a *masked* one gives the mask of points at which it holds (see `remedies`). Order is
free because no test can fail. A closure takes the resource (an effect's own, or one that it touches as well), the
effect, the facts of the action, and where the remedies hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from jackline.core.effect import Effect, Resource
from jackline.core.inner import FrozenInner
from jackline.core.words import UNBOUNDED
from jackline.policy.covers import Holds
from jackline.policy.remedies import ALL, NONE

if TYPE_CHECKING:
    from jackline.core.words import Assurance, Label


class Facts(FrozenInner, frozen=True):
    """What is the same for all effects of an action: who acts, and what is known of the session."""

    agent: str
    teams: frozenset[str]
    seen: frozenset[Label]
    phase: str
    assurance: Assurance
    within_budget: bool


Test: TypeAlias = Callable[[Resource, Effect, Facts, Holds], int]
Value: TypeAlias = object
Getter: TypeAlias = Callable[[Resource, Effect, Facts], Value]
Relation = Literal["one of", "none of", "has any", "has none"]


class Atom(NamedTuple):
    """A test of one attribute against constants, kept apart so that two on one attribute can become one."""

    relation: Relation
    path: str
    values: frozenset[Value]


class Compiled(NamedTuple):
    """A test that was not decided while compiling."""

    test: Test
    masked: bool
    cost: int
    atom: Atom | None = None


Folded: TypeAlias = bool | Compiled

CHEAP: Final = 1
SCAN: Final = 4

GETTERS: Final[dict[str, Getter]] = {
    "principal": lambda _r, _e, f: f.agent,
    "resource": lambda r, _e, _f: r.name,
    "resource.name": lambda r, _e, _f: r.name,
    "resource.environment": lambda r, _e, _f: r.environment,
    "resource.reach": lambda r, _e, _f: r.reach,
    "resource.labels": lambda r, _e, _f: r.labels,
    "resource.jurisdiction": lambda r, _e, _f: r.jurisdiction,
    "resource.port": lambda r, _e, _f: r.port,
    "context.effect.atMost": lambda _r, e, _f: UNBOUNDED if e.extent.at_most is None else e.extent.at_most,
    "context.effect.exact": lambda _r, e, _f: e.extent.exact,
    "context.effect.reversible": lambda _r, e, _f: e.reversible,
    "context.effect.certainty": lambda _r, e, _f: e.certainty,
    "context.effect.origin": lambda _r, e, _f: e.origin,
    "context.effect.authorship": lambda _r, e, _f: e.authorship,
    "context.seen": lambda _r, _e, f: f.seen,
    "context.phase": lambda _r, _e, f: f.phase,
    "context.assurance": lambda _r, _e, f: f.assurance,
    "context.withinBudget": lambda _r, _e, f: f.within_budget,
}
"""Path → how its value is read. The remedies are not here: they are masks."""

_EQUAL: Final[dict[str, Callable[[Value], Test]]] = {
    "resource.name": lambda value: lambda r, _e, _f, _h: r.name == value,
    "resource.environment": lambda value: lambda r, _e, _f, _h: r.environment == value,
    "resource.reach": lambda value: lambda r, _e, _f, _h: r.reach == value,
    "context.effect.reversible": lambda value: lambda _r, e, _f, _h: e.reversible == value,
    "context.effect.origin": lambda value: lambda _r, e, _f, _h: e.origin == value,
    "context.effect.authorship": lambda value: lambda _r, e, _f, _h: e.authorship == value,
}
_UNEQUAL: Final[dict[str, Callable[[Value], Test]]] = {
    "resource.environment": lambda value: lambda r, _e, _f, _h: r.environment != value,
    "resource.reach": lambda value: lambda r, _e, _f, _h: r.reach != value,
    "context.effect.reversible": lambda value: lambda _r, e, _f, _h: e.reversible != value,
    "context.effect.origin": lambda value: lambda _r, e, _f, _h: e.origin != value,
    "context.effect.authorship": lambda value: lambda _r, e, _f, _h: e.authorship != value,
}
_HAS_ANY: Final[dict[str, Callable[[frozenset[Value]], Test]]] = {
    "resource.labels": lambda values: lambda r, _e, _f, _h: not values.isdisjoint(r.labels),
    "context.seen": lambda values: lambda _r, _e, f, _h: not values.isdisjoint(f.seen),
}
_HAS_NONE: Final[dict[str, Callable[[frozenset[Value]], Test]]] = {
    "resource.labels": lambda values: lambda r, _e, _f, _h: values.isdisjoint(r.labels),
    "context.seen": lambda values: lambda _r, _e, f, _h: values.isdisjoint(f.seen),
}
"""The commonest tests without the call to a getter, which is most of what they cost."""


def constant(mask: int) -> Test:
    """A test that always gives the same mask."""
    return lambda _r, _e, _f, _h: mask


def mask_of(folded: Folded) -> Test:
    """A test that gives masks, whatever it gave before."""
    if isinstance(folded, bool):
        return constant(ALL if folded else NONE)
    test = folded.test
    return test if folded.masked else lambda r, e, f, h: ALL if test(r, e, f, h) else NONE


def plain(test: Test, cost: int = CHEAP) -> Compiled:
    """A test that gives a truth value."""
    return Compiled(test, False, cost)


def one_of(path: str, values: frozenset[Value]) -> Compiled:
    """Whether an attribute has one of these values."""
    return _atom(Atom("one of", path, values))


def has_any(path: str, values: frozenset[Value]) -> Compiled:
    """Whether an attribute that is a set has one of these members."""
    return _atom(Atom("has any", path, values))


def _atom(atom: Atom) -> Compiled:
    return Compiled(_atom_test(atom), False, CHEAP, atom)


def _atom_test(atom: Atom) -> Test:
    relation, path, values = atom
    if relation == "has any":
        return _HAS_ANY[path](values)
    if relation == "has none":
        return _HAS_NONE[path](values)
    if len(values) == 1:
        special = (_EQUAL if relation == "one of" else _UNEQUAL).get(path)
        if special is not None:
            return special(next(iter(values)))
    get = GETTERS[path]
    if relation == "one of":
        return lambda r, e, f, _h: get(r, e, f) in values
    return lambda r, e, f, _h: get(r, e, f) not in values


_NEGATED: Final[dict[Relation, Relation]] = {
    "one of": "none of",
    "none of": "one of",
    "has any": "has none",
    "has none": "has any",
}


def negate(folded: Folded) -> Folded:
    """`!`."""
    if isinstance(folded, bool):
        return not folded
    if folded.atom is not None:
        return _atom(folded.atom._replace(relation=_NEGATED[folded.atom.relation]))
    test = folded.test
    if folded.masked:
        return Compiled(lambda r, e, f, h: ALL ^ test(r, e, f, h), True, folded.cost)
    return plain(lambda r, e, f, h: not test(r, e, f, h), folded.cost)


def every(parts: list[Folded]) -> Folded:
    """`&&`."""
    if any(part is False for part in parts):
        return False
    return _join(_merged(parts, frozenset({"none of", "has none"})), _and, empty=True)


def some(parts: list[Folded]) -> Folded:
    """`||`."""
    if any(part is True for part in parts):
        return True
    return _join(_merged(parts, frozenset({"one of", "has any"})), _or, empty=False)


def _merged(parts: list[Folded], relations: frozenset[Relation]) -> list[Compiled]:
    """The parts with tests of one attribute made one: `a == 1 || a == 2` is `a` one of 1 and 2."""
    merged: dict[tuple[Relation, str], frozenset[Value]] = {}
    others: list[Compiled] = []
    for part in parts:
        if isinstance(part, bool):
            continue
        atom = part.atom
        if atom is not None and atom.relation in relations:
            key = (atom.relation, atom.path)
            merged[key] = merged.get(key, frozenset()) | atom.values
        else:
            others.append(part)
    return [*(_atom(Atom(relation, path, values)) for (relation, path), values in merged.items()), *others]


_CHAIN: Final = 8
"""Tests that are joined in one chain; more are joined in pairs first, so that a thousand do not nest a thousand deep."""


def _join(parts: list[Compiled], join: Callable[[list[Compiled]], Compiled], *, empty: bool) -> Folded:
    if not parts:
        return empty
    ordered = sorted(parts, key=lambda part: (part.masked, part.cost))
    while len(ordered) > _CHAIN:
        ordered = [join(ordered[at : at + _CHAIN]) for at in range(0, len(ordered), _CHAIN)]
    return join(ordered)


def _and(parts: list[Compiled]) -> Compiled:
    """Joined from the left: all plain tests, then the masked ones."""
    cost = sum(part.cost for part in parts)
    tests = [part.test for part in parts if not part.masked]
    masks = [part.test for part in parts if part.masked]
    if not masks:
        return parts[0] if len(parts) == 1 else plain(_and_plain(tests), cost)
    mask = masks[0]
    for other in masks[1:]:
        mask = _and_masks(mask, other)
    if not tests:
        return Compiled(mask, True, cost)
    gate = _and_plain(tests)
    return Compiled(lambda r, e, f, h: mask(r, e, f, h) if gate(r, e, f, h) else NONE, True, cost)


def _or(parts: list[Compiled]) -> Compiled:
    cost = sum(part.cost for part in parts)
    tests = [part.test for part in parts if not part.masked]
    masks = [part.test for part in parts if part.masked]
    if not masks:
        return parts[0] if len(parts) == 1 else plain(_or_plain(tests), cost)
    mask = masks[0]
    for other in masks[1:]:
        mask = _or_masks(mask, other)
    if not tests:
        return Compiled(mask, True, cost)
    gate = _or_plain(tests)
    return Compiled(lambda r, e, f, h: ALL if gate(r, e, f, h) else mask(r, e, f, h), True, cost)


def _and_plain(tests: list[Test]) -> Test:
    match tests:
        case [a]:
            return a
        case [a, b]:
            return lambda r, e, f, h: a(r, e, f, h) and b(r, e, f, h)
        case [a, b, c]:
            return lambda r, e, f, h: a(r, e, f, h) and b(r, e, f, h) and c(r, e, f, h)
        case [a, b, c, *rest]:
            d = _and_plain(rest)
            return lambda r, e, f, h: a(r, e, f, h) and b(r, e, f, h) and c(r, e, f, h) and d(r, e, f, h)
    return constant(ALL)


def _or_plain(tests: list[Test]) -> Test:
    match tests:
        case [a]:
            return a
        case [a, b]:
            return lambda r, e, f, h: a(r, e, f, h) or b(r, e, f, h)
        case [a, b, c]:
            return lambda r, e, f, h: a(r, e, f, h) or b(r, e, f, h) or c(r, e, f, h)
        case [a, b, c, *rest]:
            d = _or_plain(rest)
            return lambda r, e, f, h: a(r, e, f, h) or b(r, e, f, h) or c(r, e, f, h) or d(r, e, f, h)
    return constant(NONE)


def _and_masks(a: Test, b: Test) -> Test:
    return lambda r, e, f, h: a(r, e, f, h) & b(r, e, f, h)


def _or_masks(a: Test, b: Test) -> Test:
    return lambda r, e, f, h: a(r, e, f, h) | b(r, e, f, h)
