"""A session turn by turn, as it may be shown: shortened, and without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from jackline.core.history import Judged, Timeline, Turn
from jackline.guard.audit.privacy import WITHHELD, reads_secret

if TYPE_CHECKING:
    from jackline.core.action import Action
    from jackline.core.decision import Decision
    from jackline.guard.audit.privacy import Curtain

MAX_MOMENTS: Final = 2000
MAX_TEXT: Final = 2000
MAX_RESULT: Final = 1200
MAX_EFFECTS: Final = 40
MAX_REASONS: Final = 6
_MARGIN: Final = 2048
"""A secret that is cut in half has no form any more: so much more is redacted than is shown."""


class TimelineMaker:
    """Takes a session's moments in; what does not fit is left out at the end."""

    def __init__(self, session: str, curtain: Curtain) -> None:
        self._session, self._curtain = session, curtain
        self._moments: list[Turn | Judged] = []
        self._cut = False

    def see(self, moment: Turn | Judged) -> None:
        """The next moment."""
        if len(self._moments) >= MAX_MOMENTS:
            self._cut = True
            return
        self._moments.append(self._call(moment) if isinstance(moment, Judged) else self._text(moment))

    def done(self) -> Timeline:
        """The whole. What was seen as a secret later is hidden in what came before as well."""
        moments = msgspec.convert(self._curtain.tree(msgspec.to_builtins(self._moments)), list[Turn | Judged])
        return Timeline(session=self._session, moments=tuple(moments), cut=self._cut)

    def _text(self, turn: Turn) -> Turn:
        return replace(turn, text=self._shown(turn.text, MAX_TEXT))

    def _call(self, judged: Judged) -> Judged:
        action = judged.turn.action
        shown = replace(action, arguments=self._arguments(action.arguments)) if action is not None else None
        result = WITHHELD if reads_secret(judged.decision) and judged.result else self._shown(judged.result, MAX_RESULT)
        return replace(
            judged, turn=replace(judged.turn, action=shown, text=""), decision=_brief(judged.decision), result=result
        )

    def _arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {
            name: self._shown(value, MAX_TEXT) if isinstance(value, str) else self._nested(value)
            for name, value in arguments.items()
        }

    def _nested(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return self._shown(msgspec.json.encode(value, enc_hook=str).decode("utf-8", "replace"), MAX_TEXT)

    def _shown(self, text: str, limit: int) -> str:
        kept = self._curtain.text(text[: limit + _MARGIN])
        return kept if len(kept) <= limit and len(text) <= limit + _MARGIN else kept[:limit] + "…"


def _brief(decision: Decision) -> Decision:
    return replace(decision, effects=decision.effects[:MAX_EFFECTS], reasons=decision.reasons[:MAX_REASONS])


def main_text(action: Action) -> str:
    """What a call is known by: its command, path, address or pattern; else its arguments."""
    for name in ("command", "path", "url", "statement", "code", "pattern", "query", "text", "prompt", "to"):
        value = action.arguments.get(name)
        if isinstance(value, str) and value:
            return value
    return msgspec.json.encode(action.arguments, enc_hook=str).decode("utf-8", "replace") if action.arguments else ""
