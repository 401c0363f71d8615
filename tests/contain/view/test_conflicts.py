"""Somebody else was there, too: nothing of theirs is overwritten, nothing of ours is lost, nothing leads outside."""

import os
from pathlib import Path

import pytest

from jackline.contain.view.handles import Root
from jackline.contain.view.recovery import recover
from jackline.contain.view.undo import LaterChangesError, undo
from tests.contain.view.conftest import Session
from tests.contain.view.world import Case, Quick

FILE = ("write", "c", b"theirs before\n")


def ours(session, change, path):
    """What is kept of ours, of a conflict."""
    session.view.settle()
    kept = session.case.history.records.read(change.header.order).settled.kept[path]
    descriptor = session.case.history.store.open(kept.digest, path)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def test_a_file_that_both_changed_is_left_and_both_versions_are_kept(session):
    s = session(FILE)
    s.does(("write", "c", b"ours"), ("write", "d e", b"alone"))
    Path(s.outside("c")).write_text("theirs now")
    done = s.view.savepoint("a")
    assert [(conflict.path, conflict.why) for conflict in done.conflicts] == [("c", "somebody else changed it, too")]
    assert Path(s.outside("c")).read_text() == "theirs now"
    assert Path(s.outside("d e")).read_text() == "alone"
    assert ours(s, done.change, "c") == b"ours"


def test_a_file_that_they_deleted_and_we_changed_is_left_deleted(session):
    s = session(FILE)
    s.does(("write", "c", b"ours"))
    os.unlink(s.outside("c"))
    done = s.view.savepoint("a")
    assert not os.path.lexists(s.outside("c"))
    assert [conflict.why for conflict in done.conflicts] == ["it was deleted meanwhile"]
    assert ours(s, done.change, "c") == b"ours"


def test_a_name_that_both_made_is_left_as_theirs(session):
    s = session()
    s.does(("write", "a", b"ours"))
    Path(s.outside("a")).write_text("theirs")
    done = s.view.savepoint("a")
    assert len(done.conflicts) == 1
    assert Path(s.outside("a")).read_text() == "theirs"


def test_the_same_content_saved_by_both_is_no_conflict(session):
    s = session()
    s.does(("write", "a", b"same"), ("utime", "a", 7))
    Path(s.outside("a")).write_text("same")
    os.chmod(s.outside("a"), 0o644)
    os.utime(s.outside("a"), ns=(7, 7))
    assert s.view.savepoint("a").conflicts == ()


def test_a_published_file_that_is_saved_again_unchanged_is_still_ours_to_change(session):
    s = session()
    s.does(("write", "a", b"one"))
    s.view.savepoint("1")
    os.unlink(s.outside("a"))
    Path(s.outside("a")).write_text("one")
    os.chmod(s.outside("a"), 0o644)
    s.does(("write", "a", b"two"))
    assert s.view.savepoint("2").conflicts == ()
    assert Path(s.outside("a")).read_text() == "two"


def test_a_directory_that_we_deleted_and_they_filled_stays(session):
    s = session(("mkdir", "a", 0o755), ("write", "a/c", b"x"))
    s.does(("rmtree", "a", 0))
    Path(s.outside("a/new")).write_text("theirs")
    done = s.view.savepoint("a")
    assert [conflict.path for conflict in done.conflicts] == ["a"]
    assert sorted(os.listdir(s.outside("a"))) == ["c", "new"]


class Meddling(Quick):
    """A disk on which somebody else does something at the very moment of an exchange."""

    def __init__(self, meddle) -> None:
        self.meddle = meddle

    def exchange(self, source_at, source, at, name) -> None:
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        super().exchange(source_at, source, at, name)


def test_an_edit_at_the_very_moment_of_the_exchange_is_put_back(session):
    s = session(FILE)
    s.does(("write", "c", b"ours"))
    history = s.case.reopened(Meddling(lambda: Path(s.outside("c")).write_text("just now")))
    s.view._history = history
    done = s.view.savepoint("a")
    assert Path(s.outside("c")).read_text() == "just now"
    assert len(done.conflicts) == 1


def test_a_rename_over_it_at_the_very_moment_is_put_back(session):
    s = session(FILE)
    s.does(("write", "c", b"ours"))

    def save():
        Path(s.outside("c.tmp")).write_text("renamed over")
        os.replace(s.outside("c.tmp"), s.outside("c"))

    s.view._history = s.case.reopened(Meddling(save))
    assert len(s.view.savepoint("a").conflicts) == 1
    assert Path(s.outside("c")).read_text() == "renamed over"


@pytest.mark.parametrize("moment", ["before", "at the exchange"])
def test_a_directory_that_is_swapped_for_a_link_leads_nowhere(session, moment):
    s = session(("mkdir", "a", 0o755), ("write", "a/c", b"inside"))
    elsewhere = s.case.at("elsewhere")
    os.mkdir(elsewhere)
    Path(elsewhere, "c").write_text("outside")
    s.does(("write", "a/c", b"ours"), ("write", "a/new", b"ours"))

    def swap():
        os.rename(s.outside("a"), s.outside("moved"))
        os.symlink(elsewhere, s.outside("a"))

    if moment == "before":
        swap()
    else:
        s.view._history = s.case.reopened(Meddling(swap))
    done = s.view.savepoint("a")
    assert Path(elsewhere, "c").read_text() == "outside"
    assert os.listdir(elsewhere) == ["c"]
    if moment == "before":
        assert done.conflicts
    else:  # the handle was of the directory, wherever it is now
        assert Path(s.outside("moved/c")).read_text() == "ours"


