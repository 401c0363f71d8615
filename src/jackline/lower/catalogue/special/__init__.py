"""What data cannot say gracefully: one small function a tool, named by its entry (`special = "find"`).

Each gets a `Call` whose options, operands and roles have been applied, and adds the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.special.copying import copy, link, move

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.catalogue.call import Call

SPECIALS: Final[dict[str, Callable[[Call], None]]] = {
    "copy": copy,
    "link": link,
    "move": move,
}
