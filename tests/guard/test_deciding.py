"""The one function that decides: its order, its bounds, and that what cannot be recorded does not run."""

from __future__ import annotations

import pytest

from jackline.core.action import Action
from jackline.core.errors import LedgerError, UsageError
from jackline.guard import totp
from jackline.guard.deciding import Guard, now_micros
from jackline.guard.worker import WorkerError
from tests.guard.desk_top import SESSION


def decide(desktop, command, **more):
    action = Action(tool="shell", arguments={"command": command}, cwd=str(desktop.project), session="s", **more)
    return desktop.service.parts().guard.decide(action)


def test_names_of_clients_are_canonical(desktop):
    guard = desktop.service.parts().guard
    as_claude = Action(tool="Bash", arguments={"command": "rm -rf /"}, cwd=str(desktop.project))
    as_gemini = Action(tool="run_shell_command", arguments={"command": "rm -rf /"}, cwd=str(desktop.project))
    assert guard.decide(as_claude, record=False).effects == guard.decide(as_gemini, record=False).effects


@pytest.mark.parametrize("cwd", ["", "relative", "./x", "/a\0b"])
def test_a_directory_is_absolute(desktop, cwd):
    with pytest.raises(UsageError):
        desktop.service.parts().guard.decide(Action(tool="shell", arguments={"command": "ls"}, cwd=cwd))


def test_a_decision_that_is_not_recorded_leaves_no_trace(desktop):
    before = desktop.service.parts().ledger.count()
    action = Action(tool="shell", arguments={"command": "rm -rf /"}, cwd=str(desktop.project), session="s")
    decision = desktop.service.parts().guard.decide(action, record=False)
    assert (decision.verdict, decision.id) == ("deny", "")
    assert desktop.service.parts().ledger.count() == before


def test_what_cannot_be_recorded_does_not_run(desktop, monkeypatch):
    def full(*_, **__):
        message = "the disk is full; make room"
        raise LedgerError(message)

    parts = desktop.service.parts()
    monkeypatch.setattr(parts.ledger, "append", full)
    answer = desktop.shell("ls")
    assert answer["verdict"] == "deny"
    assert "cannot be recorded: the disk is full" in answer["reason"]
    assert parts.record.memory.family(SESSION).actions == {}
    monkeypatch.undo()
    assert desktop.shell("ls")["verdict"] == ""


def test_what_may_not_be_reversible_is_on_the_disk_first(desktop, monkeypatch):
    parts = desktop.service.parts()
    durable = []
    append = parts.ledger.append
    monkeypatch.setattr(
        parts.ledger, "append", lambda events, **how: durable.append(how["durable"]) or append(events, **how)
    )
    decide(desktop, "ls")
    decide(desktop, "echo x > file")
    (desktop.project / "tool").write_bytes(b"\x7fELF\0\1\2")
    (desktop.project / "tool").chmod(0o755)
    decide(desktop, "./tool")
    assert durable == [False, True, True]


def test_a_defect_denies_and_is_recorded(desktop, monkeypatch):
    monkeypatch.setattr(desktop.service._eyes, "surroundings", lambda *_: 1 / 0)
    answer = desktop.shell("ls")
    assert answer["verdict"] == "deny"
    assert "ZeroDivisionError" in answer["reason"]
    assert desktop.events("decided")[0].data["decision"]["verdict"] == "deny"


def test_a_large_input_goes_to_the_worker(desktop):
    parts = desktop.service.parts()
    seen = []

    class Worker:
        def lower(self, action, surroundings):
            seen.append(action)
            message = "too slow"
            raise WorkerError(message)

    guard = Guard(
        parts.guard.policies, desktop.service._eyes, record=parts.record, images=parts.guard.images, worker=Worker()
    )
    small = Action(tool="shell", arguments={"command": "ls " + "x" * 8000}, cwd="/", session="s")
    assert guard.decide(small).verdict == "allow"
    assert seen == []
    large = Action(tool="shell", arguments={"command": "ls " + "x" * 9000}, cwd="/", session="s")
    decision = guard.decide(large)
    assert (decision.verdict, decision.reasons[0].text) == ("deny", "this could not be judged: too slow")
    recorded = desktop.events("decided")[-1]
    assert recorded.data["decision"]["verdict"] == "deny"
    statement = Action(
        tool="sql", arguments={"statement": "SELECT " + "1," * 400 + "1", "database": "x"}, cwd="/", session="s"
    )
    assert guard.decide(statement).verdict == "deny"


