"""Answering: the exact bytes for every verdict, and that no answer is weaker than the verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.clients import CLIENTS
from jackline.clients.interface import Answer, Reply
from tests.clients.conftest import sample

BEFORE = {
    "claude": "PreToolUse.Bash-rm", "codex": "PreToolUse.Bash-rm", "gemini": "BeforeTool.run_shell_command-rm",
    "qwen": "PreToolUse.run_shell_command-rm", "opencode": "tool.execute.before.bash-rm",
}  # fmt: skip
CLAUDE_DENIES = {
    "hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": "why",
    }
}
DENIALS: dict[str, dict[str, Any]] = {
    "claude": CLAUDE_DENIES, "codex": CLAUDE_DENIES, "qwen": CLAUDE_DENIES,
    "gemini": {"decision": "deny", "reason": "why"}, "opencode": {"deny": "why"},
}  # fmt: skip
CLAUDE_REWRITES = {
    "hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": "allow",
        "updatedInput": {"command": "ls"},
    }
}
REWRITES: dict[str, dict[str, Any]] = {
    "claude": CLAUDE_REWRITES, "codex": CLAUDE_REWRITES, "qwen": CLAUDE_REWRITES,
    "gemini": {"hookSpecificOutput": {"hookEventName": "BeforeTool", "tool_input": {"command": "ls"}}},
    "opencode": {"args": {"command": "ls"}},
}  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
def test_a_bare_allow_says_nothing(client: str) -> None:
    assert reply(client, Answer("allow")) == Reply(0, b"{}\n", b"")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_denial(client: str) -> None:
    said = reply(client, Answer("deny", "why"))
    assert (said.exit, said.err, json.loads(said.out)) == (0, b"", DENIALS[client])


@pytest.mark.parametrize("client", CLIENTS)
def test_a_question_in_a_session_without_a_person_is_a_denial(client: str) -> None:
    assert json.loads(reply(client, Answer("ask", "why")).out) == DENIALS[client]


def test_a_question_where_a_person_is() -> None:
    said = reply("claude", Answer("ask", "why"), permission_mode="default")
    assert json.loads(said.out)["hookSpecificOutput"]["permissionDecision"] == "ask"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_rewrite_is_an_explicit_allow(client: str) -> None:
    assert json.loads(reply(client, Answer("allow", rewrite={"command": "ls"})).out) == REWRITES[client]


def test_claude_and_codex_deny_a_permission_request_in_its_own_form() -> None:
    for client in ("claude", "codex"):
        said = reply(client, Answer("deny", "why"), hook_event_name="PermissionRequest")
        decision = {"behavior": "deny", "message": "why"}
        assert json.loads(said.out) == {
            "hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision}
        }
        for verdict in ("allow", "ask"):
            assert reply(client, Answer(verdict, "why"), hook_event_name="PermissionRequest").out == b"{}\n"


def test_the_end_of_a_turn_is_never_refused() -> None:
    """Claude goes on working when its `Stop` hook blocks: a guard that says no there would never let it end."""
    for client in ("claude", "codex"):
        assert (
            CLIENTS[client].answer(CLIENTS[client].read(sample(client, "Stop")), Answer("deny", "why")).out == b"{}\n"
        )


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("sentence", ["the guard does not answer", "", "  \n"])
def test_failing_is_exit_2_with_a_text(client: str, sentence: str) -> None:
    said = CLIENTS[client].fail(sentence)
    assert (said.exit, said.out) == (2, b"")
    assert said.err.strip()


ANSWERS = st.builds(
    Answer,
    st.sampled_from(["allow", "ask", "deny"]),
    st.text(max_size=40),
    st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    st.text(max_size=10),
)


@pytest.mark.parametrize("client", CLIENTS)
@given(answer=ANSWERS, mode=st.sampled_from(["default", "bypassPermissions", "plan"]))
def test_no_answer_is_weaker_than_its_verdict(client: str, answer: Answer, mode: str) -> None:
    said = reply(client, answer, permission_mode=mode)
    stops = not _lets_run(client, json.loads(said.out))
    assert said.exit == 0
    assert stops == (answer.verdict != "allow")
    assert not said.err


def _lets_run(client: str, said: dict[str, Any]) -> bool:
    """As the client reads it. An `ask` stops (a person, or nobody) in Claude, and must not be sent to another."""
    verdict = said.get("hookSpecificOutput", {}).get("permissionDecision", said.get("decision"))
    assert verdict != "ask" or client == "claude"
    if verdict in {"deny", "ask"}:
        assert said.get("reason") or said.get("hookSpecificOutput", {}).get("permissionDecisionReason")
    return verdict not in {"deny", "ask"} and not said.get("deny")


def reply(client: str, answer: Answer, **fields: str) -> Reply:
    body = {**json.loads(sample(client, BEFORE[client])), **fields}
    adapter = CLIENTS[client]
    return adapter.answer(adapter.read(json.dumps(body).encode()), answer)
