"""Answers about the world from what a transcript shows (`Learned`), and what stands to reason where it shows nothing.

What stands to reason, and nothing else: paths have no links; a name with an ending is a file; a project has no settings of
clients until they are seen; what lay in the workspace
before the session was committed before it, unless its name says that tools made it (but whether the work tree as a whole is
clean is known only where git was asked); a program that the session called
was installed, unless its shell said otherwise; docker is this machine's own. With `beneath` (`--now`), today's disk is
asked instead of reason.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from jackline.core.profiles import PROFILES, expand
from jackline.guard.configuration import PROJECT_POLICY
from jackline.lower.places import within
from jackline.lower.places.classify import build_directory, holds_token
from jackline.lower.surroundings import Changes, FileFacts, GitFacts, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.action import Action
    from jackline.core.words import Authorship, Label
    from jackline.guard.history.learned import Learned
    from jackline.guard.memory import Family
    from jackline.guard.world import Resources
    from jackline.lower.surroundings import FileKind, Source, Standing

_ENDING: Final = re.compile(r"\w\.\w{1,8}$|^\.\w+$")
_SYSTEM: Final = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/opt/", "/nix/store/", "/snap/")
_INSTALLED: Final = re.compile(
    r"/(?:site-packages|dist-packages|node_modules|\.cargo|\.rustup|go/pkg/mod|\.local/bin|\.local/share|\.pyenv|\.nvm|\.rbenv|\.asdf"
    r"|\.volta|\.bun|\.deno|\.?venv|\.gem|miniconda3|anaconda3|miniforge3|\.nix-profile|\.gradle|\.m2|\.sdkman)(?:/|$)"
)
_MAIN: Final = frozenset({"main", "master", "trunk", "develop", "production", "staging", "release", "gh-pages"})
_DOCKER: Final = {"context": "default", "host": "unix:///var/run/docker.sock"}
_OUTSIDE: Final[frozenset[Standing]] = frozenset({"outside"})
_IGNORED: Final[frozenset[Standing]] = frozenset({"ignored"})
_CLEAN: Final[frozenset[Standing]] = frozenset({"clean"})
_NOTHING: Final[frozenset[Standing]] = frozenset()
_SCRATCH: Final = ("/tmp", "/var/tmp", "/private/tmp", "/dev/shm")  # noqa: S108 - places that are recognised, not used


class TranscriptSource:
    """The `Source` for one action. `fresh` are the paths that the action itself is seen to make."""

    __slots__ = ("_action", "_beneath", "_family", "_learned", "_resources", "_said", "fresh")

    def __init__(
        self, action: Action, learned: Learned, family: Family, resources: Resources, beneath: Source | None
    ) -> None:
        self._action, self._learned, self._family = action, learned, family
        self._resources, self._beneath = resources, beneath
        self._said = ""
        self.fresh: frozenset[str] = frozenset()

    def answer(self, question: str, subject: str) -> Any:  # noqa: ANN401 - JSON
        """What the transcript shows, else today's disk where that is allowed, else what stands to reason."""
        shown = _SHOWN.get(question)
        answer = shown(self, subject) if shown is not None else None
        if answer is not None:
            return answer
        if self._beneath is not None:
            return self._beneath.answer(question, subject)
        reason = _REASON.get(question)
        return reason(self, subject) if reason is not None else None

    # What the transcript shows.

    def _shown_file(self, path: str) -> FileFacts | None:
        kind = self._learned.kinds.get(path)
        text = self._learned.contents.get(path)
        if kind is None and text is None:
            return FileFacts("absent", path) if path in self.fresh else None
        return FileFacts(kind or "file", path, "self", len(text) if text is not None else 1)

    def _text(self, path: str) -> Any:  # noqa: ANN401 - an answer
        text = self._learned.contents.get(path)
        return text_of(text) if text is not None else None

    def _token(self, path: str) -> bool | None:
        text = self._learned.contents.get(path)
        return holds_token(text) if text is not None else None

    def _missing(self, name: str) -> str | None:
        return "" if name in self._learned.missing else None

    def _variable(self, name: str) -> str | None:
        return self._learned.variables.get(name)

    def _shown_standing(self, path: str) -> frozenset[Standing] | None:
        learned = self._learned
        if self._shown_kind(path) == "absent":
            return _NOTHING
        if not learned.inside(path):
            return None
        if learned.tree.known is False:
            return _OUTSIDE
        return learned.tree.below(path) or None

    def _shown_kind(self, path: str) -> FileKind | None:
        return "absent" if path in self.fresh else self._learned.kinds.get(path)

    def _shown_authorship(self, path: str) -> Authorship | None:
        wrote = self._family.wrote(path)
        if wrote:
            return "fetched" if wrote == "fetched" else "session"
        return None

    def _wrote(self, path: str) -> bool | None:
        return True if self._family.wrote(path) in {"whole", "fetched"} else None

    def _context(self, tool: str) -> dict[str, str] | None:
        return self._learned.contexts.get(tool)

    def _labels(self, subject: str) -> frozenset[Label]:
        kind, _, name = subject.partition(":")
        return self._resources.labels(kind, name) | self._family.labels(kind, name)  # type: ignore[arg-type]  # a kind by its making

    def _environment(self, subject: str) -> str:
        kind, _, name = subject.partition(":")
        return self._resources.environment(kind, name)

    def _model_hosts(self, _subject: str) -> frozenset[str]:
        profile = PROFILES.get(self._action.client)
        return frozenset(profile.model_hosts if profile is not None else ())

    def _guard_paths(self, _subject: str) -> tuple[str, ...]:
        """Those of the home, and of the workspace's those that were seen or that this action names: a command on files
        whose names are not known does not touch settings that nobody has heard of."""
        learned = self._learned
        always, sometimes = _guarded(learned.home, learned.workspace)
        named = tuple(path for path, base in sometimes if base in learned.kinds or self._named(base))
        return always + named if named else always

    def _named(self, path: str) -> bool:
        """Whether the action's own text holds the name of a path of the workspace."""
        if not self._said:
            self._said = "\n".join(f"{name}\n{value}" for name, value in self._action.arguments.items()) or "\n"
        return path[len(self._learned.workspace) + 1 :] in self._said

    def _process(self, subject: str) -> str | None:
        if subject in self._learned.started:
            return "own"
        return "guard" if subject.startswith("jackline") else None

    # What stands to reason.

    def _file(self, path: str) -> FileFacts:
        learned = self._learned
        if path in {"/", learned.home, learned.workspace, *_SCRATCH}:
            return FileFacts("directory", path, "self" if path in {learned.home, learned.workspace} else "root")
        if not learned.inside(path):
            return FileFacts("unknown", path)
        guarded = guard_paths(learned.home, learned.workspace)
        if (f"{path}/*" in guarded or path in guarded) and not self._named(path):
            return FileFacts("absent", path)
        return FileFacts("file" if _ENDING.search(posixpath.basename(path)) else "unknown", path, "self", 1)

    def _git(self, path: str) -> GitFacts | None:
        learned, tree = self._learned, self._learned.tree
        if tree.known is False or not learned.inside(path):
            return None
        default = tree.default_branch or "main"
        own = bool(tree.branch) and tree.branch != default
        own = own and (tree.branch in tree.made_branches or tree.branch.lower() not in _MAIN)
        changes = self._changes(path)
        own_remote = {"origin": f"https://origin/{posixpath.basename(learned.workspace)}"}
        return GitFacts(
            root=learned.workspace,
            branch=tree.branch,
            upstream=f"origin/{tree.branch}" if tree.branch else "",
            default_branch=default,
            remotes=tree.remotes or own_remote,
            dirty=changes.dirty,
            untracked=changes.untracked,
            own_branch=own,
        )

    def _changes(self, _path: str) -> Changes:
        start = len(self._learned.workspace.rstrip("/")) + 1
        named = [(name[start:], standing) for name, standing in sorted(self._learned.tree.marks.items())]
        return Changes(
            tuple(name for name, standing in named if standing == "modified"),
            tuple(name for name, standing in named if standing == "untracked"),
            partial=not self._learned.tree.looked,
        )

    def _standing(self, path: str) -> frozenset[Standing] | None:
        learned = self._learned
        if not learned.inside(path):
            return _OUTSIDE
        if path == learned.workspace and not learned.tree.looked:
            return None
        made = build_directory(path[len(learned.workspace) + 1 :])
        return _IGNORED if made is not None else _CLEAN

    def _which(self, name: str) -> str:
        return name if "/" in name else f"/usr/bin/{name}"

    def _authorship(self, path: str) -> Authorship | None:
        if _INSTALLED.search(path) or path.startswith(_SYSTEM):
            return "installed"
        return "committed" if self._learned.inside(path) and self._standing(path) == _CLEAN else None

    def _usual_variable(self, name: str) -> str | None:
        learned = self._learned
        usual = {"HOME": learned.home, "PWD": self._action.cwd, "USER": posixpath.basename(learned.home)}
        return usual.get(name)

    def _usual_context(self, tool: str) -> dict[str, str] | None:
        return _DOCKER if tool == "docker" else {} if tool == "git" else None


