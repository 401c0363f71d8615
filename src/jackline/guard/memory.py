"""What the guard remembers of its sessions: a fold over the ledger's events, and nothing else.

A session and its sub-agents are one family: they share labels, refusals, approvals and the files that they wrote, so
that a sub-agent never has more rights than the session that it works for. Everything here can be built again from the
ledger; after a restart it is, session by session, when the session is next heard of.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct, field

from jackline.core.decision import Decision
from jackline.core.inner import Inner
from jackline.core.words import Authorship, Label
from jackline.guard.accounts import own_uid
from jackline.guard.classes import Classes
from jackline.policy.phases import NO_PHASES
from jackline.policy.session import SessionState, fold, initial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jackline.core.effect import Effect
    from jackline.core.event import Event
    from jackline.core.words import Kind
    from jackline.guard.peers import Process
    from jackline.guard.world.source import Wrote
    from jackline.policy.phases import Phases

MAX_FAMILIES: Final = 128
MAX_ACTIONS: Final = 512
MAX_EFFECTS: Final = 8000
"""Effects that are remembered of one family's actions; the oldest actions are forgotten beyond that."""

MAX_ARGUMENT: Final = 16 * 1024
"""What is remembered of one argument. A text that was cut is equal to no other."""

MAX_WRITTEN: Final = 20_000

Signature = tuple[str, str, str]
"""An effect without its spelling: verb, kind, name."""


class Written(Struct, frozen=True):
    """A file that this family wrote. `digest` is that of its content when the writing action ended, "" until then;
    `whole`: it made the file and all that is in it; `tree`: everything below the path was written too; `plan`: it is
    Terraform's plan, and nothing else in the action could have written it."""

    digest: str = ""
    whole: bool = False
    authorship: Authorship = "session"
    labels: frozenset[Label] = frozenset()
    tree: bool = False
    plan: bool = False


class Known(Inner):
    """An action of the family. `match` pairs a client's two calls where the client has no ID for them."""

    id: str
    session: str
    tool: str
    arguments: dict[str, Any]
    cwd: str
    call: str
    match: str
    decision: Decision | None = None
    key: str = ""
    held: str = ""
    prompts: bool = False
    started: bool = False
    finished: bool = False
    answered: str = ""

    @property
    def size(self) -> int:
        """How many effects are remembered for it."""
        return len(self.decision.effects) if self.decision is not None else 0

    @property
    def allowed(self) -> bool:
        """Whether it may run: decided so, or approved since."""
        return self.answered == "approved" or (self.decision is not None and self.decision.verdict == "allow")

    @property
    def prompted(self) -> bool:
        """Whether the client itself puts the question, so that the call's arrival means that a person said yes."""
        decision = self.decision
        return (
            self.prompts
            and not self.held
            and decision is not None
            and decision.verdict == "ask"
            and decision.approval <= 1
        )


class Family(Inner):
    """A session and its sub-agents."""

    root: str
    client: str = ""
    uid: int = field(default_factory=own_uid)
    state: SessionState = field(default_factory=initial)
    actions: OrderedDict[str, Known] = field(default_factory=OrderedDict)
    denied: dict[Signature, tuple[str, str]] = field(default_factory=dict)
    files: dict[str, Written] = field(default_factory=dict)
    directory: str = ""
    processes: tuple[Process, ...] = ()
    environment: dict[str, str] | None = None
    contained: bool = False
    """Whether all of it runs in a session's sandboxes (`jackline run`)."""
    prefixed: bool = False
    """Whether a shell command of this family came through the client's shell prefix: then all must."""
    counts: dict[str, int] = field(default_factory=lambda: {"allow": 0, "ask": 0, "deny": 0})
    lock: threading.RLock = field(default_factory=threading.RLock)
    effects: int = 0
    """How many effects all of `actions` have together."""

    def written(self, path: str) -> Written | None:
        """What this family wrote at a path, itself or as part of a tree."""
        if not self.files:
            return None
        found = self.files.get(path)
        while found is None and len(path) > 1:
            path = path.rpartition("/")[0] or "/"
            above = self.files.get(path)
            found = above if above is not None and above.tree else None
        return found

    def find(self, call: str, match: str) -> Known | None:
        """The action that an `after` belongs to: by the client's ID, else the oldest equal one that has not ended."""
        open_ones = (known for known in self.actions.values() if not known.finished)
        if call:
            return next((known for known in open_ones if known.call == call), None)
        return next((known for known in open_ones if known.match == match), None)

    def wrote(self, path: str) -> Wrote:
        """How a file came to be, as far as this family made it."""
        found = self.written(path)
        if found is None:
            return ""
        return "fetched" if found.authorship == "fetched" else "whole" if found.whole else "part"

    def planned(self, digest: str) -> bool:
        """Whether a file with this content, wherever it lies now, is a plan as Terraform left it."""
        return bool(digest) and any(written.plan and written.digest == digest for written in self.files.values())

    def labels(self, kind: Kind, name: str) -> frozenset[Label]:
        """The labels that the session bore when it wrote a file."""
        found = self.written(name) if kind == "file" else None
        return found.labels if found is not None else frozenset()

    def waiting(self) -> list[Known]:
        """What a person has been asked, and has not answered."""
        return [
            known for known in self.actions.values()
            if known.decision is not None and known.decision.verdict == "ask" and not known.answered and not known.finished
        ]  # fmt: skip


