"""git and the outside: clone, fetch, push, submodules, and the addresses that they take (gitrevisions(7), git-push(1))."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.core.effect import ONE, Resource
from jackline.lower.catalogue.endpoints import emit_endpoint, host_and_port
from jackline.lower.catalogue.special.git import branch_of, emit, facts_of, hooks, made_here, root_of
from jackline.lower.places import file_resource
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.core.effect import Effect
    from jackline.core.words import Label, Reach
    from jackline.lower.catalogue.call import Call

_SCP: Final = re.compile(r"^(?:[^/@:]+@)?(\[[^\]]+\]|[^/:@]+):(?!//)(.*)$")
_DRIVER: Final = re.compile(r"^([A-Za-z0-9+-]+)::(.*)$", re.DOTALL)
_DEFAULT_NAMES: Final = frozenset({"main", "master", "trunk"})
_WORK: Final = re.compile(
    r"(?:feature|feat|fix|bugfix|hotfix|chore|docs|test|tests|refactor|perf|style|ci|build|wip|topic|user|dev)/[\w./-]+$"
)
"""How a branch is called that one person works on, by the usual conventions; it says nothing of whose it is."""
_THIS_BRANCH: Final = "{$(git branch --show-current)}"
"""What the shell makes of it, or of another command that says the same, where the name is not known."""
_REMOTES: Final = ".git/config"
_URL_LINE: Final = re.compile(r"^\s*url\s*=\s*(\S+)", re.MULTILINE)


class Remote:
    """Where a remote is: `name` as a repository's name, `host` and `port` or a local `path`."""

    __slots__ = ("configured", "host", "name", "own", "path", "port")

    def __init__(self, url: str, call: Call, *, configured: bool = False, own: bool = False) -> None:
        """Read an address in any of git's forms. `configured`: it is one of the repository's own, but not known here;
        `own`: it stood in the repository's configuration before this action."""
        self.configured, self.own = configured, own
        self.host, self.port, self.path = "", 0, ""
        scp = _SCP.match(url)
        if "://" in url and not url.startswith("file://"):
            self.host, self.port = host_and_port(url)
            rest = url.partition("://")[2].partition("/")[2]
        elif scp is not None:
            self.host, self.port, rest = scp[1].lower(), 22, scp[2]
        else:
            self.path = call.path(Word((url.removeprefix("file://"),)))
            self.name = self.path
            return
        self.name = f"{self.host}/{rest.strip('/').removesuffix('.git')}".rstrip("/")

    def connect(self, call: Call, at: tuple[int, int]) -> None:
        """Reaching it is a connection, unless it is a path here."""
        if self.configured:
            call.scope.emit("connect", Resource("endpoint", "*", reach="remote", port=443), at=at)
        elif self.host:
            emit_endpoint("connect", f"{self.host}:{self.port}" if self.port else self.host, call.scope, at=at)


def remote_of(call: Call, given: Word | None) -> Remote | None:
    """The remote that a word names: by its name in the configuration, or by address. None: there is none."""
    facts = facts_of(call)
    if given is None:
        upstream = facts.upstream.partition("/")[0] if facts is not None else ""
        if facts is not None and not facts.remotes and not facts.partial:
            return None  # git refuses: there is nowhere to go
        known = facts.remotes.get(upstream or "origin") if facts is not None else None
        return Remote(known, call, own=not _changed(call)) if known else Remote("https://*", call, configured=True)
    text = "".join(part if isinstance(part, str) else "*" for part in given.parts)
    driver = _DRIVER.match(text)
    if driver is not None and driver[1] in {"ext", "fd"}:
        call.code("shell", Word((driver[2],), given.start, given.end, quoted=True))
        return None
    if facts is not None and text in facts.remotes:
        return Remote(facts.remotes[text], call, own=not _changed(call))
    if given.holes:
        return Remote("https://*", call)
    if re.fullmatch(r"[\w.-]+", text) and not text.startswith(".") and (facts is None or not _is_there(call, given)):
        return Remote("https://*", call, configured=True)
    return Remote(text, call, own=facts is not None and text in facts.remotes.values())


def _changed(call: Call) -> bool:
    """Whether this very action has set the addresses of remotes anew."""
    return call.scope.overlay.find(posixpath.join(root_of(call), _REMOTES)) is not None


def set_remote(call: Call) -> None:
    """`git remote set-url`: what is pushed to that name afterwards goes elsewhere."""
    emit(call, "modify")
    if call.command_words()[-1] == "set-url":
        call.scope.overlay.unknown(posixpath.join(root_of(call), _REMOTES), "session")


