"""The refusal: nothing runs behind walls that do not hold, unless somebody chose that by a name that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.contain.walls.table import DUTIES
from jackline.core.errors import ContainmentError

if TYPE_CHECKING:
    from jackline.contain.plan import Wall as LeftAway
    from jackline.contain.walls.probing import Report


def require(report: Report, *, unsafe_missing_walls: bool = False) -> tuple[LeftAway, ...]:
    """The walls that a plan must do without here: none, or those of the launcher's that are missing and were waived.

    Raises `ContainmentError` where a duty is not held and that was not chosen, and where no namespaces can be had: there
    is no sandbox at all then, and no option makes one.
    """
    missing = report.missing()
    if not missing:
        return ()
    said = "; ".join(f"{DUTIES[duty]}: no {', no '.join(walls)}" for duty, walls in missing.items())
    advice = " ".join(report.advice)
    if not report.holds("mounts") or not report.holds("pid namespace") or not report.holds("network namespace"):
        raise ContainmentError(f"nothing can be contained here ({said}). {advice}".strip())
    if not unsafe_missing_walls:
        raise ContainmentError(f"not all walls hold here ({said}). {advice} Or choose `--unsafe-missing-walls`.")
    waived: list[LeftAway] = []
    if not report.holds("landlock"):
        waived.append("landlock")
    if not report.holds("seccomp"):
        waived.append("seccomp")
    return tuple(waived)
