"""Expressions: one function per form, each folding what is known and walking the rest for its effects."""

from __future__ import annotations

import ast
import operator
import posixpath
from typing import TYPE_CHECKING, Any, Final

from jackline.lower.places.classify import names_secret
from jackline.lower.program.values import (
    ANYTHING,
    MAX_FOLDED,
    Class,
    Const,
    Env,
    Function,
    Items,
    Made,
    Pairs,
    Partly,
    Ref,
    Unknown,
    Value,
    constant,
    joined,
    literal,
    text_value,
    word_of,
)
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.program.interpreter import Interpreter

MAX_ITEMS: Final = 256

_OPERATORS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.BitXor: operator.xor, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.RShift: operator.rshift,
}  # fmt: skip
_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Is: operator.eq, ast.IsNot: operator.ne, ast.In: lambda item, whole: item in whole,
    ast.NotIn: lambda item, whole: item not in whole,
}  # fmt: skip


def evaluate(run: Interpreter, node: ast.expr) -> Value:
    """The value of an expression. A form without a function of its own is walked for its effects and unknown."""
    form = _FORMS.get(type(node))
    if form is not None:
        return form(run, node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            run.value(child)
    return ANYTHING


def truth(value: Value) -> bool | None:
    """Whether a value is true; None where it is not known."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Items):
        return bool(value.items)
    if isinstance(value, Pairs):
        return bool(value.pairs)
    return None


def either(one: Value, other: Value | None) -> Value:
    """A value that is one of two."""
    if other is None or one == other:
        return one
    dynamic = any(isinstance(value, Unknown) and value.dynamic for value in (one, other))
    for value in (one, other):
        if isinstance(value, Function | Ref | Made):
            return value
    return Unknown("one of two values", dynamic=dynamic)


def attribute(run: Interpreter, owner: Value, name: str) -> Value:
    """`owner.name`."""
    if _is_model(owner, name):
        return Made("orm")
    if isinstance(owner, Ref):
        return _module_attribute(run, owner, name)
    if isinstance(owner, Class):
        found = owner.env.get(name)
        if isinstance(found, Function):
            return Function(found.node, found.env, owner)
        return found if found is not None else ANYTHING
    if isinstance(owner, Made) and owner.type == "pathlib.Path":
        return _path_attribute(owner, name)
    if isinstance(owner, Pairs) and run.library.keys_are_attributes:
        return owner.get(name) or Unknown(f"attribute {name}")
    if isinstance(owner, Made) and owner.type == "environment":
        return environment(run, Const(name))
    if isinstance(owner, Made) and owner.type == "file" and name == "name":
        return owner.arguments[0]
    passed_on = isinstance(owner, Made) and owner.type in _NAMESPACED
    kept = passed_on or (isinstance(owner, Unknown) and owner.dynamic)
    return owner if kept else Unknown(f"attribute {name}", dynamic=name in _REFLECTIVE and _is_reached(owner))


def _is_reached(owner: Value) -> bool:
    """Whether a value was reached by `x.__class__` and its like: from there every class and name can be."""
    return isinstance(owner, Unknown) and owner.what.startswith(("attribute __", "attribute constructor"))


def _is_model(owner: Value, name: str) -> bool:
    """Whether an attribute leads to the rows of a model: Django's `Order.objects`, SQLAlchemy's `Order.query`, `session.query`."""
    if isinstance(owner, Ref):
        return "." in owner.name and name in _ROWS
    return isinstance(owner, Unknown) and not owner.dynamic and (name == "objects" or owner.what == "attribute session")


_REFLECTIVE: Final = frozenset(
    {"__subclasses__", "__globals__", "__bases__", "__mro__", "f_globals", "gi_frame", "tb_frame"}
)
_ROWS: Final = frozenset({"objects", "query"})


def _module_attribute(run: Interpreter, owner: Ref, name: str) -> Value:
    full = f"{owner.name}.{name}" if owner.name else name
    if full in run.library.arguments:
        return run.argv
    known = run.library.attributes.get(full)
    if known is not None:
        return known
    inner = run.modules.get(owner.name)
    return attribute(run, inner, name) if isinstance(inner, Class) else Ref(full)


_NAMESPACED: Final = frozenset({
    "aws", "gcp", "kube", "docker", "azure", "github", "gitrepo", "mongo", "elastic", "slack", "twilio", "stripe", "service", "quiet",
})  # fmt: skip
"""Objects whose attributes, and the items of their answers, lead to more of the same: collections, services, clients."""


def item_of(iterated: Value) -> Value:
    """One item of what is gone through, where the items are not known one by one."""
    same = isinstance(iterated, Made) and iterated.type in _NAMESPACED
    return iterated if same else Unknown("an item", dynamic=isinstance(iterated, Unknown) and iterated.dynamic)


def _path_attribute(owner: Made, name: str) -> Value:
    inner = owner.arguments[0] if owner.arguments else ANYTHING
    text = word_of(inner).text
    if name == "parent":
        return Made("pathlib.Path", (Const(posixpath.dirname(text)) if text is not None else ANYTHING,))
    if name in {"name", "stem", "suffix"} and text is not None:
        base = posixpath.basename(text)
        stem, suffix = posixpath.splitext(base)
        return Const({"name": base, "stem": stem, "suffix": suffix}[name])
    return Unknown(f"attribute {name}")


def _name(run: Interpreter, node: ast.Name) -> Value:
    value = run.env.get(node.id)
    if value is not None:
        return value
    if node.id == "__name__":
        return Const("__main__" if not run.env.package else run.env.package)
    if node.id == "__file__":
        return Const(run.path)
    if node.id == "__builtins__":
        return Ref("builtins")
    return Ref(node.id) if node.id in run.library.builtins else Unknown(node.id)


def _constant(_run: Interpreter, node: ast.Constant) -> Value:
    return Const(node.value) if not isinstance(node.value, str | bytes) or len(node.value) <= MAX_FOLDED else ANYTHING


def _attribute(run: Interpreter, node: ast.Attribute) -> Value:
    return attribute(run, run.value(node.value), node.attr)


def _call(run: Interpreter, node: ast.Call) -> Value:
    return run.call(node)


def _sequence(run: Interpreter, node: ast.List | ast.Tuple | ast.Set) -> Value:
    items: list[Value] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            spread = run.value(element.value)
            items.extend(spread.items if isinstance(spread, Items) else (ANYTHING,))
        else:
            items.append(run.value(element))
    return Items(tuple(items))


def _dict(run: Interpreter, node: ast.Dict) -> Value:
    pairs: list[tuple[str, Value]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        held = run.value(value)
        named = run.value(key) if key is not None else None
        if isinstance(named, Const):
            pairs.append((str(named.value), held))
        elif isinstance(held, Pairs):
            pairs.extend(held.pairs)
    return Pairs(tuple(pairs))


def _joined_string(run: Interpreter, node: ast.JoinedStr) -> Value:
    parts: list[Value] = []
    for piece in node.values:
        value = run.value(piece.value) if isinstance(piece, ast.FormattedValue) else run.value(piece)
        formatted = isinstance(piece, ast.FormattedValue) and (piece.format_spec is not None or piece.conversion != -1)
        parts.append(ANYTHING if formatted and not isinstance(value, Const) else value)
    return joined(parts)


def _binary(run: Interpreter, node: ast.BinOp) -> Value:
    left, right = run.value(node.left), run.value(node.right)
    if isinstance(node.op, ast.Div) and (_is_path(left) or _is_path(right)):
        return Made("pathlib.Path", (joined([left, right], "/"),))
    if isinstance(node.op, ast.Add) and isinstance(left, Items) and isinstance(right, Items):
        return Items((left.items + right.items)[: MAX_ITEMS * 4])
    if isinstance(node.op, ast.Add) and _is_text(left) and _is_text(right):
        return joined([left, right]) if not _is_bytes(left, right) else _folded(operator.add, left, right)
    if isinstance(node.op, ast.Add) and (_is_text(left) or _is_text(right)):
        return joined([left, right])
    if isinstance(node.op, ast.Mod) and isinstance(left, Const) and isinstance(left.value, str):
        return _percent(left.value, right)
    if isinstance(node.op, ast.Mult):
        return _repeated(left, right)
    function = _OPERATORS.get(type(node.op))
    return _folded(function, left, right) if function is not None else ANYTHING


def _is_path(value: Value) -> bool:
    return isinstance(value, Made) and value.type == "pathlib.Path"


def _is_text(value: Value) -> bool:
    return isinstance(value, Partly) or (isinstance(value, Const) and isinstance(value.value, str | bytes))


def _is_bytes(*values: Value) -> bool:
    return any(isinstance(value, Const) and isinstance(value.value, bytes) for value in values)


def _folded(function: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    try:
        return constant(function(literal(left), literal(right)))
    except (LookupError, TypeError, ValueError, ArithmeticError, OverflowError, MemoryError):
        return ANYTHING


def _percent(template: str, right: Value) -> Value:
    """`"…%s…" % values`: only plain `%s` and `%d`, since a width could ask for gigabytes."""
    values = list(right.items) if isinstance(right, Items) else [right]
    pieces = template.replace("%d", "%s").replace("%%", "\0").split("%s")
    if any("%" in piece for piece in pieces) or len(pieces) != len(values) + 1:
        return ANYTHING
    parts: list[Value] = [Const(pieces[0].replace("\0", "%"))]
    for value, piece in zip(values, pieces[1:], strict=True):
        parts.extend((value, Const(piece.replace("\0", "%"))))
    return joined(parts)


def _repeated(left: Value, right: Value) -> Value:
    if isinstance(right, Const) and isinstance(right.value, int) and isinstance(left, Const):
        size = len(left.value) if isinstance(left.value, str | bytes) else 1
        if size * abs(right.value) <= MAX_FOLDED:
            return _folded(operator.mul, left, right)
    return ANYTHING


def _subscript(run: Interpreter, node: ast.Subscript) -> Value:
    owner = run.value(node.value)
    if isinstance(owner, Ref) and owner.name == "os.environ":
        return environment(run, run.value(node.slice))
    if isinstance(owner, Ref) and (owner.name in _MODULES or owner.name.endswith(_NAMES)):
        return _by_text(run, owner, run.value(node.slice))
    if isinstance(node.slice, ast.Slice):
        bounds = [
            run.value(part) if part is not None else Const(None)
            for part in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        return _sliced(owner, bounds)
    index = run.value(node.slice)
    if isinstance(owner, Pairs) and isinstance(index, Const):
        return owner.get(str(index.value)) or ANYTHING
    if isinstance(owner, Items) and isinstance(index, Const) and isinstance(index.value, int):
        return owner.items[index.value] if -len(owner.items) <= index.value < len(owner.items) else ANYTHING
    if isinstance(owner, Const) and isinstance(index, Const):
        return _folded(operator.getitem, owner, index)
    return item_of(owner)


_MODULES: Final = frozenset({"sys.modules", "__builtins__", "builtins"})
_NAMES: Final = ".__dict__"


def _by_text(run: Interpreter, owner: Ref, key: Value) -> Value:
    """A module, or a name of one, that is chosen by its text."""
    if not (isinstance(key, Const) and isinstance(key.value, str)):
        return Unknown("a name of a module", dynamic=True)
    if owner.name in _MODULES:
        return Ref(key.value)
    return attribute(run, Ref(owner.name.removesuffix(_NAMES)), key.value)


def _sliced(owner: Value, bounds: list[Value]) -> Value:
    try:
        cut = slice(*(literal(bound) for bound in bounds))
        if isinstance(owner, Items):
            return Items(owner.items[cut])
        return constant(literal(owner)[cut])
    except (LookupError, TypeError, ValueError):
        return ANYTHING


def environment(run: Interpreter, key: Value) -> Value:
    """The value of an environment variable that is known, else a hole that names it."""
    name = key.value if isinstance(key, Const) and isinstance(key.value, str) else None
    if name is not None and names_secret(name):
        return text_value(Word((Hole(f"${name}", labels=frozenset({"secret"})),)))
    known = run.scope.surroundings.variable(name) if name is not None else None
    return Const(known) if known is not None else text_value(Word((Hole(f"${name or 'VARIABLE'}"),)))


def _conditional(run: Interpreter, node: ast.IfExp) -> Value:
    known = truth(run.value(node.test))
    if known is not None:
        return run.value(node.body if known else node.orelse)
    outer, run.scope = run.scope, run.scope.possible()
    try:
        return either(run.value(node.body), run.value(node.orelse))
    finally:
        run.scope = outer


def _boolean(run: Interpreter, node: ast.BoolOp) -> Value:
    stops = isinstance(node.op, ast.Or)
    outer = run.scope
    value: Value = ANYTHING
    try:
        for part in node.values:
            value = run.value(part)
            known = truth(value)
            if known is stops:
                return value
            if known is None:
                run.scope = outer.possible()
    finally:
        run.scope = outer
    return value


def _compare(run: Interpreter, node: ast.Compare) -> Value:
    left, right = run.value(node.left), run.value(node.comparators[0])
    for extra in node.comparators[1:]:
        run.value(extra)
    function = _COMPARISONS.get(type(node.ops[0]))
    return _folded(function, left, right) if function is not None and len(node.ops) == 1 else ANYTHING


def _unary(run: Interpreter, node: ast.UnaryOp) -> Value:
    value = run.value(node.operand)
    if isinstance(node.op, ast.Not):
        known = truth(value)
        return Const(not known) if known is not None else ANYTHING
    if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, int | float):
        return Const(-value.value)
    return ANYTHING


def _lambda(run: Interpreter, node: ast.Lambda) -> Value:
    return Function(node, run.env)


def _comprehension(run: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    outer, run.env = run.env, Env(outer=run.env)
    try:
        return _generated(run, node, list(node.generators))
    finally:
        run.env = outer


def _generated(run: Interpreter, node: Any, generators: list[ast.comprehension]) -> Value:  # noqa: ANN401
    if not generators:
        if isinstance(node, ast.DictComp):
            run.value(node.key)
            run.value(node.value)
            return ANYTHING
        return Items((run.value(node.elt),))
    first, *rest = generators
    iterated = run.value(first.iter)
    known = isinstance(iterated, Items) and len(iterated.items) <= MAX_ITEMS
    found: list[Value] = []
    outer = run.scope
    for item in iterated.items if known and isinstance(iterated, Items) else (item_of(iterated),):
        run.assign(first.target, item)
        tests = [truth(run.value(test)) for test in first.ifs]
        if False in tests:
            continue
        run.scope = outer if known and None not in tests else outer.possible()
        inner = _generated(run, node, rest)
        run.scope = outer
        found.extend(inner.items if isinstance(inner, Items) else (inner,))
    return Items(tuple(found)) if known else ANYTHING


def _awaited(run: Interpreter, node: ast.Await | ast.YieldFrom | ast.Starred) -> Value:
    return run.value(node.value)


def _named(run: Interpreter, node: ast.NamedExpr) -> Value:
    value = run.value(node.value)
    run.env.put(node.target.id, value, outward=run.library.assigns_outward)
    return value


_FORMS: Final[dict[type[ast.expr], Callable[[Interpreter, Any], Value]]] = {
    ast.Name: _name, ast.Constant: _constant, ast.Attribute: _attribute, ast.Call: _call, ast.List: _sequence, ast.Tuple: _sequence,
    ast.Set: _sequence, ast.Dict: _dict, ast.JoinedStr: _joined_string, ast.BinOp: _binary, ast.Subscript: _subscript,
    ast.IfExp: _conditional, ast.BoolOp: _boolean, ast.Compare: _compare, ast.UnaryOp: _unary, ast.Lambda: _lambda,
    ast.ListComp: _comprehension, ast.SetComp: _comprehension, ast.GeneratorExp: _comprehension, ast.DictComp: _comprehension,
    ast.Await: _awaited, ast.YieldFrom: _awaited, ast.Starred: _awaited, ast.NamedExpr: _named,
}  # fmt: skip