_SHOWN: Final[dict[str, Callable[[TranscriptSource, str], Any]]] = {
    "file": TranscriptSource._shown_file,  # noqa: SLF001 - the class's own table
    "text": TranscriptSource._text,  # noqa: SLF001
    "token": TranscriptSource._token,  # noqa: SLF001
    "which": TranscriptSource._missing,  # noqa: SLF001
    "variable": TranscriptSource._variable,  # noqa: SLF001
    "standing": TranscriptSource._shown_standing,  # noqa: SLF001
    "authorship": TranscriptSource._shown_authorship,  # noqa: SLF001
    "wrote": TranscriptSource._wrote,  # noqa: SLF001
    "context": TranscriptSource._context,  # noqa: SLF001
    "labels": TranscriptSource._labels,  # noqa: SLF001
    "environment": TranscriptSource._environment,  # noqa: SLF001
    "model_hosts": TranscriptSource._model_hosts,  # noqa: SLF001
    "guard_paths": TranscriptSource._guard_paths,  # noqa: SLF001
    "process": TranscriptSource._process,  # noqa: SLF001
}
"""Question → what the transcript shows; None where it shows nothing."""

_REASON: Final[dict[str, Callable[[TranscriptSource, str], Any]]] = {
    "file": TranscriptSource._file,  # noqa: SLF001
    "git": TranscriptSource._git,  # noqa: SLF001
    "changes": TranscriptSource._changes,  # noqa: SLF001
    "standing": TranscriptSource._standing,  # noqa: SLF001
    "which": TranscriptSource._which,  # noqa: SLF001
    "authorship": TranscriptSource._authorship,  # noqa: SLF001
    "variable": TranscriptSource._usual_variable,  # noqa: SLF001
    "context": TranscriptSource._usual_context,  # noqa: SLF001
}
"""Question → what stands to reason."""


@lru_cache(maxsize=256)
def _guarded(home: str, workspace: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Those outside the workspace; and those in it, each with the path itself where it is a pattern."""
    paths = guard_paths(home, workspace)
    inside = tuple(path for path in paths if within(path, workspace))
    return tuple(path for path in paths if path not in inside), tuple(
        (path, path.removesuffix("/*")) for path in inside
    )


@lru_cache(maxsize=256)
def guard_paths(home: str, workspace: str) -> tuple[str, ...]:
    """The guard's own files as they would lie on the session's machine, and every client's settings."""
    own = (f"{home}/.config/jackline", f"{home}/.local/state/jackline", "/etc/jackline")
    project = posixpath.join(workspace, posixpath.dirname(PROJECT_POLICY))
    found = [place for base in (*own, project) for place in (base, f"{base}/*")]
    for profile in PROFILES.values():
        found += [expand(pattern, home, workspace, {}) for pattern in profile.settings]
    return tuple(dict.fromkeys(found))
