"""Taskfile.yml (taskfile.dev, schema 3): tasks with variables, environment, loops, what they need, and included files.

An included file that comes from a network is code from elsewhere; so is what a task of it does.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.manifests.parts import joined, known
from jackline.lower.manifests.tasks import MAX_DEPTH, Step, Steps, filled, unknown_piece
from jackline.lower.manifests.yamldoc import document, listing, mapping, texts, true

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jackline.lower.manifests.parts import Host, Parts

MAX_FILES: Final = 30
MAX_ITEMS: Final = 40
NAMES: Final = (
    "Taskfile.yml",
    "taskfile.yml",
    "Taskfile.yaml",
    "taskfile.yaml",
    "Taskfile.dist.yml",
    "Taskfile.dist.yaml",
)
_REMOTE: Final = re.compile(r"(?:https?|git|ssh|git\+ssh)://|git@|.*\.git(?://|\?|$)")
_TEMPLATE: Final = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_DEFAULT: Final = re.compile(r"""\s*default\s+["'`](.*)["'`]\s*""")
_MATCHED: Final = re.compile(r"index\s+\.MATCH\s+(\d)")


def taskfile(text: str, names: Sequence[str], host: Host, given: Mapping[str, Parts], rest: Parts) -> Steps:
    """What `task NAMES` runs; `given` are variables of the command line, `rest` what stands behind `--`."""
    read = _Reader(host)
    read.root = root = read.file(text, "", "", 0)
    read.found.unknown |= not root.tasks and not root.below and not root.flat
    variables: dict[str, Parts] = {"CLI_ARGS": rest}
    for name in names or ["default"]:
        read.task(root, name, {**variables, **given}, dict(given), 0)
    return read.found


class _File(Inner):
    """One Taskfile. `directory` is where its tasks run; `below` are the files that it includes by a name, or where they come from."""

    directory: str = ""
    tasks: dict[str, Any] = field(default_factory=dict)
    variables: Any = None
    environment: Any = None
    passed: Any = None
    below: dict[str, _File | str] = field(default_factory=dict)
    flat: list[_File | str] = field(default_factory=list)
    values: dict[str, Parts] | None = None


class _Found(NamedTuple):
    """A task, the file that it stands in, and the words that its name's wildcards stand for."""

    file: _File
    name: str
    matched: tuple[str, ...] = ()


class _Place(NamedTuple):
    """Where a task's command lines run, and what sets their environment."""

    file: _File
    directory: str
    environment: Parts
    depth: int


class _Reader(Inner):
    host: Host
    found: Steps = field(default_factory=Steps)
    root: _File | None = None
    files: int = 0

    # Files.

    def file(self, text: str, at: str, directory: str, depth: int) -> _File:
        """Read one text that lies in the directory `at`, with what it includes."""
        whole = mapping(document(text))
        read = _File(directory, mapping(whole.get("tasks")), whole.get("vars"), whole.get("env"))
        for name, told in mapping(whole.get("includes")).items():
            self.host.step()
            table = told if isinstance(told, dict) else {"taskfile": told}
            included = self._included(table, at, directory, depth)
            if included is None:
                continue
            if true(table.get("flatten")):
                read.flat.append(included)
            else:
                read.below |= dict.fromkeys((name, *texts(table.get("aliases"))), included)
        return read

    def _included(self, table: dict[str, Any], at: str, directory: str, depth: int) -> _File | str | None:
        path = table.get("taskfile")
        if not isinstance(path, str) or "{{" in path or depth > MAX_DEPTH or self.files >= MAX_FILES:
            self.found.unknown = True
            return None
        if _REMOTE.match(path):
            return path
        inside = table["dir"] if isinstance(table.get("dir"), str) else ""
        base = posixpath.normpath(posixpath.join(at, path))
        named = base.endswith((".yml", ".yaml"))
        for candidate in (base,) if named else (posixpath.join(base, name) for name in NAMES):
            contents = self.host.include(candidate)
            if contents is None or len(contents) > 1:
                self.found.unknown = True
            for text in (contents or ())[:1]:
                self.files += 1
                lies = posixpath.dirname(candidate)
                file = self.file(text, lies, posixpath.join(directory, inside), depth + 1)
                file.passed = table.get("vars")
                return file
        return None

    def find(self, file: _File | str, name: str) -> _Found | str | None:
        """The task of a name in a file, in what it includes, or where that comes from."""
        if isinstance(file, str):
            return file
        if name in file.tasks:
            return _Found(file, name)
        for key, task in file.tasks.items():
            if name in texts(mapping(task).get("aliases")):
                return _Found(file, key)
        space, colon, inner = name.partition(":")
        if space in file.below:
            return self.find(file.below[space], inner if colon else "default")
        for flat in file.flat:
            found = self.find(flat, name)
            if found is not None:
                return found
        for key in file.tasks:
            match = re.fullmatch(re.escape(key).replace(r"\*", "(.*)"), name) if "*" in key else None
            if match is not None:
                return _Found(file, key, match.groups())
        return None

    # Variables.

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
            elif isinstance(meant, list) and all(isinstance(item, str) for item in meant):
                variables[name] = (" ".join(meant),)

    def templated(self, text: str, variables: Mapping[str, Parts]) -> Parts:
        """The text with its `{{.NAME}}` replaced; other templates are not followed."""

        def value(inside: str) -> Parts | None:
            matched = _MATCHED.fullmatch(inside)
            if matched is not None:
                return variables.get(f"MATCH {matched[1]}")
            name, bar, default = inside.partition("|")
            if not re.fullmatch(r"\.\w+\s*", name):
                return None
            found = variables.get(name.strip()[1:])
            quoted = _DEFAULT.fullmatch(default)
            if bar and quoted is None:
                return None
            return (quoted[1],) if found is None and quoted is not None else found

        return filled(text, _TEMPLATE, value, self.host)

    def _environment(self, values: Any, variables: Mapping[str, Parts]) -> Parts:  # noqa: ANN401 - YAML
        """What sets the environment of a command line, as the shell says it."""
        parts: list[str | Any] = []
        for name, meant in mapping(values).items():
            if not name.isidentifier():
                self.found.unknown = True
            elif isinstance(meant, dict) and isinstance(meant.get("sh"), str):
                parts += [f'export {name}="$(', *self.templated(meant["sh"], variables), ')"; ']
            elif isinstance(meant, str):
                value = self.templated(meant, variables)
                text = known(value)
                parts += [f"export {name}=", *((shlex.quote(text),) if text is not None else ('"', *value, '"')), "; "]
        return joined(parts)

    # Tasks.

    def task(self, file: _File, name: str, variables: dict[str, Parts], given: dict[str, Parts], depth: int) -> None:
        """One task with what it depends on; each is run once for equal variables."""
        self.host.step()
        found = self.find(file, name)
        if isinstance(found, str):
            if self.found.begins(found):
                self.found.steps.append(Step(fetched=found))
            return
        if found is None or depth > MAX_DEPTH:
            self.found.unknown = True
            return
        if not self.found.begins(f"{id(found.file)} {name} {sorted(map(str, given.items()))}"):
            return
        local = {**variables, **self._of_file(found.file, variables, given)}
        local |= {f"MATCH {index}": (word,) for index, word in enumerate(found.matched)}
        self._run(found, local, given, depth)

    def _of_file(self, file: _File, variables: dict[str, Parts], given: dict[str, Parts]) -> dict[str, Parts]:
        """A file's own variables, evaluated once; those that its includer passes come before them."""
        if file.values is None:
            own = dict(variables)
            self.assign(file.variables, own)
            self.assign(file.passed, own)
            file.values = own
        return {name: value for name, value in file.values.items() if name not in given and name != "CLI_ARGS"}

    def _run(self, found: _Found, local: dict[str, Parts], given: dict[str, Parts], depth: int) -> None:
        task = found.file.tasks[found.name]
        table = task if isinstance(task, dict) else {"cmds": task}
        self.assign(table.get("vars"), local)
        local |= given
        directory = known(self.templated(table["dir"], local)) if isinstance(table.get("dir"), str) else ""
        if directory is None:
            self.found.unknown = True
        place = _Place(
            found.file,
            posixpath.join(found.file.directory, directory or ""),
            joined((*self._environment(found.file.environment, local), *self._environment(table.get("env"), local))),
            depth,
        )
        for check in [*texts(table.get("status")), *listing(table.get("preconditions"))]:
            code = check.get("sh") if isinstance(check, dict) else check
            if isinstance(code, str):
                self._line(code, local, place)
        for need in listing(table.get("deps")):
            self._command({"task": need} if isinstance(need, str) else need, local, place)
        for command in listing(table.get("cmds", table.get("cmd"))):
            self._command(command, local, place)

    def _line(self, text: str, local: dict[str, Parts], place: _Place) -> None:
        self.found.add(joined((*place.environment, *self.templated(text, local))), place.directory)

    def _command(self, command: Any, local: dict[str, Parts], place: _Place) -> None:  # noqa: ANN401 - YAML
        table = mapping(command)
        if table.get("for") is not None:
            once = {key: value for key, value in table.items() if key != "for"}
            for values in self._items(table, local):
                self._command(once, {**local, **values}, place)
        elif table.get("defer") is not None:
            self._command(table["defer"], local, place)
        elif isinstance(command, str) or isinstance(table.get("cmd"), str):
            self._line(command if isinstance(command, str) else table["cmd"], local, place)
        elif isinstance(table.get("task"), str):
            passed = dict(local)
            self.assign(table.get("vars"), passed)
            more = {name: passed[name] for name in mapping(table.get("vars")) if name in passed}
            name = "".join(part if isinstance(part, str) else "{}" for part in self.templated(table["task"], local))
            file = self.root if name.startswith(":") and self.root is not None else place.file
            self.task(file, name.removeprefix(":"), local, more, place.depth + 1)
        else:
            self.found.unknown = True

    def _items(self, table: dict[str, Any], local: dict[str, Parts]) -> Iterator[dict[str, Parts]]:
        """The values of a loop (`for:`): a list, a variable's words, or what is not known."""
        told = table["for"]
        name = mapping(told).get("as")
        name = name if isinstance(name, str) else "ITEM"
        words: list[str] | None = texts(told) if isinstance(told, list) else None
        variable = mapping(told).get("var")
        if isinstance(variable, str) and variable in local:
            text, mark = known(local[variable]), mapping(told).get("split")
            words = text.split(mark if isinstance(mark, str) and mark else None) if text is not None else None
        if words is None or len(words) > MAX_ITEMS:
            yield {name: (unknown_piece(f"{{{{.{name}}}}}", self.host),)}
            return
        for word in words:
            yield {name: self.templated(word, local)}
