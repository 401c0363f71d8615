"""Whether rules that parse also make sense: every word is in the vocabulary, every type fits, every remedy only widens.

Types are checked once for each kind of resource that a rule's head admits, with `resource is …` decided, so that an
attribute that only some kinds have can stand behind a test for the kind and nowhere else. What passes cannot fail while
deciding, in this engine or in Cedar's.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.core.errors import PolicyError
from jackline.policy.polarity import check_polarity
from jackline.policy.schema import BOOL, LONG, STRING, EntityOf, RecordOf, SetOf
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
    walk,
)
from jackline.policy.vocabulary import ENTITY_TYPES, GROUPS, NO_PHASE, PARENTS, schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.policy.schema import Schema, Type

_FOLDER: Final = re.compile(r"/|(/(?!\.{1,2}(/|$))[^/]+)+")
_FILE_TYPES: Final = frozenset({"Directory", "File"})
_DOMAIN: Final = late_pattern(r"\[[0-9a-f:.]+\]|[^\s.*A-Z/:][^\s*A-Z/:]*")
_DOMAIN_TYPES: Final = frozenset({"Domain", "Endpoint"})


def check(policies: Iterable[Policy], text: str, phases: tuple[str, ...] = (NO_PHASE,)) -> None:
    """Raises `PolicyError`, with the span in `text`, at the first thing in any rule that does not make sense."""
    known = schema(phases)
    for policy in policies:
        _constants(policy, text, known)
        for kind in _kinds(policy.resource, text):
            checker = _Checker(text, known, kind)
            for condition in policy.conditions:
                checker.truth(condition.body)
        check_polarity(policy, text)


def _error(text: str, message: str, node: Expression | ScopeTest) -> PolicyError:
    return PolicyError(message, text=text, start=node.start, end=node.end)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` where a known word is close, else the known words where they are few."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    return "; it is one of " + ", ".join(words) if len(words) <= _FEW else ""


_FEW: Final = 8


# Constants: known types, known words, names in their normal form


def _constants(policy: Policy, text: str, known: Schema) -> None:
    for scope in (policy.principal, policy.action, policy.resource):
        if scope.type and scope.type not in known.entities:
            raise _error(text, _no_type(scope.type, known), scope)
        for entity in scope.entities:
            _constant(entity, text, known, group=scope.relation == "in")
    _scope_fits(policy.principal, "principal", {"Agent"}, {"Team"}, text)
    for condition in policy.conditions:
        for node in walk(condition.body):
            if isinstance(node, EntityConstant):
                _constant(node, text, known, group=True)
            elif isinstance(node, Is) and node.type not in known.entities and node.type != "Action":
                raise _error(text, _no_type(node.type, known), node)


def _scope_fits(scope: ScopeTest, variable: str, types: set[str], parents: set[str], text: str) -> None:
    if scope.type and scope.type not in types:
        raise _error(text, f"the {variable} is never of type `{scope.type}`" + suggestion(scope.type, types), scope)
    allowed = types | parents if scope.relation == "in" else types
    for entity in scope.entities:
        if entity.type not in allowed:
            message = f"the {variable} is never {scope.relation} an entity of type `{entity.type}`"
            raise _error(text, message + suggestion(entity.type, allowed), entity)


def _no_type(name: str, known: Schema) -> str:
    return f"there is no entity type `{name}`" + suggestion(name, known.entities)


def _constant(entity: EntityConstant, text: str, known: Schema, *, group: bool) -> None:
    if entity.type == "Action":
        verbs = {name for _, name in known.actions if name not in GROUPS}
        if entity.id in GROUPS and not group:
            message = f"`{entity.id}` is a group of actions, and no action equals it; write `action in`"
            raise _error(text, message, entity)
        if entity.id not in verbs and entity.id not in GROUPS:
            raise _error(text, f"there is no action `{entity.id}`" + suggestion(entity.id, [*verbs, *GROUPS]), entity)
        return
    declared = known.entities.get(entity.type)
    if declared is None:
        raise _error(text, _no_type(entity.type, known), entity)
    if declared.names is not None and entity.id not in declared.names:
        raise _error(text, f"`{entity.id}` is no {entity.type}" + suggestion(entity.id, declared.names), entity)
    if entity.type in _FILE_TYPES and not _FOLDER.fullmatch(entity.id):
        message = f"`{entity.id}` matches nothing: a path is absolute, without `.`, `..`, doubled or final `/`"
        raise _error(text, message, entity)
    if entity.type in _DOMAIN_TYPES and not _DOMAIN.fullmatch(entity.id):
        message = f"`{entity.id}` matches nothing: a host is in lower case, without `*`, scheme, port or leading dot"
        raise _error(text, message, entity)


def _kinds(scope: ScopeTest, text: str) -> list[str]:
    """The entity types of resources that a rule's head admits."""
    types = [each for each in ENTITY_TYPES.values() if not scope.type or each == scope.type]
    if not types:
        message = f"the resource is never of type `{scope.type}`" + suggestion(scope.type, ENTITY_TYPES.values())
        raise _error(text, message, scope)
    parents = {ENTITY_TYPES[kind]: parent for kind, parent in PARENTS.items()}
    for entity in scope.entities:
        types = [
            each
            for each in types
            if entity.type == each or (scope.relation == "in" and entity.type == parents.get(each))
        ]
    if not types:
        entity = scope.entities[0]
        raise _error(text, f"no resource is {scope.relation} an entity of type `{entity.type}`", entity)
    return types


