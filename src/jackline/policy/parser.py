"""Policy text → syntax trees, or a `PolicyError` with the span of what the subset does not have.

The grammar is Cedar's (https://docs.cedarpolicy.com/policies/syntax-grammar.html) without templates, `has`, `if`,
arithmetic, records, extension functions and tags, and with one side of every comparison constant. What Cedar itself
refuses is refused here too. Nesting is bounded, so that no text exhausts the stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.errors import PolicyError
from jackline.policy.lexer import Token, tokenize, unescape, unescape_pattern
from jackline.policy.syntax import (
    VARIABLES,
    And,
    Attribute,
    Compare,
    Condition,
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
    is_path,
)

if TYPE_CHECKING:
    from typing import Literal

MAX_NESTING: Final = 40
"""Parentheses, negations and sets inside each other."""

MAX_NEGATIONS: Final = 4
"""`!` or `-` in a row: Cedar's own limit."""

MAX_ATTRIBUTES: Final = 40
"""Attributes of attributes in one path."""

RESERVED: Final = frozenset({"true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"})
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_RELATIONS: Final = _COMPARISONS | {"in", "is", "like", "has"}
_MEMBERSHIPS: Final = frozenset({"contains", "containsAll", "containsAny"})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%"})
_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1

_OUTSIDE: Final = {
    "has": "`has` is outside the subset: every attribute is always present, so test its value",
    "if": "`if … then … else` is outside the subset; write it with `&&`, `||` and `!`",
    "?": "templates (`?principal`, `?resource`) are outside the subset; write the entity itself",
    "{": "records are outside the subset; compare their attributes one by one",
    "arithmetic": "arithmetic is outside the subset; compare with the number that comes out",
}


def parse(text: str) -> tuple[Policy, ...]:
    """All policies of a text, in order. Raises `PolicyError` at the first thing that is outside the subset."""
    return _Parser(text).policies()


def parse_entity(text: str) -> EntityConstant:
    """The one entity, `Type::"id"`, that a text consists of. Raises `PolicyError`."""
    return _Parser(text).only_entity()


