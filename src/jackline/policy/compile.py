"""Rules → Python closures over effects, specialised by verb and kind of resource.

In: rules that `check` has accepted. Out: for one verb and one kind, the permits and forbids that can apply, each a
closure that gives the mask of points (`remedies`) at which the rule's conditions hold. What the verb and the kind
decide is folded away; cheap tests come first, which is sound because no test can fail.

A rule has three readings (`names`): of one name, of *some* name with a prefix, and of *every* name with a prefix. A
permit for a tree must hold for every name in it, a forbid fires if it holds for some.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from jackline.core.effect import Effect, Resource
from jackline.core.words import MAX_APPROVAL, UNBOUNDED
from jackline.policy.covers import Holds
from jackline.policy.names import (
    every_in_directory,
    every_like,
    in_directory,
    in_domain,
    like,
    some_in_directory,
    some_like,
)
from jackline.policy.remedies import ALL, NONE
from jackline.policy.syntax import (
    And,
    Attribute,
    Compare,
    Constant,
    Contains,
    EntityConstant,
    Expression,
    In,
    Is,
    Like,
    Not,
    Or,
    Policy,
    ScopeTest,
    SetConstant,
    Variable,
    is_constant,
    path_of,
)
from jackline.policy.vocabulary import ENTITY_TYPES, GROUPS, PARENTS

if TYPE_CHECKING:
    from jackline.core.words import Assurance, Kind, Label, Verb


class Facts(NamedTuple):
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


class Reading(Enum):
    """Of which names a test on names speaks."""

    ONE = 0
    SOME = 1
    EVERY = 2


_OPPOSITE: Final = {Reading.ONE: Reading.ONE, Reading.SOME: Reading.EVERY, Reading.EVERY: Reading.SOME}


class Compiled(NamedTuple):
    """A test that the verb and kind did not decide. A plain one gives a truth value, a masked one a mask."""

    test: Test
    masked: bool
    cost: int


Folded: TypeAlias = bool | Compiled

_CHEAP: Final = 1
_SCAN: Final = 3

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

NAME_PATHS: Final = frozenset({"resource", "resource.name"})

_EQUAL: Final[dict[str, Callable[[Value], Test]]] = {
    "resource.name": lambda value: lambda r, _e, _f, _h: r.name == value,
    "resource.environment": lambda value: lambda r, _e, _f, _h: r.environment == value,
    "resource.reach": lambda value: lambda r, _e, _f, _h: r.reach == value,
    "context.effect.reversible": lambda value: lambda _r, e, _f, _h: e.reversible == value,
    "context.effect.origin": lambda value: lambda _r, e, _f, _h: e.origin == value,
    "context.effect.authorship": lambda value: lambda _r, e, _f, _h: e.authorship == value,
}
"""The commonest equalities without the indirection: they are most of what a decision costs."""

_HAS: Final[dict[str, Callable[[Value], Test]]] = {
    "resource.labels": lambda value: lambda r, _e, _f, _h: value in r.labels,
    "context.seen": lambda value: lambda _r, _e, f, _h: value in f.seen,
}
_HAS_ANY: Final[dict[str, Callable[[frozenset[Value]], Test]]] = {
    "resource.labels": lambda values: lambda r, _e, _f, _h: not values.isdisjoint(r.labels),
    "context.seen": lambda values: lambda _r, _e, f, _h: not values.isdisjoint(f.seen),
}

_MASKS: Final[dict[str, Test]] = {
    "context.contained": lambda _r, _e, _f, h: h.contained,
    "context.undoable": lambda _r, _e, _f, h: h.undoable,
    "context.rehearsed": lambda _r, _e, _f, h: h.rehearsed,
    "context.held": lambda _r, _e, _f, h: h.held,
}

_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


class CompiledRule(NamedTuple):
    """A rule for one verb and kind: the mask at which its conditions hold. `below` are the same conditions for a tree
    (of every name for a permit, of some name for a forbid); None where the rule does not speak of names."""

    policy: Policy
    test: Test
    below: Test | None


class RuleTable(NamedTuple):
    """The rules that can apply to one verb on one kind, cheapest first."""

    permits: tuple[CompiledRule, ...]
    forbids: tuple[CompiledRule, ...]
    names: bool


def compile_rules(policies: tuple[Policy, ...], verb: Verb, kind: Kind) -> RuleTable:
    """The rules of a layer for one verb on one kind of resource."""
    permits: list[tuple[int, CompiledRule]] = []
    forbids: list[tuple[int, CompiledRule]] = []
    for policy in policies:
        compiled = _rule(policy, verb, kind)
        if compiled is not None:
            (permits if policy.effect == "permit" else forbids).append(compiled)
    ordered = tuple(
        tuple(rule for _, rule in sorted(rules, key=lambda entry: entry[0])) for rules in (permits, forbids)
    )
    names = any(rule.below is not None for rules in ordered for rule in rules)
    return RuleTable(ordered[0], ordered[1], names)


def _rule(policy: Policy, verb: Verb, kind: Kind) -> tuple[int, CompiledRule] | None:
    here = _Compiler(verb, kind)
    found = here.policy(policy, Reading.ONE)
    tree = Reading.EVERY if policy.effect == "permit" else Reading.SOME
    below = here.policy(policy, tree) if here.names else found
    if found is False and below is False:
        return None
    cost = found.cost if isinstance(found, Compiled) else 0
    masked = isinstance(found, Compiled) and found.masked
    return cost + (_SCAN * _SCAN if masked else 0), CompiledRule(policy, _mask(found), _mask(below) if here.names else None)


def _mask(folded: Folded) -> Test:
    """A test that gives masks, whatever it gave before."""
    if isinstance(folded, bool):
        constant = ALL if folded else NONE
        return lambda _r, _e, _f, _h: constant
    test = folded.test
    return test if folded.masked else lambda r, e, f, h: ALL if test(r, e, f, h) else NONE


class _Compiler:
    """Compiles for one verb and kind; `names` is set once a test on the resource's name was met."""

    __slots__ = ("_kind", "_type", "_verb", "names")

    def __init__(self, verb: Verb, kind: Kind) -> None:
        self._verb = verb
        self._kind = kind
        self._type = ENTITY_TYPES[kind]
        self.names = False

    def policy(self, policy: Policy, reading: Reading) -> Folded:
        if not self._action(policy.action):
            return False
        parts = [self._scope("principal", policy.principal, reading), self._scope("resource", policy.resource, reading)]
        if any(part is False for part in parts):
            return False
        for condition in policy.conditions:
            when = condition.kind == "when"
            body = self.expression(condition.body, reading if when else _OPPOSITE[reading])
            parts.append(body if when else _not(body))
            if parts[-1] is False:
                return False
        return _and(parts)

    def _action(self, scope: ScopeTest) -> bool:
        return not scope.relation or any(self._is_action(entity, scope.relation) for entity in scope.entities)

    def _is_action(self, entity: EntityConstant, relation: str) -> bool:
        if entity.type != "Action":
            return False
        return entity.id == self._verb or (relation == "in" and self._verb in GROUPS.get(entity.id, ()))

    def _scope(self, variable: str, scope: ScopeTest, reading: Reading) -> Folded:
        if scope.type and not self._is(variable, scope.type):
            return False
        if not scope.relation:
            return True
        if scope.relation == "==":
            return self._equals(variable, scope.entities[0], reading)
        return _or([self._ancestor(variable, entity, reading) for entity in scope.entities])

    def expression(self, node: Expression, reading: Reading) -> Folded:
        """The test of a condition, in one reading."""
        match node:
            case Constant(value=bool() as value):
                return value
            case And():
                return _and(self._until(node.operands, reading, stop=False))
            case Or():
                return _or(self._until(node.operands, reading, stop=True))
            case Not():
                return _not(self.expression(node.operand, _OPPOSITE[reading]))
            case Attribute():
                return self._boolean(path_of(node))
            case Compare():
                return self._compare(node, reading)
            case Like():
                return self._like(node.pieces, reading)
            case Is():
                return self._is(path_of(node.operand), node.type)
            case In():
                path = path_of(node.operand)
                return _or([self._ancestor(path, entity, reading) for entity in _entities(node.ancestors)])
            case Contains():
                return self._contains(node, reading)
        message = f"an expression that the checker should have refused: {type(node).__name__}"
        raise TypeError(message)

    def _until(self, operands: tuple[Expression, ...], reading: Reading, *, stop: bool) -> list[Folded]:
        """The operands up to one that decides: what stands behind it may speak of attributes this kind has not."""
        found: list[Folded] = []
        for operand in operands:
            found.append(self.expression(operand, reading))
            if found[-1] is stop:
                break
        return found

    def _boolean(self, path: str) -> Folded:
        mask = _MASKS.get(path)
        if mask is not None:
            return Compiled(mask, True, _CHEAP)
        get = GETTERS[path]
        return Compiled(lambda r, e, f, _h: bool(get(r, e, f)), False, _CHEAP)

    def _compare(self, node: Compare, reading: Reading) -> Folded:
        operator, path, constant = node.operator, path_of(node.left), node.right
        if is_constant(node.left):
            operator, path, constant = _FLIPPED[operator], path_of(node.right), node.left  # type: ignore[assignment]  # a comparison flipped is one
        if operator == "!=":
            return _not(self._equals(path, constant, _OPPOSITE[reading]))
        if operator == "==":
            return self._equals(path, constant, reading)
        value = constant.value if isinstance(constant, Constant) else 0
        return self._ordered(path, operator, int(value))

    def _equals(self, path: str, constant: Expression, reading: Reading) -> Folded:
        if path == "action":
            return isinstance(constant, EntityConstant) and self._is_action(constant, "==")
        if path in {"principal", "resource"} and not self._is(path, getattr(constant, "type", "")):
            return False
        value = _value(constant)
        if path in _MASKS:
            test = self._boolean(path)
            return test if value else _not(test)
        if path in NAME_PATHS:
            return self._named(frozenset({value}), reading)
        special = _EQUAL.get(path)
        if special is not None:
            return Compiled(special(value), False, _CHEAP)
        get = GETTERS[path]
        return Compiled(lambda r, e, f, _h: get(r, e, f) == value, False, _CHEAP)

    def _ordered(self, path: str, operator: str, value: int) -> Folded:
        if path == "context.approval":
            return _approval(operator, value)
        get: Callable[[Resource, Effect, Facts], int] = GETTERS[path]  # type: ignore[assignment]  # the checker saw a Long
        match operator:
            case "<":
                return Compiled(lambda r, e, f, _h: get(r, e, f) < value, False, _CHEAP)
            case "<=":
                return Compiled(lambda r, e, f, _h: get(r, e, f) <= value, False, _CHEAP)
            case ">":
                return Compiled(lambda r, e, f, _h: get(r, e, f) > value, False, _CHEAP)
            case _:
                return Compiled(lambda r, e, f, _h: get(r, e, f) >= value, False, _CHEAP)

    def _is(self, path: str, kind: str) -> bool:
        return kind == {"principal": "Agent", "resource": self._type}.get(path, kind)

    def _ancestor(self, path: str, entity: EntityConstant, reading: Reading) -> Folded:
        if path == "action":
            return self._is_action(entity, "in")
        if path == "principal" and entity.type == "Team":
            team = entity.id
            return Compiled(lambda _r, _e, f, _h: team in f.teams, False, _CHEAP)
        if path == "resource" and entity.type == PARENTS.get(self._kind):
            place = self._in_directory if entity.type == "Directory" else self._in_domain
            return place(entity.id, reading)
        return self._equals(path, entity, reading)

    # Tests on names

    def _named(self, values: frozenset[Value], reading: Reading) -> Folded:
        self.names = True
        if reading is Reading.EVERY:
            return False
        if reading is Reading.SOME:
            names = tuple(str(value) for value in values)
            return Compiled(lambda r, _e, _f, _h: any(name.startswith(r.name) for name in names), False, _SCAN)
        if len(values) == 1:
            return Compiled(_EQUAL["resource.name"](next(iter(values))), False, _CHEAP)
        return Compiled(lambda r, _e, _f, _h: r.name in values, False, _CHEAP)

    def _like(self, pieces: tuple[str, ...], reading: Reading) -> Folded:
        self.names = True
        if reading is Reading.SOME:
            return Compiled(lambda r, _e, _f, _h: some_like(r.name, pieces), False, _SCAN)
        if reading is Reading.EVERY:
            return Compiled(lambda r, _e, _f, _h: every_like(r.name, pieces), False, _SCAN)
        return Compiled(_one_like(pieces), False, _SCAN)

    def _in_directory(self, folder: str, reading: Reading) -> Folded:
        self.names = True
        test = {Reading.ONE: in_directory, Reading.SOME: some_in_directory, Reading.EVERY: every_in_directory}[reading]
        return Compiled(lambda r, _e, _f, _h: test(r.name, folder), False, _SCAN)

    def _in_domain(self, domain: str, reading: Reading) -> Folded:
        self.names = True
        if reading is not Reading.ONE:  # a host that is known only in part: its beginning says nothing of its domain
            return reading is Reading.SOME
        return Compiled(lambda r, _e, _f, _h: in_domain(r.name, domain), False, _SCAN)

    # Sets

    def _contains(self, node: Contains, reading: Reading) -> Folded:
        if is_constant(node.operand) and node.operator == "contains":
            return self._member(path_of(node.argument), frozenset(map(_value, _items(node.operand))), reading)
        path = path_of(node.argument if is_constant(node.operand) else node.operand)
        if node.operator == "contains":
            return _has(path, _value(node.argument))
        values = frozenset(map(_value, _items(node.operand if is_constant(node.operand) else node.argument)))
        if node.operator == "containsAny":
            return _has_any(path, values)
        get: Callable[[Resource, Effect, Facts], frozenset[Value]] = GETTERS[path]  # type: ignore[assignment]  # the checker saw a set
        if is_constant(node.operand):
            return Compiled(lambda r, e, f, _h: get(r, e, f) <= values, False, _SCAN)
        return Compiled(lambda r, e, f, _h: get(r, e, f) >= values, False, _SCAN)

    def _member(self, path: str, values: frozenset[Value], reading: Reading) -> Folded:
        if path in NAME_PATHS:
            return self._named(values, reading)
        get = GETTERS[path]
        return Compiled(lambda r, e, f, _h: get(r, e, f) in values, False, _CHEAP)


