"""Calls and results in the forms of the model providers' interfaces: what is called with what, and what came back.

OpenAI's `tool_calls` and the old `function_call`, the items of its Responses API, Anthropic's `tool_use` and `tool_result`
blocks, Google's `functionCall` and `functionResponse`, and the shorter forms in which frameworks and benchmarks write them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from jackline.clients.transcripts.making import json_object, kind_of, text_of
from jackline.core.history import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

Table = dict[str, Any]


class Called(Struct, frozen=True):
    """A call: its tool's own name, its arguments, and its ID where it has one."""

    name: str
    arguments: Any
    id: str = ""


class Returned(Struct, frozen=True):
    """A result. `tool` is the tool's name, where the result says only that."""

    text: str
    id: str = ""
    tool: str = ""
    outcome: Outcome = "unknown"
    exit_code: int | None = None


_ARGUMENTS: Final = (
    "arguments",
    "args",
    "input",
    "parameters",
    "params",
    "kwargs",
    "tool_input",
    "action_input",
    "tool_args",
)
_NAMES: Final = ("name", "tool_name", "tool", "function", "action")
_IDS: Final = ("id", "call_id", "tool_call_id", "tool_use_id", "toolCallId", "callId")

_CODES: Final = (
    re.compile(r"\A\s*<returncode>(-?\d{1,6})</returncode>"),
    re.compile(r"\A(?:Error: )?(?:Process )?[Ee]xit(?:ed with)? (?:code|status):? (-?\d{1,6})(?=\s|\Z)"),
    re.compile(
        r"[\[(<]\s*(?:The command (?:completed|exited) with |command finished with |process )?exit(?:ed)?[ _-]?(?:with )?"
        r"(?:code|status):?\s*(-?\d{1,6})\.?\s*[\])>]\s*\Z",
        re.IGNORECASE,
    ),
    re.compile(r"\n\s*(?:Process )?[Ee]xit(?:ed with)? (?:code|status):? (-?\d{1,6})\.?\s*\Z"),
)
"""Where tools that run commands write the exit code: at the very head or end of what they return."""

_ENDS: Final = 256
_CODE_KEYS: Final = ("exit_code", "exitCode", "returncode", "return_code", "exit_status")
_CODE_PLACES: Final = (None, "metadata", "extras", "outcome")
_FAILED: Final = re.compile(
    r"\s*(?:<error>|(?:Tool )?Error(?: executing tool[^:\n]*)?:|ERROR:|Exception:|Traceback \(most recent call last\)"
    r"|\w{1,64}(?:Error|Exception): )"
)
_REFUSED: Final = re.compile(
    r"\s*(?:<error>|Error: )?(?:(?:The )?(?:tool|command|call|action|request|operation|user)(?: \w{1,32}){0,3} "
    r"(?:was |is |has been )?(?:rejected|denied|blocked|refused|declined|not approved|not permitted)\b"
    r"|User (?:denied|rejected|declined|refused)\b|(?:Permission denied|Blocked) by (?:the )?(?:user|policy|guard)\b)",
    re.IGNORECASE,
)
_REFUSED_STATUS: Final = frozenset({"rejected", "denied", "declined", "refused", "blocked", "cancelled", "canceled"})
_FAILED_STATUS: Final = frozenset({"error", "failed", "failure", "incomplete", "errored"})
_DONE_STATUS: Final = frozenset({"success", "succeeded", "completed", "ok", "done"})
_ITEM_CALLS: Final = frozenset(
    {
        "function_call", "custom_tool_call", "mcp_call", "local_shell_call", "shell_call", "web_search_call", "file_search_call",
        "code_interpreter_call", "computer_call", "apply_patch_call", "image_generation_call", "tool_call", "tool_use",
        "server_tool_use", "mcp_tool_use",
    }
)  # fmt: skip
_ITEM_RESULTS: Final = re.compile(
    r"(?:function_call|custom_tool_call|local_shell_call|shell_call|computer_call|apply_patch_call|tool|mcp_call|tool_call)"
    r"_(?:output|result|response)|\w{1,64}_tool_result"
)


def is_call(item: Table) -> bool:
    """Whether a part of a message, or an item of a list, is a call."""
    kind = kind_of(item)
    return kind in _ITEM_CALLS or (kind == "function" and isinstance(item.get("function"), dict))


def is_result(item: Table) -> bool:
    """Whether a part of a message, or an item of a list, is a result."""
    return _ITEM_RESULTS.fullmatch(kind_of(item)) is not None