def signatures(effects: Iterable[Effect]) -> frozenset[Signature]:
    """Effects without their spelling."""
    return frozenset((effect.verb, effect.resource.kind, effect.resource.name) for effect in effects)


def stopped_effects(decision: Decision) -> list[Effect]:
    """The effects for whose sake an action was denied (all, where no reason names one)."""
    named = {reason.effect for reason in decision.reasons if 0 <= reason.effect < len(decision.effects)}
    return [decision.effects[index] for index in sorted(named)] or list(decision.effects)


class Memory:
    """All families that are known, built by `apply`."""

    def __init__(self, phases: Callable[[], Phases] = lambda: NO_PHASES) -> None:
        """`phases` are those that a new session begins with."""
        self._phases = phases
        self._families: OrderedDict[str, Family] = OrderedDict()
        self._roots: dict[str, str] = {}
        self.paused_until = 0
        self.classes = Classes()

    def root(self, session: str, parent: str = "") -> str:
        """The session at the head of the family; `parent`, where it is named, is believed the first time."""
        if session not in self._roots:
            above = self._roots.get(parent, parent) if parent and parent != session else session
            self._roots[session] = above
        return self._roots[session]

    def knows(self, session: str, parent: str = "") -> bool:
        """Whether the family was heard of since the start."""
        return self.root(session, parent) in self._families

    def family(self, session: str, parent: str = "") -> Family:
        """The family of a session; a new one where it was never heard of."""
        root = self.root(session, parent)
        found = self._families.get(root)
        if found is None:
            self._make_room()
            found = self._families[root] = Family(root, state=initial(self._phases()))
        else:
            self._families.move_to_end(root)
        return found

    def _make_room(self) -> None:
        """Forget the family that was not heard of for the longest time; none that waits for anything."""
        if len(self._families) < MAX_FAMILIES:
            return
        for root, family in self._families.items():
            if all(known.finished or known.size == 0 or known.answered for known in family.actions.values()):
                self.forget(root)
                return
        for root, family in self._families.items():
            if not family.waiting():
                self.forget(root)
                return

    def families(self) -> list[Family]:
        """All families that are known."""
        return list(self._families.values())

    def find(self, action: str) -> tuple[Family, Known] | None:
        """An action by its ID, or by the ID under which it is held."""
        for family in self._families.values():
            for known in reversed(family.actions.values()):
                if action in {known.id, known.held}:
                    return family, known
        return None

    def waiting(self) -> list[tuple[Family, Known]]:
        """What a person has been asked, oldest first."""
        return [(family, known) for family in self._families.values() for known in family.waiting()]

    def forget(self, session: str) -> None:
        """Drop a family from memory; it is built again from the ledger when it is next heard of."""
        root = self.root(session)
        if self._families.pop(root, None) is not None:
            self._roots = {name: above for name, above in self._roots.items() if above != root}

    def apply(self, event: Event) -> None:
        """Fold one event in."""
        if event.kind == "paused":
            self.paused_until = int(event.data.get("until", 0))
        if not event.session:
            self.classes.apply(event)
            return
        family = self.family(event.session, str(event.data.get("parent", "")))
        family.client = family.client or event.client
        family.state = fold(family.state, event)
        handler = _HANDLERS.get(event.kind)
        if handler is not None:
            handler(family, event)


def _session_started(family: Family, event: Event) -> None:
    family.contained = family.contained or event.data.get("assurance") == "contained"


