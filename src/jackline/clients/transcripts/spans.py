"""OpenTelemetry's spans of generative AI: OTLP as JSON or JSONL, and spans as exporters for the console write them.

Read are the semantic conventions (`gen_ai.*`: `execute_tool` spans, messages as attributes or as events) and what was usual
before them (OpenLLMetry's and OpenInference's names). A conversation, else a trace, is a session; an agent that is invoked
within another is a session of its own under it. Spans are put in the order of their starts, for exporters write them as they end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import msgspec
from msgspec import Struct

from jackline.clients.transcripts.attributes import attributes_of, first, listed, messages_at, text_at
from jackline.clients.transcripts.calls import result_of
from jackline.clients.transcripts.dialogue import Dialogue
from jackline.clients.transcripts.interface import UNTIED, Header, Tie
from jackline.clients.transcripts.lines import decoded, document, stacked
from jackline.clients.transcripts.making import Speaker, first_words, json_object, micros, text_of
from jackline.clients.transcripts.toolnames import framework_tool
from jackline.core.codec import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jackline.clients.transcripts.interface import Damage, Entry
    from jackline.core.history import Outcome, Turn

NAME: Final = "otel"
MAX_SPANS: Final = 1_000_000
MAX_CHARACTERS: Final = 256 * 1024 * 1024
"""Of all texts of a file's spans, which are held until they can be put in order; the rest is counted."""

_MARKS: Final = re.compile(
    rb'"(?:resourceSpans|resource_spans|scopeSpans|parentSpanId|parent_span_id|spanId|span_id|trace_id|traceId)"'
)
_SPEECH: Final = re.compile(rb"gen_ai\.|llm\.|traceloop\.|openinference\.|tool\.name")
MAX_CLIMB: Final = 64
MAX_NESTING: Final = 8
_GROUPS: Final = (
    "resourceSpans", "resource_spans", "scopeSpans", "scope_spans", "instrumentationLibrarySpans", "spans", "data", "batches", "traces",
)  # fmt: skip
_EVENT_ROLES: Final = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool", "gen_ai.choice": "assistant",
}  # fmt: skip
_ARGUMENTS: Final = (
    "gen_ai.tool.call.arguments", "tool.parameters", "tool_call.function.arguments", "traceloop.entity.input", "input.value",
)  # fmt: skip
_CONVERSATIONS: Final = ("gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id")
_TOOL_KINDS: Final = frozenset({"tool", "execute_tool"})
_AGENT_KINDS: Final = frozenset({"agent", "invoke_agent"})
_VALUES: Final = msgspec.json.Decoder()


class _Span(Struct):
    """A span, in the words of either form."""

    id: str
    parent: str
    trace: str
    name: str
    start: int
    end: int
    attributes: dict[str, Any]
    events: list[dict[str, Any]]
    failed: bool
    line: int


class SpansSource:
    """Spans of generative AI. One object reads one unit."""

    name: ClassVar[str] = NAME

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """Nowhere: such files are named."""
        del home, environment
        return iter(())

    def recognises(self, head: bytes, path: Path) -> bool:
        """Spans that have attributes of generative AI."""
        del path
        return _MARKS.search(head) is not None and _SPEECH.search(head) is not None

    def tie(self, head: bytes, path: Path) -> Tie:
        """Nothing."""
        del head, path
        return UNTIED

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """The sessions, one after the other, each in the order of its spans."""
        spans: dict[str, _Span] = {}
        for span in _bounded(_spans(file, path, damage), path, damage):
            spans[span.id or f"#{len(spans)}"] = span
        sessions: dict[str, _Session] = {}
        for span in sorted(spans.values(), key=lambda span: (span.start, span.end, span.line)):
            name, parent = _session_of(span, spans)
            sessions.setdefault(name, _Session(name, parent)).spans.append(span)
        told = False
        for session in sorted(sessions.values(), key=lambda session: session.parent.count("/") + bool(session.parent)):
            for entry in session.entries():
                told = True
                yield entry
        if spans and not told:
            damage.unread("spans without a message or a tool: what was said was not recorded, or as logs", path)


