"""What just runs for its words: what each recipe needs first, then its lines or its script, then what comes after."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import FrozenInner, Inner
from jackline.lower.manifests.justfile.expressions import evaluated, interpolated, value
from jackline.lower.manifests.justfile.module import Module, Shared
from jackline.lower.manifests.justfile.syntax import logical
from jackline.lower.manifests.parts import joined, known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jackline.lower.manifests.justfile.syntax import Dependency, Recipe
    from jackline.lower.manifests.parts import Host, Parts

MAX_DEPTH: Final = 24
MAX_RUNS: Final = 200


class Run(FrozenInner, frozen=True):
    """One run of a program on code: a line by the shell, or a whole script with its `#!` line.

    An empty `directory` is the justfile's own.
    """

    code: Parts
    script: bool = False
    arguments: tuple[Parts, ...] = ()
    exported: tuple[tuple[str, Parts], ...] = ()
    directory: str = ""


class Justfile:
    """A justfile that was read."""

    __slots__ = ("_ran", "host", "root")

    def __init__(self, host: Host, given: dict[str, Parts], directory: str = ".", invoked: str = ".") -> None:
        """The `given` variables are those of the command line; `invoked` is where just was called."""
        self.host = host
        self.root = Module(Shared(host, directory, invoked), directory, given)
        self._ran: set[tuple[str, str, tuple[Parts, ...]]] = set()

    @property
    def unknown(self) -> bool:
        """Whether something was met that is not followed."""
        return self.root.shared.unknown

    def give_up(self) -> None:
        """Say that something in it is not followed."""
        self.root.shared.unknown = True

    def read(self, text: str, directory: str = ".") -> None:
        """Read the justfile's text, with all that it imports; `directory` is where it lies."""
        self.root.read(text, directory)

    def shells(self) -> Iterator[str]:
        """The shells that settings name, as they are written."""
        waiting = [self.root]
        while waiting:
            module = waiting.pop()
            waiting += module.modules.values()
            if "shell" in module.settings:
                yield module.settings["shell"]

    def evaluated(self) -> dict[str, Parts]:
        """Evaluate all assignments, as just does first; those that the recipes get in their environment."""
        return evaluated(self.root)

    def runs(self, words: Sequence[Parts]) -> Iterator[Run]:
        """What `just WORDS` runs: recipes, each with as many of the words behind it as it takes."""
        rest = list(words)
        if not rest and self.root.first:
            rest = [(self.root.first,)]
        while rest:
            found = self._asked(rest)
            if found is None:
                self.give_up()
                return
            module, recipes = found
            many = any(parameter.many for parameter in recipes[0].parameters)
            taken = len(rest) if many else min(len(rest), len(recipes[0].parameters))
            arguments, rest = tuple(rest[:taken]), rest[taken:]
            for recipe in recipes:
                yield from _Steps(self, module, recipe, arguments, 0).all()

    def _asked(self, rest: list[Parts]) -> tuple[Module, tuple[Recipe, ...]] | None:
        """Take the words of one recipe's path: `module::recipe`, or `module recipe`."""
        module, name = self.root, known(rest.pop(0)) or ""
        while "::" not in name and self._recipes(module, name) is None and name in module.modules:
            module = module.modules[name]
            name = known(rest.pop(0)) or "" if rest else module.first
        return self.find(module, name)

    def find(self, module: Module, path: str) -> tuple[Module, tuple[Recipe, ...]] | None:
        """The recipes of a path (`module::recipe`), seen from a module."""
        *names, last = path.split("::")
        for name in names:
            if name not in module.modules:
                return None
            module = module.modules[name]
        recipes = self._recipes(module, last)
        if recipes is None and last in module.modules:
            module = module.modules[last]
            recipes = self._recipes(module, module.first)
        aliased = module.aliases.get(last, "")
        if recipes is None and "::" in aliased and aliased != path:
            return self.find(module, aliased)
        return (module, recipes) if recipes else None

    @staticmethod
    def _recipes(module: Module, name: str) -> tuple[Recipe, ...] | None:
        return module.recipes.get(module.aliases.get(name, name))

    def begins(self, module: Module, recipe: Recipe, arguments: tuple[Parts, ...], depth: int) -> bool:
        """Whether a recipe is run for the first time with these arguments, within bounds."""
        self.host.step()
        key = (module.directory, f"{recipe.name} {recipe.lines}", arguments)
        if key in self._ran:
            return False
        self._ran.add(key)
        if depth > MAX_DEPTH or len(self._ran) > MAX_RUNS:
            self.give_up()
            return False
        return True


