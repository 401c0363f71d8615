"""The state of one lowering: where the code runs, what has been emitted, what may still be spent.

Interpreters (shell, catalogue, SQL, Python, files, …) write effects through a `Scope` and nothing else. A nested piece
of code (a script that is run, `sh -c`, `ssh host`, a branch that may not be taken) gets a child scope: it shares the
effects and the bounds, and differs in place, certainty and evidence. Past a bound the rest is one `opaque` effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from msgspec import field
from msgspec.structs import replace

from jackline.core.effect import ANY, ONE, Effect, Evidence, Extent, Resource
from jackline.core.inner import FrozenInner, Inner
from jackline.lower.overlay import Overlay
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackline.core.words import Authorship, Certainty, Environment, Label, Origin, Reach, Undo, Verb
    from jackline.lower.surroundings import Surroundings

MAX_STEPS: Final = 20_000
MAX_DEPTH: Final = 24
MAX_EFFECTS: Final = 400
MAX_OPENED: Final = 64
MAX_OPENED_BYTES: Final = 2 * 1024 * 1024
MAX_EVIDENCE: Final = 160


class BoundsReached(Exception):  # noqa: N818 - a signal between interpreters, never an error that a user sees
    """A bound was passed: the interpreter stops, and the rest of the action is opaque."""


class Bounds(Inner):
    """What one lowering has spent. Counts steps, not time, so that a verdict can be made again anywhere."""

    steps: int = 0
    opened: int = 0
    opened_bytes: int = 0

    def step(self, cost: int = 1) -> None:
        """Count work. Raises `BoundsReached`."""
        self.steps += cost
        if self.steps > MAX_STEPS:
            raise BoundsReached

    def open(self, size: int) -> None:
        """Count a file that is read for its content. Raises `BoundsReached`."""
        self.opened += 1
        self.opened_bytes += size
        if self.opened > MAX_OPENED or self.opened_bytes > MAX_OPENED_BYTES:
            raise BoundsReached


class Place(FrozenInner, frozen=True):
    """Where code runs. `here` is this machine; otherwise `name` is a host or container, with its environment. `mounts`
    are the paths of this machine that a container has, and what they are called in it."""

    here: bool = True
    name: str = ""
    environment: Environment = "unknown"
    reach: Reach = "workspace"
    mounts: tuple[tuple[str, str], ...] = ()


HERE: Final = Place()


class Language(Protocol):
    """An interpreter of one language: reads code that is known or not, writes effects, may fold an output."""

    def __call__(self, code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
        """Lower `code` run with `arguments`; returns what it prints as far as that is known."""
        ...


class Scope(Inner):
    """See the module's text. `base` is added to spans: the offset of this code in the action's main text;
    None where the code is not a literal piece of it, and then all evidence is `frame`. `cwd` (absolute),
    `environment` and `stdin` are what a nested piece of code starts with; an empty `cwd` is the session's."""

    surroundings: Surroundings
    languages: Mapping[str, Language]
    effects: list[Effect] = field(default_factory=list)
    bounds: Bounds = field(default_factory=Bounds)
    place: Place = HERE
    text: str = ""
    base: int | None = 0
    frame: Evidence | None = None
    certainty: Certainty = "certain"
    origin: Origin = "user"
    authorship: Authorship = "none"
    as_root: bool = False
    depth: int = 0
    reads: set[Label] = field(default_factory=set)
    cwd: str = ""
    environment: Mapping[str, Word] = field(default_factory=dict)
    stdin: Data = UNKNOWN
    links: dict[str, str] = field(default_factory=dict)
    """Links that this action makes: path → target, absolute. Shared by all of the action's scopes."""
    carried: dict[str, frozenset[Label]] = field(default_factory=dict)
    """Files that this action moves or copies: new path → labels of the content. Shared likewise."""
    moved: set[str] = field(default_factory=set)
    """Where files that this action moves end up: what is lost there is what was moved. Shared likewise."""
    directories: set[str] = field(default_factory=set)
    """Directories that this action makes: what is put "to" one goes into it. Shared likewise."""
    overlay: Overlay = field(default_factory=Overlay)
    """Contents of files that this action writes, for what it runs afterwards. Shared likewise."""

    def emit(
        self,
        verb: Verb,
        resource: Resource,
        *,
        at: tuple[int, int] = (0, 0),
        extent: Extent = ONE,
        reversible: Undo = "yes",
        certainty: Certainty | None = None,
        origin: Origin | None = None,
        authorship: Authorship = "none",
    ) -> None:
        """Write one effect; `at` is its span in this scope's own text. Raises `BoundsReached`."""
        if len(self.effects) >= MAX_EFFECTS:
            raise BoundsReached
        effect = Effect(
            verb,
            resource,
            extent,
            reversible,
            certainty if certainty is not None and self.certainty == "certain" else self.certainty,
            origin if origin is not None else self.origin,
            authorship,
            self.evidence(at),
        )
        if effect not in self.effects[-8:]:
            self.effects.append(effect)
        if verb == "read":
            self.reads.update(resource.labels)

    def opaque(
        self,
        what: str,
        *,
        at: tuple[int, int] = (0, 0),
        authorship: Authorship | None = None,
        name: str = "*",
        origin: Origin | None = None,
    ) -> None:
        """Say that something could not be read. `what` becomes the resource's name for a reader: `code from $X`."""
        resource = Resource("process", what or name, self.place.environment, self.reach())
        self.emit(
            "opaque", resource, at=at, extent=ANY, reversible="no", origin=origin,
            authorship=authorship or (self.authorship if self.authorship != "none" else "unknown"),
        )  # fmt: skip

    def reach(self) -> Reach:
        """The reach of what code does here: the workspace on this machine, else remote."""
        return self.place.reach if self.place.here else "remote"

    def evidence(self, at: tuple[int, int]) -> Evidence:
        """The evidence for a span of this scope's text."""
        if self.frame is not None and self.base is None:
            return self.frame
        start, end = at
        quoted = self.text[start:end]
        if len(quoted) > MAX_EVIDENCE:
            quoted = quoted[: MAX_EVIDENCE - 1] + "…"
        offset = self.base or 0
        source, digest = (self.frame.source, self.frame.digest) if self.frame is not None else ("", "")
        return Evidence(start + offset, end + offset, quoted, source, digest)

    def having(self, **changes: Any) -> Scope:  # noqa: ANN401 - the types are those of the fields
        """The same scope with other values in some fields."""
        return replace(self, **changes)

    def possible(self) -> Scope:
        """The same code, on a path that may not be taken."""
        return self if self.certainty == "possible" else self.having(certainty="possible")

    def inner(self, text: str, at: tuple[int, int], *, base: int | None = None, place: Place | None = None) -> Scope:
        """A scope for code that stands inside this action's text at `at`: `sh -c TEXT`, a here-document.

        `base` is where TEXT begins in this scope's text if it stands there literally (unescaped), else None.
        Raises `BoundsReached` past `MAX_DEPTH`.
        """
        if self.depth >= MAX_DEPTH:
            raise BoundsReached
        literal = base is not None and self.base is not None
        return self.having(
            text=text, depth=self.depth + 1, place=place or self.place,
            base=(self.base or 0) + (base or 0) if literal else None,
            frame=self.frame if literal else self.evidence(at),
        )  # fmt: skip

    def file(self, text: str, path: str, digest: str, authorship: Authorship) -> Scope:
        """A scope for a file that the action runs: evidence names the file, its digest and the span in it.

        Raises `BoundsReached` past `MAX_DEPTH`.
        """
        if self.depth >= MAX_DEPTH:
            raise BoundsReached
        pipe = self.overlay.pipes.get(path)
        if pipe is not None:  # no file, but code that stands in the action itself
            return self.having(text=text, depth=self.depth + 1, base=None, frame=pipe, authorship=authorship)
        frame = Evidence(0, 0, "", path, digest)
        return self.having(text=text, depth=self.depth + 1, base=0, frame=frame, authorship=authorship)
