"""What the user changes outside is carried into the view; what both changed is left on both sides."""

import os
from pathlib import Path

import pytest

from jackline.contain.view.handles import Root

FILES = [
    ("mkdir", "a", 0o755),
    ("write", "a/c", b"one"),
    ("write", "c", b"top"),
    ("mkdir", "b", 0o755),
    ("write", "b/x", b"x"),
]


def carry(session):
    with Root(session.within("")) as merged:
        return session.view.carry(merged)


def shown(session, name):
    """What a process inside reads."""
    found = session.inside.call("tree", session.case.merged, "")
    return found.get("/" + name)


@pytest.mark.parametrize("live", [True, False])
def test_edits_deletions_and_new_things_outside_appear_inside(session, live):
    s = session(*FILES, live=live)
    assert shown(s, "c")["content"] == b"top"
    assert shown(s, "a/new") is None
    Path(s.outside("c.tmp")).write_text("saved by an editor")
    os.replace(s.outside("c.tmp"), s.outside("c"))
    os.unlink(s.outside("a/c"))
    Path(s.outside("a/new")).write_text("new")
    os.unlink(s.outside("b/x"))
    os.rmdir(s.outside("b"))
    os.symlink("c", s.outside("l"))
    os.mkdir(s.outside("d"), 0o750)
    os.utime(s.outside("d"), ns=(5, 5))
    carried, conflicts = carry(s)
    assert conflicts == []
    assert {entry.path for entry in carried} >= {"a/c", "a/new", "b", "b/x", "c", "d", "l"}
    assert shown(s, "c")["content"] == b"saved by an editor"
    assert shown(s, "a/c") is shown(s, "b/x") is None
    assert shown(s, "a/new")["content"] == b"new"
    assert shown(s, "l")["target"] == "c"
    assert shown(s, "d")["modified"] == 5
    assert carry(s) == ([], [])
    assert s.view.savepoint("a").entries == ()
    assert s.view.pending() == []


def test_what_was_carried_can_be_changed_inside_and_published(session):
    s = session(*FILES)
    Path(s.outside("c")).write_text("edited in place")
    carry(s)
    s.does(("append", "c", b" and inside"))
    assert s.view.savepoint("a").conflicts == ()
    assert Path(s.outside("c")).read_text() == "edited in place and inside"


@pytest.mark.parametrize("live", [True, False])
def test_what_both_changed_is_left_on_both_sides(session, live):
    s = session(*FILES, live=live)
    s.does(("write", "c", b"inside"))
    Path(s.outside("c")).write_text("outside")
    carried, conflicts = carry(s)
    assert [conflict.path for conflict in conflicts] == ["c"]
    assert "c" not in {entry.path for entry in carried}
    assert shown(s, "c")["content"] == b"inside"
    assert Path(s.outside("c")).read_text() == "outside"
    done = s.view.savepoint("a") if live else s.view.publish()
    assert [conflict.path for conflict in done.conflicts] == ["c"]
    assert Path(s.outside("c")).read_text() == "outside"


def test_what_was_made_inside_a_directory_that_is_deleted_outside_stays(session):
    s = session(*FILES, live=False)
    s.does(("write", "b/mine", b"inside"))
    os.unlink(s.outside("b/x"))
    os.rmdir(s.outside("b"))
    _, conflicts = carry(s)
    assert [conflict.path for conflict in conflicts] == ["b"]
    assert not os.path.lexists(s.within("b/x"))
    assert Path(s.within("b/mine")).read_text() == "inside"  # by its name alone: see `carry`
    done = s.view.publish()
    assert {conflict.path for conflict in done.conflicts} == {"b", "b/mine"}
    s.view.settle()
    assert s.case.history.records.read(done.change.header.order).settled.kept["b/mine"].size == len("inside")


def test_a_published_change_is_not_carried_back(session):
    s = session(*FILES)
    s.does(("write", "c", b"inside"), ("write", "a/n", b"new"), ("rmtree", "b", 0))
    s.view.savepoint("a")
    assert carry(s) == ([], [])


def test_an_undo_outside_is_carried_into_the_view(session):
    from jackline.contain.view.undo import undo

    s = session(*FILES)
    s.does(("write", "c", b"inside"), ("write", "a/n", b"new"), ("rmtree", "b", 0))
    s.view.savepoint("a")
    undo(s.case.root, s.case.history, s.case.history.changes(action="a"))
    _, conflicts = carry(s)
    assert conflicts == []
    assert shown(s, "c")["content"] == b"top"
    assert shown(s, "a/n") is None
    assert shown(s, "b/x")["content"] == b"x"
    assert [entry.path for entry in s.view.savepoint("b").entries] == []
    s.does(("append", "c", b"!"))
    assert s.view.savepoint("c").conflicts == ()
    assert Path(s.outside("c")).read_text() == "top!"
