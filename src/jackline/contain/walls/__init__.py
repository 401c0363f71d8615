"""Walls: which of them holds which duty on this machine, tried and not believed.

In: nothing but the machine. Out: a `Report` that says of each wall whether it holds, of each duty what is left of it, and of
what is missing how to get it; `doctor` shows it, the keeper asks it before it opens a session. Guaranteed: a wall that is
configured and does not refuse counts as missing; a duty without a wall is refused unless the caller says `unsafe`.
"""

from jackline.contain.walls.probing import Report, Tried, examine, remembered
from jackline.contain.walls.requiring import require

__all__ = ["Report", "Tried", "examine", "remembered", "require"]
