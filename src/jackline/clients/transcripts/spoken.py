"""Calls that a model writes into its text, for the agents that have no interface for tools: read only where a whole
conversation has no other calls, and within bounds.

The forms: `<tool_call>{JSON}</tool_call>`, `<function=NAME>…</function>`, `<invoke name="NAME"><parameter …>`, the tags that
Cline and its descendants have for each tool, ReAct's `Action:` with `Action Input:`, and one fenced block of shell or Python.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jackline.clients.transcripts.calls import Called, Returned, call_of, outcome_of
from jackline.clients.transcripts.making import json_object

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SPOKEN: Final = 256 * 1024
"""Characters of a text that are searched."""

MAX_UNCLOSED: Final = 64
_TAGGED: Final = re.compile(r"<(tool_call|function-call|function_call)>")
_FUNCTION: Final = re.compile(r"<function=([\w.:/-]{1,200})>")
_INVOKED: Final = re.compile(r"<invoke name=\"([\w.:/-]{1,200})\">")
_PARAMETER: Final = re.compile(r"<parameter(?:=| name=\")([\w-]{1,200})\"?>")
_TOOL_TAG: Final = re.compile(
    r"<(execute_command|read_file|write_to_file|replace_in_file|apply_diff|insert_content|search_files|list_files|use_mcp_tool"
    r"|browser_action)>"
)
_ANY_TAG: Final = re.compile(r"<(\w{1,64})>")
_ACTION: Final = re.compile(
    r"^Action:[ \t]*`?([^\n`(\[]{1,200}?)`?[ \t]*(?:[(\[]([^\n]*)[)\]])?[ \t]*$"
    r"(?:\s*^Action Input:[ \t]*(.*?)(?=^Observation:|\Z))?",
    re.MULTILINE | re.DOTALL,
)
_FENCED: Final = re.compile(r"^```(bash|sh|shell|python|mswea_bash_command)[ \t]*\n", re.MULTILINE)
_HEARD: Final = re.compile(
    r"\s*(?:<(?:tool_response|function_results?|returncode|output|observation|tool_result|function-output)\b|Observation:|OBSERVATION:"
    r"|EXECUTION RESULT|Exit code:|Command output|\[\w{1,64}(?: for '[^\n]{0,500}')?\] Result:)"
)
_OBSERVED: Final = re.compile(r"\s*(?:(?:Observation|OBSERVATION):|\[\w{1,64}(?: for '[^\n]{0,500}')?\] Result:)\s*")
_OUTPUT: Final = re.compile(r"<output>")


def calls_spoken(text: str) -> list[Called]:
    """The calls in an agent's text, in order: of the first form that it uses."""
    text = text[:MAX_SPOKEN]
    for form in (_tagged, _named, _owned, _reacted, _fenced):
        found = list(form(text))
        if found:
            return found
    return []


def result_spoken(text: str) -> Returned | None:
    """The result in a text of the user's role that only hands one back, else None."""
    if not _HEARD.match(text):
        return None
    outcome, code = outcome_of({}, None, text)
    output = next((body for _, body in _blocks(text, _OUTPUT, "</output>")), None)
    plain = _OBSERVED.sub("", text, count=1) if output is None else output.strip("\n")
    return Returned(plain, "", "", outcome, code)


def _blocks(text: str, opening: re.Pattern[str], closing: str) -> Iterator[tuple[str, str]]:
    """What stands between each opening and its closing, with the opening's first group, which is `{}` in the closing.
    What is never closed is no block, and hides none; after `MAX_UNCLOSED` of them the search ends."""
    start, unclosed = 0, 0
    while unclosed < MAX_UNCLOSED and (found := opening.search(text, start)) is not None:
        name = found[1] if opening.groups else ""
        close = closing.format(name)
        end = text.find(close, found.end())
        if end < 0:
            start, unclosed = found.end(), unclosed + 1
            continue
        yield name, text[found.end() : end]
        start = end + len(close)


def _tagged(text: str) -> Iterator[Called]:
    for _, body in _blocks(text, _TAGGED, "</{}>"):
        value = json_object(body.strip())
        for each in value if isinstance(value, list) else [value]:
            if (call := call_of(each)) is not None:
                yield call


def _named(text: str) -> Iterator[Called]:
    for shape, closing in ((_FUNCTION, "</function>"), (_INVOKED, "</invoke>")):
        for name, body in _blocks(text, shape, closing):
            given: Any = {key: _value(value) for key, value in _blocks(body, _PARAMETER, "</parameter>")}
            yield Called(name, given or json_object(body.strip()) or {})


def _owned(text: str) -> Iterator[Called]:
    """A tag for the tool, and in it one for each argument."""
    for name, body in _blocks(text, _TOOL_TAG, "</{}>"):
        given: dict[str, Any] = {key: value.strip("\n") for key, value in _blocks(body, _ANY_TAG, "</{}>")}
        if name == "use_mcp_tool":
            served = f"{given.get('server_name') or 'mcp'}/{given.get('tool_name') or 'unnamed'}"
            yield Called(served, json_object(given.get("arguments", "").strip()))
        else:
            yield Called(name, given)


def _value(text: str) -> Any:  # noqa: ANN401 - any JSON
    return json_object(text) if text.lstrip()[:1] in {"{", "["} else text.strip("\n")


def _reacted(text: str) -> Iterator[Called]:
    for found in _ACTION.finditer(text):
        name = found[1].strip()
        if name and name.lower() not in {"none", "n/a"}:
            yield Called(name, json_object((found[3] or found[2] or "").strip().strip("`")))


def _fenced(text: str) -> Iterator[Called]:
    """One block only: several are an explanation, not a call."""
    blocks = list(_blocks(text, _FENCED, "\n```"))
    if len(blocks) == 1:
        language, code = blocks[0]
        yield (
            Called("python", {"code": code}) if language == "python" else Called("bash", {"command": code.strip("\n")})
        )
