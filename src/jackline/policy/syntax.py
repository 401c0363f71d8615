"""The syntax tree of the subset: what a policy says, with the span of every part.

A tree holds only what the subset has, so whoever walks it (compiler, checker, prover, formatter) can be total: each
walks the alternatives of `Expression` and nothing else. Spans are offsets in characters into the policy's text.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
Membership = Literal["contains", "containsAll", "containsAny"]
VariableName = Literal["principal", "action", "resource", "context"]

VARIABLES: Final = frozenset({"principal", "action", "resource", "context"})


class Node(Struct, frozen=True, tag_field="node"):
    """What every part has: where it stands."""

    start: int
    end: int


class Constant(Node, frozen=True, tag="constant"):
    """`true`, `-5`, `"text"` (unescaped)."""

    value: bool | int | str


class EntityConstant(Node, frozen=True, tag="entity"):
    """`Namespace::Type::"id"`."""

    type: str
    id: str


class SetConstant(Node, frozen=True, tag="set"):
    """`[…]`, of constants only."""

    items: tuple[Expression, ...]


class Variable(Node, frozen=True, tag="variable"):
    """`principal`, `action`, `resource` or `context`."""

    name: VariableName


class Attribute(Node, frozen=True, tag="attribute"):
    """`base.name` or `base["name"]`."""

    base: Expression
    name: str


class Not(Node, frozen=True, tag="not"):
    """`!operand`."""

    operand: Expression


class And(Node, frozen=True, tag="and"):
    """`a && b && …`, from left to right."""

    operands: tuple[Expression, ...]


class Or(Node, frozen=True, tag="or"):
    """`a || b || …`, from left to right."""

    operands: tuple[Expression, ...]


class Compare(Node, frozen=True, tag="compare"):
    """`left operator right`; at least one side is a constant."""

    operator: Comparison
    left: Expression
    right: Expression


class Like(Node, frozen=True, tag="like"):
    """`operand like "a*b"`: `pieces` are the literal texts between the wildcards (`("a", "b")`)."""

    operand: Expression
    pieces: tuple[str, ...]


class In(Node, frozen=True, tag="in"):
    """`operand in ancestors`; the ancestors are an entity or a set of entities."""

    operand: Expression
    ancestors: Expression


class Is(Node, frozen=True, tag="is"):
    """`operand is Type`."""

    operand: Expression
    type: str


class Contains(Node, frozen=True, tag="contains"):
    """`set.contains(x)`, `set.containsAll(other)`, `set.containsAny(other)`; at least one side is a constant."""

    operator: Membership
    operand: Expression
    argument: Expression


Expression: TypeAlias = (
    Constant
    | EntityConstant
    | SetConstant
    | Variable
    | Attribute
    | Not
    | And
    | Or
    | Compare
    | Like
    | In
    | Is
    | Contains
)


class ScopeTest(Node, frozen=True):
    """One line of a policy's head: `principal`, `resource is File in Directory::"/x"`, `action in [A, B]`.

    `type` is the `is` type or empty; `relation` is `==`, `in` or empty, and then `entities` holds what it relates to.
    """

    type: str = ""
    relation: Literal["", "==", "in"] = ""
    entities: tuple[EntityConstant, ...] = ()


class Condition(Node, frozen=True):
    """`when { body }` or `unless { body }`."""

    kind: Literal["when", "unless"]
    body: Expression


class Policy(Node, frozen=True):
    """One rule. `annotations` are in the order of the text; `id` is the `@id`, else `policyN` by position."""

    id: str
    effect: Literal["permit", "forbid"]
    principal: ScopeTest
    action: ScopeTest
    resource: ScopeTest
    conditions: tuple[Condition, ...]
    annotations: tuple[tuple[str, str], ...] = ()

    def annotation(self, key: str) -> str | None:
        """The value of `@key("value")`, or None where the rule has none."""
        return next((value for name, value in self.annotations if name == key), None)


def is_constant(node: Expression) -> bool:
    """Whether a node is a value that the text itself gives."""
    return isinstance(node, (Constant, EntityConstant, SetConstant))


def is_path(node: Expression) -> bool:
    """Whether a node is a variable or attributes of one: something that a request gives."""
    while isinstance(node, Attribute):
        node = node.base
    return isinstance(node, Variable)


def path_of(node: Expression) -> str:
    """`context.effect.atMost` for a path; empty for everything else."""
    names: list[str] = []
    while isinstance(node, Attribute):
        names.append(node.name)
        node = node.base
    if not isinstance(node, Variable):
        return ""
    names.append(node.name)
    return ".".join(reversed(names))


def walk(node: Expression) -> list[Expression]:
    """A node and all below it, parents first."""
    found: list[Expression] = []
    waiting: list[Expression] = [node]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(reversed(children(current)))
    return found


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside a node."""
    match node:
        case And() | Or():
            return node.operands
        case SetConstant():
            return node.items
        case Compare():
            return (node.left, node.right)
        case Contains():
            return (node.operand, node.argument)
        case In():
            return (node.operand, node.ancestors)
        case Not() | Like() | Is():
            return (node.operand,)
        case Attribute():
            return (node.base,)
        case _:
            return ()
