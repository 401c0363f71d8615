"""What a project's file may ask while it is read (`manifests.parts.Host`): other files, commands' outputs, variables.

A command that is run for its output runs, whatever is done with that: its effects are written at once.
"""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from msgspec import field
from msgspec.structs import replace

from jackline.core.inner import Inner
from jackline.lower.catalogue.contents import Content, contents
from jackline.lower.catalogue.roles import run_content
from jackline.lower.catalogue.special.opening import known_text
from jackline.lower.word import Hole, Word, weakest

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.catalogue.call import Call
    from jackline.lower.manifests.parts import Parts

_ONLY_NEEDS: Final = re.compile(r"^\t|=|;|\$[({]", re.MULTILINE)
"""What a file of nothing but dependencies (`gcc -MMD`) does not have."""


class World(Inner):
    """One file's `Host`. Its authorship sinks with what it includes."""

    call: Call
    authorship: Authorship
    path: str
    digest: str = ""
    outputs: dict[Parts, str | None] = field(default_factory=dict)

    def step(self) -> None:
        """Work counts as the action's own."""
        self.call.scope.bounds.step()

    def include(self, name: str) -> list[str] | None:
        """Beside the file, else in a directory that an option names."""
        directories = [Word((".",)), *self.call.values("include-dir")]
        for directory in directories if not name.startswith("/") else directories[:1]:
            path = posixpath.normpath(posixpath.join(self.call.path(directory), name))
            found = contents(path, self.call.scope)
            if found:
                return self._included(found)
        return []

    def _included(self, found: tuple[Content, ...]) -> list[str] | None:
        texts = []
        for content in found:
            text = known_text(content)
            if text is None or _ONLY_NEEDS.search(text):
                self.authorship = weakest((self.authorship, content.authorship))
            if text is None:
                return None
            texts.append(text)
        return texts

    def shell(self, code: Parts) -> str | None:
        """Run once for each text, however often its output is used."""
        if not code:
            return ""
        if code not in self.outputs:
            call, before = self.call, self.call.output
            run_content(call, Content(code, self.authorship, self.digest), self.path, "shell", ())
            output, call.output = call.output, before
            self.outputs[code] = output.text if output is not None and output is not before else None
        return self.outputs[code]

    def variable(self, name: str) -> Parts | None:
        """What the command itself sets, else what the surroundings know."""
        given = self.call.environment.get(name)
        if given is not None:
            return given.parts
        known = self.call.scope.surroundings.variable(name) if self.call.scope.place.here else None
        if known is not None:
            return (known,)
        return (self.call.cwd,) if name == "CURDIR" else None

    def exists(self, name: str) -> bool:
        """On the disk, or made by this action."""
        path = self.call.path(Word((name,)))
        return (
            self.call.scope.overlay.find(path) is not None or self.call.scope.surroundings.file(path).kind != "absent"
        )

    def names(self, pattern: str) -> list[str] | None:
        """Files by a pattern whose directory is plain."""
        directory, _, last = pattern.rpartition("/")
        if not self.call.scope.place.here or any(sign in directory for sign in "*?["):
            return None
        where = self.call.path(Word((directory or ".",)))
        listed = self.call.scope.surroundings.listing(where)
        if listed is None and self.call.scope.surroundings.file(where).kind != "absent":
            return None
        names = sorted({*(listed or ()), *self.call.scope.overlay.below(where)})
        prefix = f"{directory}/" if directory else ""
        return [prefix + name for name in names if fnmatchcase(name, last) and not name.startswith(".")]

    def run(self, code: Parts, language: str = "shell", arguments: tuple[Word, ...] = ()) -> None:
        """Run code that the file holds, as the file's author's."""
        own = tuple(_by(part, self.authorship) for part in code)
        run_content(self.call, Content(own, self.authorship, self.digest), self.path, language, arguments)


def _by(part: str | Hole, authorship: Authorship) -> str | Hole:
    """A hole that is one of the file's own, with its author; others came in by the command line."""
    return replace(part, authorship=authorship) if isinstance(part, Hole) and part.authorship != "none" else part