class _Session:
    """One conversation: what was said and called in it is yielded once, however many spans repeat it."""

    def __init__(self, name: str, parent: str) -> None:
        self.name, self.parent = name, parent
        self.spans: list[_Span] = []
        self._said: set[str] = set()
        self._done: set[str] = set()

    def entries(self) -> Iterator[Entry]:
        """A header before the first turn, and the turns."""
        speaker = Speaker(self.name, NAME, self.parent)
        dialogue = Dialogue(speaker)
        executed = {call for span in self.spans if _is_tool(span) and (call := _call_id(span))}
        headed = False
        for span in self.spans:
            turns = self._tool(span, speaker) if _is_tool(span) else self._chat(span, dialogue, executed)
            for turn in turns:
                if not headed:
                    headed = True
                    yield self._header(speaker, span)
                yield turn

    def _header(self, speaker: Speaker, span: _Span) -> Header:
        agent = text_at(span.attributes, "gen_ai.agent.name")
        model = text_at(span.attributes, "gen_ai.request.model", "gen_ai.response.model", "llm.model_name")
        return Header(
            session=speaker.session, client=NAME, parent=speaker.parent, title=first_words(agent or span.name), model=model,
            at=span.start, line=span.line,
        )  # fmt: skip

    def _tool(self, span: _Span, speaker: Speaker) -> Iterator[Turn]:
        """A tool that ran."""
        about = span.attributes
        name = text_at(about, "gen_ai.tool.name", "tool.name", "traceloop.entity.name", "tool_call.function.name")
        name = name or span.name.removeprefix("execute_tool ").removesuffix(".tool")
        given = json_object(first(about, *_ARGUMENTS))
        if isinstance(given, dict) and isinstance(given.get("inputs"), dict):
            given = given["inputs"]
        call = _call_id(span) or f"span-{span.id}"
        if call in self._done:
            return
        self._done.add(call)
        tool, arguments = framework_tool(name, given)
        yield speaker.called(tool, arguments, call, span.start, span.line)
        returned = first(about, "gen_ai.tool.call.result", "traceloop.entity.output", "output.value")
        if returned is None:
            returned = next((text for event in span.events if (text := _event_text(event))), None)
        error = text_at(about, "error.type", "exception.message") or ("error" if span.failed else "")
        result = result_of({"content": returned, **({"error": error} if error else {})})
        known: Outcome = "succeeded" if result.outcome == "unknown" and returned is not None else result.outcome
        yield speaker.result(result.text, call, known, result.exit_code, span.end, span.line)

    def _chat(self, span: _Span, dialogue: Dialogue, executed: set[str]) -> Iterator[Turn]:
        """What a model was told and said; a call that has a span of its own is left to that."""
        for message, at in _messages(span):
            seen = digest(message)
            if seen in self._said:
                continue
            self._said.add(seen)
            for turn in dialogue.message({**message, "timestamp": at}, span.line):
                acts = turn.kind in {"call", "result"}
                key = f"{turn.kind} {turn.call if acts else turn.text}"
                if key in self._done or (acts and turn.call in executed):
                    continue
                if not (acts and turn.call.startswith("#")):  # numbered here: another of the same number is another
                    self._done.add(key)
                yield turn


def _is_tool(span: _Span) -> bool:
    about = span.attributes
    operation = text_at(about, "gen_ai.operation.name")
    kind = text_at(about, "traceloop.span.kind", "openinference.span.kind").lower()
    return operation in _TOOL_KINDS or kind in _TOOL_KINDS or (not operation and "gen_ai.tool.name" in about)


def _is_agent(span: _Span) -> bool:
    about = span.attributes
    kind = text_at(about, "traceloop.span.kind", "openinference.span.kind").lower()
    return text_at(about, "gen_ai.operation.name") in _AGENT_KINDS or kind in _AGENT_KINDS


def _call_id(span: _Span) -> str:
    return text_at(span.attributes, "gen_ai.tool.call.id", "tool_call.id", "tool.call.id")


def _ancestors(span: _Span, spans: Mapping[str, _Span]) -> Iterator[_Span]:
    """A span and those above it."""
    for _ in range(MAX_CLIMB):
        yield span
        above = spans.get(span.parent)
        if above is None or above is span:
            return
        span = above


def _session_of(span: _Span, spans: Mapping[str, _Span]) -> tuple[str, str]:
    """The session that a span belongs to, and that session's parent."""
    above = list(_ancestors(span, spans))
    names = (text_at(each.attributes, *_CONVERSATIONS) for each in above)
    base = next((name for name in names if name), span.trace or "trace")
    agents = [each.id for each in above if _is_agent(each)]
    inner = [base, *(f"{base}/{agent}" for agent in agents[:-1][::-1])]
    return inner[-1], inner[-2] if len(inner) > 1 else ""