def _is_there(call: Call, given: Word) -> bool:
    return call.scope.surroundings.file(call.path(given)).kind == "directory"


def fetch(call: Call) -> None:
    """Read from the remote; `pull` changes the work tree too."""
    given = call.value("remote")
    remote = remote_of(call, given)
    if remote is not None and call.node.path[-1] != "get-url":
        remote.connect(call, call.at(given))
    changing = call.node.path[1] in {"fetch", "pull", "fetch-pack"} or call.node.path[-1] in {"update", "prune"}
    emit(call, "modify" if changing else "read")
    if call.command_words()[:1] == ["pull"]:
        hooks(call)
        if given is not None and remote is not None and remote.host and "://" in (given.text or ""):
            call.scope.overlay.unknown(call.cwd, "fetched", tree=True)


def clone(call: Call) -> None:
    """A copy of the remote in a directory, by default of its name."""
    given = call.value("remote")
    if given is None:
        return
    remote = remote_of(call, given)
    if remote is not None:
        remote.connect(call, call.at(given))
        if remote.path:
            call.read(given, recursive=True)
    directory = call.value("directory") or Word((_humanish(given),), given.start, given.end)
    call.write(directory, recursive=True)
    call.scope.overlay.unknown(
        call.path(directory), "fetched" if remote is None or remote.host else "committed", tree=True
    )


def _humanish(given: Word) -> str:
    text = (given.text or "*").rstrip("/").removesuffix("/.git").removesuffix(".git")
    return posixpath.basename(text.rpartition(":")[2]) or "*"


def submodule(call: Call) -> None:
    """Submodules come from the addresses in .gitmodules."""
    emit(call, "modify" if call.node.path[-1] not in {"status", "summary"} else "read")
    if call.node.path[-1] not in {"update", "add"} and not call.has("--remote"):
        return
    for url in call.values("url")[:1] if call.node.path[-1] == "add" else ():
        remote = remote_of(call, url)
        if remote is not None:
            remote.connect(call, call.at(url))
    if call.node.path[-1] == "update":
        for address in _submodules(call):
            relative = address.startswith(("./", "../"))
            remote = Remote("https://*" if relative else address, call)
            remote.connect(call, call.command.at)


def _submodules(call: Call) -> list[str]:
    """The addresses in .gitmodules; an unknown one where it cannot be read."""
    path = posixpath.join(root_of(call), ".gitmodules")
    if not call.scope.place.here:
        return ["https://*"]
    found = call.scope.surroundings.text(path)
    if found is not None:
        return _URL_LINE.findall(found.text)
    return [] if call.scope.surroundings.file(path).kind == "absent" else ["https://*"]


def lfs(call: Call) -> None:
    """Large files: fetched from, or pushed to, the remote's server."""
    act = call.text("act")
    if act == "push":
        _publish(call, remote_of(call, None), "*", frozenset({"fast_forward"}))
    elif act in {
        "fetch",
        "pull",
        "clone",
        "install",
        "track",
        "untrack",
        "checkout",
        "update",
        "migrate",
        "lock",
        "unlock",
    }:
        emit(call, "modify")
        remote = remote_of(call, None) if act in {"fetch", "pull", "clone", "lock", "unlock"} else None
        if remote is not None:
            remote.connect(call, call.command.at)
    elif act == "prune":
        emit(call, "delete", reversible="with_undo")
    else:
        emit(call, "read")


def push(call: Call) -> None:
    """Each reference that goes to the remote: published, moved by force, or deleted."""
    given = call.value("remote") or call.value("repo")
    remote = remote_of(call, given)
    if remote is None:
        return
    remote.connect(call, call.at(given))
    forced = call.may_have("--force") or call.may_have("--force-with-lease") or call.may_have("--mirror")
    refspecs = call.values("refspec")
    if call.has("--mirror") or call.has("--all") or (call.has("--tags") and not refspecs):
        _publish(call, remote, "*", _labels(call, remote, "*", forced=forced), given)
    for refspec in refspecs:
        _push_one(call, remote, refspec, forced=forced)
    if not refspecs and not any(call.has(option) for option in ("--mirror", "--all", "--tags")):
        branch = branch_of(call)
        _publish(call, remote, branch, _labels(call, remote, branch, forced=forced), given)
    if call.may_have("--mirror") or call.has("--prune"):
        _delete(call, remote, "*", given)
    if not call.dry:
        hooks(call)


