"""Production touched: any effect that changes what is labelled production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.detect.acted import Watcher
from jackline.detect.told import after_outcome, finding, lowered, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.history import Finding, Judged, Severity
    from jackline.core.words import Verb

_WEIGHTS: Final[dict[Verb, Severity]] = {
    "delete": "critical", "terminate": "high", "modify": "high", "grant": "high", "configure": "high", "publish": "high",
    "create": "medium", "execute": "medium", "install": "medium", "persist": "high", "send": "medium", "spend": "high",
}  # fmt: skip
_SAID: Final = ("production", "prod", "live")


class Production(Watcher):
    """The detector of changes to production."""

    name = "production"

    def look(self, judged: Judged) -> Iterator[Finding]:
        """The gravest effect on production of a call."""
        touched = [
            effect
            for effect in judged.decision.effects
            if effect.resource.environment == "production"
            and effect.verb in _WEIGHTS
            and not effect.resource.labels & {"dry_run", "read_only"}
        ]
        if not touched:
            return
        gravest = min(touched, key=lambda effect: _ORDER.index(_WEIGHTS[effect.verb]))
        severity = _WEIGHTS[gravest.verb]
        if self.named(gravest.resource.name) or any(self.wishes.wrote(word) for word in _SAID):
            severity = lowered(severity, 3)
        severity = lowered(severity, 1) if gravest.certainty == "possible" else severity
        text = f"{gravest.verb} on {target(gravest)} reached production"
        yield finding(self.name, after_outcome(severity, judged), text, judged, evidence=gravest.evidence.text)


_ORDER: Final = ("critical", "high", "medium", "low", "note")