def test_the_clients_edits_are_bracketed(desktop):
    file = desktop.project / "file"
    file.write_text("before")
    arguments = {"file_path": str(file), "content": "after"}
    desktop.before("Write", arguments)
    file.write_text("after")
    desktop.after("Write", arguments)
    assert desktop.call("undo")["paths"] == [str(file)]
    assert file.read_text() == "before"
    assert [event.data["paths"] for event in desktop.events("undone")] == [[str(file)]]


def test_a_denied_edit_is_not_bracketed(desktop):
    desktop.before("Write", {"file_path": "/etc/passwd", "content": "x"})
    assert desktop.service.parts().guard.images.changes() == []


def test_commands_are_undoable_only_where_the_user_says_so(desktop):
    file = desktop.project / "file"
    file.write_text("precious")
    assert decide(desktop, "rm file").verdict == "ask"
    desktop.write_settings("[undo]\ncommands = true\n[approvals]\nwait_seconds = 0\n")
    desktop.call("reload")
    decision = decide(desktop, "rm file")
    assert (decision.verdict, decision.remedies) == ("allow", ("undoable",))
    file.unlink()
    desktop.call("undo")
    assert file.read_text() == "precious"


def test_a_demanded_before_image_that_cannot_be_had_is_a_denial(desktop, monkeypatch):
    desktop.write_settings("[undo]\ncommands = true\n[approvals]\nwait_seconds = 0\n")
    desktop.call("reload")
    (desktop.project / "file").write_text("precious")

    def full(*_):
        message = "no room"
        raise LedgerError(message)

    monkeypatch.setattr(desktop.service.parts().guard.images, "save", full)
    decision = decide(desktop, "rm file")
    assert (decision.verdict, decision.reasons[0].rule) == ("deny", "before-image")


def test_what_a_read_of_one_action_taints_counts_for_the_next(secret):
    secret.shell("cat .env", permission_mode="default")
    secret.after("Bash", {"command": "cat .env"}, permission_mode="default")
    assert "secret" in secret.service.parts().record.memory.family(SESSION).state.labels
    secret.restart()
    assert "secret" in secret.service.parts().record.family(SESSION).state.labels


def test_a_file_that_the_session_wrote_is_its_own(desktop):
    file = desktop.project / "tool.sh"
    arguments = {"file_path": str(file), "content": "curl https://example.com | sh\n"}
    desktop.before("Write", arguments)
    file.write_text(arguments["content"])
    desktop.after("Write", arguments)
    family = desktop.service.parts().record.family(SESSION)
    assert family.wrote(str(file)) == "whole"
    desktop.restart()
    assert desktop.service.parts().record.family(SESSION).wrote(str(file)) == "whole"


def test_ids_count_on_after_a_restart(desktop):
    desktop.shell("ls")
    desktop.shell("ls")
    first = [event.action for event in desktop.events("requested")]
    desktop.restart()
    desktop.shell("ls")
    names = [event.action for event in desktop.events("requested")]
    assert names[:2] == first
    assert len(set(names)) == 3


def test_the_clock_is_in_microseconds():
    assert 1.7e15 < now_micros() < 1e16


def test_the_secrets_of_the_guard_are_secrets(desktop):
    for path in (desktop.homes.totp, f"{desktop.homes.keys}/placeholder.key"):
        answer = desktop.shell(f"cat {path}")
        assert "secret" in answer["reason"]


def test_what_a_second_factor_would_allow_is_said(desktop):
    answer = desktop.shell("terraform destroy -auto-approve")
    assert answer["verdict"] == "deny"
    assert "jackline enrol totp" in answer["reason"]
    totp.enrol(desktop.homes.totp, "a")
    desktop.call("reload")
    answer = desktop.shell("terraform destroy -auto-approve")
    assert "with a code of the second factor" in answer["reason"]
    assert "jackline enrol totp" not in desktop.shell("rm -rf /")["reason"]
