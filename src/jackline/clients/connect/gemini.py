"""Gemini CLI and Qwen Code: hooks in their settings, time limits in milliseconds."""

from __future__ import annotations

from typing import Any, Final

from jackline.clients.connect.hooks import REPORT_LIMIT_MS, Commands, decides_limit_ms, handler
from jackline.clients.connect.interface import FileEdits, Place, Programs

GEMINI_REPORTED: Final = ("AfterTool", "SessionStart", "SessionEnd", "BeforeAgent", "AfterAgent")
QWEN_REPORTED: Final = ("PostToolUse", "SessionStart", "UserPromptSubmit", "Stop")
ABOUT_TOOLS: Final = frozenset({"AfterTool", "PostToolUse"})


class GeminiConnector:
    """Connects Gemini CLI."""

    name: str = "gemini"
    decided: str = "BeforeTool"
    reported: tuple[str, ...] = GEMINI_REPORTED

    def wanted(self, place: Place, programs: Programs) -> tuple[FileEdits, ...]:
        """The guard's launcher, then the settings. Each handler has a name, by which the client's own list of hooks shows it."""
        ours = Commands(self.name, place, programs)
        stops: dict[str, Any] = {"name": "jackline", "command": ours.decides, "timeout": decides_limit_ms(self.name)}
        tells: dict[str, Any] = {"name": "jackline", "command": ours.reports, "timeout": REPORT_LIMIT_MS}
        edits = [handler(self.decided, {"matcher": "*"}, stops)]
        edits += [handler(event, {"matcher": "*"} if event in ABOUT_TOOLS else {}, tells) for event in self.reported]
        return (ours.guard(), FileEdits(place.settings(self.name), tuple(edits)))


class QwenConnector(GeminiConnector):
    """Connects Qwen Code: the same file shape with Claude Code's event names."""

    name = "qwen"
    decided = "PreToolUse"
    reported = QWEN_REPORTED
