"""A session's door: what can be asked there, and as whom."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jackline.guard.protocol import MAX_HEADER, read_reply, request

PERSON = ("approve", "refuse", "undo", "keep", "allow", "allow_until", "end_class", "pause", "reload", "stop", "handover",
          "run", "run_end", "status", "decide", "changes", "waiting", "classes")  # fmt: skip


def say(place: str, kind: str, name: str, body: bytes) -> tuple[int, bytes, bytes]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place)
        connection.sendall(request(kind, name, body))
        with connection.makefile("rb") as stream:
            sizes = None
            while sizes is None:
                sizes = read_reply(stream.readline(MAX_HEADER))
            return sizes[0], stream.read(sizes[1]), stream.read(sizes[2])


@pytest.fixture
def door(desktop, short):
    """A contained session's door."""
    parts = desktop.service.parts()
    parts.record.note("session_started", session="run-1", client="claude", assurance="contained")
    place = str(short / "door.sock")
    parts.doors.open("run-1", place)
    yield place
    parts.doors.close("run-1")


@pytest.mark.parametrize("method", PERSON)
def test_nobody_inside_can_do_what_a_person_does(door, method):
    code, out, err = say(door, "call", method, json.dumps({"id": "A1", "minutes": 10, "session": "run-1"}).encode())
    assert (code, out) == (2, b"")
    assert b"a person asks it outside" in err


def test_what_a_client_says_at_a_door_is_of_its_session(desktop, door):
    message = desktop.event("PreToolUse", "Bash", {"command": "ls"}, tool_use_id="t1", session_id="whatever-it-claims")
    code, _, _ = say(door, "hook", "claude", json.dumps(message).encode())
    assert code == 0
    event = desktop.events("requested")[-1]
    assert event.session == "run-1/whatever-it-claims"
    assert desktop.service.parts().record.family(event.session).root == "run-1"


def test_inside_what_can_be_undone_there_is_not_asked(desktop, door):
    (desktop.project / "notes.txt").write_text("x")
    message = desktop.event("PreToolUse", "Bash", {"command": "rm -rf notes.txt"}, tool_use_id="t1")
    hooked = desktop.shell("rm -rf notes.txt")
    code, out, _ = say(door, "hook", "claude", json.dumps(message).encode())
    assert hooked["verdict"] in {"ask", "deny"}
    assert (code, json.loads(out)) == (0, {})
    decision = desktop.events("decided")[-1].data["decision"]
    assert decision["remedies"] == ["undoable"]


def test_inside_the_guard_is_as_untouchable_as_outside(desktop, door):
    message = desktop.event("PreToolUse", "Bash", {"command": f"rm -rf {desktop.homes.state}"}, tool_use_id="t1")
    _, out, _ = say(door, "hook", "claude", json.dumps(message).encode())
    assert json.loads(out)["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_the_assurance_of_a_session_inside_is_contained(desktop, door):
    family = desktop.service.parts().record.family("run-1")
    assert family.contained


def test_a_closed_door_answers_nobody(desktop, door):
    desktop.service.parts().doors.close("run-1")
    assert not Path(door).exists()
    with pytest.raises(OSError, match=r"."):
        say(door, "hook", "claude", b"{}")


def test_the_guards_own_socket_knows_no_session_of_a_door(desktop, short):
    """A hook outside that claims a contained session's name gets no remedies of a sandbox."""
    parts = desktop.service.parts()
    parts.record.note("session_started", session="run-2", assurance="contained")
    message = desktop.event("PreToolUse", "Bash", {"command": "rm -rf notes.txt"}, tool_use_id="t1", session_id="run-2")
    (desktop.project / "notes.txt").write_text("x")
    answer = desktop.send(message)
    assert answer["verdict"] == "deny"
    assert "at its own door alone" in answer["reason"]


def test_nor_does_the_shell_prefix_outside(desktop):
    desktop.service.parts().record.note("session_started", session="run-3", assurance="contained")
    body = b"\0".join([str(desktop.project).encode(), b"run-3", b"1", b"eval 'rm -rf notes.txt'"])
    code, out, err = desktop.ask("shell", "claude", body)
    assert (code, out) == (126, b"")
    assert b"at its own door alone" in err


def test_no_session_over_another_workspace_is_begun_from_inside(desktop, door, tmp_path):
    """A ticket could not be shown inside; a keeper over a directory of the agent's choice would be begun all the same."""
    code, out, err = say(door, "exec", "user", b"\0".join([str(tmp_path).encode(), b"", b"true"]))
    assert (code, out) == (2, b"")
    assert b"a person asks it outside" in err


def test_a_savepoint_is_waited_for_without_the_sessions_lock(desktop, door):
    """The keeper asks about a connection while it is told to take a savepoint: neither may wait for the other."""
    parts = desktop.service.parts()
    family = parts.record.family("run-1")
    free = []

    def taken():
        got = family.lock.acquire(timeout=5)
        if got:
            family.lock.release()
        return got

    def mark(session, action):
        del session, action
        with ThreadPoolExecutor() as other:
            free.append(other.submit(taken).result())

    parts.handler._mark = mark
    message = desktop.event("PreToolUse", "Bash", {"command": "ls"}, tool_use_id="t1")
    say(door, "hook", "claude", json.dumps(message).encode())
    message = desktop.event("PostToolUse", "Bash", {"command": "ls"}, tool_use_id="t1", tool_response={"stdout": ""})
    thread = threading.Thread(target=say, args=(door, "hook", "claude", json.dumps(message).encode()), daemon=True)
    thread.start()
    thread.join(10)
    assert free == [True]
