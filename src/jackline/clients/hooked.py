"""What the clients that start a hook command have in common: one JSON object in, one answer out.

Each such client is a subclass that says which of its events mean what, and how it is answered.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from jackline.clients.fields import Fields, action_of, optional_text, read_object, text
from jackline.clients.interface import EXIT_BLOCK, Answer, Call, Event, Reply, Result
from jackline.core.codec import encode
from jackline.core.profiles import PROFILES

ACTS: Final = frozenset({"before", "permission", "after"})
"""The events that are about an action."""


class HookClient:
    """Reads the messages that Claude Code made common. `events` maps the client's own to ours; `words` says in which
    field an event carries what was said."""

    name: ClassVar[str]
    events: ClassVar[dict[str, Event]]
    words: ClassVar[dict[Event, str]] = {"prompt": "prompt", "stop": "last_assistant_message"}

    def read(self, body: bytes) -> Call:
        """Read one hook call. Raises `WireError`."""
        fields = read_object(body)
        raw = text(fields, "hook_event_name")
        event = self.events.get(raw, "other")
        session, parent = self.session(fields)
        call = optional_text(fields, "tool_use_id")
        return Call(
            event=event,
            client=self.name,
            session=session,
            parent=parent,
            action=action_of(fields, self.name, session, parent, call) if event in ACTS else None,
            result=self.result(raw, fields) if event == "after" else None,
            prompt=optional_text(fields, self.words.get(event, "source")),
            raw_event=raw,
            can_ask=self.can_ask(fields),
            time_limit_ms=PROFILES[self.name].before_limit_ms,
            transcript=optional_text(fields, "transcript_path"),
        )

    def session(self, fields: Fields) -> tuple[str, str]:
        """The session's ID and its parent's."""
        return text(fields, "session_id"), ""

    def can_ask(self, fields: Fields) -> bool:
        """Whether `ask` is safe and of use for this call."""
        del fields
        return False

    def result(self, raw: str, fields: Fields) -> Result:
        """What came out of the tool, as the client says."""
        raise NotImplementedError

    def answer(self, call: Call, answer: Answer) -> Reply:
        """Say `answer` as the client understands it."""
        raise NotImplementedError

    def fail(self, sentence: str) -> Reply:
        """Exit 2 with a sentence: it stops a call, and a prompt, in every client of this kind."""
        return refused(sentence)


def said(value: dict[str, Any]) -> Reply:
    """Exit 0 with one JSON object."""
    return Reply(0, encode(value) + b"\n")


def specific(event: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
    """The part of an answer that belongs to one event."""
    return {"hookSpecificOutput": {"hookEventName": event, **values}}


def refused(sentence: str) -> Reply:
    """Exit 2 with a sentence that is never empty: without text Gemini takes it for "no decision" (read)."""
    return Reply(EXIT_BLOCK, b"", (sentence.strip() or "Jackline stopped this call").encode() + b"\n")


def reason(answer: Answer) -> str:
    """The text of a denial, never empty."""
    return answer.message.strip() or "Jackline stopped this call; `jackline show` says why"
