"""What the hook client does with every kind of guard: it hands on a whole answer, or it blocks with one sentence."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import jackline.hook_client
from tests.native.fake_guard import reply

REQUEST = json.dumps({"tool_name": "Bash", "tool_input": {"command": "rm -rf /tmp/x; echo 'é \U0001f600'"}}).encode()
TWIN = str(Path(jackline.hook_client.__file__).with_name("twin.py"))
PATIENT = ("--deadline", "20000")


def call(command, *arguments, stdin=REQUEST, env=None):
    environment = {"PATH": os.environ["PATH"], **(env or {})}
    return subprocess.run(
        [*command, *arguments], input=stdin, capture_output=True, timeout=30, check=False, env=environment
    )


def is_blocked(done):
    """Exit 2, nothing on stdout, one sentence of ours on stderr."""
    text = done.stderr.decode()
    assert (done.returncode, done.stdout) == (2, b""), (done.returncode, done.stdout, text)
    assert text.startswith("Jackline: the guard does not answer (")
    assert text.endswith("run `jackline doctor`\n")
    assert text.count("\n") == 1
    return text


def ask(programs, guard, *options, stdin=REQUEST):
    return call(programs("hook"), "--socket", str(guard.path), *(options or PATIENT), "claude", stdin=stdin)


def test_it_hands_the_request_over_verbatim_and_the_answer_back(programs, guard):
    guard.says(reply(0, b'{"a": 1}\n', b"note"))
    done = ask(programs, guard)
    assert (done.returncode, done.stdout, done.stderr) == (0, b'{"a": 1}\n', b"note")
    assert guard.requests == [b"JL1 hook claude %d\n" % len(REQUEST) + REQUEST]


def test_a_denial_is_handed_on(programs, guard):
    guard.says(reply(2, b"", b"no: it deletes production"))
    done = ask(programs, guard)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"no: it deletes production")


def test_waiting_lines_come_before_the_answer(programs, guard):
    guard.says(b"JL1 wait\n" * 7, b"JL1 wait\nJL1 re", b"ply 0 2 0\n{", b"}")
    assert ask(programs, guard).stdout == b"{}"


def test_an_empty_request_is_still_asked(programs, guard):
    guard.says(reply(0, b"{}"))
    assert ask(programs, guard, stdin=b"").returncode == 0
    assert guard.requests == [b"JL1 hook claude 0\n"]


def test_a_large_request_and_a_large_answer_pass(programs, guard):
    request, answer = b"x" * (12 << 20), b'{"k": "' + b"y" * (5 << 20) + b'"}'
    guard.says(reply(0, answer))
    done = ask(programs, guard, stdin=request)
    assert done.returncode == 0
    assert done.stdout == answer
    assert guard.requests[0].endswith(request)


def test_what_follows_a_whole_answer_is_ignored(programs, guard):
    guard.hangs(reply(0, b"{}") + b"JL1 reply 2 0 2\nno")
    done = ask(programs, guard)
    assert (done.returncode, done.stdout) == (0, b"{}")


def test_an_answer_given_before_the_request_was_read_counts(programs, guard):
    guard.reads_first = False
    guard.says(reply(2, b"", b"too much"))
    done = ask(programs, guard, stdin=b"z" * (8 << 20))
    assert done.returncode == 2
    assert done.stdout == b""


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"J",
        b"JL1 reply 0 2 0\n",
        b"JL1 reply 0 2 0\n{",
        b"JL1 reply 0 3 0\n{}",
        b"JL1 reply 0 2 1\n{}",
        b"JL1 wait\n",
        b"JL1 wait",
        b"JL2 reply 0 2 0\n{}",
        b"jl1 reply 0 2 0\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"JL1 reply 0 2\n{}",
        b"JL1 reply 0 2 0 0\n{}",
        b"JL1  reply 0 2 0\n{}",
        b"JL1 reply  0 2 0\n{}",
        b"JL1 reply 0 2 0 \n{}",
        b"JL1 reply 0 2 0\r\n{}",
        b"JL1 reply -0 2 0\n{}",
        b"JL1 reply +0 2 0\n{}",
        b"JL1 reply 0 -2 0\n{}",
        b"JL1 reply 0 2 -1\n{}",
        b"JL1 reply 0x0 2 0\n{}",
        b"JL1 reply 0 2.0 0\n{}",
        b"JL1 reply 0 \xb2 0\n{}",
        b"JL1 reply 0 18446744073709551618 0\n{}",
        b"JL1 reply 4294967296 2 0\n{}",
        b"JL1 reply 256 2 0\n{}",
        b"JL1 reply 0 16777217 0\n{}",
        b"JL1 reply 0 99999999 0\n{}",
        b"JL1 reply 0 2 99999999\n{}",
        b"JL1 reply 0 2 0\0\n{}",
        b"JL1 wait\0\nJL1 reply 0 2 0\n{}",
        b"JL1 wait \nJL1 reply 0 2 0\n{}",
        b"JL1 maybe\nJL1 reply 0 2 0\n{}",
        b"\nJL1 reply 0 2 0\n{}",
        b"A" * 5000 + b"\n",
        b"JL1 reply 0 2 0" + b" " * 5000 + b"\n{}",
        reply(1, b"{}"),
        reply(3, b"{}"),
        reply(126, b"{}", b"no"),
        reply(255, b"", b"no"),
        reply(2),
        reply(0),
        reply(0, b"ok"),
        reply(0, b"[]"),
        reply(0, b"{"),
        reply(0, b'{"decision": "allow"'),
        reply(0, b"null\n"),
    ],
)
def test_what_is_not_a_whole_answer_blocks(programs, guard, answer):
    guard.says(answer)
    is_blocked(ask(programs, guard))


@pytest.mark.parametrize("answer", [b"", b"JL1", b"JL1 reply 0 2 0\n{", b"JL1 wait\n", b"JL1 reply 0 2 1\n{}"])
def test_silence_blocks(programs, guard, answer):
    guard.hangs(answer)
    assert "silent" in is_blocked(ask(programs, guard, "--deadline", "250"))


def test_a_guard_that_never_reads_blocks(programs, guard):
    guard.reads_first = False
    guard.hangs()
    assert "silent" in is_blocked(ask(programs, guard, "--deadline", "250", stdin=b"z" * (12 << 20)))


def test_a_drip_of_bytes_does_not_buy_time(programs, guard):
    def drip(connection):
        for byte in b"JL1 reply 0 99 0\n" + b"{" * 99:
            connection.sendall(bytes([byte]))
            if guard.finished.wait(0.05):
                return

    guard.behave = drip
    is_blocked(ask(programs, guard, "--deadline", "400"))


def test_waiting_for_ever_ends_at_the_limit(programs, guard):
    def wait(connection):
        while not guard.finished.wait(0.01):
            connection.sendall(b"JL1 wait\n")

    guard.behave = wait
    is_blocked(ask(programs, guard, "--deadline", "20000", "--limit", "400"))


@pytest.mark.slow
def test_each_waiting_line_starts_the_deadline_anew(programs, guard):
    def wait(connection):
        for _ in range(4):
            connection.sendall(b"JL1 wait\n")
            guard.finished.wait(0.8)
        connection.sendall(reply(0, b"{}"))

    guard.behave = wait
    started = time.monotonic()
    assert ask(programs, guard, "--deadline", "2500").returncode == 0
    assert time.monotonic() - started > 2.5


def test_no_socket_blocks(programs, runtime):
    assert "nobody listens" in is_blocked(call(programs("hook"), "--socket", str(runtime / "none.sock"), "claude"))


def test_a_dead_socket_blocks(programs, runtime):
    path = runtime / "guard.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
    assert "nobody listens" in is_blocked(call(programs("hook"), "--socket", str(path), "claude"))


def test_a_file_in_its_place_blocks(programs, runtime):
    (runtime / "guard.sock").write_text("not a socket")
    is_blocked(call(programs("hook"), "--socket", str(runtime / "guard.sock"), "claude"))


def test_a_full_backlog_is_waited_for_and_then_blocks(programs, runtime):
    path = runtime / "guard.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            one.setblocking(False)
            waiting.append(one)
            try:
                one.connect(str(path))
            except BlockingIOError:
                break
        is_blocked(call(programs("hook"), "--socket", str(path), "--deadline", "200", "claude"))
        for one in waiting:
            one.close()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["claude", "gemini"],
        ["--deadline", "0", "claude"],
        ["--deadline", "-1", "claude"],
        ["--deadline", "4s", "claude"],
        ["--deadline", "", "claude"],
        ["--deadline", "99999999999999999999", "claude"],
        ["--deadline"],
        ["--socket", "relative.sock", "claude"],
        ["--socket", "", "claude"],
        ["--start", "guard", "claude"],
        ["--owner", "root", "claude"],
        ["--nonsense", "x", "claude"],
        ["--help"],
        ["Claude\nJL1"],
        ["claude code"],
        [""],
        ["c" * 33],
        ["--socket", "/" + "x" * 200, "claude"],
    ],
)
def test_a_wrong_command_line_blocks(programs, arguments, runtime):
    is_blocked(call(programs("hook"), *arguments, env={"JACKLINE_RUNTIME_DIR": str(runtime)}))


def test_a_request_over_the_limit_blocks(programs, guard):
    guard.says(reply(0, b"{}"))
    assert "16 MiB" in is_blocked(ask(programs, guard, stdin=b"x" * ((16 << 20) + 1)))


def test_a_request_that_never_ends_blocks(programs, guard):
    guard.says(reply(0, b"{}"))
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "wb", buffering=0) as pipe:
        pipe.write(b"{")
        command = [*programs("hook"), "--socket", str(guard.path), "--deadline", "250", "claude"]
        done = subprocess.run(command, stdin=reading, capture_output=True, timeout=30, check=False)
    assert "did not arrive" in is_blocked(done)
    assert guard.requests == []


def test_the_socket_is_found_by_the_environment(programs, guard, tmp_path):
    guard.says(reply(0, b"{}"))
    found = call(programs("hook"), *PATIENT, "claude", env={"JACKLINE_RUNTIME_DIR": str(guard.path.parent)})
    assert found.returncode == 0
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "jackline").symlink_to(guard.path.parent)
    for own in ({}, {"JACKLINE_RUNTIME_DIR": ""}):
        environment = {"XDG_RUNTIME_DIR": str(tmp_path / "session"), **own}
        assert call(programs("hook"), *PATIENT, "claude", env=environment).returncode == 0


def test_a_given_socket_beats_the_environment(programs, guard, tmp_path):
    guard.says(reply(0, b"{}"))
    done = call(
        programs("hook"), "--socket", str(guard.path), *PATIENT, "claude", env={"JACKLINE_RUNTIME_DIR": str(tmp_path)}
    )
    assert done.returncode == 0


def test_no_reader_on_stdout_blocks(programs, guard):
    guard.says(reply(0, b'{"a": "' + b"x" * (1 << 20) + b'"}'))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        command = [*programs("hook"), "--socket", str(guard.path), *PATIENT, "claude"]
        done = subprocess.run(command, input=REQUEST, stdout=nobody, stderr=subprocess.PIPE, timeout=30, check=False)
    assert done.returncode == 2


def test_no_memory_blocks(programs, guard, request):
    if "sanitized" in request.node.name:
        pytest.skip("the sanitizer itself needs terabytes of address space")
    guard.says(reply(0, b"{}"))
    limited = ["prlimit", "--as=34000000"] if "twin" in request.node.name else ["prlimit", "--as=8000000"]
    if shutil.which("prlimit") is None:
        pytest.skip("no prlimit")
    is_blocked(
        call([*limited, *programs("hook")], "--socket", str(guard.path), *PATIENT, "claude", stdin=b"x" * (15 << 20))
    )


@pytest.mark.parametrize(("program", "expected"), [("hook", 2), ("shell", 126)])
@pytest.mark.parametrize("missing", ["_socket", "fcntl"])
def test_a_python_without_unix_sockets_blocks(program, expected, missing):
    start = f"import sys, runpy; sys.modules[{missing!r}] = None; sys.argv = ['twin.py', {program!r}, 'claude']; runpy.run_path({TWIN!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", start], input=REQUEST, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (expected, b"")
    assert done.stderr.startswith(b"Jackline: ")


def test_an_interrupted_twin_blocks(guard):
    guard.hangs()
    command = [sys.executable, "-I", "-S", TWIN, "hook", "--socket", str(guard.path), *PATIENT, "claude"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdin.write(REQUEST)
        child.stdin.close()
        child.stdin = None
        guard.asked.wait(20)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    assert (child.returncode, out) == (2, b"")
    assert b"KeyboardInterrupt" in err
    assert b"Traceback" not in err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can listen as another user")
class TestOwner:
    @pytest.fixture
    def stranger(self, tmp_path):
        """A guard that runs as another user: fork, drop to `nobody`, listen, answer everything with yes."""
        for parent in (tmp_path, *list(tmp_path.parents)[:3]):
            parent.chmod(parent.stat().st_mode | 0o011)
        place = tmp_path / "stranger"
        place.mkdir(mode=0o777)
        place.chmod(0o777)
        path, (reading, writing) = place / "guard.sock", os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setgid(65534)
                os.setuid(65534)
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
                    listener.bind(str(path))
                    listener.listen(4)
                    os.write(writing, b"!")
                    while True:
                        connection, _ = listener.accept()
                        connection.sendall(reply(0, b"{}"))
                        connection.close()
            finally:
                os._exit(1)
        assert os.read(reading, 1) == b"!"
        yield path
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)

    def test_another_users_guard_is_not_believed(self, programs, stranger):
        assert "another user" in is_blocked(call(programs("hook"), "--socket", str(stranger), "claude"))

    def test_unless_it_is_the_owner_that_was_named(self, programs, stranger):
        done = call(programs("hook"), "--socket", str(stranger), "--owner", "65534", *PATIENT, "claude", stdin=b"")
        assert (done.returncode, done.stdout) == (0, b"{}")
        is_blocked(call(programs("hook"), "--socket", str(stranger), "--owner", "65533", "claude", stdin=b""))
