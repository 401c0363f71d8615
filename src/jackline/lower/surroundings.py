"""What lowering and deciding may know of the world, asked through one door.

Every question is answered once, remembered, and stored with the decision, so that the decision can be made again
from the ledger and tested without a disk. Questions are read-only and bounded in number; past the bound, and for
whatever the source cannot tell, the answer is "unknown", which no caller may treat as harmless.

This room does no I/O: `Source` is implemented on the disk by the guard, on a table by tests, and on a transcript by
the audit.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from jackline.core.words import Authorship, Environment, Kind, Label

MAX_QUESTIONS: Final = 4096
MAX_TEXT_BYTES: Final = 256 * 1024
MAX_PLAN_BYTES: Final = 16 * 1024 * 1024
MAX_LISTED: Final = 2000

Standing = Literal["clean", "modified", "untracked", "ignored", "outside"]
PlanAct = Literal["create", "read", "modify", "delete", "forget", "import", "move", "invoke"]
FileKind = Literal["file", "directory", "device", "socket", "pipe", "absent", "unknown"]


class FileFacts(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What stands at a path. `real` is the path with all links resolved (of what exists of it)."""

    kind: FileKind = "unknown"
    real: str = ""
    owner: Literal["self", "root", "other", "unknown"] = "unknown"
    size: int = 0
    executable: bool = False


class FileText(Struct, frozen=True, rename="camel"):
    """The content of a file of at most `MAX_TEXT_BYTES`, and the SHA-256 of its bytes."""

    text: str
    digest: str


