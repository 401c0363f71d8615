"""`run`: an agent on its floor, its door, its view, kept or discarded."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.guard.running.visitor import show

pytestmark = pytest.mark.slow


class Run:
    """One run of one agent: a shell script."""

    def __init__(self, desktop, script, **wanted):
        self.desktop = desktop
        opened = desktop.call("run", argv=["sh", "-c", script], cwd=str(desktop.project), **wanted)
        self.session, self.mode = opened["session"], opened["mode"]
        self.came = show(opened["place"], opened["ticket"])

    def end(self, outcome):
        return self.desktop.call("run_end", session=self.session, outcome=outcome)


def test_an_agent_without_hooks_is_staged_and_nothing_real_changes_before_the_end(contained):
    (contained.project / "a").write_text("a")
    run = Run(contained, "rm a; echo b > b; ls")
    assert (run.mode, run.came.code, run.came.out) == ("staged", 0, "b\n")
    assert os.listdir(contained.project) == ["a"]
    ended = run.end("keep")
    assert [change["verb"] for change in ended["changes"]] == ["delete", "create"]
    assert os.listdir(contained.project) == ["b"]
    contained.call("undo", id=run.session)
    assert os.listdir(contained.project) == ["a"]
    assert (contained.project / "a").read_text() == "a"


def test_what_is_discarded_never_was(contained):
    (contained.project / "a").write_text("a")
    run = Run(contained, "rm -rf * .git; touch x")
    run.end("discard")
    assert os.listdir(contained.project) == ["a"]


def test_a_staged_run_leaves_a_conflict_alone_and_tells_it(contained):
    (contained.project / "a").write_text("a")
    run = Run(contained, "echo agent > a; echo b > b")
    (contained.project / "a").write_text("a person's own")
    ended = run.end("keep")
    assert ended["conflicts"] == ["a"]
    assert (contained.project / "a").read_text() == "a person's own"
    assert (contained.project / "b").read_text() == "b\n"


def test_the_floor_reaches_nothing(contained):
    script = "(echo > /dev/tcp/127.0.0.1/22) 2>&1; python3 -c 'import socket; print(socket.if_nameindex())'; ls /home /root 2>&1"
    run = Run(contained, f'bash -c "{script}"')
    assert "[(1, 'lo')]" in run.came.out


@pytest.mark.parametrize("program", ["true", "false"])
def test_the_exit_code_is_the_agents(contained, program):
    assert Run(contained, program).came.code == (program == "false")


def test_nothing_outlives_the_run(contained):
    mark = "jackline-survivor-4711"
    script = f"(setsid sh -c 'exec -a {mark} sleep 1000' </dev/null >/dev/null 2>&1 &) ; (nohup bash -c 'exec -a {mark} sleep 1000' >/dev/null 2>&1 &); true"
    run = Run(contained, f'bash -c "{script}"')
    run.end("discard")
    assert not [pid for pid in filter(str.isdecimal, os.listdir("/proc")) if mark in command_of(pid)]


def command_of(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read()
    except OSError:
        return ""


def test_ten_ways_to_answer_oneself_all_fail(contained):
    """From inside a run: whatever a person could do to approve, nothing inside can."""
    code, _, _ = contained.ask(
        "exec", "user", b"\0".join([str(contained.project).encode(), b"", b"rm", b"-rf", b"/etc/x"])
    )
    assert code
    waiting = contained.call("waiting")
    del waiting
    ways = [
        "jackline approve A1",
        "jackline-hook --socket /run/jackline/guard.sock call </dev/null",
        'printf \'JL1 call approve 12\\n{"id":"A1"}\\n\' | python3 -c \'import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect("/run/jackline/guard.sock"); s.sendall(sys.stdin.buffer.read()); print(s.recv(999))\'',
        f"python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.connect(\"{contained.homes.socket}\")'",
        "script -qc 'jackline approve A1' /dev/null",
        "tmux new-session -d 'jackline approve A1'",
        "echo 'jackline approve A1' | at now",
        "systemd-run --user jackline approve A1",
        "crontab -l; echo '* * * * * jackline approve A1' | crontab -",
        f"echo '[]' > {contained.homes.state}/ledger.sqlite",
        f"kill -9 $(cat {contained.homes.lock})",
        "nsenter -t 1 -a true; unshare -Ur true; mount -t tmpfs x /mnt",
    ]
    before = len(contained.events("approved", "refused", "paused", "configured"))
    for way in ways:
        run = Run(contained, way)
        run.end("discard")
    assert len(contained.events("approved", "refused", "paused", "configured")) == before
    assert contained.call("status")["enforcing"]


def test_a_session_that_cannot_be_contained_starts_nothing(contained):
    shutil.rmtree(contained.project)
    with pytest.raises(Exception, match=r"cannot be|not there"):
        Run(contained, "true")
