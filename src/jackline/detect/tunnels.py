"""Tunnels and miners: ways past every rule about the network, and somebody else's use of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.detect.acted import Watcher
from jackline.detect.told import after_outcome, finding, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.history import Finding, Judged
    from jackline.core.words import Label

_TOLD: Final[dict[Label, str]] = {
    "tunnel": "was reached by a tunnel, which passes by every rule about the network",
    "miner": "mines for somebody",
}


class Tunnels(Watcher):
    """The detector of tunnels, reverse shells and miners: nobody's task needs one."""

    name = "tunnels"

    def look(self, judged: Judged) -> Iterator[Finding]:
        """The first of each."""
        for label, told in _TOLD.items():
            effect = next((one for one in judged.decision.effects if label in one.resource.labels), None)
            if effect is not None:
                text = f"{target(effect)} {told}"
                severity = after_outcome("high", judged)
                yield finding(self.name, severity, text, judged, evidence=effect.evidence.text)
