"""What data cannot say gracefully: one small function a tool, named by its entry (`special = "find"`).

Each gets a `Call` whose options, operands and roles have been applied, and adds the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.special.copying import copy, link, move
from jackline.lower.catalogue.special.feeding import parallel, xargs
from jackline.lower.catalogue.special.finding import fd, find
from jackline.lower.catalogue.special.interpreting import python_module, shell
from jackline.lower.catalogue.special.wrapping import debugger, env, flock

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.catalogue.call import Call

SPECIALS: Final[dict[str, Callable[[Call], None]]] = {
    "copy": copy,
    "fd": fd,
    "find": find,
    "debugger": debugger,
    "env": env,
    "flock": flock,
    "link": link,
    "move": move,
    "python_module": python_module,
    "shell": shell,
    "parallel": parallel,
    "xargs": xargs,
}
