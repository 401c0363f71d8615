"""`World`: the disk's `Source`. One `World` lives as long as the guard; one `Surroundings` over it serves one action."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from msgspec import field

from jackline.core.deferred import late_pattern
from jackline.core.inner import FrozenInner, Inner
from jackline.core.profiles import PROFILES
from jackline.guard.world.cards import Cards
from jackline.guard.world.contexts import Contexts
from jackline.guard.world.disk import Disk, Plans, Texts
from jackline.guard.world.processes import Processes
from jackline.guard.world.programs import Directories, Programs
from jackline.guard.world.registries import Registries
from jackline.guard.world.repository import Kept, Repository, Unreadable, find_repository
from jackline.guard.world.resources import Resources
from jackline.lower.places import normal_host
from jackline.lower.places.classify import holds_token, is_workspace
from jackline.lower.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jackline.core.words import Authorship, Kind, Label
    from jackline.lower.surroundings import Changes, GitFacts, PlanFacts, Standing

Wrote = Literal["", "whole", "part", "fetched"]


class SessionFacts(Protocol):
    """What the session's own past says. Paths are absolute and resolved."""

    def wrote(self, path: str) -> Wrote:
        """`whole`: the session made the file and all that is in it; `part`: it changed it; `fetched`: it downloaded it."""
        ...

    def planned(self, digest: str) -> bool:
        """Whether a file with this content is a plan as Terraform's own command of this session left it."""
        ...

    def labels(self, kind: Kind, name: str) -> frozenset[Label]:
        """The labels that the session bore when it wrote a resource."""
        ...

    def definition(self, name: str) -> str | None:
        """A shell function or alias that it defined, or the command that started a process (`process:ID`)."""
        ...

    def started(self, pid: int) -> bool:
        """Whether it started a process."""
        ...


class _NoSession:
    """A session that has done nothing yet."""

    def wrote(self, path: str) -> Wrote:
        del path
        return ""

    def planned(self, digest: str) -> bool:
        del digest
        return False

    def labels(self, kind: Kind, name: str) -> frozenset[Label]:
        del kind, name
        return frozenset()

    def definition(self, name: str) -> str | None:
        del name
        return None

    def started(self, pid: int) -> bool:
        del pid
        return False


NO_SESSION: Final[SessionFacts] = _NoSession()


class Station(FrozenInner, frozen=True):
    """From where an action is asked: whose machine, which client, which environment.

    `directory` is the one that the session began in, "" for the action's own. `client` is the client's profile, `pid` its
    process (0: not known); `environment` are its variables, or the guard's own where they cannot be had.
    """

    home: str
    user: str
    uid: int
    environment: Mapping[str, str]
    client: str = ""
    pid: int = 0
    directory: str = ""


class World(Inner):
    """What outlives an action: caches that are checked against the disk each time, and the user's words."""

    state: str = ""
    resources: Resources = field(default_factory=Resources)
    cards: Cards = field(default_factory=Cards)
    guard_paths: Callable[[str, str], tuple[str, ...]] = lambda workspace, home: ()  # noqa: ARG005 - the arguments' names are their meaning
    """The guard's own files and the client settings that connect it, for a workspace. A path may end in `/*`."""
    texts: Texts = field(default_factory=Texts)
    plans: Plans = field(default_factory=Plans)
    directories: Directories = field(default_factory=Directories)
    repositories: Kept = field(default_factory=Kept)
    _registries: Registries | None = None

    @property
    def registries(self) -> Registries:
        """The registries, as kept in the guard's state."""
        if self._registries is None:
            self._registries = Registries(
                os.path.join(self.state, "registries.json") if self.state else "", self.directories
            )
        return self._registries

    def surroundings(self, cwd: str, station: Station, session: SessionFacts = NO_SESSION) -> Surroundings:
        """The surroundings of one action in `cwd` (absolute)."""
        disk = Disk(station.uid, self.texts, self.plans)
        workspace, repository = self._workspace(station.directory or cwd, station.home, disk)
        source = DiskSource(self, cwd, workspace, station, session, disk)
        if repository is not None:
            source.knows(repository)
        return Surroundings(source, cwd=cwd, workspace=workspace, home=station.home, user=station.user)

    def workspace(self, directory: str, home: str) -> str:
        """The root of the repository that holds a directory, else the directory; never `/`, a home or what is above one."""
        return self._workspace(directory, home, Disk(-1))[0]

    def _workspace(self, directory: str, home: str, disk: Disk) -> tuple[str, Repository | None]:
        try:
            real, _ = disk.resolve(directory)
            found = find_repository(real, home, self.repositories)
        except Exception:  # noqa: BLE001 - whatever is wrong with a repository, the directory itself is the answer
            found = None
        if found is not None and is_workspace(found.root, home):
            return found.root, found
        return directory, None

    def warm(self, station: Station) -> threading.Thread:
        """Ask the installed package managers for their defaults, beside the guard's work."""
        programs = Programs(
            station.environment.get("PATH"), home=station.home, cwd="/", workspace="/", cache=self.directories
        )
        work = threading.Thread(
            target=self.registries.ask_tools,
            args=(programs.which, station.home),
            name="jackline-registries",
            daemon=True,
        )
        work.start()
        return work


