"""`terraform apply PLAN`: exactly what the plan says, where it could be read and nobody forged it; else all may change."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from jackline.core.effect import ANY, Evidence
from jackline.core.inner import FrozenInner
from jackline.lower.catalogue.environment import environment_of as environment_by_manager
from jackline.lower.catalogue.special.opening import author, not_followed, opened
from jackline.lower.places import environment_of
from jackline.lower.planfile.kinds import acts_here, gives_access, invokes, labels_of
from jackline.lower.word import weakest, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.words import Environment, Label, Undo, Verb
    from jackline.lower.catalogue.call import Call
    from jackline.lower.catalogue.special.opening import Opened
    from jackline.lower.overlay import Written
    from jackline.lower.scope import Scope
    from jackline.lower.surroundings import PlanAct, PlanChange, PlanFacts
    from jackline.lower.word import Word

_NOTHING: Final[frozenset[Label]] = frozenset()
_STATE: Final[frozenset[Label]] = frozenset({"state_file"})
_PLAN: Final[frozenset[Label]] = frozenset({"plan_file"})
_MADE: Final = "terraform plan"
"""Where the plans that an action makes are remembered."""
_MORE_ARGUMENTS: Final = ("TF_CLI_ARGS", "TF_CLI_ARGS_apply")
"""Variables whose words the tool puts behind the sub-command."""


class _Written(NamedTuple):
    verb: Verb
    reversible: Undo
    labels: frozenset[Label] = _NOTHING


_ACTS: Final[dict[PlanAct, _Written]] = {
    "create": _Written("create", "with_undo"),
    "read": _Written("read", "yes"),
    "modify": _Written("modify", "with_undo"),
    "delete": _Written("delete", "no"),
    "forget": _Written("delete", "no", _STATE),
    "import": _Written("modify", "with_undo", _STATE),
    "move": _Written("modify", "with_undo", _STATE),
    "invoke": _Written("execute", "no"),
}
"""What each act of a plan is: as the commands are that do the same one by one (`state rm`, `import`)."""
_THING: Final = frozenset({"modify", "delete"})
"""Acts by which what a resource holds may be lost."""
_GIVING: Final = frozenset({"create", "modify"})
_RUNNING: Final = frozenset({"create", "delete"})
"""Acts with which provisioners run."""


class _Plan(NamedTuple):
    """A word that may name a plan. `sure`: it could be read, and is what the tool opens if this word is the plan."""

    path: str
    facts: PlanFacts | None
    sure: bool


class _Made(FrozenInner, frozen=True):
    """A plan that this action makes: `written` is the file as Terraform leaves it."""

    written: Written
    destroys: bool


def note_made(call: Call) -> None:
    """`terraform plan -out=FILE`: what stands there from now on is Terraform's own plan, if nothing else writes to it."""
    effects = call.scope.effects
    for index in range(call.first_effect, len(effects)):
        effect = effects[index]
        if effect.resource.kind == "file" and effect.verb in {"create", "modify"}:
            effects[index] = replace(effect, resource=effect.resource.labelled(_PLAN))
    for given in call.values("out"):
        path = call.path(given)
        written = call.scope.overlay.find(path)
        if written is not None:
            made = _Made(written, call.may_have("-destroy"))
            call.scope.surroundings.memo[_MADE, path] = made


class Applied(NamedTuple):
    """The plans that a command may apply. `sure`: there is one, and it is that; all else of the configuration stays."""

    plans: tuple[PlanFacts, ...] = ()
    sure: bool = False


def applied(call: Call) -> Applied:
    """Write what the plan among the arguments changes, in the place of "all may change".

    Where there is no plan, or none that is surely the one and could be read, what stands of the command itself counts;
    each plan that it may be is `possible` beside it, and a file that may be forged is `opaque`.
    """
    _more_arguments(call)
    given = call.values("what" if call.program == "terragrunt" else "plan")
    plans = [_read(call, word) for word in given] if call.scope.place.here else []
    sure = len(plans) == 1 and plans[0].sure and _plain(call)
    if sure:
        _take_back(call)
    for plan in plans:
        if plan.facts is not None:
            scope = call.scope
            call.scope = scope if sure else scope.possible()
            _write(call, plan.facts, plan.path)
            call.scope = scope
    if sure and call.program == "terragrunt":
        call.read(given[0])
    return Applied(tuple(plan.facts for plan in plans if plan.facts is not None), sure)


def _read(call: Call, given: Word) -> _Plan:
    """What a word names that may be a plan; `opaque` where that is a file which is no plan that can be believed."""
    path = call.path(given)
    written = call.scope.overlay.find(path)
    if written is not None and not _is_made(call, path, written):
        not_followed(call, path, written.authorship)
        return _Plan(path, None, sure=False)
    if written is not None and None not in written.versions:
        return _Plan(path, None, sure=False)
    facts = call.scope.surroundings.plan(path)
    if facts is None and call.scope.surroundings.file(path).kind != "absent":
        not_followed(call, path, author(call, path))
    moves = call.program == "terragrunt" and not given.prefix.startswith("/")  # it may change the directory first
    return _Plan(path, facts, sure=facts is not None and written is None and not moves)


