"""Work outside the workspace: files changed in the home, in the system, or in another user's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.detect.acted import Watcher, certain
from jackline.detect.told import SEVERITIES, after_outcome, finding, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.effect import Effect
    from jackline.core.history import Finding, Judged, Severity
    from jackline.core.words import Label, Verb

_WEIGHTS: Final[dict[tuple[str, Verb], Severity]] = {
    ("home", "create"): "note", ("home", "modify"): "low", ("home", "delete"): "medium", ("home", "grant"): "medium",
    ("system", "create"): "low", ("system", "modify"): "medium", ("system", "delete"): "high", ("system", "grant"): "high",
}  # fmt: skip
_ELSEWHERE: Final[frozenset[Label]] = frozenset(
    {"persistence", "shell_startup", "authorized_keys", "client_settings", "guard_state"}
)
"""What `lasting` tells of."""
_NOWHERE: Final = frozenset({"", "/"})


class Outside(Watcher):
    """The detector of work outside the workspace."""

    name = "outside"

    def look(self, judged: Judged) -> Iterator[Finding]:
        """The gravest change outside. Where the transcript says no directory, nothing is known to be outside."""
        action = judged.turn.action
        if action is None or action.cwd in _NOWHERE:
            return
        worst: tuple[Severity, Effect] | None = None
        for effect in certain(judged):
            severity = _weight(effect)
            if severity is not None and (worst is None or SEVERITIES.index(severity) > SEVERITIES.index(worst[0])):
                worst = severity, effect
        if worst is not None:
            severity, effect = worst
            severity = "note" if self.named(effect.resource.name) else after_outcome(severity, judged)
            text = f"{effect.verb} on {target(effect)}, outside the workspace"
            yield finding(self.name, severity, text, judged, evidence=effect.evidence.text)


def _weight(effect: Effect) -> Severity | None:
    resource = effect.resource
    if resource.kind != "file" or resource.labels & _ELSEWHERE:
        return None
    severity = _WEIGHTS.get((resource.reach, effect.verb))
    return "high" if severity is not None and "other_user" in resource.labels else severity
