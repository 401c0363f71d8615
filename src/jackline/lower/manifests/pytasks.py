"""Tasks that are Python functions: nox's sessions and invoke's (also fabric's) tasks, with the commands that they run.

What a function does by itself is Python's own to lower: `code` is the file without the tasks that do not run.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.manifests.parts import joined
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.lower.manifests.parts import Host, Parts

MAX_TEXT: Final = 64 * 1024
_DECORATORS: Final = frozenset({"session", "task"})
_WORDS: Final = frozenset({"run", "run_always", "run_install"})
"""Methods of nox's session that run their arguments as one command."""
_LINES: Final = frozenset({"run", "sudo", "local"})
"""Methods of invoke's context that run a command line."""


class Tasks(Inner):
    """`words`: commands by their words. `lines`: by one line for a shell. None for `code`: the file could not be read."""

    code: str | None = None
    words: list[list[Parts]] = field(default_factory=list)
    lines: list[Parts] = field(default_factory=list)
    installs: bool = False
    unknown: bool = False


def tasks(text: str, names: Sequence[str], host: Host, rest: Sequence[Parts] = (), *, sessions: bool) -> Tasks:
    """The tasks of these names; without names nox runs its default sessions, and invoke its default task."""
    found = Tasks()
    try:
        module = ast.parse(text) if len(text) <= MAX_TEXT and "\0" not in text else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        module = None
    if module is None:
        found.unknown = True
        return found
    known = {name: node for node in module.body if isinstance(node, ast.FunctionDef) for name in _names(node)}
    chosen = _chosen(module, known, names, found, sessions=sessions)
    for function in chosen:
        _commands(function, found, host, rest, sessions=sessions)
    left = [node for node in module.body if node in chosen or node not in known.values()]
    found.code = ast.unparse(ast.Module(left, []))
    return found


def _names(node: ast.FunctionDef) -> list[str]:
    """The names under which a decorated function is a task; none for other functions."""
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""
        if last in _DECORATORS:
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            given = [text for keyword in keywords if keyword.arg == "name" and (text := _constant(keyword.value))]
            return given or [node.name, node.name.replace("_", "-")]
    return []


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _chosen(
    module: ast.Module, known: dict[str, ast.FunctionDef], names: Sequence[str], found: Tasks, *, sessions: bool
) -> list[ast.FunctionDef]:
    wanted = list(names)
    if not wanted and sessions:
        wanted = _default(module) or list(known)
    chosen: list[ast.FunctionDef] = []
    while wanted and len(chosen) <= len(known):
        name = wanted.pop(0)
        node = known.get(name) or known.get(name.partition("-3")[0].partition("(")[0])
        if node is None:
            found.unknown = True
        elif node not in chosen:
            chosen.append(node)
            wanted += _needed(node)
    return chosen


def _default(module: ast.Module) -> list[str]:
    """`nox.options.sessions = [...]`."""
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.List, ast.Tuple)) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Attribute) and target.attr == "sessions":
                return [
                    item.value
                    for item in node.value.elts
                    if isinstance(item, ast.Constant) and isinstance(item.value, str)
                ]
    return []


def _needed(node: ast.FunctionDef) -> list[str]:
    """Tasks that a decorator names as run before or after: `pre=[clean]`, `requires=["a"]`."""
    found = []
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            lists = [keyword.value for keyword in decorator.keywords if keyword.arg in {"pre", "post", "requires"}]
            for item in [
                *decorator.args,
                *(item for one in lists if isinstance(one, (ast.List, ast.Tuple)) for item in one.elts),
            ]:
                if isinstance(item, ast.Name):
                    found.append(item.id)
                elif isinstance(item, ast.Constant) and isinstance(item.value, str):
                    found.append(item.value)
    return found


def _commands(function: ast.FunctionDef, found: Tasks, host: Host, rest: Sequence[Parts], *, sessions: bool) -> None:
    for node in ast.walk(function):
        host.step()
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        method = node.func.attr
        if sessions and method in _WORDS:
            found.words.append([part for argument in node.args for part in _argument(argument, host, rest)])
        elif sessions and method == "install":
            found.installs = True
        elif not sessions and method in _LINES:
            found.lines.append(_text(node.args[0], host))


def _argument(node: ast.expr, host: Host, rest: Sequence[Parts]) -> list[Parts]:
    if isinstance(node, ast.Starred):
        if isinstance(node.value, ast.Attribute) and node.value.attr == "posargs":
            return list(rest)
        if isinstance(node.value, (ast.List, ast.Tuple)):
            return [part for item in node.value.elts for part in _argument(item, host, rest)]
    return [_text(node, host)]


def _text(node: ast.expr, host: Host) -> Parts:
    if isinstance(node, ast.Constant):
        return (str(node.value),)
    if isinstance(node, ast.JoinedStr):
        return joined([part for value in node.values for part in _text(value, host)])
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, host)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return joined((*_text(node.left, host), *_text(node.right, host)))
    return (Hole(ast.unparse(node)[:60], "trusted", authorship=host.authorship),)
