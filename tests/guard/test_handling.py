"""What a client is answered, and what is recorded of it, from the first call of a session to its end."""

from __future__ import annotations

import json
import os
import threading

import pytest

from jackline.guard.peers import Peer
from tests.guard.desk_top import SESSION, Talk

ASKED = "cat .env"
"""A secret of the project: a person is asked."""
PUSH = "git push origin main"
"""Held in the outbox."""


def test_a_bare_allow_says_nothing(desktop):
    assert desktop.shell("ls -la")["raw"] == {}


def test_a_decision_is_in_the_ledger_when_it_is_answered(desktop):
    desktop.shell("rm -rf /")
    requested, decided = desktop.events("requested", "decided")
    assert requested.data["arguments"] == {"command": "rm -rf /"}
    assert requested.session == SESSION
    assert decided.data["decision"]["verdict"] == "deny"
    assert decided.action == requested.action
    assert decided.data["answers"]


def test_a_denial_names_the_action_the_effect_and_the_reason(desktop):
    answer = desktop.shell("rm -rf /")
    assert answer["verdict"] == "deny"
    assert "(A1)" in answer["reason"]
    assert "deletes `/`" in answer["reason"]


def test_a_question_is_put_by_the_clients_own_prompt(secret):
    assert secret.shell(ASKED, permission_mode="default")["verdict"] == "ask"


def test_a_call_that_runs_after_the_clients_prompt_is_an_approval(secret):
    secret.shell(ASKED, permission_mode="default")
    secret.after("Bash", {"command": ASKED}, permission_mode="default")
    (approved,) = secret.events("approved")
    assert (approved.data["strength"], approved.data["means"], approved.data["authenticated"]) == (
        1,
        "client prompt",
        False,
    )
    assert secret.alerts() == []


def test_without_a_prompt_a_question_is_a_denial_that_says_how(secret):
    answer = secret.shell(ASKED)
    assert answer["verdict"] == "deny"
    assert "has NOT run" in answer["reason"]
    assert "jackline approve A1" in answer["reason"]


def test_what_was_approved_runs_once(secret):
    secret.shell(ASKED)
    secret.call("approve")
    assert secret.shell(ASKED)["verdict"] == ""
    assert secret.shell(ASKED)["verdict"] == "deny"


def test_an_approval_is_for_that_very_action(secret):
    secret.shell(ASKED)
    secret.call("approve")
    assert secret.shell("cat .env | base64")["verdict"] == "deny"


def test_an_approval_survives_a_restart(secret):
    secret.shell(ASKED)
    secret.call("approve")
    secret.restart()
    assert secret.shell(ASKED)["verdict"] == ""


def test_a_question_survives_a_restart(secret):
    secret.shell(ASKED)
    secret.restart()
    assert [question["id"] for question in secret.call("waiting")] == ["A1"]
    secret.call("approve", id="A1")
    assert secret.shell(ASKED)["verdict"] == ""


def test_an_approval_ends_after_ten_minutes(secret, monkeypatch):
    now = [1_800_000_000_000_000]
    for place in ("questions", "deciding", "record"):
        monkeypatch.setattr(f"jackline.guard.{place}.now_micros", lambda: now[0])
    secret.shell(ASKED)
    secret.call("approve")
    now[0] += 10 * 60 * 1_000_000
    assert secret.shell(ASKED)["verdict"] == "deny"


def test_an_approval_falls_when_the_surroundings_change(secret):
    secret.shell(ASKED)
    secret.call("approve")
    (secret.project / ".env").write_text("TOKEN=another\nMORE=1\n")
    assert secret.shell(ASKED)["verdict"] == "deny"


def test_a_waiting_call_is_let_go_when_it_is_approved(secret):
    secret.write_settings("[approvals]\nwait_seconds = 30\n")
    secret.call("reload")
    asked = threading.Event()

    class Waiting(Talk):
        def keep_alive(self):
            asked.set()
            return True

    message = json.dumps(secret.event("PreToolUse", "Bash", {"command": ASKED}, tool_use_id="t1")).encode()
    answers = []
    call = threading.Thread(target=lambda: answers.append(secret.service.answer(Waiting("hook", "claude", message))))
    call.start()
    assert asked.wait(10)
    secret.call("approve")
    call.join(10)
    assert answers == [(0, b"{}\n", b"")]


def test_a_waiting_call_is_told_of_a_refusal(secret):
    secret.write_settings("[approvals]\nwait_seconds = 30\n")
    secret.call("reload")
    answered = []

    class Waiting(Talk):
        def keep_alive(self):
            if not answered:
                answered.append(secret.call("refuse"))
            return True

    message = json.dumps(secret.event("PreToolUse", "Bash", {"command": ASKED}, tool_use_id="t1")).encode()
    _, out, _ = secret.service.answer(Waiting("hook", "claude", message))
    assert "refused" in json.loads(out)["hookSpecificOutput"]["permissionDecisionReason"]


def test_nobody_waits_for_a_client_that_has_gone(secret):
    secret.write_settings("[approvals]\nwait_seconds = 3600\n")
    secret.call("reload")
    message = json.dumps(secret.event("PreToolUse", "Bash", {"command": ASKED}, tool_use_id="t1")).encode()
    code, _, _ = secret.service.answer(Talk("hook", "claude", message, patience=0))
    assert code == 0


