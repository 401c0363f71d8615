"""The abstract interpreter: walks a program's tree once along every path, with values as far as they are known."""

from __future__ import annotations

import ast
import posixpath
from typing import TYPE_CHECKING, Final, TypeGuard

from jackline.core.effect import Resource
from jackline.lower.program import expressions
from jackline.lower.program.acts import CLOUDS, CallSite, cloud_method, on_files, perform
from jackline.lower.program.objects import made_method
from jackline.lower.program.services import service_of
from jackline.lower.program.values import (
    ANYTHING,
    Bound,
    Class,
    Const,
    Env,
    Function,
    Items,
    Made,
    Pairs,
    Ref,
    Unknown,
    Value,
    fold_call,
    fold_method,
    kept_secret,
    text_value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.lower.program.library import Library
    from jackline.lower.scope import Scope
    from jackline.lower.word import Word

MAX_UNROLLED: Final = 64
MAX_CALL_DEPTH: Final = 12
_INVOKERS: Final = frozenset({"call", "apply", "bind", "__call__"})

_KEEP_FUNCTIONS: Final = frozenset({"map", "filter", "functools.partial"})
"""What calls no function that it is given but as its own result or act has it."""

_Def = ast.FunctionDef | ast.AsyncFunctionDef


class Interpreter:
    """One program. `scope` changes while other files and untaken branches are walked; `env` holds the names."""

    def __init__(self, scope: Scope, library: Library, *, arguments: tuple[Word, ...] = (), path: str = "") -> None:
        """`arguments` are `sys.argv[1:]`; `path` is the program's own file, where it has one."""
        self.scope, self.library, self.path = scope, library, path
        self.env = Env()
        self.argv = Items((Const(path or "-c"), *(text_value(word) for word in arguments)))
        self.depth = 0
        self.modules: dict[str, Value] = {}
        self.starts: list[int] = [0]
        self.literal = True

    # ---- programs and modules ----------------------------------------------------------------------------------------

    def run_source(self, source: str, at: tuple[int, int], *, path: str = "") -> None:
        """Interpret more source in this program's names; what does not parse is opaque."""
        tree = self.library.parse(source)
        if tree is None or self.depth >= MAX_CALL_DEPTH:
            self.scope.opaque(f"{self.library.language} that could not be read", at=at, authorship="session")
            return
        outer_scope, outer_starts, outer_literal = self.scope, self.starts, self.literal
        self.depth += 1
        if path:
            self.enter_file(path, source)
        else:
            self.scope, self.literal = self.scope.inner(source, at), False
        try:
            self.body(tree.body)
        finally:
            self.scope, self.starts, self.literal = outer_scope, outer_starts, outer_literal
            self.depth -= 1

    def enter_file(self, path: str, source: str) -> None:
        """From here on evidence names `path`."""
        around = self.scope.surroundings
        known = around.text(path)
        self.scope.bounds.open(len(source))
        self.scope = self.scope.file(source, path, known.digest if known is not None else "", around.authorship(path))
        self.starts, self.literal = line_starts(source), True

    def import_module(self, name: str, at: tuple[int, int]) -> Value:
        """The module of that name. One of the workspace is interpreted, as importing it runs it."""
        if name in self.modules:
            return self.modules[name]
        self.modules[name] = Ref(name)
        path = self._module_path(name)
        known = self.scope.surroundings.text(path) if path else None
        if known is None or path == self.path:
            self._touch_guard(name, at)
            return self.modules[name]
        outer, self.env = self.env, Env(package=name)
        self.modules[name] = Class(self.env, name)
        try:
            self.run_source(known.text, at, path=path)
        finally:
            self.env = outer
        return self.modules[name]

    def _touch_guard(self, name: str, at: tuple[int, int]) -> None:
        """Code that takes the guard itself into its hands could say a person's yes."""
        if any(name == guard or name.startswith(f"{guard}.") for guard in self.library.guards):
            self.scope.emit("configure", Resource("guard", name), at=at, reversible="no")

    def _module_path(self, name: str) -> str:
        """Where a module of the workspace lies: beside the program, else in the working directory."""
        around = self.scope.surroundings
        cwd = self.scope.cwd or around.cwd
        relative = self.library.module_file(name)
        if not relative:
            return ""
        folders = [posixpath.dirname(self.path)] if self.path else [cwd]
        for folder in folders:
            for tail in self.library.tails:
                candidate = posixpath.normpath(posixpath.join(folder, relative + tail))
                if candidate.startswith(around.workspace.rstrip("/") + "/") and around.file(candidate).kind == "file":
                    return candidate
        return ""

    # ---- statements --------------------------------------------------------------------------------------------------

    def body(self, statements: Sequence[ast.stmt]) -> None:
        """Walk statements in order."""
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        """Walk one statement."""
        self.scope.bounds.step()
        handler = getattr(self, f"_{type(node).__name__}", None)
        if handler is not None:
            handler(node)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.value(child)
                elif isinstance(child, ast.stmt):
                    self.statement(child)

    def maybe(self, statements: Sequence[ast.stmt]) -> None:
        """Walk statements that may not run."""
        outer, self.scope = self.scope, self.scope.possible()
        try:
            self.body(statements)
        finally:
            self.scope = outer

    def _Expr(self, node: ast.Expr) -> None:  # noqa: N802
        value = self.value(node.value)
        if isinstance(node.value, ast.Call):  # what is opened, and let go of at once
            on_files.closed_at_once(value, self.scope, self.at(node))

    def _Import(self, node: ast.Import) -> None:  # noqa: N802
        for alias in node.names:
            module = self.import_module(alias.name, self.at(node))
            name = alias.asname or alias.name.partition(".")[0]
            self.env.names[name] = module if alias.asname or "." not in alias.name else Ref(name)

    def _ImportFrom(self, node: ast.ImportFrom) -> None:  # noqa: N802
        base = node.module or ""
        module = self.import_module(base, self.at(node)) if base else Ref("")
        for alias in node.names:
            if alias.name == "*":
                self._import_star(module)
                continue
            value = self.attribute(module, alias.name)
            if isinstance(module, Ref):
                self._touch_guard(f"{base}.{alias.name}", self.at(node))
            if isinstance(module, Ref) and node.level:
                value = self.import_module(alias.name, self.at(node))
            self.env.names[alias.asname or alias.name] = value

    def _import_star(self, module: Value) -> None:
        if isinstance(module, Class):
            self.env.names.update(module.env.names)
        elif isinstance(module, Ref):
            for name in (*self.library.names_of(module.name), *self.library.star_names.get(module.name, ())):
                self.env.names[name] = Ref(f"{module.name}.{name}")

    def _FunctionDef(self, node: _Def) -> None:  # noqa: N802
        for decorator in node.decorator_list:
            self.value(decorator)
        function: Value = Function(node, self.env)
        self.env.names[node.name] = function
        if node.decorator_list:
            self.escape(function)

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef) -> None:  # noqa: N802
        outer, self.env = self.env, Env(outer=self.env)
        try:
            self.body(node.body)
        finally:
            made, self.env = Class(self.env, node.name), outer
        self.env.names[node.name] = made

    def _Assign(self, node: ast.Assign) -> None:  # noqa: N802
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:  # noqa: N802
        if node.value is not None:
            self.assign(node.target, self.value(node.value))

    def _AugAssign(self, node: ast.AugAssign) -> None:  # noqa: N802
        operand = ast.copy_location(ast.BinOp(_loaded(node.target), node.op, node.value), node)
        self.assign(node.target, self.value(operand))

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind a target. What is assigned to an attribute of a known module replaces it (monkey-patching)."""
        if isinstance(target, ast.Name):
            self.env.put(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            items = value.items if isinstance(value, Items) else ()
            for index, part in enumerate(target.elts):
                inner = part.value if isinstance(part, ast.Starred) else part
                entry = value if isinstance(value, Made) else items[index] if index < len(items) else ANYTHING
                self.assign(inner, entry)
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value)
            if isinstance(owner, Class):
                owner.env.names[target.attr] = value
            elif isinstance(value, Function) and self.library.assigns_outward:
                self.escape(value)  # `socket.onopen = () => …`: called by whoever holds it
        elif isinstance(target, ast.Subscript):
            self.value(target.value)
            self.value(target.slice)

    def _If(self, node: ast.If) -> None:  # noqa: N802
        truth = expressions.truth(self.value(node.test))
        if truth is None:
            before = dict(self.env.names)
            self.maybe(node.body)
            self._otherwise(node.orelse, before)
        else:
            self.body(node.body if truth else node.orelse)

    def _otherwise(self, statements: Sequence[ast.stmt], before: dict[str, Value]) -> None:
        """The other branch, from the names as they were; afterwards a name that differs is unknown."""
        after = dict(self.env.names)
        self.env.names.clear()
        self.env.names.update(before)
        self.maybe(statements)
        for name, value in after.items():
            if self.env.names.get(name) != value:
                self.env.names[name] = expressions.either(value, self.env.names.get(name))

    def _For(self, node: ast.For | ast.AsyncFor) -> None:  # noqa: N802
        iterated = self.value(node.iter)
        if takes_too_often(node):
            self.scope.opaque("a loop that fills the machine", at=self.at(node), authorship="session")
        if isinstance(iterated, Items) and len(iterated.items) <= MAX_UNROLLED:
            for item in iterated.items:
                self.assign(node.target, item)
                self.body(node.body)
        else:
            self.assign(node.target, expressions.item_of(iterated))
            self.maybe(node.body)
        self.body(node.orelse)

    _AsyncFor = _For

    def _While(self, node: ast.While) -> None:  # noqa: N802
        truth = expressions.truth(self.value(node.test))
        if truth is True:
            if takes_without_end(node):
                self.scope.opaque("a loop without end that only takes", at=self.at(node), authorship="session")
            self.body(node.body)
        elif truth is None:
            self.maybe(node.body)
        self.maybe(node.orelse)

    def _With(self, node: ast.With | ast.AsyncWith) -> None:  # noqa: N802
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value)
        self.body(node.body)

    _AsyncWith = _With

    def _Try(self, node: ast.Try) -> None:  # noqa: N802
        self.body(node.body)
        for handler in node.handlers:
            self.maybe(handler.body)
        self.body(node.orelse)
        self.body(node.finalbody)

    _TryStar = _Try

    def _Match(self, node: ast.Match) -> None:  # noqa: N802
        self.value(node.subject)
        for case in node.cases:
            self.maybe(case.body)

    def _Return(self, node: ast.Return) -> None:  # noqa: N802
        value = self.value(node.value) if node.value is not None else Const(None)
        previous = self.env.names.get("return")
        self.env.names["return"] = value if previous is None else expressions.either(previous, value)

    def _Global(self, node: ast.Global | ast.Nonlocal) -> None:  # noqa: N802
        self.env.outward.update(node.names)

    _Nonlocal = _Global

    # ---- expressions and calls ---------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        """The value of an expression; its calls have their effects on the way."""
        self.scope.bounds.step()
        return expressions.evaluate(self, node)

    def attribute(self, owner: Value, name: str) -> Value:
        """An attribute of a value."""
        return expressions.attribute(self, owner, name)

    def call(self, node: ast.Call) -> Value:
        """One call: the program's own functions are followed, known names have their effects, constants fold."""
        owner: Value | None = None
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            function = self.attribute(owner, node.func.attr)
        else:
            function = self.value(node.func)
        flat = [item for argument in node.args for item in self._argument(argument)]
        named = {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg is not None}
        for keyword in node.keywords:
            if keyword.arg is None:
                spread = self.value(keyword.value)
                named.update(dict(spread.pairs) if isinstance(spread, Pairs) else {})
        at = self.at(node)
        promised = isinstance(owner, Ref) and isinstance(node.func, ast.Attribute) and node.func.attr in _PROMISED
        by_name = promised or isinstance(owner, Made) or (isinstance(function, Unknown) and not function.dynamic)
        if isinstance(node.func, ast.Attribute) and self._is_act(owner) and node.func.attr in _INVOKERS:
            return self._invoke(owner, node.func.attr, flat, named, at)
        if owner is not None and by_name and isinstance(node.func, ast.Attribute):
            if node.func.attr in {"close", "end"} and not flat and isinstance(node.func.value, ast.Call):
                on_files.closed_at_once(owner, self.scope, at)
            return self.call_method(owner, node.func.attr, flat, named, at)
        return self.apply(function, flat, named, at)

    def _is_act(self, value: Value | None) -> TypeGuard[Function | Ref]:
        """Whether a value is a function: one of the program's own, or one that the library knows by its name."""
        if isinstance(value, Ref):
            return self.library.rule(value.name) is not None or value.name in self.library.specials
        return isinstance(value, Function)

    def _invoke(
        self, function: Function | Ref, how: str, flat: list[Value], named: dict[str, Value], at: tuple[int, int]
    ) -> Value:
        """`f.call(this, a)`, `f.apply(this, [a])`, `f.bind(this)`, `f.__call__(a)`: the function itself, called in other words."""
        if how == "bind":
            return Bound(function, tuple(flat[1:])) if flat[1:] else function
        if how == "apply":
            spread = flat[1] if len(flat) > 1 else Items(())
            return self.apply(function, list(spread.items) if isinstance(spread, Items) else [ANYTHING], {}, at)
        return self.apply(function, flat[1:] if how == "call" else flat, named, at)

    def _argument(self, node: ast.expr) -> list[Value]:
        if isinstance(node, ast.Starred):
            spread = self.value(node.value)
            return list(spread.items) if isinstance(spread, Items) else [ANYTHING]
        return [self.value(node)]

    def _hand_over(self, arguments: Sequence[Value]) -> None:
        """Functions among the arguments of someone else's function may be called by it."""
        for argument in arguments:
            if isinstance(argument, Function | Ref | Bound):
                self.escape(argument)

    def apply(self, function: Value, flat: list[Value], named: dict[str, Value], at: tuple[int, int]) -> Value:
        """Call a value."""
        if isinstance(function, Function):
            return self.enter(function, flat, named)
        if isinstance(function, Class):
            return self._construct(function, flat, named)
        if isinstance(function, Bound):
            return self.apply(function.function, [*function.arguments, *flat], dict(function.named) | named, at)
        if isinstance(function, Unknown) and function.dynamic:
            self.scope.opaque(f"a call of {function.what}", at=at, authorship="session")
            return function
        if isinstance(function, Ref):
            if function.name not in _KEEP_FUNCTIONS:
                self._hand_over((*flat, *named.values()))
            return self.call_name(function.name, flat, named, at)
        if isinstance(function, Made):
            return self.call_method(function, "__call__", flat, named, at)
        self._hand_over((*flat, *named.values()))
        return ANYTHING

    def call_name(self, name: str, flat: list[Value], named: dict[str, Value], at: tuple[int, int]) -> Value:
        """Call a name of a module: by the table, else folded, else a value that is not known."""
        rule = self.library.rule(name)
        if rule is not None:
            return perform(rule.act, CallSite(name, rule.arguments, tuple(flat), named, None, at, self))
        special = self.library.specials.get(name)
        if special is not None:
            return special(self, flat, named, at)
        folded = fold_call(self.library.folds.get(name), name, flat)
        if folded is not None:
            return folded
        kept = kept_secret(flat)
        if kept is not None:
            return kept
        owner, _, last = name.rpartition(".")
        service = service_of(name)
        if service is not None:
            return cloud_method(service, last, CallSite(name, (), tuple(flat), named, service, at, self))
        return self._by_method(Unknown(owner), last, flat, named, at) if owner else Unknown(f"the result of {name}")

    def call_method(
        self, owner: Value, name: str, flat: list[Value], named: dict[str, Value], at: tuple[int, int]
    ) -> Value:
        """Call a method of a value."""
        folded = fold_method(self.library.methods, owner, name, flat)
        if folded is None and self.library.method is not None:
            folded = self.library.method(self, owner, name, flat, at)
        if folded is not None:
            return folded
        self._hand_over((*flat, *named.values()))
        if isinstance(owner, Made):
            return self._call_made(owner, name, flat, named, at)
        return self._by_method(owner, name, flat, named, at)

    def _by_method(
        self, owner: Value, name: str, flat: list[Value], named: dict[str, Value], at: tuple[int, int]
    ) -> Value:
        """A method whose bare name says enough, of an object that is not known: a possible effect."""
        rule = self.library.method_rule(name)
        if rule is not None and not isinstance(owner, Const | Items | Pairs):
            outer, self.scope = self.scope, self.scope.possible()
            try:
                return perform(rule.act, CallSite(name, rule.arguments, tuple(flat), named, owner, at, self))
            finally:
                self.scope = outer
        kept = kept_secret((owner, *flat))
        if kept is not None:
            return kept
        return Unknown(f"the result of {name}", dynamic=isinstance(owner, Unknown) and owner.dynamic)

    def _call_made(
        self, owner: Made, name: str, flat: list[Value], named: dict[str, Value], at: tuple[int, int]
    ) -> Value:
        if owner.type in CLOUDS:
            return cloud_method(owner, name, CallSite(name, (), tuple(flat), named, owner, at, self))
        prefix = "db" if owner.type.startswith("db:") else owner.type
        for full in (f"{prefix}.{name}", f"{owner.type}.{name}"):
            rule = self.library.rule(full)
            if rule is not None:
                return perform(rule.act, CallSite(full, rule.arguments, tuple(flat), named, owner, at, self))
        return made_method(self, owner, name, flat, named, at)

    def _construct(self, made: Class, flat: list[Value], named: dict[str, Value]) -> Value:
        instance = Class(Env(dict(made.env.names), made.env.outer), made.name)
        start = made.env.names.get("__init__")
        if isinstance(start, Function):
            self.enter(Function(start.node, start.env, instance), flat, named)
        return instance

    def enter(self, function: Function, flat: list[Value], named: dict[str, Value]) -> Value:
        """Walk a function's body with its arguments; past the depth it is not walked again (recursion repeats itself)."""
        if self.depth >= MAX_CALL_DEPTH:
            return ANYTHING
        outer, self.env = self.env, Env(outer=function.env)
        self.depth += 1
        try:
            self._bind(function, flat, named)
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body)
            self.body(function.node.body)
            return self.env.names.get("return", Const(None))
        finally:
            self.env = outer
            self.depth -= 1

    def _bind(self, function: Function, flat: list[Value], named: dict[str, Value]) -> None:
        spec = function.node.args
        names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
        values = [function.bound, *flat] if function.bound is not None else flat
        for name, value in zip(names, values, strict=False):
            self.env.names[name] = value
        for name, default in zip(reversed(names), reversed(spec.defaults), strict=False):
            self.env.names.setdefault(name, self.value(default))
        for argument, default_or_none in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            if default_or_none is not None:
                self.env.names.setdefault(argument.arg, self.value(default_or_none))
        if spec.vararg is not None:
            self.env.names[spec.vararg.arg] = Items(tuple(values[len(names) :]))
        if spec.kwarg is not None:
            self.env.names[spec.kwarg.arg] = Pairs(tuple(named.items()))
        self.env.names.update(named)
        for name in names:
            self.env.names.setdefault(name, Unknown(f"argument {name}"))

    def escape(self, function: Value) -> None:
        """A function that is handed to someone else may be called with anything."""
        outer, self.scope = self.scope, self.scope.possible()
        try:
            if isinstance(function, Function):
                self.enter(function, [], {})
            elif isinstance(function, Bound):
                self.apply(function, [], {}, (0, 0))
            elif isinstance(function, Ref) and self.library.rule(function.name) is not None:
                self.call_name(function.name, [Unknown("an item")], {}, (0, 0))
        finally:
            self.scope = outer

    def at(self, node: ast.AST) -> tuple[int, int]:
        """The span of a node in the scope's text; the whole where the source is not literally there."""
        line, end_line = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if not self.literal or not 0 < line <= len(self.starts) or end_line is None or end_line > len(self.starts):
            return (0, len(self.scope.text))
        column, end_column = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0) or 0
        return self.starts[line - 1] + column, self.starts[end_line - 1] + end_column


