"""Private folders, copies into them, and what is carried out, with an agent that lays traps in between."""

from __future__ import annotations

import os
import pathlib
import stat

import pytest
from msgspec.structs import replace

from jackline.contain.plan import Plan
from jackline.contain.planning.deliver import deliver
from jackline.contain.planning.furnish import copy_etc, lay_out, prepare
from jackline.contain.planning.outfit import Copy, Delivery, Outfit, Session
from jackline.core.errors import JacklineError


@pytest.fixture
def session(tmp_path):
    made = Session("/work/app", str(tmp_path / "s/view"), str(tmp_path / "s"))
    for folder in (made.home, made.temporary, str(tmp_path / "real")):
        os.makedirs(folder)
    return made


@pytest.fixture
def real(tmp_path):
    return tmp_path / "real"


def outfit(session, *deliveries, copies=()):
    listed = tuple(
        Delivery(f"{session.home}/{inside}", str(target), frozenset(how.split())) for inside, target, how in deliveries
    )
    folders = tuple({os.path.dirname(each.inside) for each in listed})
    return Outfit(
        Plan((), "", {}, ()),
        folders,
        copies=tuple(Copy(str(a), f"{session.home}/{b}") for a, b in copies),
        deliveries=listed,
    )


def write(path, text):
    pathlib.Path(path).write_text(text)


def read(path):
    return pathlib.Path(path).read_text()


def results(found):
    return [(each.how, bool(each.reason)) for each in found]


def test_what_was_made_is_carried_out_and_taken_away_inside(session, real):
    wanted = outfit(session, ("out/b.txt", real / "b.txt", "create"))
    copied = prepare(wanted, session)
    made = os.path.join(session.home, "out/b.txt")
    write(made, "hello")
    os.chmod(made, 0o4755)
    os.utime(made, ns=(1, 123456789))
    assert results(deliver(wanted, session, copied)) == [("create", False)]
    assert (real / "b.txt").read_text() == "hello"
    assert (stat.S_IMODE((real / "b.txt").stat().st_mode), (real / "b.txt").stat().st_mtime_ns) == (0o755, 123456789)
    assert not os.path.exists(made)
    assert os.listdir(real) == ["b.txt"]


def test_nothing_is_overwritten_that_came_meanwhile(session, real):
    wanted = outfit(session, ("b.txt", real / "b.txt", "create"))
    copied = prepare(wanted, session)
    write(f"{session.home}/b.txt", "agent's")
    (real / "b.txt").write_text("user's")
    assert results(deliver(wanted, session, copied)) == [("", True)]
    assert (real / "b.txt").read_text() == "user's"
    assert os.listdir(real) == ["b.txt"]


def test_a_tree_is_carried_out_without_pipes_and_its_links_stay_links(session, real):
    wanted = outfit(session, ("tree", real / "tree", "create"))
    copied = prepare(wanted, session)
    os.makedirs(f"{session.home}/tree/deep")
    write(f"{session.home}/tree/deep/f", "x")
    os.symlink("/etc/shadow", f"{session.home}/tree/link")
    os.mkfifo(f"{session.home}/tree/pipe")
    deliver(wanted, session, copied)
    assert (real / "tree/deep/f").read_text() == "x"
    assert os.readlink(real / "tree/link") == "/etc/shadow"
    assert not (real / "tree/pipe").exists()


def test_a_changed_copy_replaces_and_a_removed_one_removes(session, real):
    for name in ("a", "b", "c"):
        (real / name).write_text("old")
    wanted = outfit(
        session, ("a", real / "a", "replace"), ("b", real / "b", "remove"), ("c", real / "c", "replace"),
        copies=((real / "a", "a"), (real / "b", "b"), (real / "c", "c")),
    )  # fmt: skip
    copied = prepare(wanted, session)
    write(f"{session.home}/a.new", "new!")
    os.rename(f"{session.home}/a.new", f"{session.home}/a")
    os.unlink(f"{session.home}/b")
    assert results(deliver(wanted, session, copied)) == [("replace", False), ("remove", False)]
    assert sorted(os.listdir(real)) == ["a", "c"]
    assert (real / "a").read_text() == "new!"


@pytest.mark.parametrize(("how", "act"), [("replace", "remove"), ("remove", "replace")])
def test_only_what_was_decided_is_carried_out(session, real, how, act):
    (real / "a").write_text("old")
    wanted = outfit(session, ("a", real / "a", how), copies=((real / "a", "a"),))
    copied = prepare(wanted, session)
    os.unlink(f"{session.home}/a")
    if act == "replace":
        write(f"{session.home}/a", "new!")
    assert results(deliver(wanted, session, copied)) == [("", True)]
    assert (real / "a").read_text() == "old"


def test_a_file_that_somebody_changed_meanwhile_is_left_alone(session, real):
    (real / "a").write_text("old")
    wanted = outfit(session, ("a", real / "a", "replace remove"), copies=((real / "a", "a"),))
    copied = prepare(wanted, session)
    write(f"{session.home}/a", "agent's")
    (real / "a").write_text("user's")
    assert results(deliver(wanted, session, copied)) == [("", True)]
    assert (real / "a").read_text() == "user's"
    assert read(f"{session.home}/a") == "agent's"


