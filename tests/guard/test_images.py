"""Undo puts back exactly: a property over random trees and random acts, and each way in which it must refuse."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jackline.core.errors import LedgerError
from jackline.guard import snapshots
from jackline.guard.diffs import describe
from jackline.guard.images import ConflictError, Images, measurable

NAMES = ("a", "b", "c/d", "c/e", "f/g/h")
CONTENTS = st.binary(max_size=40)


def state(root):
    """All that must come back: kind, mode, content, target, modification time, which names share an inode."""
    found, inodes = {}, {}
    for place in sorted(Path(root).rglob("*")):
        seen = place.lstat()
        name = str(place.relative_to(root))
        content = os.readlink(place) if place.is_symlink() else place.read_bytes() if place.is_file() else b""
        # Times of directories are restored where a directory itself was saved; making what is in one changes it.
        modified = seen.st_mtime_ns if not stat.S_ISDIR(seen.st_mode) else 0
        inodes.setdefault(seen.st_ino, set()).add(name)
        mode = 0 if place.is_symlink() else stat.S_IMODE(seen.st_mode)
        found[name] = (stat.S_IFMT(seen.st_mode), mode, content, modified)
    return found, {frozenset(names) for names in inodes.values() if len(names) > 1}


@st.composite
def trees(draw):
    return {name: (draw(CONTENTS), draw(st.sampled_from([0o600, 0o644, 0o755, 0o440])), draw(st.integers(1, 2**31)))
            for name in draw(st.sets(st.sampled_from(NAMES)))}  # fmt: skip


ACTS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), CONTENTS),
    st.tuples(st.just("replace"), st.sampled_from(NAMES), CONTENTS),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just(b"")),
    st.tuples(st.just("delete tree"), st.sampled_from(["c", "f", "f/g"]), st.just(b"")),
    st.tuples(st.just("chmod"), st.sampled_from(NAMES), st.just(b"")),
    st.tuples(st.just("link"), st.sampled_from(NAMES), st.just(b"")),
    st.tuples(st.just("make tree"), st.sampled_from(["new", "c/new"]), CONTENTS),
)


def perform(root, act):
    kind, name, content = act
    place = root / name
    if kind == "delete tree":
        shutil.rmtree(place, ignore_errors=True)
        return
    if kind == "delete":
        place.unlink(missing_ok=True)
        return
    if kind == "make tree":
        place.mkdir(parents=True, exist_ok=True)
        (place / "x").write_bytes(content)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "chmod":
        if place.is_file():
            place.chmod(0o700)
    elif kind == "link":
        place.unlink(missing_ok=True)
        place.symlink_to("nowhere")
    elif kind == "replace":
        beside = place.with_name("beside")
        beside.write_bytes(content)
        beside.replace(place)
    else:
        if place.exists() or place.is_symlink():
            if place.is_symlink():
                place.unlink()
            else:
                place.chmod(0o600)
        place.write_bytes(content)


@settings(max_examples=60, deadline=None)
@example(
    {"a": (b"\0", 0o600, 1)}, [("write", "a", b""), ("delete", "a", b"")], True
)  # found: both names changed, then one gone
@given(trees(), st.lists(ACTS, min_size=1, max_size=6), st.booleans())
def test_undo_puts_back_exactly(tree, acts, linked):
    with tempfile.TemporaryDirectory() as place:
        root = Path(os.path.realpath(place)) / "w"
        root.mkdir()
        for name, (content, mode, modified) in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
            (root / name).chmod(mode)
            os.utime(root / name, ns=(modified, modified))
        if linked and "a" in tree:
            os.link(root / "a", root / "a-too")
        before = state(root)
        images = Images(os.path.join(place, "images"))
        for number, act in enumerate(acts):
            images.save(f"A{number}", "s", [str(root / act[1])])
            perform(root, act)
            images.settle(f"A{number}")
        after = state(root)
        images.undo(images.changes(session="s"), "U1")
        assert state(root) == before
        if linked:
            return  # the other name of an inode is not in the record of the undo, so taking that back cannot know it
        Images(os.path.join(place, "images")).undo(images.changes(action="U1"), "U2")
        assert {name: seen[:3] for name, seen in state(root)[0].items()} == {
            name: seen[:3] for name, seen in after[0].items()
        }


@pytest.fixture
def store(tmp_path):
    (tmp_path / "w").mkdir()
    return Images(str(tmp_path / "images"))


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "w" / "file"
    place.parent.mkdir(exist_ok=True)
    place.write_text("before")
    return place


def edit(store, place, text, action="A1", session="s"):
    store.save(action, session, [str(place)])
    place.write_text(text)
    store.settle(action)


def test_a_later_change_is_not_lost(store, file):
    edit(store, file, "by the agent")
    file.write_text("by the person")
    with pytest.raises(ConflictError) as caught:
        store.undo(store.changes(session="s"), "U1")
    assert caught.value.places == (str(file),)
    assert file.read_text() == "by the person"


def test_a_change_between_two_of_the_session_is_not_lost(store, file):
    edit(store, file, "one")
    file.write_text("by the person")
    edit(store, file, "two", "A2")
    with pytest.raises(ConflictError):
        store.undo(store.changes(session="s"), "U1")


def test_a_file_put_into_a_new_directory_is_not_lost(store, file):
    new = file.parent / "new" / "x"
    store.save("A1", "s", [str(new)])
    new.parent.mkdir()
    new.write_text("by the agent")
    store.settle("A1")
    (new.parent / "mine").write_text("by the person")
    with pytest.raises(ConflictError):
        store.undo(store.changes(session="s"), "U1")
    assert (new.parent / "mine").exists()
    assert new.exists()


def test_what_an_action_left_alone_is_left_alone(store, file):
    other = file.parent / "other"
    other.write_text("x")
    store.save("A1", "s", [str(file), str(other)])
    file.write_text("after")
    store.settle("A1")
    other.write_text("by the person")
    store.undo(store.changes(session="s"), "U1")
    assert (file.read_text(), other.read_text()) == ("before", "by the person")


def test_one_action_of_several(store, file):
    other = file.parent / "other"
    other.write_text("x")
    edit(store, file, "one", "A1")
    edit(store, other, "y", "A2")
    store.undo(store.changes(action="A1"), "U1")
    assert (file.read_text(), other.read_text()) == ("before", "y")


def test_an_earlier_action_under_a_later_one_is_refused(store, file):
    edit(store, file, "one", "A1")
    edit(store, file, "two", "A2")
    with pytest.raises(ConflictError):
        store.undo(store.changes(action="A1"), "U1")


def test_undoing_a_session_twice_does_nothing_the_second_time(store, file):
    edit(store, file, "one")
    store.undo(store.changes(session="s"), "U1")
    assert store.changes(session="s") == []
    assert store.last_session() == ""


def test_an_action_whose_end_was_never_told(store, file):
    store.save("A1", "s", [str(file)])
    file.write_text("after")
    store.undo(Images(str(Path(store.blobs.path("x")).parents[2])).changes(session="s"), "U1")
    assert file.read_text() == "before"


def test_a_link_put_in_the_way_is_not_followed(store, file, tmp_path):
    inside = file.parent / "d" / "x"
    inside.parent.mkdir()
    inside.write_text("before")
    edit(store, inside, "after")
    outside = tmp_path / "outside"
    inside.parent.rename(outside)
    inside.parent.symlink_to(outside)
    with pytest.raises(LedgerError):
        store.undo(store.changes(session="s"), "U1")
    assert (outside / "x").read_text() == "after"


def test_a_broken_hard_link_is_joined_again(store, file):
    os.link(file, file.parent / "too")
    store.save("A1", "s", [str(file)])
    beside = file.parent / "beside"
    beside.write_text("after")
    beside.replace(file)
    store.settle("A1")
    store.undo(store.changes(session="s"), "U1")
    assert file.samefile(file.parent / "too")


def test_a_hard_link_whose_other_name_was_changed_is_refused(store, file):
    os.link(file, file.parent / "too")
    store.save("A1", "s", [str(file)])
    file.unlink()
    store.settle("A1")
    (file.parent / "too").write_text("by the person")
    with pytest.raises(LedgerError, match="another name"):
        store.undo(store.changes(session="s"), "U1")
    assert (file.parent / "too").read_text() == "by the person"


def test_an_altered_before_image_is_not_put_back(store, file):
    edit(store, file, "after")
    (snapshot,) = store.changes(session="s")[0].before.values()
    Path(store.blobs.path(snapshot.digest)).write_text("forged")
    with pytest.raises(LedgerError, match="altered"):
        store.undo(store.changes(session="s"), "U1")


def test_what_cannot_be_put_back_is_not_promised(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert not measurable([str(tmp_path / "pipe")])
    assert not measurable(["relative"])
    assert not measurable([str(tmp_path / "*.txt")])
    (tmp_path / "large").write_bytes(b"x" * 100)
    with pytest.raises(snapshots.TooLargeError):
        snapshots.measure(str(tmp_path / "large"), snapshots.Budget(10, 50))


def test_a_deep_tree(store, tmp_path):
    place = tmp_path / "deep"
    for _ in range(120):
        place = place / "d"
    os.makedirs(place)
    (place / "x").write_text("x")
    store.save("A1", "s", [str(tmp_path / "deep")])
    shutil.rmtree(tmp_path / "deep")
    store.settle("A1")
    store.undo(store.changes(session="s"), "U1")
    assert (place / "x").read_text() == "x"


def test_keeping_drops_what_nothing_refers_to(store, file):
    edit(store, file, "after")
    store.keep(store.changes(session="s"))
    assert store.changes() == []
    assert [names for _, _, names in os.walk(Path(store.blobs.path("xx")).parents[1]) if names] == []


def test_a_diff_of_text_and_the_word_for_the_rest(store, file):
    edit(store, file, "after")
    (described,) = describe(store.changes(session="s"), store.blobs)
    assert (described["change"], described["actions"]) == ("modified", ["A1"])
    assert "-before\n" in described["diff"]
    assert "+after\n" in described["diff"]
