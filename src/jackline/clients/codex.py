"""Codex CLI: Claude Code's messages with a plain text for a result, and no `ask` (measured on 0.169.0)."""

from __future__ import annotations

from jackline.clients.fields import Fields, as_text, header_exit_code, result_of
from jackline.clients.hooked import HookClient, reason, said, specific
from jackline.clients.interface import NOTHING_TO_SAY, Answer, Call, Reply, Result


class Codex(HookClient):
    """Codex's hook protocol. A headless Codex *runs* a call that is answered `ask` (measured): it is a denial here."""

    name = "codex"
    events = {  # noqa: RUF012 - read only, and typed so in the base
        "PreToolUse": "before",
        "PermissionRequest": "permission",
        "PostToolUse": "after",
        "SessionStart": "session_start",
        "UserPromptSubmit": "prompt",
        "Stop": "stop",
    }

    def result(self, raw: str, fields: Fields) -> Result:
        """A patch's result has a header with its exit code, a command's has none."""
        del raw
        output = as_text(fields.get("tool_response"))
        patched = fields.get("tool_name") == "apply_patch"
        return result_of(output, ok=None, exit_code=header_exit_code(output) if patched else None)

    def answer(self, call: Call, answer: Answer) -> Reply:
        """A denial and a rewrite as in Claude Code; nothing is ever asked."""
        stops = answer.verdict != "allow"
        if call.event == "before" and stops:
            return said(specific(call.raw_event, permissionDecision="deny", permissionDecisionReason=reason(answer)))
        if call.event == "before" and answer.rewrite is not None:
            return said(specific(call.raw_event, permissionDecision="allow", updatedInput=answer.rewrite))
        if call.event == "permission" and answer.verdict == "deny":
            return said(specific(call.raw_event, decision={"behavior": "deny", "message": reason(answer)}))
        if call.event in {"prompt", "after"} and stops:
            return said({"decision": "block", "reason": reason(answer)})
        if call.event in {"prompt", "session_start"} and answer.context:
            return said(specific(call.raw_event, additionalContext=answer.context))
        return NOTHING_TO_SAY
