"""Reading: every message that a real client sent, and hostile ones."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.clients import CLIENTS
from jackline.clients.interface import Call, Result
from jackline.core.errors import WireError
from tests.clients.conftest import HOOK_CLIENTS, SAMPLES, sample

PROJECT = "/home/dev/project"
T = TypeVar("T")

ACTIONS = [
    # client, sample, tool, an argument, its value
    ("claude", "PreToolUse.Bash-terraform", "shell", "command", "terraform destroy -auto-approve"),
    ("claude", "PreToolUse.Edit", "edit", "path", f"{PROJECT}/main.py"),
    ("claude", "PreToolUse.Write", "write", "path", f"{PROJECT}/new.txt"),
    ("claude", "PreToolUse.Read", "read", "path", f"{PROJECT}/main.py"),
    ("claude", "PreToolUse.Agent", "delegate", "prompt", "do the thing"),
    ("claude", "PreToolUse.mcp__fs__write_file", "fs/write_file", "content", "rm -rf /"),
    ("codex", "PreToolUse.Bash-rm", "shell", "command", "rm -rf ./data"),
    (
        "codex",
        "PreToolUse.apply_patch-add",
        "patch",
        "text",
        f"*** Begin Patch\n*** Add File: {PROJECT}/new.txt\n+new\n*** End Patch\n",
    ),
    ("codex", "PreToolUse.mcp__fs__write_file", "fs/write_file", "path", "b.txt"),
    ("gemini", "BeforeTool.run_shell_command-rm", "shell", "command", "rm -rf ./data"),
    ("gemini", "BeforeTool.replace", "edit", "old", "hi"),
    ("gemini", "BeforeTool.write_file", "write", "path", f"{PROJECT}/new.txt"),
    ("gemini", "BeforeTool.read_file", "read", "path", f"{PROJECT}/main.py"),
    ("qwen", "PreToolUse.run_shell_command-terraform", "shell", "command", "terraform destroy -auto-approve"),
    ("opencode", "tool.execute.before.bash-rm", "shell", "command", "rm -rf ./data"),
]


@pytest.mark.parametrize(("client", "name", "tool", "argument", "value"), ACTIONS)
def test_a_call_becomes_an_action_in_canonical_words(
    client: str, name: str, tool: str, argument: str, value: str
) -> None:
    call = CLIENTS[client].read(sample(client, name))
    action = expect(call.action)
    assert call.event == "before"
    assert (action.tool, action.arguments[argument], action.cwd) == (tool, value, PROJECT)
    assert (action.client, action.session) == (client, call.session)
    assert (action.call == "") == (client == "gemini")  # the one that gives its calls no ID


EVENTS = [
    ("claude", "SessionStart", "session_start", "startup"),
    ("claude", "UserPromptSubmit", "prompt", "SCRIPT: please clean up the project."),
    ("claude", "Stop", "stop", "ALL DONE"),
    ("claude", "SessionEnd", "session_end", ""),
    ("codex", "SessionStart", "session_start", "startup"),
    ("codex", "UserPromptSubmit", "prompt", "SCRIPT: please clean up the project."),
    ("codex", "Stop", "stop", "ALL DONE"),
    ("gemini", "SessionStart", "session_start", "startup"),
    ("gemini", "BeforeAgent", "prompt", "SCRIPT: please clean up the project."),
    ("qwen", "UserPromptSubmit", "prompt", "SCRIPT: please clean up the project."),
]


@pytest.mark.parametrize(("client", "name", "event", "words"), EVENTS)
def test_an_event_without_an_action(client: str, name: str, event: str, words: str) -> None:
    call = CLIENTS[client].read(sample(client, name))
    assert (call.event, call.prompt, call.action, call.result) == (event, words, None, None)


RESULTS = [
    ("claude", "PostToolUse.Bash-echo", Result(ok=True, text="harmless\nprecious.txt", exit_code=0)),
    ("codex", "PostToolUse.Bash-echo", Result(ok=None, text="harmless\nprecious.txt\n")),
    (
        "codex",
        "PostToolUse.apply_patch-update",
        Result(
            ok=True,
            text="Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nM main.py\n",
            exit_code=0,
        ),
    ),
    ("gemini", "AfterTool.read_file", Result(ok=True, text="print('hi')\n")),
    ("opencode", "tool.execute.after.bash-echo", Result(ok=True, text="harmless\nprecious.txt\n", exit_code=0)),
]


@pytest.mark.parametrize(("client", "name", "result"), RESULTS)
def test_what_came_out(client: str, name: str, result: Result) -> None:
    assert CLIENTS[client].read(sample(client, name)).result == result


def test_a_failure_of_claude_is_an_event_of_its_own() -> None:
    body = changed("claude", "PreToolUse.Bash-rm", hook_event_name="PostToolUseFailure", error="Exit code 3\nhi")
    assert CLIENTS["claude"].read(body).result == Result(ok=False, text="Exit code 3\nhi", exit_code=3)


def test_an_exit_code_in_a_commands_output_is_output() -> None:
    body = changed("codex", "PostToolUse.Bash-echo", tool_response="Exit code: 0\nfaked")
    assert expect(CLIENTS["codex"].read(body).result).exit_code is None
    faked = {"llmContent": "Output: x\nExit Code: 0\nError: (none)\nExit Code: 7\nSignal: 0"}
    body = changed("gemini", "AfterTool.run_shell_command-echo", tool_response=faked)
    assert expect(CLIENTS["gemini"].read(body).result) == Result(ok=False, text=faked["llmContent"], exit_code=7)


def test_a_sub_agent_has_a_session_of_its_own_under_its_parents() -> None:
    call = CLIENTS["claude"].read(sample("claude", "PreToolUse.Bash-echo.subagent"))
    parent = CLIENTS["claude"].read(sample("claude", "PreToolUse.Agent"))
    assert call.parent == parent.session
    assert call.session == f"{parent.session}/a76ef2688c5af78c6"
    assert parent.parent == ""


@pytest.mark.parametrize("client", CLIENTS)
def test_a_prompt_to_a_person_is_offered_only_where_it_is_safe(client: str) -> None:
    name = {"gemini": "BeforeTool.run_shell_command-rm", "opencode": "tool.execute.before.bash-rm",
            "qwen": "PreToolUse.run_shell_command-rm"}.get(client, "PreToolUse.Bash-rm")  # fmt: skip
    for mode in ("default", "acceptEdits", "bypassPermissions", "dontAsk", "yolo", "a mode of next year"):
        call = CLIENTS[client].read(changed(client, name, permission_mode=mode))
        assert call.can_ask == (client == "claude" and mode in {"default", "acceptEdits"})


def test_unknown_fields_and_events_are_not_an_error() -> None:
    body = changed("claude", "PreToolUse.Bash-rm", invented={"by": "a later version"})
    assert CLIENTS["claude"].read(body).event == "before"
    body = changed("claude", "PreToolUse.Bash-rm", hook_event_name="InventedLater", tool_input=7)
    assert CLIENTS["claude"].read(body).event == "other"


MATTERS = ["hook_event_name", "session_id", "cwd", "tool_name", "tool_input"]


@pytest.mark.parametrize("client", HOOK_CLIENTS)
@pytest.mark.parametrize("field", MATTERS)
@pytest.mark.parametrize("value", ["(missing)", None, 7, True, [], "", {"a": 1}])
def test_what_a_decision_depends_on_is_never_guessed(client: str, field: str, value: object) -> None:
    name = {"gemini": "BeforeTool.run_shell_command-rm", "qwen": "PreToolUse.run_shell_command-rm"}.get(
        client, "PreToolUse.Bash-rm"
    )
    fields = json.loads(sample(client, name))
    fields[field] = value
    if value == "(missing)":
        del fields[field]
    if field == "tool_input" and value == {"a": 1}:
        return  # an object: a tool without a command, which lowering makes opaque
    with pytest.raises(WireError):
        CLIENTS[client].read(json.dumps(fields).encode())


@pytest.mark.parametrize("cwd", ["relative", "./x", "~", "/a\0b"])
def test_a_directory_that_is_not_one(cwd: str) -> None:
    with pytest.raises(WireError, match="cwd"):
        CLIENTS["claude"].read(changed("claude", "PreToolUse.Bash-rm", cwd=cwd))


def _all_samples() -> list[tuple[str, bytes]]:
    names = [(path.parent.name, path.name.removesuffix(".json")) for path in sorted(SAMPLES.glob("*/*.json"))]
    return [(client, sample(client, name)) for client, name in names if client in CLIENTS]


@pytest.mark.parametrize("client", CLIENTS)
@given(body=st.binary(max_size=200))
def test_no_bytes_do_more_than_a_wire_error(client: str, body: bytes) -> None:
    read_or_refuse(client, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


@given(which=st.sampled_from(_all_samples()), data=st.data())
def test_a_real_message_with_anything_in_one_place_is_read_or_refused(
    which: tuple[str, bytes], data: st.DataObject
) -> None:
    client, body = which
    fields = json.loads(body)
    at = data.draw(st.sampled_from(sorted(fields)))
    fields[at] = data.draw(JSON)
    read_or_refuse(client, json.dumps(fields).encode())


@given(which=st.sampled_from(_all_samples()), cut=st.integers(0, 400), flip=st.integers(0, 255))
def test_a_real_message_cut_or_changed_is_read_or_refused(which: tuple[str, bytes], cut: int, flip: int) -> None:
    client, body = which
    read_or_refuse(client, body[:cut])
    at = cut % len(body)
    read_or_refuse(client, body[:at] + bytes([flip]) + body[at + 1 :])


@pytest.mark.parametrize("client", CLIENTS)
def test_deep_nesting_is_refused_and_not_a_crash(client: str) -> None:
    with pytest.raises(WireError):
        CLIENTS[client].read(b'{"tool_input":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def read_or_refuse(client: str, body: bytes) -> None:
    try:
        call = CLIENTS[client].read(body)
    except WireError as error:
        assert str(error)  # noqa: PT017 - whether it is raised depends on the text
        return
    assert isinstance(call, Call)
    assert call.session
    assert (call.action is not None) == (call.event in {"before", "permission", "after"})
    assert (call.result is not None) == (call.event == "after")


def changed(client: str, name: str, **fields: Any) -> bytes:
    return json.dumps({**json.loads(sample(client, name)), **fields}).encode()


def expect(value: T | None) -> T:
    assert value is not None
    return value


def test_opencode_joins_a_server_and_its_tool_by_one_underscore() -> None:
    """As its transcripts are read, too, so that an audit and the guard judge the same call."""
    body = json.loads(sample("opencode", "tool.execute.before.bash-rm"))
    body["input"]["tool"] = "notes_add_note"
    action = expect(CLIENTS["opencode"].read(json.dumps(body).encode()).action)
    assert action.tool == "notes/add_note"
