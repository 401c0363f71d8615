from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.errors import LedgerError, UsageError
from jackline.ledger import Ledger, read_anchors
from jackline.ledger.anchors.git import ref_of
from tests.ledger.ledgers import event, open_in

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def ledger(tmp_path: Path):
    with open_in(tmp_path / "state") as opened:
        opened.append([event(1), event(2)])
        yield opened


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_a_file_gets_one_line_more_each_time(ledger: Ledger, tmp_path: Path) -> None:
    target = tmp_path / "anchors"
    first = ledger.anchor(str(target))
    before = target.read_bytes()
    ledger.append([event(3)])
    second = ledger.anchor(f"file:{target}")
    assert target.read_bytes().startswith(before)
    assert read_anchors(str(target)) == [first.anchor, second.anchor]
    assert ledger.verify(read_anchors(str(target))).intact
    assert [found.data["sequence"] for _, found in ledger.events(kinds=("anchored",))] == [2, 4]


def test_a_file_of_the_same_account_is_warned_of(ledger: Ledger, tmp_path: Path) -> None:
    assert "belongs to the account that writes the ledger" in ledger.anchor(str(tmp_path / "anchors")).warning


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_is_not(ledger: Ledger, tmp_path: Path) -> None:
    target = tmp_path / "anchors"
    target.touch()
    os.chown(target, 65534, 65534)
    assert ledger.anchor(str(target)).warning == ""


def test_a_file_that_cannot_be_written_is_one_sentence(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(
        LedgerError, match=r"cannot append the anchor to `.*`: .*; name a file that this account may append to"
    ):
        ledger.anchor(str(tmp_path / "no" / "such" / "folder"))
    assert list(ledger.events(kinds=("anchored",))) == []


@pytest.mark.parametrize(
    "destination", ["ftp:x", "git:", "git:--upload-pack=touch x", "git:ext::sh -c touch% x", "file:", ""]
)
def test_a_destination_that_is_none(ledger: Ledger, destination: str) -> None:
    with pytest.raises(UsageError):
        ledger.anchor(destination)


@needs_git
def test_a_git_remote_gets_a_commit_more_each_time(ledger: Ledger, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    git(remote, "config", "receive.denyNonFastForwards", "true")
    first = ledger.anchor(f"git:{remote}")
    ledger.append([event(3)])
    second = ledger.anchor(f"git:{remote}")
    assert read_anchors(f"git:{remote}") == [first.anchor, second.anchor]
    ref = ref_of(ledger.genesis.ledger)
    assert git(remote, "log", "--format=%s", ref).splitlines() == ["Anchor entry 4, epoch 2", "Anchor entry 2, epoch 1"]
    assert ledger.verify(read_anchors(f"git:{remote}")).intact
    assert str(ref) in second.warning


@needs_git
def test_a_remote_that_is_not_there_is_one_sentence(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"git could not reach the anchor: .*; check the remote"):
        ledger.anchor(f"git:{tmp_path / 'nowhere'}")


@needs_git
def test_a_remotes_hooks_and_the_users_are_not_run(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "hooks").mkdir(parents=True)
    hook = home / "hooks" / "pre-push"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    (home / ".gitconfig").write_text(f"[core]\n\thooksPath = {home}/hooks\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    ledger.anchor(f"git:{remote}")
    assert not (tmp_path / "ran").exists()


def test_a_log_in_which_anchors_stand_among_other_lines(ledger: Ledger) -> None:
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        path = f"{name}/log"
        log.bind(path)
        exported = ledger.anchor(f"syslog:{path}")
        said = log.recv(65536)
        assert said.startswith(b"<85>jackline: {")
        assert len(said) < 1024, "RFC 3164 §4.1"
        saved = Path(name) / "syslog"
        saved.write_bytes(
            b"Nov 22 04:00:00 host sshd[1]: hello\nNov 22 04:00:01 host jackline: " + said[14:] + b"\nNov 22 bye\n"
        )
        assert read_anchors(str(saved)) == [exported.anchor]


def test_a_log_that_does_not_answer_is_one_sentence(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="the system's log does not answer"):
        ledger.anchor(f"syslog:{tmp_path}/none")


def test_a_file_without_anchors_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("hello\n")
    with pytest.raises(LedgerError, match="holds no anchor"):
        read_anchors(str(tmp_path / "empty"))
    with pytest.raises(LedgerError, match="cannot read the anchors"):
        read_anchors(str(tmp_path / "none"))


@pytest.fixture(scope="module")
def anchor_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("one")
    with open_in(folder) as opened:
        opened.append([event(1)])
        opened.anchor(str(folder / "anchors"))
    return (folder / "anchors").read_text()


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_an_anchor_that_was_changed_is_refused(anchor_text: str, data: st.DataObject) -> None:
    tree = json.loads(anchor_text)
    part = data.draw(st.sampled_from(["genesis", "checkpoint"]))
    field = data.draw(st.sampled_from(sorted(tree[part])))
    old = tree[part][field]
    if isinstance(old, int):
        tree[part][field] = data.draw(st.integers(-(2**63), 2**64).filter(lambda new: new != old))
    else:
        raw = bytearray(base64.b64decode(old))
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        tree[part][field] = base64.b64encode(
            raw[: data.draw(st.sampled_from([len(raw), len(raw), len(raw) - 1]))]
        ).decode()
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "anchors").write_text(json.dumps(tree, separators=(",", ":")))
        with pytest.raises(LedgerError, match=r"line 1 of .* is no sound anchor"):
            read_anchors(f"{name}/anchors")


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300))
def test_hostile_lines_are_refused_in_one_sentence(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "anchors"
        path.write_bytes(b'{"jackline":"anchor"' + raw)
        with pytest.raises(LedgerError):
            read_anchors(str(path))
