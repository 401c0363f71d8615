"""One run of one program, while its entry is applied: the arguments by name, and the effects that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from msgspec import field
from msgspec.structs import replace

from jackline.core.effect import ANY, ONE, Resource
from jackline.core.inner import Inner
from jackline.lower.catalogue.endpoints import emit_endpoint, emit_served
from jackline.lower.catalogue.environment import declared, environment_of
from jackline.lower.catalogue.notation import Condition, Reference, Template, holds
from jackline.lower.files import emit_chmod, emit_delete, emit_mkdir, emit_read, emit_write
from jackline.lower.places import file_resource, resolve
from jackline.lower.scope import MAX_DEPTH, BoundsReached, Place, Scope
from jackline.lower.word import UNKNOWN, Data, Word, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.words import Authorship, Environment, Kind, Label, Reach, Undo, Verb
    from jackline.lower.catalogue.arguments import Arguments
    from jackline.lower.catalogue.command import Command
    from jackline.lower.catalogue.grammar import Node, Slot

_CHANGES: Final = frozenset({"create", "modify", "delete", "install", "publish", "send", "grant", "persist", "configure",
                             "terminate", "spend"})  # fmt: skip
_REMOTE_KINDS: Final = frozenset({"infrastructure", "table", "message", "money", "endpoint"})
_HAS_ENVIRONMENT: Final = frozenset({"infrastructure", "table", "secret", "account", "repository", "process"})
_PER_DIRECTORY: Final = frozenset({"terraform", "pulumi"})
"""Contexts that depend on the directory: asked as `terraform:DIRECTORY`."""
_SAID: Final[dict[str, tuple[str, ...]]] = {
    "kube": ("KUBECONFIG",), "aws": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"), "terraform": ("TF_WORKSPACE",),
    "gcloud": ("CLOUDSDK_CORE_PROJECT", "CLOUDSDK_ACTIVE_CONFIG_NAME", "GOOGLE_CLOUD_PROJECT"),
    "docker": ("DOCKER_HOST", "DOCKER_CONTEXT"), "pulumi": ("PULUMI_STACK",), "az": ("AZURE_CONFIG_DIR",),
}  # fmt: skip
"""Variables by which a command points a tool elsewhere than the surroundings say."""
_NAMED_BY: Final = frozenset({"kube.context", "aws.profile", "terraform.workspace", "gcloud.project", "docker.host", "pulumi.stack",
                              "az.subscription"})  # fmt: skip
"""What stands for the whole in each tool's context."""
_ELSEWHERE: Final = "/"
"""The directory in which a command starts in a container or on another machine, where nothing says more."""
_STREAM: Final = "-"
"""A program's own input or output, where a file could stand."""
_DRY_RUN: Final[frozenset[Label]] = frozenset({"dry_run"})
_NO_LABELS: Final[frozenset[Label]] = frozenset()
_SESSION_CODE: Final[Authorship] = "session"


class How(TypedDict, total=False):
    """What else can be said of an effect on a thing; what is left out follows from the thing's kind."""

    at: tuple[int, int]
    labels: frozenset[Label]
    scope: Scope
    reach: Reach | None
    environment: Environment | None
    reversible: Undo
    extent_all: bool
    authorship: Authorship
    possible: bool


