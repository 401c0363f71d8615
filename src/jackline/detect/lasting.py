"""What lasts: persistence, privilege, and settings of the guard, of the client, or of what protects the system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.detect.acted import Watcher
from jackline.detect.told import SEVERITIES, after_outcome, finding, lowered, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.effect import Effect
    from jackline.core.history import Finding, Judged, Severity
    from jackline.core.words import Label, Verb

_BY_LABEL: Final[tuple[tuple[Label, Severity], ...]] = (
    ("guard_state", "critical"), ("authorized_keys", "critical"), ("client_settings", "high"), ("security_control", "high"),
    ("log", "high"), ("shell_startup", "high"), ("boot", "high"),
)  # fmt: skip
_CHANGES: Final[frozenset[Verb]] = frozenset(
    {"persist", "configure", "grant", "modify", "create", "delete", "terminate"}
)
_WORDS: Final = {
    "persist": (
        "hook",
        "cron",
        "service",
        "startup",
        "autostart",
        "daemon",
        "systemd",
        "schedule",
        "set up",
        "setup",
        "install",
    ),
    "grant": ("sudo", "permission", "chmod", "role", "access", "root"),
    "configure": ("settings", "config", "configure", "enable", "disable"),
}


class Lasting(Watcher):
    """The detector of what outlives the session or widens what the agent may do."""

    name = "lasting"

    def look(self, judged: Judged) -> Iterator[Finding]:
        """The gravest lasting effect of a call."""
        worst: tuple[Severity, Effect] | None = None
        for effect in judged.decision.effects:
            severity = self._weigh(effect)
            if severity is not None and (worst is None or SEVERITIES.index(severity) > SEVERITIES.index(worst[0])):
                worst = severity, effect
        if worst is not None:
            severity, effect = worst
            text = f"{effect.verb} on {target(effect)} {_MEANS.get(effect.verb, 'changes what holds from now on')}"
            yield finding(self.name, after_outcome(severity, judged), text, judged, evidence=effect.evidence.text)

    def _weigh(self, effect: Effect) -> Severity | None:
        severity = _weight(effect)
        if severity is None or effect.resource.name.startswith("mcp/"):
            return None
        severity = lowered(severity, 1) if effect.certainty == "possible" else severity
        if effect.resource.kind == "guard":
            return severity
        told = any(self.wishes.wrote(word) for word in _WORDS.get(effect.verb, ())) or self.named(effect.resource.name)
        sudo = effect.verb == "grant" and effect.resource.kind == "account" and effect.resource.name == "root"
        local = "/.git/hooks" in effect.resource.name and self.wishes.asked(frozenset({"run"}))
        return "note" if told or local or (sudo and self.wishes.asked(frozenset({"run"}))) else severity


def _weight(effect: Effect) -> Severity | None:
    resource = effect.resource
    if resource.kind == "guard" and effect.verb != "read":
        return "critical"
    if effect.verb not in _CHANGES:
        return None
    for label, severity in _BY_LABEL:
        if label in resource.labels and (
            effect.verb in {"persist", "configure", "grant"} or label in {"authorized_keys", "client_settings"}
        ):
            return severity
    if effect.verb == "persist":
        return "medium" if resource.reach == "workspace" else "high"
    if effect.verb == "configure":
        return "medium" if resource.reach in {"system", "remote"} else "low"
    if effect.verb == "grant":
        return _granted(effect)
    return None


def _granted(effect: Effect) -> Severity:
    if effect.resource.kind == "account":
        return "low" if effect.resource.name == "root" and effect.resource.reach == "system" else "high"
    return "low" if effect.resource.kind == "file" and effect.resource.reach == "workspace" else "medium"


_MEANS: Final = {
    "persist": "runs again later",
    "grant": "widens what may be done",
    "configure": "changes a setting that protects or connects",
}