def _messages(span: _Span) -> Iterator[tuple[dict[str, Any], int]]:
    """Each message of a model's call, with its time: from attributes of any of the conventions, then from events."""
    about = span.attributes
    told = (
        messages_at(about, "gen_ai.system_instructions"),
        messages_at(about, "gen_ai.input.messages", "gen_ai.prompt", "input.messages"),
        listed(about, "gen_ai.prompt", "llm.input_messages"),
    )
    answered = (
        messages_at(about, "gen_ai.output.messages", "gen_ai.completion"),
        listed(about, "gen_ai.completion", "llm.output_messages"),
    )
    for group, at, role in ((told, span.start, "user"), (answered, span.end, "assistant")):
        for messages in group:
            for message in messages:
                yield ({"role": role if messages is not told[0] else "system", **message}), at
    for event in span.events:
        yield from _event_messages(event)


def _event_messages(event: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    about = attributes_of(event.get("attributes"))
    at = micros(first(event, "timeUnixNano", "time_unix_nano", "timestamp"))
    name = text_at(about, "event.name") or str(event.get("name"))
    role = _EVENT_ROLES.get(name)
    if role is not None:
        body = json_object(first(about, "gen_ai.event.content", "body") or event.get("body") or about)
        body = body if isinstance(body, dict) else {"content": body}
        inner = json_object(body.get("message"))
        message = inner if isinstance(inner, dict) else body
        number = {"tool_call_id": message["id"]} if role == "tool" and isinstance(message.get("id"), str) else {}
        yield {"role": role, **message, "tool_calls": json_object(message.get("tool_calls")), **number}, at
    for key in ("gen_ai.input.messages", "gen_ai.output.messages"):
        for message in messages_at(about, key):
            yield message, at


def _event_text(event: dict[str, Any]) -> str:
    about = attributes_of(event.get("attributes"))
    return text_of(first(about, "gen_ai.tool.call.result", "gen_ai.tool.message", "exception.message"))


def _bounded(spans: Iterator[_Span], path: Path, damage: Damage) -> Iterator[_Span]:
    left = MAX_CHARACTERS
    for count, span in enumerate(spans):
        left -= sum(len(value) for value in span.attributes.values() if isinstance(value, str))
        if left < 0 or count >= MAX_SPANS:
            damage.unread("more spans than can be put in order", path)
            return
        yield span


def _spans(file: BinaryIO, path: Path, damage: Damage) -> Iterator[_Span]:
    head = file.read(1 << 16)
    file.seek(0)
    line, end, rest = head.partition(b"\n")
    if line.strip() == b"{":
        for number, value in stacked(file, path, damage, _VALUES):
            yield from _found(value, number)
    elif path.suffix in {".jsonl", ".ndjson"} or (end and rest.strip() and line.rstrip().endswith(b"}")):
        for number, value in decoded(file, path, damage, _VALUES):
            yield from _found(value, number)
    else:
        yield from _found(document(file, path, damage, _VALUES), 0)


def _found(value: Any, line: int, depth: int = MAX_NESTING) -> Iterator[_Span]:  # noqa: ANN401 - any JSON
    """The spans in a value: under OTLP's groups, in lists, or the value itself."""
    if depth <= 0:
        return
    if isinstance(value, list):
        for place, each in enumerate(value, 1):
            yield from _found(each, line or place, depth - 1)
    elif isinstance(value, dict):
        if (span := _span(value, line)) is not None:
            yield span
            return
        for name in _GROUPS:
            yield from _found(value.get(name), line, depth - 1)


def _span(value: dict[str, Any], line: int) -> _Span | None:
    held = value.get("context")
    context: dict[str, Any] = held if isinstance(held, dict) else value
    number = text_at(context, "spanId", "span_id")
    if not number or "name" not in value:
        return None
    status = value.get("status")
    code = first(status, "code", "status_code") if isinstance(status, dict) else status
    events = value.get("events")
    return _Span(
        id=number,
        parent=text_at(value, "parentSpanId", "parent_span_id", "parent_id"),
        trace=text_at(context, "traceId", "trace_id"),
        name=str(value["name"]),
        start=micros(first(value, "startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime")),
        end=micros(first(value, "endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime")),
        attributes=attributes_of(value.get("attributes")),
        events=[event for event in events if isinstance(event, dict)] if isinstance(events, list) else [],
        failed=code in {2, "ERROR", "STATUS_CODE_ERROR"} if isinstance(code, int | str) else False,
        line=line,
    )