def _push_one(call: Call, remote: Remote, refspec: Word, *, forced: bool) -> None:
    text = "".join(part if isinstance(part, str) else "*" for part in refspec.parts)
    if refspec.shown in {"", _THIS_BRANCH}:
        text = branch_of(call)
    else:
        forced = forced or text.startswith("+") or bool(refspec.holes and not refspec.prefix)
    source, colon, target = text.removeprefix("+").partition(":")
    if call.has("--delete") or (colon and not source):
        _delete(call, remote, (target or source).removeprefix("refs/heads/"), refspec)
        return
    branch = (target or source).removeprefix("refs/heads/").removeprefix("refs/tags/")
    if branch in {"HEAD", "@"}:
        branch = branch_of(call)
    _publish(call, remote, branch, _labels(call, remote, branch, forced=forced), refspec)


def _labels(call: Call, remote: Remote, branch: str, *, forced: bool) -> frozenset[Label]:
    facts = facts_of(call)
    labels: set[Label] = {"forced" if forced else "fast_forward"}
    default = facts.default_branch if facts is not None else ""
    if branch == default or (not default and branch in _DEFAULT_NAMES) or branch == "*":
        labels.add("default_branch")
    elif _own(call, remote, branch):
        labels.add("own_branch")
    return frozenset(labels)


def _own(call: Call, remote: Remote, branch: str) -> bool:
    """Whether no work but this account's is on the branch."""
    facts = facts_of(call)
    if remote.own and facts is not None:
        return (facts.own_branch and branch == facts.branch) or made_here(call, branch) or _no_such_branch(call, branch)
    if remote.configured and facts is not None and not facts.remotes and not _changed(call):
        return _WORK.match(branch) is not None  # git refuses: there is nowhere to go
    return remote.configured and _WORK.match(branch) is not None and _no_repository(call)


def _no_such_branch(call: Call, branch: str) -> bool:
    """Whether a branch for work is known not to be here, and this action makes none: git refuses to push it."""
    scope, git = call.scope, posixpath.join(root_of(call), ".git")
    if _WORK.match(branch) is None or not scope.place.here or scope.surroundings.file(git).kind != "directory":
        return False
    packed = scope.surroundings.file(f"{git}/packed-refs")
    if packed.kind != "absent":
        known = scope.surroundings.text(f"{git}/packed-refs")
        if known is None or f" refs/heads/{branch}\n" in known.text:
            return False
    made = any(
        _may_make_one(effect) or effect.resource.kind == "repository" for effect in scope.effects[: call.first_effect]
    )
    return not made and scope.surroundings.file(f"{git}/refs/heads/{branch}").kind == "absent"


def _no_repository(call: Call) -> bool:
    """Whether git is known to find no repository here, and this action makes none: then nothing is pushed anywhere."""
    scope = call.scope
    if (
        not scope.place.here
        or call.has("--git-dir")
        or "GIT_DIR" in call.environment
        or scope.surroundings.git(call.cwd).root
    ):
        return False
    made = any(_may_make_one(effect) for effect in scope.effects[: call.first_effect])
    return not made and scope.surroundings.file(call.cwd).kind == "directory"


def _may_make_one(effect: Effect) -> bool:
    """A clone, `git init`, a copied `.git`, or a program that could do any of that."""
    if effect.resource.kind == "file":
        return effect.verb != "read" and (effect.extent != ONE or ".git" in effect.resource.name)
    return effect.verb in {"opaque", "connect"} or (effect.verb == "create" and effect.resource.kind == "repository")


def _publish(
    call: Call, remote: Remote | None, branch: str, labels: frozenset[Label], given: Word | None = None
) -> None:
    name = f"{remote.name if remote else '*'}#{branch}"
    if call.dry:
        call.emit("read", "repository", name, at=call.at(given), labels=frozenset({"dry_run"}), reach="remote")
    else:
        call.emit("publish", "repository", name, at=call.at(given), labels=labels, reach=_reach(call, remote),
                  reversible="no")  # fmt: skip


def _delete(call: Call, remote: Remote, branch: str, given: Word | None) -> None:
    if call.dry:
        call.emit(
            "read",
            "repository",
            f"{remote.name}#{branch}",
            at=call.at(given),
            labels=frozenset({"dry_run"}),
            reach="remote",
        )
    else:
        call.emit("delete", "repository", f"{remote.name}#{branch}", at=call.at(given), reach="remote", reversible="no",
                  extent_all=branch == "*")  # fmt: skip


def _reach(call: Call, remote: Remote | None) -> Reach:
    if remote is not None and remote.path:
        found: Resource = file_resource(remote.path, call.scope)
        return found.reach
    return "remote"