def takes_without_end(loop: ast.While) -> bool:
    """Whether a loop never ends nor waits, and starts or keeps something each time, so that memory, threads or
    processes run out, or calls nothing at all: a processor is kept busy."""
    called = taken = False
    for inner in loop.body:
        for node in ast.walk(inner):
            if isinstance(node, ast.Break | ast.Return | ast.Raise | ast.Await | ast.Yield | ast.YieldFrom):
                return False
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in _WAITING:
                    return False
                called, taken = True, taken or name in _TAKING
    return taken or not called


def takes_too_often(loop: ast.For | ast.AsyncFor) -> bool:
    """Whether a loop of a billion rounds and more keeps or starts something in each: `for i in range(10**12)`."""
    call = loop.iter
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range" and call.args):
        return False
    end = call.args[-1 if len(call.args) == 1 else 1]
    size = _size(end)
    names = {node.func.attr for part in loop.body for node in ast.walk(part)
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}  # fmt: skip
    return size >= _TOO_OFTEN and not names.isdisjoint(_TAKING) and not any(
        isinstance(node, ast.Break | ast.Return) for part in loop.body for node in ast.walk(part)
    )  # fmt: skip


def _size(node: ast.expr) -> float:
    """The number that an expression of plain numbers says, as far as that is quick."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(min(node.value, _TOO_OFTEN))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        base, power = _size(node.left), _size(node.right)
        return float(_TOO_OFTEN) if base > 1 and power > _POWERS else base**power
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _size(node.left) * _size(node.right)
    return 0.0


_TOO_OFTEN: Final = 10**9
_POWERS: Final = 30
_PROMISED: Final = frozenset({"then", "catch", "finally"})
"""Methods of what `import("m")` promises: the module itself is handed to the function."""
_WAITING: Final = frozenset({
    "sleep", "wait", "input", "recv", "accept", "read", "readline", "get", "poll", "select", "join", "communicate", "exit", "next",
    "run", "check_call", "check_output", "call", "recvfrom", "handle_request", "pop", "popleft",
})  # fmt: skip
_TAKING: Final = frozenset({
    "fork", "start", "append", "extend", "Popen", "forkpty", "start_new_thread", "push", "unshift", "spawn", "Worker",
    "write", "writelines", "sendall", "sendto",
})  # fmt: skip


def line_starts(source: str) -> list[int]:
    """Where each line begins. Columns are bytes in `ast`; for ASCII lines they are characters too."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _loaded(target: ast.expr) -> ast.expr:
    """An assignment's target as the expression that reads it."""
    return ast.copy_location(ast.parse(ast.unparse(target), mode="eval").body, target)