class GitFacts(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The state of the work tree that holds a path; `root` is empty outside any repository.

    `dirty` are the paths (relative to root) with changes that no commit holds, `untracked` those that git does not
    know and does not ignore; both are cut at `MAX_LISTED` and then `partial` is set, and a source that leaves them to
    `Surroundings.changes` sets it too. `unpushed` counts commits of the
    branch that its upstream does not have (-1: unknown or no upstream). `own_branch` is true where the branch is
    not the remote's default and this account made its commits.
    """

    root: str = ""
    branch: str = ""
    upstream: str = ""
    default_branch: str = ""
    remotes: dict[str, str] = {}
    dirty: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    unpushed: int = -1
    stashes: int = 0
    own_branch: bool = False
    partial: bool = False
    aliases: dict[str, str] = {}
    config: dict[str, str] = {}


class Changes(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The changes of a work tree that no commit holds: see `GitFacts` for `dirty`, `untracked` and `partial`."""

    dirty: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    partial: bool = False


class PlanChange(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What applying a plan does to one resource. `acts` in their order: a replacement is `delete` and `create`; `forget`,
    `import` and `move` change the state alone; `invoke` is the run of an action. `provider` is its source address without
    the host. Of a resource that is a file of this machine, `removes` and `writes` are the paths, as the configuration
    gives them.
    """

    address: str
    type: str
    acts: tuple[PlanAct, ...]
    provider: str = ""
    removes: str = ""
    writes: str = ""


class PlanCode(Struct, frozen=True, rename="camel"):
    """A file of the configuration inside a plan that may run programs: `path` is relative to the working directory."""

    path: str
    digest: str


class PlanFacts(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a saved plan of Terraform or OpenTofu will do, and the SHA-256 of its bytes. Of attributes it has names of files alone.

    `outputs` are names of root outputs that change; `refresh_only`: it only writes the changes that it found into the state;
    `production` names the variables and the backend's settings whose values say that it is production.
    """

    digest: str
    changes: tuple[PlanChange, ...] = ()
    outputs: tuple[str, ...] = ()
    refresh_only: bool = False
    version: str = ""
    backend: str = ""
    workspace: str = "default"
    production: tuple[str, ...] = ()
    code: tuple[PlanCode, ...] = ()


class Source(Protocol):
    """Where answers come from. An answer is plain JSON, or None for "unknown"; it never raises."""

    def answer(self, question: str, subject: str) -> Any:  # noqa: ANN401 - JSON
        """The answer to one question about one subject."""
        ...


class Surroundings:
    """The typed questions. One object serves one action."""

    __slots__ = ("_answers", "_source", "cwd", "home", "memo", "user", "workspace")

    def __init__(self, source: Source, *, cwd: str, workspace: str, home: str, user: str) -> None:
        """`workspace` is the root of the project that the session works in; `home` and `user` are the agent's."""
        self._source = source
        self._answers: dict[tuple[str, str], Any] = {}
        self.memo: dict[Any, Any] = {}  # what callers computed from the answers; lives as long as this object
        self.cwd, self.workspace, self.home, self.user = cwd, workspace, home, user

    def ask(self, question: str, subject: str) -> Any:  # noqa: ANN401 - JSON
        """The stored answer, else the source's. Past `MAX_QUESTIONS` everything is unknown."""
        key = (question, subject)
        if key in self._answers:
            return self._answers[key]
        answer = self._source.answer(question, subject) if len(self._answers) < MAX_QUESTIONS else None
        self._answers[key] = answer
        return answer

    @property
    def answers(self) -> tuple[tuple[str, str, Any], ...]:
        """All that was asked and answered so far, in order: stored with the decision."""
        return tuple((question, subject, answer) for (question, subject), answer in self._answers.items())

    def file(self, path: str) -> FileFacts:
        """What stands at an absolute path."""
        answer = self.ask("file", path)
        return answer if isinstance(answer, FileFacts) else _UNKNOWN_FILE

    def listing(self, path: str) -> tuple[str, ...] | None:
        """The names in a directory, sorted; None where unknown or more than `MAX_LISTED`."""
        answer = self.ask("list", path)
        return answer if isinstance(answer, tuple) else None

    def text(self, path: str) -> FileText | None:
        """The content of a file, where it is a regular file of at most `MAX_TEXT_BYTES` in UTF-8."""
        answer = self.ask("text", path)
        return answer if isinstance(answer, FileText) else None

    def plan(self, path: str) -> PlanFacts | None:
        """What a saved Terraform plan will do; None where it cannot be read whole, or where this session wrote the file
        otherwise than by the tool itself, so that all may change.

        A question of its own, so that no content of the file is among the stored answers.
        """
        answer = self.ask("plan", path)
        return answer if isinstance(answer, PlanFacts) else None

    def token(self, path: str) -> bool | None:
        """Whether a file's content looks like it holds a token or password; None where unknown.

        A question of its own, so that the content itself is not among the stored answers.
        """
        answer = self.ask("token", path)
        return answer if isinstance(answer, bool) else None

    def which(self, name: str) -> str | None:
        """The path that a program's name resolves to, "" where it is not installed, None where unknown."""
        answer = self.ask("which", name)
        return answer if isinstance(answer, str) else None

    def variable(self, name: str) -> str | None:
        """The value of an environment variable that is known and not secret; None where unknown or unset."""
        answer = self.ask("variable", name)
        return answer if isinstance(answer, str) else None

    def git(self, path: str) -> GitFacts:
        """The state of the repository that holds an absolute path."""
        answer = self.ask("git", path)
        return answer if isinstance(answer, GitFacts) else _NO_GIT

    def changes(self, path: str) -> Changes:
        """The changes of the work tree that holds an absolute path: a look at every file in it, so ask only where it counts."""
        answer = self.ask("changes", path)
        if isinstance(answer, Changes):
            return answer
        facts = self.git(path)
        return Changes(facts.dirty, facts.untracked, facts.partial or not facts.root)

    def standing(self, path: str) -> frozenset[Standing] | None:
        """How git stands to what is at or below an absolute path; None where unknown.

        `clean`: tracked, with all its content in a commit. `modified`: tracked, with changes that no commit has.
        `untracked`, `ignored`: not in git. `outside`: in no repository. Empty: nothing is there. Where the source
        does not say, the answer follows from `git`, if that is complete.
        """
        answer = self.ask("standing", path)
        if isinstance(answer, frozenset):
            return answer
        facts = self.git(path)
        if not facts.root:
            facts = self.git(self.workspace)
        found = standing_of(facts, path)
        return frozenset() if found == frozenset({_CLEAN}) and self.file(path).kind == "absent" else found

    def wrote(self, path: str) -> bool:
        """Whether this session made the file and wrote all that is in it, so that no one else's work is lost with it."""
        return self.ask("wrote", path) is True

    def authorship(self, path: str) -> Authorship:
        """Who wrote a file: a package manager, a commit before the session, this session, a download, unknown."""
        answer = self.ask("authorship", path)
        return answer if answer in {"installed", "committed", "session", "fetched"} else "unknown"

    def labels(self, kind: Kind, name: str) -> frozenset[Label]:
        """Labels that the user's resources or the writer of a file attached to a resource."""
        answer = self.ask("labels", f"{kind}:{name}")
        return answer if isinstance(answer, frozenset) else frozenset()

    def environment(self, kind: Kind, name: str) -> Environment:
        """What the user's resources say of a name (`"*.prod.example.com" = production`); unknown otherwise."""
        answer = self.ask("environment", f"{kind}:{name}")
        return answer if answer in {"production", "staging", "development"} else "unknown"

    def context(self, tool: str) -> dict[str, str]:
        """What a tool is pointed at: `kube` (context, namespace), `aws` (profile, account, region), `gcloud`
        (project), `az` (subscription), `terraform:DIR` (workspace, backend), `docker` (host), `git` (hooks: the
        workspace's hook directory where `core.hooksPath` moves it).
        """
        answer = self.ask("context", tool)
        return answer if isinstance(answer, dict) else {}

    def registries(self) -> frozenset[str]:
        """Hosts of the package registries that the installed package managers are configured with."""
        answer = self.ask("registries", "")
        return answer if isinstance(answer, frozenset) else frozenset()

    def model_hosts(self) -> frozenset[str]:
        """Hosts of the model API that the session's own client talks to."""
        answer = self.ask("model_hosts", "")
        return answer if isinstance(answer, frozenset) else frozenset()

    def guard_paths(self) -> tuple[str, ...]:
        """Absolute paths of the guard's own files and of the client settings that connect it."""
        answer = self.ask("guard_paths", "")
        return answer if isinstance(answer, tuple) else ()

    def card(self, server: str) -> str | None:
        """The text of the user's own tool card for an MCP server, where there is one."""
        answer = self.ask("card", server)
        return answer if isinstance(answer, str) else None

    def definition(self, name: str) -> str | None:
        """The body of a shell function or alias that this session defined earlier (`alias:NAME`, `function:NAME`)."""
        answer = self.ask("definition", name)
        return answer if isinstance(answer, str) else None

    def process(self, subject: str) -> Literal["own", "other", "guard", "unknown"]:
        """Whose process a PID or name is: started by this session, someone else's, the guard's."""
        answer = self.ask("process", subject)
        return answer if answer in {"own", "other", "guard"} else "unknown"


_CLEAN: Final[Standing] = "clean"
_MODIFIED: Final[Standing] = "modified"
_UNTRACKED: Final[Standing] = "untracked"
_UNKNOWN_FILE: Final = FileFacts()
_NO_GIT: Final = GitFacts()


class Table:
    """A source that knows what it was given: for tests, replays and audits. What is not in it is unknown."""

    __slots__ = ("_answers",)

    def __init__(self, answers: dict[tuple[str, str], Any] | None = None) -> None:
        """`answers` maps (question, subject) to the answer's Python form."""
        self._answers = answers or {}

    def answer(self, question: str, subject: str) -> Any:  # noqa: ANN401 - JSON
        """The answer that was given beforehand."""
        return self._answers.get((question, subject))


def standing_of(facts: GitFacts, path: str) -> frozenset[Standing] | None:
    """`Surroundings.standing` as far as the state of the whole work tree tells it; None where it does not."""
    root = facts.root
    if not root or facts.partial or not (path == root or path.startswith(root + "/")):
        return None
    inside = path[len(root) + 1 :]
    below = inside + "/" if inside else ""
    found: set[Standing] = set()
    if any(_meets(name, inside, below) for name in facts.dirty):
        found.add(_MODIFIED)
    if any(_meets(name, inside, below) for name in facts.untracked):
        found.add(_UNTRACKED)
    return frozenset(found or {_CLEAN})


def _meets(name: str, inside: str, below: str) -> bool:
    """Whether git's name is the path, lies below it, or is a directory above it (which ends in a slash)."""
    return name == inside or name.startswith(below) or (name.endswith("/") and inside.startswith(name))


def text_of(content: str) -> FileText:
    """The answer to `text` for a file with this content."""
    return FileText(content, hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest())
