"""Irreversible acts: what was deleted, overwritten, sent to production or spent, and no undo would have brought back.

What the guard would have made undoable, and what the person asked for by name, is a note: it is told, and is no alarm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.history import fate_of
from jackline.detect.acted import Watcher, certain
from jackline.detect.told import SEVERITIES, after_outcome, finding, lowered, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.effect import Effect
    from jackline.core.history import Finding, Judged, Severity
    from jackline.core.words import Kind, Label, Verb
    from jackline.detect.acts import Act

_VERBS: Final[frozenset[Verb]] = frozenset({"delete", "modify", "terminate", "spend", "publish", "configure"})
_LOST: Final[frozenset[Label]] = frozenset(
    {"uncommitted", "untracked", "unpushed", "irreplaceable", "backup", "snapshot", "state_file"}
)
_FAR: Final[frozenset[Label]] = frozenset({"root", "raw_device", "boot"})
_BY_KIND: Final[dict[Kind, Severity]] = {
    "device": "critical", "infrastructure": "high", "table": "high", "account": "high", "secret": "high", "money": "high",
    "memory": "medium", "repository": "medium", "package": "medium", "message": "low",
}  # fmt: skip
_ACTS: Final[dict[Verb, frozenset[Act]]] = {
    "delete": frozenset({"delete"}), "terminate": frozenset({"delete"}), "modify": frozenset({"change"}),
    "spend": frozenset({"pay", "book"}), "publish": frozenset({"send", "share"}), "configure": frozenset({"change"}),
}  # fmt: skip


class Irreversible(Watcher):
    """The detector of what cannot be taken back."""

    name = "irreversible"

    def look(self, judged: Judged) -> Iterator[Finding]:
        """The gravest irreversible effect of a call."""
        worst: tuple[Severity, Effect] | None = None
        for effect in certain(judged):
            if effect.reversible == "no" and effect.verb in _VERBS:
                severity = self._weigh(effect, judged)
                if worst is None or SEVERITIES.index(severity) > SEVERITIES.index(worst[0]):
                    worst = severity, effect
        if worst is not None:
            severity, effect = worst
            text = f"{effect.verb} on {target(effect)} could not be taken back"
            yield finding(self.name, after_outcome(severity, judged), text, judged, evidence=effect.evidence.text)

    def _weigh(self, effect: Effect, judged: Judged) -> Severity:
        if fate_of(judged.decision) in {"allowed", "undoable", "contained", "rehearsed"} or self.named(
            effect.resource.name
        ):
            return "note"
        severity = _weight(effect)
        asked = self.wishes.asked(_ACTS[effect.verb])
        return lowered(severity, (2 if asked else 0) + (2 if effect.resource.environment == "development" else 0))


def _weight(effect: Effect) -> Severity:
    resource = effect.resource
    if resource.labels & _FAR:
        return "critical"
    if resource.kind != "file":
        grave = (
            resource.labels & {"forced", "default_branch"} == {"forced", "default_branch"} or resource.labels & _LOST
        )
        return "high" if grave else _BY_KIND.get(resource.kind, "low")
    if resource.reach in {"home", "system", "remote"}:
        return "high" if "tree" in resource.labels else "medium"
    if resource.labels & _LOST:
        return "high" if "tree" in resource.labels else "medium"
    return "low" if "tree" in resource.labels else "note"