class Call(Inner):
    """See the module's text. `cwd` and `environment` change while options such as `-C` and `env NAME=VALUE` are read."""

    program: str
    node: Node
    arguments: Arguments
    command: Command
    scope: Scope
    cwd: str
    environment: dict[str, Word]
    operands: dict[str, list[Word]] = field(default_factory=dict)
    slots: list[tuple[Slot, Word]] = field(default_factory=list)
    dry: bool = False
    sources: list[str] = field(default_factory=list)
    output: Data | None = None
    status: bool | None = None
    first_effect: int = 0

    def __post_init__(self) -> None:
        """Note where this call's own effects begin."""
        self.first_effect = len(self.scope.effects)

    # What the arguments say.

    def lookup(self, name: str) -> Sequence[Word] | None:
        """The words for a name in a condition: none, where it is absent; None, where it may be there."""
        if name[:1] in {"-", "+"} or name.endswith("="):
            option = self.node.options.get(name)
            found = self.arguments.options.get(option.key if option else name.strip("-+"))
            if found is not None:
                return found
            return None if self.arguments.uncertain else ()
        return self.values(name)

    def has(self, name: str) -> bool:
        """Whether an option is certainly there."""
        return bool(self.lookup(name))

    def may_have(self, name: str) -> bool:
        """Whether an option is there or may be."""
        return self.lookup(name) is None or self.has(name)

    def values(self, name: str) -> list[Word]:
        """The words of an operand or option, by its name without dashes; `@tool.key` asks the surroundings."""
        found = self.operands.get(name) or self.arguments.options.get(name)
        if found is not None:
            return found
        if name[0] == "@":
            known = self._context(name[1:])
            return [word(known)] if known else []
        given = self.arguments.options
        if given:
            option = self.node.options.get("--" + name) or self.node.options.get("-" + name)
            if option is not None and option.key in given:
                return given[option.key]
            if name in self.node.named:
                return [value for key in self.node.named[name] for value in given.get(key, ())]
        return self._derived(name)

    def value(self, name: str) -> Word | None:
        """The last word for a name: for most programs a later option replaces an earlier one."""
        found = self.values(name)
        return found[-1] if found else None

    def text(self, name: str) -> str:
        """The last word's text; empty where it is absent or not known."""
        found = self.value(name)
        return (found.text or "") if found is not None else ""

    def holds(self, condition: Condition) -> bool | None:
        """Whether a condition of the entry holds here; None where that is not known."""
        return holds(condition, self.lookup)

    def _derived(self, name: str) -> list[Word]:
        if name == "program":
            return [word(self.program)]
        if name == "cwd":
            return [word(self.cwd)]
        if name == "command":
            return [word("/".join(self.command_words()))]
        if name.startswith("word") and name[4:].isdigit():
            commands = self.command_words()
            return [word(commands[int(name[4:]) - 1])] if int(name[4:]) <= len(commands) else []
        return []

    def command_words(self) -> list[str]:
        """The sub-command's words as they were given."""
        return self.arguments.commands

    def _context(self, name: str) -> str:
        tool, _, key = name.partition(".")
        if name == "git.root":
            return self.scope.surroundings.git(self.cwd).root if self.scope.place.here else ""
        pointed = self._pointed(tool)
        if pointed is not None:
            return _written(pointed) if name in _NAMED_BY else ""
        subject = f"{tool}:{self.cwd}" if tool in _PER_DIRECTORY else tool
        return self.scope.surroundings.context(subject).get(key, "")

    def _pointed(self, tool: str) -> Word | None:
        """What the command itself points a tool at: `KUBECONFIG=prod.yaml kubectl …`, `kubectl --kubeconfig prod.yaml …`."""
        if tool == "kube" and "kubeconfig" in self.arguments.options:
            return self.arguments.options["kubeconfig"][-1]
        return next((self.environment[name] for name in _SAID.get(tool, ()) if name in self.environment), None)

    def at(self, given: Word | None) -> tuple[int, int]:
        """The span of a word, or of the whole command where the word has none."""
        return (given.start, given.end) if given is not None and given.end > given.start else self.command.at

    # Files.

    @property
    def certain(self) -> bool:
        """Whether this program runs for sure."""
        return self.scope.certainty == "certain"

    def path(self, given: Word) -> str:
        """The absolute path that a word names from where this program stands."""
        return resolve(given, self.cwd, self.scope)

    def path_from(self, given: Word, directory: str) -> str:
        """The absolute path that a word names from another directory."""
        return resolve(given, directory, self.scope)

    def read(self, given: Word, *, recursive: bool = False) -> None:
        """The program reads this file or lists this directory."""
        if given.text == _STREAM:
            return
        path = self.path(given)
        self.sources.append(path)
        emit_read(path, self.scope, at=self.at(given), recursive=recursive)

    def read_labels(self) -> frozenset[Label]:
        """The labels of all that this call has read so far."""
        found: set[Label] = set()
        for effect in self.scope.effects[self.first_effect :]:
            if effect.verb == "read":
                found |= effect.resource.labels
        return frozenset(found)

    def write(self, given: Word, *, content: Data = UNKNOWN, appended: bool = False, recursive: bool = False) -> None:
        """The program writes this file; `appended`: what stood in it is not lost by that."""
        if given.text == _STREAM:
            return
        if self.dry:
            self.read(given)
            return
        path = self.path(given)
        emptied = content.text == "" and not content.missing and not appended
        appended = appended or (content.text is None and content.source == path)  # `jq … f | sponge f`
        emit_write(path, self.scope, at=self.at(given), appended=appended, emptied=emptied, recursive=recursive)
        overlay = self.scope.overlay
        if "*" in path or recursive:
            fetched = self.node.output == "fetched" or content.fetched
            overlay.unknown(path.partition("*")[0].rstrip("/"), "fetched" if fetched else "unknown", tree=True)
        elif self.node.output == "fetched" and content is UNKNOWN:
            overlay.write(path, Data(origin="untrusted", fetched=self.program), append=appended, certain=self.certain)
        else:
            overlay.write(path, content, append=appended, certain=self.certain)

    def change(self, given: Word) -> None:
        """The program writes to this file without a change of what stands in it, as far as it matters to who runs it."""
        if self.dry or given.text == _STREAM:
            self.read(given)
            return
        path = self.path(given)
        emit_write(path, self.scope, at=self.at(given), appended=True)
        self.scope.overlay.keep(path)

    def apply_persist(self, path: str) -> None:
        """What is written to this file is run later."""
        found = file_resource(path, self.scope)
        resource = found.labelled(frozenset({"persistence"}))
        self.scope.emit("persist", resource, at=self.command.at, reversible="with_undo")

    def mkdir(self, given: Word) -> None:
        """The program makes this directory where it is missing."""
        if not self.dry:
            emit_mkdir(self.path(given), self.scope, at=self.at(given))

    def chmod(self, given: Word, mode: str, *, recursive: bool = False) -> None:
        """The program changes who may do what with this file; an empty mode is any change of owner or list."""
        emit_chmod(self.path(given), mode, self.scope, recursive=recursive, at=self.at(given))

    def delete(self, given: Word, *, recursive: bool = False, empty_only: bool = False) -> None:
        """The program removes this file, or with `recursive` the whole tree."""
        if self.dry:
            self.read(given)
            return
        path = self.path(given)
        emit_delete(path, self.scope, at=self.at(given), recursive=recursive, empty_only=empty_only)
        if self.certain:
            self.scope.overlay.remove(path)

    def listen(self, target: str, at: tuple[int, int], labels: frozenset[Label] = frozenset()) -> None:
        """The program opens this `address:port`."""
        emit_endpoint("listen", target, self.scope, at=at, labels=labels)

    # Effects by the notation.

    def apply(self, template: Template, *, certain: bool = True) -> None:
        """Write a template's effect, once for each value of a reference that stands for several words."""
        scope = self.scope if certain else self.scope.possible()
        given: dict[str, Word] = {}
        plural, values, bearer = "", [], None
        for part in template.name:
            if isinstance(part, Reference) and (found := self._reference(part)):
                bearer = bearer or found[-1]
                given[part.name] = found[-1]
                if len(found) > 1 and not plural:
                    plural, values = part.name, found
        if not plural:
            self._effect(template, _filled(template.name, given), scope, bearer)
        for value in values:
            self._effect(template, _filled(template.name, {**given, plural: value}), scope, value)

    def _reference(self, part: Reference) -> list[Word]:
        for name in part.name.split(","):
            found = self.values(name)
            if found:
                return found
        return []

    def name(self, parts: Sequence[str | Reference]) -> str:
        """Fill the references of a name; what is not known becomes `*`."""
        given: dict[str, Word] = {}
        for part in parts:
            if isinstance(part, Reference) and (found := self._reference(part)):
                given[part.name] = found[-1]
        return _filled(parts, given)

    def _effect(self, template: Template, name: str, scope: Scope, bearer: Word | None) -> None:
        at = self.at(bearer)
        verb = template.verb
        if template.kind == "file":
            self._file(template, name, scope, bearer)
            return
        if template.kind == "endpoint":
            if template.environment == "development":
                emit_served(name, scope, at=at)
            else:
                emit_endpoint(verb, name, scope, at=at, labels=template.labels)
            return
        if self.dry and verb in _CHANGES:
            self.emit("read", template.kind, name, at=at, labels=_DRY_RUN, scope=scope, reach=template.reach)
            return
        whole = verb == "delete" and template.kind == "package" and name.endswith(":*")  # all that a listing names
        environment = template.environment
        if environment == "development":
            environment = declared(self.environment, self.arguments.options) or environment
        self.emit(
            verb, template.kind, name, at=at, labels=template.labels, scope=scope, reach=template.reach,
            environment=environment, reversible="no" if whole else template.reversible,
            extent_all=whole or template.extent is ANY,
            authorship=template.authorship, possible=template.certainty == "possible",
        )  # fmt: skip

    def _file(self, template: Template, name: str, scope: Scope, bearer: Word | None) -> None:
        named = Word((name,), bearer.start, bearer.end) if bearer is not None else word(name)
        saved, self.scope = self.scope, scope
        tree = "tree" in template.labels
        try:
            if template.verb == "read":
                self.read(named)
            elif template.verb == "delete":
                self.delete(named, recursive=tree)
            elif template.verb in {"create", "modify"}:
                self.write(named, appended=template.reversible != "no", recursive=tree)
            else:
                resource = self._resource(template, self.path(named), scope)
                scope.emit(template.verb, resource, at=self.at(bearer), reversible=template.reversible)
        finally:
            self.scope = saved

    def _resource(self, template: Template, path: str, scope: Scope) -> Resource:
        from_world = file_resource(path, scope)
        return Resource(
            from_world.kind,
            from_world.name,
            from_world.environment,
            from_world.reach,
            from_world.labels | template.labels,
        )

    def emit(self, verb: Verb, kind: Kind, name: str, **how: Unpack[How]) -> None:
        """Write one effect on a thing that is neither a file nor an endpoint."""
        scope = how.get("scope", self.scope)
        environment = how.get("environment")
        if environment is None:
            environment = self.environment_of(kind, name) if kind in _HAS_ENVIRONMENT else "unknown"
        reach = how.get("reach") or ("remote" if kind in _REMOTE_KINDS else scope.reach())
        labels = how.get("labels", _NO_LABELS)
        if kind in _HAS_ENVIRONMENT:
            labels |= scope.surroundings.labels(kind, name)
        scope.emit(
            verb, Resource(kind, name, environment, reach, labels), at=how.get("at", self.command.at),
            extent=ANY if how.get("extent_all") else ONE, reversible=how.get("reversible", "yes"),
            authorship=how.get("authorship", "none"), certainty="possible" if how.get("possible") else None,
        )  # fmt: skip

    def environment_of(self, kind: Kind, name: str) -> Environment:
        """Production or play: by the thing's own name, else by what the program is pointed at."""
        return environment_of(self.scope, kind, name, self.name(self.node.manages) if self.node.manages else "")

    # Code and commands inside.

    def inner(self, *, place: Place | None = None, stdin: Data | None = None) -> Scope:
        """The scope for code that this program runs. Raises `BoundsReached` past `MAX_DEPTH`."""
        scope = self.scope
        if scope.depth >= MAX_DEPTH:
            raise BoundsReached
        if place is None and self.node.place:
            name = self.name(self.node.place)
            place = Place(
                here=False, name=name, environment=self.environment_of("infrastructure", name), reach="remote"
            )
        elsewhere = place is not None and place != scope.place
        return replace(
            scope, depth=scope.depth + 1, cwd=_ELSEWHERE if elsewhere else self.cwd, environment=self.environment,
            stdin=self.command.stdin if stdin is None else stdin, place=place or scope.place,
            as_root=scope.as_root or self.node.as_root,
        )  # fmt: skip

    def code(
        self, language: str, code: Word | Data, arguments: tuple[Word, ...] = (), scope: Scope | None = None
    ) -> Data:
        """Hand inline code to its language; without one it is `opaque`, written by whoever wrote this command."""
        inner = scope or self.inner()
        at = self.at(code) if isinstance(code, Word) else self.command.at
        if inner.authorship == "none":
            inner = replace(inner, authorship=_authorship(code))
        interpreter = inner.languages.get(language)
        if interpreter is not None:
            return interpreter(code, inner, arguments)
        inner.opaque(f"{language} code", at=at, authorship=inner.authorship)
        return UNKNOWN

    def run_path(self, given: Word) -> None:
        """Run the program at a path, or of a name."""
        script = self.scope.languages.get("script")
        if "/" in given.prefix and script is not None:
            script(given, self.inner(), ())
        else:
            self.run((given,))

    def run(self, words: Sequence[Word], scope: Scope | None = None) -> Data:
        """Run a command that stands in this program's words."""
        inner = scope or self.inner()
        interpreter = inner.languages.get("command")
        if not words:
            return UNKNOWN
        if interpreter is None:
            inner.opaque(f"command {words[0].shown}", at=self.at(words[0]), authorship=_SESSION_CODE)
            return UNKNOWN
        return interpreter(words[0], inner, tuple(words[1:]))


def _authorship(code: Word | Data) -> Authorship:
    if isinstance(code, Data) and code.fetched:
        return "fetched"
    origin = code.origin if isinstance(code, Data) else next((hole.origin for hole in code.holes), "user")
    return "fetched" if origin == "untrusted" else _SESSION_CODE if origin in {"user", "trusted"} else "unknown"


def _filled(parts: Sequence[str | Reference], given: dict[str, Word]) -> str:
    """A name with the words for its references; where there is none, what the reference says of that."""
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
        elif part.name in given:
            pieces.append(_written(given[part.name]))
        else:
            pieces.append("*" if part.absent is None else part.absent)
    return "".join(pieces)


def _written(given: Word) -> str:
    """A word as a part of a name: its text, each piece that is not known a `*`."""
    text = given.text
    if text is not None:
        return text or "*"
    return "".join(part if isinstance(part, str) else "*" for part in given.parts) or "*"