def _has(path: str, value: Value) -> Folded:
    return Compiled(_HAS[path](value), False, _CHEAP)


def _has_any(path: str, values: frozenset[Value]) -> Folded:
    return Compiled(_HAS_ANY[path](values), False, _CHEAP)


def _one_like(pieces: tuple[str, ...]) -> Test:
    """The commonest shapes of patterns as one string operation."""
    match pieces:
        case (whole,):
            return lambda r, _e, _f, _h: r.name == whole
        case (begin, ""):
            return lambda r, _e, _f, _h: r.name.startswith(begin)
        case ("", end):
            return lambda r, _e, _f, _h: r.name.endswith(end)
        case ("", inside, ""):
            return lambda r, _e, _f, _h: inside in r.name
    return lambda r, _e, _f, _h: like(r.name, pieces)


def _approval(operator: str, value: int) -> Folded:
    """`context.approval >= k` and its relatives as a test for at least one strength."""
    least = value + 1 if operator in {">", "<="} else value
    negative = operator in {"<", "<="}
    if least <= 0:
        return not negative
    if least > MAX_APPROVAL:
        return negative
    test = Compiled(lambda _r, _e, _f, h: h.approval[least], True, _CHEAP)
    return _not(test) if negative else test


def _items(node: Expression) -> tuple[Expression, ...]:
    return node.items if isinstance(node, SetConstant) else (node,)


