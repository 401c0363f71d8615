"""A managed guard: each account's sessions are its own, and what is enforced is not theirs to change."""

from __future__ import annotations

import json
import os

import pytest

from jackline.core.errors import ConfigurationError
from jackline.guard.accounts import account_of, assurance_over, own_uid, owns, session_of, uids_of
from jackline.guard.images import Images
from jackline.guard.peers import Peer
from tests.guard.desk_top import SESSION

STRANGER = Peer(54321, 1)
OTHER = Peer(54322, 1)


def as_stranger(desktop, method, peer=STRANGER, **parameters):
    code, out, err = desktop.ask("call", method, json.dumps(parameters).encode(), peer=peer)
    return code, json.loads(out) if code == 0 else err.decode()


def test_sessions_of_accounts_are_kept_apart(secret):
    secret.send(secret.event("PreToolUse", "Bash", {"command": "cat .env"}, tool_use_id="t1"), peer=STRANGER)
    requested = secret.events("requested")[0]
    assert requested.session == f"54321:{SESSION}"
    assert requested.data["uid"] == 54321
    assert secret.service.parts().record.memory.family(SESSION).actions == {}


def test_a_client_of_another_account_is_guarded_from_outside_it(secret):
    secret.send(secret.event("SessionStart", source="startup"), peer=STRANGER)
    assert secret.events("session_started")[0].data["assurance"] == "managed"
    assert assurance_over(own_uid()) == "hooked"
    assert assurance_over(54321) == "managed"


def test_questions_are_for_their_own_account(secret):
    message = secret.event("PreToolUse", "Bash", {"command": "cat .env"}, tool_use_id="t1")
    secret.send(message, peer=STRANGER)
    assert [question["id"] for question in as_stranger(secret, "waiting")[1]] == ["A1"]
    assert as_stranger(secret, "waiting", peer=OTHER)[1] == []
    assert as_stranger(secret, "approve", peer=OTHER, id="A1")[0] == 2
    assert as_stranger(secret, "status", peer=OTHER)[1]["actions"] == 0
    assert as_stranger(secret, "approve", id="A1")[0] == 0
    assert secret.events("approved")[0].data["by"] == 54321
    assert secret.send(message, peer=STRANGER)["verdict"] == ""


@pytest.mark.parametrize("method", ["pause", "reload", "allow", "stop"])
def test_what_is_enforced_is_for_the_guards_own_account(desktop, method):
    desktop.shell("ls")
    code, sentence = as_stranger(desktop, method, minutes=5, like="A1")
    assert code == 3
    assert "only the guard's own account" in sentence


def test_changes_are_for_their_own_account(desktop):
    file = desktop.project / "file"
    file.write_text("before")
    arguments = {"file_path": str(file), "content": "after"}
    desktop.before("Write", arguments)
    file.write_text("after")
    desktop.after("Write", arguments)
    assert as_stranger(desktop, "changes")[1]["files"] == []
    assert as_stranger(desktop, "undo", id="A1")[0] == 2
    assert file.read_text() == "after"


def test_names_of_accounts():
    assert uids_of([account_of(own_uid()).name]) == {own_uid()}
    assert account_of(4_000_000_000 - 1).home == "/nonexistent"
    assert session_of(own_uid(), "s") == "s"
    assert owns(54321, session_of(54321, "s"))
    assert not owns(54321, session_of(54322, "s"))
    assert not owns(5432, session_of(54321, "s"))
    with pytest.raises(ConfigurationError, match="no account"):
        uids_of(["nobody-of-this-name"])


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_root_guard_puts_back_whose_a_file_was(tmp_path):
    images = Images(str(tmp_path / "images"))
    file = tmp_path / "w" / "file"
    file.parent.mkdir()
    file.write_text("x")
    os.chown(file, 54321, 54321)
    file.chmod(0o4755)
    images.save("A1", "s", [str(file.parent)])
    file.unlink()
    file.parent.rmdir()
    images.settle("A1")
    images.undo(images.changes(session="s"), "U1")
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (54321, 54321, 0o4755)
