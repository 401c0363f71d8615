"""Each way in which a guard can fail: nothing dangerous runs, one sentence says why, and work goes on afterwards."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from pathlib import Path

import pytest

from jackline.cli.guard import running_pid
from jackline.core.errors import GuardUnreachableError
from jackline.guard.accounts import account_of
from tests.guard.residents import Resident, end_process, verdict, wait_until

pytestmark = pytest.mark.slow  # each starts a guard's process or two
DANGER = "rm -rf /"


@pytest.fixture
def resident(short):
    with Resident(short) as found:
        found.start()
        yield found


def works(resident):
    assert (resident.shell("ls"), resident.shell(DANGER)) == ("allow", "deny")
    return True


def test_it_works(resident):
    assert works(resident)


def test_killed(resident):
    resident.end(signal.SIGKILL)
    assert resident.shell(DANGER).startswith("failed: the guard does not answer")
    resident.start()
    assert works(resident)


def test_killed_in_the_middle_of_a_call(resident):
    Path(resident.homes.settings).write_text("[approvals]\nwait_seconds = 60\n")
    resident.call("reload")
    (resident.project / ".env").write_text("TOKEN=1\n")
    resident.order("cat .env")
    wait_until(lambda: resident.call("waiting"), resident.process.pid)
    resident.end(signal.SIGKILL)
    assert verdict(resident.answer()).startswith("failed: the guard does not answer")
    resident.start()
    assert [question["arguments"] for question in resident.call("waiting")] == [{"command": "cat .env"}]
    assert works(resident)


def test_hung(resident):
    resident.kill(signal.SIGSTOP)
    try:
        assert resident.shell(DANGER, patience=0.3).startswith("failed: the guard does not answer")
    finally:
        resident.kill(signal.SIGCONT)
    assert works(resident)


def test_socket_gone(resident):
    os.unlink(resident.homes.socket)
    assert resident.shell(DANGER).startswith("failed: the guard does not answer")
    resident.end()
    resident.start()
    assert works(resident)


def test_started_on_demand_by_the_first_call(resident):
    resident.end()
    assert resident.shell(DANGER, start=True, patience=20.0) == "deny"
    end_process(running_pid(resident.homes))


def test_many_first_calls_start_one_guard(resident):
    resident.end()
    for _ in range(5):
        resident.order(DANGER, start=True, patience=20.0)
    assert {verdict(resident.answer()) for _ in range(5)} == {"deny"}
    end_process(running_pid(resident.homes))


def test_policy_broken_at_the_start(resident):
    resident.end()
    Path(resident.homes.config, "own.cedar").write_text("permit (principal, action, resource) when { nonsense };\n")
    resident.settings('policy = "own.cedar"')
    resident.start()
    assert resident.shell("ls") == "deny"
    assert "line 1" in resident.call("status")["trouble"]
    Path(resident.homes.config, "own.cedar").write_text("permit (principal, action, resource);\n")
    assert resident.call("reload")["reloaded"]
    assert resident.shell(DANGER) == "allow"


def test_policy_broken_later(resident):
    Path(resident.homes.grants).write_text("permit (principal, action, resource) when { context.nonsense };\n")
    answer = resident.call("reload")
    assert not answer["reloaded"]
    assert "nonsense" in answer["trouble"]
    assert works(resident)
    Path(resident.homes.grants).unlink()
    assert resident.call("reload")["trouble"] == ""


def test_ledger_locked_by_another(resident):
    assert works(resident)
    other = sqlite3.connect(resident.homes.ledger, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = resident.shell(DANGER, patience=30.0)
        assert answer == "deny"
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert works(resident)


@pytest.mark.skipif(os.getuid() != 0, reason="a full disk is made with a small tmpfs, which needs root")
def test_disk_full(short):
    import subprocess

    state = short / "s"
    state.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(state)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a tmpfs")
    resident = Resident(short)
    try:
        resident.start()
        assert works(resident)
        filler = state / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        answers = {resident.shell("ls") for _ in range(60)}
        assert "deny" in answers
        assert resident.shell(DANGER) == "deny"
        filler.unlink()
        assert works(resident)
    finally:
        resident.close()
        subprocess.run(["umount", "-l", str(state)], check=True)


def test_a_hundred_calls_at_once(resident):
    for number in range(100):
        resident.order(f"echo {number}" if number % 2 else DANGER, patience=30.0)
    answers = [resident.answer() for _ in range(100)]
    for answer in answers:
        assert verdict(answer) == ("allow" if int(answer["id"][1:]) % 2 == 0 else "deny")
    counted = resident.call("status")
    assert (counted["actions"], counted["allowed"], counted["stopped"]) == (100, 50, 50)


def test_an_upgrade_under_calls_loses_none(resident):
    old = resident.process
    for number in range(40):
        resident.order(f"echo {number}", patience=30.0)
    resident.start("--takeover")
    for number in range(40):
        resident.order(f"echo {number}", patience=30.0)
    answers = [verdict(resident.answer()) for _ in range(80)]
    assert answers == ["allow"] * 80
    assert old.wait(20) == 0
    wait_until(lambda: running_pid(resident.homes) == resident.process.pid, resident.process.pid)
    assert resident.call("status")["actions"] == 80


def test_a_guard_that_runs_has_all_it_needs_in_memory(resident):
    """Nothing is imported late that an upgrade could have replaced: the grammar of JavaScript stands for the rest."""
    maps = Path(f"/proc/{resident.process.pid}/maps")
    wait_until(lambda: "tree_sitter_typescript" in maps.read_text(), resident.process.pid)
    assert works(resident)


def test_a_second_guard_gives_way(resident):
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-P", "-m", "jackline.guard.main"], env=resident.environment, cwd="/", timeout=20, check=False
    )
    assert done.returncode == 0
    assert running_pid(resident.homes) == resident.process.pid


def test_told_to_end_it_answers_who_waits(resident):
    Path(resident.homes.settings).write_text("[approvals]\nwait_seconds = 60\n")
    resident.call("reload")
    (resident.project / ".env").write_text("TOKEN=1\n")
    resident.order("cat .env")
    wait_until(lambda: resident.call("waiting"), resident.process.pid)
    assert resident.end() == 0
    assert verdict(resident.answer()) == "deny"
    with pytest.raises(GuardUnreachableError):
        resident.call("status")


def test_the_guard_stays_small(resident):
    for number in range(200):
        resident.order(f"cat file-{number} | sort | uniq -c > out-{number}.txt", patience=30.0)
    for _ in range(200):
        assert verdict(resident.answer()) in {"allow", "deny"}
    status = Path(f"/proc/{resident.process.pid}/status").read_text()
    resident_kib = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    assert resident_kib < 80 * 1024


def test_a_managed_guard_can_be_reached_by_others_and_written_by_none(short):
    resident = Resident(short)
    resident.settings(f'users = ["{account_of(os.getuid()).name}"]')
    try:
        resident.start()
        assert stat.S_IMODE(os.stat(resident.homes.runtime).st_mode) == 0o755
        assert stat.S_IMODE(os.stat(resident.homes.socket).st_mode) == 0o666
        assert works(resident)
        assert stat.S_IMODE(os.stat(resident.homes.state).st_mode) == 0o700
    finally:
        resident.close()


def test_a_guard_of_ones_own_can_be_reached_by_nobody_else(resident):
    assert stat.S_IMODE(os.stat(resident.homes.runtime).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(resident.homes.socket).st_mode) == 0o600
