"""Cedar's readable schema form → declarations (https://docs.cedarpolicy.com/schema/human-readable-schema-grammar.html)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.errors import PolicyError
from jackline.policy.lexer import Token, tokenize, unescape
from jackline.policy.schema import (
    MAX_TYPE_NESTING,
    ActionDeclaration,
    EntityDeclaration,
    FieldDeclaration,
    Named,
    Namespace,
    RecordDeclaration,
    Schema,
    SetDeclaration,
    TypeDeclaration,
    resolve,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_RESERVED_TYPES: Final = frozenset({"Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String"})


def parse_schema(text: str) -> Schema:
    """The schema that a text in the readable form declares. Raises `PolicyError`."""
    return resolve(_Parser(text).namespaces(), text)


class _Parser:
    __slots__ = ("_at", "_spaces", "_text", "_tokens")

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text).tokens
        self._at = 0
        self._spaces: dict[str, Namespace] = {"": Namespace("", {}, {}, {})}

    # Tokens

    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _peek(self, text: str) -> bool:
        token = self._tokens[self._at]
        return token.text == text and token.kind != "string"

    def _take(self, text: str) -> bool:
        if self._peek(text):
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        token = self._tokens[self._at]
        if not self._take(text):
            raise self._error(f"expected `{text}`, found {_shown(token)}", token)

    def _error(self, message: str, token: Token) -> PolicyError:
        return PolicyError(message, text=self._text, start=token.start, end=token.end)

    def _word(self, what: str) -> str:
        token = self._next()
        if token.kind != "name":
            raise self._error(f"expected {what}, found {_shown(token)}", token)
        return token.text

    def _name(self, what: str) -> str:
        """A word, or any string in quotes."""
        token = self._next()
        if token.kind == "string":
            return unescape(token, self._text)
        if token.kind != "name":
            raise self._error(f"expected {what}, found {_shown(token)}", token)
        return token.text

    def _path(self, what: str) -> Named:
        start = self._tokens[self._at].start
        parts = [self._word(what)]
        while self._peek("::") and self._tokens[self._at + 1].kind == "name":
            self._next()
            parts.append(self._word(what))
        return Named("::".join(parts), "any", start, self._tokens[self._at - 1].end)

    def _listed(self, item: Callable[[], None], close: str) -> None:
        while not self._take(close):
            item()
            if not self._take(","):
                self._expect(close)
                return

    # Declarations

    def namespaces(self) -> dict[str, Namespace]:
        while self._tokens[self._at].kind != "end":
            self._annotations()
            if self._take("namespace"):
                self._namespace()
            else:
                self._declaration(self._spaces[""])
        return self._spaces

    def _annotations(self) -> None:
        while self._take("@"):
            self._word("an annotation's name")
            if self._take("("):
                self._name("an annotation's value")
                self._expect(")")

    def _namespace(self) -> None:
        name = self._path("a namespace's name").name
        if name in self._spaces:
            raise self._error(f"the namespace `{name}` is declared twice", self._tokens[self._at - 1])
        space = self._spaces[name] = Namespace(name, {}, {}, {})
        self._expect("{")
        while not self._take("}"):
            self._annotations()
            self._declaration(space)

    def _declaration(self, space: Namespace) -> None:
        token = self._next()
        match token.text:
            case "entity":
                self._entity(space)
            case "action":
                self._action(space)
            case "type":
                self._type_declaration(space)
            case _:
                raise self._error(f"expected `entity`, `action`, `type` or `namespace`, found {_shown(token)}", token)

    def _entity(self, space: Namespace) -> None:
        first = self._tokens[self._at]
        names = [self._word("an entity type's name")]
        while self._take(","):
            names.append(self._word("an entity type's name"))
        declaration = self._enumeration() if self._take("enum") else self._entity_body()
        self._expect(";")
        for name in names:
            if name in space.entities:
                raise self._error(f"the entity type `{name}` is declared twice", first)
            space.entities[name] = declaration

    def _enumeration(self) -> EntityDeclaration:
        names: list[str] = []
        opened = self._tokens[self._at]
        self._expect("[")
        self._listed(lambda: names.append(self._string()), "]")
        if not names:
            raise self._error("an enumeration has at least one name", opened)
        return EntityDeclaration(names=frozenset(names))

    def _string(self) -> str:
        token = self._next()
        if token.kind != "string":
            raise self._error(f"expected a name in double quotes, found {_shown(token)}", token)
        return unescape(token, self._text)

    def _entity_body(self) -> EntityDeclaration:
        parents = self._paths() if self._take("in") else ()
        shape: TypeDeclaration = RecordDeclaration({})
        if self._take("=") or self._peek("{"):
            shape = self._type(0)
        tags = self._type(0) if self._take("tags") else None
        return EntityDeclaration(parents, shape, None, tags)

    def _paths(self) -> tuple[Named, ...]:
        if not self._take("["):
            return (self._path("an entity type"),)
        found: list[Named] = []
        self._listed(lambda: found.append(self._path("an entity type")), "]")
        return tuple(found)

    def _action(self, space: Namespace) -> None:
        first = self._tokens[self._at]
        names = [self._name("an action's name")]
        while self._take(","):
            names.append(self._name("an action's name"))
        groups = self._groups() if self._take("in") else ()
        declaration = self._applies_to(groups) if self._take("appliesTo") else ActionDeclaration(groups)
        if self._take("attributes"):
            self._type(0)
        self._expect(";")
        for name in names:
            if name in space.actions:
                raise self._error(f"the action `{name}` is declared twice", first)
            space.actions[name] = declaration

    def _groups(self) -> tuple[tuple[str, str], ...]:
        if not self._take("["):
            return (self._group(),)
        found: list[tuple[str, str]] = []
        self._listed(lambda: found.append(self._group()), "]")
        return tuple(found)

    def _group(self) -> tuple[str, str]:
        if self._tokens[self._at].kind == "string":
            return "", self._string()
        path = self._path("an action group")
        if self._take("::"):
            return path.name, self._string()
        return "", path.name

    def _applies_to(self, groups: tuple[tuple[str, str], ...]) -> ActionDeclaration:
        parts: dict[str, tuple[Named, ...]] = {"principal": (), "resource": ()}
        context: list[TypeDeclaration] = []
        seen: set[str] = set()

        def part() -> None:
            token = self._next()
            if token.text not in {"principal", "resource", "context"} or token.text in seen:
                raise self._error(f"expected one `principal`, `resource` or `context`, found {_shown(token)}", token)
            seen.add(token.text)
            self._expect(":")
            if token.text == "context":
                context.append(self._type(0))
            else:
                parts[token.text] = self._paths()

        opened = self._tokens[self._at]
        self._expect("{")
        self._listed(part, "}")
        if not parts["principal"] or not parts["resource"]:
            raise self._error("`appliesTo` names at least one principal and one resource", opened)
        shape = context[0] if context else RecordDeclaration({})
        return ActionDeclaration(groups, parts["principal"], parts["resource"], shape)

    def _type_declaration(self, space: Namespace) -> None:
        token = self._tokens[self._at]
        name = self._word("a type's name")
        if name in space.types or name in _RESERVED_TYPES:
            raise self._error(f"the type `{name}` is declared twice or is built in", token)
        self._expect("=")
        space.types[name] = self._type(0)
        self._expect(";")

    # Types

    def _type(self, depth: int) -> TypeDeclaration:
        token = self._tokens[self._at]
        if depth > MAX_TYPE_NESTING:
            raise self._error(f"a type is nested more than {MAX_TYPE_NESTING} deep", token)
        if self._peek("{"):
            return self._record(depth)
        named = self._path("a type")
        if named.name == "Set" and self._take("<"):
            item = self._type(depth + 1)
            self._expect(">")
            return SetDeclaration(item)
        return named

    def _record(self, depth: int) -> RecordDeclaration:
        fields: dict[str, FieldDeclaration] = {}

        def field() -> None:
            self._annotations()
            token = self._tokens[self._at]
            name = self._name("an attribute's name")
            if name in fields:
                raise self._error(f"the attribute `{name}` is declared twice", token)
            required = not self._take("?")
            self._expect(":")
            fields[name] = FieldDeclaration(self._type(depth + 1), required)

        self._expect("{")
        self._listed(field, "}")
        return RecordDeclaration(fields)


def _shown(token: Token) -> str:
    return "the end of the text" if token.kind == "end" else f"`{token.text[:40]}`"
