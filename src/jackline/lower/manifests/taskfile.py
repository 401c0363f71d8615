"""Taskfile.yml (taskfile.dev, schema 3): tasks with variables, dependencies and the tasks that they call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.manifests.tasks import MAX_DEPTH, Steps, filled, unknown_piece
from jackline.lower.manifests.yamldoc import document, listing, mapping, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jackline.lower.manifests.parts import Host, Parts

_TEMPLATE: Final = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_DEFAULT: Final = re.compile(r"""\s*default\s+["'`](.*)["'`]\s*""")


def taskfile(text: str, names: Sequence[str], host: Host, given: Mapping[str, Parts], rest: Parts) -> Steps:
    """What `task NAMES` runs; `given` are variables of the command line, `rest` what stands behind `--`."""
    whole = mapping(document(text))
    read = _Taskfile(mapping(whole.get("tasks")), host)
    read.found.unknown = not read.tasks
    variables: dict[str, Parts] = {"CLI_ARGS": rest}
    read.assign(whole.get("vars"), variables)
    variables |= given
    for name in names or ["default"]:
        read.task(name, variables, dict(given), 0)
    return read.found


class _Taskfile(Inner):
    tasks: dict[str, Any]
    host: Host
    found: Steps = field(default_factory=Steps)

    def assign(self, value: Any, variables: dict[str, Parts]) -> None:  # noqa: ANN401 - YAML
        """Variables by their text, or by the output of a command (`sh:`)."""
        for name, meant in mapping(value).items():
            if isinstance(meant, str):
                variables[name] = self.templated(meant, variables)
            elif isinstance(meant, dict) and isinstance(meant.get("sh"), str):
                output = self.host.shell(self.templated(meant["sh"], variables))
                variables[name] = (
                    (output.strip(),) if output is not None else (unknown_piece(f"{{{{.{name}}}}}", self.host),)
                )

    def templated(self, text: str, variables: Mapping[str, Parts]) -> Parts:
        """The text with its `{{.NAME}}` replaced; other templates are not followed."""

        def value(inside: str) -> Parts | None:
            name, bar, default = inside.partition("|")
            if not re.fullmatch(r"\.\w+\s*", name):
                return None
            found = variables.get(name.strip()[1:])
            quoted = _DEFAULT.fullmatch(default)
            if bar and quoted is None:
                return None
            return (quoted[1],) if found is None and quoted is not None else found

        return filled(text, _TEMPLATE, value, self.host)

    def task(self, name: str, variables: dict[str, Parts], given: dict[str, Parts], depth: int) -> None:
        """One task with what it depends on; each is run once for equal variables."""
        self.host.step()
        if name not in self.tasks or depth > MAX_DEPTH:
            self.found.unknown = True
            return
        if not self.found.begins(f"{name} {sorted(map(str, given.items()))}"):
            return
        task = self.tasks[name]
        table = task if isinstance(task, dict) else {"cmds": task}
        local = dict(variables)
        self.assign(table.get("vars"), local)
        local |= given
        directory = table["dir"] if isinstance(table.get("dir"), str) else ""
        for check in [*texts(table.get("status")), *listing(table.get("preconditions"))]:
            code = check.get("sh") if isinstance(check, dict) else check
            if isinstance(code, str):
                self.found.add(self.templated(code, local), directory)
        for need in listing(table.get("deps")):
            self._command({"task": need} if isinstance(need, str) else need, local, directory, depth)
        for command in listing(table.get("cmds", table.get("cmd"))):
            self._command(command, local, directory, depth)

    def _command(self, command: Any, local: dict[str, Parts], directory: str, depth: int) -> None:  # noqa: ANN401 - YAML
        table = mapping(command)
        deferred = table.get("defer")
        if deferred is not None:
            self._command(deferred, local, directory, depth)
        elif isinstance(command, str) or isinstance(table.get("cmd"), str):
            self.found.add(self.templated(command if isinstance(command, str) else table["cmd"], local), directory)
        elif isinstance(table.get("task"), str):
            more: dict[str, Parts] = {}
            self.assign(table.get("vars"), more)
            name = "".join(part if isinstance(part, str) else "{}" for part in self.templated(table["task"], local))
            self.task(name, local, more, depth + 1)
        else:
            self.found.unknown = True