_READABLE: Final = late_pattern(
    r"^(?:HOME|USER|LOGNAME|PWD|OLDPWD|SHELL|LANG|LC_\w+|TERM|TMPDIR|TZ|PATH|EDITOR|VISUAL|PAGER|XDG_\w+|HOSTNAME|VIRTUAL_ENV|CONDA_PREFIX"
    r"|CONDA_DEFAULT_ENV|PYTHONPATH|NODE_ENV|NODE_PATH|RAILS_ENV|RACK_ENV|APP_ENV|DJANGO_SETTINGS_MODULE|FLASK_ENV|ENVIRONMENT|ENV|STAGE"
    r"|KUBECONFIG|AWS_(?:DEFAULT_)?(?:PROFILE|REGION)|AWS_ENDPOINT_URL|CLOUDSDK_(?:CORE_PROJECT|ACTIVE_CONFIG_NAME|CONFIG)|GOOGLE_CLOUD_PROJECT"
    r"|GCLOUD_PROJECT|AZURE_CONFIG_DIR|DOCKER_(?:HOST|CONTEXT|CONFIG)|COMPOSE_(?:FILE|PROJECT_NAME|PROFILES)|TF_(?:WORKSPACE|DATA_DIR)"
    r"|PG(?:HOST|HOSTADDR|PORT|DATABASE|USER|SERVICE)|MYSQL_(?:HOST|TCP_PORT)|REDIS_HOST|GOPATH|GOROOT|GOBIN|GOPROXY|CARGO_HOME|RUSTUP_HOME"
    r"|JAVA_HOME|NPM_CONFIG_PREFIX|npm_config_\w+|PIP_\w+|UV_\w+|GIT_(?:DIR|WORK_TREE|INDEX_FILE|EDITOR|PAGER|SSH|SSH_COMMAND|EXEC_PATH"
    r"|CONFIG_\w+|SEQUENCE_EDITOR|ASKPASS|EXTERNAL_DIFF|PROXY_COMMAND)|LESS|LESSOPEN|MANPAGER|BROWSER|LD_(?:PRELOAD|LIBRARY_PATH|AUDIT)"
    r"|BASH_ENV|PROMPT_COMMAND|CDPATH|IFS|PYTHONSTARTUP|PERL5(?:LIB|OPT)|RUBY(?:LIB|OPT)|NODE_OPTIONS|\w*_(?:BASE_URL|ENDPOINT)|CI|MAKEFLAGS"
    r"|CLAUDE_CONFIG_DIR|CODEX_HOME|ANDROID_HOME|KUBE_\w*CONTEXT|HELM_KUBECONTEXT|HELM_NAMESPACE|VAULT_ADDR|NOMAD_ADDR|CONSUL_HTTP_ADDR)$"
)
"""Variables that are no secrets: directories, names of environments, contexts and hosts, and what changes how tools run."""
_NEVER: Final = late_pattern(r"(?i)token|secret|passw|credential|private|_key$|apikey|api_key")

