"""The scripted model: each wire's own request in, the next command out, however often it is asked."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from jackline.clients.canary.model import CanaryModel

COMMANDS = ("echo one", "echo two")
BASH = {
    "type": "object",
    "properties": {"command": {"type": "string"}, "is_background": {"type": "boolean"}},
    "required": ["command", "is_background"],
}


def anthropic(results: list[str]) -> dict[str, Any]:
    blocks = [
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": text}]} for text in results
    ]
    return {
        "stream": True,
        "tools": [{"name": "Bash", "input_schema": BASH}],
        "messages": [{"role": "user", "content": "go"}, *blocks],
    }


def responses(results: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"]}
    items = [{"type": "function_call_output", "call_id": "x", "output": text} for text in results]
    return {
        "tools": [{"type": "function", "name": "exec_command", "parameters": schema}, {"type": "web_search"}],
        "input": items,
    }


def chat(results: list[str]) -> dict[str, Any]:
    messages = [{"role": "tool", "tool_call_id": "x", "content": text} for text in results]
    return {
        "stream": True,
        "tools": [{"type": "function", "function": {"name": "bash", "parameters": BASH}}],
        "messages": messages,
    }


def gemini(results: list[str]) -> dict[str, Any]:
    parts = [{"functionResponse": {"name": "run_shell_command", "response": {"output": text}}} for text in results]
    tools = [{"functionDeclarations": [{"name": "run_shell_command", "parametersJsonSchema": BASH}]}]
    return {"tools": tools, "contents": [{"role": "user", "parts": parts}]}


def said_anthropic(events: list[dict[str, Any]]) -> Any:
    started = next(event["content_block"] for event in events if event["type"] == "content_block_start")
    if started["type"] == "text":
        return None
    parts = "".join(event["delta"]["partial_json"] for event in events if event["type"] == "content_block_delta")
    return json.loads(parts)["command"]


def said_responses(events: list[dict[str, Any]]) -> Any:
    item = events[-1]["response"]["output"][0]
    return json.loads(item["arguments"])["cmd"] if item["type"] == "function_call" else None


def said_chat(events: list[dict[str, Any]]) -> Any:
    calls = events[0]["choices"][0]["delta"].get("tool_calls")
    return json.loads(calls[0]["function"]["arguments"])["command"] if calls else None


def said_gemini(events: list[dict[str, Any]]) -> Any:
    return events[0]["candidates"][0]["content"]["parts"][0].get("functionCall", {"args": {}})["args"].get("command")


WIRES = [
    ("/v1/messages?beta=true", anthropic, said_anthropic),
    ("/v1/responses", responses, said_responses),
    ("/v1/chat/completions", chat, said_chat),
    ("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", gemini, said_gemini),
]


@pytest.mark.parametrize(("path", "ask", "said"), WIRES)
def test_each_turn_asks_for_the_next_command(path: str, ask: Any, said: Any) -> None:
    with CanaryModel(COMMANDS) as model:
        assert said(post(model, path, ask([]))) == "echo one"
        assert said(post(model, path, ask([]))) == "echo one"  # a retry
        assert said(post(model, path, ask(["1"]))) == "echo two"
        assert said(post(model, path, ask(["1", "2"]))) is None
        assert model.results == ["1", "2"]
        assert model.asked


def test_required_arguments_are_filled_in() -> None:
    with CanaryModel(COMMANDS) as model:
        events = post(model, "/v1/chat/completions", chat([]))
        arguments = json.loads(events[0]["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"])
    assert arguments == {"command": "echo one", "is_background": False}


def test_a_side_request_gets_the_least_that_its_schema_allows() -> None:
    schema = {"type": "OBJECT", "properties": {"reasoning": {"type": "STRING"}, "model": {"enum": ["flash", "pro"]}}}
    with CanaryModel(COMMANDS) as model:
        body = {"contents": [], "generationConfig": {"responseJsonSchema": schema}}
        (event,) = post(model, "/v1beta/models/x:streamGenerateContent", body)
        assert json.loads(event["candidates"][0]["content"]["parts"][0]["text"]) == {
            "reasoning": "canary",
            "model": "flash",
        }
        assert not model.asked


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"tools": 3, "messages": "x"}', b'{"tools": [7, {"name": "Bash"}], "messages": [null]}'],
)
def test_no_request_breaks_it(body: bytes) -> None:
    with CanaryModel(COMMANDS) as model:
        for path in (
            "/v1/messages",
            "/v1/responses",
            "/v1/chat/completions",
            "/v1beta/models/x:generateContent",
            "/other",
        ):
            connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=10)
            connection.request("POST", path, body)
            assert connection.getresponse().status == 200
            connection.close()


def post(model: CanaryModel, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=10)
    connection.request("POST", path, json.dumps(body))
    text = connection.getresponse().read().decode()
    connection.close()
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]
