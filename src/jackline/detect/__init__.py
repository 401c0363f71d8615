"""Detectors: folds over what an agent did that name what a person should look at.

In come the moments of one session, in order: texts as `Turn`, calls as `Judged` (see `interface`). Out go `Finding`s.
Guaranteed: a detector reads effects, never the text of a command, but for what the command runs (`runs`) or edits (`edited`);
only `injection` and `claims` read prose, since prose is what they are about. Memory is bounded, no input makes one raise, and
no finding holds a secret's value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.detect.checks import Checks
from jackline.detect.claims import Claims
from jackline.detect.fetched import Fetched
from jackline.detect.injection import Injection
from jackline.detect.irreversible import Irreversible
from jackline.detect.lasting import Lasting
from jackline.detect.outside import Outside
from jackline.detect.production import Production
from jackline.detect.respelled import Respelled
from jackline.detect.secrets import Secrets
from jackline.detect.tunnels import Tunnels
from jackline.detect.wishes import Wishes

if TYPE_CHECKING:
    from jackline.detect.interface import Detector


def detectors() -> tuple[Detector, ...]:
    """A fresh set for one session, in the order in which their findings are told."""
    wishes = Wishes()
    return (
        Injection(wishes), Irreversible(wishes), Production(wishes), Secrets(wishes), Outside(wishes), Lasting(wishes),
        Checks(wishes), Respelled(wishes), Fetched(wishes), Tunnels(wishes), Claims(),
    )  # fmt: skip
