"""From the kernel's notices to `jackline show`: real sandboxes, real decisions, one ledger."""

from __future__ import annotations

import json

import pytest

from jackline.cli.main import run
from tests.guard.running.visitor import execute

pytestmark = pytest.mark.slow


def last_action(desktop):
    return desktop.events("requested")[-1].action


@pytest.fixture
def shown(contained, monkeypatch, capsys):
    """What `jackline show` prints."""
    for name in ("config", "state", "runtime"):
        monkeypatch.setenv(f"JACKLINE_{name.upper()}_HOME", getattr(contained.homes, name))

    def show(*words):
        capsys.readouterr()
        assert run(["show", *words]) == 0
        return capsys.readouterr().out

    return show


def test_what_it_started_is_recorded_with_its_parents_and_hashes(contained):
    execute(contained, "sh", "-c", "echo one | /usr/bin/tr o a | /usr/bin/wc -c")
    (data,) = (event.data for event in contained.events("observed"))
    first, *others = data["processes"]
    assert (first["argv"], first["first"]) == (["sh", "-c", "echo one | /usr/bin/tr o a | /usr/bin/wc -c"], True)
    assert sorted(each["path"] for each in others) == ["/usr/bin/tr", "/usr/bin/wc"]
    assert {each["parent"] for each in others} == {first["pid"]}
    assert all(len(each["digest"]) == 64 for each in data["processes"])
    assert sorted(each["resource"]["name"] for each in data["effects"]) == ["sh", "tr", "wc"]


def test_predicted_beside_observed(contained, shown):
    execute(contained, "sh", "-c", "/usr/bin/touch made; /usr/bin/env mkdir other")
    found = json.loads(shown(last_action(contained), "--json"))["compared"]
    told = {
        (each["fact"]["verb"], each["fact"]["name"].rpartition("/")[2]): each["foreseen"] for each in found["facts"]
    }
    assert told["create", "made"] == told["execute", "touch"] == "predicted"
    assert ("execute", "mkdir") in told
    text = shown(last_action(contained))
    assert "predicted   execute process touch (/usr/bin/touch made), SHA-256 " in text
    assert "predicted   create file" in text


def test_what_was_not_foreseen_is_marked_and_counted(contained, shown):
    """A program's own doing cannot be read off its command line."""
    tool = contained.project / "Makefile"
    tool.write_text("all:\n\t@/usr/bin/touch made\n")
    execute(contained, "sort", "--compress-program=/bin/gzip", "-S", "1k", "-o", "sorted", "/etc/services")
    record = json.loads(shown(last_action(contained), "--json"))
    unforeseen = [each["fact"]["name"] for each in record["compared"]["facts"] if each["foreseen"] == "unpredicted"]
    session = json.loads(shown(record["session"], "--json"))["soundness"]
    assert session["unpredicted"] == len(unforeseen)
    assert session["facts"] == len(record["compared"]["facts"])
    assert f"{session['unpredicted']} unpredicted" in shown(record["session"])


def test_a_connection_that_was_tried_is_recorded(contained):
    code = "import socket\ntry: socket.create_connection(('127.0.0.1', 4321))\nexcept OSError: pass"
    assert execute(contained, "python3", "-c", code).code == 0
    tried = [each for event in contained.events("observed") for each in event.data.get("connections", ())]
    assert ("inet", "127.0.0.1", 4321) in [(each["family"], each["address"], each.get("port")) for each in tried]


def test_what_is_left_running_is_told_with_its_own_action(contained):
    """It is told when the next action ends, at the latest with the session."""
    assert execute(contained, "sh", "-c", "mkfifo go; (read x < go; /bin/date > dated; echo x > done) & ").code == 0
    behind = last_action(contained)
    assert execute(contained, "sh", "-c", "mkfifo done; echo x > go; read x < done").code == 0
    found = [
        process["path"]
        for event in contained.events("observed")
        if event.action == behind and event.data.get("concurrent")
        for process in event.data["processes"]
    ]
    assert "/bin/date" in found
