"""When the guard itself fails on a call: the client's own denial where it is known that a tool was about to run, else exit 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jackline.core.errors import LedgerError
from jackline.ledger import Reader
from tests.clients.conftest import sample as message_of

DENIALS = {
    "claude": ("PreToolUse.Bash-rm", lambda answer: answer["hookSpecificOutput"]["permissionDecisionReason"]),
    "codex": ("PreToolUse.Bash-rm", lambda answer: answer["hookSpecificOutput"]["permissionDecisionReason"]),
    "gemini": ("BeforeTool.run_shell_command-rm", lambda answer: answer["reason"]),
    "qwen": (
        "PreToolUse.run_shell_command-rm",
        lambda answer: answer["hookSpecificOutput"]["permissionDecisionReason"],
    ),
    "opencode": ("tool.execute.before.bash-rm", lambda answer: answer["deny"]),
}
each_client = pytest.mark.parametrize(("client", "sample", "reason"), [(name, *rest) for name, rest in DENIALS.items()])


def full(*_, **__):
    message = "the ledger cannot be written: the disk is full"
    raise LedgerError(message)


def broken(*_, **__):
    message = "a defect"
    raise ZeroDivisionError(message)


@each_client
@pytest.mark.parametrize(("failure", "why"), [(full, "the disk is full"), (broken, "please report this")])
def test_a_tool_is_denied_in_the_clients_own_words(desktop, monkeypatch, client, sample, reason, failure, why):
    monkeypatch.setattr(desktop.service.parts().guard, "weigh", failure)
    code, out, err = desktop.ask("hook", client, message_of(client, sample))
    assert (code, err) == (0, b"")
    assert out.count(b"\n") == 1
    assert why in reason(json.loads(out))


@each_client
def test_so_it_is_where_nothing_can_be_opened(desktop, client, sample, reason):
    desktop.service.close()
    Path(desktop.homes.ledger).mkdir(parents=True)
    code, out, _ = desktop.ask("hook", client, message_of(client, sample))
    assert code == 0
    assert "nothing runs, for nothing can be recorded" in reason(json.loads(out))


def test_a_question_of_claude_code_is_denied_where_it_ignores_exit_2(desktop, monkeypatch):
    monkeypatch.setattr(desktop.service.parts().guard, "decide", broken)
    answer = desktop.send(desktop.event("PermissionRequest", "Bash", {"command": "ls"}))
    assert answer["raw"]["hookSpecificOutput"]["decision"]["behavior"] == "deny"


@each_client
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"hook_event_name": 3}', b"\xff"])
def test_what_cannot_be_read_is_exit_2(desktop, client, sample, reason, body):
    del sample, reason
    code, out, err = desktop.ask("hook", client, body)
    assert (code, out, err.count(b"\n")) == (2, b"", 1)
    assert err.startswith(b"Jackline: ")


def test_an_event_that_no_denial_stops_is_exit_2(desktop, monkeypatch):
    monkeypatch.setattr(desktop.service.parts().record, "note", full)
    assert desktop.send(desktop.event("SessionStart", source="startup"))["code"] == 2


def test_what_was_recorded_is_signed_when_the_guard_stops(desktop):
    desktop.shell("ls")
    desktop.service.close()
    with Reader.open(desktop.homes.ledger) as ledger:
        report = ledger.verify()
        assert (report.intact, report.covered) == (True, ledger.count())


def test_a_disk_that_is_full_at_the_end_keeps_no_guard_from_stopping(desktop, monkeypatch):
    desktop.shell("ls")
    monkeypatch.setattr(desktop.service.parts().ledger, "checkpoint", full)
    desktop.service.close()
    desktop.restart()
    assert desktop.shell("rm -rf /")["verdict"] == "deny"