# Types


class _Checker:
    """Checks conditions for one type of resource."""

    __slots__ = ("_context", "_kind", "_known", "_text")

    def __init__(self, text: str, known: Schema, kind: str) -> None:
        self._text = text
        self._known = known
        self._kind = kind
        self._context = next(action.context for action in known.actions.values() if action.resources)

    def _error(self, message: str, node: Expression) -> PolicyError:
        return _error(self._text, message, node)

    def truth(self, node: Expression) -> bool | None:
        """Check a test; True or False where the type of the resource decides it. What cannot be reached is not
        checked: it stands behind a `resource is …` for another type."""
        match node:
            case Constant(value=bool() as value):
                return value
            case And():
                return self._sequence(node.operands, stop=False)
            case Or():
                return self._sequence(node.operands, stop=True)
            case Not():
                inner = self.truth(node.operand)
                return None if inner is None else not inner
            case Attribute():
                if self.type(node) != BOOL:
                    raise self._error(f"`{_shown(node)}` is no truth value; compare it with something", node)
            case Compare():
                self._compare(node)
            case Like():
                self._like(node)
            case Is():
                return self._is(node)
            case In():
                self._in(node)
            case Contains():
                self._contains(node)
            case _:
                raise self._error("this is no test", node)
        return None

    def _sequence(self, operands: tuple[Expression, ...], *, stop: bool) -> bool | None:
        values = []
        for operand in operands:
            value = self.truth(operand)
            if value is stop:
                return stop
            values.append(value)
        return None if None in values else not stop

    def type(self, node: Expression) -> Type:
        """The type of a path or constant."""
        match node:
            case Variable(name="context"):
                return self._context
            case Variable():
                return EntityOf({"principal": "Agent", "resource": self._kind, "action": "Action"}[node.name])
            case Attribute():
                return self._attribute(node)
            case EntityConstant():
                return EntityOf(node.type)
            case SetConstant():
                return self._set(node)
            case Constant(value=bool()):
                return BOOL
            case Constant(value=int()):
                return LONG
            case Constant():
                return STRING
        raise self._error("this is no value", node)

    def _attribute(self, node: Attribute) -> Type:
        base = self.type(node.base)
        fields = {}
        if isinstance(base, RecordOf):
            fields = base.fields
        elif isinstance(base, EntityOf) and base.name in self._known.entities:
            fields = self._known.entities[base.name].shape.fields
        field = fields.get(node.name)
        if field is not None:
            return field.type
        message = f"`{_shown(node.base)}` has no attribute `{node.name}`"
        if isinstance(node.base, Variable) and node.base.name == "resource":
            owners = [each for each in ENTITY_TYPES.values() if node.name in self._known.entities[each].shape.fields]
            if owners:
                message = f"only {' and '.join(owners)} has `{node.name}`; write `resource is {owners[0]} &&` before it"
                raise self._error(message, node)
        raise self._error(message + suggestion(node.name, fields), node)

    def _set(self, node: SetConstant) -> Type:
        types = [self.type(item) for item in node.items]
        if not types:
            raise self._error("an empty set decides nothing; leave the test out", node)
        for item, each in zip(node.items, types, strict=True):
            if each != types[0]:
                raise self._error(f"the items of a set are of one type, and this one is {_named(each)}", item)
        return SetOf(types[0])

    def _path_and_constant(self, left: Expression, right: Expression) -> tuple[Expression, Expression]:
        if is_constant(left) and is_constant(right):
            raise self._error("this compares two constants; write what it comes to", left)
        return (right, left) if is_constant(left) else (left, right)

    def _compare(self, node: Compare) -> None:
        path, constant = self._path_and_constant(node.left, node.right)
        expected, found = self.type(path), self.type(constant)
        if node.operator not in {"==", "!="}:
            for side, each in ((path, expected), (constant, found)):
                if each != LONG:
                    raise self._error(f"`{node.operator}` compares numbers, and this is {_named(each)}", side)
            return
        if _is_resource(path) and isinstance(found, EntityOf) and found.name in ENTITY_TYPES.values():
            return  # of whatever type: the other types are checked as themselves
        if isinstance(constant, EntityConstant) and constant.type == "Action" and constant.id in GROUPS:
            raise self._error(
                f"`{constant.id}` is a group of actions, and no action equals it; write `action in`", constant
            )
        if expected != found:
            raise self._error(f"`{_shown(path)}` is {_named(expected)}, and this is {_named(found)}", constant)

    def _like(self, node: Like) -> None:
        found = self.type(node.operand)
        if found != STRING or is_constant(node.operand):
            raise self._error(f"`like` tests the text of an attribute, and this is {_named(found)}", node.operand)

    def _is(self, node: Is) -> bool:
        found = self.type(node.operand)
        if not isinstance(found, EntityOf):
            raise self._error(f"`is` tests an entity, and this is {_named(found)}", node.operand)
        if not _is_resource(node.operand) and node.type != found.name:
            raise self._error(f"`{_shown(node.operand)}` is always {_named(found)}", node)
        return found.name == node.type

    def _in(self, node: In) -> None:
        found = self.type(node.operand)
        if not isinstance(found, EntityOf) or is_constant(node.operand):
            raise self._error(f"`in` tests an entity of the request, and this is {_named(found)}", node.operand)
        items = node.ancestors.items if isinstance(node.ancestors, SetConstant) else (node.ancestors,)
        for item in items:
            if not isinstance(item, EntityConstant):
                raise self._error("behind `in` stand entities", item)
            if not self._can_be_in(node.operand, found.name, item.type):
                raise self._error(f"`{_shown(node.operand)}` is never in an entity of type `{item.type}`", item)

    def _can_be_in(self, operand: Expression, name: str, ancestor: str) -> bool:
        if _is_resource(operand):  # of whatever type: the other types are checked as themselves
            return ancestor in ENTITY_TYPES.values() or ancestor in PARENTS.values()
        return ancestor == name or (name == "Agent" and ancestor == "Team")

    def _contains(self, node: Contains) -> None:
        self._path_and_constant(node.operand, node.argument)
        operand, argument = self.type(node.operand), self.type(node.argument)
        if not isinstance(operand, SetOf):
            raise self._error(f"`{node.operator}` tests a set, and this is {_named(operand)}", node.operand)
        expected: Type = operand.item if node.operator == "contains" else operand
        if argument != expected:
            raise self._error(
                f"`{node.operator}` needs {_named(expected)} here, and this is {_named(argument)}", node.argument
            )


def _is_resource(node: Expression) -> bool:
    return isinstance(node, Variable) and node.name == "resource"


def _shown(node: Expression) -> str:
    match node:
        case Variable():
            return node.name
        case Attribute():
            return f"{_shown(node.base)}.{node.name}"
        case EntityConstant():
            return f'{node.type}::"{node.id}"'
    return "this"


def _named(found: Type) -> str:
    match found:
        case EntityOf():
            return f"{'an' if found.name[0] in 'AEIOU' else 'a'} `{found.name}`"
        case SetOf():
            return f"a set of {_named(found.item).partition(' ')[2]}s"
        case RecordOf():
            return "a record"
    return {"Bool": "a truth value", "Long": "a number", "String": "a text"}.get(found.name, f"a {found.name}")