def code_of(call: Call, facts: PlanFacts) -> Iterator[Opened]:
    """The files of the plan's configuration that run programs when it is applied, where they still say on the disk what the
    plan has of them; the others are `opaque`."""
    external = any(change.acts == ("read",) and change.type == "external" for change in facts.changes)
    if not external and all(_RUNNING.isdisjoint(change.acts) for change in facts.changes):
        return
    for code in facts.code:
        path = posixpath.normpath(posixpath.join(call.cwd, code.path))
        same = [version for version in opened(call, path, running=False) if version.content.digest == code.digest]
        if not same:
            not_followed(call, path, weakest((author(call, path), "unknown")))
        yield from same


def _plain(call: Call) -> bool:
    """Whether each option is known, so that no word which seems to be the plan is the value of one."""
    if call.arguments.uncertain:
        return False
    options = call.node.options
    texts = [given.text or "" for given in call.command.words[1:]]
    bare = [text for text in texts if text.startswith("-") and "=" not in text and text not in {"-", "--"}]
    return all(text in options or text.removeprefix("-") in options for text in bare)


def _more_arguments(call: Call) -> None:
    """`TF_CLI_ARGS_apply=FILE terraform apply`: a plan, or the word that destroys all, that is not among the arguments."""
    for name in _MORE_ARGUMENTS:
        text = call.environment[name].text if name in call.environment else ""
        words = text.split() if text is not None else []
        if text is None or any(not word.startswith("-") for word in words):
            not_followed(call, name, "session" if text is not None else "unknown")
        if any(word.lstrip("-").partition("=")[0] == "destroy" for word in words):
            _all_deleted(call)


def _all_deleted(call: Call) -> None:
    name = call.name(call.node.manages)
    call.emit("delete", "infrastructure", name, reversible="no", extent_all=True)


def _is_made(call: Call, path: str, written: Written) -> bool:
    """Whether what this action leaves at a path is Terraform's plan; one that destroys is said to."""
    made = call.scope.surroundings.memo.get((_MADE, path))
    if not isinstance(made, _Made) or made.written is not written:
        return False
    if made.destroys:
        _all_deleted(call)
    return True


def _take_back(call: Call) -> None:
    """The change of everything that the command would be without a plan."""
    effects = call.scope.effects
    for index in range(len(effects) - 1, call.first_effect - 1, -1):
        effect = effects[index]
        if effect.verb == "modify" and effect.resource.kind == "infrastructure" and effect.extent == ANY:
            del effects[index]


def _write(call: Call, facts: PlanFacts, path: str) -> None:
    whole = f"{call.name(call.node.manages).partition('/')[0]}/{facts.workspace}"
    for change in facts.changes:
        name = f"{whole}/{change.address}"
        environment = _environment(call, facts, name, change)
        for act in change.acts:
            _emit(call, facts, path, _change(act, change), name, environment)
        if change.writes or change.removes:
            _write_here(call, facts, path, change)
        elif acts_here(change.provider):
            scope = _in_plan(call, facts, path, change.address)
            scope.opaque(name, authorship=weakest((author(call, path), "session")))
    environment = _environment(call, facts, whole, None)
    if facts.outputs:
        _emit(call, facts, path, _Written("modify", "with_undo", _STATE), f"{whole}/outputs", environment)
    if facts.refresh_only:
        _emit(call, facts, path, _Written("modify", "no", _STATE), f"{whole}/state", environment)
    if not (facts.changes or facts.outputs or facts.refresh_only):
        _emit(call, facts, path, _ACTS["read"], whole, environment)


def _write_here(call: Call, facts: PlanFacts, path: str, change: PlanChange) -> None:
    """A resource that is a file of this machine. What is in it is not known."""
    before = call.scope
    call.scope = _in_plan(call, facts, path, change.address)
    try:
        if change.removes and change.removes != change.writes:
            call.delete(word(change.removes))
        if change.writes:
            call.write(word(change.writes))
    finally:
        call.scope = before


def _change(act: PlanAct, change: PlanChange) -> _Written:
    found = _ACTS[act]
    if act in _GIVING and gives_access(change.type):
        return found._replace(verb="grant")
    if act == "read" and invokes(change.type):
        return found._replace(verb="execute", reversible="no")
    return found._replace(labels=found.labels | labels_of(change.type)) if act in _THING else found


def _emit(call: Call, facts: PlanFacts, path: str, effect: _Written, name: str, environment: Environment) -> None:
    shown = name.partition("/")[2].partition("/")[2] or name
    call.emit(
        effect.verb, "infrastructure", name, scope=_in_plan(call, facts, path, shown), labels=effect.labels,
        reversible=effect.reversible, environment=environment,
    )  # fmt: skip


def _in_plan(call: Call, facts: PlanFacts, path: str, shown: str) -> Scope:
    """What is read in the plan has its path and digest for evidence, and was not chosen by who typed the command."""
    return call.scope.having(frame=Evidence(0, 0, shown, path, facts.digest), base=None, origin="trusted")


def _environment(call: Call, facts: PlanFacts, name: str, change: PlanChange | None) -> Environment:
    """What the person said of it, else where the plan's workspace belongs; the names that the configuration gives things
    only make it more serious, for a `test` in production is no play."""
    told = call.scope.surroundings.environment("infrastructure", name)
    if told != "unknown":
        return told
    found = environment_by_manager(call.scope, "infrastructure", "", f"terraform/{facts.workspace}")
    named = environment_of(change.address.replace(change.type, "", 1)) if change is not None else "unknown"
    if named == "production" or (named == "staging" and found != "production"):
        return named
    return found
