"""What overlayfs does otherwise than a directory is answered before it is mounted, or named."""

import os
import socket
import tempfile
from pathlib import Path

import pytest

from jackline.contain.view import prepare
from jackline.contain.view.view import View
from tests.contain.view.conftest import Session
from tests.contain.view.world import NOBODY, Case, Inside, as_nobody, fast_place

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of other owners")


def test_names_of_one_file_stay_one_file(session):
    s = session(("write", "a", b"one"), ("link", "a", "b"), ("mkdir", "c", 0o755), ("link", "a", "c/b"))
    s.does(("append", "b", b" more"))
    assert Path(s.within("a")).read_text() == "one more"
    s.view.savepoint("a")
    assert Path(s.outside("c/b")).read_text() == "one more"
    assert os.stat(s.outside("a")).st_ino == os.stat(s.outside("c/b")).st_ino == os.stat(s.outside("b")).st_ino


def test_names_over_the_budget_are_named_and_part(inside, monkeypatch):
    monkeypatch.setattr(prepare, "MOST_FILES", 1)
    s = Session(inside, [("write", "a", b"one"), ("link", "a", "b")], live=True)
    try:
        s.mount()
        assert s.prepared.parting == ("a", "b")
        s.does(("append", "b", b" more"))
        s.view.savepoint("a")
        assert Path(s.outside("a")).read_text() == "one"
        assert Path(s.outside("b")).read_text() == "one more"
    finally:
        s.close()


def test_sockets_and_pipes_are_told_apart(session):
    s = session(("fifo", "a", 0))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(s.within("b"))
        done = s.view.savepoint("a")
    assert done.left_out == ("b",)
    assert [entry.path for entry in done.entries if entry.path] == []
    assert not os.path.lexists(s.outside("b"))


@ROOT_ONLY
@pytest.mark.parametrize("prepared", [True, False])
def test_a_file_of_a_group_that_the_session_does_not_have(prepared, inside):
    """Unprepared it cannot be written to at all, EOVERFLOW; prepared it can, and gets its group back."""
    group = NOBODY - 1

    def work():
        child = Inside()
        case = Case([("write", "a", b"one"), ("write", "b", b"own")])
        os.chown(case.at("workspace/a"), -1, group)
        s = Session.__new__(Session)
        s.inside, s.case, s.mounted = child, case, False
        s.view = View(case.root, case.upper, case.history, session="s", live=True)
        found = s.view.start(
            owners=frozenset({os.geteuid()}), groups=frozenset({os.getegid()}) if prepared else None
        )  # fmt: skip
        assert found.foreign == ({"a": (NOBODY, group)} if prepared else {})
        s.mount()
        s.does(("append", "a", b" more"), ("append", "b", b" more"))
        done = s.view.savepoint("a")
        assert done.conflicts == ()
        assert Path(s.outside("b")).read_text() == "own more"
        assert Path(s.outside("a")).read_text() == ("one more" if prepared else "one")
        assert os.stat(s.outside("a")).st_gid == group
        s.close()
        child.close()

    as_nobody(work, groups=[group])


@ROOT_ONLY
def test_a_file_of_another_owner_is_named_and_its_change_is_kept_aside(inside):
    """Nobody but root can give a file to another owner: the change is a conflict, and both versions are there."""

    of_root = f"{fast_place() or tempfile.gettempdir()}/view-of-root-{os.getpid()}"

    def work():
        child = Inside()
        case = Case([("write", "b", b"own")])
        theirs = case.at("workspace/a")
        os.link(of_root, theirs)
        s = Session.__new__(Session)
        s.inside, s.case, s.mounted = child, case, False
        s.view = View(case.root, case.upper, case.history, session="s", live=True)
        found = s.view.start(owners=frozenset({os.geteuid()}), groups=frozenset({os.getegid()}))
        assert found.foreign == {"a": (0, 0)}
        s.mount()
        s.does(("append", "a", b" changed"))
        done = s.view.savepoint("a")
        assert [conflict.path for conflict in done.conflicts] == ["a"]
        assert Path(s.outside("a")).read_text() == "root's"
        assert Path(s.within("a")).read_text() == "root's changed"
        s.close()
        child.close()

    try:
        Path(of_root).write_text("root's")
        os.chmod(
            of_root, 0o666
        )  # else the kernel would not let another account give it a name (fs.protected_hardlinks)
        as_nobody(work)
    finally:
        os.unlink(of_root)
