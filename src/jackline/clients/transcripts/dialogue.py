"""One conversation, written as a list of messages, items or steps in any usual form, as turns."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from jackline.clients.transcripts.calls import Called, Returned, call_of, calls_in, is_call, is_result, result_of
from jackline.clients.transcripts.making import Speaker, json_object, kind_of, micros, text_of
from jackline.clients.transcripts.spoken import calls_spoken, result_spoken
from jackline.clients.transcripts.toolnames import framework_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.history import Turn, TurnKind

Table = dict[str, Any]

ROLES: Final[dict[str, TurnKind]] = {
    "system": "system", "developer": "system", "context": "system", "summary": "system",
    "user": "prompt", "human": "prompt", "prompter": "prompt", "customer": "prompt", "humanmessage": "prompt",
    "systemmessage": "system",
    "assistant": "said", "ai": "said", "gpt": "said", "model": "said", "agent": "said", "bot": "said", "chatgpt": "said",
    "aimessage": "said", "aimessagechunk": "said", "chatbot": "said", "llm": "said",
    "tool": "result", "function": "result", "observation": "result", "environment": "result", "ipython": "result", "toolmessage": "result",
    "tool_result": "result", "tool_response": "result", "function_response": "result", "tool_output": "result", "env": "result",
    "functionmessage": "result", "execution": "result",
    "function_call": "call", "tool_call": "call", "action": "call",
}  # fmt: skip
"""How conversations name who speaks."""

MAX_PENDING: Final = 4096
_TIMES: Final = ("timestamp", "created_at", "time", "createdAt", "ts", "created", "date")
_UNTEXTUAL: Final = frozenset({"thinking", "redacted_thinking", "reasoning", "image", "image_url"})


def role_of(message: Any) -> str:  # noqa: ANN401 - any JSON
    """How a message names its speaker, in small letters; "" where it is no message."""
    if not isinstance(message, dict):
        return ""
    role = message.get("role")
    if isinstance(role, str) and (known := role.lower()) in ROLES:
        return known
    author = message.get("author")
    for value in (
        message.get("from"),
        author.get("role") if isinstance(author, dict) else None,
        _langchain(message),
    ):
        if isinstance(value, str) and value.lower() in ROLES:
            return value.lower()
    if is_call(message):
        return "function_call"
    if is_result(message):
        return "tool"
    kind = kind_of(message).lower()
    return kind if kind in ROLES and _CONTENT & message.keys() else ""


_CONTENT: Final = frozenset({"content", "value", "text", "data", "kwargs", "message", "tool_calls", "parts"})


def _langchain(message: Table) -> str | None:
    """The class's name in LangChain's serialised messages."""
    path = message.get("id")
    return (
        path[-1]
        if message.get("lc") is not None and isinstance(path, list) and path and isinstance(path[-1], str)
        else None
    )


def _unwrapped(message: Table) -> Table:
    """A message whose content stands in an object of its own: LangChain's serialised ones, and those of stream logs."""
    if "content" in message:
        return message
    names = ("kwargs",) if message.get("lc") is not None else ("data", "message")
    inner = next((message[name] for name in names if isinstance(message.get(name), dict)), None)
    return message if inner is None else {**message, "message": None, **inner}


