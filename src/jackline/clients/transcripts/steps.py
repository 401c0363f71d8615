"""Trajectories that are no conversation: lists of steps with an action and what was observed after it.

`{thought, action, observation}` of SWE-agent and ReAct, pairs of an action and an observation, and events with the action
and the observation each in one of its own (`{action, args}`, `{observation, content}`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jackline.clients.transcripts.calls import Called, call_of, outcome_of
from jackline.clients.transcripts.making import json_object, micros, text_of
from jackline.clients.transcripts.toolnames import framework_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.clients.transcripts.making import Speaker
    from jackline.core.history import Turn, TurnKind

Table = dict[str, Any]

_ACTS: Final = ("action", "tool", "tool_name", "command", "tool_call", "function", "actions", "tool_calls")
_SEEN: Final = ("observation", "observations", "result", "output", "tool_output", "tool_result", "response", "results")
_THOUGHT: Final = ("thought", "thoughts", "reasoning", "log")
_INPUT: Final = ("action_input", "tool_input", "args", "arguments", "action_args", "input", "parameters", "tool_args")
_CALLED: Final = re.compile(r"([A-Za-z_][\w.-]{0,100})[\[(](.*)[\])]\s*", re.DOTALL)
_EVENT_TOOLS: Final = {
    "run": "bash",
    "run_ipython": "ipython",
    "edit": "edit_file",
    "browse": "open_url",
    "browse_interactive": "browser",
}
_SOURCES: Final[dict[str, TurnKind]] = {"user": "prompt", "agent": "said"}
_TALK: Final = frozenset(
    {"message", "system", "finish", "think", "recall", "change_agent_state", "null", "condensation"}
)


def is_step(item: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether an item is a step: an action with what is thought or seen of it, an event, or a pair."""
    if isinstance(item, list):
        return _is_pair(item)
    if not isinstance(item, dict):
        return False
    acts = any(name in item for name in _ACTS)
    about = any(name in item for name in (*_SEEN, *_THOUGHT, *_INPUT))
    return (acts and about) or ("observation" in item and "content" in item)


def _is_pair(item: list[Any]) -> bool:
    """LangChain's intermediate steps."""
    return len(item) == 2 and isinstance(item[0], dict) and ("tool" in item[0] or "action" in item[0])  # noqa: PLR2004


def turns_of(steps: list[Any], speaker: Speaker) -> Iterator[Turn]:
    """The turns of a list of steps; `line` is a step's place, from 1."""
    asked: dict[str, str] = {}
    last = ""
    for place, step in enumerate(steps, 1):
        if isinstance(step, list) and _is_pair(step):
            step = {**step[0], "observation": step[1]}  # noqa: PLW2901 - the same step in one piece
        if not isinstance(step, dict):
            continue
        at = next((when for name in ("timestamp", "time", "created_at") if (when := micros(step.get(name)))), 0)
        if _is_event(step):
            yield from _event(step, speaker, asked, place, at)
            continue
        thought = next((text for name in _THOUGHT if (text := text_of(step.get(name))).strip()), "")
        if thought:
            yield speaker.words("said", thought, at, place)
        for number, call in enumerate(_actions(step)):
            tool, arguments = framework_tool(call.name, call.arguments)
            last = call.id or f"#{place}.{number}"
            yield speaker.called(tool, arguments, last, at, place)
        seen = next((step[name] for name in _SEEN if step.get(name) is not None), None)
        if seen is not None:
            text = text_of(seen)
            outcome, code = outcome_of(step if "status" in step or "error" in step else {}, seen, text)
            yield speaker.result(text, last, outcome, code, at, place)


def _is_event(step: Table) -> bool:
    """An event holds an action or an observation by name, and the other in an event of its own."""
    return isinstance(step.get("source"), str) and ("action" in step or "observation" in step)


def _event(step: Table, speaker: Speaker, asked: dict[str, str], place: int, at: int) -> Iterator[Turn]:
    """OpenHands: an observation names the event that caused it."""
    act = step.get("action")
    arguments = step.get("args")
    given: Table = arguments if isinstance(arguments, dict) else {}
    text = text_of(step.get("content")) or text_of(given.get("content")) or text_of(step.get("message"))
    if not isinstance(act, str):
        number = asked.get(str(step.get("cause")), "")
        if number:
            outcome, code = outcome_of({}, step, text)
            yield speaker.result(text, number, outcome, code, at, place)
        elif text.strip():
            yield speaker.words("system", text, at, place)
        return
    if act in _TALK:
        if text.strip():
            yield speaker.words(_SOURCES.get(step["source"], "system"), text, at, place)
        return
    if thought := text_of(given.get("thought")).strip():
        yield speaker.words("said", thought, at, place)
    number = f"#{step.get('id', place)}"
    asked[str(step.get("id", place))] = number
    tool, arguments = framework_tool(
        _EVENT_TOOLS.get(act, act), {key: value for key, value in given.items() if key != "thought"}
    )
    yield speaker.called(tool, arguments, number, at, place)


def _actions(step: Table) -> Iterator[Called]:
    """What a step does: a call, several, a text that is one, or a command."""
    given = next((step[name] for name in _INPUT if step.get(name) is not None), None)
    act = next((step[name] for name in _ACTS if step.get(name)), None)
    for each in act if isinstance(act, list) else [act]:
        if isinstance(each, dict):
            inner = call_of(each) or call_of({**each, "name": each.get("action_type") or each.get("kind")})
            if inner is not None:
                yield inner
        elif isinstance(each, str) and each.strip():
            yield _written(each.strip(), given, tool="tool" in step or "tool_name" in step or "function" in step)


def _written(act: str, given: Any, *, tool: bool) -> Called:  # noqa: ANN401 - any JSON
    """An action that is a text: a tool's name with its input beside it, `Tool[input]`, JSON, else a command."""
    if given is not None or tool:
        return Called(act, json_object(given))
    value = json_object(act) if act.startswith("{") else None
    if isinstance(value, dict) and (call := call_of(value)) is not None:
        return call
    found = _CALLED.fullmatch(act)
    if found is not None and found[1][0].isupper():
        return Called(found[1], json_object(found[2]))
    return Called("bash", {"command": act})
