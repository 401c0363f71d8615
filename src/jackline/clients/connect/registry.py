"""The connectors, by the clients' names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.clients.connect.claude import ClaudeConnector
from jackline.clients.connect.codex import CodexConnector
from jackline.clients.connect.gemini import GeminiConnector, QwenConnector
from jackline.clients.connect.opencode import OpencodeConnector

if TYPE_CHECKING:
    from jackline.clients.connect.interface import Connector

_ALL: Final[tuple[Connector, ...]] = (
    ClaudeConnector(),
    CodexConnector(),
    GeminiConnector(),
    QwenConnector(),
    OpencodeConnector(),
)

CONNECTORS: Final[dict[str, Connector]] = {connector.name: connector for connector in _ALL}
