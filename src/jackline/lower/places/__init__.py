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
    from collections.abc import Callable, Sequence

    from jackline.core.effect import Resource
    from jackline.core.words import Environment
    from jackline.lower.scope import Scope
    from jackline.lower.word import Data

endpoint: Final[Callable[[str, int, Scope], Resource]] = Deferred("jackline.lower.places.hosts", "endpoint")
normal_host: Final[Callable[[str], str]] = Deferred("jackline.lower.places.hosts", "normal_host")
environment_of_process: Final[Callable[[str], Environment]] = Deferred(
    "jackline.lower.places.processes", "environment_of_process"
)
narrowed: Final[Callable[[Sequence[str], Data], Data | None]] = Deferred("jackline.lower.places.processes", "narrowed")
script_named: Final[Callable[[str], str]] = Deferred("jackline.lower.places.processes", "script_named")
port_name: Final[Callable[[str], str]] = Deferred("jackline.lower.places.processes", "port_name")
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
    "environment_of_process",
    "file_resource",
    "guarded",
    "is_stream",
    "narrowed",
    "normal",
    "normal_host",
    "port_name",
    "real_path",
    "resolve",
    "resolve_text",
    "script_named",
    "within",
    "workspace_root",
]