class Dialogue:
    """Makes one conversation's turns. Results without an ID belong to the oldest call that has none yet."""

    __slots__ = ("_count", "_open", "_spoken", "speaker")

    def __init__(self, speaker: Speaker, *, spoken: bool = False) -> None:
        self.speaker = speaker
        self._open: deque[tuple[str, str]] = deque(maxlen=MAX_PENDING)
        self._count = 0
        self._spoken = spoken

    def turns(self, messages: list[Any], line: int = 0) -> Iterator[Turn]:
        """The turns of all messages. `line` is theirs; 0: each one's place in the list, from 1."""
        for place, message in enumerate(messages, 1):
            if isinstance(message, dict):
                yield from self.message(message, line or place)
            elif isinstance(message, list):
                yield from self.turns(message, line or place)
            elif isinstance(message, str) and message.strip():
                yield self.speaker.words("system", message, 0, line or place)

    def message(self, message: Table, line: int) -> Iterator[Turn]:
        """The turns of one message."""
        role = role_of(message)
        message = _unwrapped(message)
        at = next((when for name in _TIMES if name in message and (when := micros(message[name]))), 0)
        kind: TurnKind = ROLES.get(role, "system")
        if kind == "call":
            yield from self._calls([call for each in self._inline(message) if (call := call_of(each))], at, line)
            if message.get("type") == "mcp_call" and (message.get("output") is not None or message.get("error")):
                yield self._result(result_of(message), at, line)
        elif kind == "result":
            yield from self._results(message, at, line)
        else:
            yield from self._spoken_by(kind, message, at, line)

    def _inline(self, message: Table) -> list[Any]:
        """A message that is itself a call, or whose content is one written as JSON."""
        if call_of(message) is not None and "value" not in message:
            return [message]
        content = json_object(message.get("value", message.get("content")))
        return content if isinstance(content, list) else [content]

    def _results(self, message: Table, at: int, line: int) -> Iterator[Turn]:
        """A message of a tool: one result, or several as parts."""
        content = message.get("content", message.get("parts"))
        parts = (
            [part for part in content if isinstance(part, dict) and (is_result(part) or "functionResponse" in part)]
            if isinstance(content, list)
            else []
        )
        for each in parts or [message]:
            yield self._result(result_of(each), at, line)

    def _spoken_by(self, kind: TurnKind, message: Table, at: int, line: int) -> Iterator[Turn]:
        """A message of a person, the agent or the system, with the calls and results among its parts."""
        content = next(
            (
                message[name]
                for name in ("content", "value", "parts", "text", "message")
                if message.get(name) is not None
            ),
            None,
        )
        texts: list[str] = []
        called: list[Called] = []
        results: list[Returned] = []
        for part in content if isinstance(content, list) else [content]:
            if not isinstance(part, dict):
                texts.append(text_of(part))
            elif is_result(part) or "functionResponse" in part:
                results.append(result_of(part))
            elif is_call(part) or "functionCall" in part:
                if (call := call_of(part)) is not None:
                    called.append(call)
            elif kind_of(part) not in _UNTEXTUAL and not part.get("thought"):
                texts.append(text_of(part))
        text = "\n".join(each for each in texts if each)
        for result in results:
            yield self._result(result, at, line)
        if self._spoken and kind == "prompt" and self._open and (heard := result_spoken(text)) is not None:
            yield self._result(heard, at, line)
            return
        if text.strip():
            yield self.speaker.words(kind, text, at, line)
        if kind == "said":
            called += calls_in(message)
            called += calls_spoken(text) if self._spoken and not called else ()
        yield from self._calls(called, at, line)

    def _calls(self, calls: list[Called], at: int, line: int) -> Iterator[Turn]:
        for call in calls:
            tool, arguments = framework_tool(call.name, call.arguments)
            self._count += 1
            number = call.id or f"#{self._count}"
            self._open.append((number, call.name))
            yield self.speaker.called(tool, arguments, number, at, line)

    def _result(self, result: Returned, at: int, line: int) -> Turn:
        number = self._asked(result)
        return self.speaker.result(result.text, number, result.outcome, result.exit_code, at, line)

    def _asked(self, result: Returned) -> str:
        """The call that a result answers: by its ID, else the oldest open one of its tool, else the oldest open one."""
        found = next((call for call in self._open if call[0] == result.id), None)
        if found is None and not result.id:
            found = next((call for call in self._open if call[1] == result.tool), None)
        if found is not None:
            self._open.remove(found)
            return found[0]
        if result.id:
            return result.id
        return self._open.popleft()[0] if self._open else ""


_SPOKEN: Final = re.compile(
    r"<(?:tool_call|function_calls|function-call|invoke|function[=_]|execute_command|read_file|write_to_file|use_mcp_tool)"
    r"|```(?:bash|sh|shell|python|mswea_bash_command)|^Action(?: Input)?:",
    re.MULTILINE,
)


def speaks_calls(messages: list[Any]) -> bool:
    """Whether the calls of a conversation stand only in the text: no message has any of its own, and some texts do. Where
    results have a role of their own, a block of code is no call; a tag is."""
    heard = answered = tagged = False
    for message in messages:
        role = role_of(message)
        kind = ROLES.get(role, "")
        if kind == "call":
            return False
        answered = answered or kind == "result"
        if kind != "said":
            continue
        if next(calls_in(message), None) is not None:
            return False
        content = message.get("content", message.get("value", message.get("parts")))
        if isinstance(content, list) and any(
            isinstance(part, dict) and (is_call(part) or "functionCall" in part) for part in content
        ):
            return False
        found = _SPOKEN.search(text_of(content))
        heard = heard or found is not None
        tagged = tagged or (found is not None and found.group().startswith("<"))
    return tagged if answered else heard