@pytest.mark.parametrize("trap", ["folder", "file", "target"])
def test_links_that_the_agent_lays_lead_nowhere(session, real, tmp_path, trap):
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "b.txt").write_text("secret")
    wanted = outfit(session, ("out/b.txt", real / "b.txt", "create"))
    copied = prepare(wanted, session)
    if trap == "folder":
        os.rmdir(f"{session.home}/out")
        os.symlink(secret, f"{session.home}/out")
    elif trap == "file":
        os.symlink(secret / "b.txt", f"{session.home}/out/b.txt")
    else:
        write(f"{session.home}/out/b.txt", "x")
        os.rename(real, tmp_path / "moved")
        os.symlink(secret, real)
    deliver(wanted, session, copied)
    assert (secret / "b.txt").read_text() == "secret"
    carried = tmp_path / "real/b.txt"
    assert trap == "target" or not carried.exists() or carried.is_symlink()


def test_a_copy_does_not_follow_what_the_agent_laid_in_its_way(session, real, tmp_path):
    (real / "a").write_text("new")
    outside = tmp_path / "outside"
    outside.write_text("canary")
    os.symlink(outside, f"{session.home}/a")
    prepare(outfit(session, copies=((real / "a", "a"),)), session)
    assert (outside.read_text(), read(f"{session.home}/a")) == ("canary", "new")
    os.symlink(tmp_path, f"{session.home}/dir")
    with pytest.raises(JacklineError, match="dir"):
        prepare(outfit(session, ("dir/x/y", real / "y", "create")), session)


def test_what_is_new_in_a_merged_folder_goes_home(session, real):
    wanted = outfit(session, ("sessions", real / "sessions", "merge"))
    copied = prepare(wanted, session)
    os.makedirs(real / "sessions/2026")
    (real / "sessions/2026/old").write_text("host")
    os.makedirs(f"{session.home}/sessions/2026")
    for name in ("old", "new"):
        write(f"{session.home}/sessions/2026/{name}", "inside")
    assert results(deliver(wanted, session, copied)) == [("merge", False)]
    assert {name: (real / "sessions/2026" / name).read_text() for name in ("old", "new")} == {
        "old": "host",
        "new": "inside",
    }


def test_links_do_not_go_home_with_a_merged_folder(session, real):
    wanted = outfit(session, ("sessions", real / "sessions", "merge"))
    copied = prepare(wanted, session)
    os.makedirs(f"{session.home}/sessions/new")
    for name in ("link", "new/link"):
        os.symlink("/etc/passwd", f"{session.home}/sessions/{name}")
    write(f"{session.home}/sessions/new/file", "x")
    deliver(wanted, session, copied)
    found = [name for _, names, files in os.walk(real / "sessions") for name in (*names, *files)]
    assert sorted(found) == ["file", "new"]


def test_a_folder_that_was_shown_writable_is_swept(session, real):
    os.makedirs(real / "state/deep")
    write(real / "state/deep/file", "kept")
    os.chmod(real / "state/deep/file", 0o4755)
    for name in ("state/link", "state/deep/link"):
        os.symlink("/etc/passwd", real / name)
    os.mkfifo(real / "state/pipe")
    target = str(real / "state")
    swept = deliver(replace(outfit(session), deliveries=(Delivery(target, target, frozenset({"sweep"})),)), session, {})
    assert [os.path.relpath(each.target, target) for each in swept] == ["deep/file", "deep/link", "link", "pipe"]
    assert os.listdir(target) == ["deep"]
    assert os.listdir(f"{target}/deep") == ["file"]
    assert (read(real / "state/deep/file"), stat.S_IMODE(os.stat(real / "state/deep/file").st_mode)) == ("kept", 0o755)


def test_of_etc_only_what_everyone_may_read_and_the_table_names_is_copied(tmp_path):
    source, target = tmp_path / "etc", tmp_path / "copy"
    for name in (
        "passwd",
        "shadow",
        "sudoers",
        "ssl/certs/ca.pem",
        "ssl/private/host.key",
        "profile.d/x.sh",
        "profile.d/secret.sh",
        "unheard",
    ):
        os.makedirs(source / os.path.dirname(name), exist_ok=True)
        (source / name).write_text("x")
        os.chmod(source / name, 0o644)
    os.chmod(source / "profile.d/secret.sh", 0o640)
    os.symlink("/usr/share/zoneinfo/UTC", source / "localtime")
    os.mkdir(target)
    copy_etc(str(source), str(target))
    found = {
        os.path.relpath(os.path.join(folder, name), target) for folder, _, names in os.walk(target) for name in names
    }
    assert found == {"passwd", "ssl/certs/ca.pem", "profile.d/x.sh", "localtime"}
    assert os.readlink(target / "localtime") == "/usr/share/zoneinfo/UTC"


def test_a_sessions_etc_asks_the_gateway_for_names(tmp_path):
    made = Session("/work/app", str(tmp_path / "view"), str(tmp_path))
    lay_out(made)
    assert read(f"{made.etc}/resolv.conf").startswith("nameserver 127.0.0.1\n")
    assert not {"shadow", "gshadow", "sudoers", "ssh"} & set(os.listdir(made.etc))
    assert os.path.exists(f"{made.etc}/passwd")
    lay_out(made)
