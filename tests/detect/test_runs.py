"""What is a run of tests, a build or a linter, and how it says that it failed."""

from __future__ import annotations

import pytest

from jackline.core.action import Action
from jackline.core.decision import Decision
from jackline.core.history import Judged, Turn
from jackline.detect.once import once
from jackline.detect.runs import passed, topics


def call(command: str, result: str = "") -> Judged:
    action = Action(tool="shell", arguments={"command": command}, cwd="/w")
    return Judged(
        turn=Turn(kind="call", session="s", action=action), decision=Decision(verdict="allow"), index=1, result=result
    )


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("npm test", {"tests"}),
        ("npm run test:unit", {"tests"}),
        ("make run_tests", {"tests"}),
        ("go vet ./... && go build", {"lint", "build"}),
        ("yarn type-check", {"lint", "tests"}),
        ("./scripts/test_store.sh", {"tests"}),
        ("CI=1 make", {"tests"}),
        ("cat latest.txt", set()),
        ("ls contests building", set()),
    ],
)
def test_a_run_is_known_by_its_words(command: str, expected: set[str]):
    assert topics(call(command)) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("3 passed", True),
        ("1 failed, 2 passed", False),
        ("collected 3\nFAILED tests/test_a.py::test_b", False),
        ("error[E0382]: use of moved value", False),
        ("0 failed\n0 errors", True),
        ("test result: FAILED. 1 passed", False),
        ("a failover is tried\nno errors", True),
        ("1 error\rand more", False),
    ],
)
def test_a_run_says_how_it_went(output: str, expected: bool):
    assert passed(call("pytest", output)) is expected


def test_what_was_answered_of_one_call_is_not_said_of_another():
    asked: list[str] = []
    question = once(lambda judged: asked.append(judged.result) or judged.result)  # type: ignore[func-returns-value]
    one, other = call("a", "one"), call("a", "other")
    assert [question(judged) for judged in (one, one, other, other, one)] == ["one", "one", "other", "other", "one"]
    assert asked == ["one", "other", "one"]
