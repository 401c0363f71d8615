"""Forms of the clients' transcripts that the samples do not show: refusals by a person, earlier versions, exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jackline.clients.transcripts import SOURCES, Header
from tests.clients.transcripts.notation import entries, written

AT = "2026-11-22T06:00:00.000Z"


def lines(*values: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


# ---- Claude Code ----------------------------------------------------------------------------------------------------


def claude(kind: str, content: Any, **more: Any) -> dict[str, Any]:
    about = {"uuid": str(content) + kind, "sessionId": "s", "timestamp": AT, "cwd": "/w", "version": "2.0.1"}
    return {"type": kind, "parentUuid": None, "message": {"role": kind, "content": content}, **about, **more}


CALL = claude("assistant", [{"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "make"}}])


@pytest.mark.parametrize(
    ("content", "more", "expected"),
    [
        ("The user doesn't want to proceed with this tool use. The tool use was rejected", {}, "refused"),
        ("Permission to use Bash with command make has been denied.", {}, "refused"),
        ("Claude requested permissions to use Bash, but you haven't granted it yet.", {}, "refused"),
        ("<tool_use_error>InputValidationError: Bash failed</tool_use_error>", {}, "failed"),
        ("anything", {"toolDenialKind": "user-rejected"}, "refused"),
        ("Exit code 2\nUser rejected the offer", {}, "failed 2"),
        ("Permission to use it has been denied.", {"permissionDecision": {"decision": "accept"}}, "failed"),
    ],
)
def test_an_error_of_claude_is_a_refusal_or_a_failure(content: str, more: dict[str, Any], expected: str):
    result = claude("user", [{"type": "tool_result", "tool_use_id": "t", "is_error": True, "content": content}], **more)
    assert written(entries(SOURCES["claude"](), lines(CALL, result), "/a.jsonl"))[1] == f"result t {expected} {content}"


@pytest.mark.parametrize(
    ("ran", "expected"),
    [
        ({"stdout": "x", "interrupted": True}, "failed"),
        ({"stdout": "x", "backgroundTaskId": "b1"}, "unknown"),
        ({"stdout": "x", "interrupted": False}, "succeeded 0"),
        ("x", "succeeded 0"),
    ],
)
def test_a_command_of_claude_that_gave_no_error(ran: Any, expected: str):
    result = claude("user", [{"type": "tool_result", "tool_use_id": "t", "content": "x"}], toolUseResult=ran)
    assert written(entries(SOURCES["claude"](), lines(CALL, result), "/a.jsonl"))[1] == f"result t {expected} x"


def test_a_side_chain_among_the_parents_lines_is_a_session_of_its_own():
    found = entries(
        SOURCES["claude"](), lines(claude("user", "hi"), claude("user", "look", isSidechain=True)), "/a.jsonl"
    )
    assert [(entry.session, entry.parent) for entry in found if isinstance(entry, Header)] == [
        ("s", ""),
        ("s/sidechain", "s"),
    ]
    assert written(found) == ["prompt hi", "system look"]


# ---- Codex ----------------------------------------------------------------------------------------------------------

SESSION = {
    "timestamp": AT,
    "type": "session_meta",
    "payload": {"id": "s", "cwd": "/w", "cli_version": "0.30.0", "forked_from_id": "f"},
}


def codex(kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": AT, "type": kind, "payload": payload}


SHELL = codex(
    "response_item",
    type="function_call",
    name="shell",
    call_id="c",
    arguments='{"command": ["bash", "-lc", "make"], "workdir": "/w/x"}',
)


@pytest.mark.parametrize(
    ("between", "output", "expected"),
    [
        ([], '{"output": "boom", "metadata": {"exit_code": 2}}', "failed 2 boom"),
        ([codex("event_msg", type="exec_command_end", call_id="c", exit_code=3)], "Exit code: 0\nOutput:\nx", "failed 3 x"),
        ([codex("event_msg", type="item_completed", item={"id": "c", "type": "CommandExecution", "status": "declined"})], "no", "refused no"),
        ([], "exec command rejected by user", "refused exec command rejected by user"),
        ([], "Chunk ID: 0a\nWall time: 1 seconds\nProcess running with session ID 7\nOutput:\nx", "unknown Chunk ID: 0a\nWall time: 1 seconds\nProcess running with session ID 7\nOutput:\nx"),
        ([], {"content": "fine", "success": True}, "unknown fine"),
    ],
)  # fmt: skip
def test_what_became_of_a_call_of_codex(between: list[dict[str, Any]], output: Any, expected: str):
    answer = codex("response_item", type="function_call_output", call_id="c", output=output)
    found = entries(SOURCES["codex"](), lines(SESSION, SHELL, *between, answer), "/rollout-x.jsonl")
    assert written(found) == ["""call c shell {"command":"bash -lc make","cwd":"/w/x"}""", f"result c {expected}"]
    assert isinstance(found[0], Header)
    assert (found[0].session, found[0].resumes, found[0].project) == ("s", "f", "/w")


def test_the_first_form_of_codexs_files():
    data = lines(
        {"id": "5973b6c0-94b8-487b-a530-2aeb6098ae0e", "timestamp": AT, "instructions": None},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "<user_instructions>x</user_instructions>"}],
        },
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {
            "type": "local_shell_call",
            "call_id": "c",
            "action": {"type": "exec", "command": ["ls"], "working_directory": "/w"},
        },
    )
    found = entries(SOURCES["codex"](), data, "/rollout-2025-05-07-5973b6c0-94b8-487b-a530-2aeb6098ae0e.jsonl")
    assert isinstance(found[0], Header)
    assert found[0].session == "5973b6c0-94b8-487b-a530-2aeb6098ae0e"
    assert written(found) == [
        "system <user_instructions>x</user_instructions>",
        "prompt hi",
        'call c shell {"command":"ls","cwd":"/w"}',
    ]


# ---- Gemini CLI -----------------------------------------------------------------------------------------------------


def test_the_former_form_of_geminis_files_and_a_call_that_was_cancelled():
    call = {"id": "c", "name": "run_shell_command", "args": {"command": "make", "dir_path": "x"}, "status": "cancelled", "timestamp": AT,
            "result": [{"functionResponse": {"id": "c", "name": "run_shell_command", "response": {"error": "[Operation Cancelled] Reason: no"}}}]}  # fmt: skip
    running = {"id": "d", "name": "read_file", "args": {"file_path": "a"}, "status": "executing"}
    value = {"sessionId": "s", "projectHash": "h", "startTime": AT, "messages": [
        {"id": "1", "timestamp": AT, "type": "user", "content": "hi"},
        {"id": "2", "timestamp": AT, "type": "gemini", "content": "I make.", "toolCalls": [call, running]},
        {"id": "3", "timestamp": AT, "type": "info", "content": "Request cancelled."}]}  # fmt: skip
    assert written(entries(SOURCES["gemini"](), json.dumps(value).encode(), "/chats/session-1.json")) == [
        "prompt hi", "said I make.", 'call c shell {"command":"make","cwd":"x"}', 'call d read {"path":"a"}',
        "result c refused [Operation Cancelled] Reason: no", "system Request cancelled.",
    ]  # fmt: skip


# ---- opencode -------------------------------------------------------------------------------------------------------


def test_an_export_of_opencode_and_a_rejection():
    state = {
        "status": "error",
        "input": {"command": "make"},
        "error": "The user rejected permission to use this specific tool call.",
        "time": {"start": 1_795_000_000_000, "end": 1_795_000_000_001},
    }
    value = {"info": {"id": "ses_1", "directory": "/w", "title": "t", "version": "1.0.0", "time": {"created": 1_795_000_000_000}}, "messages": [
        {"info": {"role": "user", "sessionID": "ses_1", "time": {"created": 1_795_000_000_000}}, "parts": [{"type": "text", "text": "hi"}, {"type": "text", "text": "read this", "synthetic": True}]},
        {"info": {"role": "assistant", "sessionID": "ses_1", "path": {"cwd": "/w/x"}}, "parts": [{"type": "tool", "tool": "bash", "callID": "c", "state": state}]}]}  # fmt: skip
    data = json.dumps(value).encode()
    assert SOURCES["opencode"]().recognises(data, Path("/export.json"))
    assert written(entries(SOURCES["opencode"](), data)) == [
        "prompt hi", "system read this", 'call c shell {"command":"make"}', "result c refused The user rejected permission to use this specific tool call.",
    ]  # fmt: skip


# ---- places ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "variable", "place"),
    [
        ("claude", "CLAUDE_CONFIG_DIR", "/x/projects"),
        ("codex", "CODEX_HOME", "/x/sessions"),
        ("gemini", "GEMINI_CLI_HOME", "/x/.gemini/tmp"),
        ("opencode", "XDG_DATA_HOME", "/x/opencode/opencode.db"),
        ("inspect", "INSPECT_LOG_DIR", "/x"),
    ],
)
def test_a_variable_moves_a_clients_folder_only_to_an_absolute_place(name: str, variable: str, place: str):
    source = SOURCES[name]()
    home = Path("/home/me")
    assert next(iter(source.find(home, {variable: "/x"}))) == Path(place)
    assert list(source.find(home, {variable: "relative"})) == list(source.find(home, {}))
