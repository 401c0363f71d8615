"""Which versions of the clients were learned from: what is newer is read all the same, and said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jackline.clients.transcripts.interface import Damage

_NUMBERS: Final = re.compile(r"\d{1,9}")


def note_newer(damage: Damage, name: str, version: str, newest: str) -> None:
    """Note a version after the newest that was tested."""
    if version and _parts(version) > _parts(newest):
        damage.newer.add(f"{name} {version[:40]} (tested up to {newest})")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _NUMBERS.findall(version.partition("-")[0])[:4])
