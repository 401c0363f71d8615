"""Gemini CLI: its own events and answers (measured on 0.61.0)."""

from __future__ import annotations

from jackline.clients.fields import Fields, as_text, result_of, trailer_exit_code
from jackline.clients.hooked import HookClient, reason, said, specific
from jackline.clients.interface import NOTHING_TO_SAY, Answer, Call, Reply, Result


class Gemini(HookClient):
    """Gemini's hook protocol. `ask` hangs it where nobody is, and replaces a denial of its own policy: never sent.

    Its messages have no call ID: before and after pair by order and content.
    """

    name = "gemini"
    events = {  # noqa: RUF012 - read only, and typed so in the base
        "BeforeTool": "before",
        "AfterTool": "after",
        "SessionStart": "session_start",
        "SessionEnd": "session_end",
        "BeforeAgent": "prompt",
        "AfterAgent": "stop",
    }
    words = {"prompt": "prompt", "stop": "prompt_response"}  # noqa: RUF012 - as above

    def result(self, raw: str, fields: Fields) -> Result:
        """As `tool_result`."""
        del raw
        return tool_result(fields)

    def answer(self, call: Call, answer: Answer) -> Reply:
        """`deny` with a reason, or a rewritten input, or nothing."""
        if call.event in {"before", "after", "prompt"} and answer.verdict != "allow":
            return said({"decision": "deny", "reason": reason(answer)})
        if call.event == "before" and answer.rewrite is not None:
            return said(specific(call.raw_event, tool_input=answer.rewrite))
        if call.event in {"after", "prompt", "session_start"} and answer.context:
            return said(specific(call.raw_event, additionalContext=answer.context))
        return NOTHING_TO_SAY


def tool_result(fields: Fields) -> Result:
    """What came out: `tool_response` has the model's view, the screen's, and an error if there was one."""
    given = fields.get("tool_response")
    if not isinstance(given, dict):
        return result_of(as_text(given), ok=None)
    error = given.get("error")
    output = as_text(error) if error else as_text(given.get("llmContent"))
    return result_of(output, ok=not error, exit_code=trailer_exit_code(output))