def _entities(node: Expression) -> list[EntityConstant]:
    return [item for item in _items(node) if isinstance(item, EntityConstant)]


def _value(node: Expression) -> Value:
    """A constant as effects hold it: an entity of an enumeration by its word."""
    match node:
        case Constant():
            return node.value
        case EntityConstant():
            return node.id
        case SetConstant():
            return frozenset(map(_value, node.items))
    return None


# Combining tests. `and`/`or` on plain tests, `&`/`|` on masks.


def _not(folded: Folded) -> Folded:
    if isinstance(folded, bool):
        return not folded
    test = folded.test
    if folded.masked:
        return Compiled(lambda r, e, f, h: ALL ^ test(r, e, f, h), True, folded.cost)
    return Compiled(lambda r, e, f, h: not test(r, e, f, h), False, folded.cost)


def _and(parts: list[Folded]) -> Folded:
    if any(part is False for part in parts):
        return False
    return _combine([part for part in parts if isinstance(part, Compiled)], _both, empty=True)


def _or(parts: list[Folded]) -> Folded:
    if any(part is True for part in parts):
        return True
    return _combine([part for part in parts if isinstance(part, Compiled)], _either, empty=False)


def _combine(parts: list[Compiled], join: Callable[[Compiled, Compiled], Compiled], *, empty: bool) -> Folded:
    """Plain tests before masked ones, cheap before dear, balanced so that long chains nest little."""
    if not parts:
        return empty
    ordered = sorted(parts, key=lambda part: (part.masked, part.cost))
    while len(ordered) > _CHAIN:
        ordered = [_pair(ordered, at, join) for at in range(0, len(ordered), 2)]
    found = ordered[-1]
    for part in reversed(ordered[:-1]):
        found = join(part, found)
    return found


