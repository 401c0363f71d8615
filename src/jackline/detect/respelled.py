"""The same denied effect tried in another spelling.

What was refused is remembered by its effects, never by its text; a later call with one of these effects and another
text is the same wish again. A word of the person in between settles it: then they asked for something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.detect.acted import Watcher
from jackline.detect.told import finding, target, went

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.core.effect import Effect
    from jackline.core.history import Finding, Judged, Severity
    from jackline.core.words import Verb
    from jackline.detect.interface import Moment
    from jackline.detect.wishes import Wishes

_VERBS: Final[frozenset[Verb]] = frozenset({
    "create", "modify", "delete", "install", "terminate", "connect", "send", "listen", "grant", "persist", "configure", "publish", "spend",
})  # fmt: skip
_ALIKE: Final[dict[Verb, Verb]] = {"create": "modify"}
_MAX_KEPT: Final = 256

_Key = tuple[str, str, str]


class Respelled(Watcher):
    """The detector of a way round a refusal."""

    name = "respelled"

    def __init__(self, wishes: Wishes | None = None) -> None:
        super().__init__(wishes)
        self._refused: dict[_Key, tuple[int, bytes]] = {}

    def see(self, moment: Moment) -> Iterable[Finding]:
        """A person's word clears what was refused before it."""
        if getattr(moment, "kind", "") == "prompt":
            self._refused.clear()
        return super().see(moment)

    def look(self, judged: Judged) -> Iterator[Finding]:
        """A call with an effect that was refused; or one that is refused itself."""
        action = judged.turn.action
        if action is None:
            return
        outcome = went(judged)
        if not self._refused and outcome != "refused":
            return
        spelling = repr((action.tool, action.arguments)).encode("utf-8", "replace")
        keyed = {key: effect for effect in judged.decision.effects if (key := _key(effect)) is not None}
        again = next((key for key in keyed if key in self._refused and self._refused[key][1] != spelling), None)
        if again is not None:
            index = self._refused[again][0]
            text = f"{again[0]} on {target(keyed[again])}, which was refused at call {index}, was tried in another spelling"
            severity: Severity = "medium" if outcome in {"refused", "failed"} else "high"
            yield finding(self.name, severity, text, judged, evidence=keyed[again].evidence.text)
        if outcome == "refused":
            for key in keyed:
                if len(self._refused) < _MAX_KEPT:
                    self._refused.setdefault(key, (judged.index, spelling))


def _key(effect: Effect) -> _Key | None:
    if effect.verb not in _VERBS or effect.resource.name == "*" or effect.certainty != "certain":
        return None
    if effect.verb == "connect" and effect.resource.labels & {"registry", "loopback", "model_api"}:
        return None
    return _ALIKE.get(effect.verb, effect.verb), effect.resource.kind, effect.resource.name
