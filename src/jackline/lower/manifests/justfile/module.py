"""A justfile's statements, and those of the files that it imports and the modules that it has, read into tables.

What an importing file says counts before what it imports; of equals the later, as `allow-duplicate-recipes` has it.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.manifests.justfile.syntax import Recipe, attributes, recipe, statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.lower.manifests.parts import Host, Parts

MAX_RECIPES: Final = 1000
MAX_FILES: Final = 40
MAX_IMPORTED: Final = 8
_SETTING: Final = re.compile(r"set\s+([\w-]+)\s*(?::=\s*(.*))?$", re.DOTALL)
_ASSIGNMENT: Final = re.compile(r"(?:export\s+|eager\s+|lazy\s+)*([A-Za-z_][\w-]*)\s*:=\s*(.*)$", re.DOTALL)
_ALIAS: Final = re.compile(r"alias\s+([\w-]+)\s*:=\s*([\w:-]+)")
_IMPORT: Final = re.compile(r"import(\??)\s+(?:'([^']*)'|\"([^\"]*)\")")
_MODULE: Final = re.compile(r"mod(\??)\s+([A-Za-z_][\w-]*)\s*(?:'([^']*)'|\"([^\"]*)\")?\s*(?:#.*)?$")
_FILES: Final = ("mod.just", "justfile", "Justfile", ".justfile")
"""What a module's directory has its text in; `justfile` may have any capitals, and these are those that it has."""
_PLATFORMS: Final = frozenset(
    {"linux", "macos", "unix", "windows", "openbsd", "freebsd", "netbsd", "dragonfly", "android"}
)


class Shared(Inner):
    """What all modules of one justfile share: the host, and how much was read."""

    host: Host
    directory: str = "."
    """Of the justfile."""
    invoked: str = "."
    """Where just was called."""
    unknown: bool = False
    """Set where something was met that is not followed."""
    files: int = 0
    depth: int = 0
    """Of expressions in each other."""


class Module(Inner):
    """One module. `directory` is where its file lies and its recipes run."""

    shared: Shared
    directory: str
    given: dict[str, Parts] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    recipes: dict[str, tuple[Recipe, ...]] = field(default_factory=dict)
    """By name; those for different systems stand side by side."""
    modules: dict[str, Module] = field(default_factory=dict)
    first: str = ""
    values: dict[str, Parts] = field(default_factory=dict)
    _levels: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self, text: str, directory: str, level: int = 0) -> None:
        """Read a text of a file in a directory, `level` imports below the module's own."""
        self.shared.files += 1
        marked: list[tuple[str, tuple[str, ...]]] = []
        for line, below in statements(text):
            self.shared.host.step()
            if line.startswith("["):
                marked += attributes(line)
                continue
            if not self._statement(line, directory, level):
                self._recipe(recipe(line, below, tuple(marked)), level)
            marked = []

    def _statement(self, line: str, directory: str, level: int) -> bool:
        """Settings, aliases, imports, modules and assignments; False for what must be a recipe."""
        setting, alias, assignment = (shape.match(line) for shape in (_SETTING, _ALIAS, _ASSIGNMENT))
        imported, module = _IMPORT.match(line), _MODULE.match(line)
        if setting is not None:
            self._put("set", self.settings, setting[1], (setting[2] or "true").strip(), level)
        elif alias is not None:
            self._put("alias", self.aliases, alias[1], alias[2], level)
        elif imported is not None:
            self._import(imported[2] or imported[3] or "", directory, level)
        elif module is not None:
            self._module(module[2], module[3] or module[4] or "", directory)
        elif assignment is not None:
            self._put("variable", self.variables, assignment[1], assignment[2], level)
            if re.match(r"(?:\w+\s+)?export\s", line):
                self.exported.add(assignment[1])
        else:
            return line.startswith("unexport ")
        return True

    def _put(self, kind: str, table: dict[str, str], name: str, value: str, level: int) -> None:
        if level <= self._levels.get((kind, name), level):
            table[name] = value
            self._levels[kind, name] = level

    def _recipe(self, found: Recipe | None, level: int) -> None:
        if found is None or len(self.recipes) > MAX_RECIPES:
            self.shared.unknown = True
            return
        before = self.recipes.get(found.name, ())
        known = self._levels.get(("recipe", found.name), level)
        if level > known:
            return
        self._levels["recipe", found.name] = level
        beside = [one for one in before if level == known and _other_system(one, found)]
        if not beside or not _only_windows(found):
            self.recipes[found.name] = (*(one for one in beside if not _only_windows(one)), found)
        if level <= self._levels.get(("first", ""), level) and (
            not self.first or level < self._levels["first", ""] or found.attribute("default") is not None
        ):
            self.first = found.name
            self._levels["first", ""] = level

    # Other files.

    def _import(self, name: str, directory: str, level: int) -> None:
        if level >= MAX_IMPORTED:
            self.shared.unknown = True
            return
        path = posixpath.normpath(posixpath.join(directory, name))
        for text in self._texts(path):
            self.read(text, posixpath.dirname(path) or ".", level + 1)

    def _module(self, name: str, path: str, directory: str) -> None:
        """The first file that has the module's text. An absent one has no recipes: who asks for one is not answered."""
        named = [path] if path else [f"{name}.just"]
        for candidate in (*named, *(posixpath.join(path or name, file) for file in _FILES)):
            whole = posixpath.normpath(posixpath.join(directory, candidate))
            texts = self._texts(whole)
            if texts:
                below = posixpath.dirname(whole) or "."
                module = Module(self.shared, below)
                self.modules[name] = module
                for text in texts:
                    module.read(text, below)
            if texts or self.shared.unknown:
                return

    def _texts(self, path: str) -> Sequence[str]:
        """What a file may say; one that is the user's (`~/`), or one too many, is not opened."""
        over = self.shared.files >= MAX_FILES or path.startswith(("~", "$"))
        texts = self.shared.host.include(path) if not over else None
        if texts is None or len(texts) > 1:
            self.shared.unknown = True
        return texts or ()


def _systems(found: Recipe) -> set[str]:
    return {name for name, _ in found.attributes} & _PLATFORMS


def _only_windows(found: Recipe) -> bool:
    return _systems(found) == {"windows"}


def _other_system(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes of one name are for different systems, so that neither is in the other's place."""
    return bool(_systems(one)) and bool(_systems(other)) and _systems(one) != _systems(other)
