"""The server under many, slow, hostile and vanishing callers. Nothing here sleeps: conditions are waited for."""

from __future__ import annotations

import contextlib
import os
import socket
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.core.errors import LedgerError
from jackline.guard import server as server_module
from jackline.guard.main import _listen
from jackline.guard.protocol import MAX_BODY, WAIT, request
from jackline.guard.server import Server

PATIENCE = 10


class Running:
    """A server in a thread, with an answer that a test can hold back."""

    def __init__(self, path, users=None):
        self.path = str(path)
        self.gate, self.entered = threading.Event(), threading.Semaphore(0)
        self.server = Server(_listen(self.path), self.answer, users=users or {os.getuid()})
        self.thread = threading.Thread(target=self.server.serve)
        self.thread.start()

    def answer(self, conversation):
        name = conversation.header.name
        if name == "slow":
            self.entered.release()
            conversation.keep_alive()
            assert self.gate.wait(PATIENCE)
        if name == "broken":
            raise ZeroDivisionError
        if name == "full":
            message = "the disk is full"
            raise LedgerError(message)
        return 0, conversation.body[::-1], b""

    def connect(self):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE)
        line.connect(self.path)
        return line

    def ask(self, name, body=b""):
        with self.connect() as line:
            line.sendall(request("call", name, body))
            return read_all(line)

    def close(self):
        self.gate.set()
        self.server.stop()
        self.thread.join(PATIENCE)
        drained = self.server.drain()
        self.server.listener.close()
        return drained


def read_all(line):
    chunks = []
    while chunk := line.recv(65536):
        chunks.append(chunk)
    return b"".join(chunks)


@pytest.fixture
def running(short):
    found = Running(short / "s")
    yield found
    found.close()


def test_an_answer(running):
    assert running.ask("echo", b"abc") == b"JL1 reply 0 3 0\ncba"


def test_a_body_of_the_largest_size(running):
    assert len(running.ask("echo", b"x" * MAX_BODY)) == len(b"JL1 reply 0 16777216 0\n") + MAX_BODY


def test_a_server_whose_name_is_gone_ends(short, monkeypatch):
    """Nobody could reach it, and while it holds the lock no other guard takes its place."""
    monkeypatch.setattr(server_module, "CHECK_MS", 1)
    path, there = short / "s", threading.Event()
    there.set()
    server = Server(_listen(str(path)), lambda conversation: (0, b"", b""), users={os.getuid()}, reachable=there.is_set)
    thread = threading.Thread(target=server.serve)
    thread.start()
    there.clear()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert server.drain()
    server.listener.close()


def test_a_defect_stops_the_call_and_nothing_else(running):
    answer = running.ask("broken")
    assert answer.startswith(b"JL1 reply 2 0 ")
    assert b"ZeroDivisionError" in answer
    assert running.ask("echo", b"x") == b"JL1 reply 0 1 0\nx"


def test_an_error_is_one_sentence(running):
    assert running.ask("full").split(b"\n", 1)[1] == b"Jackline: the disk is full\n"


def test_a_slow_call_holds_up_no_other(running):
    with running.connect() as slow:
        slow.sendall(request("call", "slow", b"abc"))
        assert running.entered.acquire(timeout=PATIENCE)
        assert running.ask("echo", b"x") == b"JL1 reply 0 1 0\nx"
        assert slow.recv(len(WAIT)) == WAIT
        running.gate.set()
        assert read_all(slow) == b"JL1 reply 0 3 0\ncba"


def test_a_hundred_calls_at_once(running):
    lines = [running.connect() for _ in range(100)]
    for number, line in enumerate(lines):
        line.sendall(request("call", "slow", b"%d" % number))
    for _ in lines:
        assert running.entered.acquire(timeout=PATIENCE)
    running.gate.set()
    for number, line in enumerate(lines):
        with line:
            assert read_all(line).endswith((b"%d" % number)[::-1])


def test_past_the_limit_callers_are_closed_and_fail_closed(running, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 2)
    lines = [running.connect() for _ in range(2)]
    for line in lines:
        line.sendall(request("call", "slow", b""))
        assert running.entered.acquire(timeout=PATIENCE)
    with running.connect() as third, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        third.sendall(request("call", "echo", b""))
        assert read_all(third) == b""
    running.gate.set()
    for line in lines:
        with line:
            assert b"reply 0" in read_all(line)


def test_who_says_nothing_is_answered_and_closed(running, monkeypatch):
    monkeypatch.setattr(server_module, "HEADER_SECONDS", 0.05)
    with running.connect() as line:
        assert b"reply 2" in read_all(line)


def test_who_stops_in_the_middle_is_answered_and_closed(running, monkeypatch):
    monkeypatch.setattr(server_module, "BODY_SECONDS", 0.05)
    with running.connect() as line:
        line.sendall(b"JL1 call echo 10\nabc")
        assert b"reply 2" in read_all(line)


def test_who_leaves_in_the_middle_harms_nobody(running):
    with running.connect() as line:
        line.sendall(b"JL1 call echo 10\nabc")
    assert running.ask("echo", b"x") == b"JL1 reply 0 1 0\nx"


def test_strangers_are_closed_without_a_word(short):
    running = Running(short / "s", users={os.getuid() + 1})
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            assert running.ask("echo", b"x") == b""
    finally:
        running.close()


def test_draining_answers_what_is_in_hand(running):
    with running.connect() as slow:
        slow.sendall(request("call", "slow", b"abc"))
        assert running.entered.acquire(timeout=PATIENCE)
        assert running.close()
        assert b"reply 0 3 0\ncba" in read_all(slow)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(lambda n, b: b"JL1 call echo %d\n" % n + b, st.integers(0, 40), st.binary(max_size=40)),
    )
)
def test_hostile_bytes_are_answered_or_closed(running, data):
    with running.connect() as line, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        answer = read_all(line)
        assert answer.startswith((b"JL1 reply 2 0 ", b"JL1 reply 0 "))
    assert running.thread.is_alive()
