"""What stands at a path: as the kernel resolves it, and without harm from what a hostile disk holds."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.guard.world.disk import MAX_PLANS, MAX_TEXTS, Disk, Plans, Texts, read_bytes
from jackline.lower.surroundings import MAX_LISTED, MAX_PLAN_BYTES, MAX_TEXT_BYTES
from tests.lower.planfile.plans import written


@pytest.fixture
def disk():
    return Disk(os.getuid())


def test_kinds(tmp_path, disk):
    (tmp_path / "file").write_text("x")
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket"))
        found = {
            name: disk.file(f"{tmp_path}/{name}") for name in ("file", "run", "pipe", "socket", "gone", "file/below")
        }
    assert {name: facts.kind for name, facts in found.items()} == {
        "file": "file", "run": "file", "pipe": "pipe", "socket": "socket", "gone": "absent", "file/below": "absent",
    }  # fmt: skip
    assert (found["file"].size, found["file"].owner, found["file"].executable, found["run"].executable) == (
        1,
        "self",
        False,
        True,
    )
    assert disk.file("/dev/null").kind == "device"
    assert disk.file("/").kind == "directory"
    assert Disk(os.getuid() + 1).file(f"{tmp_path}/file").owner in {"other", "root"}


@pytest.mark.parametrize("path", ["", "relative", "/a\0b", "/" + "x" * 300, "/" + "a/" * 2000])
def test_what_is_no_path_is_unknown_or_absent(path, disk):
    assert disk.file(path).kind in {"unknown", "absent"}
    assert disk.text(path) is None
    assert disk.listing(path) is None


def test_a_loop_of_links_is_unknown(tmp_path, disk):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert disk.file(f"{tmp_path}/a").kind == "unknown"
    assert disk.text(f"{tmp_path}/a/x") is None


def test_a_bomb_of_links_ends(tmp_path, disk):
    before = "."
    for index in range(60):
        (tmp_path / f"l{index}").symlink_to(f"{before}/{before}")
        before = f"l{index}"
    assert disk.file(f"{tmp_path}/l59").kind == "unknown"


NAMES = st.sampled_from(["a", "b", "c", "link", "up", "abs", "gone", "..", ".", "dangling"])


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    (root / "a/b/c").mkdir(parents=True)
    (root / "b").mkdir()
    (root / "a/link").symlink_to("b/c")
    (root / "b/up").symlink_to("../a/b")
    (root / "c").symlink_to(root / "a")
    (root / "abs").symlink_to(root / "b/up/c")
    (root / "dangling").symlink_to("nowhere/else")
    (root / "a/b/link").symlink_to("../../c/link/..")
    return root


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.lists(st.lists(NAMES, min_size=1, max_size=6), min_size=1, max_size=4))
def test_links_lead_where_the_kernel_says(tree, paths):
    disk = Disk(os.getuid())  # one for several paths: what it remembers must not change the answers
    for names in paths:
        path = f"{tree}/{'/'.join(names)}"
        found = disk.file(path)
        try:
            os.stat(path)
        except OSError:
            assert found.kind == "absent"
        else:
            assert found.real == os.path.realpath(path)
            assert found.kind == "directory"


def test_a_swapped_link_is_seen_by_the_next_action(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/x").write_text("1")
    (tmp_path / "d").mkdir()
    assert Disk(0).file(f"{tmp_path}/d/x").kind == "absent"
    (tmp_path / "d").rmdir()
    (tmp_path / "d").symlink_to("real")
    assert Disk(0).file(f"{tmp_path}/d/x").real == f"{os.path.realpath(tmp_path)}/real/x"


def test_texts(tmp_path, disk):
    (tmp_path / "a").write_text("häh\n", encoding="utf-8")
    (tmp_path / "link").symlink_to("a")
    found = disk.text(f"{tmp_path}/link")
    assert found is not None
    assert (found.text, len(found.digest)) == ("häh\n", 64)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * (MAX_TEXT_BYTES + 1))
    os.mkfifo(tmp_path / "pipe")
    assert [disk.text(f"{tmp_path}/{name}") for name in ("bytes", "large", "pipe", "gone", ".")] == [None] * 5
    assert disk.text("/proc/self/environ") is None
    assert disk.text("/dev/zero") is None


def test_a_changed_text_is_read_again(tmp_path):
    texts = Texts()
    path = tmp_path / "a"
    path.write_text("one")
    assert texts.get(str(path)).text == "one"
    path.write_text("two")
    os.utime(path, ns=(1, 1))
    assert texts.get(str(path)).text == "two"
    for index in range(MAX_TEXTS + 5):
        (tmp_path / f"f{index}").write_text("x")
        texts.get(str(tmp_path / f"f{index}"))
    assert len(texts._kept) == MAX_TEXTS


def test_plans(tmp_path, disk):
    (tmp_path / "a.plan").write_bytes(written("delete aws_vpc.main\n", {}))
    (tmp_path / "link").symlink_to("a.plan")
    found = disk.plan(f"{tmp_path}/link")
    assert [(change.address, change.acts) for change in found.changes] == [("aws_vpc.main", ("delete",))]
    assert found.digest == hashlib.sha256((tmp_path / "a.plan").read_bytes()).hexdigest()
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_PLAN_BYTES + 1)
    (tmp_path / "text").write_text("the plan")
    os.mkfifo(tmp_path / "pipe")
    assert [disk.plan(f"{tmp_path}/{name}") for name in ("large", "text", "pipe", "gone", ".")] == [None] * 5


def test_a_changed_plan_is_read_again(tmp_path):
    plans = Plans()
    path = tmp_path / "a.plan"
    for address in ("aws_vpc.one", "aws_vpc.two"):
        path.write_bytes(written(f"create {address}\n", {}))
        os.utime(path, ns=(1, len(address)))
        assert [change.address for change in plans.get(str(path)).changes] == [address]
    for index in range(MAX_PLANS + 5):
        (tmp_path / f"f{index}").write_text("x")
        plans.get(str(tmp_path / f"f{index}"))
    assert len(plans._kept) == MAX_PLANS


def test_a_link_in_the_place_of_a_file_is_not_followed_when_it_is_opened(tmp_path):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link").symlink_to("secret")
    assert read_bytes(str(tmp_path / "link"), 10) is None


def test_listing(tmp_path, disk):
    for name in ("b", "a"):
        (tmp_path / name).touch()
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff", os.O_CREAT | os.O_WRONLY))
    assert disk.listing(str(tmp_path)) == ("\\xff", "a", "b")
    assert disk.listing(str(tmp_path / "a")) is None
    many = tmp_path / "many"
    many.mkdir()
    for index in range(MAX_LISTED + 1):
        (many / str(index)).touch()
    assert disk.listing(str(many)) is None


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text):
    disk = Disk(0)
    assert disk.file(text).kind
    assert disk.file("/" + text).kind
    assert Path("/").exists()
