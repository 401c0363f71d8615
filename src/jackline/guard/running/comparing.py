"""What was predicted beside what was observed: which facts were foreseen, which were not, and what did not happen.

Pure. A fact is `predicted` where an effect names it, `covered` where an effect allows for it without naming it (`opaque`,
a package's installation, a repository's work tree), else `unpredicted`. The share that is not unpredicted is the soundness.
"""

from __future__ import annotations

import fnmatch
import os
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from msgspec import Struct

from jackline.core.effect import Effect, Extent, Resource
from jackline.core.words import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jackline.contain.observe.facts import Seen

Foreseen = Literal["predicted", "covered", "unpredicted"]

CHANGING: Final[frozenset[Verb]] = frozenset(
    {"create", "modify", "grant", "persist", "configure", "install", "publish"}
)
"""Verbs after which a file may be there, or be another."""
BUILT_IN: Final = frozenset(
    [
        "[",
        "alias",
        "cd",
        "echo",
        "eval",
        "exec",
        "exit",
        "export",
        "false",
        "kill",
        "printf",
        "pwd",
        "read",
        "set",
        "test",
        "true",
        "type",
    ]
)
"""What a shell does itself: nothing is executed."""

_CHANGES: Final = frozenset({"create", "modify", "delete"})
_OUTWARD: Final[frozenset[Verb]] = frozenset({"connect", "send", "read", "publish"})
_ORDER: Final[tuple[Foreseen, ...]] = ("predicted", "covered")


class Fact(Struct, frozen=True, rename="camel", omit_defaults=True):
    """An effect that was observed: a file that was changed, a program that was executed, an endpoint that was reached."""

    verb: Verb
    kind: Literal["file", "process", "endpoint"]
    name: str
    port: int = 0
    times: int = 1


class Compared(Struct, frozen=True, rename="camel"):
    """A fact, and whether it was foreseen."""

    fact: Fact
    foreseen: Foreseen


class Comparison(Struct, frozen=True, rename="camel"):
    """All facts of an action in their order; the effects of which nothing was seen, although it would have been; how many
    facts are known only by their number."""

    facts: tuple[Compared, ...] = ()
    absent: tuple[Effect, ...] = ()
    unseen: int = 0

    def count(self, foreseen: Foreseen) -> int:
        """How many different facts were so foreseen."""
        return sum(each.foreseen == foreseen for each in self.facts)


class Soundness(Struct, frozen=True, rename="camel"):
    """The figures of a session. `share`: of the facts, how many were foreseen (1.0: all of them); None where there are
    none."""

    facts: int = 0
    predicted: int = 0
    covered: int = 0
    unpredicted: int = 0
    unseen: int = 0
    share: float | None = None


def compare(effects: Sequence[Effect], facts: Iterable[Fact], unseen: int = 0) -> Comparison:
    """Put them beside each other."""
    happened: set[int] = set()
    compared = []
    for fact in facts:
        found = [(at, how) for at, effect in enumerate(effects) if (how := _foresees(effect, fact)) is not None]
        happened |= {at for at, how in found if how == "predicted"}
        hows = {how for _, how in found}
        compared.append(Compared(fact, next((how for how in _ORDER if how in hows), "unpredicted")))
    absent = [effect for at, effect in enumerate(effects) if at not in happened and _would_be_seen(effect)]
    return Comparison(tuple(compared), tuple(absent), unseen)


def sound(comparisons: Iterable[Comparison]) -> Soundness:
    """The figures over several actions."""
    facts = predicted = covered = unseen = 0
    for one in comparisons:
        facts += len(one.facts)
        predicted += one.count("predicted")
        covered += one.count("covered")
        unseen += one.unseen
    foreseen = predicted + covered
    return Soundness(facts, predicted, covered, facts - foreseen, unseen, foreseen / facts if facts else None)


def facts_in(observed: Iterable[Mapping[str, Any]]) -> tuple[tuple[Fact, ...], int]:
    """The facts that an action's `observed` events tell, alike ones once, and how many more there were.

    A sandbox's own program is none: it is the action itself. Nor is a search along PATH, or a connection that only led to
    the gateway, which tells it by its name. Data of another version is left out.
    """
    found: dict[tuple[str, str, str, int], Fact] = {}
    unseen = 0
    for data in observed:
        for fact in (*_files(data), *_processes(data), *_endpoints(data)):
            key = fact.verb, fact.kind, fact.name, fact.port
            times = fact.times + (found[key].times if key in found else 0)
            found[key] = Fact(fact.verb, fact.kind, fact.name, fact.port, times)
        unseen += sum(each for each in (data.get("unseen"), data.get("uncounted")) if isinstance(each, int))
    return tuple(found.values()), unseen


