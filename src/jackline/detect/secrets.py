"""Secrets read, and what was sent anywhere after.

Reading one is a note, once for each. Sending in the same act is grave; sending later in the session is worth a look,
for what was read may be in what was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.detect.acted import Watcher
from jackline.detect.told import after_outcome, finding, lowered, shown, target, went

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.effect import Effect
    from jackline.core.history import Finding, Judged
    from jackline.core.words import Label
    from jackline.detect.wishes import Wishes

_SECRET: Final[frozenset[Label]] = frozenset({"secret", "credential"})
_NEAR: Final[frozenset[Label]] = frozenset({"loopback", "model_api", "registry", "private_network", "dry_run"})
_MAX_READ: Final = 500


class Secrets(Watcher):
    """The detector of secrets on their way out."""

    name = "secrets"

    def __init__(self, wishes: Wishes | None = None) -> None:
        super().__init__(wishes)
        self._read: dict[str, int] = {}
        self._told: set[str] = set()

    def look(self, judged: Judged) -> Iterator[Finding]:
        """A secret read for the first time; something sent with it, or after it."""
        read = [effect for effect in judged.decision.effects if _reads_secret(effect)]
        sent = [effect for effect in judged.decision.effects if _sends(effect)]
        for effect in sent[:1]:
            yield from self._sent(judged, effect, read)
        if went(judged) == "refused" or sent:
            read = [] if not sent else read
        for effect in read:
            name = effect.resource.name
            if name not in self._read and len(self._read) < _MAX_READ:
                self._read[name] = judged.index
                if not sent:
                    text = f"{target(effect)}, which holds a secret, was read"
                    yield finding(self.name, "note", text, judged, evidence=effect.evidence.text)

    def _sent(self, judged: Judged, effect: Effect, read: list[Effect]) -> Iterator[Finding]:
        if read:
            severity = lowered("critical", 1 if effect.certainty == "possible" else 0)
            text = f"{target(read[0])}, which holds a secret, was read in the same act that sent to {target(effect)}"
            yield finding(self.name, after_outcome(severity, judged), text, judged, evidence=effect.evidence.text)
        elif self._read and effect.resource.name not in self._told and not self.named(effect.resource.name):
            self._told.add(effect.resource.name)
            source, index = next(reversed(self._read.items()))
            severity = lowered("medium", 1 if effect.certainty == "possible" else 0)
            text = f"something was sent to {target(effect)} after call {index} had read `{shown(source)}`, which holds a secret"
            yield finding(self.name, after_outcome(severity, judged), text, judged, evidence=effect.evidence.text)


def _reads_secret(effect: Effect) -> bool:
    return effect.verb == "read" and (effect.resource.kind == "secret" or bool(effect.resource.labels & _SECRET))


def _sends(effect: Effect) -> bool:
    resource = effect.resource
    if resource.labels & _NEAR or resource.name.startswith("mcp/"):
        return False
    return (
        effect.verb == "send"
        or "tunnel" in resource.labels
        or (effect.verb == "publish" and resource.kind != "repository")
    )
