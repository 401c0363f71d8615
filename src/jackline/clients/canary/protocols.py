"""The wire protocols that agent clients speak to a model, from the model's side, as far as a canary needs them.

Each reads a request (the tools that it offers, the results that its history holds) and writes one answer: a tool call
or a text. Sources: the published references of the Anthropic Messages, OpenAI Responses and Chat Completions, and
Gemini `generateContent` APIs; the shapes are those that the clients were seen to accept.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
Event = tuple[str, Json]
"""A server-sent event: its name ("" for none) and its data."""

ID: Final = "canary_0001"
USAGE: Final = {"input_tokens": 1, "output_tokens": 1}


class Say(Struct, frozen=True):
    """What the model answers: a text, or a call of `tool`."""

    text: str = ""
    tool: str = ""
    arguments: Json = {}
    turn: int = 0

    @property
    def call(self) -> str:
        """The call's ID, unlike that of the turns before."""
        return f"{ID}_{self.turn}"


class Wire(Protocol):
    """One protocol."""

    path: ClassVar[re.Pattern[str]]

    def tools(self, body: Json) -> dict[str, Json]:
        """Tool → the JSON schema of its arguments."""

    def results(self, body: Json) -> list[str]:
        """The tool results in the history, in order."""

    def schema(self, body: Json) -> Json | None:
        """The schema that a text must follow, where the client asks for one (routers, titles)."""

    def events(self, say: Say) -> Iterator[Event]:
        """The answer as a stream."""


def text_of(content: object) -> str:
    """The text in content blocks of any protocol."""
    if isinstance(content, list):
        return "\n".join(text_of(part) for part in content)
    if isinstance(content, dict):
        return text_of(content.get("text", content.get("output", content.get("error", ""))))
    return "" if content is None else str(content)


def _parts(value: object) -> list[Json]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


class Anthropic:
    """Anthropic Messages (Claude Code, Qwen Code)."""

    path: ClassVar[re.Pattern[str]] = re.compile(r"/messages$")

    def tools(self, body: Json) -> dict[str, Json]:
        """As `Wire`."""
        return {tool.get("name", ""): tool.get("input_schema") or {} for tool in _parts(body.get("tools"))}

    def results(self, body: Json) -> list[str]:
        """As `Wire`."""
        blocks = [block for message in _parts(body.get("messages")) for block in _parts(message.get("content"))]
        return [text_of(block.get("content")) for block in blocks if block.get("type") == "tool_result"]

    def schema(self, body: Json) -> Json | None:
        """As `Wire`."""
        form = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
        return form.get("schema")

    def events(self, say: Say) -> Iterator[Event]:
        """As `Wire`."""
        message = {"id": f"msg_{say.call}", "type": "message", "role": "assistant", "model": "canary", "content": []}
        yield "message_start", {"type": "message_start", "message": {**message, "stop_reason": None, "usage": USAGE}}
        if say.tool:
            block: Json = {"type": "tool_use", "id": f"toolu_{say.call}", "name": say.tool, "input": {}}
            delta: Json = {"type": "input_json_delta", "partial_json": json.dumps(say.arguments)}
        else:
            block, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": say.text}
        yield "content_block_start", {"type": "content_block_start", "index": 0, "content_block": block}
        yield "content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": 0}
        stop = {"stop_reason": "tool_use" if say.tool else "end_turn", "stop_sequence": None}
        yield "message_delta", {"type": "message_delta", "delta": stop, "usage": USAGE}
        yield "message_stop", {"type": "message_stop"}