def test_links_of_the_agent_are_published_as_links(session):
    s = session(("mkdir", "a", 0o755))
    elsewhere = s.case.at("elsewhere")
    os.mkdir(elsewhere)
    s.does(("rmtree", "a", 0), ("symlink", "a", elsewhere), ("symlink", "b", "/etc/passwd"))
    s.view.savepoint("a")
    assert os.readlink(s.outside("a")) == elsewhere
    assert os.readlink(s.outside("b")) == "/etc/passwd"
    assert os.listdir(elsewhere) == []


@pytest.mark.parametrize("path", ["..", "/etc", "a/../../etc", "a" * 300])
def test_no_path_leads_out_of_a_root(tmp_path, path):
    (tmp_path / "a").mkdir()
    with Root(str(tmp_path)) as root, pytest.raises(OSError):
        os.close(root.open(path))


def test_undo_refuses_with_the_list_where_a_later_change_would_be_lost(session):
    s = session(FILE, ("mkdir", "b", 0o755))
    s.does(("write", "c", b"ours"), ("mkdir", "a", 0o755), ("write", "a/x", b"1"), ("write", "b/y", b"2"))
    s.view.savepoint("a")
    Path(s.outside("c")).write_text("later")
    Path(s.outside("a/mine")).write_text("later, too")
    history = s.case.history
    with pytest.raises(LaterChangesError) as refused:
        undo(s.case.root, history, history.changes(action="a"))
    assert refused.value.paths == ("a/mine", "c")
    assert Path(s.outside("b/y")).read_text() == "2"
    assert Path(s.outside("c")).read_text() == "later"
    forced = undo(s.case.root, history, history.changes(action="a"), force=True)
    assert sorted(os.listdir(s.case.workspace)) == ["b", "c"]
    assert Path(s.outside("c")).read_text() == "theirs before\n"
    undo(s.case.root, history, [forced])
    assert Path(s.outside("c")).read_text() == "later"
    assert Path(s.outside("a/mine")).read_text() == "later, too"


def test_an_earlier_action_is_undone_without_a_later_one_elsewhere(session):
    s = session(FILE)
    s.does(("write", "c", b"first"))
    s.view.savepoint("1")
    s.does(("write", "a", b"second"))
    s.view.savepoint("2")
    history = s.case.history
    undo(s.case.root, history, history.changes(action="1"))
    assert Path(s.outside("c")).read_text() == "theirs before\n"
    assert Path(s.outside("a")).read_text() == "second"


def test_an_earlier_action_on_the_same_file_is_not_undone_alone(session):
    s = session(FILE)
    for number in (b"1", b"2"):
        s.does(("write", "c", number))
        s.view.savepoint(number.decode())
    history = s.case.history
    with pytest.raises(LaterChangesError, match="`c`"):
        undo(s.case.root, history, history.changes(action="1"))
    undo(s.case.root, history, history.changes(session="s"))
    assert Path(s.outside("c")).read_text() == "theirs before\n"


def test_a_before_image_that_was_altered_is_not_put_back(session):
    s = session(FILE)
    s.does(("write", "c", b"ours"))
    s.view.savepoint("1")
    s.view.settle()
    for folder, _, names in os.walk(s.case.at("history/contents")):
        for name in names:
            Path(folder, name).write_text("forged")
    with pytest.raises(Exception, match="altered after it was saved"):
        undo(s.case.root, s.case.history, s.case.history.changes(action="1"))
    assert Path(s.outside("c")).read_text() == "ours"


def test_the_oldest_expire_but_none_of_the_last_session(session):
    s = session(FILE)
    day = 24 * 3600 * 1_000_000
    for number in range(4):
        s.view._session = "old" if number < 2 else "last"
        s.does(("write", "c", b"%d" % number * 9000))
        s.view.savepoint(str(number), at=number * day)
    s.view.settle()
    history = s.case.history
    assert history.expire(40 * day, days=40) == []
    assert history.expire(40 * day, days=39) == [1]
    assert history.expire(40 * day, size=1) == [2]
    assert history.expire(400 * day, size=1) == []
    assert [change.header.order for change in history.changes()] == [3, 4]
    undo(s.case.root, history, history.changes(session="last"))
    assert Path(s.outside("c")).read_bytes() == b"1" * 9000


def test_equal_contents_are_kept_once(session):
    s = session(*[("write", name, b"z" * 9000) for name in ("a", "b", "c")])
    s.does(*[("write", name, b"new") for name in ("a", "b", "c")])
    s.view.savepoint("1")
    s.view.settle()
    assert len(list(s.case.history.store.sizes())) == 1


def test_what_is_kept_leaves_nothing_behind(session):
    s = session(FILE)
    s.does(("write", "c", b"ours"))
    s.view.savepoint("1")
    history = s.case.history
    assert history.keep(change.header.order for change in history.changes()) == 1
    assert history.changes() == []
    assert list(history.store.sizes()) == []
    assert os.listdir(s.case.at("history/stages")) == []
    assert Path(s.outside("c")).read_text() == "ours"


def test_a_history_on_another_file_system_leaves_nothing_in_the_workspace(inside):
    s = Session(inside, [], live=True, case=Case([FILE], apart=True))
    try:
        s.mount()
        s.does(("write", "c", b"ours"), ("write", "a", b"new"))
        s.view.savepoint("1")
        assert sorted(os.listdir(s.case.workspace)) == ["a", "c"]
        undo(s.case.root, s.case.history, s.case.history.changes(action="1"))
        recover(s.case.root, s.case.history)
        assert os.listdir(s.case.workspace) == ["c"]
        assert Path(s.outside("c")).read_text() == "theirs before\n"
    finally:
        s.close()
