"""Cages round real processes: with whatever cgroups this machine lets us make, and with none, as for any ordinary user."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import subprocess
import sys
import traceback

import pytest

from jackline.contain.limits.budgets import Budgets
from jackline.contain.limits.cage import Cage, Usage, disk_bytes
from jackline.contain.limits.groups import CageError, Group
from jackline.contain.limits.tree import descendants

NO_MORE = Budgets()
TREE = """
import os, sys, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: os.setsid()
        print("up", flush=True)
        while True: time.sleep(1000)
print("up", flush=True)
while True: time.sleep(1000)
"""
"""A process, three children and their three: all of sessions of their own."""


@contextlib.contextmanager
def caged(cage, program=TREE, ready=7):
    """A program that is put into a cage before it begins."""
    gate, go = os.pipe()
    body = f"import os; os.read({gate}, 1); os.close({gate})\n{program}"
    child = subprocess.Popen([sys.executable, "-I", "-c", body], pass_fds=(gate,), stdout=subprocess.PIPE)
    os.close(gate)
    try:
        cage.add(child.pid)
        os.write(go, b"x")
        os.close(go)
        for _ in range(ready):
            assert child.stdout.readline() == b"up\n"
        yield child
    finally:
        cage.remove()
        child.stdout.close()
        child.wait(20)


@pytest.fixture(params=["this machine's", "none"])
def make(request):
    """Cages by the machine's cgroups, and by none."""
    hierarchies = None if request.param == "this machine's" else []
    return lambda budgets=NO_MORE: Cage(f"jackline-test-{secrets.token_hex(6)}", budgets, hierarchies)


def states(found):
    return {words[0] for words in found.values()}


def until(reached):
    """Wait, bounded, for what the kernel does by and by."""
    for _ in range(400):
        if reached():
            return
        select.poll().poll(50)
    pytest.fail("it did not happen")


def test_all_are_frozen_and_go_on(make):
    cage = make()
    with caged(cage) as child:
        cage.freeze()
        frozen = descendants([child.pid])
        assert len(frozen) == 7
        if cage.freezer == "signals":
            until(lambda: states(descendants([child.pid])) == {"T"})
        cage.thaw()
        until(lambda: "T" not in states(descendants([child.pid])))


def test_all_are_ended_whatever_they_forked(make):
    cage = make()
    with caged(cage) as child:
        watched = [os.pidfd_open(process) for process in descendants([child.pid])]
        cage.kill()
        poll = select.poll()
        for descriptor in watched:
            poll.register(descriptor, select.POLLIN)
        child.wait(20)
        for descriptor in watched:
            assert select.select([descriptor], [], [], 20)[0], "a process lives on"
            os.close(descriptor)


def test_ending_what_is_frozen_works(make):
    cage = make()
    with caged(cage) as child:
        cage.freeze()
        cage.kill()
        assert child.wait(20) == -signal.SIGKILL


def test_a_launcher_goes_in_by_itself(make):
    cage = make()
    entrances = cage.entrances()
    goes = f"""
import os, signal
for entrance in {entrances}: os.write(entrance, b"0")
print("up", flush=True)
signal.pause()
"""
    child = subprocess.Popen([sys.executable, "-I", "-c", goes], pass_fds=entrances, stdout=subprocess.PIPE)
    cage.watch(child.pid)
    assert child.stdout.readline() == b"up\n"
    assert cage.usage().processes == 1
    cage.remove()
    assert child.wait(20) == -signal.SIGKILL
    child.stdout.close()
    for entrance in entrances:
        os.close(entrance)


def test_a_fork_bomb_is_ended(make):
    bomb = """
import os, signal
print("up", flush=True)
for _ in range(200):
    if os.fork() == 0:
        os.setsid()
        signal.pause()
        os._exit(0)
signal.pause()
"""
    cage = make(Budgets(processes=None))
    with caged(cage, bomb, ready=1) as child:
        cage.kill()
        assert child.wait(20) == -signal.SIGKILL
    assert not descendants([child.pid])


def test_usage_is_measured_and_a_budget_of_processor_time_is_reached(make):
    spin = 'print("up", flush=True)\nwhile True: pass'
    cage = make(Budgets(cpu_seconds=1))
    assert cage.usage() == Usage()
    with caged(cage, spin, ready=1):
        until(lambda: "cpu_seconds" in cage.reached())
        assert cage.usage().processes == 1
        assert cage.usage().memory_bytes > 0
        assert cage.held["cpu_seconds"] == "watched"


