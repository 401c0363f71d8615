"""Whether what was predicted covers what happened, and what was predicted and did not happen."""

from __future__ import annotations

import posixpath
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.effect import Effect
    from tests.truth.facts import Fact

COVERS = {
    "read": {"read", "modify", "send", "execute"},
    "create": {"create", "modify", "install"},
    "modify": {"modify", "delete", "install"},
    "mode": {"modify", "grant", "create", "install"},
    "delete": {"delete"},
    "transient": {"create", "modify", "delete"},
    "execute": {"execute"},
    "connect": {"connect", "send"},
    "listen": {"listen"},
    "kill": {"terminate"},
    "mount": {"configure", "modify"},
}
"""What happened → verbs of which one must have been predicted. `create` does not cover `modify`: what stood there is lost."""

PATHS = frozenset({"file", "guard", "device", "secret", "memory"})
HAPPENING = frozenset({"create", "modify", "delete", "grant", "terminate", "connect", "listen", "send"})
"""Predicted verbs whose happening can be seen, and is asked for. (`read` and `execute` are asked for one by one.)"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A reviewed reason why a fact needs no prediction: `verbs` on names like `name` by programs like `program`."""

    verbs: frozenset[str]
    name: re.Pattern[str]
    program: re.Pattern[str]
    why: str

    def holds(self, fact: Fact) -> bool:
        return (
            fact.verb in self.verbs and bool(self.name.fullmatch(fact.name)) and bool(self.program.search(fact.program))
        )


@cache
def allowances() -> tuple[Allowance, ...]:
    """Those of `allowances.toml`."""
    table = tomllib.loads((Path(__file__).parent / "allowances.toml").read_text(encoding="utf-8"))
    return tuple(
        Allowance(
            frozenset(one["verbs"].split()), re.compile(one["name"]), re.compile(one.get("program", "")), one["why"]
        )
        for one in table["allowance"]
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of a run: the files that lowering read to judge what is in them, those that git tracks."""

    read: frozenset[str] = frozenset()
    tracked: frozenset[str] = frozenset()


def missing(facts: Iterable[Fact], effects: Iterable[Effect], known: Known) -> list[Fact]:
    """What happened, was not predicted, and has no allowance."""
    predicted = list(effects)
    return [
        fact
        for fact in facts
        if not any(covers(effect, fact, known) for effect in predicted)
        and not (fact.verb == "read" and (fact.name in known.read or (_by_git(fact) and fact.name in known.tracked)))
        and not any(one.holds(fact) for one in allowances())
    ]


def unhappened(effects: Iterable[Effect], facts: Iterable[Fact], known: Known) -> list[Effect]:
    """What was predicted, could have been seen, and did not happen."""
    seen = list(facts)
    return [
        effect for effect in effects if observable(effect) and not any(covers(effect, fact, known) for fact in seen)
    ]


def observable(effect: Effect) -> bool:
    """Whether a trace and the file system would show it."""
    return effect.verb in HAPPENING and (
        effect.resource.kind in PATHS or effect.verb not in {"create", "modify", "delete", "grant"}
    )


def covers(effect: Effect, fact: Fact, known: Known) -> bool:
    """Whether this effect says that this would happen."""
    kind = effect.resource.kind
    if kind == "repository" and _by_git(fact):
        return _in_repository(effect, fact, known)
    if kind == "table":
        changed = fact.verb in {"create", "modify"} and effect.verb in _CHANGES
        return fact.name == effect.resource.name.partition("#")[0] and (fact.verb == "read" or changed)
    if fact.verb == "create" and effect.verb == "delete" and effect.resource.name == fact.name:
        return True  # emptied, and judged as if it were there already
    if effect.verb not in COVERS[fact.verb]:
        return False
    if fact.verb == "execute":
        return kind in {"process", "agent"} and posixpath.basename(effect.resource.name) == posixpath.basename(
            fact.name
        )
    if fact.verb in {"connect", "listen", "kill", "mount"}:
        return True
    return kind in PATHS and (_names(effect, fact) or _names(effect, fact, real=True))


_CHANGES = frozenset({"create", "modify", "delete", "publish", "install"})


def _by_git(fact: Fact) -> bool:
    return posixpath.basename(fact.program).startswith("git")


def _in_repository(effect: Effect, fact: Fact, known: Known) -> bool:
    """What git does to the files of a repository whose change was predicted: to its own, and to those that it tracks.

    A file that git does not know goes only where something of the repository was said to be deleted.
    """
    root = effect.resource.name.partition("#")[0]
    if not fact.name.startswith(root + "/"):
        return False
    if fact.verb == "read":
        return effect.verb in {"read"} | _CHANGES
    if fact.verb == "delete" and fact.name not in known.tracked and "/.git/" not in fact.name:
        return effect.verb == "delete"
    return effect.verb in _CHANGES


def _names(effect: Effect, fact: Fact, *, real: bool = False) -> bool:
    """Whether the effect's name is this path, stands for it, or is above it where a tree is meant."""
    name, path = effect.resource.name, fact.real if real else fact.name
    if name in {path, "*"}:
        return True
    if fact.verb == "create" and name.startswith(path + "/"):
        return True  # a directory on the way to what was said to be created
    if any(sign in name for sign in "*?[") or _TEMPLATE.search(name):
        return bool(_pattern(name).fullmatch(path)) or (_tree(effect) and bool(_pattern(f"{name}/*").fullmatch(path)))
    return _tree(effect) and path.startswith(name.rstrip("/") + "/")


_TEMPLATE = re.compile("XXX+")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """A name in which something is not known: `*` is any text, `/*/` may be no directory at all, and so is a template's `XXX`."""
    name = _TEMPLATE.sub("*", name)
    return re.compile(
        re.sub(r"/\\\*/", "/(?:.*/)?", re.escape(name)).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL
    )


def _tree(effect: Effect) -> bool:
    """Whether what is beneath is meant too: a tree, or more than one thing."""
    many = effect.extent.at_most is None or effect.extent.at_most > 1
    return "tree" in effect.resource.labels or many