_INSTALLED: Final = (
    "/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/snap", "/nix/store", "/Library", "/System", "/Applications",
)  # fmt: skip
_BELOW_INSTALLED: Final = tuple(f"{place}/" for place in _INSTALLED)
_BY_USER: Final = late_pattern(
    r"/(?:site-packages|dist-packages|node_modules|\.cargo/bin|\.cargo/registry|\.rustup/toolchains|go/bin|go/pkg/mod|\.local/bin|\.local/share/uv"
    r"|\.local/pipx|\.pyenv|\.nvm|\.rbenv|\.asdf|\.local/share/mise|\.volta|\.bun/bin|\.deno/bin|\.venv/bin|venv/bin|\.npm-global|\.sdkman|\.gem"
    r"|\.oh-my-zsh|miniconda3|anaconda3|miniforge3|\.nix-profile|\.gradle/wrapper|\.m2/repository|\.claude/local)(?:/|$)"
)
"""Where package managers install for one user. What this session wrote there is not installed."""
_HOSTS_FROM: Final = late_pattern(
    r"^(?:ANTHROPIC|OPENAI|AZURE_OPENAI|GOOGLE_GEMINI|GEMINI|GOOGLE_VERTEX|QWEN|DASHSCOPE|OPENCODE)\w*_(?:BASE_URL|ENDPOINT|API_BASE)$"
)


class DiskSource:
    """The `Source` over the disk for one action. It never raises; what goes wrong is "unknown"."""

    __slots__ = (
        "_contexts",
        "_cwd",
        "_disk",
        "_home",
        "_processes",
        "_programs",
        "_repositories",
        "_session",
        "_station",
        "_workspace",
        "_world",
    )

    def __init__(
        self, world: World, cwd: str, workspace: str, station: Station, session: SessionFacts, disk: Disk
    ) -> None:
        self._world, self._station, self._session, self._disk = world, station, session, disk
        self._workspace, self._home, self._cwd = workspace, station.home, cwd
        self._programs: Programs | None = None
        self._contexts: Contexts | None = None
        self._processes: Processes | None = None
        self._repositories: dict[str, Repository | None] = {}

    def knows(self, repository: Repository) -> None:
        """A repository that has been found already."""
        self._repositories[repository.root] = repository

    def answer(self, question: str, subject: str) -> Any:  # noqa: ANN401 - JSON
        """See `jackline.lower.surroundings`."""
        ask = _QUESTIONS.get(question)
        if ask is None:
            return None
        try:
            return ask(self, subject)
        except Exception:  # noqa: BLE001 - a question about a hostile disk may fail in any way, and then is unknown
            return None

    def _which(self, name: str) -> str | None:
        if self._programs is None:
            path = self._station.environment.get("PATH")
            self._programs = Programs(
                path, home=self._home, cwd=self._cwd, workspace=self._workspace, cache=self._world.directories
            )
        return self._programs.which(name)

    def _token(self, path: str) -> bool | None:
        content = self._disk.text(path)
        return holds_token(content.text) if content is not None else None

    def _plan(self, path: str) -> PlanFacts | None:
        """A plan that this session wrote by other means than Terraform's is a forgery: nobody planned what it says."""
        facts = self._disk.plan(path)
        real = self._disk.file(path).real or path
        forged = facts is not None and self._session.wrote(real) and not self._session.planned(facts.digest)
        return None if forged else facts

    # Git.

    def _repository(self, path: str) -> Repository | None:
        """The repository that holds a path. Raises `Unreadable`."""
        real = self._disk.file(path).real
        if not real:
            raise Unreadable
        place = real
        while place not in self._repositories:
            above = os.path.dirname(place)
            if above == place or os.path.lexists(f"{place}/.git"):
                self._repositories[place] = find_repository(place, self._home, self._world.repositories)
                break
            place = above
        found = self._repositories[place]
        while real != place:
            self._repositories[real] = found
            real = os.path.dirname(real)
        return found

    def _git(self, path: str) -> GitFacts | None:
        found = self._repository(path)
        return found.facts() if found is not None else None

    def _changes(self, path: str) -> Changes | None:
        found = self._repository(path)
        return found.changes() if found is not None else None

    def _standing(self, path: str) -> frozenset[Standing] | None:
        facts = self._disk.file(path)
        if facts.kind == "unknown":
            return None
        try:
            found = self._repository(path)
            if found is None:
                return frozenset({"outside"}) if facts.kind != "absent" else frozenset()
            name = _inside(facts.real, found.root)
            if name.split("/", 1)[0] == ".git":
                return frozenset({"outside"})
            if facts.kind == "absent" and found.index.find(name) is None and not found.index.below(name):
                return frozenset()
            return found.standing(name, directory=facts.kind == "directory")
        except Unreadable:
            return None

    def _authorship(self, path: str) -> Authorship:
        real = self._disk.file(path).real or path
        wrote = self._session.wrote(real)
        if wrote:
            return "fetched" if wrote == "fetched" else "session"
        if real.startswith(_BELOW_INSTALLED) or real in _INSTALLED:
            return "installed" if not real.startswith(self._workspace + "/") else self._by_git(real)
        by_git = self._by_git(real)
        return by_git if by_git == "committed" else "installed" if _BY_USER.search(real) else by_git

    def _by_git(self, real: str) -> Authorship:
        return "committed" if self._standing(real) == frozenset({"clean"}) else "unknown"

    # Names.

    def _environment(self, subject: str) -> str:
        kind, _, name = subject.partition(":")
        return self._world.resources.environment(kind, name)

    def _labels(self, subject: str) -> frozenset[Label]:
        kind, _, name = subject.partition(":")
        return self._world.resources.labels(kind, name) | self._session.labels(kind, name)  # type: ignore[arg-type]  # a kind by its making

    def _variable(self, name: str) -> str | None:
        value = self._station.environment.get(name)
        if value is None or not _READABLE.match(name) or _NEVER.search(name) or "@" in value or holds_token(value):
            return None
        return value

    def _context(self, tool: str) -> dict[str, str] | None:
        if tool == "git":
            found = self._repository(self._workspace)
            return {"hooks": found.hooks} if found is not None else {}
        if self._contexts is None:
            self._contexts = Contexts(self._station.environment, self._home, self._cwd)
        return self._contexts.answer(tool)

    def _registries(self, subject: str) -> frozenset[str]:
        del subject
        return self._world.registries.hosts(
            home=self._home,
            workspace=self._workspace,
            environment=self._station.environment,
            written=lambda path: bool(self._session.wrote(self._disk.file(path).real or path)),
        )

    def _model_hosts(self, subject: str) -> frozenset[str]:
        del subject
        profile = PROFILES.get(self._station.client)
        hosts = set(profile.model_hosts if profile is not None else ())
        for name, value in self._station.environment.items():
            if _HOSTS_FROM.match(name):
                authority = value.partition("://")[2].split("/", 1)[0].rpartition("@")[2]
                host, _, port = authority.partition(":") if not authority.startswith("[") else (authority, "", "")
                hosts.add(f"{normal_host(host)}:{port}" if port else normal_host(host))
        return frozenset(hosts - {"*"})

    def _process(self, subject: str) -> str:
        if self._processes is None:
            self._processes = Processes(self._station.pid, self._session.started)
        return self._processes.answer(subject)

    def _wrote(self, path: str) -> bool:
        real = self._disk.file(path).real or path
        return self._session.wrote(real) in {"whole", "fetched"}