def test_what_the_caller_measures_counts(make):
    cage = make(Budgets(wall_seconds=10, disk_bytes=1000))
    assert cage.reached(wall_seconds=9, disk_bytes=999) == ()
    assert cage.reached(wall_seconds=10, disk_bytes=1000) == ("wall_seconds", "disk_bytes")
    cage.remove()


def test_what_holds_each_budget_is_said(make):
    cage = make(Budgets(memory_bytes=1 << 30, wall_seconds=5))
    expected = {"wall_seconds": "watched", "open_files": "each process", "file_bytes": "each process"}
    assert {name: cage.held[name] for name in expected} == expected
    assert cage.held["memory_bytes"] in {"cgroup v1", "cgroup v2", "watched"}
    assert (cage.freezer == "signals") <= (cage.held["processes"] == "watched")
    cage.remove()


def of_a_cgroup(budget, budgets):
    cage = Cage(f"jackline-test-{secrets.token_hex(6)}", budgets)
    if not cage.held[budget].startswith("cgroup"):
        cage.remove()
        pytest.skip(f"no cgroup of this machine, that we may make, holds {budget}")
    return cage


def test_the_kernel_refuses_more_processes():
    cage = of_a_cgroup("processes", Budgets(processes=20))
    forks = """
import os, signal
made = 0
try:
    while True:
        if os.fork() == 0: signal.pause()
        made += 1
except BlockingIOError: pass
print(made, flush=True); print("up", flush=True)
signal.pause()
"""
    with caged(cage, forks, ready=0) as child:
        assert int(child.stdout.readline()) == 19
        assert cage.reached() == ("processes",)
        assert cage.usage().denied > 0


def test_the_kernel_refuses_more_memory():
    cage = of_a_cgroup("memory_bytes", Budgets(memory_bytes=64 << 20))
    with caged(cage, 'print("up", flush=True)\nx = bytearray(1 << 30)\nprint("up", flush=True)', ready=1) as child:
        assert child.wait(20) == -signal.SIGKILL
        assert "memory_bytes" in cage.reached()


def test_nothing_is_left_behind(make):
    cage = make()
    paths = [group.path for group in cage._groups]
    with caged(cage):
        assert all(os.path.isdir(path) for path in paths)
    assert not [path for path in paths if os.path.exists(path)]


def test_a_limit_that_is_not_taken_is_an_error(tmp_path):
    (tmp_path / "pids.max").write_text("max")
    read_only = Group(2, str(tmp_path), frozenset({"pids"}))
    with pytest.raises(CageError, match=r"absent"):
        read_only.set_limit("absent.max", 5)
    with pytest.raises(CageError, match="cannot be put"):
        read_only.add(1)
    (tmp_path / "lies").symlink_to("/dev/null")
    with pytest.raises(CageError, match="says"):
        read_only.set_limit("lies", 5)


def test_an_ordinary_user_is_told_that_it_is_watched():
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            cage = Cage("jackline-test-user", Budgets(memory_bytes=1 << 30))
            group = cage.freezer != "signals"
            os._exit(0 if group or set(cage.held.values()) == {"watched", "each process"} else 3)
        except BaseException:  # noqa: BLE001 - a child of a fork ends here, whatever happens
            traceback.print_exc()
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_disk_is_measured_with_each_hard_link_once(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 1_000_000)
    os.link(tmp_path / "a", tmp_path / "b")
    os.symlink("/usr", tmp_path / "link")
    assert 1_000_000 <= disk_bytes([str(tmp_path)]) < 1_200_000
    assert disk_bytes([str(tmp_path / "absent")]) == 0


def test_a_number_that_another_process_has_by_now_is_nobody_of_ours(monkeypatch):
    """A cage outlives the programs in it, and their numbers are given away again: whoever has one is not to be killed."""
    with subprocess.Popen(["sleep", "100"]) as stranger:
        cage = Cage("jackline-test-reuse", Budgets(), [])
        monkeypatch.setattr("jackline.contain.limits.tree.began", lambda _: "1")  # when the one before it began
        cage.watch(stranger.pid)
        monkeypatch.undo()
        cage.kill()
        cage.remove()
        assert stranger.poll() is None
        stranger.kill()
