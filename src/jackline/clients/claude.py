"""Claude Code: its hook messages, and the answers that it obeys (measured on 2.1.330; `docs/clients.md`)."""

from __future__ import annotations

from typing import Any, Final

from jackline.clients.fields import Fields, as_text, header_exit_code, optional_text, result_of, text
from jackline.clients.hooked import HookClient, reason, said, specific
from jackline.clients.interface import NOTHING_TO_SAY, Answer, Call, Reply, Result

ATTENDED_MODES: Final = frozenset({"default", "acceptEdits", "plan", "auto"})
"""Permission modes in which an `ask` is a prompt to a person. In the others nobody expects one: the guard's own
question waits instead, where `jackline approve` answers it."""


class Claude(HookClient):
    """Claude Code's hook protocol."""

    name = "claude"
    events = {  # noqa: RUF012 - read only, and typed so in the base
        "PreToolUse": "before",
        "PermissionRequest": "permission",
        "PostToolUse": "after",
        "PostToolUseFailure": "after",
        "SessionStart": "session_start",
        "SubagentStart": "session_start",
        "SessionEnd": "session_end",
        "UserPromptSubmit": "prompt",
        "Stop": "stop",
        "SubagentStop": "stop",
    }

    def session(self, fields: Fields) -> tuple[str, str]:
        """All of a session's sub-agents share its ID: theirs is made by adding their own."""
        session, agent = text(fields, "session_id"), optional_text(fields, "agent_id")
        return (f"{session}/{agent}", session) if agent else (session, "")

    def can_ask(self, fields: Fields) -> bool:
        """In an attended mode; a headless Claude Code stops what is answered `ask` (measured)."""
        return optional_text(fields, "permission_mode") in ATTENDED_MODES

    def result(self, raw: str, fields: Fields) -> Result:
        """A failure is an event of its own, with the exit code at the head of its text."""
        if raw == "PostToolUseFailure":
            output = as_text(fields.get("error"))
            return result_of(output, ok=False, exit_code=header_exit_code(output))
        given = fields.get("tool_response")
        if not isinstance(given, dict) or "stdout" not in given:
            return result_of(as_text(given), ok=True)
        output = "\n".join(part for part in (as_text(given["stdout"]), as_text(given.get("stderr"))) if part)
        if given.get("interrupted") is True:
            return result_of(output, ok=False)
        # A command in the background has only been started: it has no exit code, and nobody will tell it.
        return result_of(output, ok=True, exit_code=None if "backgroundTaskId" in given else 0)

    def answer(self, call: Call, answer: Answer) -> Reply:
        """Say it as JSON with exit 0: exit 2 would show the model the hook's own command line beside the reason."""
        if call.event == "before":
            return _before(call, answer)
        if call.event == "permission":
            return _permission(answer)
        if call.event in {"prompt", "after"} and answer.verdict != "allow":
            return said({"decision": "block", "reason": reason(answer)})
        if call.event in {"prompt", "after", "session_start"} and answer.context:
            return said(specific(call.raw_event, additionalContext=answer.context))
        return NOTHING_TO_SAY


def _before(call: Call, answer: Answer) -> Reply:
    if answer.verdict != "allow":
        verdict = "ask" if answer.verdict == "ask" and call.can_ask else "deny"
        return said(specific(call.raw_event, permissionDecision=verdict, permissionDecisionReason=reason(answer)))
    values: dict[str, Any] = {}
    if answer.rewrite is not None:
        values = {"permissionDecision": "allow", "updatedInput": answer.rewrite}
    if answer.context:
        values["additionalContext"] = answer.context
    return said(specific(call.raw_event, **values)) if values else NOTHING_TO_SAY


def _permission(answer: Answer) -> Reply:
    """A denial only: to answer `allow` here would take the client's own prompt away from the person."""
    if answer.verdict != "deny":
        return NOTHING_TO_SAY
    return said(specific("PermissionRequest", decision={"behavior": "deny", "message": reason(answer)}))