class Responses:
    """OpenAI Responses (Codex CLI)."""

    path: ClassVar[re.Pattern[str]] = re.compile(r"/responses$")

    def tools(self, body: Json) -> dict[str, Json]:
        """As `Wire`."""
        return {
            tool.get("name") or tool.get("type", ""): tool.get("parameters") or {} for tool in _parts(body.get("tools"))
        }

    def results(self, body: Json) -> list[str]:
        """As `Wire`."""
        return [
            text_of(item.get("output"))
            for item in _parts(body.get("input"))
            if str(item.get("type")).endswith("call_output")
        ]

    def schema(self, body: Json) -> Json | None:
        """As `Wire`."""
        return ((body.get("text") or {}).get("format") or {}).get("schema")

    def events(self, say: Say) -> Iterator[Event]:
        """As `Wire`."""
        if say.tool:
            item: Json = {"type": "function_call", "id": f"fc_{say.call}", "call_id": say.call, "name": say.tool,
                          "arguments": json.dumps(say.arguments), "status": "completed"}  # fmt: skip
        else:
            content = [{"type": "output_text", "text": say.text, "annotations": []}]
            item = {
                "type": "message",
                "id": f"msg_{say.call}",
                "role": "assistant",
                "status": "completed",
                "content": content,
            }
        response: Json = {"id": f"resp_{say.call}", "object": "response", "status": "completed", "output": [item],
                          "usage": {**USAGE, "total_tokens": 2, "input_tokens_details": {"cached_tokens": 0},
                                    "output_tokens_details": {"reasoning_tokens": 0}}}  # fmt: skip
        yield _typed("response.created", response={**response, "status": "in_progress", "output": [], "usage": None})
        yield _typed("response.output_item.added", output_index=0, item=item)
        yield _typed("response.output_item.done", output_index=0, item=item)
        yield _typed("response.completed", response=response)


class ChatCompletions:
    """OpenAI Chat Completions (opencode, Qwen Code)."""

    path: ClassVar[re.Pattern[str]] = re.compile(r"/chat/completions$")

    def tools(self, body: Json) -> dict[str, Json]:
        """As `Wire`."""
        functions = [tool.get("function") or {} for tool in _parts(body.get("tools"))]
        return {function.get("name", ""): function.get("parameters") or {} for function in functions}

    def results(self, body: Json) -> list[str]:
        """As `Wire`."""
        return [
            text_of(message.get("content")) for message in _parts(body.get("messages")) if message.get("role") == "tool"
        ]

    def schema(self, body: Json) -> Json | None:
        """As `Wire`."""
        return ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")

    def events(self, say: Say) -> Iterator[Event]:
        """As `Wire`."""
        function = {"name": say.tool, "arguments": json.dumps(say.arguments)}
        calls = [{"index": 0, "id": say.call, "type": "function", "function": function}]
        delta = (
            {"role": "assistant", "content": None, "tool_calls": calls}
            if say.tool
            else {"role": "assistant", "content": say.text}
        )
        yield "", _chunk([{"index": 0, "delta": delta, "finish_reason": None}])
        yield "", _chunk([{"index": 0, "delta": {}, "finish_reason": "tool_calls" if say.tool else "stop"}])
        yield "", {**_chunk([]), "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


class Gemini:
    """Gemini `generateContent` (Gemini CLI)."""

    path: ClassVar[re.Pattern[str]] = re.compile(r"/models/[^/:]+:(?:streamG|g)enerateContent$")

    def tools(self, body: Json) -> dict[str, Json]:
        """As `Wire`."""
        functions = [each for tool in _parts(body.get("tools")) for each in _parts(tool.get("functionDeclarations"))]
        return {
            each.get("name", ""): each.get("parametersJsonSchema") or each.get("parameters") or {} for each in functions
        }

    def results(self, body: Json) -> list[str]:
        """As `Wire`."""
        parts = [part for content in _parts(body.get("contents")) for part in _parts(content.get("parts"))]
        return [
            text_of(part["functionResponse"].get("response"))
            for part in parts
            if isinstance(part.get("functionResponse"), dict)
        ]

    def schema(self, body: Json) -> Json | None:
        """As `Wire`."""
        settings = body.get("generationConfig") or {}
        return settings.get("responseJsonSchema") or settings.get("responseSchema")

    def events(self, say: Say) -> Iterator[Event]:
        """As `Wire`."""
        part: Json = {"functionCall": {"name": say.tool, "args": say.arguments}} if say.tool else {"text": say.text}
        candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        yield "", {"candidates": [candidate], "usageMetadata": {"totalTokenCount": 2}, "modelVersion": "canary"}


WIRES: Final[tuple[Wire, ...]] = (Anthropic(), Responses(), ChatCompletions(), Gemini())


def _typed(kind: str, **data: Any) -> Event:  # noqa: ANN401 - JSON values
    return kind, {"type": kind, **data}


def _chunk(choices: list[Json]) -> Json:
    return {
        "id": f"chatcmpl-{ID}",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "canary",
        "choices": choices,
    }
