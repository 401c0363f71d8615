"""Rules → closures over effects, specialised by verb and kind of resource.

In: rules that `check` has accepted. Out: for one verb and one kind, one test that gives the mask of points
(`remedies`) at which the rules permit, and the tests of the single rules for whoever explains a decision. What the
verb and the kind decide is folded away.

A rule has three readings (`names`): of one name, of *some* name with a prefix, and of *every* name with a prefix. A
permit for a tree must hold for every name in it, a forbid fires if it holds for some.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.words import MAX_APPROVAL
from jackline.policy.folding import (
    CHEAP,
    GETTERS,
    SCAN,
    Compiled,
    Folded,
    Test,
    Value,
    every,
    has_any,
    mask_of,
    negate,
    one_of,
    plain,
    some,
)
from jackline.policy.names import (
    every_in_directory,
    every_like,
    in_directory,
    in_domain,
    like,
    some_in_directory,
    some_like,
)
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
    is_constant,
    path_of,
)
from jackline.policy.vocabulary import ENTITY_TYPES, GROUPS, PARENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.effect import Effect, Resource
    from jackline.core.words import Kind, Verb
    from jackline.policy.folding import Facts


class Reading(Enum):
    """Of which names a test on names speaks."""

    ONE = 0
    SOME = 1
    EVERY = 2


_OPPOSITE: Final = {Reading.ONE: Reading.ONE, Reading.SOME: Reading.EVERY, Reading.EVERY: Reading.SOME}


NAME_PATHS: Final = frozenset({"resource", "resource.name"})

_MASKS: Final[dict[str, Test]] = {
    "context.contained": lambda _r, _e, _f, h: h.contained,
    "context.undoable": lambda _r, _e, _f, h: h.undoable,
    "context.rehearsed": lambda _r, _e, _f, h: h.rehearsed,
    "context.held": lambda _r, _e, _f, h: h.held,
}

_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


class CompiledRule(NamedTuple):
    """A rule for one verb and kind: the mask at which its conditions hold, and the same for a tree (of every name for
    a permit, of some name for a forbid)."""

    policy: Policy
    test: Test
    below: Test


class RuleTable(NamedTuple):
    """The rules of a layer for one verb on one kind, in the order of the text, and what they come to together: as a test
    that can be joined with those of other layers, and (`here`, `below`) as one that gives masks."""

    rules: tuple[CompiledRule, ...]
    permitted: Folded
    permitted_below: Folded
    names: bool
    here: Test
    below: Test


def compile_rules(policies: tuple[Policy, ...], verb: Verb, kind: Kind) -> RuleTable:
    """The rules of a layer for one verb on one kind of resource."""
    rules: list[CompiledRule] = []
    here: dict[str, list[Folded]] = {"permit": [], "forbid": []}
    below: dict[str, list[Folded]] = {"permit": [], "forbid": []}
    names = False
    for policy in policies:
        compiler = _Compiler(verb, kind)
        one = compiler.policy(policy, Reading.ONE)
        tree = one
        if compiler.names:
            tree = compiler.policy(policy, Reading.EVERY if policy.effect == "permit" else Reading.SOME)
        if one is False and tree is False:
            continue
        names = names or compiler.names
        here[policy.effect].append(one)
        below[policy.effect].append(tree)
        rules.append(CompiledRule(policy, mask_of(one), mask_of(tree)))
    permitted, permitted_below = (
        every([some(folded["permit"]), *map(negate, folded["forbid"])]) for folded in (here, below)
    )
    return RuleTable(
        tuple(rules), permitted, permitted_below, names, here=mask_of(permitted), below=mask_of(permitted_below)
    )


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
            parts.append(body if when else negate(body))
            if parts[-1] is False:
                return False
        return every(parts)

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
        return some([self._ancestor(variable, entity, reading) for entity in scope.entities])

    def expression(self, node: Expression, reading: Reading) -> Folded:
        """The test of a condition, in one reading."""
        match node:
            case Constant(value=bool() as value):
                return value
            case And():
                return every(self._until(node.operands, reading, stop=False))
            case Or():
                return some(self._until(node.operands, reading, stop=True))
            case Not():
                return negate(self.expression(node.operand, _OPPOSITE[reading]))
        return self._test(node, reading)

    def _test(self, node: Expression, reading: Reading) -> Folded:
        match node:
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
                return some([self._ancestor(path, entity, reading) for entity in _entities(node.ancestors)])
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
            return Compiled(mask, True, CHEAP)
        get = GETTERS[path]
        return plain(lambda r, e, f, _h: bool(get(r, e, f)))

    def _compare(self, node: Compare, reading: Reading) -> Folded:
        operator, path, constant = node.operator, path_of(node.left), node.right
        if is_constant(node.left):
            operator, path, constant = _FLIPPED[operator], path_of(node.right), node.left  # type: ignore[assignment]  # a comparison flipped is one
        if operator == "!=":
            return negate(self._equals(path, constant, _OPPOSITE[reading]))
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
            return test if value else negate(test)
        if path in NAME_PATHS:
            return self._named(frozenset({value}), reading)
        return one_of(path, frozenset({value}))

    def _ordered(self, path: str, operator: str, value: int) -> Folded:
        if path == "context.approval":
            return _approval(operator, value)
        get: Callable[[Resource, Effect, Facts], int] = GETTERS[path]  # type: ignore[assignment]  # the checker saw a Long
        match operator:
            case "<":
                return plain(lambda r, e, f, _h: get(r, e, f) < value)
            case "<=":
                return plain(lambda r, e, f, _h: get(r, e, f) <= value)
            case ">":
                return plain(lambda r, e, f, _h: get(r, e, f) > value)
            case _:
                return plain(lambda r, e, f, _h: get(r, e, f) >= value)

    def _is(self, path: str, kind: str) -> bool:
        return kind == {"principal": "Agent", "resource": self._type}.get(path, kind)

    def _ancestor(self, path: str, entity: EntityConstant, reading: Reading) -> Folded:
        if path == "action":
            return self._is_action(entity, "in")
        if path == "principal" and entity.type == "Team":
            team = entity.id
            return plain(lambda _r, _e, f, _h: team in f.teams)
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
            return plain(lambda r, _e, _f, _h: any(name.startswith(r.name) for name in names), SCAN)
        return one_of("resource.name", values)

    def _like(self, pieces: tuple[str, ...], reading: Reading) -> Folded:
        self.names = True
        if reading is Reading.SOME:
            return plain(lambda r, _e, _f, _h: some_like(r.name, pieces), SCAN)
        if reading is Reading.EVERY:
            return plain(lambda r, _e, _f, _h: every_like(r.name, pieces), SCAN)
        return plain(_one_like(pieces), SCAN)

    def _in_directory(self, folder: str, reading: Reading) -> Folded:
        self.names = True
        test = {Reading.ONE: in_directory, Reading.SOME: some_in_directory, Reading.EVERY: every_in_directory}[reading]
        return plain(lambda r, _e, _f, _h: test(r.name, folder), SCAN)

    def _in_domain(self, domain: str, reading: Reading) -> Folded:
        self.names = True
        if reading is not Reading.ONE:  # a host that is known only in part: its beginning says nothing of its domain
            return reading is Reading.SOME
        return plain(lambda r, _e, _f, _h: in_domain(r.name, domain), SCAN)

    # Sets

    def _contains(self, node: Contains, reading: Reading) -> Folded:
        if is_constant(node.operand) and node.operator == "contains":
            return self._member(path_of(node.argument), frozenset(map(_value, _items(node.operand))), reading)
        path = path_of(node.argument if is_constant(node.operand) else node.operand)
        if node.operator == "contains":
            return has_any(path, frozenset({_value(node.argument)}))
        values = frozenset(map(_value, _items(node.operand if is_constant(node.operand) else node.argument)))
        if node.operator == "containsAny":
            return has_any(path, values)
        get: Callable[[Resource, Effect, Facts], frozenset[Value]] = GETTERS[path]  # type: ignore[assignment]  # the checker saw a set
        if is_constant(node.operand):
            return plain(lambda r, e, f, _h: get(r, e, f) <= values, SCAN)
        return plain(lambda r, e, f, _h: get(r, e, f) >= values, SCAN)

    def _member(self, path: str, values: frozenset[Value], reading: Reading) -> Folded:
        if path in NAME_PATHS:
            return self._named(values, reading)
        return one_of(path, values)


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
    test = Compiled(lambda _r, _e, _f, h: h.approval[least], True, CHEAP)
    return negate(test) if negative else test


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
