"""opencode: our plugin's messages (measured on 1.18.33). The plugin is `connect/plugin/opencode.js`.

opencode calls a function in its own process; the function hands us `{event, directory, input, output}`, where input and
output are the callback's own arguments, and does what the answer says: it throws the reason (the model reads it), puts
the rewritten arguments in place, or lets the call go.
"""

from __future__ import annotations

from typing import ClassVar, Final

from jackline.clients.fields import (
    Fields,
    absolute,
    as_text,
    optional_text,
    read_object,
    result_of,
    table,
    text,
)
from jackline.clients.hooked import reason, refused, said
from jackline.clients.interface import NOTHING_TO_SAY, Answer, Call, Event, Reply, Result
from jackline.core.action import Action
from jackline.core.profiles import PROFILES
from jackline.core.tools import canonical, served

EVENTS: Final[dict[str, Event]] = {"tool.execute.before": "before", "tool.execute.after": "after"}


class Opencode:
    """The protocol between our plugin and the guard."""

    name: ClassVar[str] = "opencode"

    def read(self, body: bytes) -> Call:
        """Read one call of the plugin. Raises `WireError`."""
        fields = read_object(body)
        raw = text(fields, "event")
        event = EVENTS.get(raw, "other")
        given = table(fields, "input")
        session = text(given, "sessionID")
        output = table(fields, "output") if event != "other" else {}
        return Call(
            event=event,
            client=self.name,
            session=session,
            action=_action(fields, given, output, event, session) if event != "other" else None,
            result=_result(output) if event == "after" else None,
            raw_event=raw,
            time_limit_ms=PROFILES[self.name].before_limit_ms,
        )

    def answer(self, call: Call, answer: Answer) -> Reply:
        """What the plugin does: `deny` throws, `args` replaces."""
        if call.event == "before" and answer.verdict != "allow":
            return said({"deny": reason(answer)})
        if call.event == "before" and answer.rewrite is not None:
            return said({"args": answer.rewrite})
        return NOTHING_TO_SAY

    def fail(self, sentence: str) -> Reply:
        """Exit 2 with the sentence: the plugin throws it."""
        return refused(sentence)


def _action(fields: Fields, given: Fields, output: Fields, event: Event, session: str) -> Action:
    arguments = table(output, "args") if event == "before" else table(given, "args")
    tool, renamed = canonical(served(text(given, "tool")), arguments)
    claim = arguments.get("description")
    return Action(
        tool=tool,
        arguments=renamed,
        cwd=absolute(fields, "directory"),
        session=session,
        client=Opencode.name,
        call=optional_text(given, "callID"),
        description=claim if isinstance(claim, str) else "",
    )


def _result(output: Fields) -> Result:
    details = output.get("metadata")
    code = details.get("exit") if isinstance(details, dict) else None
    known = code if isinstance(code, int) and not isinstance(code, bool) else None
    return result_of(as_text(output.get("output")), ok=None, exit_code=known)
