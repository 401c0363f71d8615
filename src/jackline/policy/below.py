"""What an effect on a tree, or on a name that is known only in part, touches beside what it names.

`rm -rf ~` is judged on `~`, on all names below it that a rule speaks of, and on whatever of the protected resources
lies there. `rm -rf $X` is judged on every name there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.effect import Resource
from jackline.policy.names import UNKNOWN_PART, like

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jackline.core.effect import Effect
    from jackline.core.words import Kind, Verb


class Part(NamedTuple):
    """A resource that is touched as well. Where `below` is set its name is a prefix: all names that begin so."""

    resource: Resource
    below: bool


FILLING: Final[frozenset[Verb]] = frozenset({"create", "modify", "install"})

SEPARATORS: Final[dict[Kind, str]] = {
    "file": "/",
    "device": "/",
    "guard": "/",
    "infrastructure": "/",
    "repository": "/",
    "table": ".",
}
"""Between a thing's name and that of what lies in it."""

_FILES: Final[frozenset[Kind]] = frozenset({"file", "device", "guard", "secret", "memory"})
"""Kinds of resources whose names are paths, so that a tree of files can hold them."""


def is_many(resource: Resource) -> bool:
    """Whether a resource stands for more than its own name: a tree, or a name with an unknown part."""
    return "tree" in resource.labels or UNKNOWN_PART in resource.name


def parts(effect: Effect, protected: Sequence[Resource]) -> Iterator[Part]:
    """What lies below a tree or may be meant by a partly unknown name.

    What is put into a tree (an archive unpacked, a merge, a formatter's rewriting) is not taken to change every
    protected file in it; what removes or opens a tree is.
    """
    resource = effect.resource
    yield Part(_renamed(resource, prefix_of(resource)), below=True)
    if "tree" in resource.labels and effect.verb in FILLING:
        return
    kinds = _FILES if resource.kind in _FILES else {resource.kind}
    known, hole, _ = resource.name.partition(UNKNOWN_PART)
    for other in protected:
        if other.name.startswith(known) and other.kind in kinds and _means(resource, other.name, partly=bool(hole)):
            yield Part(other, below=False)


def _means(resource: Resource, name: str, *, partly: bool) -> bool:
    """Whether a tree holds a name, or a partly unknown name may be it or a directory above it."""
    if not partly:
        return name == resource.name or name.startswith(prefix_of(resource))
    pieces = tuple(resource.name.split(UNKNOWN_PART))
    return like(name, pieces) or like(name, (*pieces[:-1], pieces[-1] + "/", ""))


def prefix_of(resource: Resource) -> str:
    """How the names of all that is touched begin."""
    known, hole, _ = resource.name.partition(UNKNOWN_PART)
    separator = SEPARATORS.get(resource.kind, "")
    if hole or not separator or known.endswith(separator):
        return known
    return known + separator


def _renamed(resource: Resource, name: str) -> Resource:
    return Resource(
        resource.kind,
        name,
        resource.environment,
        resource.reach,
        resource.labels,
        resource.jurisdiction,
        resource.port,
    )
