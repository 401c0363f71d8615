"""What a person is told of a change."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.view.diff import describe, visible
from jackline.contain.view.entry import Entry
from jackline.contain.view.node import ABSENT, Node
from jackline.contain.view.risk import risk

FILE = Node("file", 0o644, size=4, digest="x")


def told(s, action="a"):
    """What is told of an action, with contents where they are."""
    s.view.settle()
    store = s.case.history.store

    def before(path, node):
        with os.fdopen(store.open(node.digest, path), "rb") as file:
            return file.read()

    change = s.case.history.changes(action=action)[-1]
    return describe(change.done, before, lambda path, _: Path(s.outside(path)).read_bytes())


def test_texts_renames_deletions_modes_and_binaries_are_told(session):
    s = session(
        ("mkdir", "a", 0o755), ("write", "a/c", b"one\ntwo\n"), ("write", "c", b"moved\n"), ("write", "b", b"gone\n"),
        ("write", "d e", b"run me\n"), ("write", "\udcff\n", b"x"),
    )  # fmt: skip
    s.does(
        ("write", "a/c", b"one\n2\n"), ("rename", "c", "a/b"), ("unlink", "b", 0), ("chmod", "d e", 0o755),
        ("write", "\udcff\n", b"\0\1"), ("symlink", "a/a", "../b"),
    )  # fmt: skip
    s.view.savepoint("a")
    found = {one.path: one for one in told(s)}
    assert {path: one.what for path, one in found.items()} == {
        "a/c": "modified", "a/b": "renamed", "b": "deleted", "d e": "mode", "\udcff\n": "modified", "a/a": "created",
    }  # fmt: skip
    assert found["a/c"].diff == "--- a/a/c\n+++ b/a/c\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
    assert found["a/b"].was == "c"
    assert "-gone" in found["b"].diff
    assert found["d e"].mode_changed
    assert found["d e"].risk.name == "executable"
    assert found["\udcff\n"].binary
    assert "+../b" in found["a/a"].diff


def test_the_risky_come_first():
    entries = [Entry(path, ABSENT, FILE) for path in ("a.txt", "src/.git/hooks/pre-commit", "z/Makefile")]
    assert [one.path for one in describe(entries, lambda *_: b"", lambda *_: b"x\n")] == [
        "src/.git/hooks/pre-commit", "z/Makefile", "a.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (".git/hooks/pre-push", "git hook"), ("sub/.git/hooks/x", "git hook"), (".git/config", "git configuration"),
        ("sub/.git", "git configuration"), (".github/workflows/ci.yml", "pipeline"), ("deep/er/Makefile", "build recipe"),
        ("package.json", "package scripts and sources"), ("x/.envrc", "directory environment"),
        (".vscode/tasks.json", "editor task"), ("CLAUDE.md", "agent instructions"), ("a/AGENTS.md", "agent instructions"),
        (".cursor/rules/x.mdc", "agent instructions"), (".bashrc", "shell start-up"), (".GIT/HOOKS/x", "git hook"),
        ("bare/HEAD", "repository"), ("src/main.py", None), ("docs/hooks.md", None), ("MyMakefile", None),
    ],
)  # fmt: skip
def test_what_runs_later_has_a_class(path, name):
    found = risk(path, FILE)
    assert (found.name if found else None) == name


def test_executables_and_what_gives_rights_have_a_class():
    assert risk("x", Node("file", 0o755)).name == "executable"
    assert risk("x", Node("file", 0o4755)).name == "set-user-ID"


@given(st.text())
def test_nothing_told_steers_a_terminal(text):
    assert all(char in "\n\t" or char.isprintable() for char in visible(text))