def effects_of(seen: Seen) -> tuple[Effect, ...]:
    """What was executed, in the words of effects: one for each name."""
    times: dict[str, int] = {}
    for process in seen.processes:
        if process.path and not process.absent:
            name = os.path.basename(process.path)
            times[name] = times.get(name, 0) + process.times
    return tuple(
        Effect("execute", Resource("process", name, reach="system"), Extent(count), authorship="unknown")
        for name, count in times.items()
    )


def _files(data: Mapping[str, Any]) -> Iterator[Fact]:
    for change in _dictionaries(data.get("changed")):
        verb, path = change.get("verb"), change.get("path")
        if isinstance(verb, str) and verb in _CHANGES and isinstance(path, str):
            yield Fact(cast("Verb", verb), "file", path)


def _processes(data: Mapping[str, Any]) -> Iterator[Fact]:
    for process in _dictionaries(data.get("processes")):
        path, times = process.get("path"), process.get("times", 1)
        if isinstance(path, str) and isinstance(times, int) and not process.get("first") and not process.get("absent"):
            yield Fact("execute", "process", os.path.basename(path) or "*", times=times)


def _endpoints(data: Mapping[str, Any]) -> Iterator[Fact]:
    flow = data.get("flow")
    if isinstance(flow, dict) and flow.get("cause") != "refused":
        host, port = flow.get("host"), flow.get("port")
        if isinstance(host, str) and isinstance(port, int):
            yield Fact("connect", "endpoint", host, port)


def _dictionaries(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, (list, tuple)) else []


def _foresees(effect: Effect, fact: Fact) -> Foreseen | None:
    """How an effect foresees a fact, if it does."""
    if effect.verb in {"opaque", "install"}:
        return "covered"
    if fact.kind == "file":
        return _foresees_file(effect, fact)
    resource = effect.resource
    if fact.kind == "process":
        named = effect.verb == "execute" and resource.kind == "process" and resource.name in {fact.name, "*"}
        return "predicted" if named else None
    if resource.kind == "endpoint":
        named = effect.verb in _OUTWARD and resource.name in {fact.name, "*"} and resource.port in {0, fact.port}
        return "predicted" if named else None
    if resource.kind == "repository" and resource.name.startswith(f"{fact.name}/"):
        return "predicted"
    return "covered" if resource.reach == "remote" and resource.kind != "process" else None


def _foresees_file(effect: Effect, fact: Fact) -> Foreseen | None:
    resource = effect.resource
    if resource.kind == "repository" and effect.verb != "read":
        tree = resource.name.partition("#")[0]
        if _beneath(fact.name, os.path.join(tree, ".git")):
            return "predicted"
        return "covered" if _beneath(fact.name, tree) else None
    fits = effect.verb == "delete" if fact.verb == "delete" else effect.verb in CHANGING
    if resource.kind != "file" or not fits:
        return None
    inside = _beneath(fact.name, resource.name)
    matches = "*" in resource.name and fnmatch.fnmatchcase(fact.name, resource.name)
    leads_there = fact.verb == "create" and _beneath(resource.name, fact.name)  # as `mkdir -p` makes
    return "predicted" if inside or matches or leads_there else None


def _beneath(path: str, top: str) -> bool:
    """Whether a path is `top`, or lies in it."""
    return os.path.isabs(top) and (path == top or path.startswith(f"{top.rstrip('/')}/"))


def _would_be_seen(effect: Effect) -> bool:
    """Whether it is certain, and of a kind that leaves a fact: the view tells the workspace's files, and no others."""
    resource = effect.resource
    if effect.certainty != "certain":
        return False
    if resource.kind == "file":
        return effect.verb in _CHANGES and resource.reach == "workspace"
    if resource.kind == "process":
        return effect.verb == "execute" and resource.reach != "remote" and resource.name not in BUILT_IN
    return resource.kind == "endpoint" and effect.verb in {"connect", "send"}
