"""The shell prefix: what was decided runs once, what was not is decided, and what goes round it is seen."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.guard.desk_top import SESSION


def wrapped(command, preamble="", snapshot="/h/.claude/shell-snapshots/snapshot-bash-1-a.sh"):
    return (
        f"source {snapshot} 2>/dev/null || true && {preamble}"
        "{ \\builtin shopt -u extglob || \\builtin setopt NO_EXTENDED_GLOB NO_BARE_GLOB_QUAL; } >/dev/null 2>&1 || true && "
        f"eval {shlex.quote(command)} < /dev/null && pwd -P >| /tmp/claude-1a2b-cwd"
    )


def run(desktop, text, session=SESSION, cwd=None):
    body = b"\0".join(part.encode() for part in (str(cwd or desktop.project), session, "1", text))
    return desktop.ask("shell", "claude", body)


def test_what_was_decided_runs_as_it_came(desktop):
    desktop.shell("ls -la")
    text = wrapped("ls -la")
    assert run(desktop, text) == (0, text.encode(), b"")
    assert len(desktop.events("decided")) == 1
    assert len(desktop.events("started")) == 1


def test_a_decision_is_used_once(desktop):
    desktop.shell("ls -la")
    run(desktop, wrapped("ls -la"))
    run(desktop, wrapped("ls -la"))
    assert len(desktop.events("decided")) == 2


def test_what_was_denied_does_not_run(desktop):
    desktop.shell("rm -rf /")
    code, out, err = run(desktop, wrapped("rm -rf /"))
    assert (code, out) == (126, b"")
    assert err.startswith(b"Jackline: ")


def test_what_was_never_decided_is_decided_here(desktop):
    assert run(desktop, wrapped("rm -rf /"))[0] == 126
    assert run(desktop, wrapped("ls"))[0] == 0
    assert len(desktop.events("decided")) == 2


@pytest.mark.parametrize("text", [wrapped("ls") + "; rm -rf /", "rm -rf /", "x\0y"])
def test_what_only_looks_like_a_wrapper_is_judged_whole(desktop, text):
    desktop.shell("ls")
    assert run(desktop, text)[0] == 126


def test_exports_before_a_command_are_judged_with_it(desktop):
    desktop.shell("ls")
    assert run(desktop, wrapped("ls", preamble="export A=b\n: && "))[0] == 0
    desktop.shell("ls")
    assert len(desktop.events("started")) == 1


def test_a_question_that_the_client_put_has_been_answered_by_running(secret):
    secret.shell("cat .env", permission_mode="default")
    assert run(secret, wrapped("cat .env"))[0] == 0


def test_a_question_that_nobody_answered_does_not_run(secret):
    secret.shell("cat .env")
    assert run(secret, wrapped("cat .env"))[0] == 126


def test_another_directory_is_another_action(secret):
    secret.shell("cat .env", permission_mode="default")
    assert run(secret, wrapped("cat .env"), cwd=secret.place)[0] == 126
    assert len(secret.events("decided")) == 2


def test_without_a_session_the_only_one_it_can_be(desktop):
    desktop.shell("ls")
    run(desktop, wrapped("ls"), session="")
    assert len(desktop.events("decided")) == 1


def test_a_command_that_goes_round_the_prefix_is_an_alert(desktop):
    desktop.shell("ls")
    run(desktop, wrapped("ls"))
    desktop.after("Bash", {"command": "ls"})
    assert desktop.alerts() == []
    desktop.shell("pwd")
    desktop.after("Bash", {"command": "pwd"})
    assert desktop.alerts() == ["never_arrived"]


def test_a_snapshot_that_the_agent_wrote_is_not_sourced(desktop):
    snapshot = desktop.project / "snapshot.sh"
    arguments = {"file_path": str(snapshot), "content": "rm() { :; }\n"}
    desktop.before("Write", arguments)
    snapshot.write_text(arguments["content"])
    desktop.after("Write", arguments)
    desktop.shell("ls")
    code, _, err = run(desktop, wrapped("ls", snapshot=snapshot))
    assert code == 126
    assert b"written by an agent" in err


def test_an_incomplete_request_is_refused(desktop):
    with pytest.raises(Exception, match="incomplete"):
        desktop.ask("shell", "claude", b"/\0s")


def test_the_users_own_hook_runs_while_its_settings_are_being_written(desktop, monkeypatch, tmp_path):
    """A client that writes its settings anew empties them first: the hooks of before are the user's all the same."""
    own = "notify-send 'the agent works'; rm -rf /tmp/own"
    settings = tmp_path / "settings.json"
    whole = json.dumps({"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": own}]}]}})
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    settings.write_text(whole)
    assert run(desktop, own)[0] == 0
    for half in ("", whole[:40], "[]"):
        settings.write_text(half)
        assert run(desktop, own)[0] == 0
    assert desktop.events("decided") == []
    settings.write_text("{}")
    run(desktop, own)
    assert len(desktop.events("decided")) == 1, "a whole file without the hook takes it away"
    settings.write_text(whole)
    assert run(desktop, own)[0] == 0
    settings.unlink()
    run(desktop, own)
    assert len(desktop.events("decided")) == 2, "so does a file that is gone"
