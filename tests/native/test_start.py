"""A guard that is not there is started once, by whichever client comes first; all others wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.native.test_hook import call, is_blocked

GUARD = """\
#!{python} -IS
import os, signal, socket
signal.alarm(30)
with open({log!r}, "a") as log:
    fds = sorted(int(n) for n in os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else []
    bad = [n for n in os.environ if n.startswith(("LD_", "DYLD_", "PYTHON"))]
    targets = [os.readlink(f"/proc/self/fd/{{n}}") for n in (0, 1, 2)]
    print(os.getpid(), os.getsid(0) == os.getpid(), targets, bad, os.getcwd(), file=log)
{behaviour}
"""
SERVES = """\
s = socket.socket(socket.AF_UNIX)
s.bind({socket!r})
s.listen(64)
for _ in range({calls}):
    c, _ = s.accept()
    with c, c.makefile("rb") as f:
        f.read()
        c.sendall(b"JL1 reply 0 2 0\\n{{}}")
"""


@pytest.fixture
def program(tmp_path, runtime):
    """`program(behaviour)`: a guard to start, and the log that each start of it writes a line to."""

    def write(behaviour, calls=1):
        path, log = tmp_path / "guard program", tmp_path / "starts"
        text = behaviour.format(socket=str(runtime / "guard.sock"), calls=calls)
        path.write_text(GUARD.format(python=sys.executable, log=str(log), behaviour=text))
        path.chmod(0o700)
        return path, log

    return write


def ask(programs, runtime, program, *options, env=None):
    options = ("--socket", str(runtime / "guard.sock"), "--start", str(program), "--deadline", "20000", *options)
    return call(programs("hook"), *options, "claude", env=env)


def test_it_is_started_detached_with_a_clean_environment(programs, runtime, program, tmp_path):
    path, log = program(SERVES)
    environment = {"LD_LIBRARY_PATH": "/nowhere", "PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": "x"}
    done = ask(programs, runtime, path, env=environment)
    assert (done.returncode, done.stdout) == (0, b"{}"), done.stderr
    _, rest = log.read_text().split(" ", 1)
    assert rest == "True ['/dev/null', '/dev/null', '/dev/null'] [] /\n"


def test_many_clients_start_one_guard(programs, runtime, program):
    path, log = program(SERVES, calls=12)
    with ThreadPoolExecutor(12) as pool:
        done = list(pool.map(lambda _: ask(programs, runtime, path), range(12)))
    assert [(one.returncode, one.stdout) for one in done] == [(0, b"{}")] * 12, [one.stderr for one in done]
    assert len(log.read_text().splitlines()) == 1


def test_a_running_guard_is_not_started_again(programs, guard, tmp_path):
    guard.says(b"JL1 reply 0 2 0\n{}")
    marker = tmp_path / "started"
    starter = tmp_path / "starter"
    starter.write_text(f"#!/bin/sh\ntouch {marker}\n")
    starter.chmod(0o700)
    done = call(programs("hook"), "--socket", str(guard.path), "--start", str(starter), "--deadline", "20000", "claude")
    assert done.returncode == 0
    assert not marker.exists()


def test_the_runtime_directory_is_made(programs, runtime, tmp_path):
    runtime.rmdir()
    done = ask(programs, runtime, tmp_path / "no-such-program")
    assert "could not be started" in is_blocked(done)
    assert runtime.stat().st_mode & 0o777 == 0o700


def test_a_program_that_fails_blocks(programs, runtime, program):
    path, _ = program("raise SystemExit(1)")
    assert "could not be started" in is_blocked(ask(programs, runtime, path))


def test_a_program_that_never_listens_blocks(programs, runtime, program):
    path, log = program("signal.pause()")
    assert "in time" in is_blocked(ask(programs, runtime, path, "--limit", "1500"))
    os.kill(int(log.read_text().split()[0]), 9)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_directory_that_others_can_write_is_refused(programs, runtime, program, mode):
    path, log = program(SERVES)
    runtime.chmod(mode)
    assert "not safe" in is_blocked(ask(programs, runtime, path))
    assert not log.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a directory another user's")
def test_another_users_directory_is_refused(programs, runtime, program):
    path, log = program(SERVES)
    os.chown(runtime, 65534, 65534)
    assert "not safe" in is_blocked(ask(programs, runtime, path))
    assert not log.exists()


def test_a_link_in_place_of_the_directory_is_refused(programs, runtime, program, tmp_path):
    path, log = program(SERVES)
    link = tmp_path / "link"
    link.symlink_to(runtime)
    options = ("--socket", str(link / "guard.sock"), "--start", str(path))
    assert "not safe" in is_blocked(call(programs("hook"), *options, "claude"))
    assert not log.exists()


def test_a_link_in_place_of_the_lock_is_refused(programs, runtime, program, tmp_path):
    path, log = program(SERVES)
    (tmp_path / "victim").write_text("kept")
    (runtime / "start.lock").symlink_to(tmp_path / "victim")
    assert "locked" in is_blocked(ask(programs, runtime, path))
    assert not log.exists()
    assert (tmp_path / "victim").read_text() == "kept"


def test_closed_descriptors_are_not_mistaken_for_the_socket(programs, guard):
    guard.says(b"JL1 reply 0 2 0\n{}")
    command = [*programs("hook"), "--socket", str(guard.path), "--deadline", "20000", "claude"]
    closing = 'exec "$@" <&- >&- 2>&-'
    done = subprocess.run(["/bin/sh", "-c", closing, "sh", *command], timeout=30, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode in {0, 2}
    assert all(request.startswith(b"JL1 hook claude 0\n") and b"{}" not in request for request in guard.requests)