def call_of(item: Any) -> Called | None:  # noqa: ANN401 - any JSON
    """The call that an object of any of the forms makes."""
    if not isinstance(item, dict):
        return None
    number = _first_text(item, _IDS)
    kind, inner = kind_of(item), item.get("function")
    if isinstance(inner, dict) and isinstance(inner.get("name"), str):
        return Called(inner["name"], json_object(_arguments(inner)), number)
    if isinstance(item.get("functionCall"), dict):
        return call_of(item["functionCall"])
    number = _first_text(item, ("call_id",)) or number
    if kind in {"local_shell_call", "shell_call"}:
        act = _table(item.get("action")) or item
        command = act.get("command", act.get("commands"))
        joined = (
            "\n".join(command) if kind == "shell_call" and isinstance(command, list) and _all_text(command) else command
        )
        return Called("shell", {"command": joined, "cwd": act.get("working_directory") or ""}, number)
    if kind == "web_search_call":
        search = _table(item.get("action"))
        url = search.get("url")
        return Called("web_fetch" if url else "web_search", {"url": url} if url else search, number)
    if kind == "code_interpreter_call":
        return Called("python", {"code": item.get("code")}, number)
    if kind == "mcp_call" and isinstance(item.get("name"), str):
        return Called(f"{item.get('server_label') or 'mcp'}/{item['name']}", json_object(_arguments(item)), number)
    if kind == "apply_patch_call":
        return Called("apply_patch", {"input": text_of(item.get("operation"))}, number)
    name = _first_text(item, _NAMES)
    if not name and kind.endswith("_call"):
        name = kind.removesuffix("_call")
    return Called(name, json_object(_arguments(item)), number) if name else None


def calls_in(message: Table) -> Iterator[Called]:
    """The calls that a message makes beside its content."""
    for name in ("tool_calls", "toolCalls", "tool_call_requests", "function_calls"):
        given = message.get(name)
        for item in given if isinstance(given, list) else [given] if isinstance(given, dict) else ():
            if (call := call_of(item)) is not None:
                yield call
    if (call := call_of(message.get("function_call"))) is not None:
        yield call


def result_of(item: Table) -> Returned:
    """The result that a message or a part of one brings, in any of the forms."""
    inner = item.get("functionResponse")
    if isinstance(inner, dict):
        return result_of({"name": inner.get("name"), "id": inner.get("id"), **_as_table(inner.get("response"))})
    number = _first_text(item, ("tool_call_id", "tool_use_id", "call_id", "toolCallId", "callId")) or ""
    asked = item.get("tool_call")
    if not number and isinstance(asked, dict):
        number = _first_text(asked, _IDS)
    content = next((item[name] for name in _CONTENTS if item.get(name) is not None), None)
    failure = item.get("error")
    text = text_of(content) or text_of(failure)
    outcome, code = outcome_of(item, content, text)
    return Returned(text, number, _first_text(item, ("name", "tool_name", "tool")), outcome, code)


_CONTENTS: Final = ("content", "output", "result", "observation", "value", "text", "tool_result", "response")


def outcome_of(item: Table, content: Any, text: str) -> tuple[Outcome, int | None]:  # noqa: ANN401 - any JSON
    """What became of a call: what the result says of itself, then its exit code, then how its text begins."""
    status = item.get("status")
    status = status.lower() if isinstance(status, str) else ""
    code = _code(item)
    code = _code(content) if code is None else code
    if code is None and ("xit" in text or "<returncode>" in text):
        ends = text if len(text) <= 2 * _ENDS else f"{text[:_ENDS]}\n{text[-_ENDS:]}"
        code = next((int(found[1]) for shape in _CODES if (found := shape.search(ends))), None)
    failure = item.get("error")
    said = text_of(failure) if failure else ""
    if (
        status in _REFUSED_STATUS
        or _REFUSED.match(said or text)
        or (isinstance(failure, dict) and kind_of(failure) in {"approval", "permission"})
    ):
        return "refused", None
    if item.get("is_error") is True or item.get("isError") is True or failure or status in _FAILED_STATUS:
        return "failed", code
    if code is not None:
        return ("failed" if code else "succeeded"), code
    if _FAILED.match(text):
        return "failed", None
    known = status in _DONE_STATUS or item.get("is_error") is False or ("error" in item and failure is None)
    return ("succeeded" if known else "unknown"), None


def _code(value: Any) -> int | None:  # noqa: ANN401 - any JSON
    """An exit code that stands in a field of its own."""
    if isinstance(value, str) and value.startswith("{") and len(value) < 1 << 20:
        value = json_object(value)
    if not isinstance(value, dict):
        return None
    for place in _CODE_PLACES:
        table = value if place is None else _table(value.get(place))
        for name in _CODE_KEYS if table else ():
            code = table.get(name)
            if isinstance(code, int) and not isinstance(code, bool):
                return code
    return None


def _arguments(item: Table) -> Any:  # noqa: ANN401 - any JSON
    return next((item[name] for name in _ARGUMENTS if item.get(name) is not None), None)


def _first_text(item: Table, names: tuple[str, ...]) -> str:
    for name in names:  # a loop: this is asked ten times a message
        value = item.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def _all_text(value: list[Any]) -> bool:
    return all(isinstance(part, str) for part in value)


def _table(value: Any) -> Table:  # noqa: ANN401 - any JSON
    """An object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _as_table(value: Any) -> Table:  # noqa: ANN401 - any JSON
    return value if isinstance(value, dict) else {"output": value}
