"""What may be shown: texts without the secrets of a known form, and without what the session's own calls read as secrets.

The ledger's redactor knows the forms of secrets and the places in which they stand. A plain password in a file has no
form; but a call that read a secret is known by its effects, so what came back from it is kept out of every text of that
session, wherever it turns up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jackline.core.decision import Decision
    from jackline.ledger.redact import Redactor

MAX_SECRETS: Final = 2000
MAX_HARVESTED: Final = 256 * 1024
HIDDEN: Final = "(a secret)"
WITHHELD: Final = "(the text of a secret is not shown)"

_SECRET: Final = frozenset({"secret", "credential"})
_LINES: Final = 4000
_VALUE: Final = re.compile(r"[=:]\s*[\"']?([^\s\"',;]{4,512})")
_TOKEN: Final = re.compile(r"[^\s\"'=,;:<>(){}\[\]]{6,512}")
_WORD: Final = re.compile(r"[A-Za-z]{1,15}|[A-Z][A-Z0-9_]*|\d{1,7}|/?[a-z]+(?:/[a-z._-]+)*|[a-z_.-]+")
_COMMON: Final = frozenset(
    {"true", "false", "null", "none", "localhost", "development", "production", "staging", "test"}
)


class Curtain:
    """What hides the secrets of one session."""

    __slots__ = ("_pattern", "_redactor", "_secrets")

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def harvest(self, text: str) -> None:
        """What came back from a call that read a secret: its values are shown nowhere."""
        for line in text[:MAX_HARVESTED].splitlines()[:_LINES]:
            for value in (*_VALUE.findall(line), *_TOKEN.findall(line)):
                if len(self._secrets) >= MAX_SECRETS:
                    return
                if value.lower() not in _COMMON and not _WORD.fullmatch(value) and value not in self._secrets:
                    self._secrets.add(value)
                    self._pattern = None

    def text(self, text: str) -> str:
        """A text that may be shown."""
        if not text:
            return text
        return self._hide(self._redactor.text(text))

    def tree(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Plain data that may be shown."""
        return self._hidden(self._redactor.tree(value))

    def _hidden(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, str):
            return self._hide(value)
        if isinstance(value, dict):
            return {
                self._hide(name) if isinstance(name, str) else name: self._hidden(each) for name, each in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._hidden(each) for each in value]
        return value

    def _hide(self, text: str) -> str:
        if not self._secrets:
            return text
        if self._pattern is None:
            longest = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest)))
        return self._pattern.sub(HIDDEN, text)


def reads_secret(decision: Decision) -> bool:
    """Whether an action reads what is secret: then what came back holds it."""
    return any(
        effect.verb == "read" and (effect.resource.kind == "secret" or not _SECRET.isdisjoint(effect.resource.labels))
        for effect in decision.effects
    )