def test_a_refusal_holds_for_the_same_effects_in_other_words(secret):
    secret.shell(ASKED)
    secret.call("refuse")
    answer = secret.shell("cat './.env'")
    assert answer["verdict"] == "deny"
    assert "refused" in answer["reason"]


def test_three_refusals_pause_the_session_until_a_person_lets_it_go_on(secret):
    for name in (".env", ".env.local", "id_rsa"):
        (secret.project / name).write_text("TOKEN=1\n")
        assert secret.shell(f"cat {name}")["verdict"] == "deny"
        secret.call("refuse")
    assert "waits for a person" in secret.shell("ls")["reason"]
    secret.call("approve", id=SESSION)
    assert secret.shell("ls")["verdict"] == ""


def test_what_is_held_is_told_so_and_runs_once_when_it_was_approved(repository):
    answer = repository.shell(PUSH)
    assert answer["verdict"] == "deny"
    assert "held this as H1: it has NOT run" in answer["reason"]
    assert repository.call("approve", id="H1")["held"]
    assert repository.shell(PUSH)["verdict"] == ""
    assert "held this as H2" in repository.shell(PUSH)["reason"]
    assert [event.data["id"] for event in repository.events("held", "released")] == ["H1", "H1", "H2"]


def test_what_is_held_is_dropped_by_a_refusal(repository):
    repository.shell(PUSH)
    repository.call("refuse", id="H1")
    assert "refused" in repository.shell(PUSH)["reason"]
    assert repository.call("waiting") == []


def test_a_denied_effect_in_another_spelling_is_an_alert(desktop):
    desktop.shell("rm -rf /")
    assert desktop.alerts() == []
    desktop.shell("cd / && rm -r -f /")
    assert desktop.alerts() == ["respelled"]


def test_the_same_call_again_is_no_other_spelling(desktop):
    desktop.shell("rm -rf /")
    desktop.shell("rm -rf /")
    assert desktop.alerts() == []


def test_a_result_of_a_denied_call_is_an_alert(desktop):
    desktop.shell("rm -rf /")
    desktop.after("Bash", {"command": "rm -rf /"})
    assert desktop.alerts() == ["denied_but_ran"]


def test_a_result_without_a_decision_is_an_alert(desktop):
    desktop.last_call = "toolu_never_seen"
    desktop.after("Bash", {"command": "ls"})
    assert desktop.alerts() == ["undecided_result"]


def test_a_result_of_a_question_that_nobody_answered_is_an_alert(secret):
    secret.shell(ASKED)
    secret.after("Bash", {"command": ASKED})
    assert secret.alerts() == ["denied_but_ran"]


def test_calls_without_ids_are_paired_by_content(desktop):
    message = {
        "session_id": "g1", "transcript_path": "", "cwd": str(desktop.project), "timestamp": "2026-11-22T00:00:00Z",
        "tool_name": "run_shell_command", "tool_input": {"command": "ls"},
    }  # fmt: skip
    for name, more in (
        ("BeforeTool", {}),
        ("AfterTool", {"tool_response": {"llmContent": "", "returnDisplay": "", "error": None}}),
    ):
        code, _, err = desktop.ask("hook", "gemini", json.dumps({**message, **more, "hook_event_name": name}).encode())
        assert code == 0, err
    assert desktop.alerts() == []
    assert len(desktop.events("finished")) == 1


def test_a_claim_is_recorded_as_one(desktop):
    desktop.send(desktop.event("Stop", stop_hook_active=False, last_assistant_message="All tests pass."))
    (claimed,) = desktop.events("claimed")
    assert claimed.data["text"] == "All tests pass."


def test_a_sub_agent_bears_what_its_session_has_seen(desktop):
    (desktop.project / ".env").write_text("TOKEN=1\n")
    desktop.shell("cat .env", permission_mode="default")
    desktop.after("Bash", {"command": "cat .env"}, permission_mode="default")
    desktop.shell("ls", agent_id="agent-1", agent_type="helper")
    decided = desktop.events("decided")[-1]
    assert decided.session != SESSION
    assert "secret" in decided.data["decision"]["seen"]


def test_a_sub_agents_refusal_binds_its_session(secret):
    secret.shell(ASKED, agent_id="agent-1", agent_type="helper")
    secret.call("refuse")
    assert "refused" in secret.shell(ASKED)["reason"]


def test_an_agent_cannot_answer_for_a_person(secret):
    child = Peer(os.getuid(), os.getpid())  # the parent of this process plays the client
    message = json.dumps(secret.event("PreToolUse", "Bash", {"command": ASKED}, tool_use_id="t1")).encode()
    secret.ask("hook", "claude", message, peer=child)
    code, _, err = secret.ask("call", "approve", b"{}", peer=child)
    assert code == 3
    assert b"an agent cannot approve" in err
    assert "answered_itself" in secret.alerts()
    assert secret.shell(ASKED)["verdict"] == "deny"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"hook_event_name": 3}', b"\xff\xfe", b'{"a":' * 5000])
def test_what_cannot_be_read_is_stopped_in_the_clients_own_way(desktop, body):
    code, out, err = desktop.ask("hook", "claude", body)
    assert (code, out) == (2, b"")
    assert err.startswith(b"Jackline")
    assert err.count(b"\n") == 1


def test_a_client_that_is_not_known_is_refused(desktop):
    with pytest.raises(Exception, match="not a client"):
        desktop.ask("hook", "nobody", b"{}")
