"""A world written down in TOML (see `surroundings/`) as a source of answers, for tests without a disk."""

from __future__ import annotations

import posixpath
import tomllib
from pathlib import Path
from typing import Any, Literal

from jackline.lower.places.classify import holds_token
from jackline.lower.planfile import read_plan
from jackline.lower.surroundings import FileFacts, GitFacts, Surroundings, text_of
from tests.lower.planfile.plans import written

_OWN = ("/data", "/mnt")
"""Trees outside the home that belong to the agent's user."""


class World:
    """Answers from a table of files, one repository and a list of installed programs; everything else is unknown."""

    def __init__(self, path: Path) -> None:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        self.cwd, self.workspace = table["cwd"], table["workspace"]
        self.home, self.user = table["home"], table["user"]
        self.files: dict[str, str] = table["files"]
        self.programs = frozenset(table["installed"]["programs"].split())
        self.plans: dict[str, str] = table.get("plans", {})
        self.files |= dict.fromkeys(self.plans, "")
        self.directories = {"/", "/tmp", "/usr", "/usr/bin", "/bin", "/etc", self.home, self.workspace}
        for name in self.files:
            parent = posixpath.dirname(name)
            while parent != "/":
                self.directories.add(parent)
                parent = posixpath.dirname(parent)
        self.contexts: dict[str, dict[str, str]] = table.get("contexts", {})
        self.environments: dict[str, str] = table.get("environments", {})
        self.ignored: tuple[str, ...] = ()
        self.git = GitFacts()
        if "git" in table:
            git = table["git"]
            self.ignored = tuple(git["ignored"])
            self.git = GitFacts(
                root=self.workspace, branch=git["branch"], upstream=git["upstream"], default_branch=git["default_branch"],
                remotes=git["remotes"], dirty=tuple(git["dirty"]), untracked=tuple(git["untracked"]), unpushed=1, stashes=git["stashes"], own_branch=git["own_branch"],
            )  # fmt: skip

    def surroundings(self) -> Surroundings:
        """A fresh object for one action."""
        return Surroundings(self, cwd=self.cwd, workspace=self.workspace, home=self.home, user=self.user)

    def answer(self, question: str, subject: str) -> Any:
        known = getattr(self, f"_{question}", None)
        return known(subject) if known is not None else None

    def _file(self, path: str) -> FileFacts:
        if "*" in path:
            return FileFacts()
        if path in self.files:
            return FileFacts(
                "file",
                path,
                self._owner(path),
                len(self.files[path]),
                path.endswith(".sh"),
            )
        if path in self.directories or path.startswith("/usr/bin/"):
            return FileFacts("directory" if path in self.directories else "file", path, self._owner(path))
        return FileFacts("absent", path)

    def _owner(self, path: str) -> Literal["self", "root"]:
        return "self" if path.startswith((self.home, *_OWN)) else "root"

    def _list(self, path: str) -> tuple[str, ...] | None:
        if path not in self.directories:
            return None
        below = path.rstrip("/") + "/"
        inside = [name for name in (*self.files, *self.directories) if name.startswith(below) and name != path]
        return tuple(sorted({name[len(below) :].partition("/")[0] for name in inside}))

    def _text(self, path: str) -> Any:
        return text_of(self.files[path]) if path in self.files else None

    def _plan(self, path: str) -> Any:
        return read_plan(written(self.plans[path], {})) if path in self.plans else None

    def _token(self, path: str) -> bool | None:
        return holds_token(self.files[path]) if path in self.files else None

    def _which(self, name: str) -> str | None:
        if not self.programs:
            return None
        return f"/usr/bin/{name}" if name in self.programs else ""

    def _variable(self, name: str) -> str | None:
        return {
            "HOME": self.home,
            "USER": self.user,
            "PWD": self.cwd,
            "SHELL": "/bin/bash",
            "PATH": "/usr/bin:/bin",
            "TMPDIR": "/tmp",
        }.get(name)

    def _git(self, path: str) -> GitFacts:
        return self.git if path == self.workspace or path.startswith(self.workspace + "/") else GitFacts()

    def _standing(self, path: str) -> frozenset[str] | None:
        inside = path.removeprefix(self.workspace + "/")
        if self.git.root and any(inside == name or inside.startswith(f"{name}/") for name in self.ignored):
            return frozenset() if self._file(path).kind == "absent" else frozenset({"ignored"})
        return None

    def _context(self, tool: str) -> dict[str, str] | None:
        return self.contexts.get(tool)

    def _environment(self, name: str) -> str | None:
        return self.environments.get(name)

    def _authorship(self, path: str) -> str:
        if path.startswith("/usr/"):
            return "installed"
        inside = path.removeprefix(self.workspace + "/")
        tracked = path.startswith(self.workspace + "/") and inside not in (*self.git.dirty, *self.git.untracked)
        return "committed" if tracked and path in self.files else "unknown"

    def _process(self, subject: str) -> str:
        return "guard" if "jackline" in subject else "unknown"

    def _guard_paths(self, _subject: str) -> tuple[str, ...]:
        return (
            f"{self.home}/.config/jackline",
            f"{self.home}/.local/state/jackline",
            f"{self.home}/.claude/settings.json",
            "/run/user/1000/jackline",
        )
