"""Qwen Code: Gemini CLI's tools and results under Claude Code's events and answers (measured on 0.15.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.clients.codex import Codex
from jackline.clients.gemini import tool_result

if TYPE_CHECKING:
    from jackline.clients.fields import Fields
    from jackline.clients.interface import Result


class Qwen(Codex):
    """Qwen's hook protocol: answered as Codex is, its results read as Gemini's are."""

    name = "qwen"

    def result(self, raw: str, fields: Fields) -> Result:
        """As Gemini's."""
        del raw
        return tool_result(fields)
