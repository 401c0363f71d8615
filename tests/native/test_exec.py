"""`jackline-exec`: nothing runs but what the guard granted and the keeper ran; whatever else is said is no success."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from tests.native.conftest import CHECKOUT, SANITIZED, UNLEAKED
from tests.native.fake_guard import reply

TICKET = b"0123456789abcdef" * 2
pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="Linux only")


@pytest.fixture(scope="session", params=["native", "sanitized"])
def program(request, tmp_path_factory):
    """The program, as it ships and with sanitizers."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    target = tmp_path_factory.mktemp("exec") / "jackline-exec"
    flags = (
        SANITIZED
        if request.param == "sanitized"
        else ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-static-pie", "-fPIE")
    )
    sources = [str(CHECKOUT / "native" / name) for name in ("jackline-exec.c", "jl1.c", "jx1.c")]
    done = subprocess.run(["cc", *flags, "-o", str(target), *sources], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return [*(UNLEAKED if request.param == "sanitized" else ()), str(target)]


class Keeper:
    """A keeper's socket that says what a test tells it to, and keeps what it is told."""

    def __init__(self, path):
        self.path, self.says, self.heard, self.streams = str(path), [], b"", ()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            connection, _ = self.listener.accept()
            with connection:
                self.heard, streams, _, _ = socket.recv_fds(connection, 1 << 20, 8)
                self.streams = tuple(streams)
                head, _, block = self.heard.partition(b"\n")
                while len(block) < int(head.split()[-1]):
                    block += connection.recv(1 << 20)
                self.heard = head + b"\n" + block
                try:
                    for said in self.says:
                        if callable(said):
                            said(self, connection)
                        else:
                            connection.sendall(said)
                finally:  # whoever reads the program's output waits for the last who could write to it
                    for stream in streams:
                        os.close(stream)

    def close(self):
        self.listener.close()


@pytest.fixture
def keeper(tmp_path_factory):
    found = Keeper(tmp_path_factory.mktemp("k") / "run.sock")
    yield found
    found.close()


def run(program, guard, *words, **more):
    return subprocess.run(
        [*program, "--socket", str(guard.path), "--deadline", "20000", "--", *words],
        capture_output=True, timeout=30, check=False, stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "A": "b"}, **more,
    )  # fmt: skip


def granted(keeper):
    return reply(0, os.fsencode(keeper.path) + b"\0" + TICKET)


def test_the_command_is_asked_for_word_by_word(program, guard, keeper, tmp_path):
    guard.says(granted(keeper))
    keeper.says = [b"JX1 started\nJX1 exit 0\n"]
    assert run(program, guard, "sh", "-c", "echo 'a b'", "", cwd=tmp_path).returncode == 0
    header, _, body = guard.requests[0].partition(b"\n")
    assert header == b"JL1 exec user %d" % len(body)
    assert body.split(b"\0") == [os.fsencode(tmp_path), b"", b"sh", b"-c", b"echo 'a b'", b""]


def test_the_ticket_the_streams_and_the_environment_are_shown(program, guard, keeper):
    def speak(keeper, connection):
        os.write(keeper.streams[1], b"on its own stream\n")
        connection.sendall(b"JX1 started\nJX1 exit 7\n")

    guard.says(granted(keeper))
    keeper.says = [speak]
    done = run(program, guard, "true")
    assert (done.returncode, done.stdout) == (7, b"on its own stream\n")
    head, _, block = keeper.heard.partition(b"\n")
    assert head.startswith(b"JX1 %s 0 " % TICKET)
    assert b"A=b\0" in block
    assert len(keeper.streams) == 3


@pytest.mark.parametrize(
    "said",
    [
        b"", b"JX1 started\n", b"JX1 started\nJX1 exit", b"JX1 started\nJX1 exit 0", b"JX1 exit -1\n", b"JX1 exit 256\n",
        b"JX1 exit x\n", b"nonsense\n", b"JX1 failed 99999999\n", b"JX1 failed -3\nabc", b"JX1 failed 3\nabc", b"\0" * 5000, b"x" * 10_000,
    ],
)  # fmt: skip
def test_whatever_else_a_keeper_says_is_no_success(program, guard, keeper, said):
    guard.says(granted(keeper))
    keeper.says = [said]
    done = run(program, guard, "true")
    assert done.returncode == 125
    assert done.stderr.startswith(b"Jackline: ")


def test_a_sentence_is_passed_on(program, guard, keeper):
    guard.says(granted(keeper))
    keeper.says = [b"JX1 failed 12\nit was run b"]
    assert run(program, guard, "true").stderr == b"Jackline: it was run b\n"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(126, b"", b"Jackline stopped this.\n"), 126), (reply(125, b"", b"no sandbox\n"), 125), (reply(1, b"", b"x\n"), 126),
        (reply(0, b""), 126), (reply(0, b"/tmp/x"), 126), (reply(0, b"/tmp/x\0short"), 126), (reply(0, b"x\0" + TICKET), 126),
        (reply(0, b"/tmp/x\0" + TICKET + b"\0more"), 126), (b"JL1 reply 0 9", 126), (b"", 126), (b"nonsense\n", 126),
    ],
)  # fmt: skip
def test_without_a_ticket_nothing_is_visited(program, guard, keeper, answer, code):
    guard.says(answer)
    done = run(program, guard, "touch", "never")
    assert done.returncode == code
    assert done.stderr
    assert keeper.heard == b""


def test_a_keeper_that_is_not_there_is_no_success(program, guard, tmp_path):
    guard.says(reply(0, os.fsencode(tmp_path / "nobody") + b"\0" + TICKET))
    assert run(program, guard, "true").returncode == 125


def test_signals_are_passed_on(program, guard, keeper):
    ready, told = threading.Event(), []

    def speak(keeper, connection):
        connection.sendall(b"JX1 started\n")
        ready.set()
        told.append(connection.recv(100))
        connection.sendall(b"JX1 exit 143\n")

    guard.says(granted(keeper))
    keeper.says = [speak]
    process = subprocess.Popen(
        [*program, "--socket", str(guard.path), "--", "sleep", "9"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    assert ready.wait(20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
    assert told == [b"JX1 signal 15\n"]


@pytest.mark.parametrize("arguments", [[], ["--"], ["--socket"], ["--unknown", "--", "true"], ["true"]])
def test_called_wrongly_it_runs_nothing(program, arguments):
    done = subprocess.run(
        [*program, *arguments], capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL
    )
    assert (done.returncode, done.stdout) == (126, b"")
    assert done.stderr.startswith(b"Jackline: ")


def test_a_path_of_any_length_is_visited(program, guard, tmp_path):
    deep = tmp_path
    while len(str(deep)) < 300:
        deep /= "d" * 60
    deep.mkdir(parents=True)
    directory = os.open(deep, os.O_PATH)
    found = Keeper(f"/proc/self/fd/{directory}/run.sock")
    try:
        found.says = [b"JX1 started\nJX1 exit 3\n"]
        guard.says(reply(0, os.fsencode(deep / "run.sock") + b"\0" + TICKET))
        assert run(program, guard, "true").returncode == 3
    finally:
        found.close()
        os.close(directory)
