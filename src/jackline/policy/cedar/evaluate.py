"""Rules of the subset over any request, with Cedar's meaning: what fails is skipped, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from jackline.policy.cedar.entities import Entities
from jackline.policy.cedar.values import Record, Truth, Uid, Value, truth
from jackline.policy.names import like
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
)

if TYPE_CHECKING:
    from collections.abc import Iterable


class EvaluationFailed(Exception):  # noqa: N818 - a signal inside this room: the rule is skipped
    """A rule cannot be evaluated on a request: an attribute is missing, or a type is wrong."""


class Request(Struct, frozen=True):
    """Who wants to do what to what, and what is known of them."""

    principal: Uid
    action: Uid
    resource: Uid
    context: Record
    entities: Entities


def decide(policies: Iterable[Policy], request: Request) -> Literal["allow", "deny"]:
    """Allowed where a permit is satisfied and no forbid is."""
    permitted = False
    for policy in policies:
        if (policy.effect == "forbid" or not permitted) and is_satisfied(policy, request):
            if policy.effect == "forbid":
                return "deny"
            permitted = True
    return "allow" if permitted else "deny"


def is_satisfied(policy: Policy, request: Request) -> bool:
    """Whether a rule applies to a request; one that fails on it does not."""
    try:
        return _satisfied(policy, request)
    except EvaluationFailed:
        return False


def _satisfied(policy: Policy, request: Request) -> bool:
    scopes = (
        (policy.principal, request.principal),
        (policy.action, request.action),
        (policy.resource, request.resource),
    )
    if not all(_in_scope(scope, uid, request.entities) for scope, uid in scopes):
        return False
    for condition in policy.conditions:
        holds = _truth(condition.body, request)
        if holds is not (Truth.TRUE if condition.kind == "when" else Truth.FALSE):
            return False
    return True


def _in_scope(scope: ScopeTest, uid: Uid, entities: Entities) -> bool:
    if scope.type and uid.type != scope.type:
        return False
    named = [Uid(entity.type, entity.id) for entity in scope.entities]
    match scope.relation:
        case "==":
            return uid == named[0]
        case "in":
            return any(entities.is_in(uid, each) for each in named)
    return True


def _truth(node: Expression, request: Request) -> Truth:
    value = _value(node, request)
    if not isinstance(value, Truth):
        raise EvaluationFailed
    return value


def _value(node: Expression, request: Request) -> Value:
    match node:
        case Constant():
            return truth(node.value) if isinstance(node.value, bool) else node.value
        case EntityConstant():
            return Uid(node.type, node.id)
        case SetConstant():
            return frozenset(_value(item, request) for item in node.items)
        case Variable():
            value: Value = getattr(request, node.name)
            return value
        case Attribute():
            return _attribute(_value(node.base, request), node.name, request.entities)
        case Not():
            return truth(_truth(node.operand, request) is Truth.FALSE)
        case And():
            return truth(all(_truth(each, request) is Truth.TRUE for each in node.operands))
        case Or():
            return truth(any(_truth(each, request) is Truth.TRUE for each in node.operands))
        case _:
            return truth(_test(node, request))


def _attribute(base: Value, name: str, entities: Entities) -> Value:
    fields: dict[str, Value] = {}
    if isinstance(base, Record):
        fields = base.fields
    elif isinstance(base, Uid):
        entity = entities.get(base)
        fields = entity.attributes if entity is not None else {}
    if name not in fields:
        raise EvaluationFailed
    return fields[name]


def _test(node: Expression, request: Request) -> bool:
    match node:
        case Compare():
            return _compare(node.operator, _value(node.left, request), _value(node.right, request))
        case Like():
            text = _value(node.operand, request)
            if not isinstance(text, str):
                raise EvaluationFailed
            return like(text, node.pieces)
        case Is():
            return _uid(_value(node.operand, request)).type == node.type
        case In():
            return _in(_value(node.operand, request), _value(node.ancestors, request), request.entities)
        case Contains():
            return _contains(node, _value(node.operand, request), _value(node.argument, request))
    raise EvaluationFailed


def _compare(operator: str, left: Value, right: Value) -> bool:
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    if not isinstance(left, int) or not isinstance(right, int):
        raise EvaluationFailed
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
    return left >= right


def _in(operand: Value, ancestors: Value, entities: Entities) -> bool:
    uid = _uid(operand)
    listed = [_uid(each) for each in ancestors] if isinstance(ancestors, frozenset) else [_uid(ancestors)]
    return any(entities.is_in(uid, each) for each in listed)


def _contains(node: Contains, operand: Value, argument: Value) -> bool:
    if not isinstance(operand, frozenset):
        raise EvaluationFailed
    if node.operator == "contains":
        return argument in operand
    if not isinstance(argument, frozenset):
        raise EvaluationFailed
    return argument <= operand if node.operator == "containsAll" else not operand.isdisjoint(argument)


def _uid(value: Value) -> Uid:
    if not isinstance(value, Uid):
        raise EvaluationFailed
    return value
