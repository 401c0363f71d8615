"""What the table's acts do: one function each, from one call to its effects and its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.program.acts import on_files, on_network, on_processes, on_stores
from jackline.lower.program.acts.on_stores import CLOUDS, cloud_method
from jackline.lower.program.acts.site import CallSite

if TYPE_CHECKING:
    from jackline.lower.program.acts.site import Act
    from jackline.lower.program.values import Value

ACTS: Final[dict[str, Act]] = {**on_files.ACTS, **on_processes.ACTS, **on_network.ACTS, **on_stores.ACTS}
"""Every act that `calls.toml` may name."""


def perform(act: str, call: CallSite) -> Value:
    """Do what the table says of one call."""
    return ACTS[act](call)


__all__ = ["ACTS", "CLOUDS", "CallSite", "cloud_method", "perform"]