_CHAIN: Final = 8


def _pair(parts: list[Compiled], at: int, join: Callable[[Compiled, Compiled], Compiled]) -> Compiled:
    return join(parts[at], parts[at + 1]) if at + 1 < len(parts) else parts[at]


def _both(first: Compiled, second: Compiled) -> Compiled:
    a, b = first.test, second.test
    cost = first.cost + second.cost
    if first.masked and second.masked:
        return Compiled(lambda r, e, f, h: a(r, e, f, h) & b(r, e, f, h), True, cost)
    if first.masked:
        return _both(second, first)
    if second.masked:
        return Compiled(lambda r, e, f, h: b(r, e, f, h) if a(r, e, f, h) else NONE, True, cost)
    return Compiled(lambda r, e, f, h: a(r, e, f, h) and b(r, e, f, h), False, cost)


def _either(first: Compiled, second: Compiled) -> Compiled:
    a, b = first.test, second.test
    cost = first.cost + second.cost
    if first.masked and second.masked:
        return Compiled(lambda r, e, f, h: a(r, e, f, h) | b(r, e, f, h), True, cost)
    if first.masked:
        return _either(second, first)
    if second.masked:
        return Compiled(lambda r, e, f, h: ALL if a(r, e, f, h) else b(r, e, f, h), True, cost)
    return Compiled(lambda r, e, f, h: a(r, e, f, h) or b(r, e, f, h), False, cost)