class _Steps(Inner):
    """One recipe that is run with its arguments."""

    file: Justfile
    module: Module
    recipe: Recipe
    arguments: tuple[Parts, ...]
    depth: int
    local: dict[str, Parts] = field(default_factory=dict)

    def all(self) -> Iterator[Run]:
        if not self.file.begins(self.module, self.recipe, self.arguments, self.depth):
            return
        self._bind()
        yield from self._others(self.recipe.needs)
        yield from self._body()
        yield from self._others(self.recipe.after)

    def _others(self, needs: tuple[Dependency, ...]) -> Iterator[Run]:
        for name, *expressions in needs:
            found = self.file.find(self.module, name)
            if found is None:
                self.file.give_up()
                continue
            module, recipes = found
            values = tuple(value(self.module, expression, self.local) for expression in expressions)
            for recipe in recipes:
                yield from _Steps(self.file, module, recipe, values, self.depth + 1).all()

    def _bind(self) -> None:
        for index, parameter in enumerate(self.recipe.parameters):
            if parameter.many and index < len(self.arguments):
                spaced = [part for given in self.arguments[index:] for part in (" ", *given)]
                self.local[parameter.name] = joined(spaced[1:])
            elif index < len(self.arguments):
                self.local[parameter.name] = self.arguments[index]
            elif parameter.default is not None:
                self.local[parameter.name] = value(self.module, parameter.default, self.local)
            else:
                self.local[parameter.name] = ()

    def _body(self) -> Iterator[Run]:
        recipe = self.recipe
        filled = [line for line in recipe.lines if line.strip()]
        if filled and filled[0].startswith("#!"):
            yield self._run(interpolated(self.module, "\n".join(recipe.lines), self.local), script=True)
        elif recipe.attribute("script") is not None:
            text = f"#!/usr/bin/env {self._interpreter()}\n" + "\n".join(recipe.lines)
            yield self._run(interpolated(self.module, text, self.local), script=True)
        else:
            for line in logical(filled):
                yield from self._line(interpolated(self.module, line, self.local))

    def _line(self, code: Parts) -> Iterator[Run]:
        if code and isinstance(code[0], str):
            code = joined((code[0].lstrip("@-"), *code[1:]))
        text = known(code)
        if text is None or text.strip():
            yield self._run(code)

    def _interpreter(self) -> str:
        """Of a recipe with the attribute `script`: what that says, else the setting, else the shell."""
        words = self.recipe.attribute("script") or ()
        setting = self.module.settings.get("script-interpreter", "")
        return (
            " ".join(words)
            or " ".join(setting.strip("[] ").replace(",", " ").replace("'", "").replace('"', "").split())
            or "sh"
        )

    def _run(self, code: Parts, *, script: bool = False) -> Run:
        recipe, settings = self.recipe, self.module.settings
        names = [one.name for one in recipe.parameters if one.exported or "export" in settings]
        exported = tuple((name, self.local[name]) for name in names)
        if self.module is not self.file.root:
            exported = (*evaluated(self.module).items(), *exported)
        positional = "positional-arguments" in settings or recipe.attribute("positional-arguments") is not None
        return Run(code, script, self.arguments if positional else (), exported, self._directory())

    def _directory(self) -> str:
        """Where it runs: the attribute counts from the setting, that from the module's directory."""
        if self.recipe.attribute("no-cd") is not None or "no-cd" in self.module.settings:
            return self.module.shared.invoked
        setting = self.module.settings.get("working-directory")
        set_to = known(value(self.module, setting, {})) if setting is not None else ""
        if set_to is None:
            self.file.give_up()
        named = self.recipe.attribute("working-directory") or ()
        found = posixpath.normpath(posixpath.join(self.module.directory, set_to or "", *named))
        return "" if found == self.module.shared.directory else found
