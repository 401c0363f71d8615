"""JavaScript's syntax tree → Python's `ast`, which is the interpreter's own language.

The translation keeps what matters for effects: calls, values, names, order, branches. Positions are characters of the
source, as if it stood on one line. Sources: ECMA-262 (2025), the grammar of tree-sitter-typescript.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import tree_sitter_typescript
from tree_sitter import Language, Parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

MAX_SOURCE: Final = 262_144
MAX_DEPTH: Final = 120

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_BINARY: Final[dict[str, type[ast.operator]]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "%": ast.Mod, "^": ast.BitXor, "&": ast.BitAnd, "|": ast.BitOr,
    ">>": ast.RShift,
}  # fmt: skip
_COMPARED: Final[dict[str, type[ast.cmpop]]] = {
    "==": ast.Eq, "===": ast.Eq, "!=": ast.NotEq, "!==": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE, "in": ast.In,
}  # fmt: skip


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_typescript.language_tsx()))


def parse(source: str) -> ast.Module | None:
    """The program as a Python tree; None where the source does not parse or is past the bounds."""
    if len(source) > MAX_SOURCE:
        return None
    data = source.encode("utf-8", "surrogatepass")
    tree = _parser().parse(data)
    if tree.root_node.has_error:
        return None
    translation = Translation(data, ascii_only=len(data) == len(source))
    try:
        module = ast.Module(translation.statements(tree.root_node.named_children), [])
        return ast.fix_missing_locations(module)
    except (RecursionError, TooDeepError):
        return None


class TooDeepError(Exception):
    """The source nests deeper than the translation follows."""


class Translation:
    """One source. Its methods take a node and give the Python node for it."""

    def __init__(self, data: bytes, *, ascii_only: bool) -> None:
        """`ascii_only`: byte offsets are character offsets."""
        self.data, self.ascii_only, self.depth = data, ascii_only, 0
        self.hoisted: list[ast.stmt] = []
        self.count = 0

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def place(self, made: Any, node: Node) -> Any:  # noqa: ANN401 - any node of ast
        """Give a Python node the span of a JavaScript node, in characters, on line 1."""
        start, end = node.start_byte, node.end_byte
        if not self.ascii_only:
            start, end = (len(self.data[:offset].decode("utf-8", "replace")) for offset in (start, end))
        made.lineno = made.end_lineno = 1
        made.col_offset, made.end_col_offset = start, end
        return made

    # ---- statements ----------------------------------------------------------------------------------------------------

    def statements(self, nodes: Sequence[Node]) -> list[ast.stmt]:
        """Statements in order, functions of the block first (they are hoisted)."""
        first = [node for node in nodes if node.type in {"function_declaration", "generator_function_declaration"}]
        rest = [node for node in nodes if node not in first]
        made: list[ast.stmt] = []
        for node in (*first, *rest):
            made.extend(self.statement(node))
        return made

    def statement(self, node: Node) -> list[ast.stmt]:
        """One statement as Python statements. Raises `TooDeepError`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooDeepError
        outer, self.hoisted = self.hoisted, []
        try:
            form = _STATEMENTS.get(node.type)
            made: list[ast.stmt] = getattr(self, f"_{form}")(node) if form is not None else self._loose(node)
            return [*self.hoisted, *made]
        finally:
            self.hoisted = outer
            self.depth -= 1

    def _nothing(self, _node: Node) -> list[ast.stmt]:
        """Comments, types, jumps: nothing that has effects."""
        return []

    def _loose(self, node: Node) -> list[ast.stmt]:
        """A statement form without a translation of its own: its parts, in order."""
        return self.statements(node.named_children) if node.named_children else []

    def block(self, node: Node | None) -> list[ast.stmt]:
        """The body of a branch, never empty."""
        if node is None:
            return [ast.Pass()]
        made = (
            self.statements(node.named_children)
            if node.type in {"statement_block", "else_clause"}
            else self.statement(node)
        )
        return made or [ast.Pass()]

    def _expression_statement(self, node: Node) -> list[ast.stmt]:
        return [self.place(ast.Expr(self.value(child)), node) for child in node.named_children]

    def _declaration(self, node: Node) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for declarator in node.named_children:
            target, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
            if target is not None and value is not None:
                made.extend(self.bind(target, self.value(value)))
        return made

    def bind(self, target: Node, value: ast.expr) -> list[ast.stmt]:
        """`const target = value`, patterns taken apart."""
        if target.type in {"object_pattern", "object"}:
            return self._bind_object(target, value)
        return [self.place(ast.Assign([self._target(target)], value), target)]

    def _bind_object(self, target: Node, value: ast.expr) -> list[ast.stmt]:
        whole = self._temporary()
        made: list[ast.stmt] = [self.place(ast.Assign([ast.Name(whole, ast.Store())], value), target)]
        for part in target.named_children:
            key, inner = part.child_by_field_name("key"), part.child_by_field_name("value")
            left = part.child_by_field_name("left")
            name = key or left or (part if part.type.startswith("shorthand") else None)
            if name is None:
                continue
            attribute = self.place(ast.Attribute(ast.Name(whole, ast.Load()), self._key(name), ast.Load()), part)
            made.extend(self.bind(inner if inner is not None else name, attribute))
        return made

    def _target(self, node: Node) -> ast.expr:
        if node.type in {"array_pattern", "array"}:
            parts: list[ast.expr] = [self._target(part) for part in node.named_children]
            return ast.Tuple(parts, ast.Store())
        if node.type == "member_expression":
            value: Any = self.value(node)
            return (
                ast.Attribute(value.value, value.attr, ast.Store())
                if isinstance(value, ast.Attribute)
                else ast.Name("_", ast.Store())
            )
        if node.type == "subscript_expression":
            held: Any = self.value(node)
            return (
                ast.Subscript(held.value, held.slice, ast.Store())
                if isinstance(held, ast.Subscript)
                else ast.Name("_", ast.Store())
            )
        named = node.child_by_field_name("left") or node
        inner = (
            named.named_children[0]
            if named.type in {"rest_pattern", "as_expression", "parenthesized_expression"}
            else named
        )
        return ast.Name(self.text(inner), ast.Store())

    def _temporary(self) -> str:
        self.count += 1
        return f"·{self.count}"

    def _function_declaration(self, node: Node) -> list[ast.stmt]:
        name = node.child_by_field_name("name")
        return [self.function(node, self.text(name) if name is not None else self._temporary())]

    def function(self, node: Node, name: str) -> ast.FunctionDef:
        """A function of any form as a definition."""
        body = node.child_by_field_name("body")
        parameters, prologue = self._parameters(node)
        if body is None or body.type == "statement_block":
            statements = self.block(body)
        else:
            outer, self.hoisted = self.hoisted, []
            returned = self.place(ast.Return(self.value(body)), body)
            statements = [*self.hoisted, returned]
            self.hoisted = outer
        made = ast.FunctionDef(name, parameters, [*prologue, *statements], [], None)
        return self.place(made, node)  # type: ignore[no-any-return]

    def _parameters(self, node: Node) -> tuple[ast.arguments, list[ast.stmt]]:
        spec = ast.arguments([], [], None, [], [], None, [])
        prologue: list[ast.stmt] = []
        group = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
        nodes = (
            group.named_children
            if group is not None and group.type == "formal_parameters"
            else [group]
            if group is not None
            else []
        )
        for part in nodes:
            pattern = part.child_by_field_name("pattern") or part
            if pattern.type == "this":
                continue
            if pattern.type == "rest_pattern":
                spec.vararg = ast.arg(self.text(pattern.named_children[0]))
                continue
            default = part.child_by_field_name("value")
            plain = pattern.type == "identifier"
            name = self.text(pattern) if plain else self._temporary()
            spec.args.append(ast.arg(name))
            if default is not None or spec.defaults:
                spec.defaults.append(self.value(default) if default is not None else ast.Constant(None))
            if not plain:
                prologue.extend(self.bind(pattern, ast.Name(name, ast.Load())))
        return spec, prologue

    def _class(self, node: Node) -> list[ast.stmt]:
        name = node.child_by_field_name("name")
        return [self._class_named(node, self.text(name) if name is not None else self._temporary())]

    def _class_named(self, node: Node, name: str) -> ast.ClassDef:
        body: list[ast.stmt] = []
        holder = node.child_by_field_name("body")
        for member in holder.named_children if holder is not None else []:
            key, value = member.child_by_field_name("name"), member.child_by_field_name("value")
            if member.type == "method_definition" and key is not None:
                known = "__init__" if self.text(key) == "constructor" else self._key(key)
                method = self.function(member, known)
                method.args.args.insert(0, ast.arg("this"))
                body.append(method)
            elif key is not None and value is not None:
                body.append(ast.Assign([ast.Name(self._key(key), ast.Store())], self.value(value)))
            elif member.type == "class_static_block":
                body.extend(self._loose(member))
        return self.place(ast.ClassDef(name, [], [], body or [ast.Pass()], []), node)  # type: ignore[no-any-return]

    def _if(self, node: Node) -> list[ast.stmt]:
        test = self._field(node, "condition")
        other = node.child_by_field_name("alternative")
        made = ast.If(
            test, self.block(node.child_by_field_name("consequence")), self.block(other) if other is not None else []
        )
        return [self.place(made, node)]

    def _for(self, node: Node) -> list[ast.stmt]:
        """A counting loop runs its body with unknown numbers: once, as a branch that may be taken."""
        start = node.child_by_field_name("initializer")
        before = self.statement(start) if start is not None else []
        loop = ast.For(
            ast.Name("_", ast.Store()),
            ast.Name("·unknown", ast.Load()),
            self.block(node.child_by_field_name("body")),
            [],
        )
        counted = [target for made in before if isinstance(made, ast.Assign) for target in made.targets]
        unset = [
            ast.Assign([ast.Name(target.id, ast.Store())], ast.Name("·unknown", ast.Load()))
            for target in counted
            if isinstance(target, ast.Name)
        ]
        return [*before, *unset, self.place(loop, node)]

    def _for_in(self, node: Node) -> list[ast.stmt]:
        left = node.child_by_field_name("left")
        keys = node.child_by_field_name("operator")
        items = self._field(node, "right")
        if keys is not None and self.text(keys) == "in":
            items = ast.Name("·unknown", ast.Load())
        name = self._temporary()
        bound = self.bind(left, ast.Name(name, ast.Load())) if left is not None else []
        loop = ast.For(ast.Name(name, ast.Store()), items, [*bound, *self.block(node.child_by_field_name("body"))], [])
        return [self.place(loop, node)]

    def _while(self, node: Node) -> list[ast.stmt]:
        return [
            self.place(
                ast.While(self._field(node, "condition"), self.block(node.child_by_field_name("body")), []), node
            )
        ]

    def _do(self, node: Node) -> list[ast.stmt]:
        return [*self.block(node.child_by_field_name("body")), ast.Expr(self._field(node, "condition"))]

    def _try(self, node: Node) -> list[ast.stmt]:
        handler, last = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
        caught = handler.child_by_field_name("body") if handler is not None else None
        finished = last.child_by_field_name("body") if last is not None else None
        made = ast.Try(
            self.block(node.child_by_field_name("body")),
            [ast.ExceptHandler(None, None, self.block(caught))] if caught is not None else [],
            [],
            self.block(finished) if finished is not None or caught is None else [],
        )
        return [self.place(made, node)]

    def _switch(self, node: Node) -> list[ast.stmt]:
        made: list[ast.stmt] = [ast.Expr(self._field(node, "value"))]
        body = node.child_by_field_name("body")
        for case in body.named_children if body is not None else []:
            parts = [part for part in case.named_children if part != case.child_by_field_name("value")]
            made.append(ast.If(ast.Name("·unknown", ast.Load()), self.statements(parts) or [ast.Pass()], []))
        return made

    def _return(self, node: Node) -> list[ast.stmt]:
        value = self.value(node.named_children[0]) if node.named_children else None
        return [self.place(ast.Return(value), node)]

    def _throw(self, node: Node) -> list[ast.stmt]:
        return [self.place(ast.Expr(self.value(child)), node) for child in node.named_children]

    def _export(self, node: Node) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for field in ("declaration", "value"):
            part = node.child_by_field_name(field)
            if part is not None:
                made.extend(self.statement(part) if field == "declaration" else [ast.Expr(self.value(part))])
        source = node.child_by_field_name("source")
        if source is not None:
            made.append(ast.Expr(self._require(source)))
        return made

    def _import(self, node: Node) -> list[ast.stmt]:
        source = node.child_by_field_name("source")
        if source is None or self.text(node).startswith("import type"):
            return []
        name = self._temporary()
        made: list[ast.stmt] = [self.place(ast.Assign([ast.Name(name, ast.Store())], self._require(source)), node)]
        clause = next((child for child in node.named_children if child.type == "import_clause"), None)
        for part in clause.named_children if clause is not None else []:
            made.extend(self._imported(part, name))
        return made

    def _imported(self, part: Node, module: str) -> list[ast.stmt]:
        whole = ast.Name(module, ast.Load())
        if part.type == "named_imports":
            made: list[ast.stmt] = []
            for one in part.named_children:
                name, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
                if name is not None:
                    own = self.text(alias or name)
                    made.append(
                        ast.Assign([ast.Name(own, ast.Store())], ast.Attribute(whole, self._key(name), ast.Load()))
                    )
            return made
        named = part.named_children[0] if part.type == "namespace_import" else part
        return [ast.Assign([ast.Name(self.text(named), ast.Store())], whole)]

    def _require(self, source: Node) -> ast.expr:
        return self.place(ast.Call(ast.Name("require", ast.Load()), [self.value(source)], []), source)  # type: ignore[no-any-return]

    # ---- expressions ---------------------------------------------------------------------------------------------------

    def value(self, node: Node) -> ast.expr:
        """One expression. A form without a translation of its own becomes a tuple of its parts. Raises `TooDeepError`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooDeepError
        try:
            form = _EXPRESSIONS.get(node.type)
            if form is not None:
                made: ast.expr = getattr(self, f"_{form}")(node)
            else:
                made = ast.Subscript(
                    ast.Tuple([self.value(child) for child in node.named_children], ast.Load()),
                    ast.Name("·unknown", ast.Load()),
                    ast.Load(),
                )
            return self.place(made, node)  # type: ignore[no-any-return]
        finally:
            self.depth -= 1

    def _field(self, node: Node, name: str) -> ast.expr:
        part = node.child_by_field_name(name)
        return self.value(part) if part is not None else ast.Constant(None)

    def _key(self, node: Node) -> str:
        if node.type == "string":
            return str(self._string(node).value)
        return self.text(node)

    def _identifier(self, node: Node) -> ast.expr:
        return ast.Name(self.text(node), ast.Load())

    def _string(self, node: Node) -> ast.Constant:
        return ast.Constant("".join(self._fragment(part) for part in node.named_children))

    def _fragment(self, node: Node) -> str:
        text = self.text(node)
        if node.type != "escape_sequence":
            return text
        body = text[1:]
        try:
            if body[0] == "u":
                return chr(int(body[1:].strip("{}"), 16))
            if body[0] == "x":
                return chr(int(body[1:], 16))
        except (ValueError, OverflowError):
            return ""
        return _ESCAPES.get(body, body)

    def _number(self, node: Node) -> ast.expr:
        text = self.text(node).replace("_", "").rstrip("n")
        try:
            return ast.Constant(
                int(text, 0) if not any(mark in text for mark in ".eE") or text.startswith("0x") else float(text)
            )
        except (ValueError, OverflowError):
            return ast.Name("·unknown", ast.Load())

    def _template(self, node: Node) -> ast.expr:
        parts: list[ast.expr] = []
        for part in node.named_children:
            if part.type == "template_substitution":
                parts.append(ast.FormattedValue(self.value(part.named_children[0]), -1, None))
            else:
                parts.append(ast.Constant(self._fragment(part)))
        return ast.JoinedStr(parts)

    def _member(self, node: Node) -> ast.expr:
        held = node.child_by_field_name("property")
        return ast.Attribute(self._field(node, "object"), self.text(held) if held is not None else "", ast.Load())

    def _subscript(self, node: Node) -> ast.expr:
        index = self._field(node, "index")
        owner = self._field(node, "object")
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            return ast.Attribute(owner, index.value, ast.Load())
        return ast.Call(ast.Name("·item", ast.Load()), [owner, index], [])

    def _call(self, node: Node) -> ast.expr:
        function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        callee = (
            self.value(function)
            if function is not None and function.type != "import"
            else ast.Name("require", ast.Load())
        )
        if given is not None and given.type == "template_string":  # a tagged template: $`rm ${x}`
            return ast.Call(callee, [self._template(given)], [])
        return ast.Call(callee, self._arguments(given), [])

    def _arguments(self, given: Node | None) -> list[ast.expr]:
        return (
            [self.value(child) for child in given.named_children if child.type != "comment"]
            if given is not None
            else []
        )

    def _new(self, node: Node) -> ast.expr:
        return ast.Call(self._field(node, "constructor"), self._arguments(node.child_by_field_name("arguments")), [])

    def _function(self, node: Node) -> ast.expr:
        name = self._temporary()
        self.hoisted.append(self.function(node, name))
        return ast.Name(name, ast.Load())

    def _class_value(self, node: Node) -> ast.expr:
        name = self._temporary()
        self.hoisted.append(self._class_named(node, name))
        return ast.Name(name, ast.Load())

    def _object(self, node: Node) -> ast.expr:
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        for part in node.named_children:
            key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
            if part.type == "spread_element":
                keys.append(None)
                values.append(self.value(part.named_children[0]))
            elif part.type == "shorthand_property_identifier":
                keys.append(ast.Constant(self.text(part)))
                values.append(self._identifier(part))
            elif part.type == "method_definition":
                keys.append(ast.Constant(self.text(part.child_by_field_name("name") or part)))
                values.append(self._function(part))
            elif key is not None and value is not None:
                keys.append(
                    ast.Constant(self._key(key))
                    if key.type != "computed_property_name"
                    else self.value(key.named_children[0])
                )
                values.append(self.value(value))
        return ast.Dict(keys, values)

    def _array(self, node: Node) -> ast.expr:
        return ast.List([self.value(child) for child in node.named_children], ast.Load())

    def _spread(self, node: Node) -> ast.expr:
        return ast.Starred(self.value(node.named_children[0]), ast.Load())

    def _binary(self, node: Node) -> ast.expr:
        sign = self.text(node.child_by_field_name("operator") or node)
        left, right = self._field(node, "left"), self._field(node, "right")
        if sign in {"&&", "||", "??"}:
            return ast.BoolOp(ast.And() if sign == "&&" else ast.Or(), [left, right])
        if sign in _COMPARED:
            return ast.Compare(left, [_COMPARED[sign]()], [right])
        return ast.BinOp(left, _BINARY.get(sign, ast.LShift)(), right)

    def _unary(self, node: Node) -> ast.expr:
        sign = self.text(node.child_by_field_name("operator") or node)
        operand = self._field(node, "argument")
        if sign == "!":
            return ast.UnaryOp(ast.Not(), operand)
        if sign == "void":
            return ast.Subscript(ast.Tuple([operand], ast.Load()), ast.Name("·unknown", ast.Load()), ast.Load())
        return ast.UnaryOp(ast.USub() if sign == "-" else ast.UAdd(), operand)

    def _ternary(self, node: Node) -> ast.expr:
        return ast.IfExp(
            self._field(node, "condition"), self._field(node, "consequence"), self._field(node, "alternative")
        )

    def _assignment(self, node: Node) -> ast.expr:
        left, value = node.child_by_field_name("left"), self._field(node, "right")
        if left is None:
            return value
        if node.type == "augmented_assignment_expression":
            value = ast.BinOp(self.value(left), ast.Add(), value)
        if left.type == "identifier":
            return ast.NamedExpr(ast.Name(self.text(left), ast.Store()), value)
        self.hoisted.extend(self.bind(left, value))
        return ast.Constant(None)

    def _inner(self, node: Node) -> ast.expr:
        """Parentheses, casts, `await`: what stands inside."""
        return self.value(node.named_children[0]) if node.named_children else ast.Constant(None)

    def _sequence(self, node: Node) -> ast.expr:
        return ast.Subscript(
            ast.List([self.value(child) for child in node.named_children], ast.Load()), ast.Constant(-1), ast.Load()
        )

    def _constant(self, node: Node) -> ast.expr:
        return ast.Constant({"true": True, "false": False}.get(node.type))

    def _regex(self, node: Node) -> ast.expr:
        del node
        return ast.Name("·unknown", ast.Load())


_STATEMENTS: Final[dict[str, str]] = {
    "expression_statement": "expression_statement", "lexical_declaration": "declaration",
    "variable_declaration": "declaration", "function_declaration": "function_declaration",
    "generator_function_declaration": "function_declaration", "class_declaration": "class",
    "abstract_class_declaration": "class", "if_statement": "if", "for_statement": "for",
    "for_in_statement": "for_in", "while_statement": "while", "do_statement": "do",
    "try_statement": "try", "switch_statement": "switch", "return_statement": "return",
    "throw_statement": "throw", "export_statement": "export", "import_statement": "import",
    "comment": "nothing", "hash_bang_line": "nothing", "empty_statement": "nothing",
    "break_statement": "nothing", "continue_statement": "nothing",
    "interface_declaration": "nothing", "type_alias_declaration": "nothing",
    "statement_identifier": "nothing", "function_signature": "nothing",
    "ambient_declaration": "nothing", "enum_declaration": "nothing",
}  # fmt: skip

_EXPRESSIONS: Final[dict[str, str]] = {
    "identifier": "identifier", "shorthand_property_identifier": "identifier", "this": "identifier",
    "super": "identifier", "string": "string", "number": "number", "template_string": "template",
    "member_expression": "member", "subscript_expression": "subscript", "call_expression": "call",
    "new_expression": "new", "arrow_function": "function", "function_expression": "function",
    "generator_function": "function", "class": "class_value", "object": "object", "array": "array",
    "spread_element": "spread", "binary_expression": "binary", "unary_expression": "unary",
    "ternary_expression": "ternary", "assignment_expression": "assignment",
    "augmented_assignment_expression": "assignment", "parenthesized_expression": "inner",
    "await_expression": "inner", "yield_expression": "inner", "as_expression": "inner",
    "satisfies_expression": "inner", "non_null_expression": "inner", "sequence_expression": "sequence",
    "true": "constant", "false": "constant", "null": "constant", "undefined": "constant",
    "regex": "regex",
}  # fmt: skip
