"""Paths and hosts become resources.

In: the text of a path or a host as a program would get it, and a `Scope`. Out: a `Resource` with one name for each
thing, its reach and its labels. Guaranteed: links and aliases lead to the thing itself as far as the surroundings
tell; what cannot be known is `*` in the name; nothing is looked up but through the surroundings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.lower.places.environments import environment_of
from jackline.lower.places.files import file_resource, guarded, workspace_root
from jackline.lower.places.paths import absolute, is_stream, normal, real_path, resolve, resolve_text, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.effect import Resource
    from jackline.core.words import Environment
    from jackline.lower.scope import Scope

endpoint: Final[Callable[[str, int, Scope], Resource]] = Deferred("jackline.lower.places.hosts", "endpoint")
normal_host: Final[Callable[[str], str]] = Deferred("jackline.lower.places.hosts", "normal_host")
environment_of_port: Final[Callable[[int], Environment]] = Deferred(
    "jackline.lower.places.serving", "environment_of_port"
)
environment_of_pages: Final[Callable[[int, str, Scope], Environment]] = Deferred(
    "jackline.lower.places.serving", "environment_of_pages"
)

__all__ = [
    "absolute",
    "endpoint",
    "environment_of",
    "environment_of_pages",
    "environment_of_port",
    "file_resource",
    "guarded",
    "is_stream",
    "normal",
    "normal_host",
    "real_path",
    "resolve",
    "resolve_text",
    "within",
    "workspace_root",
]