def _requested(family: Family, event: Event) -> None:
    data = event.data
    family.effects -= _size(family.actions.get(event.action))
    family.actions[event.action] = Known(
        event.action, event.session, data.get("tool", ""), _bounded(data.get("arguments", {})), data.get("cwd", ""),
        data.get("call", ""), data.get("match", ""),
    )  # fmt: skip
    family.uid = data.get("uid", family.uid)
    family.directory = family.directory or (data.get("cwd", "") if event.session else "")
    _forget_oldest(family)


def _forget_oldest(family: Family) -> None:
    while len(family.actions) > MAX_ACTIONS or (family.effects > MAX_EFFECTS and len(family.actions) > 1):
        _, known = family.actions.popitem(last=False)
        family.effects -= known.size


def _size(known: Known | None) -> int:
    return known.size if known is not None else 0


def _bounded(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments of any size as they are remembered: a long text is cut, what is nested is left to the ledger."""
    return {
        name: value[:MAX_ARGUMENT] + "…" if isinstance(value, str) and len(value) > MAX_ARGUMENT else value
        for name, value in arguments.items()
        if value is None or isinstance(value, str | int | float)
    }


def _decided(family: Family, event: Event) -> None:
    known = family.actions.get(event.action)
    if known is None:
        return
    decision = event.data.get("decision")
    if not isinstance(decision, Decision):  # read back from the ledger
        try:
            decision = msgspec.convert(decision, Decision)
        except msgspec.ValidationError:
            return
    if event.data.get("count") != len(decision.effects):
        return  # cut to the ledger's bounds: nothing can be approved that is not known whole
    family.effects += len(decision.effects) - known.size
    known.decision, known.key, known.answered = decision, event.data.get("bound", ""), ""
    known.prompts = bool(event.data.get("prompts", False))
    family.counts[decision.verdict] += 1
    if decision.verdict == "allow":
        note_writes(family, decision)
    elif decision.verdict == "deny":
        for signature in signatures(stopped_effects(decision)) if len(family.denied) < MAX_EFFECTS else ():
            family.denied.setdefault(signature, (known.id, known.match))


def note_writes(family: Family, decision: Decision) -> None:
    """An action runs: what it writes is the family's from now on."""
    fetched = any(effect.verb == "connect" and "loopback" not in effect.resource.labels for effect in decision.effects)
    for effect in decision.effects:
        resource = effect.resource
        if resource.kind != "file" or effect.verb not in {"create", "modify"} or len(family.files) >= MAX_WRITTEN:
            continue
        before = family.files.get(resource.name)
        family.files[resource.name] = Written(
            whole=effect.verb == "create" or (before is not None and before.whole),
            authorship="fetched" if fetched else "session",
            labels=decision.seen,
            tree="tree" in resource.labels or effect.extent.at_most is None,
            plan="plan_file" in resource.labels and _only_planned(resource.name, decision),
        )


def _only_planned(path: str, decision: Decision) -> bool:
    """Whether nothing but Terraform's own plan is written to a path: no other write may reach it, and all was understood."""
    for effect in decision.effects:
        resource = effect.resource
        name = resource.name
        reaches = name == path or path.startswith(name.rstrip("/") + "/") or "*" in name
        written = resource.kind == "file" and effect.verb in {"create", "modify"} and reaches
        if effect.verb == "opaque" or (written and "plan_file" not in resource.labels):
            return False
    return True


def _finished(family: Family, event: Event) -> None:
    known = family.actions.get(event.action)
    if known is None:
        return
    known.finished = True
    if known.decision is not None and known.decision.verdict == "ask" and known.answered == "approved":
        note_writes(family, known.decision)
    for path, content in event.data.get("written", {}).items():
        written = family.files.get(path, Written())
        family.files[path] = msgspec.structs.replace(written, digest=content)


def _approved(family: Family, event: Event) -> None:
    _answer(family, event, "approved")


def _refused(family: Family, event: Event) -> None:
    _answer(family, event, "refused")


def _answer(family: Family, event: Event, answer: str) -> None:
    known = family.actions.get(event.action)
    if known is not None:
        known.answered = answer


def _held(family: Family, event: Event) -> None:
    known = family.actions.get(event.action)
    if known is not None:
        known.held = event.data.get("id", "")


def _started(family: Family, event: Event) -> None:
    known = family.actions.get(event.action)
    if known is not None:
        known.started = True
        family.prefixed = True


_HANDLERS: Final = {
    "session_started": _session_started,
    "requested": _requested,
    "decided": _decided,
    "started": _started,
    "finished": _finished,
    "approved": _approved,
    "refused": _refused,
    "held": _held,
}
