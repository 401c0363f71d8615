"""Readers of task files: any text is read or refused, within bounds. What they read stands in `tests/corpus/projects`."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests import tasks
from jackline.lower.manifests.pytasks import tasks as python_tasks
from jackline.lower.manifests.taskfile import taskfile

from .worlds import World, shown

READERS = {
    "taskfile": partial(taskfile, given={}, rest=()),
    "tox.ini": partial(tasks.tox, rest=()),
    "tox.toml": partial(tasks.tox, rest=(), is_toml=True),
    "pre-commit": tasks.pre_commit,
    "lefthook": tasks.lefthook,
    "composer": partial(tasks.composer, rest=()),
}
_PIECES = ["tasks:", "version: '3'", "vars:", "  a:", "  X: {sh: pwd}", "    cmds:", "      - echo {{.X}}", "      - task: a", "deps: [a]", "[tox]", "[testenv]", "[testenv:a]",
           "commands =", "  {[testenv:a]commands}", "  {posargs:x}", "envlist = a{b,c}", "repos:", "- repo: local", "  hooks: [{id: a, entry: x}]",
           "a:", "  jobs: [{run: x}, {group: {jobs: []}}]", '{"scripts": {"a": ["@a", "x"]}}', "[tool.tox]", 'commands = [["a"]]', "\n", "\n", "*", "&a"]  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@given(text=st.lists(st.sampled_from(_PIECES), max_size=30).map("\n".join) | st.text(max_size=80))
def test_any_text_is_read_or_refused(reader: str, text: str) -> None:
    found = READERS[reader](text, ["a"], host=World())  # type: ignore[operator]
    assert all(step.code or step.fetched for step in found.steps)


@given(st.text(max_size=80) | st.text("{}[]=\"'a.\n", max_size=60))
def test_any_pyproject_is_read_or_refused(text: str) -> None:
    tasks.pyproject(text, "a", World(), ())


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("taskfile", "tasks: {a: {deps: [a], cmds: [{task: a}, echo]}}"),
        ("composer", '{"scripts": {"a": ["@a", "@a"]}}'),
        ("tox.toml", "a = " + "[" * 5000),
        ("composer", "[" * 100_000),
        ("tox.ini", "[testenv]\ncommands = {[testenv]commands}\n"),
    ],
)
def test_what_turns_in_circles_is_bounded(reader: str, text: str) -> None:
    READERS[reader](text, ["a"], host=World())  # type: ignore[operator]


NOX = """
import nox
nox.options.sessions = ["b"]
@nox.session
def a(session):
    session.run("x", f"y{z}", *session.posargs, "a" + "b", str(1))
@nox.session(name="b", requires=["a"])
def other(s):
    s.install("q")
    s.run_always("r", *["1", "2"])
def helper(): ...
"""


def test_sessions_and_what_they_require() -> None:
    found = python_tasks(NOX, [], World(), [("-v",)], sessions=True)
    assert [" ".join(map(shown, words)) for words in found.words] == ["r 1 2", "x y{z} -v ab {str(1)}"]
    assert (found.installs, found.unknown) == (True, False)
    only = python_tasks(NOX, ["a-3.11"], World(), sessions=True)
    assert only.code is not None
    assert "run_always" not in only.code
    assert "helper" in only.code


def test_a_task_that_is_not_there_is_not_followed() -> None:
    assert python_tasks("x = 1", ["a"], World(), sessions=False).unknown
    assert python_tasks("x = (", ["a"], World(), sessions=False) == python_tasks("\0", ["a"], World(), sessions=False)


@given(st.text(max_size=60) | st.text("@task\n def(c):r.un\"'", max_size=80))
def test_any_python_is_read_or_refused(text: str) -> None:
    python_tasks(text, ["a"], World(), sessions=False)
