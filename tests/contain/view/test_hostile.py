"""What an agent makes to mislead the reading of its layer: marks of the overlay's own, names of ours, torn records."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.contain.view.record import Header
from tests.contain.view.world import Case


def forge(path, name, value):
    """Set an attribute that means something to overlayfs; newer kernels keep it apart, older refuse it."""
    try:
        os.setxattr(path, name, value)
    except OSError:
        return False
    return True


def test_forged_marks_of_the_overlay_hide_and_delete_nothing(session):
    s = session(("mkdir", "a", 0o755), ("write", "a/c", b"stays"), ("write", "b", b""), ("write", "c", b""))
    s.does(("write", "a/b", b"new"))
    forge(s.within("a"), "user.overlay.opaque", b"y")
    forge(s.within("a"), "user.overlay.redirect", b"/c")
    forge(s.within("b"), "user.overlay.whiteout", b"y")
    with pytest.raises(OSError):
        os.mknod(s.within("d"), 0o020666, os.makedev(0, 0))
    assert s.view.savepoint("a").conflicts == ()
    assert Path(s.outside("a/c")).read_text() == "stays"
    assert Path(s.outside("a/b")).read_text() == "new"
    assert os.path.exists(s.outside("b"))
    assert not any(name.startswith("user.overlay.") for name in os.listxattr(s.outside("a")))


def test_names_like_ours_are_published_as_any(session):
    s = session()
    s.does(("mkdir", ".jackline-stage", 0o755), ("write", ".jackline-stage/a", b"theirs"))
    assert s.view.savepoint("a").conflicts == ()
    assert Path(s.outside(".jackline-stage/a")).read_text() == "theirs"


def test_a_very_deep_tree_is_published_and_taken_back(session):
    from jackline.contain.view.undo import undo

    s = session()
    depth, at = 300, os.open(s.within(""), os.O_RDONLY)
    for _ in range(depth):  # a path of some 6,000 characters: longer than any call takes
        os.mkdir("directory of a tree x", dir_fd=at)
        below = os.open("directory of a tree x", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=at))
    os.close(at)
    done = s.view.savepoint("a")
    assert done.conflicts == ()
    assert len(done.entries) == depth + 2
    undo(s.case.root, s.case.history, s.case.history.changes(action="a"))
    assert os.listdir(s.case.workspace) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300))
def test_a_record_of_any_bytes_is_read_or_left(data):
    case = Case([])
    try:
        header, record = case.history.records.begin(Header(0, case.workspace, session="s"))
        os.write(record, data)
        os.close(record)
        change = case.history.records.read(header.order)
        assert change is not None
        assert change.header == header
        assert case.history.changes() == [] or b"applied" in data
    finally:
        case.close()
