"""The reader of traces: what it makes of each form of line, and that no line can break it or hide another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.truth import strace
from tests.truth.facts import Fact, State, Told
from tests.truth.strace import Call, TraceError, calls, descriptor, string
from tests.truth.touches import Touch, touches


def hexed(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode("utf-8", "surrogateescape"))


def seen(*lines: str) -> list[Touch]:
    return list(touches(calls(lines), "/w", "bash"))


def at(directory: str = "/w") -> str:
    return f"AT_FDCWD<{hexed(directory)}>"


def test_an_open_for_writing_is_told_by_the_real_path():
    line = f'7  openat({at()}, "{hexed("l/x")}", O_WRONLY|O_CREAT, 0666) = 3<{hexed("/w/real/x")}>'
    assert seen(line) == [Touch("write", "/w/real/x", "bash")]


def test_a_call_in_two_lines_is_one():
    first = f'7  unlinkat({at()}, "{hexed("x")}", 0 <unfinished ...>'
    assert seen(first, "8  kill(1, 0) = 0", "7  <... unlinkat resumed>) = 0") == [Touch("remove", "/w/x", "bash")]


def test_names_may_hold_anything():
    for name in ("a, b", 'a"b', "a) = 0", "a\nb", "7  unlink(", "<unfinished ...>", "\udcff", "ü"):
        assert seen(f'7  unlink("{hexed(name)}") = 0') == [Touch("remove", f"/w/{name}", "bash")]


def test_a_child_has_its_parents_directory_and_its_own_program():
    found = seen(
        f'7  chdir("{hexed("sub")}") = 0',
        f'9  execve("{hexed("/bin/rm")}", ["{hexed("rm")}"], 0x7f /* 9 vars */) = 0',  # before its parent's fork returns
        "7  clone(child_stack=NULL, flags=SIGCHLD) = 9",
        f'9  unlink("{hexed("x")}") = 0',
    )
    assert found == [Touch("execute", "/bin/rm", "bash/bash"), Touch("remove", "/w/sub/x", "bash/rm")]


@pytest.mark.parametrize(("error", "counts"), [("ENOENT", False), ("EEXIST", False), ("EROFS", True), ("EACCES", True)])
def test_what_the_room_refused_was_tried_what_failed_by_itself_did_nothing(error, counts):
    found = seen(f'7  unlink("{hexed("/etc/x")}") = -1 {error} (words)')
    assert found == ([Touch("remove", "/etc/x", "bash", refused=True)] if counts else [])


def test_addresses():
    address = f'{{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("{hexed("10.0.0.1")}")}}'
    assert seen(f"7  connect(3<socket:[1]>, {address}, 16) = -1 ENETUNREACH (x)") == [
        Touch("connect", "10.0.0.1:80", "bash", refused=True)
    ]


def test_a_trace_that_is_too_long_is_an_error(monkeypatch):
    monkeypatch.setattr(strace, "MAX_LINES", 3)
    with pytest.raises(TraceError):
        list(calls(["7  x() = 0"] * 4))


@given(
    st.lists(
        st.text(max_size=80)
        | st.from_regex(r"[0-9]{1,3}  [a-z]{3,8}\(.{0,40}\) = -?[0-9]{1,3}.{0,20}", fullmatch=True),
        max_size=6,
    )
)
def test_no_text_breaks_the_reader(lines):
    for call in calls(lines):
        assert isinstance(call, Call)
        for argument in call.arguments:
            string(argument)
            descriptor(argument)


@given(st.text(max_size=40).filter(lambda text: "\0" not in text))
def test_every_name_comes_back(name):
    assert string(f'"{hexed(name)}"') == name


FILE = State("file", 1, 0o644, 1, "a")


@pytest.mark.parametrize(
    ("before", "after", "touch", "expected"),
    [
        ({}, {"/w/x": FILE}, Touch("write", "/w/x", "p"), [("create", "/w/x")]),
        ({"/w/x": FILE}, {}, Touch("remove", "/w/x", "p"), [("delete", "/w/x")]),
        ({"/w/x": FILE}, {"/w/x": FILE}, Touch("write", "/w/x", "p"), []),
        ({"/w/x": FILE}, {"/w/x": FILE._replace(mtime=2)}, Touch("write", "/w/x", "p"), [("modify", "/w/x")]),
        ({"/w/x": FILE}, {"/w/x": FILE._replace(mode=0o777)}, Touch("mode", "/w/x", "p"), [("mode", "/w/x")]),
        ({}, {}, Touch("write", "/w/x", "p"), [("transient", "/w/x")]),
        ({"/w/x": FILE}, {"/w/x": FILE}, Touch("read", "/w/x", "p"), [("read", "/w/x")]),
        ({"/w/a": FILE}, {"/w/b": FILE}, Touch("rename", "/w/a", "p", "/w/b"), [("create", "/w/b"), ("delete", "/w/a")]),
        ({"/w/x": FILE}, {"/w/x": FILE._replace(content="b")}, Touch("execute", "/bin/p", "p"), [("execute", "/bin/p"), ("modify", "/w/x")]),
        ({}, {}, Touch("write", "/etc/x", "p", refused=True), [("modify", "/etc/x")]),
    ],
)  # fmt: skip
def test_facts(before, after, touch, expected):
    found = Told(before, after, ("/w",)).facts([touch])
    assert [(fact.verb, fact.name) for fact in found] == expected


def test_a_change_by_one_name_of_a_file_is_one_fact():
    changed = FILE._replace(content="b")
    found = Told({"/w/x": FILE, "/w/y": FILE}, {"/w/x": changed, "/w/y": changed}, ("/w",)).facts(
        [Touch("write", "/w/x", "p")]
    )
    assert found == [Fact("modify", "/w/x", "p", "/w/x")]