_QUESTIONS: Final[dict[str, Callable[[DiskSource, str], Any]]] = {
    "file": lambda source, path: source._disk.file(path),  # noqa: SLF001 - the class's own table
    "list": lambda source, path: source._disk.listing(path),  # noqa: SLF001
    "text": lambda source, path: source._disk.text(path),  # noqa: SLF001
    "plan": DiskSource._plan,  # noqa: SLF001
    "token": DiskSource._token,  # noqa: SLF001
    "which": DiskSource._which,  # noqa: SLF001
    "variable": DiskSource._variable,  # noqa: SLF001
    "git": DiskSource._git,  # noqa: SLF001
    "changes": DiskSource._changes,  # noqa: SLF001
    "standing": DiskSource._standing,  # noqa: SLF001
    "wrote": DiskSource._wrote,  # noqa: SLF001
    "authorship": DiskSource._authorship,  # noqa: SLF001
    "labels": DiskSource._labels,  # noqa: SLF001
    "environment": DiskSource._environment,  # noqa: SLF001
    "context": DiskSource._context,  # noqa: SLF001
    "registries": DiskSource._registries,  # noqa: SLF001
    "model_hosts": DiskSource._model_hosts,  # noqa: SLF001
    "guard_paths": lambda source, _: source._world.guard_paths(source._workspace, source._home),  # noqa: SLF001
    "card": lambda source, server: source._world.cards.text(server),  # noqa: SLF001
    "definition": lambda source, name: source._session.definition(name),  # noqa: SLF001
    "process": DiskSource._process,  # noqa: SLF001
}
"""Question → who answers it."""


def _inside(path: str, root: str) -> str:
    return path[len(root) :].strip("/") if path != root else ""
