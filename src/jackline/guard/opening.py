"""A guard in this process, for `jackline check` and the library: decides, records nothing, creates no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.guard import totp
from jackline.guard.deciding import Guard
from jackline.guard.eyes import Eyes
from jackline.guard.paths import find_homes
from jackline.guard.policies import PolicyShelf

if TYPE_CHECKING:
    from jackline.guard.paths import Homes


def open_guard(homes: Homes | None = None) -> Guard:
    """A guard with the user's policies and words. What is wrong with them is said by each decision: a denial."""
    where = homes or find_homes()
    approvals = 2 if totp.is_enrolled(where.totp) else 1
    return Guard(PolicyShelf(where), Eyes(where), approvals=approvals)