class _Parser:
    __slots__ = ("_at", "_depth", "_text", "_tokens")

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text).tokens
        self._at = 0
        self._depth = 0

    # Tokens

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    @property
    def _last_end(self) -> int:
        return self._tokens[self._at - 1].end if self._at else 0

    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _take(self, text: str) -> bool:
        token = self._tokens[self._at]
        if token.text == text and token.kind != "string":
            self._at += 1
            return True
        return False

    def _expect(self, text: str, where: str) -> Token:
        token = self._now
        if not self._take(text):
            raise self._error(f"expected `{text}` {where}, found {_shown(token)}", token)
        return token

    def _peek(self, text: str, ahead: int = 0) -> bool:
        position = min(self._at + ahead, len(self._tokens) - 1)
        token = self._tokens[position]
        return token.text == text and token.kind != "string"

    def _error(self, message: str, token: Token) -> PolicyError:
        return PolicyError(message, text=self._text, start=token.start, end=max(token.end, token.start))

    def _error_at(self, message: str, node: Expression) -> PolicyError:
        return PolicyError(message, text=self._text, start=node.start, end=node.end)

    def only_entity(self) -> EntityConstant:
        found = self._entity()
        if self._now.kind != "end":
            raise self._error(f"expected the end of the text, found {_shown(self._now)}", self._now)
        return found

    # Policies

    def policies(self) -> tuple[Policy, ...]:
        found: list[Policy] = []
        while self._now.kind != "end":
            found.append(self._policy(len(found)))
        return tuple(found)

    def _policy(self, position: int) -> Policy:
        start = self._now.start
        annotations = self._annotations()
        effect = self._next()
        if effect.text not in {"permit", "forbid"}:
            raise self._error(f"a rule begins with `permit` or `forbid`, found {_shown(effect)}", effect)
        self._expect("(", "behind the effect")
        principal = self._scope("principal")
        self._expect(",", "behind the principal")
        action = self._action_scope()
        self._expect(",", "behind the action")
        resource = self._scope("resource")
        self._take(",")
        self._expect(")", "behind the resource")
        conditions = []
        while not self._peek(";"):
            conditions.append(self._condition())
        self._expect(";", "at the end of the rule")
        name = dict(annotations).get("id") or f"policy{position}"
        kind: Literal["permit", "forbid"] = "permit" if effect.text == "permit" else "forbid"
        return Policy(
            start, self._last_end, name, kind, principal, action, resource, tuple(conditions), tuple(annotations)
        )

    def _annotations(self) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        while self._take("@"):
            key = self._next()
            if key.kind != "name":
                raise self._error(f"an annotation has a name, found {_shown(key)}", key)
            if key.text in found:
                raise self._error(f"`@{key.text}` stands twice on one rule", key)
            value = ""
            if self._take("("):
                token = self._next()
                if token.kind != "string":
                    raise self._error(
                        f"the value of `@{key.text}` is a string in double quotes, found {_shown(token)}", token
                    )
                value = unescape(token, self._text)
                self._expect(")", "behind the annotation's value")
            found[key.text] = value
        return list(found.items())

    def _scope(self, variable: str) -> ScopeTest:
        start = self._expect(variable, "in the head of a rule (principal, action, resource, in this order)").start
        kind = ""
        if self._take("is"):
            kind = self._type_name()
            relation = "in" if self._take("in") else ""
        else:
            relation = self._relation(variable)
        entities = (self._entity(),) if relation else ()
        return ScopeTest(start, self._last_end, kind, relation, entities)  # type: ignore[arg-type]  # one of "", "==", "in"

    def _relation(self, variable: str) -> str:
        token = self._now
        if token.text in {"==", "in"}:
            return self._next().text
        if token.text not in {",", ")"}:
            raise self._error(f"behind `{variable}` stands `==`, `in`, `is` or a comma, found {_shown(token)}", token)
        return ""

    def _action_scope(self) -> ScopeTest:
        start = self._expect("action", "in the head of a rule (principal, action, resource, in this order)").start
        if self._peek("is"):
            raise self._error('`is` cannot be used on the action; name it: `action == Action::"read"`', self._now)
        relation = self._relation("action")
        entities: list[EntityConstant] = []
        if relation == "in" and self._take("["):
            while not self._take("]"):
                entities.append(self._entity())
                if not self._take(","):
                    self._expect("]", "behind the actions")
                    break
        elif relation:
            entities.append(self._entity())
        for entity in entities:
            if entity.type.rpartition("::")[2] != "Action":
                raise self._error_at(f'an action is written `Action::"{entity.id}"`, not `{entity.type}::…`', entity)
        return ScopeTest(start, self._last_end, "", relation, tuple(entities))  # type: ignore[arg-type]  # one of "", "==", "in"

    def _condition(self) -> Condition:
        keyword = self._next()
        if keyword.text not in {"when", "unless"}:
            raise self._error(f"expected `when`, `unless` or `;`, found {_shown(keyword)}", keyword)
        self._expect("{", f"behind `{keyword.text}`")
        if self._peek("}"):
            raise self._error(
                f"the condition of `{keyword.text}` is empty; say what it tests or leave it out", self._now
            )
        body = self._expression()
        self._expect("}", "at the end of the condition")
        kind: Literal["when", "unless"] = "when" if keyword.text == "when" else "unless"
        return Condition(keyword.start, self._last_end, kind, body)

    # Names and entities

    def _name(self, what: str) -> Token:
        token = self._next()
        if token.kind != "name":
            if token.text == "?":
                raise self._error(_OUTSIDE["?"], token)
            raise self._error(f"expected {what}, found {_shown(token)}", token)
        if token.text in RESERVED:
            raise self._error(f"`{token.text}` is a reserved word and cannot be {what}", token)
        return token

    def _type_name(self) -> str:
        parts = [self._name("an entity type").text]
        while self._peek("::") and self._tokens[self._at + 1].kind == "name":
            self._next()
            parts.append(self._name("an entity type").text)
        return "::".join(parts)

    def _entity(self) -> EntityConstant:
        if self._peek("["):
            raise self._error("only actions can be listed here; write one entity", self._now)
        start = self._now.start
        kind = self._type_name()
        self._expect("::", "between the entity's type and its name")
        token = self._next()
        if token.kind != "string":
            raise self._error(f'an entity is written `{kind}::"name"`, found {_shown(token)}', token)
        return EntityConstant(start, token.end, kind, unescape(token, self._text))

    # Expressions: `||` below `&&` below relations below `!` below paths

    def _expression(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self._error(f"this is nested more than {MAX_NESTING} deep; split the rule", self._now)
        found = self._or()
        self._depth -= 1
        return found

    def _or(self) -> Expression:
        first = self._and()
        operands = [first]
        while self._take("||"):
            operands.append(self._and())
        return Or(first.start, operands[-1].end, tuple(operands)) if len(operands) > 1 else first

    def _and(self) -> Expression:
        first = self._relation_expression()
        operands = [first]
        while self._take("&&"):
            operands.append(self._relation_expression())
        return And(first.start, operands[-1].end, tuple(operands)) if len(operands) > 1 else first

    def _relation_expression(self) -> Expression:
        left = self._unary()
        token = self._now
        if token.text not in _RELATIONS or token.kind == "string":
            if token.text in _ARITHMETIC and token.kind == "mark":
                raise self._error(_OUTSIDE["arithmetic"], token)
            if token.text == "=":
                raise self._error("`=` is not an operator; equality is `==`", token)
            return left
        self._next()
        found = self._related(left, token)
        behind = self._now
        if behind.kind != "string" and behind.text in _RELATIONS:
            raise self._error(f"`{behind.text}` behind another comparison needs parentheses", behind)
        if behind.kind == "mark" and behind.text in _ARITHMETIC:
            raise self._error(_OUTSIDE["arithmetic"], behind)
        return found

    def _related(self, left: Expression, operator: Token) -> Expression:
        if operator.text == "has":
            raise self._error(_OUTSIDE["has"], operator)
        if operator.text == "like":
            pattern = self._next()
            if pattern.kind != "string":
                raise self._error(f"behind `like` stands a pattern in double quotes, found {_shown(pattern)}", pattern)
            self._comparable(left)
            return Like(left.start, pattern.end, left, unescape_pattern(pattern, self._text))
        if operator.text == "is":
            return self._is(left)
        right = self._unary()
        self._one_constant(left, right, operator)
        if operator.text == "in":
            if not isinstance(right, (EntityConstant, SetConstant)):
                raise self._error_at("behind `in` stands an entity or a set of entities, as constants", right)
            return In(left.start, right.end, left, right)
        return Compare(left.start, right.end, operator.text, left, right)  # type: ignore[arg-type]  # one of the comparisons

    def _is(self, left: Expression) -> Expression:
        self._comparable(left)
        if self._now.kind == "string":
            raise self._error("behind `is` stands an entity type without quotes", self._now)
        kind = self._type_name()
        test = Is(left.start, self._last_end, left, kind)
        if not self._take("in"):
            return test
        right = self._unary()
        if not isinstance(right, (EntityConstant, SetConstant)):
            raise self._error_at("behind `in` stands an entity or a set of entities, as constants", right)
        return And(left.start, right.end, (test, In(left.start, right.end, left, right)))

    def _one_constant(self, left: Expression, right: Expression, operator: Token) -> None:
        self._comparable(left)
        self._comparable(right)
        if not (is_constant(left) or is_constant(right)):
            message = f"`{operator.text}` compares two attributes; the subset compares with constants only"
            raise PolicyError(message, text=self._text, start=left.start, end=right.end)

    def _comparable(self, node: Expression) -> None:
        if not (is_constant(node) or is_path(node)):
            raise self._error_at("the result of an expression cannot be compared; use `&&`, `||` and `!`", node)

    def _unary(self) -> Expression:
        if self._peek("-"):
            return self._negative()
        starts: list[int] = []
        while self._peek("!"):
            starts.append(self._next().start)
        if len(starts) > MAX_NEGATIONS:
            message = f"more than {MAX_NEGATIONS} `!` in a row"
            raise PolicyError(message, text=self._text, start=starts[0], end=starts[-1] + 1)
        found = self._member()
        for start in reversed(starts):
            found = Not(start, found.end, found)
        return found

    def _negative(self) -> Expression:
        sign = self._next()
        token = self._next()
        if token.kind != "number":
            raise self._error(_OUTSIDE["arithmetic"], sign)
        value = self._number("-" + token.text, token)
        return self._selected(Constant(sign.start, token.end, value))

    def _number(self, digits: str, token: Token) -> int:
        if len(digits.lstrip("-0")) > len(str(_INT64_MAX)) or not _INT64_MIN <= int(digits) <= _INT64_MAX:
            raise self._error("this number does not fit in 64 bits", token)
        return int(digits)

    def _member(self) -> Expression:
        return self._selected(self._primary())

    def _selected(self, node: Expression) -> Expression:
        for _ in range(MAX_ATTRIBUTES):
            if self._take("."):
                name = self._name("an attribute")
                node = self._method(node, name) if self._peek("(") else self._attribute(node, name.text)
            elif self._peek("["):
                self._next()
                token = self._next()
                if token.kind != "string":
                    raise self._error(
                        f"in `[…]` stands an attribute's name in double quotes, found {_shown(token)}", token
                    )
                self._expect("]", "behind the attribute's name")
                node = self._attribute(node, unescape(token, self._text))
            elif self._peek("("):
                raise self._error(
                    "extension functions (`ip`, `decimal`, `datetime`, …) are outside the subset", self._now
                )
            else:
                return node
        raise self._error(f"more than {MAX_ATTRIBUTES} attributes in one path", self._now)

    def _attribute(self, base: Expression, name: str) -> Expression:
        if not is_path(base):
            raise self._error_at("only a variable and its attributes have attributes in the subset", base)
        return Attribute(base.start, self._last_end, base, name)

    def _method(self, operand: Expression, name: Token) -> Expression:
        if name.text not in _MEMBERSHIPS:
            raise self._error(
                f"`.{name.text}(…)` is outside the subset; it has contains, containsAll and containsAny", name
            )
        self._expect("(", f"behind `{name.text}`")
        if self._peek(")"):
            raise self._error(f"`{name.text}` needs one argument", self._now)
        argument = self._expression()
        self._take(",")
        self._expect(")", f"behind the one argument of `{name.text}`")
        self._one_constant(operand, argument, name)
        return Contains(operand.start, self._last_end, name.text, operand, argument)  # type: ignore[arg-type]  # one of the three

    def _primary(self) -> Expression:
        token = self._now
        match token.kind:
            case "string":
                self._next()
                return Constant(token.start, token.end, unescape(token, self._text))
            case "number":
                self._next()
                return Constant(token.start, token.end, self._number(token.text, token))
            case "name":
                return self._named(token)
            case "end":
                raise self._error("the text ends inside a rule", token)
        if token.text == "(":
            return self._parenthesized()
        if token.text == "[":
            return self._set()
        raise self._error(_OUTSIDE.get(token.text, f"expected a test, found {_shown(token)}"), token)

    def _named(self, token: Token) -> Expression:
        if token.text in {"true", "false"}:
            self._next()
            return Constant(token.start, token.end, token.text == "true")
        if token.text in _OUTSIDE:
            raise self._error(_OUTSIDE[token.text], token)
        if self._peek("::", 1):
            return self._entity()
        if token.text in VARIABLES:
            self._next()
            return Variable(token.start, token.end, token.text)  # type: ignore[arg-type]  # one of the variables
        if self._peek("(", 1):
            raise self._error(f"`{token.text}(…)` is an extension function, and outside the subset", token)
        raise self._error(
            f"`{token.text}` is not known here; paths begin with principal, action, resource or context", token
        )

    def _parenthesized(self) -> Expression:
        self._next()
        found = self._expression()
        self._expect(")", "behind the expression")
        return found

    def _set(self) -> Expression:
        start = self._next().start
        items: list[Expression] = []
        while not self._take("]"):
            item = self._expression()
            if not is_constant(item):
                raise self._error_at("a set holds constants only", item)
            items.append(item)
            if not self._take(","):
                self._expect("]", "behind the set")
                break
        return SetConstant(start, self._last_end, tuple(items))


def _shown(token: Token) -> str:
    return "the end of the text" if token.kind == "end" else f"`{token.text[:40]}`"
